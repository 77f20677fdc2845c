/* Log-in by certificate, sessions, lock-out (AUTH 5.1, 5.5, 5.6): one actor, the only writer of
 * sessions, card bindings, enrolments and failure counters. auth.c takes messages apart and
 * restores, auth_memory.c is what it keeps, auth_login.c the way in, auth_session.c the way out. */
#pragma once
#include "rt/actor.h"

extern const struct actor_ops auth_ops;

enum {
    CHALLENGE_LIFE_MS = 120 * 1000,
    CHALLENGES_MAX = 10000,
    PROOFS_MAX = 256, /* being verified on the pool */
    FAILURES_MAX = 5,
    LOCK_MS = 15 * 60 * 1000,
    SESSIONS_PER_SUBJECT = 3
};
