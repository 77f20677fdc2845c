/* Two bounded queues of one loop onto the uv pool: interactive (loads, reads, proofs) and batch
 * (sheets, prints, reports) (DESIGN 6, 10).
 *
 * Thread: everything on the loop's own thread but `run`, which the pool calls. A job is the
 * caller's memory (embed it); it belongs to the worker from worker_run until `done` is called, and
 * is idle again when `done` begins: `done` may free it or run it anew. At most WORKER_THREADS
 * interactive jobs and WORKER_BATCHES batch jobs of a loop are with the pool at a time, and one
 * less than both: some of either always find a thread. A batch job that reads a sheet mostly waits
 * for its child, so that with one alone a quarter of two cores was idle. No allocation, no errors
 * but "full". */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

enum worker_queue { WORKER_INTERACTIVE, WORKER_BATCH, WORKER_QUEUES };

enum { WORKER_QUEUE_MAX = 64, WORKER_THREADS = 2, WORKER_BATCHES = 2 };

struct worker;

struct worker_job {
    void (*run)(struct worker_job *job);  /* on a pool thread */
    void (*done)(struct worker_job *job); /* back on the loop's thread; outside the shard */
    /* the worker's */
    uv_work_t request;
    struct worker *worker;
    struct worker_job *next;
    enum worker_queue queue;
};

struct worker_list {
    struct worker_job *first, *last;
    uint32_t count;     /* waiting here */
    uint32_t in_flight; /* with the pool */
};

struct worker {
    uv_loop_t *uv;
    struct worker_list lists[WORKER_QUEUES];
    bool batch_turn; /* who goes next when both wait */
};

void worker_init(struct worker *worker, uv_loop_t *uv);
/* Takes the job, or answers false: WORKER_QUEUE_MAX are waiting already (the door says 503). */
bool worker_run(struct worker *worker, enum worker_queue queue, struct worker_job *job);
/* Takes the job always: for what the shard bounds itself (loads: one an actor; work: held outputs).
 */
void worker_must_run(struct worker *worker, enum worker_queue queue, struct worker_job *job);
/* Nothing waits and nothing is with the pool. */
bool worker_is_idle(const struct worker *worker);
