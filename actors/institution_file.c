/* 登錄: drafts are made, changed and dropped (F124 to F151, API 4.2). Everything is judged before
 * the first row is staged, so that a refusal changes nothing. */
#include "actors/institution_private.h"
#include "base/check.h"
#include "model/workdays.h"

enum { COPY_ROOM = 512, COPY_PER_LINE = 700 };

static struct problems *turn_problems(struct turn *turn)
{
    struct problems *problems = effect_alloc(turn->out, sizeof *problems);
    if (problems != NULL) {
        problems_init(problems, turn->out->turn);
    }
    return problems;
}

/* A draft must name own staff, a person's himself; all else may be wrong or missing (API 4.2). */
static void draft_judge(const struct turn *turn, const struct line_draft *draft, uint16_t place,
                        struct problems *problems)
{
    const struct person *person = facts_person(turn->in->facts, draft->person);
    const struct principal *asks = &turn->in->principal;
    bool of_another = asks->kind == PRINCIPAL_PERSON && draft->person != asks->person;
    if (draft->person == 0) {
        problems_add(problems, CODE_REQUIRED, "/lines/%u/person_id", place);
    } else if (person == NULL || person->home != turn->state->id || of_another) {
        problems_add(problems, CODE_NOT_YOUR_STAFF, "/lines/%u/person_id", place);
    }
    if (draft->target == 0) {
        problems_add(problems, CODE_REQUIRED, "/lines/%u/target", place);
    }
}

struct filing draft_filing(const struct turn *turn, const struct line_draft *draft,
                           uint8_t attachments)
{
    return (struct filing){.home = turn->state->id,
                           .person = draft->person,
                           .target = draft->target,
                           .department = draft->department,
                           .purpose = draft->purpose,
                           .has_note = draft->body.note.size > 0,
                           .attachments = attachments,
                           .times_count = draft->body.times_count,
                           .times = draft->body.times};
}

/* The next number of the day; its row is kept two days (DESIGN 16). */
static struct case_id take_number(struct turn *turn)
{
    struct institution_state *state = turn->state;
    int32_t today = taipei_day(turn->in->now);
    if (state->serial_day == DAY_NONE || today > state->serial_day) {
        if (state->serial_old_day != DAY_NONE) {
            struct row_key old = key_of_serial(state->id, state->serial_old_day);
            effect_erase(turn->out, TABLE_SERIAL, row_key_bytes(&old));
        }
        state->serial_old_day = state->serial_day;
        state->serial_day = today;
        state->serial_last = 0;
    }
    if (state->serial_day == state->floor_day && state->serial_last < state->floor_serial) {
        state->serial_last = state->floor_serial;
    }
    /* A clock that went back keeps counting on the later day: numbers are never used again (I3). */
    state->serial_last++;
    uint8_t row[4];
    struct writer out = writer_on(row, sizeof row);
    write_u32(&out, state->serial_last);
    struct row_key key = key_of_serial(state->id, state->serial_day);
    effect_put(turn->out, TABLE_SERIAL, row_key_bytes(&key), writer_bytes(&out));
    return (struct case_id){
        .home = state->id, .day = state->serial_day, .serial = state->serial_last};
}

static void put_indexes(struct turn *turn, const struct line_state *line, int64_t created_at)
{
    struct row_key county = key_of_county_line(home_county(turn), created_at, line->id);
    effect_put(turn->out, TABLE_COUNTY_LINE, row_key_bytes(&county), (struct bytes){0});
    if (line->person != 0) {
        struct row_key person = key_of_person_line(line->person, line->id);
        effect_put(turn->out, TABLE_PERSON_LINE, row_key_bytes(&person), (struct bytes){0});
    }
}

static enum principal_kind filed_by(const struct turn *turn)
{
    return turn->in->principal.kind == PRINCIPAL_PERSON ? PRINCIPAL_PERSON : PRINCIPAL_INSTITUTION;
}

