/* Runs actors: one per loop, on one thread. Post letters in, run turns, seal a batch, let the held
 * outputs of a durable batch go (DESIGN 3, 5, 10).
 *
 * Thread: all calls on the shard's own thread. Knows no clock, no uv, no LMDB: time comes in, the
 * world is behind struct doors. The simulator runs exactly this code. */
#pragma once
#include "base/metric.h"
#include "base/prng.h"
#include "rt/actor.h"
#include "rt/batch.h"

struct doors {
    void *self;
    void (*reply)(void *self, struct ticket ticket, enum outcome outcome, struct bytes body);
    void (*remote)(void *self, struct letter *letter); /* owned by the callee from now on */
    void (*work)(void *self, struct addr back, uint32_t tag, uint32_t incarnation, enum job job,
                 struct bytes input);
    /* A call to the world outside; answered by MSG_OUTSIDE_DONE (u.work), or not at all. */
    void (*outside)(void *self, struct addr back, uint32_t tag, uint32_t incarnation,
                    enum outside outside, struct bytes key, struct bytes document);
    void (*alarm)(void *self, enum alarm alarm, uint64_t number); /* may be NULL */
    /* Read the actor's rows from a snapshot opened from now on, then shard_loaded. False: no memory
     * to begin; asked again in a while. */
    bool (*load)(void *self, struct addr who, uint32_t incarnation);
    /* A line for the runtime's log and trace; may be NULL. */
    void (*turn)(void *self, struct addr who, enum msg_kind kind, const struct effects *effects);
    /* A stopwatch in microseconds, read for the metrics alone: no decision ever sees it. NULL: it
     * stands still (the simulator, whose traces must repeat). */
    uint64_t (*stopwatch_us)(void *self);
};

struct shard_config {
    uint16_t index, shards;
    uint64_t seed;
    uint32_t mailbox_max;  /* from doors; 256 */
    uint32_t turns_visit;  /* turns of one actor before the next has its go; 16 */
    size_t idle_bytes_max; /* arenas of actors in memory before the longest idle goes; 256 MiB */
    const struct actor_ops *const *actors;
    struct doors doors;
};

struct shard;

enum err shard_open(const struct shard_config *config, struct shard **out) MUST_CHECK;
void shard_close(struct shard *shard); /* frees everything; held outputs are forgotten */

void shard_set_facts(struct shard *shard, const struct facts *facts);

enum post { POST_TAKEN, POST_FULL, POST_READ_ONLY };
/* Takes the letter if it answers POST_TAKEN; else it stays the caller's. Letters of doors are
 * bounded; sends between actors always are taken (at most one is kept per sender, DESIGN 10). */
enum post shard_post(struct shard *shard, struct letter *letter) MUST_CHECK;

/* Runs up to turns_max turns; stops early when the open batch is full. Of turns about whole sheets
 * at most one, and none into a batch that holds one already. Returns turns run. */
size_t shard_run(struct shard *shard, struct wall now, struct tick tick, size_t turns_max);
bool shard_has_work(const struct shard *shard);                  /* a turn could run now */
bool shard_deadline(const struct shard *shard, struct tick *at); /* the nearest timer */

/* The open batch if it holds anything and the other one is home; NULL otherwise. */
struct batch *shard_seal(struct shard *shard, struct tick tick);
/* The batch comes home. ERR_OK: durable; held outputs leave. ERR_READ_ONLY: it is not there and
 * will not be: it and the open one are dropped, their tickets answered OUTCOME_READ_ONLY, every
 * actor that either made dirty is evicted, waiting ones are loaded again. No other status exists: a
 * failed sync ends the process. */
void shard_committed(struct shard *shard, struct batch *batch, enum err status);
/* From the committer: nothing but auth and desks is delivered to while this holds. When it begins,
 * letters of doors that wait for others are answered OUTCOME_READ_ONLY; timers and results wait. */
void shard_set_read_only(struct shard *shard, bool read_only);

struct loaded_row {
    enum table table;
    struct bytes key, value;
};
/* The answer to doors.load: rows in table and key order; borrowed during the call. A failed load
 * (err not OK, or no memory for what the rows say) answers the actor's tickets OVERLOADED and
 * forgets it; auth, a desk and one that waits (a row in `waiting`) are loaded again after
 * SHARD_RELOAD_MS. */
void shard_loaded(struct shard *shard, struct addr who, uint32_t incarnation, enum err err,
                  const struct loaded_row *rows, size_t count);
/* Has it loaded (and keeps it) although nobody has written to it: waiting actors at start. */
void shard_awaken(struct shard *shard, struct addr who);

/* What the tables hold of an actor: the ranges the loader must read, in order. Returns their
 * number. */
enum { LOAD_RANGES_MAX = 8, SHARD_RELOAD_MS = 1000, SHARD_RETRY_MS = 50 };
struct load_range {
    enum table table;
    struct row_key prefix; /* size 0: the whole table */
};
size_t shard_load_ranges(struct addr who, struct load_range out[LOAD_RANGES_MAX]);

struct metrics *shard_metrics(struct shard *shard);
/* Everything is durable and nobody waits: a graceful stop may end. */
bool shard_is_quiet(const struct shard *shard);
size_t shard_actors(const struct shard *shard);
/* The actor's state, for tests and for web/ through the desk (same thread). NULL: not in memory. */
const void *shard_peek(const struct shard *shard, struct addr who);
