/* 整批: an uploaded sheet is kept, read by the pool, checked when it has been read (API 5,
 * DESIGN 15).
 *
 * The institution owns its uploads itself: the check needs its lines, and an import (a file of its
 * own) makes some. An upload that is being read has its institution waiting: after a crash it is
 * read again from its rows. */
#include "actors/institution_upload.h"
#include "base/check.h"
#include "rt/rules.h"
#include <string.h>

/* Work that errs is asked for again after 2 s, 4 s, 6 s…, sooner if other sheets come or are done:
 * for a quarter of an hour if it is alone. */
enum { RETRY_MS = 2000, TRIES_MAX = 30, REPLY_ROW_ROOM = 64, TAG_UPLOAD = 1 };

/* ---- rows ---- */

void upload_put(struct turn *turn, const struct upload_record *record)
{
    uint8_t row[UPLOAD_RECORD_MAX];
    struct writer out = writer_on(row, sizeof row);
    upload_write(&out, record);
    CHECK(!out.failed);
    struct row_key key = key_of_upload(record->home, record->number);
    effect_put(turn->out, TABLE_UPLOAD, row_key_bytes(&key), writer_bytes(&out));
}

/* `value` is the letter's or the turn's: a whole sheet is not copied for nothing. */
void upload_put_part(struct turn *turn, struct upload_record *record, enum upload_part part,
                     struct bytes value)
{
    uint16_t rows = 0;
    for (size_t at = 0; at < value.size; at += ROW_VALUE_MAX) {
        size_t size = value.size - at < ROW_VALUE_MAX ? value.size - at : ROW_VALUE_MAX;
        struct row_key key = key_of_upload_part(record->home, record->number, part, rows++);
        effect_put_kept(turn->out, TABLE_UPLOAD_PART, row_key_bytes(&key),
                        bytes_slice(value, at, size));
    }
    for (uint16_t old = rows; old < record->parts[part]; old++) {
        struct row_key key = key_of_upload_part(record->home, record->number, part, old);
        effect_erase(turn->out, TABLE_UPLOAD_PART, row_key_bytes(&key));
    }
    record->parts[part] = rows;
}

static uint32_t open_count(const struct institution_state *state)
{
    uint32_t open = 0;
    for (uint32_t i = 0; i < state->uploads.count; i++) {
        const struct upload_record *record = &memory_upload_at(state, i)->record;
        open += record->version > 0 && record->state == UPLOAD_RECEIVED;
    }
    return open;
}

/* The row in `waiting` stands exactly while an upload is being read. */
static void put_waiting(struct turn *turn, uint32_t open_before)
{
    uint32_t open = open_count(turn->state);
    struct row_key key = key_of_waiting(ACTOR_INSTITUTION, turn->state->id);
    if (!RULE(WAIT_FOR_SHEETS)) {
        return;
    }
    if (open > 0 && open_before == 0) {
        effect_put(turn->out, TABLE_WAITING, row_key_bytes(&key), (struct bytes){0});
    } else if (open == 0 && open_before > 0) {
        effect_erase(turn->out, TABLE_WAITING, row_key_bytes(&key));
    }
}

/* ---- answers ---- */

/* An upload's number in the place where the record of a request keeps what it made. */
static struct case_id number_as_made(const struct upload_record *record)
{
    return (struct case_id){.home = record->home,
                            .day = (int32_t)(uint32_t)(record->number >> 32),
                            .serial = (uint32_t)record->number};
}

static struct bytes record_as_row(struct turn *turn, const struct upload_record *record)
{
    size_t room = UPLOAD_RECORD_MAX + REPLY_ROW_ROOM;
    uint8_t *memory = effect_alloc(turn->out, UPLOAD_RECORD_MAX + room);
    if (memory == NULL) {
        return (struct bytes){0};
    }
    struct writer value = writer_on(memory, UPLOAD_RECORD_MAX);
    upload_write(&value, record);
    struct row_key key = key_of_upload(record->home, record->number);
    struct writer out = writer_on(memory + UPLOAD_RECORD_MAX, room);
    payload_row_write(&out, &(struct payload_row){.table = TABLE_UPLOAD,
                                                  .key = row_key_bytes(&key),
                                                  .value = writer_bytes(&value)});
    CHECK(!out.failed && !value.failed);
    return writer_bytes(&out);
}

