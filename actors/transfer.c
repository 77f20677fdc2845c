/* When: the nightly run, a wake of an approval, an operator, the end of a pause, a start. */
#include "actors/transfer.h"
#include "actors/transfer_private.h"
#include "base/check.h"
#include "model/civil.h"

enum {
    TRANSFER_QUOTA = 1 << 20,
    TAG_NIGHT = 1,
    TAG_FIRST = 2, /* tags of work, calls and pauses grow from here */
    /* The wall clock may be set: the night is looked for at least this often. */
    NIGHT_LOOK_MS = 3600 * 1000,
    AUDIT_ROW = 256
};

static void transfer_start(void *memory, struct addr self, struct arena *arena)
{
    struct transfer_actor *actor = memory;
    CHECK(self.kind == ACTOR_TRANSFER);
    actor->self = self;
    actor->tag = TAG_FIRST;
    actor->kept.night = DAY_NONE;
    actor->rows = arena_array(arena, TRANSFER_ROWS_MAX, sizeof *actor->rows); /* NULL: not loaded */
}

static void restore_row(struct transfer_actor *actor, const struct msg *in)
{
    CHECK(in->u.row.table == TABLE_TRANSFER_STATE);
    enum err err = transfer_memory_read(in->u.row.value, &actor->kept);
    CHECK(err ==
          ERR_OK); /* checked by its checksum when it was read; a newer format can't be run */
}

/* ---- rows ---- */

static void put_open(const struct duty *duty)
{
    uint8_t row[TRANSFER_STATE_ROW_MAX];
    struct writer out = writer_on(row, sizeof row);
    transfer_run_write(&out, &duty->actor->kept.open);
    CHECK(!out.failed);
    struct row_key key = key_of_u64(duty->actor->kept.open.number);
    effect_put(duty->out, TABLE_TRANSFER, row_key_bytes(&key), writer_bytes(&out));
}

void transfer_keep(const struct duty *duty)
{
    uint8_t row[TRANSFER_STATE_ROW_MAX];
    struct writer out = writer_on(row, sizeof row);
    transfer_memory_write(&out, &duty->actor->kept);
    CHECK(!out.failed);
    struct row_key key = key_of_u64(duty->actor->self.id);
    effect_put(duty->out, TABLE_TRANSFER_STATE, row_key_bytes(&key), writer_bytes(&out));
    if (duty->actor->kept.open.number != 0) {
        put_open(duty);
    }
}

void transfer_open(const struct duty *duty, enum transfer_kind kind, uint64_t of)
{
    struct transfer_memory *kept = &duty->actor->kept;
    CHECK(kept->open.number == 0);
    kept->open = (struct transfer_run){.number = ++kept->numbers,
                                       .kind = kind,
                                       .state = TRANSFER_BUILDING,
                                       .of = of,
                                       .began_at = duty->in->now.ms,
                                       .day = DAY_NONE};
}

void transfer_close(const struct duty *duty, enum transfer_state state)
{
    struct transfer_memory *kept = &duty->actor->kept;
    CHECK(kept->open.number != 0);
    kept->open.state = state;
    kept->open.ended_at = duty->in->now.ms;
    kept->open.next_at = 0;
    put_open(duty);
    kept->open = (struct transfer_run){0};
    transfer_keep(duty);
}

/* ---- going on ---- */

void transfer_go_on(const struct duty *duty)
{
    struct transfer_actor *actor = duty->actor;
    if (!duty->rules->enabled) {
        return;
    }
    if (actor->phase == PHASE_IDLE) {
        run_look(duty);
    } else {
        actor->again = true; /* looked at when this is over (DESIGN 16) */
    }
}

void transfer_pause(const struct duty *duty, uint32_t attempts)
{
    struct transfer_actor *actor = duty->actor;
    uint32_t pause = transfer_pause_ms(duty->rules, attempts);
    actor->phase = PHASE_PAUSING;
    actor->tag++;
    effect_timer(duty->out, actor->tag, (struct tick){duty->in->tick.ms + pause});
}

/* Out of a pause at once. */
static void hurry(const struct duty *duty)
{
    if (duty->actor->phase == PHASE_PAUSING) {
        duty->actor->phase = PHASE_IDLE;
        duty->actor->tag++;
    }
    transfer_go_on(duty);
}

/* ---- the night ---- */

static void night_timer(const struct duty *duty)
{
    int64_t wait = transfer_until_night(duty->rules, duty->in->now);
    wait = wait < NIGHT_LOOK_MS ? wait : NIGHT_LOOK_MS;
    effect_timer(duty->out, TAG_NIGHT, (struct tick){duty->in->tick.ms + wait});
}

static void full_begin(struct transfer_memory *kept)
{
    if (!transfer_full_pending(kept)) {
        kept->full_next = 1;
        kept->full_end = kept->mark;
    }
}

/* Also the one that was missed while nobody ran, whenever that is seen. A clock that was set back
 * starts none a second time. */
static void night_look(const struct duty *duty)
{
    struct transfer_memory *kept = &duty->actor->kept;
    int32_t night = transfer_night(duty->rules, duty->in->now);
    if (kept->night == DAY_NONE || night > kept->night) {
        kept->night = night;
        kept->stopped = false;
        if (civil_from_day(taipei_day(duty->in->now)).day == duty->rules->full_day) {
            full_begin(kept);
        }
        if (kept->open.number == 0) {
            transfer_open(duty, TRANSFER_DELTA, 0);
        }
        transfer_keep(duty);
        transfer_go_on(duty);
    }
    night_timer(duty);
}

