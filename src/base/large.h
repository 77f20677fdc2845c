/* Memory for pieces of at least LARGE_MIN bytes, as arenas take them, for all threads: out of large
 * pages (pieces.h), or from malloc in a program that a sanitizer watches. Any thread.
 *
 * Programs that make allocations fail, or count them, bring both functions themselves
 * (tests/lib/heap.c, tests/fault/heap). */
#pragma once
#include <stddef.h>

enum { LARGE_MIN = 16 << 10 }; /* smaller ones malloc keeps itself */

void *large_take(size_t size);             /* not zeroed; NULL: none */
void large_give(void *piece, size_t size); /* with the size that was asked for */
