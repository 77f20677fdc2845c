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

static void owe(struct loop *loop, const struct loop_owed *owed)
{
    if (loop->owed_count < LOOP_OWED_MAX) {
        loop->owed[loop->owed_count++] = *owed;
        return;
    }
    LOG(LOG_ALARM, "answer_lost", log_int("loop", owed->ticket.loop),
        log_int("slot",
                owed->ticket.slot)); /* its door says 504; the client repeats with its key */
}

/* An answer that found no memory. What was done and can't be told is unknown to its door; of what
 * was refused nothing was done. */
static void reply_owe(struct loop *loop, struct ticket ticket, enum outcome outcome,
                      struct bytes body)
{
    bool was_done =
        outcome == OUTCOME_OK || outcome == OUTCOME_CREATED || outcome == OUTCOME_DELETED;
    if (was_done)
        outcome = OUTCOME_UNKNOWN;
    else if (body.size > 0)
        outcome = OUTCOME_OVERLOADED;
    owe(loop, &(struct loop_owed){.ticket = ticket, .outcome = outcome});
}

static void reply_send(struct loop *loop, struct ticket ticket, enum outcome outcome,
                       struct bytes body)
{
    struct remote_reply *reply = malloc(sizeof *reply + body.size);
    if (reply == NULL) {
        reply_owe(loop, ticket, outcome, body);
        return;
    }
    *reply = (struct remote_reply){.call = {.run = remote_reply_on_call},
                                   .ticket = ticket,
                                   .outcome = outcome,
                                   .size = body.size};
    struct writer writer = writer_on(reply->body, body.size);
    write_raw(&writer, body);
    CHECK(!writer.failed);
    loop_call(loop->config.peers[ticket.loop], &reply->call);
}

static void reply_keep(struct loop *loop, struct ticket ticket, enum outcome outcome,
                       struct bytes body)
{
    struct loop_replies *open = &loop->replies[loop->replies_open];
    struct loop_reply *reply = arena_alloc(&open->memory, sizeof *reply);
    struct bytes copy = arena_copy(&open->memory, body);
    if (reply == NULL || (copy.data == NULL && body.size > 0)) {
        reply_owe(loop, ticket, outcome, body);
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
        reply_send(loop, ticket, outcome, body);
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
    struct arena *memory = &work->letter->arena;
    msg->u.work.err =
        work->does->run(work->does->self, work->input, work->facts, memory, &msg->u.work.result);
    if (msg->u.work.err == ERR_OK && memory->dry)
        msg->u.work.err = ERR_NO_MEMORY;
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
        owe(loop, &(struct loop_owed){
                      .what = OWED_WORK, .back = back, .tag = tag, .incarnation = incarnation});
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
    if (!loop->config.outside(loop->config.self, loop, back, tag, incarnation, outside, key,
                              document))
        owe(loop, &(struct loop_owed){
                      .what = OWED_CALL, .back = back, .tag = tag, .incarnation = incarnation});
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
    struct addr who;
    uint32_t incarnation;
    struct arena memory;
    const struct loaded_row *rows;
    size_t count;
    enum err err;
};

static void load_on_run(struct worker_job *job)
{
    struct load *load = container_of(job, struct load, job);
    const struct loop_config *config = &load->loop->config;
    load->err = config->load(config->self, load->who, &load->memory, &load->rows, &load->count);
    if (load->err == ERR_OK && load->memory.dry)
        load->err = ERR_NO_MEMORY;
}

static void load_on_done(struct worker_job *job)
{
    struct load *load = container_of(job, struct load, job);
    shard_loaded(load->loop->shard, load->who, load->incarnation, load->err, load->rows,
                 load->err == ERR_OK ? load->count : 0);
    arena_deinit(&load->memory);
    free(load);
}

/* One piece for most institutions: many small ones would be mapped and unmapped for each. What is
 * not touched of it takes no memory. */
enum { LOAD_CHUNK = 128 * 1024 };

static bool doors_on_load(void *self, struct addr who, uint32_t incarnation)
{
    struct loop *loop = self;
    if (loop->ended)
        return true; /* nobody will know the difference */
    struct load *load = calloc(1, sizeof *load);
    if (load == NULL)
        return false;
    load->loop = loop;
    load->who = who;
    load->incarnation = incarnation;
    load->job.run = load_on_run;
    load->job.done = load_on_done;
    arena_init(&load->memory, LOAD_CHUNK, 0);
    worker_must_run(&loop->worker, WORKER_INTERACTIVE, &load->job);
    return true;
}

/* ---- what found no memory ----------------------------------------------------------------------
 */

/* False: still none. */
static bool owed_result_give(struct loop *loop, const struct loop_owed *owed)
{
    struct letter *letter = letter_new();
    if (letter == NULL)
        return false;
    letter->msg.kind = owed->what == OWED_WORK ? MSG_WORK_DONE : MSG_OUTSIDE_DONE;
    letter->msg.to = owed->back;
    letter->msg.u.work.tag = owed->tag;
    letter->msg.u.work.incarnation = owed->incarnation;
    letter->msg.u.work.err = ERR_NO_MEMORY;
    enum post post = shard_post(loop->shard, letter);
    if (post != POST_TAKEN)
        doors_refuse(loop, letter, post);
    return true;
}

void doors_give_owed(struct loop *loop)
{
    uint32_t count = loop->owed_count;
    loop->owed_count = 0; /* what still finds no memory goes back to the front of the list */
    for (uint32_t i = 0; i < count; i++) {
        struct loop_owed owed = loop->owed[i];
        if (owed.what == OWED_ANSWER)
            doors_on_reply(loop, owed.ticket, owed.outcome, (struct bytes){NULL, 0});
        else if (!owed_result_give(loop, &owed))
            owe(loop, &owed);
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
