/* One and two loops with made-up actors and a committer that is this test: when a batch comes home,
 * and how, is decided here. */
#include "loop/loop.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include <stdlib.h>
#include <string.h>

enum { LOOPS_MAX = 2, ANSWERS_MAX = 4096 };

/* ---- actors -------------------------------------------------------------------------------------
 */

struct counter {
    uint32_t count;
    struct ticket waiting; /* for the result of its work */
};

static void counter_start(void *state, struct addr self, struct arena *memory)
{
    (void)state;
    (void)self;
    (void)memory;
}

static void count_up(struct counter *counter, const struct msg *in, struct effects *out)
{
    uint8_t key[8];
    struct writer writer = writer_on(key, sizeof key);
    write_u64(&writer, in->to.id);
    counter->count++;
    if (in->to.kind == ACTOR_INSTITUTION) /* whose table it is */
        effect_put(out, TABLE_SERIAL, writer_bytes(&writer), BYTES_LITERAL("x"));
    effect_reply(out, in->ticket, OUTCOME_OK, bytes_of(&counter->count, sizeof counter->count));
}

static void counter_receive(void *state, const struct msg *in, struct effects *out)
{
    struct counter *counter = state;
    if (in->kind == MSG_CASE_DELETE) {
        count_up(counter, in, out);
    } else if (in->kind == MSG_SUBMIT) { /* has the pool do something */
        counter->waiting = in->ticket;
        effect_work(out, 7, JOB_PROOF, BYTES_LITERAL("input"));
    } else if (in->kind == MSG_WORK_DONE) {
        T_EQ_UINT(in->u.work.tag, 7);
        enum outcome outcome = in->u.work.err == ERR_OK ? OUTCOME_OK : OUTCOME_OVERLOADED;
        effect_reply(out, counter->waiting, outcome, in->u.work.result);
    }
}

static bool counter_sound(const void *state)
{
    (void)state;
    return true;
}

static const struct actor_ops counter_ops = {
    .name = "counter",
    .state_size = sizeof(struct counter),
    .memory_quota = 1 << 20,
    .start = counter_start,
    .receive = counter_receive,
    .sound = counter_sound,
};

static const struct actor_ops *const actors[ACTOR_KINDS] = {
    [ACTOR_INSTITUTION] = &counter_ops,
    [ACTOR_REGISTRY] = &counter_ops,
    [ACTOR_AUTH] = &counter_ops,
    [ACTOR_DESK] = &counter_ops,
};

/* ---- the rig ------------------------------------------------------------------------------------
 */

struct answer {
    enum outcome outcome;
    char body[32];
    size_t size;
    bool there;
};

struct rig {
    uint16_t loops_count;
    struct loop *loops[LOOPS_MAX];
    struct loop_job jobs[JOB_COUNT];
    uv_mutex_t lock; /* of all below */
    uv_cond_t changed;
    bool hold; /* batches wait for rig_release */
    struct batch *held[LOOPS_MAX];
    bool read_only, crowded, load_fails;
    struct answer answers[ANSWERS_MAX]; /* by slot of the ticket */
    uint32_t answers_count;
};

static void rig_on_commit(void *self, struct batch *batch)
{
    struct rig *rig = self;
    uv_mutex_lock(&rig->lock);
    bool hold = rig->hold;
    if (hold)
        rig->held[batch->shard] = batch;
    uv_cond_broadcast(&rig->changed);
    uv_mutex_unlock(&rig->lock);
    if (!hold)
        loop_home(rig->loops[batch->shard], batch, ERR_OK);
}

static bool flag_get(struct rig *rig, const bool *flag)
{
    uv_mutex_lock(&rig->lock);
    bool value = *flag;
    uv_mutex_unlock(&rig->lock);
    return value;
}

static void flag_set(struct rig *rig, bool *flag, bool value)
{
    uv_mutex_lock(&rig->lock);
    *flag = value;
    uv_mutex_unlock(&rig->lock);
}

static bool rig_is_read_only(void *self)
{
    struct rig *rig = self;
    return flag_get(rig, &rig->read_only);
}

static bool rig_is_crowded(void *self)
{
    struct rig *rig = self;
    return flag_get(rig, &rig->crowded);
}

