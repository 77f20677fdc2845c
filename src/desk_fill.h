/* A loop's desk, filled from rows before anybody can ask it (DESIGN 16 *Sessions*). */
#pragma once
#include "loop/loop.h"

struct store;

/* Before loop_start, on the opener's thread. Sessions that `facts` no longer admit stay out.
 * ERR_NO_MEMORY and what reading a store may say. */
enum err desk_fill(struct store *store, struct loop *loop, const struct facts *facts,
                   struct wall now) MUST_CHECK;