void upload_answer(struct turn *turn, const struct upload_record *record, uint16_t status,
                   struct case_id made, bool remembered)
{
    struct done_reply reply = {.status = status, .made = made, .rows = record_as_row(turn, record)};
    if (remembered) {
        rows_request(turn, &reply, &turn->in->request);
    }
    answer_done(turn, OUTCOME_OK, &reply);
}

/* A person's are those that he sent himself; an institution sees all of its house. */
static bool may_see(const struct turn *turn, const struct upload_record *record)
{
    struct thing thing = {
        .home = turn->state->id,
        .person = record->uploader.kind == PRINCIPAL_PERSON ? record->uploader.person : 0};
    return allow_thing(&turn->in->principal, VERB_UPLOAD, &thing) == ALLOWED;
}

struct upload_slot *upload_find(struct turn *turn)
{
    struct upload_slot *slot = memory_upload(turn->state, turn->in->u.upload.number);
    if (slot == NULL || !may_see(turn, &slot->record)) {
        answer(turn, OUTCOME_NOT_FOUND);
        return NULL;
    }
    return slot;
}

/* ---- a sheet is there ---- */

static void ask_work(struct turn *turn, struct upload_slot *slot)
{
    uint8_t input[sizeof(uint64_t) * 2];
    struct writer out = writer_on(input, sizeof input);
    upload_ask_write(&out, &(struct upload_ask){slot->record.home, slot->record.number});
    CHECK(!out.failed);
    turn->state->reading = slot->record.number;
    effect_work(turn->out, TAG_UPLOAD, JOB_UPLOAD, writer_bytes(&out));
}

/* One at a time of an institution, the oldest first: the pool's queue then goes round by itself,
 * and fifty files of one house do not stand before the first of another. One that the pool could
 * not read stands behind the others. */
void upload_go_on(struct turn *turn)
{
    struct upload_slot *next = NULL;
    if (turn->state->reading != 0) {
        return;
    }
    for (uint32_t i = 0; i < turn->state->uploads.count; i++) {
        struct upload_slot *slot = memory_upload_at(turn->state, i);
        if (slot->record.version == 0 || slot->record.state != UPLOAD_RECEIVED) {
            continue;
        }
        if (next == NULL || slot->failures < next->failures ||
            (slot->failures == next->failures && slot->record.number < next->record.number)) {
            next = slot;
        }
    }
    if (next != NULL) {
        ask_work(turn, next);
    }
}

/* Milliseconds in front, so that numbers ascend without being counted in a row. That of a sheet
 * that is gone is not given again: the pool may still be reading it. */
static uint64_t next_number(const struct turn *turn)
{
    uint64_t number = (uint64_t)turn->in->now.ms << 12;
    uint64_t last = turn->state->uploads_last;
    return number > last ? number : last + 1;
}

const struct upload_record *upload_imported(const struct institution_state *state,
                                            const uint8_t sha256[32])
{
    for (uint32_t i = 0; i < state->uploads.count; i++) {
        const struct upload_record *record = &memory_upload_at(state, i)->record;
        if (record->version > 0 && record->state == UPLOAD_DONE &&
            memcmp(record->sha256, sha256, sizeof record->sha256) == 0) {
            return record;
        }
    }
    return NULL;
}

void upload_answer_imported(struct turn *turn, const struct upload_record *before)
{
    uint8_t body[sizeof before->number];
    struct writer out = writer_on(body, sizeof body);
    write_u64(&out, may_see(turn, before) ? before->number : 0);
    effect_reply(turn->out, turn->in->ticket, OUTCOME_UPLOADED_BEFORE, writer_bytes(&out));
}

static bool add_refused(struct turn *turn)
{
    const struct upload_record *before = upload_imported(turn->state, turn->in->u.upload.sha256);
    if (before != NULL) {
        upload_answer_imported(turn, before);
        return true;
    }
    if (open_count(turn->state) >= UPLOAD_OPEN_MAX) {
        answer(turn, OUTCOME_TOO_MANY_UPLOADS);
        return true;
    }
    return false;
}

