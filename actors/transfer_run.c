/* One document: looked for on the pool, sent, answered, its rows marked. */
#include "actors/transfer_private.h"
#include "base/check.h"
#include "model/civil.h"
#include "rt/rules.h"
#include <string.h>

enum { ASK_ROOM = 96, SMALL_ROW = 96 };

/* ---- looking ---- */

/* The rows of a transfer that has been sent before: the same again. Nothing marks an outbox row but
 * the answer to the one document that is out, so the same choice over the same numbers finds them.
 */
static struct transfer_ask ask_same(const struct duty *duty)
{
    const struct transfer_run *open = &duty->actor->kept.open;
    return (struct transfer_ask){.look = open->of != 0                 ? LOOK_RESEND
                                         : open->kind == TRANSFER_FULL ? LOOK_FULL
                                                                       : LOOK_DUE,
                                 .mark = duty->actor->kept.mark,
                                 .first = open->first,
                                 .last = open->last,
                                 .before = INT32_MAX,
                                 .of = open->of,
                                 .rows_max = open->rows};
}

static struct transfer_ask ask_new(const struct duty *duty)
{
    const struct transfer_memory *kept = &duty->actor->kept;
    bool all = duty->rules->prompt || kept->everything;
    struct transfer_ask ask = {.look = duty->actor->look,
                               .mark = kept->mark,
                               .before = all                       ? INT32_MAX
                                         : kept->night == DAY_NONE ? INT32_MIN
                                                                   : kept->night + 1,
                               .of = kept->open.of,
                               .rows_max = duty->rules->rows_max};
    if (ask.look == LOOK_FULL) {
        ask.first = kept->full_next;
        ask.last = kept->full_end;
    }
    return ask;
}

static void look_as(const struct duty *duty, enum transfer_look look)
{
    struct transfer_actor *actor = duty->actor;
    const struct transfer_run *open = &actor->kept.open;
    bool same = open->number != 0 && open->state != TRANSFER_BUILDING;
    actor->look = look;
    struct transfer_ask ask = same ? ask_same(duty) : ask_new(duty);
    actor->look = ask.look;
    actor->looking_for = open->number;
    actor->phase = PHASE_LOOKING;
    actor->again = false;
    ask.kind = ask.look == LOOK_FULL ? TRANSFER_FULL : TRANSFER_DELTA;
    ask.transfer = open->number != 0 ? open->number : actor->kept.numbers + 1;
    uint8_t room[ASK_ROOM];
    struct writer out = writer_on(room, sizeof room);
    transfer_ask_write(&out, &ask);
    CHECK(!out.failed);
    effect_work(duty->out, ++actor->tag, JOB_TRANSFER, writer_bytes(&out));
}

void run_look(const struct duty *duty)
{
    const struct transfer_memory *kept = &duty->actor->kept;
    CHECK(duty->actor->phase == PHASE_IDLE);
    if (kept->stopped && kept->open.number == 0) {
        return;
    }
    look_as(duty, kept->open.of != 0                 ? LOOK_RESEND
                  : kept->open.kind == TRANSFER_FULL ? LOOK_FULL
                                                     : LOOK_DUE);
}

/* ---- found ---- */

static void county_count(struct transfer_run *run, uint32_t county, bool answered, bool accepted)
{
    uint16_t at = 0;
    while (at < run->counties_count && run->counties[at].county != county) {
        at++;
    }
    CHECK(at < TRANSFER_COUNTIES_MAX); /* there are 22 */
    if (at == run->counties_count) {
        run->counties[run->counties_count++] = (struct transfer_county){.county = county};
    }
    struct transfer_county *of = &run->counties[at];
    if (!answered) {
        of->rows++;
    } else if (accepted) {
        of->accepted++;
    } else {
        of->rejected++;
    }
}

static uint32_t county_of(const struct duty *duty, const struct transfer_row *row)
{
    const struct institution *home = facts_institution(duty->in->facts, row->line.in.home);
    return home == NULL ? 0 : home->county;
}

/* False: the pool's answer makes no sense. */
static bool rows_take(const struct duty *duty, const struct transfer_found *found)
{
    struct transfer_actor *actor = duty->actor;
    struct reader in = reader_of(found->rows);
    struct transfer_row row;
    actor->rows_count = 0;
    while (transfer_row_read(&in, &row)) {
        if (actor->rows_count == TRANSFER_ROWS_MAX) {
            return false;
        }
        actor->rows[actor->rows_count++] = row;
    }
    return !in.failed;
}

