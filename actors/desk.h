/* One a loop: its copy of sessions and tokens, which web/ reads on the same thread (DESIGN 16).
 *
 * No rows: filled from rows by app_loops.c before the doors open, then by DESK_CHANGE, each
 * confirmed. */
#pragma once
#include "rt/actor.h"

extern const struct actor_ops desk_ops;

/* The table inside a desk's state (shard_peek). NULL in, NULL out. */
const struct sessions *desk_sessions(const void *state);
