/* Are the rows of a sheet sound? By the rules of a submission, when it has been read and again when
 * it is imported (API 5). */
#include "actors/institution_upload.h"
#include "base/check.h"
#include "rt/rules.h"
#include <stdlib.h>
#include <string.h>

enum { FINDING_ROOM = 64 };

bool checked_read(struct turn *turn, struct bytes part, struct checked *checked)
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

static uint16_t column_of(const struct upload_columns *columns, enum upload_place place)
{
    switch (place) {
    case UPLOAD_AT_PERSON: return columns->person;
    case UPLOAD_AT_TARGET: return columns->target;
    case UPLOAD_AT_DEPARTMENT: return columns->department;
    case UPLOAD_AT_PURPOSE: return columns->purpose;
    case UPLOAD_AT_START: break;
    }
    return columns->start;
}

/* What is quoted of the line there; of a person the number in `room`. */
static struct bytes quoted_at(const struct upload_line *line, enum upload_place place,
                              uint8_t room[sizeof(uint64_t)])
{
    struct writer person = writer_on(room, sizeof(uint64_t));
    switch (place) {
    case UPLOAD_AT_PERSON: write_u64(&person, line->draft.person); return writer_bytes(&person);
    case UPLOAD_AT_TARGET: return line->quoted[QUOTED_TARGET];
    case UPLOAD_AT_DEPARTMENT: return line->quoted[QUOTED_DEPARTMENT];
    case UPLOAD_AT_PURPOSE: return line->quoted[QUOTED_PURPOSE];
    case UPLOAD_AT_START: break;
    }
    return line->quoted[QUOTED_START];
}

static bool same_filing(const struct line_draft *a, const struct line_draft *b)
{
    return a->person == b->person && a->target == b->target && a->purpose == b->purpose &&
           a->department == b->department && bytes_equal(a->body_row, b->body_row);
}

/* `/lines/7/times/0`: which row. */
static uint16_t line_of(const struct problem *problem)
{
    static const char front[] = "/lines/";
    CHECK(strncmp(problem->field, front, sizeof front - 1) == 0);
    return (uint16_t)strtoul(problem->field + sizeof front - 1, NULL, 10);
}

static void finding_add(struct checked *checked, const struct problem *problem)
{
    uint8_t person[sizeof(uint64_t)];
    uint16_t at = line_of(problem);
    CHECK(at < checked->count);
    const struct upload_line *line = &checked->lines[at];
    enum upload_place place = upload_place_of(problem->code);
    struct upload_finding finding = {.row = line->row,
                                     .column = column_of(&checked->columns, place),
                                     .code = problem->code,
                                     .value = quoted_at(line, place, person)};
    if (problem->code == CODE_OVERLAPS_CASE && problem->has_with && problem->with.n == 0) {
        const struct upload_line *other = &checked->lines[problem->with_index];
        finding.with_row = other->row;
        finding.code =
            same_filing(&line->draft, &other->draft) ? CODE_DUPLICATE_ROW : CODE_OVERLAPS_ROW;
    } else if (problem->has_with) {
        finding.has_with = true;
        finding.with = problem->with;
    }
    if (!checked->faulty[at]) {
        checked->faulty[at] = true;
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

/* Whoever sent the sheet himself files for himself only; all else that even a draft must have is
 * among the rules of submitting. */
bool checked_judge(struct turn *turn, const struct upload_record *record, struct checked *checked,
                   bool submit)
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
        const struct problem *problem = &problems->items[i];
        const struct upload_line *line = &checked->lines[line_of(problem)];
        uint8_t person[sizeof(uint64_t)];
        room += FINDING_ROOM + quoted_at(line, upload_place_of(problem->code), person).size;
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

void checked_put(struct turn *turn, struct upload_record *record, const struct checked *checked)
{
    upload_put_part(turn, record, UPLOAD_FINDINGS, writer_bytes(&checked->findings));
    record->findings = checked->findings_count;
    record->valid = checked->valid;
}