void upload_add(struct turn *turn)
{
    const struct msg *in = turn->in;
    if (answered_before(turn) || add_refused(turn)) {
        return;
    }
    uint32_t open_before = open_count(turn->state);
    struct upload_record record = {.home = turn->state->id,
                                   .number = next_number(turn),
                                   .kind = in->u.upload.kind,
                                   .state = UPLOAD_RECEIVED,
                                   .version = 1,
                                   .uploader = in->principal,
                                   .created_at = in->now.ms,
                                   .name = in->u.upload.name,
                                   .size = in->u.upload.size};
    memcpy(record.sha256, in->u.upload.sha256, sizeof record.sha256);
    struct upload_slot *slot = memory_add_upload(turn->state, &record);
    if (slot == NULL) {
        turn->out->failed = true;
        return;
    }
    upload_put_part(turn, &slot->record, UPLOAD_SHEET, in->u.upload.sealed);
    upload_put(turn, &slot->record);
    put_waiting(turn, open_before);
    rows_audit(turn, AUDIT_UPLOAD, (struct line_id){0}, 1, record.number);
    upload_answer(turn, &slot->record, 202, number_as_made(&slot->record), true);
    upload_go_on(turn);
}

/* ---- it has been read ---- */

static bool refuse(struct turn *turn, struct upload_slot *slot, const struct upload_found *found)
{
    slot->record.state = UPLOAD_FAILED;
    slot->record.error = found->error;
    slot->record.error_count = found->error_count;
    slot->record.told = arena_copy(turn->state->memory, found->told);
    return slot->record.told.size == found->told.size;
}

static bool accept(struct turn *turn, struct upload_slot *slot, const struct upload_found *found)
{
    struct checked checked;
    if (!checked_read(turn, found->lines, &checked) ||
        !checked_judge(turn, &slot->record, &checked, false)) {
        return false;
    }
    slot->record.state = UPLOAD_READY;
    slot->record.rows = found->rows;
    slot->record.faults = found->faults;
    upload_put_part(turn, &slot->record, UPLOAD_LINES, found->lines);
    upload_put_part(turn, &slot->record, UPLOAD_FAULTS, found->sealed_faults);
    checked_put(turn, &slot->record, &checked);
    return true;
}

static void settle(struct turn *turn, struct upload_slot *slot, const struct upload_found *found)
{
    uint32_t open_before = open_count(turn->state);
    bool whole =
        found->error == UPLOAD_NO_ERROR ? accept(turn, slot, found) : refuse(turn, slot, found);
    if (!whole) {
        turn->out->failed = true;
        return;
    }
    slot->record.version++;
    upload_put(turn, &slot->record);
    put_waiting(turn, open_before);
    upload_go_on(turn);
}

/* The pool could not: no memory, no child. Its fault rather than the sheet's, so it is tried again,
 * but not for ever: somebody waits. */
static void work_failed(struct turn *turn, struct upload_slot *slot)
{
    if (++slot->failures >= TRIES_MAX) {
        settle(turn, slot, &(struct upload_found){.error = UPLOAD_NOT_READ});
        return;
    }
    effect_timer(turn->out, TIMER_UPLOADS,
                 (struct tick){turn->in->tick.ms + (int64_t)RETRY_MS * slot->failures});
}

void upload_take(struct turn *turn)
{
    CHECK(turn->in->u.work.tag == TAG_UPLOAD);
    struct upload_slot *slot = memory_upload(turn->state, turn->state->reading);
    turn->state->reading = 0;
    if (slot == NULL) { /* deleted meanwhile */
        upload_go_on(turn);
        return;
    }
    CHECK(slot->record.state == UPLOAD_RECEIVED);
    struct upload_found found;
    if (turn->in->u.work.err != ERR_OK || !upload_found_read(turn->in->u.work.result, &found)) {
        work_failed(turn, slot);
        return;
    }
    CHECK(found.number == slot->record.number);
    settle(turn, slot, &found);
}

/* ---- DELETE ---- */

void upload_delete(struct turn *turn)
{
    struct upload_slot *slot = upload_find(turn);
    if (slot == NULL) {
        return;
    }
    if (slot->record.version != turn->in->u.upload.version) {
        answer(turn, OUTCOME_STALE);
        return;
    }
    uint32_t open_before = open_count(turn->state);
    for (enum upload_part part = UPLOAD_SHEET; part < UPLOAD_PARTS; part++) {
        upload_put_part(turn, &slot->record, part, (struct bytes){0});
    }
    struct row_key key = key_of_upload(slot->record.home, slot->record.number);
    effect_erase(turn->out, TABLE_UPLOAD, row_key_bytes(&key));
    rows_audit(turn, AUDIT_UPLOAD_DELETE, (struct line_id){.in = slot->record.made},
               slot->record.version, slot->record.number);
    slot->record.version = 0;
    put_waiting(turn, open_before);
    upload_go_on(turn);
    answer_done(turn, OUTCOME_DELETED, &(struct done_reply){.status = 204});
}
