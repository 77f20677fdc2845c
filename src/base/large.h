/* Memory for pieces of at least LARGE_MIN bytes, as arenas take them, for all threads: out of large
 * pages (pieces.h), or from malloc where a piece fits no page and in a program that a sanitizer
 * watches. Any thread.
 *
 * Programs that make allocations fail, or count them, bring both functions themselves
 * (tests/lib/heap.c, tests/fault/heap). */
#pragma once
#include "base/pieces.h"

/* Smaller ones come from malloc: what is not touched of the chunk of a connection, with its 32 KiB
 * for one that has begun a request and no more, takes no memory. */
enum { LARGE_MIN = PIECE_MIN };

void *large_take(size_t size);             /* not zeroed; NULL: none */
void large_give(void *piece, size_t size); /* with the size that was asked for */
