#include "tests/unit/rt/rig.h"
#include "base/check.h"
#include "tests/lib/t.h"

const struct addr rig_toy = {ACTOR_INSTITUTION, 11};
const struct addr rig_other = {ACTOR_INSTITUTION, 12};

enum { TOY_QUOTA = 1 << 20 };

/* ---- the toy ---- */

static void toy_start(void *memory, struct addr self, struct arena *arena)
{
    struct toy_state *toy = memory;
    (void)self;
    (void)arena;
    toy->started++;
}

static void toy_row(const struct msg *in, struct effects *out)
{
    struct row_key key = key_of_serial(in->to.id, (int32_t)in->ticket.slot);
    effect_put(out, TABLE_SERIAL, row_key_bytes(&key), BYTES_LITERAL("row"));
}

static void toy_fail(struct effects *out)
{
    out->failed = true;
}

static void toy_waiting(const struct msg *in, struct effects *out, bool waits)
{
    struct row_key key = key_of_waiting((uint8_t)in->to.kind, in->to.id);
    if (waits) {
        effect_put(out, TABLE_WAITING, row_key_bytes(&key), BYTES_LITERAL(""));
    } else {
        effect_erase(out, TABLE_WAITING, row_key_bytes(&key));
    }
}

static void toy_fill(const struct msg *in, struct effects *out, int32_t rows)
{
    for (int32_t i = 0; i < rows; i++) {
        struct row_key key = key_of_serial(in->to.id, i);
        effect_put(out, TABLE_SERIAL, row_key_bytes(&key), BYTES_LITERAL("row"));
    }
}

static bool toy_changes(enum toy toy)
{
    return toy == TOY_CHANGE || toy == TOY_CHANGE_SILENT || toy == TOY_CHANGE_SEND ||
           toy == TOY_CHANGE_WORK || toy == TOY_CHANGE_FAIL;
}

static void toy_command(const struct msg *in, struct effects *out)
{
    enum toy toy = (enum toy)in->u.command.version;
    if (toy_changes(toy)) {
        toy_row(in, out);
    }
    if (toy == TOY_REPLY || toy == TOY_CHANGE) {
        effect_reply(out, in->ticket, OUTCOME_OK, BYTES_LITERAL("body"));
    } else if (toy == TOY_SEND || toy == TOY_CHANGE_SEND) {
        effect_wake(out, (struct addr){ACTOR_INSTITUTION, in->u.command.id.in.serial});
    } else if (toy == TOY_TIMER) {
        effect_timer(out, 7, (struct tick){in->tick.ms + 50});
    } else if (toy == TOY_WORK || toy == TOY_CHANGE_WORK) {
        effect_work(out, 5, JOB_PROOF, BYTES_LITERAL("input"));
    } else if (toy == TOY_FAIL || toy == TOY_CHANGE_FAIL) {
        toy_fail(out);
    } else if (toy == TOY_FILL) {
        toy_fill(in, out, BATCH_OPS_MAX);
    } else if (toy == TOY_HALF) {
        toy_fill(in, out, BATCH_OPS_MAX / 2);
    } else if (toy == TOY_WAITING || toy == TOY_WAITED) {
        toy_waiting(in, out, toy == TOY_WAITING);
        effect_reply(out, in->ticket, OUTCOME_OK, BYTES_LITERAL("body"));
    }
}

static void toy_receive(void *memory, const struct msg *in, struct effects *out)
{
    struct toy_state *toy = memory;
    toy->entropy = in->entropy;
    if (in->kind == MSG_RESTORE_ROW) {
        toy->restored_rows++;
    } else if (in->kind == MSG_RESTORED) {
        toy->restored++;
    } else if (in->kind == MSG_TIMER) {
        toy->timers++;
    } else if (in->kind == MSG_WORK_DONE) {
        toy->work_done++;
    } else if (in->kind == MSG_WAKE) {
        toy->wakes++;
    } else if (in->kind == MSG_UPLOAD_IMPORT) {
        toy->sheets++;
        toy_fill(in, out, BATCH_OPS_MAX / 2);
    } else {
        CHECK(in->kind == MSG_SUBMIT);
        toy->commands++;
        toy_command(in, out);
    }
}

static bool toy_sound(const void *memory)
{
    return ((const struct toy_state *)memory)->started == 1;
}

static const struct actor_ops toy_ops = {.name = "toy",
                                         .state_size = sizeof(struct toy_state),
                                         .memory_quota = TOY_QUOTA,
                                         .start = toy_start,
                                         .receive = toy_receive,
                                         .sound = toy_sound};
static const struct actor_ops *const toys[ACTOR_KINDS] = {[ACTOR_INSTITUTION] = &toy_ops,
                                                          [ACTOR_AUTH] = &toy_ops,
                                                          [ACTOR_DESK] = &toy_ops,
                                                          [ACTOR_REGISTRY] = &toy_ops};

