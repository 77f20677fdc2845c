/* Counts our own allocations and lets the n-th fail.
 *
 * The linker sends malloc, calloc, realloc, strdup and strndup of our code (not of libraries) here
 * (--wrap, see CMakeLists.txt), so it works under sanitizers; so are the large pieces of arenas
 * (base/large.h), which come from malloc then. Process-wide, any thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Allocations since the last heap_fail_at. */
unsigned heap_count(void);

/* From now on count anew and let the n-th allocation (1 is the next) return NULL; 0: none. */
void heap_fail_at(unsigned n);

/* The same, and every later one fails too, until the next call. */
void heap_fail_from(unsigned n);

/* Has the allocation chosen by heap_fail_at been reached and failed? */
bool heap_failed(void);

/* Calls attempt with the 1st, 2nd, … allocation failing until it runs through without meeting the
 * failure; returns how many failures it met. The attempt must clean up and must not leak: a
 * sanitizer finds what it forgets. It may look at heap_failed() to know which result to expect. */
unsigned heap_sweep(void (*attempt)(void *context), void *context);

/* Shows each large piece that is given back, as it is then. NULL: no longer. */
void heap_watch_large(void (*look)(const void *piece, size_t size));