static enum err rig_on_load(void *self, struct addr who, struct arena *memory,
                            const struct loaded_row **rows, size_t *count)
{
    struct rig *rig = self;
    (void)who;
    (void)memory;
    *rows = NULL;
    *count = 0;
    return flag_get(rig, &rig->load_fails) ? ERR_IO : ERR_OK;
}

static enum err rig_on_job(void *self, struct bytes input, const struct facts *facts,
                           struct arena *memory, struct bytes *result)
{
    (void)self;
    T_TRUE(facts == NULL); /* no facts in this rig's configuration */
    T_EQ_BYTES(input, BYTES_LITERAL("input"));
    *result = arena_copy(memory, BYTES_LITERAL("result"));
    return ERR_OK;
}

static void rig_on_reply(void *self, struct ticket ticket, enum outcome outcome, struct bytes body)
{
    struct rig *rig = self;
    uv_mutex_lock(&rig->lock);
    CHECK(ticket.slot < ANSWERS_MAX);
    struct answer *answer = &rig->answers[ticket.slot];
    T_FALSE(answer->there); /* each request gets one answer */
    T_TRUE(body.size <= sizeof answer->body);
    *answer = (struct answer){.outcome = outcome, .size = body.size, .there = true};
    if (body.size > 0)
        memcpy(answer->body, body.data, body.size);
    rig->answers_count++;
    uv_cond_broadcast(&rig->changed);
    uv_mutex_unlock(&rig->lock);
}

static struct rig *rig_open(uint16_t loops_count)
{
    struct rig *rig = calloc(1, sizeof *rig);
    rig->loops_count = loops_count;
    rig->jobs[JOB_PROOF] = (struct loop_job){.run = rig_on_job, .self = rig};
    T_EQ_INT(uv_mutex_init(&rig->lock), 0);
    T_EQ_INT(uv_cond_init(&rig->changed), 0);
    for (uint16_t i = 0; i < loops_count; i++) {
        struct loop_config config = {
            .index = i,
            .loops = loops_count,
            .seed = 5,
            .mailbox_max = 4,
            .turns_visit = 2,
            .idle_bytes_max = 1 << 20,
            .actors = actors,
            .peers = rig->loops,
            .jobs = rig->jobs,
            .self = rig,
            .commit = rig_on_commit,
            .is_read_only = rig_is_read_only,
            .is_crowded = rig_is_crowded,
            .load = rig_on_load,
        };
        T_OK(loop_open(&config, &rig->loops[i]));
        loop_on_reply(rig->loops[i], 0, rig_on_reply, rig);
    }
    for (uint16_t i = 0; i < loops_count; i++)
        T_OK(loop_start(rig->loops[i]));
    return rig;
}

static void rig_close(struct rig *rig)
{
    for (uint16_t i = 0; i < rig->loops_count; i++)
        loop_stop(rig->loops[i]);
    for (uint16_t i = 0; i < rig->loops_count; i++)
        loop_join(rig->loops[i]);
    for (uint16_t i = 0; i < rig->loops_count; i++)
        loop_close(rig->loops[i]);
    uv_mutex_destroy(&rig->lock);
    uv_cond_destroy(&rig->changed);
    free(rig);
}

/* ---- posting from the loop's own thread ---------------------------------------------------------
 */

struct post_call {
    struct loop_call call;
    uv_sem_t done;
    enum msg_kind kind;
    struct addr to;
    uint32_t slot;
    enum post post;
};

static void post_on_call(struct loop *loop, struct loop_call *call)
{
    struct post_call *self = container_of(call, struct post_call, call);
    struct letter *letter = letter_new();
    T_TRUE(letter != NULL);
    letter->msg.kind = self->kind;
    letter->msg.to = self->to;
    letter->msg.ticket =
        (struct ticket){.loop = loop_index(loop), .slot = self->slot, .generation = 1};
    self->post = loop_post(loop, letter);
    if (self->post != POST_TAKEN)
        letter_free(letter);
    uv_sem_post(&self->done);
}

static enum post post_to(struct rig *rig, uint16_t from, enum msg_kind kind, struct addr to,
                         uint32_t slot)
{
    struct post_call call = {.call = {.run = post_on_call}, .kind = kind, .to = to, .slot = slot};
    T_EQ_INT(uv_sem_init(&call.done, 0), 0);
    loop_call(rig->loops[from], &call.call);
    uv_sem_wait(&call.done);
    uv_sem_destroy(&call.done);
    return call.post;
}