/* A new draft with all its rows. NULL: memory is exhausted (the turn is marked failed). */
static struct line_slot *line_create(struct turn *turn, struct case_record *record,
                                     const struct line_draft *draft)
{
    struct line_state line = {.id = {.in = record->id, .n = record->next_n},
                              .person = draft->person,
                              .target = draft->target,
                              .department = draft->department,
                              .purpose = draft->purpose,
                              .has_note = draft->body.note.size > 0,
                              .created_by = filed_by(turn),
                              .version = 1,
                              .body_version = 1,
                              .kind = REQUEST_REGISTER,
                              .status = STATUS_DRAFT,
                              .ended_from = DAY_NONE,
                              .due_day = DAY_NONE,
                              .times_count = draft->body.times_count,
                              .times = draft->body.times};
    struct line_slot *slot = memory_add_line(turn->state, &line);
    if (slot == NULL) {
        turn->out->failed = true;
        return NULL;
    }
    record->next_n++;
    record->lines++;
    rows_body(turn, line.id, 1, draft->body_row);
    rows_history(turn, line.id,
                 &(struct history){.at = turn->in->now.ms,
                                   .actor = turn->in->principal,
                                   .action = HISTORY_CREATE,
                                   .version = 1,
                                   .due_day = DAY_NONE});
    put_indexes(turn, &line, record->created_at);
    return slot;
}

static bool copy_begin(struct turn *turn)
{
    size_t room = COPY_ROOM;
    for (uint16_t i = 0; i < turn->in->u.file.lines_count; i++) {
        room += COPY_PER_LINE + 2 * turn->in->u.file.lines[i].body_row.size;
    }
    void *memory = effect_alloc(turn->out, room);
    struct writer *copy = effect_alloc(turn->out, sizeof *copy);
    if (memory == NULL || copy == NULL) {
        return false;
    }
    *copy = writer_on(memory, room);
    turn->copy = copy;
    return true;
}

bool case_create(struct turn *turn, const struct line_draft *drafts, uint16_t count, bool submit,
                 struct case_record *record)
{
    *record = (struct case_record){.id = take_number(turn),
                                   .version = 1,
                                   .created_by = filed_by(turn),
                                   .created_at = turn->in->now.ms,
                                   .next_n = 1};
    for (uint16_t i = 0; i < count; i++) {
        struct line_slot *slot = line_create(turn, record, &drafts[i]);
        if (slot == NULL) {
            return false;
        }
        if (submit) {
            submit_move(turn, slot, record->created_at); /* puts the line's row */
        } else {
            rows_line(turn, slot);
        }
    }
    if (turn->out->failed || memory_add_case(turn->state, record) == NULL) {
        turn->out->failed = true;
        return false;
    }
    rows_case(turn, record);
    return true;
}

void file_create(struct turn *turn)
{
    const struct msg *in = turn->in;
    CHECK(in->u.file.lines_count > 0 && in->u.file.lines_count <= LINES_MAX);
    if (in->u.file.submit && allow_role(&in->principal, VERB_CASE_SUBMIT) != ALLOWED) {
        answer(turn, OUTCOME_FORBIDDEN);
        return;
    }
    if (answered_before(turn)) {
        return;
    }
    struct problems *problems = turn_problems(turn);
    struct submit_line *asked =
        effect_alloc(turn->out, in->u.file.lines_count * sizeof(struct submit_line));
    if (problems == NULL || asked == NULL) {
        return;
    }
    for (uint16_t i = 0; i < in->u.file.lines_count; i++) {
        draft_judge(turn, &in->u.file.lines[i], i, problems);
        asked[i] =
            (struct submit_line){.place = i, .filing = draft_filing(turn, &in->u.file.lines[i], 0)};
    }
    if (in->u.file.submit && problems->count == 0) {
        submit_check(turn, asked, in->u.file.lines_count, problems);
    }
    if (problems->count > 0) {
        answer_problems(turn, problems);
        return;
    }
    if (!copy_begin(turn)) {
        return;
    }
    struct case_record record;
    if (!case_create(turn, in->u.file.lines, in->u.file.lines_count, in->u.file.submit, &record)) {
        return;
    }
    const struct writer *copy = turn->copy;
    turn->copy = NULL;
    CHECK(!copy->failed);
    rows_audit(turn, in->u.file.submit ? AUDIT_SUBMIT : AUDIT_FILE,
               (struct line_id){.in = record.id}, record.version, 0);
    rows_counts(turn);
    struct done_reply reply = {.status = 201, .made = record.id, .rows = writer_bytes(copy)};
    rows_request(turn, &reply, &in->request);
    answer_done(turn, OUTCOME_CREATED, &reply);
}

/* ---- PATCH of a case or a line, POST of a further line ---- */

