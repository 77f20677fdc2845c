/* 整批: an uploaded sheet is kept, read by the pool, checked in one turn, imported in one turn
 * (API 5, DESIGN 15).
 *
 * The institution owns its uploads itself: the check needs its lines, and the lines of an import
 * and the word that it is done are rows of one turn. So nothing travels between actors, and an
 * import is either whole or did not happen. An upload that is being read has its institution
 * waiting: after a crash it is read again from its rows. */
#include "actors/institution_private.h"
#include "base/check.h"
#include "rt/rules.h"
#include <stdlib.h>
#include <string.h>

enum { RETRY_MS = 2000, REPLY_ROW_ROOM = 64, FINDING_ROOM = 64, TAG_UPLOAD = 1 };

/* ---- rows ---- */

static void put_record(struct turn *turn, const struct upload_record *record)
{
    uint8_t row[UPLOAD_RECORD_MAX];
    struct writer out = writer_on(row, sizeof row);
    upload_write(&out, record);
    CHECK(!out.failed);
    struct row_key key = key_of_upload(record->home, record->number);
    effect_put(turn->out, TABLE_UPLOAD, row_key_bytes(&key), writer_bytes(&out));
}

/* Writes a part anew; `record` must be put afterwards. */
static void put_part(struct turn *turn, struct upload_record *record, enum upload_part part,
                     struct bytes value)
{
    uint16_t rows = 0;
    for (size_t at = 0; at < value.size; at += ROW_VALUE_MAX) {
        size_t size = value.size - at < ROW_VALUE_MAX ? value.size - at : ROW_VALUE_MAX;
        struct row_key key = key_of_upload_part(record->home, record->number, part, rows++);
        effect_put(turn->out, TABLE_UPLOAD_PART, row_key_bytes(&key), bytes_slice(value, at, size));
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
    for (uint32_t i = 0; i < state->uploads_count; i++) {
        const struct upload_record *record = &state->uploads[i].record;
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

/* The record goes along, so that the door need not read it. */
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

static void answer_record(struct turn *turn, const struct upload_record *record, uint16_t status,
                          struct case_id made, bool remembered)
{
    struct done_reply reply = {.status = status, .made = made, .rows = record_as_row(turn, record)};
    if (remembered) {
        rows_request(turn, &reply, &turn->in->request);
    }
    answer_done(turn, OUTCOME_OK, &reply);
}

static void answer_upload_state(struct turn *turn, enum upload_state state)
{
    uint8_t body = (uint8_t)state;
    effect_reply(turn->out, turn->in->ticket, OUTCOME_WRONG_STATE, bytes_of(&body, 1));
}

/* A person's are those that he sent himself; an institution sees all of its house. */
static bool may_see(const struct turn *turn, const struct upload_record *record)
{
    struct thing thing = {
        .home = turn->state->id,
        .person = record->uploader.kind == PRINCIPAL_PERSON ? record->uploader.person : 0};
    return allow_thing(&turn->in->principal, VERB_UPLOAD, &thing) == ALLOWED;
}

/* ---- a sheet is there ---- */

static void ask_work(struct turn *turn, struct upload_slot *slot)
{
    uint8_t input[sizeof(uint64_t) * 2];
    struct writer out = writer_on(input, sizeof input);
    upload_ask_write(&out, &(struct upload_ask){slot->record.home, slot->record.number});
    CHECK(!out.failed);
    slot->working = true;
    effect_work(turn->out, TAG_UPLOAD, JOB_UPLOAD, writer_bytes(&out));
}

/* One at a time of an institution, the oldest first: the pool's queue then goes round by itself,
 * and fifty files of one house do not stand before the first of another. */
void upload_go_on(struct turn *turn)
{
    struct upload_slot *oldest = NULL;
    for (uint32_t i = 0; i < turn->state->uploads_count; i++) {
        struct upload_slot *slot = &turn->state->uploads[i];
        if (slot->record.version == 0 || slot->record.state != UPLOAD_RECEIVED) {
            continue;
        }
        if (slot->working) {
            return;
        }
        if (oldest == NULL || slot->record.number < oldest->record.number) {
            oldest = slot;
        }
    }
    if (oldest != NULL) {
        ask_work(turn, oldest);
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

static const struct upload_record *imported_before(const struct turn *turn)
{
    for (uint32_t i = 0; i < turn->state->uploads_count; i++) {
        const struct upload_record *record = &turn->state->uploads[i].record;
        if (record->version > 0 && record->state == UPLOAD_DONE &&
            memcmp(record->sha256, turn->in->u.upload.sha256, sizeof record->sha256) == 0) {
            return record;
        }
    }
    return NULL;
}

static bool add_refused(struct turn *turn)
{
    const struct upload_record *before = imported_before(turn);
    if (before != NULL) {
        uint8_t body[sizeof before->number];
        struct writer out = writer_on(body, sizeof body);
        write_u64(&out, may_see(turn, before) ? before->number : 0);
        effect_reply(turn->out, turn->in->ticket, OUTCOME_UPLOADED_BEFORE, writer_bytes(&out));
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
    put_part(turn, &slot->record, UPLOAD_SHEET, in->u.upload.sealed);
    put_record(turn, &slot->record);
    put_waiting(turn, open_before);
    rows_audit(turn, AUDIT_UPLOAD, (struct line_id){0}, 1, record.number);
    answer_record(turn, &slot->record, 202, number_as_made(&slot->record), true);
    upload_go_on(turn);
}

/* ---- the check ---- */

/* The rows that may be filed, their drafts as POST /cases would have them, and what is wrong. */
struct checked {
    struct upload_columns columns;
    struct upload_line *lines;
    bool *faulty;
    uint16_t count, valid;
    struct writer findings;
    uint32_t findings_count;
};

/* False: no memory (the turn is marked failed). */
static bool lines_read(struct turn *turn, struct bytes part, struct checked *checked)
{
    *checked = (struct checked){
        .lines = effect_alloc(turn->out, UPLOAD_ROWS_MAX * sizeof *checked->lines),
        .faulty = effect_alloc(turn->out, UPLOAD_ROWS_MAX * sizeof *checked->faulty)};
    if (checked->lines == NULL || checked->faulty == NULL) {
        return false;
    }
    struct reader in = reader_of(part);
    upload_columns_read(&in, &checked->columns);
    struct upload_line line;
    while (upload_line_read(&in, &line)) {
        CHECK(checked->count < UPLOAD_ROWS_MAX);
        enum err err = upload_line_body(&line.draft, turn->out->turn);
        CHECK(err != ERR_CORRUPT && err != ERR_VERSION); /* our own writing of this moment */
        if (err != ERR_OK) {
            turn->out->failed = true;
            return false;
        }
        checked->lines[checked->count++] = line;
    }
    CHECK(reader_done(&in));
    return true;
}

static uint16_t column_of(const struct upload_columns *columns, const char *member)
{
    if (strncmp(member, "/person", 7) == 0) {
        return columns->person;
    }
    if (strncmp(member, "/target", 7) == 0) {
        return columns->target;
    }
    if (strncmp(member, "/department", 11) == 0) {
        return columns->department;
    }
    bool purpose = strncmp(member, "/purpose", 8) == 0 || strncmp(member, "/attachments", 12) == 0;
    return purpose ? columns->purpose : columns->start;
}

static bool same_filing(const struct line_draft *a, const struct line_draft *b)
{
    return a->person == b->person && a->target == b->target && a->purpose == b->purpose &&
           a->department == b->department && bytes_equal(a->body_row, b->body_row);
}

/* `/lines/7/times/0`: which row, and where in it. */
static uint16_t place_of(const char *field, const char **member)
{
    static const char front[] = "/lines/";
    char *end = NULL;
    CHECK(strncmp(field, front, sizeof front - 1) == 0);
    unsigned long place = strtoul(field + sizeof front - 1, &end, 10);
    *member = end;
    return (uint16_t)place;
}

static void finding_add(struct checked *checked, const struct problem *problem)
{
    const char *member = NULL;
    uint16_t place = place_of(problem->field, &member);
    CHECK(place < checked->count);
    const struct upload_line *line = &checked->lines[place];
    struct upload_finding finding = {
        .row = line->row, .column = column_of(&checked->columns, member), .code = problem->code};
    if (finding.column == checked->columns.start) {
        finding.value = line->value;
    }
    if (problem->code == CODE_OVERLAPS_CASE && problem->has_with && problem->with.n == 0) {
        const struct upload_line *other = &checked->lines[problem->with_index];
        finding.with_row = other->row;
        finding.code =
            same_filing(&line->draft, &other->draft) ? CODE_DUPLICATE_ROW : CODE_OVERLAPS_ROW;
    } else if (problem->has_with) {
        finding.has_with = true;
        finding.with = problem->with;
    }
    if (!checked->faulty[place]) {
        checked->faulty[place] = true;
        checked->valid--;
    }
    checked->findings_count++;
    upload_finding_write(&checked->findings, &finding);
}

/* Documents are attached to the draft that an import makes: only a submission misses them. */
static bool counts(const struct problem *problem, bool submit)
{
    return !code_is_warning(problem->code) && (submit || problem->code != CODE_ATTACHMENT_REQUIRED);
}

static bool is_colleagues(const struct turn *turn, const struct upload_record *record,
                          const struct line_draft *draft)
{
    const struct person *person = facts_person(turn->in->facts, draft->person);
    return record->uploader.kind == PRINCIPAL_PERSON && draft->person != record->uploader.person &&
           person != NULL && person->home == turn->state->id;
}

/* All rules of filing, and of submitting, for all rows at once. Whoever sent the sheet himself
 * files for himself only; all else that even a draft must have is among the rules of submitting. */
static bool lines_check(struct turn *turn, const struct upload_record *record,
                        struct checked *checked, bool submit)
{
    struct problems *problems = effect_alloc(turn->out, sizeof *problems);
    struct submit_line *asked =
        effect_alloc(turn->out, (checked->count + 1u) * sizeof(struct submit_line));
    if (problems == NULL || asked == NULL) {
        return false;
    }
    problems_init(problems, turn->out->turn);
    for (uint16_t i = 0; i < checked->count; i++) {
        const struct line_draft *draft = &checked->lines[i].draft;
        if (is_colleagues(turn, record, draft)) {
            problems_add(problems, CODE_NOT_YOUR_STAFF, "/lines/%u/person_id", i);
        }
        asked[i] = (struct submit_line){.place = i, .filing = draft_filing(turn, draft, 0)};
    }
    if (RULE(CHECK_AGAIN) || turn->in->kind == MSG_WORK_DONE) {
        submit_check(turn, asked, checked->count, problems);
    }
    size_t room = 0;
    for (uint32_t i = 0; i < problems->count; i++) {
        const char *member = NULL;
        uint16_t place = place_of(problems->items[i].field, &member);
        room += FINDING_ROOM + checked->lines[place].value.size;
    }
    uint8_t *memory = effect_alloc(turn->out, room + 1);
    if (turn->out->failed || memory == NULL) {
        return false;
    }
    checked->findings = writer_on(memory, room);
    checked->valid = checked->count;
    for (uint32_t i = 0; i < problems->count; i++) {
        if (counts(&problems->items[i], submit)) {
            finding_add(checked, &problems->items[i]);
        }
    }
    CHECK(!checked->findings.failed);
    if (problems->truncated) { /* of a row that is not named nobody can say that it is sound */
        memset(checked->faulty, true, checked->count * sizeof *checked->faulty);
        checked->valid = 0;
    }
    return true;
}

static void put_findings(struct turn *turn, struct upload_record *record,
                         const struct checked *checked)
{
    put_part(turn, record, UPLOAD_FINDINGS, writer_bytes(&checked->findings));
    record->findings = checked->findings_count;
    record->valid = checked->valid;
}

static bool take_refused(struct turn *turn, struct upload_slot *slot,
                         const struct upload_found *found)
{
    if (found->error == UPLOAD_NO_ERROR) {
        return false;
    }
    slot->record.state = UPLOAD_FAILED;
    slot->record.error = found->error;
    slot->record.error_count = found->error_count;
    slot->record.told = arena_copy(turn->state->memory, found->told);
    if (slot->record.told.size != found->told.size) {
        turn->out->failed = true;
    }
    return true;
}

/* The sheet has been read. */
void upload_take(struct turn *turn)
{
    CHECK(turn->in->u.work.tag == TAG_UPLOAD);
    struct upload_found found;
    if (turn->in->u.work.err != ERR_OK || !upload_found_read(turn->in->u.work.result, &found)) {
        /* Which one, nobody says: all that are open are asked for again. */
        for (uint32_t i = 0; i < turn->state->uploads_count; i++) {
            turn->state->uploads[i].working = false;
        }
        effect_timer(turn->out, TIMER_UPLOADS, (struct tick){turn->in->tick.ms + RETRY_MS});
        return;
    }
    struct upload_slot *slot = memory_upload(turn->state, found.number);
    if (slot == NULL || slot->record.state != UPLOAD_RECEIVED) {
        upload_go_on(turn); /* deleted meanwhile, or read twice */
        return;
    }
    uint32_t open_before = open_count(turn->state);
    slot->working = false;
    if (!take_refused(turn, slot, &found)) {
        struct checked checked;
        if (!lines_read(turn, found.lines, &checked) ||
            !lines_check(turn, &slot->record, &checked, false)) {
            return;
        }
        slot->record.state = UPLOAD_READY;
        slot->record.rows = found.rows;
        slot->record.faults = found.faults;
        put_part(turn, &slot->record, UPLOAD_LINES, found.lines);
        put_part(turn, &slot->record, UPLOAD_FAULTS, found.sealed_faults);
        put_findings(turn, &slot->record, &checked);
    }
    slot->record.version++;
    put_record(turn, &slot->record);
    put_waiting(turn, open_before);
    upload_go_on(turn);
}

/* ---- the import ---- */

/* Answered if it can't be. */
static struct upload_slot *command_find(struct turn *turn)
{
    struct upload_slot *slot = memory_upload(turn->state, turn->in->u.upload.number);
    if (slot == NULL || !may_see(turn, &slot->record)) {
        answer(turn, OUTCOME_NOT_FOUND);
        return NULL;
    }
    return slot;
}

/* Said again with the same words; it needs no current tag (API 5). */
static bool import_over(struct turn *turn, const struct upload_slot *slot)
{
    if (slot->record.state != UPLOAD_DONE || !RULE(IMPORT_ONCE)) {
        return false;
    }
    answer_record(turn, &slot->record, 200, slot->record.made, false);
    return true;
}

/* Faults that were not there when the sheet was checked are shown from now on. */
static void import_refuse(struct turn *turn, struct upload_slot *slot,
                          const struct checked *checked)
{
    if (checked->findings_count > 0 || slot->record.findings > 0) {
        slot->record.version++;
        put_findings(turn, &slot->record, checked);
        put_record(turn, &slot->record);
    }
    answer(turn, OUTCOME_UPLOAD_FAULTS);
}

static bool import_allowed(struct turn *turn, const struct upload_slot *slot)
{
    if (turn->in->u.upload.submit &&
        allow_role(&turn->in->principal, VERB_CASE_SUBMIT) != ALLOWED) {
        answer(turn, OUTCOME_FORBIDDEN);
        return false;
    }
    /* The lines must be those of the version that is meant: a door may have looked before the sheet
     * was read, for a caller who guessed what its version would be. */
    if (slot->record.version != turn->in->u.upload.version ||
        slot->record.version != turn->in->u.upload.read_version) {
        answer(turn, OUTCOME_STALE);
        return false;
    }
    if (slot->record.state != UPLOAD_READY) {
        answer_upload_state(turn, slot->record.state);
        return false;
    }
    return true;
}

static void import_make(struct turn *turn, struct upload_slot *slot, struct checked *checked)
{
    struct line_draft *drafts = effect_alloc(turn->out, checked->valid * sizeof(struct line_draft));
    if (drafts == NULL) {
        return;
    }
    uint16_t count = 0;
    for (uint16_t i = 0; i < checked->count; i++) {
        if (!checked->faulty[i]) {
            drafts[count++] = checked->lines[i].draft;
        }
    }
    CHECK(count == checked->valid);
    struct case_record record;
    bool submit = turn->in->u.upload.submit;
    if (!case_create(turn, drafts, count, submit, &record)) {
        return;
    }
    struct upload_record *upload = &slot->record;
    put_findings(turn, upload, checked);
    put_part(turn, upload, UPLOAD_LINES, (struct bytes){0});
    upload->state = UPLOAD_DONE;
    upload->made = record.id;
    upload->imported = count;
    upload->skipped = (uint16_t)(upload->rows - count);
    upload->version++;
    if (RULE(DONE_WITH_LINES)) {
        put_record(turn, upload);
    }
    rows_audit(turn, AUDIT_IMPORT, (struct line_id){.in = record.id}, record.version,
               upload->number);
    rows_counts(turn);
    answer_record(turn, upload, 200, record.id, true);
}

void upload_import(struct turn *turn)
{
    struct upload_slot *slot = command_find(turn);
    if (slot == NULL || import_over(turn, slot) || answered_before(turn) ||
        !import_allowed(turn, slot)) {
        return;
    }
    struct checked checked;
    if (!lines_read(turn, turn->in->u.upload.lines, &checked) ||
        !lines_check(turn, &slot->record, &checked, turn->in->u.upload.submit)) {
        return;
    }
    bool all = checked.valid == slot->record.rows;
    if (checked.valid == 0 || (turn->in->u.upload.all && !all)) {
        import_refuse(turn, slot, &checked);
        return;
    }
    import_make(turn, slot, &checked);
}

/* ---- DELETE ---- */

void upload_delete(struct turn *turn)
{
    struct upload_slot *slot = command_find(turn);
    if (slot == NULL) {
        return;
    }
    if (slot->record.version != turn->in->u.upload.version) {
        answer(turn, OUTCOME_STALE);
        return;
    }
    uint32_t open_before = open_count(turn->state);
    for (enum upload_part part = UPLOAD_SHEET; part < UPLOAD_PARTS; part++) {
        put_part(turn, &slot->record, part, (struct bytes){0});
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
