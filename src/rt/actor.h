/* The interface of an actor. The nine rules stand in actors/README.md (DESIGN 3). */
#pragma once
#include "rt/effect.h"

struct actor_ops {
    const char *name;
    size_t state_size; /* zeroed by the shard, in the actor's arena */
    size_t memory_quota;
    /* It can't fail: an arena that was dry in it, or in a MSG_RESTORE_ROW, fails the load. */
    void (*start)(void *state, struct addr self, struct arena *memory);
    void (*receive)(void *state, const struct msg *in, struct effects *out);
    bool (*sound)(const void *state); /* invariant, checked after each turn */
    /* A turn that found no memory undoes nothing in this state, and what it did not say is asked
     * for again: so the actor is not evicted for it. For what no row restores. */
    bool keeps;
    /* Before the state is forgotten: gives back what does not lie in the arena. NULL: nothing. */
    void (*stop)(void *state);
};

/* kind -> ops; defined in actors/table.c, given to shard_init. */
extern const struct actor_ops *const actor_table[ACTOR_KINDS];