static void send_document(const struct duty *duty, const struct transfer_found *found)
{
    struct transfer_actor *actor = duty->actor;
    struct transfer_run *open = &actor->kept.open;
    if (open->number == 0) {
        transfer_open(duty, actor->look == LOOK_FULL ? TRANSFER_FULL : TRANSFER_DELTA, 0);
    }
    if (open->state == TRANSFER_BUILDING) {
        open->state = TRANSFER_SENDING;
        open->rows = actor->rows_count;
        open->day = found->day;
        open->first = actor->rows[0].row;
        open->last = actor->rows[actor->rows_count - 1].row;
        for (uint16_t i = 0; i < actor->rows_count; i++) {
            county_count(open, county_of(duty, &actor->rows[i]), false, false);
        }
    }
    memcpy(open->sha256, found->sha256, sizeof open->sha256);
    open->attempts++;
    open->next_at = 0;
    transfer_keep(duty);
    char key[TRANSFER_KEY_MAX];
    transfer_key_print(open->number, open->sha256, key);
    enum outside call = open->state == TRANSFER_AWAITING ? OUTSIDE_NHI_RESULT : OUTSIDE_NHI_SEND;
    actor->phase = PHASE_CALLING;
    effect_outside(duty->out, ++actor->tag, call, bytes_from_text(key),
                   call == OUTSIDE_NHI_SEND ? found->document : (struct bytes){0});
}

/* Nothing is due of that kind: the next kind, or rest. */
static void found_nothing(const struct duty *duty)
{
    struct transfer_actor *actor = duty->actor;
    struct transfer_memory *kept = &actor->kept;
    enum transfer_look look = actor->look;
    actor->phase = PHASE_IDLE;
    actor->missed = 0;
    bool looked_anew = kept->open.number != actor->looking_for;
    bool everything = kept->everything;
    if (look == LOOK_DUE && !actor->again) {
        kept->everything = false; /* what an operator asked for is out */
    } else if (look == LOOK_FULL) {
        kept->full_next = kept->full_end + 1;
    }
    if (!looked_anew && kept->open.number != 0) {
        transfer_close(duty, TRANSFER_DONE);
    } else if (everything != kept->everything || look == LOOK_FULL) {
        transfer_keep(duty);
    }
    if (actor->again || look == LOOK_RESEND) {
        run_look(duty);
    } else if (look == LOOK_DUE && transfer_full_pending(kept)) {
        look_as(duty, LOOK_FULL);
    }
}

void run_found(const struct duty *duty)
{
    struct transfer_actor *actor = duty->actor;
    struct transfer_found found;
    if (duty->in->u.work.tag != actor->tag || actor->phase != PHASE_LOOKING) {
        return;
    }
    if (duty->in->u.work.err != ERR_OK || !transfer_found_read(duty->in->u.work.result, &found) ||
        !rows_take(duty, &found)) {
        if (++actor->missed % duty->rules->alarm_at == 0) {
            effect_alarm(duty->out, ALARM_TRANSFER_STUCK, actor->kept.open.number);
        }
        transfer_pause(duty, actor->missed);
        return;
    }
    actor->kept.mark = found.mark > actor->kept.mark ? found.mark : actor->kept.mark;
    if (actor->rows_count == 0) {
        found_nothing(duty);
    } else if (actor->looking_for != actor->kept.open.number) {
        actor->phase = PHASE_IDLE; /* one was opened meanwhile: its document bears its number */
        run_look(duty);
    } else {
        send_document(duty, &found);
    }
}

/* ---- answered ---- */

static void row_mark(const struct duty *duty, const struct transfer_row *row, bool accepted,
                     struct bytes code)
{
    uint8_t room[SMALL_ROW];
    struct transfer_run *open = &duty->actor->kept.open;
    struct writer out = writer_on(room, sizeof room);
    transfer_sent_write(
        &out, &(struct transfer_sent){.verdict = accepted ? TRANSFER_ACCEPTED : TRANSFER_REJECTED,
                                      .transfer = open->number,
                                      .at = duty->in->now.ms,
                                      .code = code});
    CHECK(!out.failed);
    struct row_key key = key_of_u64(row->row);
    effect_put(duty->out, TABLE_TRANSFER_SENT, row_key_bytes(&key), writer_bytes(&out));
    struct row_key bad = key_of_line(row->line);
    if (!accepted) {
        out = writer_on(room, sizeof room);
        transfer_bad_write(&out, &(struct transfer_bad){.row = row->row,
                                                        .transfer = open->number,
                                                        .version = row->version,
                                                        .at = duty->in->now.ms,
                                                        .code = code});
        CHECK(!out.failed);
        effect_put(duty->out, TABLE_TRANSFER_BAD, row_key_bytes(&bad), writer_bytes(&out));
    } else if (open->of != 0) {
        effect_erase(duty->out, TABLE_TRANSFER_BAD, row_key_bytes(&bad));
    }
    open->accepted = (uint16_t)(open->accepted + (accepted ? 1 : 0));
    open->rejected = (uint16_t)(open->rejected + (accepted ? 0 : 1));
    county_count(open, county_of(duty, row), true, accepted);
}