static void timer(const struct duty *duty)
{
    struct transfer_actor *actor = duty->actor;
    uint32_t tag = duty->in->u.timer.tag;
    if (tag == TAG_NIGHT) {
        night_look(duty);
    } else if (tag == actor->tag && actor->phase == PHASE_PAUSING) {
        hurry(duty);
    }
}

/* ---- operators ---- */

static void audit(const struct duty *duty, uint64_t number)
{
    uint8_t row[AUDIT_ROW];
    struct writer out = writer_on(row, sizeof row);
    audit_write(&out, &(struct audit){.at = duty->in->now.ms,
                                      .actor = duty->in->principal,
                                      .action = AUDIT_TRANSFER,
                                      .subject = number});
    CHECK(!out.failed);
    effect_append(duty->out, TABLE_AUDIT, writer_bytes(&out));
}

static void answer_open(const struct duty *duty)
{
    uint8_t row[TRANSFER_STATE_ROW_MAX];
    struct writer out = writer_on(row, sizeof row);
    transfer_run_write(&out, &duty->actor->kept.open);
    CHECK(!out.failed);
    effect_reply(duty->out, duty->in->ticket, OUTCOME_OK, writer_bytes(&out));
}

static void refuse(const struct duty *duty)
{
    effect_reply(duty->out, duty->in->ticket, OUTCOME_WRONG_STATE, (struct bytes){0});
}

/* Now: what is due and today's rows, or everything again. Under way is one already: it goes on
 * without its pause, and what was asked for comes behind it. */
static void operator_run(const struct duty *duty)
{
    struct transfer_memory *kept = &duty->actor->kept;
    if (!duty->rules->enabled) {
        refuse(duty);
        return;
    }
    if (duty->in->u.transfer.kind == TRANSFER_FULL) {
        full_begin(kept);
    } else {
        kept->everything = true;
    }
    kept->stopped = false;
    if (kept->open.number == 0) {
        transfer_open(duty, duty->in->u.transfer.kind, 0);
    }
    audit(duty, kept->open.number);
    transfer_keep(duty);
    answer_open(duty);
    hurry(duty);
}

static void operator_resend(const struct duty *duty)
{
    struct transfer_memory *kept = &duty->actor->kept;
    uint64_t number = duty->in->u.transfer.number;
    bool under_way = number == kept->open.number;
    bool failed = duty->in->u.transfer.state == TRANSFER_FAILED;
    if (!duty->rules->enabled ||
        (!under_way &&
         (kept->open.number != 0 || (!failed && duty->in->u.transfer.rejected == 0)))) {
        refuse(duty);
        return;
    }
    if (!under_way) {
        kept->everything = kept->everything || failed;
        kept->stopped = false;
        transfer_open(duty, TRANSFER_DELTA, failed ? 0 : number);
    }
    audit(duty, kept->open.number);
    transfer_keep(duty);
    answer_open(duty);
    hurry(duty);
}

/* ---- dispatch ---- */

static void restored(const struct duty *duty)
{
    if (duty->rules->enabled) {
        effect_timer(duty->out, TAG_NIGHT, duty->in->tick); /* a missed night shows at once */
        transfer_go_on(duty);
    }
}

static void transfer_receive(void *memory, const struct msg *in, struct effects *out)
{
    struct transfer_actor *actor = memory;
    if (in->kind == MSG_RESTORE_ROW) {
        restore_row(actor, in);
        return;
    }
    struct duty duty = {actor, facts_transfer(in->facts), in, out};
    switch (in->kind) {
    case MSG_RESTORED: restored(&duty); return;
    case MSG_WAKE:
        if (duty.rules->prompt) {
            transfer_go_on(&duty);
        }
        return;
    case MSG_TIMER: timer(&duty); return;
    case MSG_WORK_DONE: run_found(&duty); return;
    case MSG_OUTSIDE_DONE: run_answered(&duty); return;
    case MSG_TRANSFER_RUN: operator_run(&duty); return;
    case MSG_TRANSFER_RESEND: operator_resend(&duty); return;
    case MSG_RESTORE_ROW:
    case MSG_DESK_DONE:
    case MSG_CASE_CREATE:
    case MSG_CASE_EDIT:
    case MSG_CASE_DELETE:
    case MSG_LINE_DELETE:
    case MSG_SUBMIT:
    case MSG_WITHDRAW:
    case MSG_DECIDE:
    case MSG_TOKEN_ADD:
    case MSG_TOKEN_REVOKE:
    case MSG_UPLOAD_ADD:
    case MSG_UPLOAD_IMPORT:
    case MSG_UPLOAD_DELETE:
    case MSG_CHALLENGE:
    case MSG_PROOF:
    case MSG_SESSION_TOUCH:
    case MSG_SESSION_END:
    case MSG_CARD_BIND:
    case MSG_ENROL:
    case MSG_DESK_CHANGE:
    case MSG_REGISTRY_PUT:
    case MSG_SESSIONS_REVIEW:
    case MSG_KINDS: break;
    }
    CHECK(in->kind == MSG_WAKE);
}

static bool transfer_sound(const void *memory)
{
    const struct transfer_actor *actor = memory;
    const struct transfer_run *open = &actor->kept.open;
    return open->number <= actor->kept.numbers && actor->rows_count <= TRANSFER_ROWS_MAX &&
           open->accepted + open->rejected <= open->rows &&
           (actor->phase != PHASE_CALLING || (open->number != 0 && actor->rows_count > 0));
}

const struct actor_ops transfer_ops = {
    .name = "transfer",
    .state_size = sizeof(struct transfer_actor),
    .memory_quota = TRANSFER_QUOTA,
    .start = transfer_start,
    .receive = transfer_receive,
    .sound = transfer_sound,
};