static enum post post(struct rig *rig, uint16_t from, enum msg_kind kind, uint64_t id,
                      uint32_t slot)
{
    return post_to(rig, from, kind, (struct addr){ACTOR_INSTITUTION, id}, slot);
}

static void answers_wait(struct rig *rig, uint32_t count)
{
    uv_mutex_lock(&rig->lock);
    while (rig->answers_count < count)
        uv_cond_wait(&rig->changed, &rig->lock);
    uv_mutex_unlock(&rig->lock);
}

static uint64_t id_on(const struct rig *rig, uint16_t loop)
{
    uint64_t id = 1;
    while (addr_shard((struct addr){ACTOR_INSTITUTION, id}, rig->loops_count) != loop)
        id++;
    return id;
}

/* ---- tests --------------------------------------------------------------------------------------
 */

TEST(a_letter_is_answered_when_its_batch_is_home)
{
    struct rig *rig = rig_open(1);
    flag_set(rig, &rig->hold, true);
    T_EQ_INT(post(rig, 0, MSG_CASE_DELETE, 3, 0), POST_TAKEN);
    uv_mutex_lock(&rig->lock);
    while (rig->held[0] == NULL)
        uv_cond_wait(&rig->changed, &rig->lock);
    T_EQ_UINT(rig->answers_count, 0); /* decided, not durable: nobody knows */
    rig->hold = false;
    uv_mutex_unlock(&rig->lock);
    loop_home(rig->loops[0], rig->held[0], ERR_OK);
    answers_wait(rig, 1);
    T_EQ_INT(rig->answers[0].outcome, OUTCOME_OK);
    rig_close(rig);
}

TEST(a_dropped_batch_answers_read_only_and_the_actor_forgets)
{
    struct rig *rig = rig_open(1);
    flag_set(rig, &rig->hold, true);
    T_EQ_INT(post(rig, 0, MSG_CASE_DELETE, 3, 0), POST_TAKEN);
    uv_mutex_lock(&rig->lock);
    while (rig->held[0] == NULL)
        uv_cond_wait(&rig->changed, &rig->lock);
    rig->hold = false;
    uv_mutex_unlock(&rig->lock);
    loop_home(rig->loops[0], rig->held[0], ERR_READ_ONLY);
    answers_wait(rig, 1);
    T_EQ_INT(rig->answers[0].outcome, OUTCOME_READ_ONLY);
    T_EQ_INT(post(rig, 0, MSG_CASE_DELETE, 3, 1), POST_TAKEN);
    answers_wait(rig, 2);
    uint32_t count;
    memcpy(&count, rig->answers[1].body, sizeof count);
    T_EQ_UINT(count, 1); /* loaded anew */
    rig_close(rig);
}

TEST(two_loops_reach_each_others_actors)
{
    struct rig *rig = rig_open(2);
    for (uint32_t i = 0; i < 400; i++) {
        uint16_t from = (uint16_t)(i % 2);
        T_EQ_INT(post(rig, from, MSG_CASE_DELETE, id_on(rig, (uint16_t)(i / 2 % 2)), i),
                 POST_TAKEN);
        if (i % 4 == 3)
            answers_wait(rig, i + 1);
    }
    answers_wait(rig, 400);
    uint64_t remote = 0;
    for (uint32_t i = 0; i < 400; i++)
        T_EQ_INT(rig->answers[i].outcome, OUTCOME_OK);
    for (uint16_t i = 0; i < 2; i++)
        loop_stop(rig->loops[i]);
    for (uint16_t i = 0; i < 2; i++)
        loop_join(rig->loops[i]);
    for (uint16_t i = 0; i < 2; i++)
        remote += loop_metrics(rig->loops[i])->counters[METRIC_REMOTE];
    T_EQ_UINT(remote, 200);
    for (uint16_t i = 0; i < 2; i++)
        loop_close(rig->loops[i]);
    free(rig);
}

