#include "actors/index.h"
#include "base/check.h"

enum { INDEX_FIRST = 16 };

void index_init(struct index *index, struct arena *memory)
{
    *index = (struct index){.memory = memory};
}

static uint64_t index_hash(uint64_t key)
{
    key = (key ^ (key >> 32)) * 0xd6e8feb86659fd93u;
    return key ^ (key >> 32);
}

static uint32_t index_place(const struct index *index, uint64_t key)
{
    uint32_t at = (uint32_t)index_hash(key) & index->mask;
    while (index->slots[at].used && index->slots[at].key != key) {
        at = (at + 1) & index->mask;
    }
    return at;
}

static bool index_grow(struct index *index)
{
    uint32_t capacity = index->slots == NULL ? INDEX_FIRST : (index->mask + 1) * 2;
    CHECK(capacity > index->count);
    struct index_slot *slots = arena_array(index->memory, capacity, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    struct index old = *index;
    index->slots = slots;
    index->mask = capacity - 1;
    for (uint32_t i = 0; old.slots != NULL && i <= old.mask; i++) {
        if (old.slots[i].used) {
            index->slots[index_place(index, old.slots[i].key)] = old.slots[i];
        }
    }
    return true;
}

bool index_put(struct index *index, uint64_t key, uint32_t value)
{
    if (index->slots != NULL) {
        struct index_slot *known = &index->slots[index_place(index, key)];
        if (known->used) {
            known->value = value;
            return true;
        }
    }
    /* At most three quarters full, so that probing ends soon. */
    if ((index->slots == NULL || (index->count + 1) * 4 > (index->mask + 1) * 3) &&
        !index_grow(index)) {
        return false;
    }
    struct index_slot *slot = &index->slots[index_place(index, key)];
    index->count++;
    *slot = (struct index_slot){.key = key, .value = value, .used = true};
    return true;
}

bool index_get(const struct index *index, uint64_t key, uint32_t *value)
{
    if (index->slots == NULL) {
        return false;
    }
    const struct index_slot *slot = &index->slots[index_place(index, key)];
    if (slot->used) {
        *value = slot->value;
    }
    return slot->used;
}

bool index_erase(struct index *index, uint64_t key)
{
    if (index->slots == NULL) {
        return false;
    }
    uint32_t hole = index_place(index, key);
    if (!index->slots[hole].used) {
        return false;
    }
    for (uint32_t at = (hole + 1) & index->mask; index->slots[at].used;
         at = (at + 1) & index->mask) {
        uint32_t wanted = (uint32_t)index_hash(index->slots[at].key) & index->mask;
        /* May it move into the hole? Not if its own place lies behind the hole. */
        if (((at - wanted) & index->mask) >= ((at - hole) & index->mask)) {
            index->slots[hole] = index->slots[at];
            hole = at;
        }
    }
    index->slots[hole].used = false;
    CHECK(index->count > 0);
    index->count--;
    return true;
}
