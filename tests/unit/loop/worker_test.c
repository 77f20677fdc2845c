#include "loop/worker.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include <string.h>

enum { JOBS_MAX = 256 };

struct job {
    struct worker_job job;
    struct rig *rig;
    char name;
    bool ran;
};

/* Jobs that wait at a gate, so that the test sees who is let through while others wait. */
struct rig {
    uv_loop_t uv;
    struct worker worker;
    uv_sem_t gate;
    struct job jobs[JOBS_MAX];
    uint32_t count;
    char done[JOBS_MAX + 1];
    uint32_t done_count;
};

static void job_on_run(struct worker_job *job)
{
    struct job *self = container_of(job, struct job, job);
    uv_sem_wait(&self->rig->gate);
    self->ran = true;
}

static void job_on_done(struct worker_job *job)
{
    struct job *self = container_of(job, struct job, job);
    T_TRUE(self->ran);
    self->rig->done[self->rig->done_count++] = self->name;
}

static struct rig *rig_open(void)
{
    static struct rig rig;
    T_EQ_INT(uv_loop_init(&rig.uv), 0);
    T_EQ_INT(uv_sem_init(&rig.gate, 0), 0);
    worker_init(&rig.worker, &rig.uv);
    return &rig;
}

static struct worker_job *job_new(struct rig *rig, char name)
{
    struct job *job = &rig->jobs[rig->count++];
    job->rig = rig;
    job->name = name;
    job->job.run = job_on_run;
    job->job.done = job_on_done;
    return &job->job;
}

static void rig_close(struct rig *rig)
{
    for (uint32_t i = 0; i < rig->count; i++)
        uv_sem_post(&rig->gate);
    uv_run(&rig->uv, UV_RUN_DEFAULT);
    T_TRUE(worker_is_idle(&rig->worker));
    T_EQ_INT(uv_loop_close(&rig->uv), 0);
    uv_sem_destroy(&rig->gate);
}

TEST(jobs_run_and_come_home)
{
    struct rig *rig = rig_open();
    T_TRUE(worker_is_idle(&rig->worker));
    T_TRUE(worker_run(&rig->worker, WORKER_INTERACTIVE, job_new(rig, 'i')));
    T_TRUE(worker_run(&rig->worker, WORKER_BATCH, job_new(rig, 'b')));
    T_FALSE(worker_is_idle(&rig->worker));
    rig_close(rig);
    T_EQ_UINT(rig->done_count, 2);
}

TEST(a_full_queue_says_no)
{
    struct rig *rig = rig_open();
    for (int i = 0; i < WORKER_THREADS + WORKER_QUEUE_MAX; i++)
        T_TRUE(worker_run(&rig->worker, WORKER_INTERACTIVE, job_new(rig, 'i')));
    struct worker_job *late = job_new(rig, 'l');
    T_FALSE(worker_run(&rig->worker, WORKER_INTERACTIVE, late));
    worker_must_run(&rig->worker, WORKER_INTERACTIVE, late); /* what the shard bounds itself */
    rig_close(rig);
    T_EQ_UINT(rig->done_count, WORKER_THREADS + WORKER_QUEUE_MAX + 1);
}

TEST(batch_work_leaves_a_thread_for_others)
{
    struct rig *rig = rig_open();
    for (int i = 0; i < 4; i++)
        T_TRUE(worker_run(&rig->worker, WORKER_BATCH, job_new(rig, 'b')));
    T_EQ_UINT(rig->worker.lists[WORKER_BATCH].in_flight, WORKER_BATCHES);
    for (int i = 0; i < 3; i++)
        T_TRUE(worker_run(&rig->worker, WORKER_INTERACTIVE, job_new(rig, 'i')));
    T_EQ_UINT(rig->worker.lists[WORKER_INTERACTIVE].in_flight, WORKER_THREADS - 1);
    rig_close(rig);
}

TEST(batch_work_is_not_starved)
{
    struct rig *rig = rig_open();
    for (int i = 0; i < 20; i++)
        T_TRUE(worker_run(&rig->worker, WORKER_INTERACTIVE, job_new(rig, 'i')));
    T_TRUE(worker_run(&rig->worker, WORKER_BATCH, job_new(rig, 'b')));
    rig_close(rig);
    const char *batch = strchr(rig->done, 'b');
    T_TRUE(batch != NULL);
    T_TRUE(batch - rig->done < 10);
}

T_LIST(worker_test, T(jobs_run_and_come_home), T(a_full_queue_says_no),
       T(batch_work_leaves_a_thread_for_others), T(batch_work_is_not_starved));