/* ---- doors ---- */

static struct said *said_new(struct rig *rig)
{
    CHECK(rig->said_count < SAID_MAX);
    return &rig->said[rig->said_count++];
}

static void door_reply(void *self, struct ticket ticket, enum outcome outcome, struct bytes body)
{
    (void)body;
    *said_new(self) = (struct said){.kind = SAID_REPLY, .ticket = ticket, .outcome = outcome};
}

static void door_remote(void *self, struct letter *letter)
{
    *said_new(self) = (struct said){.kind = SAID_REMOTE, .who = letter->msg.to};
    letter_free(letter);
}

static void door_work(void *self, struct addr back, uint32_t tag, uint32_t incarnation,
                      enum job job, struct bytes input)
{
    CHECK(job == JOB_PROOF && bytes_are_text(input, "input"));
    *said_new(self) =
        (struct said){.kind = SAID_WORK, .who = back, .tag = tag, .incarnation = incarnation};
}

static bool door_load(void *self, struct addr who, uint32_t incarnation)
{
    struct rig *rig = self;
    if (rig->loads_refused > 0) {
        rig->loads_refused--;
        return false;
    }
    *said_new(self) = (struct said){.kind = SAID_LOAD, .who = who, .incarnation = incarnation};
    return true;
}

static uint64_t door_stopwatch(void *self)
{
    struct rig *rig = self;
    rig->stopwatch_us += 5;
    return rig->stopwatch_us;
}

/* ---- acting ---- */

void rig_open(struct rig *rig, uint16_t shards, uint32_t mailbox_max, size_t idle_bytes_max)
{
    *rig = (struct rig){.tick = {1000}};
    struct shard_config config = {.shards = shards,
                                  .seed = 1,
                                  .mailbox_max = mailbox_max,
                                  .turns_visit = 16,
                                  .idle_bytes_max = idle_bytes_max,
                                  .actors = toys,
                                  .doors = {.self = rig,
                                            .reply = door_reply,
                                            .remote = door_remote,
                                            .work = door_work,
                                            .load = door_load,
                                            .stopwatch_us = door_stopwatch}};
    T_OK(shard_open(&config, &rig->shard));
}

void rig_close(struct rig *rig)
{
    shard_close(rig->shard);
}

enum post rig_post(struct rig *rig, struct addr to, enum toy toy, uint32_t slot)
{
    struct letter *letter = letter_new();
    T_TRUE(letter != NULL);
    letter->msg.kind = MSG_SUBMIT;
    letter->msg.to = to;
    letter->msg.ticket = (struct ticket){.slot = slot, .generation = 1};
    letter->msg.u.command.version = toy;
    letter->msg.u.command.id.in.serial = (uint32_t)rig_other.id;
    enum post post = shard_post(rig->shard, letter);
    if (post != POST_TAKEN) {
        letter_free(letter);
    }
    return post;
}

void rig_post_sheet(struct rig *rig, struct addr to)
{
    struct letter *letter = letter_new();
    T_TRUE(letter != NULL);
    letter->msg.kind = MSG_UPLOAD_IMPORT;
    letter->msg.to = to;
    letter->msg.ticket = (struct ticket){.slot = 99, .generation = 1};
    T_EQ_INT(shard_post(rig->shard, letter), POST_TAKEN);
}

static const struct said *last_load(const struct rig *rig)
{
    for (uint32_t i = rig->said_count; i > 0; i--) {
        if (rig->said[i - 1].kind == SAID_LOAD) {
            return &rig->said[i - 1];
        }
    }
    T_FAIL("nothing was asked to be loaded");
}

void rig_load(struct rig *rig, const struct loaded_row *rows, size_t count)
{
    const struct said *load = last_load(rig);
    shard_loaded(rig->shard, load->who, load->incarnation, ERR_OK, rows, count);
}

void rig_load_fails(struct rig *rig)
{
    const struct said *load = last_load(rig);
    shard_loaded(rig->shard, load->who, load->incarnation, ERR_IO, NULL, 0);
}

void rig_ready(struct rig *rig, struct addr who)
{
    shard_awaken(rig->shard, who);
    rig_load(rig, NULL, 0);
    rig_run(rig);
}

size_t rig_run(struct rig *rig)
{
    return shard_run(rig->shard, (struct wall){500}, rig->tick, 1000);
}

struct batch *rig_seal(struct rig *rig)
{
    return shard_seal(rig->shard, rig->tick);
}

const struct toy_state *rig_state(const struct rig *rig, struct addr who)
{
    return shard_peek(rig->shard, who);
}

uint32_t rig_replies(const struct rig *rig)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < rig->said_count; i++) {
        count += rig->said[i].kind == SAID_REPLY ? 1 : 0;
    }
    return count;
}

const struct said *rig_last(const struct rig *rig)
{
    T_TRUE(rig->said_count > 0);
    return &rig->said[rig->said_count - 1];
}