/* The case exists and the caller may see it: a person one that holds a line of his. */
static bool case_visible(struct turn *turn, const struct case_slot *slot, enum verb verb)
{
    if (slot == NULL) {
        return false;
    }
    if (turn->in->principal.kind != PRINCIPAL_PERSON) {
        return may_touch(turn, verb, NULL);
    }
    struct line_id id = {.in = slot->record.id};
    for (id.n = 1; id.n < slot->record.next_n; id.n++) {
        const struct line_slot *line = memory_line(turn->state, id);
        if (line != NULL && may_touch(turn, verb, &line->state)) {
            return true;
        }
    }
    return false;
}

/* OUTCOME_OK, or why this edit is refused; a wrong state sets *status. */
static enum outcome edit_judge(struct turn *turn, const struct line_draft *draft,
                               enum request_status *status)
{
    if (draft->n == 0) {
        return OUTCOME_OK;
    }
    struct line_id id = {.in = turn->in->u.file.id, .n = draft->n};
    const struct line_slot *slot = memory_line(turn->state, id);
    if (slot == NULL || !may_touch(turn, VERB_CASE_FILE, &slot->state)) {
        return OUTCOME_NOT_FOUND;
    }
    if (slot->state.version != draft->version) {
        return OUTCOME_STALE;
    }
    if (!line_may(&slot->state, MOVE_EDIT)) {
        *status = slot->state.status;
        return OUTCOME_WRONG_STATE;
    }
    return OUTCOME_OK;
}

static bool edit_judge_all(struct turn *turn, const struct case_slot *slot)
{
    const struct msg *in = turn->in;
    if (!case_visible(turn, slot, VERB_CASE_FILE)) {
        answer(turn, OUTCOME_NOT_FOUND);
        return false;
    }
    if (!in->u.file.by_line && in->u.file.version != 0 &&
        slot->record.version != in->u.file.version) {
        answer(turn, OUTCOME_STALE);
        return false;
    }
    uint32_t added = 0;
    for (uint16_t i = 0; i < in->u.file.lines_count; i++) {
        enum request_status status = STATUS_DRAFT;
        enum outcome outcome = edit_judge(turn, &in->u.file.lines[i], &status);
        if (outcome == OUTCOME_WRONG_STATE) {
            answer_state(turn, status);
            return false;
        }
        if (outcome != OUTCOME_OK) {
            answer(turn, outcome);
            return false;
        }
        added += in->u.file.lines[i].n == 0 ? 1 : 0;
    }
    struct problems *problems = turn_problems(turn);
    if (problems == NULL) {
        return false;
    }
    if (slot->record.lines + added > LINES_MAX || slot->record.next_n + added > 1000) {
        problems_add(problems, CODE_TOO_LONG, "/lines");
    }
    for (uint16_t i = 0; i < in->u.file.lines_count; i++) {
        draft_judge(turn, &in->u.file.lines[i], i, problems);
    }
    if (problems->count > 0) {
        answer_problems(turn, problems);
    }
    return problems->count == 0;
}

static void line_edit(struct turn *turn, struct line_slot *slot, const struct line_draft *draft)
{
    struct line_state *line = &slot->state;
    if (line->person != draft->person) {
        struct row_key old = key_of_person_line(line->person, line->id);
        if (line->person != 0) {
            effect_erase(turn->out, TABLE_PERSON_LINE, row_key_bytes(&old));
        }
        if (!memory_set_person(turn->state, slot, draft->person)) {
            turn->out->failed = true;
            return;
        }
        const struct case_slot *in_case = memory_case(turn->state, line->id.in);
        CHECK(in_case != NULL);
        put_indexes(turn, line, in_case->record.created_at);
    }
    const struct time_rule *times =
        memory_times(turn->state, draft->body.times, draft->body.times_count);
    if (times == NULL && draft->body.times_count > 0) {
        turn->out->failed = true;
        return;
    }
    line->target = draft->target;
    line->department = draft->department;
    line->purpose = draft->purpose;
    line->has_note = draft->body.note.size > 0;
    line->times = times;
    line->times_count = draft->body.times_count;
    line->version++;
    line->body_version = line->version;
    rows_line(turn, slot);
    rows_body(turn, line->id, line->version, draft->body_row);
    rows_history(turn, line->id,
                 &(struct history){.at = turn->in->now.ms,
                                   .actor = turn->in->principal,
                                   .action = HISTORY_EDIT,
                                   .version = line->version,
                                   .due_day = DAY_NONE,
                                   .changes_count = draft->changes_count,
                                   .changes = draft->changes});
}

