/* The words that the demo's names are made of, and how they are drawn. */
#pragma once
#include "base/bytes.h"
#include "base/prng.h"

struct demo_words {
    const char *const *words;
    size_t count;
};

extern const struct demo_words demo_brand_first, demo_brand_second; /* 青 禾 */
extern const struct demo_words demo_road_kinds;                     /* 路 街 大道 */
extern const struct demo_words demo_surnames;                       /* commoner ones more often */
extern const struct demo_words demo_given_her, demo_given_his;      /* one character each */
extern const struct demo_words demo_native_given, demo_native_father;
extern const struct demo_words demo_rare; /* of Unicode's extension B */
extern const struct demo_words demo_foreign_given, demo_foreign_family;

struct demo_county {
    uint32_t code;
    const char *digits;     /* digits 3 and 4 of institution codes */
    const char *area;       /* telephone */
    char letter;            /* of ID numbers */
    const char *short_name; /* of licences */
    uint16_t weight;        /* institutions in 30,000 */
    const char *districts[8];
};
extern const struct demo_county demo_counties[];
extern const size_t demo_counties_count;
const struct demo_county *demo_county_find(uint32_t code);

const char *demo_word(const struct demo_words *words, struct prng *prng);
/* An index, by weights of which one at least is not 0. */
size_t demo_weighted(const uint16_t *weights, size_t count, struct prng *prng);
