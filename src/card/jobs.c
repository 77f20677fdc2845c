#include "card/jobs.h"
#include "base/check.h"
#include "card/reply.h"

void jobs_open(struct jobs *jobs, uv_loop_t *loop, const struct settings *settings)
{
    *jobs = (struct jobs){.loop = loop};
    wallet_open(&jobs->wallet, settings);
}

void jobs_close(struct jobs *jobs)
{
    CHECK(jobs->first == NULL);
    wallet_close(&jobs->wallet);
}

/* ---- on the pool -------------------------------------------------------------------------------
 */

static void slots_work(struct wallet *wallet, struct job *job)
{
    struct wallet_list list;
    job->code = wallet_look(wallet, &list);
    if (job->code == CODE_OK) {
        wallet_read_certs(wallet, &list);
        job->body = reply_slots(&list, &job->body_size);
    } else {
        job->body = reply_failure(job->code, &job->body_size);
    }
    wallet_list_free(&list);
}

static void sign_work(struct wallet *wallet, struct job *job)
{
    struct signature signature;
    sign(wallet, &job->order, &signature);
    job->code = signature.code;
    job->body = reply_signature(&signature, &job->body_size);
}

static void jobs_on_work(uv_work_t *work)
{
    struct jobs *jobs = container_of(work, struct jobs, work);
    struct job *job = jobs->first;
    switch (job->kind) {
    case JOB_SLOTS: slots_work(&jobs->wallet, job); break;
    case JOB_SIGN: sign_work(&jobs->wallet, job); break;
    }
}

/* ---- on the loop -------------------------------------------------------------------------------
 */

static void jobs_on_done(uv_work_t *work, int status);

static void jobs_start(struct jobs *jobs)
{
    CHECK(jobs->first != NULL);
    CHECK(uv_queue_work(jobs->loop, &jobs->work, jobs_on_work, jobs_on_done) == 0);
}

static struct job *jobs_take(struct jobs *jobs)
{
    struct job *job = jobs->first;
    CHECK(job != NULL);
    CHECK(jobs->count > 0);
    jobs->first = job->next;
    if (jobs->first == NULL) {
        jobs->last = NULL;
    }
    jobs->count--;
    if (job->kind == JOB_SIGN) {
        CHECK(jobs->signing);
        jobs->signing = false;
        order_wipe(&job->order);
    }
    return job;
}

static void jobs_on_done(uv_work_t *work, int status)
{
    struct jobs *jobs = container_of(work, struct jobs, work);
    CHECK(status == 0); /* nothing here cancels */
    struct job *job = jobs_take(jobs);
    if (jobs->first != NULL) {
        jobs_start(jobs);
    }
    job->done(job, job->context);
}

bool jobs_add(struct jobs *jobs, struct job *job)
{
    CHECK(job->done != NULL);
    if (jobs->stopped || jobs->count > JOBS_WAITING_MAX ||
        (job->kind == JOB_SIGN && jobs->signing)) {
        return false;
    }
    job->body = NULL;
    job->jobs = jobs;
    job->next = NULL;
    jobs->signing = jobs->signing || job->kind == JOB_SIGN;
    jobs->count++;
    if (jobs->last != NULL) {
        jobs->last->next = job;
        jobs->last = job;
        return true;
    }
    jobs->first = jobs->last = job;
    jobs_start(jobs);
    return true;
}

void jobs_stop(struct jobs *jobs)
{
    jobs->stopped = true;
    if (jobs->first == NULL) {
        return;
    }
    struct job *waiting = jobs->first->next;
    jobs->first->next = NULL;
    jobs->last = jobs->first;
    while (waiting != NULL) {
        struct job *job = waiting;
        waiting = job->next;
        jobs->count--;
        if (job->kind == JOB_SIGN) {
            order_wipe(&job->order);
            jobs->signing = false;
        }
        job->code = CODE_BUSY;
        job->body = reply_failure(job->code, &job->body_size);
        job->done(job, job->context);
    }
    CHECK(jobs->count == 1);
}
