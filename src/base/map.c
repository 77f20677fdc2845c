/* A slot holds the number of an item. An erased item stays in its place, dead, and its slot with
 * it, until the next rebuild: so the order of the rest stands and probing goes on past it. At most
 * half of the slots are used, dead ones included. */
#include "base/map.h"
#include "base/check.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 8, LARGEST_CAPACITY = 1 << 29 };

void map_init(struct map *map)
{
    *map = (struct map){0};
}

void map_deinit(struct map *map)
{
    free(map->items);
    free(map->slots);
    *map = (struct map){0};
}

static uint32_t hash_of(uint64_t key)
{
    key ^= key >> 32;
    key *= 0x9e3779b97f4a7c15u;
    return (uint32_t)(key >> 32);
}

/* The slot that holds the live item of `key`, or UINT32_MAX. */
static uint32_t slot_find(const struct map *map, uint64_t key)
{
    if (map->count == 0)
        return UINT32_MAX;
    uint32_t at = hash_of(key) & map->slots_mask;
    for (; map->slots[at] != 0; at = (at + 1) & map->slots_mask) {
        const struct map_item *item = &map->items[map->slots[at] - 1];
        if (item->live && item->key == key)
            return at;
    }
    return UINT32_MAX;
}

static void slot_fill(struct map *map, uint32_t index)
{
    uint32_t at = hash_of(map->items[index].key) & map->slots_mask;
    while (map->slots[at] != 0)
        at = (at + 1) & map->slots_mask;
    map->slots[at] = index + 1;
}

/* Closes the holes and fills the slots anew. */
static void map_rebuild(struct map *map)
{
    memset(map->slots, 0, ((size_t)map->slots_mask + 1) * sizeof *map->slots);
    uint32_t used = 0;
    for (uint32_t i = 0; i < map->used; i++) {
        if (!map->items[i].live)
            continue;
        map->items[used] = map->items[i];
        slot_fill(map, used++);
    }
    CHECK(used == map->count);
    map->used = used;
}

static enum err map_grow(struct map *map)
{
    if (map->items_capacity >= LARGEST_CAPACITY)
        return ERR_NO_MEMORY;
    uint32_t capacity = map->items_capacity == 0 ? FIRST_CAPACITY : map->items_capacity * 2;
    struct map_item *items = realloc(map->items, capacity * sizeof *items);
    if (items == NULL)
        return ERR_NO_MEMORY;
    map->items = items; /* larger than noted is harmless if the slots fail */
    uint32_t *slots = malloc(2 * (size_t)capacity * sizeof *slots);
    if (slots == NULL)
        return ERR_NO_MEMORY;
    free(map->slots);
    map->slots = slots;
    map->slots_mask = 2 * capacity - 1;
    map->items_capacity = capacity;
    map_rebuild(map);
    return ERR_OK;
}

enum err map_put(struct map *map, uint64_t key, uint32_t value)
{
    uint32_t at = slot_find(map, key);
    if (at != UINT32_MAX) {
        map->items[map->slots[at] - 1].value = value;
        return ERR_OK;
    }
    if (map->used == map->items_capacity) {
        if (map->count < map->used - map->used / 4) {
            map_rebuild(map);
        } else {
            enum err err = map_grow(map);
            if (err != ERR_OK && map->count == map->used)
                return err;
            if (err != ERR_OK)
                map_rebuild(map); /* one erased item's place is enough */
        }
    }
    CHECK(map->used < map->items_capacity);
    map->items[map->used] = (struct map_item){key, value, true};
    slot_fill(map, map->used++);
    map->count++;
    return ERR_OK;
}

bool map_get(const struct map *map, uint64_t key, uint32_t *value)
{
    uint32_t at = slot_find(map, key);
    if (at == UINT32_MAX)
        return false;
    *value = map->items[map->slots[at] - 1].value;
    return true;
}

bool map_erase(struct map *map, uint64_t key)
{
    uint32_t at = slot_find(map, key);
    if (at == UINT32_MAX)
        return false;
    map->items[map->slots[at] - 1].live = false;
    CHECK(map->count > 0);
    map->count--;
    return true;
}

void map_clear(struct map *map)
{
    if (map->slots != NULL)
        memset(map->slots, 0, ((size_t)map->slots_mask + 1) * sizeof *map->slots);
    map->count = map->used = 0;
}

bool map_next(const struct map *map, uint32_t *at, uint64_t *key, uint32_t *value)
{
    for (; *at < map->used; ++*at) {
        const struct map_item *item = &map->items[*at];
        if (!item->live)
            continue;
        *key = item->key;
        *value = item->value;
        ++*at;
        return true;
    }
    return false;
}
