/* The simulated world: virtual time, shards on a disk, a committer that takes groups, an applier
 * that stalls, crashes at every step, clients and an oracle, all from one seed (DESIGN 12).
 *
 *   plan.c      what a seed decides: sizes, delays, faults
 *   world.c     events in order of time; start, crash, end
 *   process.c   the server's side: boot, shards, loads, work
 *   commit.c    committer and applier
 *   calls.c     a client's call through a door to an actor, and the way back
 *   clients.c   who asks what
 *   nhi.c       the other end of the transfers
 *   oracle*.c   what must be true
 */
#pragma once
#include "base/map.h"
#include "rt/rules.h"
#include "rt/shard.h"
#include "tests/sim/ask.h"
#include "tests/sim/disk.h"
#include <stdio.h>

enum { SHARDS_MAX = 3, CLIENTS_MAX = 20, FAILURE_MAX = 400 };

struct plan {
    uint64_t seed;
    uint16_t shards;
    uint32_t homes; /* of the cast that play */
    uint32_t calls; /* requests after which the world calms down */
    uint32_t crashes, drops, stalls;
    int64_t wall_ms; /* at the start */
    int64_t think_us, sync_us, apply_gap_us, apply_us, remote_us;
    uint32_t segments;
    size_t segment_size;
    size_t idle_bytes_max;
    uint32_t mailbox_max, turns_visit;
    uint32_t lost_one_in; /* answers that a client doesn't get */
    bool failing_loads;
    bool prompt;       /* approvals go to NHI at once; else in the night */
    uint16_t rows_max; /* of a document */
    bool quiet;        /* scenarios: no faults, no random delays */
};

enum event_kind {
    EVENT_RUN,       /* a shard's loop comes by */
    EVENT_LETTER,    /* a letter reaches a shard's inbox: from another shard, the pool, a door */
    EVENT_LOAD_OPEN, /* the loader opens its snapshot */
    EVENT_LOAD_DONE,
    EVENT_COMMIT,
    EVENT_SYNCED,
    EVENT_HOME, /* a batch comes home */
    EVENT_READ_ONLY,
    EVENT_APPLY_BEGIN,
    EVENT_APPLY_DONE,
    EVENT_RECOVER,
    EVENT_SPACE,     /* there is space again */
    EVENT_LOOK_OPEN, /* the pool opens a snapshot for a look into the outbox */
    EVENT_OPERATOR,  /* of the transfers */
    /* not the server's: these outlive a crash */
    EVENT_CLIENT,
    EVENT_SEND,    /* a client sends an ask */
    EVENT_TIMEOUT, /* a door gives up waiting */
    EVENT_NHI,     /* a call arrives at NHI */
    EVENT_CRASH
};

struct load {
    struct addr who;
    uint32_t incarnation;
    struct rows rows;
};

struct event {
    int64_t at_us;
    uint64_t sequence;
    enum event_kind kind;
    uint32_t epoch;
    uint32_t number; /* shard, client, ask, call */
    bool flag;
    union {
        struct letter *letter;
        struct load *load;
        struct batch *batch;
        struct errand *errand; /* nhi.h */
    } u;
};

enum crash_step {
    CRASH_NOT,
    CRASH_NOW,
    CRASH_BEFORE_APPEND,
    CRASH_AFTER_APPEND,
    CRASH_AFTER_SYNC,
    CRASH_IN_APPLY,
    CRASH_STEPS
};

struct totals {
    uint64_t calls, answers, groups, crashes, drops, reloads, retries, turns, effects, lost,
        refused;
    uint64_t segments_reused, waits, looks, documents, in_effect;
};

struct client;
struct nhi;
struct oracle;

