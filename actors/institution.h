/* A hospital, clinic, pharmacy…: the one writer of its cases and lines (DESIGN 16).
 *
 * institution.c takes messages apart, restores and remembers keys; institution_memory.c is what it
 * keeps; institution_rows.c turns a change into rows; institution_file.c drafts, _submit.c submits
 * and withdraws, _review.c decides. */
#pragma once
#include "rt/actor.h"

extern const struct actor_ops institution_ops;

enum { REQUEST_KEYS_MAX = 20000, REQUEST_KEEP_MS = 24 * 3600 * 1000 };
