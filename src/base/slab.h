/* Fixed-size objects with generation numbers: a handle kept too long is seen as stale.
 *
 * Memory for `capacity` objects is taken at init. One owner, one thread. slab_take returns NULL
 * when full. Objects are zeroed when taken. */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slab {
    uint8_t *objects;
    uint32_t *generations; /* odd while taken */
    uint32_t *free_list;
    size_t object_size;
    uint32_t capacity, free_count;
};

enum err slab_init(struct slab *slab, size_t object_size, uint32_t capacity) MUST_CHECK;
void slab_deinit(struct slab *slab);
void *slab_take(struct slab *slab, uint32_t *slot, uint32_t *generation);
void *slab_at(const struct slab *slab, uint32_t slot, uint32_t generation); /* NULL: stale */
void slab_give(struct slab *slab, uint32_t slot);
uint32_t slab_taken(const struct slab *slab);
