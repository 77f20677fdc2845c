/* The production side of struct doors: what the shard lets out. Nothing here calls back into the
 * shard while it runs: answers are kept until it has returned, everything else goes to another
 * thread. */
#include "base/check.h"
#include "base/log.h"
#include "loop/loop_private.h"
#include <stdlib.h>

/* ---- replies -----------------------------------------------------------------------------------
 */

/* An answer on its way to the loop whose door waits for it. */
struct remote_reply {
    struct loop_call call;
    struct ticket ticket;
    enum outcome outcome;
    size_t size;
    uint8_t body[];
};

static void reply_give(struct loop *loop, struct ticket ticket, enum outcome outcome,
                       struct bytes body)
{
    CHECK(ticket.door < LOOP_DOORS);
    const struct loop_door *door = &loop->doors[ticket.door];
    if (door->on_reply != NULL)
        door->on_reply(door->self, ticket, outcome, body);
}

static void remote_reply_on_call(struct loop *loop, struct loop_call *call)
{
    struct remote_reply *reply = container_of(call, struct remote_reply, call);
    reply_give(loop, reply->ticket, reply->outcome, bytes_of(reply->body, reply->size));
    free(reply);
}

/* Without memory the answer is lost; its door says 504 and the client repeats with its key. */
static void reply_lost(struct ticket ticket)
{
    LOG(LOG_ALARM, "reply_lost", log_int("loop", ticket.loop), log_int("slot", ticket.slot));
}

static void reply_send(struct loop *to, struct ticket ticket, enum outcome outcome,
                       struct bytes body)
{
    struct remote_reply *reply = malloc(sizeof *reply + body.size);
    if (reply == NULL) {
        reply_lost(ticket);
        return;
    }
    *reply = (struct remote_reply){.call = {.run = remote_reply_on_call},
                                   .ticket = ticket,
                                   .outcome = outcome,
                                   .size = body.size};
    struct writer writer = writer_on(reply->body, body.size);
    write_raw(&writer, body);
    CHECK(!writer.failed);
    loop_call(to, &reply->call);
}

static void reply_keep(struct loop *loop, struct ticket ticket, enum outcome outcome,
                       struct bytes body)
{
    struct loop_replies *open = &loop->replies[loop->replies_open];
    struct loop_reply *reply = arena_alloc(&open->memory, sizeof *reply);
    struct bytes copy = arena_copy(&open->memory, body);
    if (reply == NULL || (copy.data == NULL && body.size > 0)) {
        reply_lost(ticket);
        return;
    }
    *reply = (struct loop_reply){.ticket = ticket, .outcome = outcome, .body = copy};
    if (open->last == NULL)
        open->first = reply;
    else
        open->last->next = reply;
    open->last = reply;
}

static void doors_on_reply(void *self, struct ticket ticket, enum outcome outcome,
                           struct bytes body)
{
    struct loop *loop = self;
    if (ticket.generation == 0 || loop->ended)
        return; /* nobody waits */
    CHECK(ticket.loop < loop->config.loops);
    if (ticket.loop == loop->config.index)
        reply_keep(loop, ticket, outcome, body);
    else
        reply_send(loop->config.peers[ticket.loop], ticket, outcome, body);
}

bool doors_give_replies(struct loop *loop)
{
    struct loop_replies *full = &loop->replies[loop->replies_open];
    if (full->first == NULL)
        return false;
    loop->replies_open ^= 1; /* whoever is answered may post, and be answered, at once */
    for (struct loop_reply *reply = full->first; reply != NULL; reply = reply->next) {
        reply_give(loop, reply->ticket, reply->outcome, reply->body);
    }
    full->first = full->last = NULL;
    arena_reset(&full->memory);
    return true;
}

void doors_refuse(struct loop *loop, struct letter *letter, enum post why)
{
    CHECK(why != POST_TAKEN);
    enum outcome outcome = why == POST_READ_ONLY ? OUTCOME_READ_ONLY : OUTCOME_OVERLOADED;
    doors_on_reply(loop, letter->msg.ticket, outcome, (struct bytes){NULL, 0});
    letter_free(letter);
}

/* ---- letters -----------------------------------------------------------------------------------
 */

static void doors_on_remote(void *self, struct letter *letter)
{
    struct loop *loop = self;
    if (loop->ended) {
        letter_free(letter); /* a send may be lost at an end: its sender asks again from its rows */
        return;
    }
    uint16_t home = addr_shard(letter->msg.to, loop->config.loops);
    CHECK(home != loop->config.index);
    loop_deliver(loop->config.peers[home], letter);
}

/* ---- work --------------------------------------------------------------------------------------
 */

/* The letter that brings the answer holds input and result too. */
struct work {
    struct worker_job job;
    struct loop *loop;
    struct letter *letter;
    struct bytes input;
    const struct loop_job *does;
    const struct facts *facts;
    void *hold;
};

static void work_on_run(struct worker_job *job)
{
    struct work *work = container_of(job, struct work, job);
    struct msg *msg = &work->letter->msg;
    msg->u.work.err = work->does->run(work->does->self, work->input, work->facts,
                                      &work->letter->arena, &msg->u.work.result);
}

