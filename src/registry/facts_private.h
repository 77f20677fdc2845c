/* The definition of struct facts, for src/registry alone. */
#pragma once
#include "base/arena.h"
#include "base/map.h"
#include "model/facts.h"

enum { COUNTIES_MAX = 32 };

/* The people of one home: `count` entries of facts.staff from `first` on. */
struct staff_range {
    uint32_t first, count;
};

struct search_index; /* search.c */

struct facts {
    uint64_t number;
    struct arena text; /* every string and sealed value of the rows below */

    struct institution *institutions;
    struct person *people;
    uint32_t institutions_count, institutions_capacity;
    uint32_t people_count, people_capacity;
    struct map institutions_by_id, people_by_id; /* id -> index */

    uint32_t *by_lookup; /* people that have one, ordered by lookup digest */
    uint32_t by_lookup_count;

    uint32_t *staff; /* indexes into people, ordered by (home, name, id) */
    uint32_t staff_count;
    struct staff_range *homes;
    struct map homes_by_id; /* institution id -> index into homes */

    int32_t *holidays; /* sorted, unique */
    uint32_t holidays_count, holidays_capacity;
    struct bureau_rules bureaus[COUNTIES_MAX]; /* parallel to codes_counties */

    struct transfer_rules transfer;
    struct search_index *search;
};