TEST(a_full_mailbox_on_the_other_loop_answers_overloaded)
{
    struct rig *rig = rig_open(2);
    flag_set(rig, &rig->hold, true);
    uint64_t id = id_on(rig, 1);
    for (uint32_t i = 0; i < 300; i++)
        T_EQ_INT(post(rig, 0, MSG_CASE_DELETE, id, i), POST_TAKEN);
    uv_mutex_lock(&rig->lock);
    while (rig->held[1] == NULL)
        uv_cond_wait(&rig->changed, &rig->lock);
    rig->hold = false;
    uv_mutex_unlock(&rig->lock);
    loop_home(rig->loops[1], rig->held[1], ERR_OK);
    answers_wait(rig, 300);
    for (uint32_t i = 0; i < 300; i++)
        T_TRUE(rig->answers[i].outcome == OUTCOME_OK ||
               rig->answers[i].outcome == OUTCOME_OVERLOADED);
    rig_close(rig);
}

TEST(doors_are_told_what_the_store_can_do)
{
    struct rig *rig = rig_open(1);
    flag_set(rig, &rig->crowded, true);
    T_EQ_INT(post(rig, 0, MSG_CASE_DELETE, 3, 0), POST_FULL);
    flag_set(rig, &rig->crowded, false);
    flag_set(rig, &rig->read_only, true);
    T_EQ_INT(post(rig, 0, MSG_CASE_DELETE, 3, 0), POST_READ_ONLY);
    T_EQ_INT(post_to(rig, 0, MSG_CASE_DELETE, ADDR_AUTH, 0), POST_TAKEN); /* sessions go on */
    answers_wait(rig, 1);
    flag_set(rig, &rig->read_only, false);
    loop_wake(rig->loops[0]);
    T_EQ_INT(post(rig, 0, MSG_CASE_DELETE, 3, 1), POST_TAKEN);
    answers_wait(rig, 2);
    rig_close(rig);
}

TEST(work_is_done_on_the_pool_and_comes_back)
{
    struct rig *rig = rig_open(1);
    T_EQ_INT(post(rig, 0, MSG_SUBMIT, 3, 0), POST_TAKEN);
    answers_wait(rig, 1);
    T_EQ_INT(rig->answers[0].outcome, OUTCOME_OK);
    T_EQ_MEM(rig->answers[0].body, "result", 6);
    rig_close(rig);
}

TEST(a_failed_load_answers_overloaded)
{
    struct rig *rig = rig_open(1);
    flag_set(rig, &rig->load_fails, true);
    T_EQ_INT(post(rig, 0, MSG_CASE_DELETE, 3, 0), POST_TAKEN);
    answers_wait(rig, 1);
    T_EQ_INT(rig->answers[0].outcome, OUTCOME_OVERLOADED);
    flag_set(rig, &rig->load_fails, false);
    T_EQ_INT(post(rig, 0, MSG_CASE_DELETE, 3, 1), POST_TAKEN);
    answers_wait(rig, 2);
    T_EQ_INT(rig->answers[1].outcome, OUTCOME_OK);
    rig_close(rig);
}

struct late_call {
    struct loop_call call;
    bool ran;
};

static void late_on_call(struct loop *loop, struct loop_call *call)
{
    (void)loop;
    container_of(call, struct late_call, call)->ran = true;
}

TEST(what_comes_behind_the_end_is_taken_by_close)
{
    struct rig *rig = rig_open(1);
    flag_set(rig, &rig->hold, true);
    T_EQ_INT(post(rig, 0, MSG_CASE_DELETE, 3, 0), POST_TAKEN);
    uv_mutex_lock(&rig->lock);
    while (rig->held[0] == NULL)
        uv_cond_wait(&rig->changed, &rig->lock);
    uv_mutex_unlock(&rig->lock);
    struct late_call late = {.call = {.run = late_on_call}};
    loop_stop(rig->loops[0]);
    loop_join(rig->loops[0]); /* after 5 s: its batch is still out */
    loop_call(rig->loops[0], &late.call);
    loop_home(rig->loops[0], rig->held[0], ERR_OK);
    loop_close(rig->loops[0]);
    T_TRUE(late.ran);
    T_EQ_UINT(rig->answers_count, 0); /* the doors were closed before */
    free(rig);
}

T_LIST(loop_test, T(a_letter_is_answered_when_its_batch_is_home),
       T(a_dropped_batch_answers_read_only_and_the_actor_forgets),
       T(two_loops_reach_each_others_actors),
       T(a_full_mailbox_on_the_other_loop_answers_overloaded),
       T(doors_are_told_what_the_store_can_do), T(work_is_done_on_the_pool_and_comes_back),
       T(a_failed_load_answers_overloaded), T(what_comes_behind_the_end_is_taken_by_close));