static void work_on_done(struct worker_job *job)
{
    struct work *work = container_of(job, struct work, job);
    struct loop *loop = work->loop;
    struct letter *letter = work->letter; /* holds `work` */
    if (work->hold != NULL)
        loop->config.facts_done(loop->config.self, loop->config.index, work->hold);
    enum post post = shard_post(loop->shard, letter);
    if (post != POST_TAKEN)
        doors_refuse(loop, letter, post);
}

static void doors_on_work(void *self, struct addr back, uint32_t tag, uint32_t incarnation,
                          enum job job, struct bytes input)
{
    struct loop *loop = self;
    if (loop->ended)
        return;
    CHECK(job > JOB_NONE && job < JOB_COUNT);
    CHECK(loop->config.jobs != NULL && loop->config.jobs[job].run != NULL);
    struct letter *letter = letter_new();
    struct work *work = letter == NULL ? NULL : arena_alloc_zero(&letter->arena, sizeof *work);
    struct bytes copy = work == NULL ? input : arena_copy(&letter->arena, input);
    if (work == NULL || (copy.data == NULL && input.size > 0)) {
        LOG(LOG_ALARM, "work_lost", log_text("actor", actor_kind_name(back.kind)),
            log_int("job", job)); /* the actor asks again from its rows, or its caller gets 504 */
        if (letter != NULL)
            letter_free(letter);
        return;
    }
    letter->msg.kind = MSG_WORK_DONE;
    letter->msg.to = back;
    letter->msg.u.work.tag = tag;
    letter->msg.u.work.incarnation = incarnation;
    work->loop = loop;
    work->letter = letter;
    work->input = copy;
    work->does = &loop->config.jobs[job];
    work->job.run = work_on_run;
    work->job.done = work_on_done;
    if (loop->config.facts != NULL)
        work->facts = loop->config.facts(loop->config.self, loop->config.index, &work->hold);
    worker_must_run(&loop->worker, work->does->batch ? WORKER_BATCH : WORKER_INTERACTIVE,
                    &work->job);
}

/* ---- the world outside -------------------------------------------------------------------------
 */

static void doors_on_outside(void *self, struct addr back, uint32_t tag, uint32_t incarnation,
                             enum outside outside, struct bytes key, struct bytes document)
{
    struct loop *loop = self;
    if (loop->ended)
        return;
    loop->config.outside(loop->config.self, loop, back, tag, incarnation, outside, key, document);
}

static void doors_on_alarm(void *self, enum alarm alarm, uint64_t number)
{
    (void)self;
    LOG(LOG_ALARM, alarm_name(alarm), log_int("number", (int64_t)number));
}

/* ---- loads -------------------------------------------------------------------------------------
 */

struct load {
    struct worker_job job;
    struct loop *loop;
    struct load_failed of;
    struct arena memory;
    const struct loaded_row *rows;
    size_t count;
    enum err err;
};

static void load_on_run(struct worker_job *job)
{
    struct load *load = container_of(job, struct load, job);
    const struct loop_config *config = &load->loop->config;
    load->err = config->load(config->self, load->of.who, &load->memory, &load->rows, &load->count);
}

static void load_on_done(struct worker_job *job)
{
    struct load *load = container_of(job, struct load, job);
    shard_loaded(load->loop->shard, load->of.who, load->of.incarnation, load->err, load->rows,
                 load->err == ERR_OK ? load->count : 0);
    arena_deinit(&load->memory);
    free(load);
}

static void doors_on_load(void *self, struct addr who, uint32_t incarnation)
{
    struct loop *loop = self;
    if (loop->ended)
        return;
    struct load *load = calloc(1, sizeof *load);
    if (load == NULL) { /* told when the shard has returned */
        CHECK(loop->loads_failed_count < LOOP_LOADS_FAILED_MAX);
        loop->loads_failed[loop->loads_failed_count++] =
            (struct load_failed){.who = who, .incarnation = incarnation};
        return;
    }
    load->loop = loop;
    load->of = (struct load_failed){.who = who, .incarnation = incarnation};
    load->job.run = load_on_run;
    load->job.done = load_on_done;
    arena_init(&load->memory, 16 * 1024, 0);
    worker_must_run(&loop->worker, WORKER_INTERACTIVE, &load->job);
}

void doors_give_failed_loads(struct loop *loop)
{
    while (loop->loads_failed_count > 0) {
        struct load_failed failed = loop->loads_failed[--loop->loads_failed_count];
        shard_loaded(loop->shard, failed.who, failed.incarnation, ERR_NO_MEMORY, NULL, 0);
    }
}

static void doors_on_turn(void *self, struct addr who, enum msg_kind kind,
                          const struct effects *effects)
{
    struct loop *loop = self;
    loop->config.turn(loop->config.self, who, kind, effects);
}

static uint64_t doors_stopwatch_us(void *self)
{
    (void)self;
    return uv_hrtime() / 1000;
}

struct doors doors_of(struct loop *loop)
{
    return (struct doors){
        .self = loop,
        .reply = doors_on_reply,
        .remote = doors_on_remote,
        .work = doors_on_work,
        .outside = loop->config.outside == NULL ? NULL : doors_on_outside,
        .alarm = doors_on_alarm,
        .load = doors_on_load,
        .turn = loop->config.turn == NULL ? NULL : doors_on_turn,
        .stopwatch_us = doors_stopwatch_us,
    };
}
