#include "base/slab.h"
#include "base/check.h"
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum err slab_init(struct slab *slab, size_t object_size, uint32_t capacity)
{
    CHECK(object_size > 0);
    CHECK(capacity > 0);
    size_t unit = alignof(max_align_t);
    size_t padded = (object_size + unit - 1) / unit * unit;
    *slab = (struct slab){.object_size = padded, .capacity = capacity, .free_count = capacity};
    slab->objects = calloc(capacity, padded);
    slab->generations = calloc(capacity, sizeof *slab->generations);
    slab->free_list = calloc(capacity, sizeof *slab->free_list);
    if (slab->objects == NULL || slab->generations == NULL || slab->free_list == NULL) {
        slab_deinit(slab);
        return ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < capacity; i++)
        slab->free_list[i] = capacity - 1 - i; /* slot 0 goes first */
    return ERR_OK;
}

void slab_deinit(struct slab *slab)
{
    free(slab->objects);
    free(slab->generations);
    free(slab->free_list);
    *slab = (struct slab){0};
}

static void *slab_object(const struct slab *slab, uint32_t slot)
{
    return slab->objects + slab->object_size * slot;
}

void *slab_take(struct slab *slab, uint32_t *slot, uint32_t *generation)
{
    if (slab->free_count == 0)
        return NULL;
    uint32_t taken = slab->free_list[--slab->free_count];
    CHECK(slab->generations[taken] % 2 == 0);
    *slot = taken;
    *generation = ++slab->generations[taken];
    memset(slab_object(slab, taken), 0, slab->object_size);
    return slab_object(slab, taken);
}

void *slab_at(const struct slab *slab, uint32_t slot, uint32_t generation)
{
    if (slot >= slab->capacity || generation % 2 == 0 || slab->generations[slot] != generation)
        return NULL;
    return slab_object(slab, slot);
}

void slab_give(struct slab *slab, uint32_t slot)
{
    CHECK(slot < slab->capacity);
    CHECK(slab->generations[slot] % 2 == 1); /* given twice? */
    CHECK(slab->free_count < slab->capacity);
    slab->generations[slot]++;
    slab->free_list[slab->free_count++] = slot;
}

uint32_t slab_taken(const struct slab *slab)
{
    return slab->capacity - slab->free_count;
}
