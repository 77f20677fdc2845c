/* The registry's snapshot that each loop works with, and its change while all of them run (DESIGN
 * 16 *Facts*).
 *
 * An edition is a snapshot and, per loop, how many exchanges hold it. A loop changes to the next
 * one between two turns, on its own thread; an old one is freed when no loop holds it any more:
 * looked at by each change and at the end. No atomics: what a loop counts only it touches, and
 * tells when it is asked. */
#pragma once
#include "loop/loop.h"

struct editions;

/* Takes the facts. `loops` may be filled later, before the first swap. ERR_NO_MEMORY. */
enum err editions_open(const struct facts *first, struct loop *const *loops, uint16_t loops_count,
                       struct editions **out) MUST_CHECK;
void editions_close(struct editions *editions); /* loops have ended; NULL is allowed */

/* On the loop's thread: what it works with now, held until given back. */
const struct facts *editions_take(struct editions *editions, uint16_t loop, void **hold);
void editions_give(struct editions *editions, uint16_t loop, void *hold);

/* On one thread at a time, never a loop's; the loops run. Returns when every loop decides on
 * `next`, which is taken. ERR_NO_MEMORY: nothing has changed, `next` is freed. */
enum err editions_swap(struct editions *editions, const struct facts *next) MUST_CHECK;
/* The last one given to swap (or open); for that same thread, until the next swap. */
const struct facts *editions_latest(const struct editions *editions);
