/* u64 -> u32 in an actor's arena (map.h takes malloc, which a forgotten actor could not give back).
 *
 * Linear probing, erasing by moving the run behind up. Growing leaves the old table in the arena:
 * the sum of all is under twice the last. False: the arena is exhausted, nothing changed; never for
 * a key that is there. */
#pragma once
#include "base/arena.h"

struct index_slot {
    uint64_t key;
    uint32_t value;
    bool used;
};

struct index {
    struct arena *memory;
    struct index_slot *slots;
    uint32_t count, mask; /* mask + 1 slots; no table yet: slots NULL */
};

void index_init(struct index *index, struct arena *memory);
bool index_put(struct index *index, uint64_t key, uint32_t value);
bool index_get(const struct index *index, uint64_t key, uint32_t *value);
bool index_erase(struct index *index, uint64_t key);
