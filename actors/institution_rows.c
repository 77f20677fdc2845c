/* A change becomes rows, in the turn that decides it: the line, its body, its history, the audit
 * record, the indexes by county and person, the counts (DESIGN 5 *Two rows a line*, 16). */
#include "actors/institution_private.h"
#include "base/check.h"

enum { SMALL_ROW = 160, AUDIT_ROW = 400 };

static void rows_put(struct turn *turn, enum table table, struct row_key key, struct bytes value)
{
    effect_put(turn->out, table, row_key_bytes(&key), value);
    if (turn->copy != NULL) {
        payload_row_write(turn->copy, &(struct payload_row){table, row_key_bytes(&key), value});
    }
}

static void rows_put_long(struct turn *turn, enum table table, struct row_key key,
                          struct bytes value, uint8_t parts_before)
{
    effect_put_long(turn->out, table, &key, value, parts_before);
    if (turn->copy != NULL) {
        payload_row_write(turn->copy, &(struct payload_row){table, row_key_bytes(&key), value});
    }
}

uint32_t home_county(const struct turn *turn)
{
    const struct institution *home = facts_institution(turn->in->facts, turn->state->id);
    return home == NULL ? 0 : home->county;
}

struct row_key queue_key(const struct turn *turn, const struct line_state *line)
{
    const struct case_slot *in_case = memory_case(turn->state, line->id.in);
    CHECK(in_case != NULL);
    return key_of_queue(home_county(turn), line->due_day, in_case->record.created_at, line->id);
}

void rows_case(struct turn *turn, const struct case_record *record)
{
    uint8_t row[SMALL_ROW];
    struct writer out = writer_on(row, sizeof row);
    case_write(&out, record);
    CHECK(!out.failed);
    rows_put(turn, TABLE_CASE, key_of_case(record->id), writer_bytes(&out));
}

void rows_line(struct turn *turn, struct line_slot *slot)
{
    if (turn->line_row == NULL) {
        turn->line_row = effect_alloc(turn->out, LINE_STATE_MAX);
    }
    if (turn->line_row == NULL) {
        return;
    }
    struct writer out = writer_on(turn->line_row, LINE_STATE_MAX);
    line_state_write(&out, &slot->state);
    CHECK(!out.failed);
    rows_put_long(turn, TABLE_LINE, key_of_line(slot->state.id), writer_bytes(&out), slot->parts);
    size_t parts = (out.size + ROW_VALUE_MAX - 1) / ROW_VALUE_MAX;
    CHECK(parts > 0 && parts < UINT8_MAX);
    slot->parts = (uint8_t)parts;
}

/* The line is gone from every list; its bodies and histories stay where the audit record of the
 * deletion points (line, version): the trail of a case is kept whole (MISSION P16), they name
 * people by opaque id only, and no number is given twice, so nothing ever comes to lie on them. */
void rows_erase_line(struct turn *turn, const struct line_slot *slot)
{
    struct row_key key = key_of_line(slot->state.id);
    for (uint8_t part = 0; part < slot->parts; part++) {
        struct row_key part_key = key_of_part(key, part);
        effect_erase(turn->out, TABLE_LINE, row_key_bytes(&part_key));
    }
    const struct case_slot *in_case = memory_case(turn->state, slot->state.id.in);
    CHECK(in_case != NULL);
    struct row_key county =
        key_of_county_line(home_county(turn), in_case->record.created_at, slot->state.id);
    effect_erase(turn->out, TABLE_COUNTY_LINE, row_key_bytes(&county));
    if (slot->state.person != 0) {
        struct row_key person = key_of_person_line(slot->state.person, slot->state.id);
        effect_erase(turn->out, TABLE_PERSON_LINE, row_key_bytes(&person));
    }
}

void rows_body(struct turn *turn, struct line_id id, uint32_t version, struct bytes body)
{
    CHECK(body.size > 0);
    rows_put_long(turn, TABLE_BODY, key_of_body(id, version), body, 0);
}

void rows_history(struct turn *turn, struct line_id id, const struct history *history)
{
    size_t size = 256 + history->reason.size + history->document_no.size;
    for (uint16_t i = 0; i < history->remarks_count; i++) {
        size += 8 + history->remarks[i].field.size + history->remarks[i].text.size;
    }
    for (uint16_t i = 0; i < history->changes_count; i++) {
        size += 16 + history->changes[i].field.size + history->changes[i].before.size +
                history->changes[i].after.size;
    }
    uint8_t *row = effect_alloc(turn->out, size);
    if (row == NULL) {
        return;
    }
    struct writer out = writer_on(row, size);
    history_write(&out, history);
    CHECK(!out.failed);
    struct row_key key = key_of_history(id, history->version);
    effect_put_long(turn->out, TABLE_HISTORY, &key, writer_bytes(&out), 0);
}

void rows_audit(struct turn *turn, enum audit_action action, struct line_id id, uint32_t version,
                uint64_t subject)
{
    uint8_t row[AUDIT_ROW];
    struct writer out = writer_on(row, sizeof row);
    audit_write(&out, &(struct audit){.at = turn->in->now.ms,
                                      .actor = turn->in->principal,
                                      .action = action,
                                      .line = id,
                                      .version = version,
                                      .subject = subject});
    CHECK(!out.failed);
    effect_append(turn->out, TABLE_AUDIT, writer_bytes(&out));
}

/* The five counts of GET /lines/counts, exact by being part of the same turn. */
void rows_counts(struct turn *turn)
{
    uint8_t row[SMALL_ROW];
    struct writer out = writer_on(row, sizeof row);
    for (int status = STATUS_DRAFT; status <= STATUS_RETURNED; status++) {
        write_u32(&out, turn->state->counts[status]);
    }
    struct row_key key = key_of_u64(turn->state->id);
    effect_put(turn->out, TABLE_COUNTS, row_key_bytes(&key), writer_bytes(&out));
}

/* Remembers a key's outcome, and forgets up to two that are older than a day (DESIGN 9). */
void rows_request(struct turn *turn, const struct done_reply *reply, const struct digest *request)
{
    if (digest_is_none(request)) {
        return;
    }
    struct request_record record = {.request = *request,
                                    .body = turn->in->body,
                                    .at = turn->in->now.ms,
                                    .status = reply->status,
                                    .made = reply->made,
                                    .n = reply->n};
    uint8_t row[REQUEST_RECORD_MAX];
    struct writer out = writer_on(row, sizeof row);
    request_write(&out, &record);
    CHECK(!out.failed);
    struct row_key key = key_of_request(turn->state->id, record.at, request);
    effect_put(turn->out, TABLE_REQUEST, row_key_bytes(&key), writer_bytes(&out));
    if (!memory_add_request(turn->state, &record)) {
        turn->out->failed = true;
    }
    struct request_record old;
    for (int i = 0; i < 2 && memory_old_request(turn->state, turn->in->now.ms, &old); i++) {
        if (!digest_is_none(&old.request)) {
            struct row_key old_key = key_of_request(turn->state->id, old.at, &old.request);
            effect_erase(turn->out, TABLE_REQUEST, row_key_bytes(&old_key));
        }
    }
}