struct world {
    struct plan plan;
    struct prng prng;
    struct totals totals;
    int64_t now_us;
    int64_t wall_ms; /* wall time at now_us 0 */
    struct event *heap;
    uint32_t heap_count, heap_capacity;
    uint64_t sequence;
    uint64_t hash; /* of everything that happened, in order */
    FILE *trace;   /* NULL: not told */
    FILE *story;   /* golden traces: what happens, in words; NULL: not told */
    /* Sees every turn, for golden traces; NULL: nobody looks. */
    void (*watch)(struct world *world, struct addr who, enum msg_kind kind,
                  const struct effects *effects);
    const struct facts *facts;
    struct arena memory;  /* of asks */
    struct arena scratch; /* of what is read (view.h) */
    /* the process */
    uint32_t epoch;
    bool up, calm;
    bool clock_set_back; /* the wall clock went back at some start */
    struct shard *shards[SHARDS_MAX];
    bool run_set[SHARDS_MAX];
    int64_t deadline_us[SHARDS_MAX];
    int64_t arrival_us[SHARDS_MAX + 1][SHARDS_MAX]; /* letters of a pair keep their order */
    struct map loaded;                              /* actors that were loaded in this epoch */
    enum crash_step crash_armed;
    uint32_t recovery_crashes; /* still to come, inside recovery */
    uint32_t crashes_planned, drops_planned, stalls_planned;
    /* commit */
    struct disk disk;
    struct batch *inbox[SHARDS_MAX];
    uint32_t inbox_count;
    struct batch *taken[SHARDS_MAX];
    uint32_t taken_count;
    bool syncing, no_space, told_read_only;
    bool brief; /* this time space returns with the first batch that was dropped */
    uint32_t essential_left;
    bool stalled; /* the next apply takes long */
    /* clients */
    struct client *clients;
    uint32_t clients_count;
    struct ask **asks; /* number - 1 */
    uint32_t asks_count, asks_capacity;
    struct call *calls;
    uint32_t calls_count, calls_capacity;
    uint32_t calls_open;
    uint32_t setup_count; /* cards and officers to be entered first */
    struct nhi *nhi;
    struct oracle *oracle;
    /* the verdict */
    bool failed;
    char failure[FAILURE_MAX];
    char invariant[8];
};

/* ---- plan.c ---- */
struct plan plan_of(uint64_t seed);

/* ---- world.c ---- */
struct world *world_open(const struct plan *plan, FILE *trace);
void world_close(struct world *world);
/* Plays until everything has drained or an invariant broke. */
void world_play(struct world *world);
/* Plays what happens in the next `us`. */
void world_pass(struct world *world, int64_t us);
struct event *world_push(struct world *world, enum event_kind kind, int64_t delay_us);
uint64_t world_below(struct world *world, uint64_t limit);
bool world_chance(struct world *world, uint32_t one_in);
struct wall world_wall(const struct world *world);
struct tick world_tick(const struct world *world);
/* True: the process is gone, its shards with it. NOW always crashes, another step if it is armed.
 */
bool world_crash(struct world *world, enum crash_step step);
/* Counts a call; the plan's faults come by these counts. */
void world_called(struct world *world);
/* Goes into the hash, and as a line into the trace. */
void world_note(struct world *world, const char *what, uint64_t a, uint64_t b, uint64_t c);
/* A line of the story, with the virtual time in front. */
void world_tell(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The first broken invariant ends the play. */
void world_fail(struct world *world, const char *invariant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- process.c ---- */
void process_boot(struct world *world);
void process_stop(struct world *world);
void process_run(struct world *world, uint32_t number);
void process_letter(struct world *world, uint32_t shard, struct letter *letter);
void process_load_open(struct world *world, struct event *event);
void process_load_done(struct world *world, struct event *event);
void process_wake(struct world *world, uint32_t shard, int64_t delay_us);
/* Sends a letter to its actor's shard; `from` SHARDS_MAX: from no shard. */
void process_send(struct world *world, uint32_t from, struct letter *letter, int64_t delay_us);
bool process_is_quiet(const struct world *world);

/* ---- commit.c ---- */
void commit_begin(struct world *world);
void commit_synced(struct world *world);
void commit_home(struct world *world, const struct event *event);
void commit_submit(struct world *world, struct batch *batch);
void commit_out_of_space(struct world *world);
void commit_space_again(struct world *world);
void apply_begin(struct world *world);
void apply_done(struct world *world);
bool apply_now(struct world *world);
void recover_step(struct world *world);

/* ---- calls.c ---- */
struct ask *ask_new(struct world *world, enum ask_kind kind, uint32_t client);
struct ask *ask_of(const struct world *world, uint32_t number);
/* Sends the ask through a door of `loop`. */
void call_send(struct world *world, struct ask *ask, uint16_t loop);
void call_reply(struct world *world, struct ticket ticket, enum outcome outcome, struct bytes body);
void call_timeout(struct world *world, uint32_t number);
void call_post_failed(struct world *world, const struct letter *letter, enum post post);
void calls_lost(struct world *world); /* the process is gone */
/* What a door of that loop finds: live, or why not. SESSION_ENDED also for one it does not know. */
enum session_end door_session(const struct world *world, uint16_t loop, const struct digest *secret,
                              struct principal *who);

/* ---- clients.c ---- */
void clients_open(struct world *world);
void clients_close(struct world *world);
void client_turn(struct world *world, uint32_t number);
void client_send(struct world *world, uint32_t ask);
void client_heard(struct world *world, struct ask *ask, enum outcome outcome, struct bytes body);
void client_not_heard(struct world *world, struct ask *ask);
bool clients_are_done(const struct world *world);
/* Each officer approves one more line: nothing comes behind it. */
void clients_decide_last(struct world *world);
