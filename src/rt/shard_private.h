/* What the files of the shard share: shard.c runs turns, shard_actors.c keeps the actors,
 * shard_commit.c stages, seals and lets go. */
#pragma once
#include "base/map.h"
#include "rt/deadline.h"
#include "rt/mailbox.h"
#include "rt/shard.h"

enum actor_life {
    LIFE_LOADING,  /* rows are being read; mail waits */
    LIFE_LIVE,     /* takes mail */
    LIFE_POISONED, /* a turn could not be carried out: evicted once what it changed is durable */
    LIFE_FREE      /* slot not in use */
};

struct actor {
    struct addr addr;
    enum actor_life life;
    uint32_t incarnation;
    const struct actor_ops *ops;
    void *state;
    struct arena memory;
    struct mailbox mail;
    uint64_t dirty;        /* batch that holds its last change; 0: none */
    bool waiting;          /* may have a row in `waiting`: kept, and loaded again at once */
    struct ready *queued;  /* the ring that it stands in; NULL: none */
    uint64_t waited;       /* batch that erases that row, its last word about it; 0: none */
    struct tick reload_at; /* no memory to load it: when it is tried again; 0: not so */
    uint64_t used;         /* when it last had a turn, in turns of the shard */
    size_t bytes;          /* counted in shard->actors_bytes */
    uint32_t index;
    struct actor *ready_next;
    struct ticket *tickets; /* of doors whose message was delivered and not yet answered */
    uint32_t tickets_count, tickets_capacity;
};

/* Actors with mail, in the order of their turns. */
struct ready {
    struct actor *first, *last;
};

struct shard {
    struct shard_config config;
    struct map by_hash;    /* addr_hash -> index of the first of a chain */
    struct actor **actors; /* index -> actor; NULL: free */
    uint32_t actors_count, actors_capacity;
    size_t actors_bytes;
    struct ready ready;
    struct ready ready_sheets; /* whose mail is all about sheets */
    uint64_t sheet_in;         /* number of the batch that was open at the last turn about one */
    struct deadlines deadlines;
    struct tick reload_at; /* the nearest of the actors' or earlier; 0: none */
    struct batch batches[2];
    struct batch *open;
    struct batch *in_flight; /* NULL: home */
    uint64_t durable;        /* highest batch number that is settled */
    uint32_t incarnations;
    uint64_t turns;
    uint64_t turn_began_us; /* by the stopwatch; 0 without one */
    struct tick tick;       /* of the last shard_run */
    struct prng prng;
    const struct facts *facts;
    struct arena turn_memory;
    struct effects effects;
    bool read_only;
    bool poisoned; /* some actor may be */
    struct metrics metrics;
};

/* shard_actors.c */
struct actor *shard_actor(struct shard *shard, struct addr who); /* NULL: not in memory */
struct actor *shard_actor_need(struct shard *shard,
                               struct addr who); /* begins to load; NULL: memory */
void shard_actor_queue(struct shard *shard, struct actor *actor);
struct actor *shard_actor_next(struct shard *shard, struct ready *ready); /* NULL: none */
/* Forgets the state, keeps the mail; loads again if somebody waits, else gives the slot back. */
void shard_actor_evict(struct shard *shard, struct actor *actor, enum outcome told);
void shard_actors_reload(struct shard *shard); /* those whose time has come, by shard->tick */
void shard_actors_trim(struct shard *shard);
void shard_actors_free(struct shard *shard);
bool actor_ticket_open(struct actor *actor, struct ticket ticket); /* false: no memory */
void actor_ticket_close(struct actor *actor, struct ticket ticket);
bool shard_delivers_to(const struct shard *shard, struct addr who);
bool shard_is_dirty(const struct shard *shard, const struct actor *actor);
void shard_count_bytes(struct shard *shard, struct actor *actor);

/* shard_commit.c */
uint64_t shard_stopwatch_us(const struct shard *shard); /* 0 without one */
void shard_carry_out(struct shard *shard, struct actor *actor);
void shard_release(struct shard *shard, struct held *held);
void shard_send(struct shard *shard, struct letter *letter);
