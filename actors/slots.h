/* A list in an actor's arena whose slots never move: each page is as long as all before it
 * together, so to grow copies nothing and leaves nothing behind. In a turn; no thread of its own.
 */
#pragma once
#include "base/arena.h"

enum { SLOTS_PAGES = 24 };

struct slots {
    size_t size;    /* of a slot */
    uint32_t first; /* slots of the first page, a power of two; all: first << 23 */
    uint32_t count;
    uint8_t *pages[SLOTS_PAGES];
};

/* `at` is less than the count. */
void *slots_at(const struct slots *slots, uint32_t at);
/* The slot behind the last, not written and not counted yet. NULL: no memory. */
void *slots_room(struct slots *slots, struct arena *memory) MUST_CHECK;
/* Counts it; its number. */
uint32_t slots_take(struct slots *slots);