void file_edit(struct turn *turn)
{
    const struct msg *in = turn->in;
    if (answered_before(turn)) {
        return;
    }
    struct case_slot *slot = memory_case(turn->state, in->u.file.id);
    if (!edit_judge_all(turn, slot)) {
        return;
    }
    uint16_t touched = 0;
    bool added = false;
    for (uint16_t i = 0; i < in->u.file.lines_count; i++) {
        const struct line_draft *draft = &in->u.file.lines[i];
        struct line_id id = {.in = in->u.file.id, .n = draft->n};
        struct line_slot *line = NULL;
        if (draft->n == 0) {
            line = line_create(turn, &slot->record, draft);
            if (line != NULL) {
                rows_line(turn, line);
            }
            added = true;
        } else {
            line = memory_line(turn->state, id);
            line_edit(turn, line, draft);
        }
        if (turn->out->failed) {
            return;
        }
        touched = line->state.id.n;
    }
    touch_case(turn, slot);
    rows_audit(turn, AUDIT_EDIT, (struct line_id){.in = slot->record.id, .n = touched},
               slot->record.version, 0);
    rows_counts(turn);
    struct done_reply reply = {.status = added && in->u.file.by_line ? 201 : 200,
                               .made = slot->record.id,
                               .n = in->u.file.by_line ? touched : 0};
    rows_request(turn, &reply, &in->request);
    answer_done(turn, reply.status == 201 ? OUTCOME_CREATED : OUTCOME_OK, &reply);
}

/* ---- DELETE ---- */

static void line_delete(struct turn *turn, struct case_slot *in_case, struct line_slot *slot)
{
    struct line_id id = slot->state.id;
    rows_erase_line(turn, slot);
    rows_audit(turn, AUDIT_DELETE, id, slot->state.version, slot->state.person);
    memory_drop_line(turn->state, slot);
    CHECK(in_case->record.lines > 0);
    in_case->record.lines--;
}

/* A case without lines is no case; its number is not used again (I3). */
static void case_settle(struct turn *turn, struct case_slot *slot)
{
    if (slot->record.lines > 0) {
        touch_case(turn, slot);
        return;
    }
    struct row_key key = key_of_case(slot->record.id);
    effect_erase(turn->out, TABLE_CASE, row_key_bytes(&key));
    memory_drop_case(turn->state, slot);
}

void file_delete_case(struct turn *turn)
{
    const struct msg *in = turn->in;
    struct case_slot *slot = memory_case(turn->state, in->u.command.id.in);
    if (!case_visible(turn, slot, VERB_CASE_FILE)) {
        answer(turn, OUTCOME_NOT_FOUND);
        return;
    }
    if (slot->record.version != in->u.command.version) {
        answer(turn, OUTCOME_STALE);
        return;
    }
    struct line_id id = {.in = slot->record.id};
    for (id.n = 1; id.n < slot->record.next_n; id.n++) {
        const struct line_slot *line = memory_line(turn->state, id);
        if (line != NULL && may_touch(turn, VERB_CASE_FILE, &line->state) &&
            !line_may(&line->state, MOVE_DELETE)) {
            answer_state(turn, line->state.status);
            return;
        }
    }
    /* A person drops his own lines of it; the case goes with its last one. */
    for (id.n = 1; id.n < slot->record.next_n; id.n++) {
        struct line_slot *line = memory_line(turn->state, id);
        if (line != NULL && may_touch(turn, VERB_CASE_FILE, &line->state)) {
            line_delete(turn, slot, line);
        }
    }
    case_settle(turn, slot);
    rows_counts(turn);
    answer_done(turn, OUTCOME_DELETED, &(struct done_reply){.status = 204});
}

void file_delete_line(struct turn *turn)
{
    const struct msg *in = turn->in;
    struct line_slot *line = memory_line(turn->state, in->u.command.id);
    if (line == NULL || !may_touch(turn, VERB_CASE_FILE, &line->state)) {
        answer(turn, OUTCOME_NOT_FOUND);
        return;
    }
    if (line->state.version != in->u.command.version) {
        answer(turn, OUTCOME_STALE);
        return;
    }
    if (!line_may(&line->state, MOVE_DELETE)) {
        answer_state(turn, line->state.status);
        return;
    }
    struct case_slot *slot = memory_case(turn->state, in->u.command.id.in);
    CHECK(slot != NULL);
    line_delete(turn, slot, line);
    case_settle(turn, slot);
    rows_counts(turn);
    answer_done(turn, OUTCOME_DELETED, &(struct done_reply){.status = 204});
}
