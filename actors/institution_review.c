/* 核准, 不核准, 退回: the bureau of the home county decides (MISSION R20; F198, P11). Each item of
 * a bulk decision stands for itself; an approval puts its outbox row in the same turn (DESIGN 5
 * *Outbox*). */
#include "actors/institution_private.h"
#include "base/check.h"
#include <string.h>

enum { APPENDED_ROW = 120 };

/* 訴願教示 (API 6; Administrative Procedure Act art. 96 I 6, 98; Administrative Appeal Act art. 14,
 * 58): a refusal that lacks it may be appealed for a year. Kept as it was told. */
static const char remedy[] = "\n如不服本處分，得自送達之次日起30日內，依訴願法第14條及第58條規定，"
                             "繕具訴願書經由本局向訴願管轄機關提起訴願。";

static enum history_action action_of(enum move move)
{
    return move == MOVE_APPROVE  ? HISTORY_APPROVE
           : move == MOVE_REJECT ? HISTORY_REJECT
                                 : HISTORY_RETURN;
}

static enum audit_action audited_as(enum move move)
{
    return move == MOVE_APPROVE ? AUDIT_APPROVE : move == MOVE_REJECT ? AUDIT_REJECT : AUDIT_RETURN;
}

/* Nothing but blanks, ideographic (U+3000) and no-break ones (U+00A0) among them, says nothing. */
static bool reason_is_blank(struct bytes reason)
{
    static const char *const wide[] = {"\xe3\x80\x80", "\xc2\xa0"};
    while (reason.size > 0) {
        size_t size = memchr(" \t\n", reason.data[0], 3) != NULL ? 1 : 0;
        for (size_t i = 0; i < ARRAY_COUNT(wide); i++) {
            if (bytes_start_with(reason, bytes_from_text(wide[i]))) {
                size = strlen(wide[i]);
            }
        }
        if (size == 0) {
            return false;
        }
        reason = bytes_slice(reason, size, reason.size - size);
    }
    return true;
}

/* Version before state (API 6). */
static enum decided item_judge(const struct turn *turn, const struct decision_item *item,
                               const struct line_slot *slot)
{
    if (slot == NULL || !may_touch(turn, VERB_REVIEW_DECIDE, &slot->state)) {
        return DECIDED_NOT_FOUND;
    }
    if (slot->state.version != item->version) {
        return DECIDED_STALE;
    }
    CHECK(item->move == MOVE_APPROVE || item->move == MOVE_REJECT || item->move == MOVE_RETURN);
    if (!line_may(&slot->state, item->move)) {
        return DECIDED_WRONG_STATE;
    }
    if (item->move != MOVE_APPROVE && reason_is_blank(item->reason)) {
        return DECIDED_REASON_REQUIRED; /* Administrative Procedure Act art. 96 */
    }
    return DECIDED_DONE;
}

static void approve_rows(struct turn *turn, const struct line_state *line)
{
    uint8_t row[APPENDED_ROW];
    struct writer out = writer_on(row, sizeof row);
    outbox_write(&out, &(struct outbox){.at = turn->in->now.ms,
                                        .action = OUTBOX_ADD,
                                        .line = line->id,
                                        .version = line->version});
    CHECK(!out.failed);
    effect_append(turn->out, TABLE_OUTBOX, writer_bytes(&out));
    effect_wake(turn->out, ADDR_TRANSFER); /* a hint: its rows say the same */
    const struct institution *target = facts_institution(turn->in->facts, line->target);
    if (target == NULL || target->county == home_county(turn)) {
        return;
    }
    out = writer_on(row, sizeof row);
    copy_write(&out, &(struct copy){.at = turn->in->now.ms,
                                    .county = target->county,
                                    .line = line->id,
                                    .version = line->version});
    CHECK(!out.failed);
    effect_append(turn->out, TABLE_COPY, writer_bytes(&out)); /* 副知, P41 */
}

