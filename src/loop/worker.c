#include "loop/worker.h"
#include "base/check.h"
#include <string.h>

static const uint32_t in_flight_max[WORKER_QUEUES] = {
    [WORKER_INTERACTIVE] = WORKER_THREADS,
    [WORKER_BATCH] = WORKER_BATCHES,
};

void worker_init(struct worker *worker, uv_loop_t *uv)
{
    memset(worker, 0, sizeof *worker);
    worker->uv = uv;
}

static void list_push(struct worker_list *list, struct worker_job *job)
{
    job->next = NULL;
    if (list->last == NULL)
        list->first = job;
    else
        list->last->next = job;
    list->last = job;
    list->count++;
}

static struct worker_job *list_pop(struct worker_list *list)
{
    struct worker_job *job = list->first;
    CHECK(job != NULL);
    CHECK(list->count > 0);
    list->first = job->next;
    if (list->first == NULL)
        list->last = NULL;
    list->count--;
    job->next = NULL;
    return job;
}

static void worker_on_work(uv_work_t *request)
{
    struct worker_job *job = container_of(request, struct worker_job, request);
    job->run(job);
}

static void worker_pump(struct worker *worker);

static void worker_on_done(uv_work_t *request, int status)
{
    CHECK(status == 0); /* nobody cancels */
    struct worker_job *job = container_of(request, struct worker_job, request);
    struct worker *worker = job->worker;
    CHECK(worker->lists[job->queue].in_flight > 0);
    worker->lists[job->queue].in_flight--;
    worker_pump(worker);
    job->done(job);
}

static bool queue_may_go(const struct worker *worker, enum worker_queue queue)
{
    const struct worker_list *list = &worker->lists[queue];
    uint32_t all =
        worker->lists[WORKER_INTERACTIVE].in_flight + worker->lists[WORKER_BATCH].in_flight;
    return list->count > 0 && list->in_flight < in_flight_max[queue] &&
           all < WORKER_THREADS + WORKER_BATCHES - 1;
}

/* Hands on what the pool's threads of this loop can take; the rest waits here, where it is counted.
 */
static void worker_pump(struct worker *worker)
{
    for (;;) {
        enum worker_queue queue = worker->batch_turn ? WORKER_BATCH : WORKER_INTERACTIVE;
        if (!queue_may_go(worker, queue))
            queue = queue == WORKER_BATCH ? WORKER_INTERACTIVE : WORKER_BATCH;
        if (!queue_may_go(worker, queue))
            return;
        worker->batch_turn = queue == WORKER_INTERACTIVE;
        struct worker_list *list = &worker->lists[queue];
        struct worker_job *job = list_pop(list);
        list->in_flight++;
        int failed = uv_queue_work(worker->uv, &job->request, worker_on_work, worker_on_done);
        CHECK(failed == 0); /* fails for a NULL callback only */
    }
}

void worker_must_run(struct worker *worker, enum worker_queue queue, struct worker_job *job)
{
    CHECK(job->run != NULL && job->done != NULL);
    job->worker = worker;
    job->queue = queue;
    list_push(&worker->lists[queue], job);
    worker_pump(worker);
}

bool worker_run(struct worker *worker, enum worker_queue queue, struct worker_job *job)
{
    if (worker->lists[queue].count >= WORKER_QUEUE_MAX)
        return false;
    worker_must_run(worker, queue, job);
    return true;
}

bool worker_is_idle(const struct worker *worker)
{
    for (int i = 0; i < WORKER_QUEUES; i++) {
        if (worker->lists[i].count > 0 || worker->lists[i].in_flight > 0)
            return false;
    }
    return true;
}
