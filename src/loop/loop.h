/* A loop: one thread with a uv loop and one shard (DESIGN 6).
 *
 * Before each poll: drain the inbox, run the shard in bounded visits, seal its batch and hand it to
 * `commit`, let the answers out to whoever registered with loop_on_reply. Nothing here knows
 * actors, storage or web: they come in as pointers.
 *
 * Life: loop_open for each (any thread) -> fill `peers` -> loop_start each -> … -> loop_stop each
 * -> loop_join each -> the committer is closed (its last batches still come home) -> loop_close
 * each. */
#pragma once
#include "loop/http_client.h"
#include "loop/worker.h"
#include "rt/shard.h"

struct loop;

/* Work an actor asks for (effect_work): on a pool thread. Result bytes lie in `memory`, which
 * travels with the answer. The error is told to the actor (MSG_WORK_DONE), never retried here. */
struct loop_job {
    enum err (*run)(void *self, struct bytes input, const struct facts *facts, struct arena *memory,
                    struct bytes *result);
    void *self;
    bool batch; /* waits behind what people wait for (worker.h) */
};

struct loop_config {
    uint16_t index, loops;
    uint64_t seed;
    uint32_t mailbox_max;     /* from doors; 256 */
    uint32_t turns_visit;     /* 16 */
    size_t idle_bytes_max;    /* 256 MiB */
    uint32_t descriptors_max; /* that may be open at once: see loop_reserve; 0: as libuv likes */
    const struct actor_ops *const *actors;
    struct loop *const *peers;   /* array of `loops`, filled before the first loop_start */
    const struct loop_job *jobs; /* JOB_COUNT entries; run NULL where there is no such job */
    void *self;
    /* The registry of the moment when work is asked for, until it is done. Loop's thread; may be
     * NULL: jobs get none. */
    const struct facts *(*facts)(void *self, uint16_t index, void **hold);
    void (*facts_done)(void *self, uint16_t index, void *hold);
    /* The sealed batch goes to the committer, which brings it back by loop_home. Loop's thread. */
    void (*commit)(void *self, struct batch *batch);
    /* A batch came home and nothing was there to be sealed behind it: the next group need not wait
     * for this loop. Loop's thread; may be NULL. */
    void (*quiet)(void *self, uint16_t index);
    /* What the store can do at the moment; asked before each drain and at each loop_post. May be
     * NULL (tests): never. */
    bool (*is_read_only)(void *self);
    bool (*is_crowded)(void *self);
    /* The rows of an actor from a snapshot opened inside this call, in table and key order. On a
     * pool thread; rows and array lie in `memory`. */
    enum err (*load)(void *self, struct addr who, struct arena *memory,
                     const struct loaded_row **rows, size_t *count);
    /* A call to the world outside, held until it may leave; false: no memory, and the loop answers
     * MSG_OUTSIDE_DONE itself when there is some. Loop's thread, inside the shard: the
     * answer (MSG_OUTSIDE_DONE) by loop_deliver. May be NULL where no actor makes calls. */
    bool (*outside)(void *self, struct loop *loop, struct addr back, uint32_t tag,
                    uint32_t incarnation, enum outside outside, struct bytes key,
                    struct bytes document);
    /* A turn was run (trace, log). Loop's thread; may be NULL. */
    void (*turn)(void *self, struct addr who, enum msg_kind kind, const struct effects *effects);
};

/* ERR_NO_MEMORY, ERR_IO (uv could not make its handles). */
/* Memory for watching descriptors below this number (or the process's limit, if that is less), on a
 * loop that has no handles yet. libuv takes it when the first of a higher number comes, and ends
 * the process if there is none. */
enum err loop_reserve(uv_loop_t *uv, uint32_t descriptors) MUST_CHECK;
enum err loop_open(const struct loop_config *config, struct loop **out) MUST_CHECK;
void loop_close(
    struct loop *loop); /* after loop_join (or never started) and after the committer's end */
enum err loop_start(struct loop *loop) MUST_CHECK;
/* Asks the thread to end: when the shard is quiet and no work is out, or 5 s later. All uv handles
 * that others opened on this loop must be closed by then. Any thread. */
void loop_stop(struct loop *loop);
void loop_join(struct loop *loop);

/* ---- from the loop's own thread ----------------------------------------------------------------
 */

/* Sends a door's letter to the actor it is addressed to, on this loop or another (counted as
 * METRIC_REMOTE). POST_TAKEN: it is no longer the caller's. A letter refused on the other loop is
 * answered there: OUTCOME_OVERLOADED or OUTCOME_READ_ONLY comes to the ticket. */
enum post loop_post(struct loop *loop, struct letter *letter) MUST_CHECK;
/* Who gets the answers to tickets of this loop with this door number (below LOOP_DOORS). Called
 * outside the shard: it may post. The body is borrowed during the call. Register before loop_start
 * or by loop_call. */
enum { LOOP_DOORS = 4 };
void loop_on_reply(struct loop *loop, uint16_t door,
                   void (*on_reply)(void *self, struct ticket ticket, enum outcome outcome,
                                    struct bytes body),
                   void *self);
uint16_t loop_index(const struct loop *loop);
uint16_t loop_count(const struct loop *loop);
uv_loop_t *loop_uv(struct loop *loop);
struct worker *loop_worker(struct loop *loop);
struct shard *loop_shard(struct loop *loop); /* before loop_start also from the opener's thread */
struct metrics *loop_metrics(struct loop *loop);
struct wall loop_wall(const struct loop *loop);
/* The loop's own, made when first asked for; closed with the loop. ERR_NO_MEMORY, ERR_CLOSED (the
 * loop ends). */
enum err loop_http(struct loop *loop, struct http_client **out) MUST_CHECK;

/* ---- from any thread ---------------------------------------------------------------------------
 */

/* Runs `run(loop, call)` on the loop's thread, before its next poll and outside the shard. The call
 * is the caller's memory; it is idle again when `run` begins. In order per calling thread. Calls
 * that are still queued when the loop is closed are run by loop_close, on its thread. */
struct loop_call {
    struct mpsc_node node;
    void (*run)(struct loop *loop, struct loop_call *call);
};
void loop_call(struct loop *loop, struct loop_call *call);
/* A letter for this loop's shard, already known to be its home. Takes it. */
void loop_deliver(struct loop *loop, struct letter *letter);
/* The batch that this loop's shard has in flight comes home (storage's `home` callback). Never
 * fails. */
void loop_home(struct loop *loop, struct batch *batch, enum err status);
/* Makes the loop look at is_read_only again. */
void loop_wake(struct loop *loop);