/* The reason as the applicant is told it. */
static struct bytes reason_told(struct turn *turn, const struct decision_item *item)
{
    if (item->move != MOVE_REJECT) {
        return item->reason;
    }
    size_t size = item->reason.size + sizeof remedy;
    uint8_t *text = effect_alloc(turn->out, size);
    if (text == NULL) {
        return (struct bytes){0}; /* the turn has failed: nothing of it is kept */
    }
    struct writer out = writer_on(text, size);
    write_raw(&out, item->reason);
    write_text(&out, remedy);
    CHECK(!out.failed);
    return writer_bytes(&out);
}

static void item_decide(struct turn *turn, const struct decision_item *item, struct line_slot *slot)
{
    struct line_state *line = &slot->state;
    struct row_key queue = queue_key(turn, line);
    effect_erase(turn->out, TABLE_QUEUE, row_key_bytes(&queue));
    turn->state->counts[line->status]--;
    line->status = line_after(line, item->move);
    turn->state->counts[line->status]++;
    line->version++;
    line->decided_at = turn->in->now.ms;
    line->decided_version = line->version;
    line->due_day = DAY_NONE;
    if (item->move == MOVE_APPROVE) {
        line->registered = true;
        approve_rows(turn, line);
    }
    rows_line(turn, slot);
    rows_history(turn, line->id,
                 &(struct history){.at = turn->in->now.ms,
                                   .actor = turn->in->principal,
                                   .action = action_of(item->move),
                                   .version = line->version,
                                   .reason = reason_told(turn, item),
                                   .document_no = item->document_no,
                                   .due_day = item->due_day,
                                   .remarks_count = item->remarks_count,
                                   .remarks = item->remarks});
    rows_audit(turn, audited_as(item->move), line->id, line->version, line->person);
    struct case_slot *in_case = memory_case(turn->state, line->id.in);
    CHECK(in_case != NULL);
    touch_case(turn, in_case);
    struct done_reply reply = {.status = 200, .made = line->id.in, .n = line->id.n};
    rows_request(turn, &reply, &item->request);
}

/* A key that stands for another body: the whole call is refused (API 1). */
static bool keys_mismatch(const struct turn *turn)
{
    for (uint16_t i = 0; i < turn->in->u.decide.items_count; i++) {
        const struct digest *request = &turn->in->u.decide.items[i].request;
        const struct request_slot *known =
            digest_is_none(request) ? NULL : memory_request(turn->state, request);
        if (known != NULL && known->record.at + REQUEST_KEEP_MS > turn->in->now.ms &&
            !digest_equal(&known->record.body, &turn->in->body)) {
            return true;
        }
    }
    return false;
}

void review_decide(struct turn *turn)
{
    const struct msg *in = turn->in;
    uint16_t count = in->u.decide.items_count;
    if (keys_mismatch(turn)) {
        answer(turn, OUTCOME_MISMATCH);
        return;
    }
    struct decided_item *done = effect_alloc(turn->out, count * sizeof *done);
    size_t size = count * 3u;
    uint8_t *body = effect_alloc(turn->out, size);
    if (done == NULL || body == NULL) {
        return;
    }
    bool changed = false;
    for (uint16_t i = 0; i < count; i++) {
        const struct decision_item *item = &in->u.decide.items[i];
        done[i] = (struct decided_item){.place = item->place, .decided = DECIDED_DONE};
        const struct request_slot *known =
            digest_is_none(&item->request) ? NULL : memory_request(turn->state, &item->request);
        if (known != NULL && known->record.at + REQUEST_KEEP_MS > in->now.ms) {
            continue; /* decided by this very request before */
        }
        if (known != NULL) {
            memory_forget_request(turn->state, &item->request); /* over a day old */
            known = NULL;
        }
        if (!digest_is_none(&item->request) && keys_full(turn)) {
            done[i].decided = DECIDED_OVERLOADED;
            continue;
        }
        struct line_slot *slot = memory_line(turn->state, item->line);
        done[i].decided = item_judge(turn, item, slot);
        if (done[i].decided == DECIDED_DONE) {
            item_decide(turn, item, slot);
            changed = true;
        }
    }
    if (changed) {
        rows_counts(turn);
    }
    struct writer out = writer_on(body, size);
    decided_write(&out, done, count);
    CHECK(!out.failed);
    effect_reply(turn->out, in->ticket, OUTCOME_OK, writer_bytes(&out));
}