/* The row of that answer, once: a second answer to it changes nothing. NULL: none of ours. */
static struct transfer_row *row_answered(struct transfer_actor *actor,
                                         const struct transfer_result *result)
{
    for (uint16_t i = 0; i < actor->rows_count; i++) {
        struct transfer_row *row = &actor->rows[i];
        if (row->row != 0 && row->version == result->version &&
            line_id_equal(row->line, result->line)) {
            return row;
        }
    }
    return NULL;
}

/* A full document says nothing new about a row: what NHI rejects of it is told, not marked. */
static void rows_mark(const struct duty *duty, struct bytes results)
{
    struct transfer_actor *actor = duty->actor;
    struct reader in = reader_of(results);
    struct transfer_result result;
    while (transfer_result_read(&in, &result)) {
        struct transfer_row *row = row_answered(actor, &result);
        if (row == NULL) {
            continue;
        }
        if (actor->kept.open.kind == TRANSFER_FULL) {
            struct transfer_run *open = &actor->kept.open;
            open->accepted = (uint16_t)(open->accepted + (result.accepted ? 1 : 0));
            open->rejected = (uint16_t)(open->rejected + (result.accepted ? 0 : 1));
            county_count(open, county_of(duty, row), true, result.accepted);
        } else {
            row_mark(duty, row, result.accepted, result.code);
        }
        row->row = 0;
    }
    for (uint16_t i = 0; !RULE(MARK_BY_ROW) && i < actor->rows_count; i++) {
        if (actor->rows[i].row != 0) {
            row_mark(duty, &actor->rows[i], true, (struct bytes){0});
            actor->rows[i].row = 0;
        }
    }
}

static void result_came(const struct duty *duty, struct bytes results)
{
    struct transfer_actor *actor = duty->actor;
    struct transfer_run *open = &actor->kept.open;
    rows_mark(duty, results);
    bool whole = open->accepted + open->rejected == open->rows;
    if (open->kind == TRANSFER_FULL) {
        actor->kept.full_next = open->last + 1;
    }
    if (open->rejected > 0) {
        effect_alarm(duty->out, ALARM_TRANSFER_REJECTS, open->number);
    }
    uint64_t number = open->number;
    transfer_close(duty, TRANSFER_DONE);
    actor->phase = PHASE_IDLE;
    if (whole) {
        actor->missed = 0;
        run_look(duty); /* there may be more */
        return;
    }
    actor->missed++; /* rows that it did not answer go again, but not at once */
    if (actor->missed % duty->rules->alarm_at == 0) {
        effect_alarm(duty->out, ALARM_TRANSFER_STUCK, number);
    }
    transfer_pause(duty, actor->missed);
}

static void try_again(const struct duty *duty)
{
    struct transfer_run *open = &duty->actor->kept.open;
    open->next_at = duty->in->now.ms + transfer_pause_ms(duty->rules, open->attempts);
    transfer_keep(duty);
    if (open->attempts % duty->rules->alarm_at == 0) {
        effect_alarm(duty->out, ALARM_TRANSFER_STUCK, open->number);
    }
    transfer_pause(duty, open->attempts);
}

/* The same document would be refused again: nothing goes until the next night or an operator. */
static void document_refused(const struct duty *duty)
{
    struct transfer_actor *actor = duty->actor;
    effect_alarm(duty->out, ALARM_TRANSFER_REFUSED, actor->kept.open.number);
    actor->kept.stopped = true;
    transfer_close(duty, TRANSFER_FAILED);
    actor->phase = PHASE_IDLE;
}

void run_answered(const struct duty *duty)
{
    struct transfer_actor *actor = duty->actor;
    struct transfer_run *open = &actor->kept.open;
    if (duty->in->u.work.tag != actor->tag || actor->phase != PHASE_CALLING) {
        return; /* a second answer, or one that came too late */
    }
    struct transfer_answer answer = {.said = SAID_NOTHING};
    if (duty->in->u.work.err != ERR_OK || !transfer_answer_read(duty->in->u.work.result, &answer)) {
        answer = (struct transfer_answer){.said = SAID_NOTHING};
    }
    open->answer = answer.status;
    switch (answer.said) {
    case SAID_RESULT: result_came(duty, answer.rows); return;
    case SAID_REFUSED: document_refused(duty); return;
    case SAID_LATER:
        open->state = TRANSFER_AWAITING;
        try_again(duty);
        return;
    case SAID_UNKNOWN:
        open->state = TRANSFER_SENDING;
        try_again(duty);
        return;
    case SAID_NOTHING: try_again(duty); return;
    }
}
