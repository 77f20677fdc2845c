/* Large chunks of arenas that were given back, kept for the next arena: glibc would map each anew
 * and unmap it (serve.c), and the kernel clears every page of it. One store for all threads, for an
 * answer is made in one and given back in another. Any thread. */
#pragma once
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ARENA_ALIGNMENT = 16,
    ARENA_SPARE_MIN = 16 << 10, /* smaller chunks malloc keeps itself */
    ARENA_SPARE_MAX = 1 << 20,  /* larger ones are rare, and a few would double what is held */
    ARENA_SPARES_MAX = 64,
    ARENA_SPARES_BYTES = 2 << 20
};

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, capacity; /* what its arena counts on: the same with a spare and without */
    size_t size;           /* of `data` */
    alignas(ARENA_ALIGNMENT) uint8_t data[];
};

/* A chunk whose data have `size` bytes or up to twice as many; its other members are anything.
 * NULL: none is kept. */
struct arena_chunk *arena_spare_take(size_t size);
/* Keeps it or frees it. */
void arena_spare_give(struct arena_chunk *chunk);
/* Frees all that are kept. */
void arena_spares_free(void);
