/* u64 -> u32, open addressing; iterates in insertion order, so that no order of hashing leaks out
 * (DESIGN 3, rule 7). Erasing keeps the order of the rest. Memory by malloc; one owner.
 * map_put returns ERR_NO_MEMORY, but not for a key that is there, nor right after an erasure;
 * nothing else fails. */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_item {
    uint64_t key;
    uint32_t value;
    bool live;
};

struct map {
    struct map_item *items; /* in order of insertion, with holes */
    uint32_t *slots;        /* item index + 1; 0 is free */
    uint32_t count, used, items_capacity, slots_mask;
};

void map_init(struct map *map);
void map_deinit(struct map *map);
enum err map_put(struct map *map, uint64_t key, uint32_t value) MUST_CHECK; /* replaces */
bool map_get(const struct map *map, uint64_t key, uint32_t *value);
bool map_erase(struct map *map, uint64_t key);
void map_clear(struct map *map);
/* for (uint32_t at = 0; map_next(&map, &at, &key, &value);) {…}  — erasing the item just given is
 * allowed */
bool map_next(const struct map *map, uint32_t *at, uint64_t *key, uint32_t *value);
