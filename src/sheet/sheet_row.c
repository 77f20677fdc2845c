/* A row -> a draft, and what the rules of filing say of it. */
#include "model/codes.h"
#include "model/line_rules.h"
#include "model/text.h"
#include "sheet/sheet_map_private.h"
#include <string.h>

#define PREFIX "/lines/0"

struct cell_fault *row_fault(struct row_reading *row, enum form_field field, enum code code,
                             enum fault_why why)
{
    row->told |= FIELD_BIT(field);
    return map_fault(row->map, row->line, field, code, why, &row->full);
}

/* The person or place that a column's text was found to mean; NULL: not yet. */
static const void *thing_known(const struct row_reading *row, enum form_field field)
{
    const struct memo *known = memo_find(row->memo, field, row->cells[field]);
    return known == NULL ? NULL : known->value.thing;
}

static void thing_keep(struct row_reading *row, enum form_field field, const void *thing)
{
    struct memo *kept = memo_keep(row->memo, field, row->cells[field]);
    if (kept != NULL)
        kept->value.thing = thing;
}

/* The name given beside what was found by its number; true: it is to be compared. */
static bool name_read(struct row_reading *row, enum form_field field, const void *thing,
                      struct bytes *name)
{
    if (thing == NULL || thing_known(row, field) != thing)
        return value_text(row, field, name) && thing != NULL;
    *name = sheet_trim(row->cells[field]->text);
    return false;
}

static void name_compare(struct row_reading *row, enum form_field field, const void *thing,
                         struct bytes given, struct bytes registered, enum fault_why why)
{
    const struct sheet_registry *registry = row->ask->registry;
    if (registry->same_name(registry->self, given, registered))
        thing_keep(row, field, thing);
    else
        row_fault(row, field, CODE_NAME_MISMATCH, why);
}

/* ---- the person ---- */

/* The number in front of a name, as the drop-down of staff offers it. */
static size_t id_size(const struct folded *text)
{
    size_t size = 0;
    while (size < text->count && text->points[size] < 0x80)
        size++;
    return size == ID_NO_SIZE ? size : text->count;
}

/* A letter where only a digit can stand, or the reverse: O and 0, I (l) and 1. 0: none. */
static uint16_t lookalike_at(const char id_no[ID_NO_SIZE])
{
    if (id_no[0] == '0' || id_no[0] == '1')
        return 1;
    for (uint16_t i = 1; i < ID_NO_SIZE; i++)
        if (id_no[i] == 'O' || id_no[i] == 'I' || id_no[i] == 'L')
            return (uint16_t)(i + 1);
    return 0;
}

static bool id_form_fits(const char id_no[ID_NO_SIZE])
{
    bool fits = id_no[0] >= 'A' && id_no[0] <= 'Z' && strchr("1289ABCD", id_no[1]) != NULL;
    for (size_t i = 2; i < ID_NO_SIZE; i++)
        fits = fits && id_no[i] >= '0' && id_no[i] <= '9';
    return fits;
}

static void id_no_refuse(struct row_reading *row, const char id_no[ID_NO_SIZE])
{
    uint16_t at = lookalike_at(id_no);
    if (at != 0)
        row_fault(row, FORM_ID_NO, CODE_BAD_ID_NO, WHY_ID_LOOKALIKE)->number = at;
    else
        row_fault(row, FORM_ID_NO, CODE_BAD_ID_NO,
                  id_form_fits(id_no) ? WHY_ID_CHECK : WHY_ID_FORM);
}

static const struct person *person_find(struct row_reading *row, const struct folded *text)
{
    const struct sheet_ask *ask = row->ask;
    char id_no[ID_NO_SIZE + 1];
    struct folded number = *text;
    number.count = id_size(text);
    if (!number.fits || number.count != ID_NO_SIZE) {
        row_fault(row, FORM_ID_NO, CODE_BAD_ID_NO, WHY_ID_SIZE);
        return NULL;
    }
    if (!folded_ascii(&number, id_no, sizeof id_no)) {
        row_fault(row, FORM_ID_NO, CODE_BAD_ID_NO, WHY_ID_FORM);
        return NULL;
    }
    if (id_no_check(bytes_of(id_no, ID_NO_SIZE)) == ID_NO_INVALID) {
        id_no_refuse(row, id_no);
        return NULL;
    }
    const struct person *person =
        ask->registry->person(ask->registry->self, bytes_of(id_no, ID_NO_SIZE));
    if (person != NULL && person->home == ask->home &&
        (ask->person == 0 || ask->person == person->id))
        return person;
    row_fault(row, FORM_ID_NO, CODE_NOT_YOUR_STAFF, WHY_CODE);
    return NULL;
}

/* The name behind the number, in the same cell. */
static bool name_behind_fits(struct row_reading *row, const struct person *person,
                             const struct folded *text)
{
    struct bytes rest = sheet_trim(row->cells[FORM_ID_NO]->text);
    uint32_t c;
    if (text->count == ID_NO_SIZE)
        return true;
    for (size_t taken = 0; taken < ID_NO_SIZE && text_next(&rest, &c);)
        taken += !sheet_is_blank(c);
    const struct sheet_registry *registry = row->ask->registry;
    return registry->same_name(registry->self, sheet_trim(rest), person->name);
}

static void who_read(struct row_reading *row)
{
    struct value_code code;
    const struct person *person = thing_known(row, FORM_ID_NO);
    struct bytes *name = &row->line->person_name;
    bool known = person != NULL;
    if (!known && value_code(row, FORM_ID_NO, &code))
        person = person_find(row, &code.text);
    bool named = name_read(row, FORM_PERSON_NAME, person, name);
    if (person == NULL)
        return;
    row->line->draft.person = person->id;
    row->line->draft.given |= DRAFT_PERSON;
    if (!known && name_behind_fits(row, person, &code.text))
        thing_keep(row, FORM_ID_NO, person);
    else if (!known)
        row_fault(row, FORM_ID_NO, CODE_NAME_MISMATCH, WHY_CODE);
    if (named)
        name_compare(row, FORM_PERSON_NAME, person, *name, person->name, WHY_CODE);
}

/* ---- the place ---- */

/* Near matches cost a look through the whole index: a few a file, and each value once. */
static void near_find(struct row_reading *row, struct cell_fault *fault, const char *code)
{
    struct sheet_map *map = row->map;
    const struct sheet_registry *registry = row->ask->registry;
    for (uint32_t i = 0; i < map->faults_count; i++) {
        const struct cell_fault *other = &map->faults[i];
        if (other == fault || other->code != CODE_UNKNOWN_INSTITUTION ||
            !bytes_equal(other->value, fault->value))
            continue;
        fault->near_count = other->near_count;
        memcpy(fault->near, other->near, sizeof fault->near);
        return;
    }
    if (map->near_asked == NEAR_PLACES_MAX)
        return;
    map->near_asked++;
    fault->near_count = (uint8_t)registry->near_places(registry->self, bytes_from_text(code),
                                                       fault->near, FAULT_NEAR_MAX);
}

/* A number cell has no zeros in front; a code always has ten characters. Where text may have been a
 * number (CSV), a lost digit elsewhere looks the same: there the check digit must agree. */
static bool zeros_restore(const struct value_code *code, char text[INSTITUTION_CODE_SIZE + 1],
                          bool untyped)
{
    char whole[INSTITUTION_CODE_SIZE + 1];
    size_t lost = INSTITUTION_CODE_SIZE - code->text.count;
    memset(whole, '0', lost);
    memcpy(whole + lost, text, code->text.count + 1);
    if (untyped && !institution_code_check_digit_fits(bytes_of(whole, INSTITUTION_CODE_SIZE)))
        return false;
    memcpy(text, whole, sizeof whole);
    return true;
}

static const struct institution *place_find(struct row_reading *row, const struct value_code *code)
{
    char text[FOLDED_MAX + 1];
    uint64_t id;
    struct bytes whole = {0};
    enum fault_why why = WHY_PLACE_FORM;
    if (folded_ascii(&code->text, text, sizeof text)) {
        bool restored = code->is_number && code->text.count < INSTITUTION_CODE_SIZE &&
                        zeros_restore(code, text, row->map->cells->untyped);
        whole = bytes_of(text, restored ? INSTITUTION_CODE_SIZE : code->text.count);
        if (institution_code_parse(whole, &id)) {
            const struct institution *place = facts_institution(row->ask->facts, id);
            if (place != NULL)
                return place;
            why = institution_code_check_digit_fits(whole) ? WHY_CODE : WHY_PLACE_CHECK;
        }
    }
    struct cell_fault *fault = row_fault(row, FORM_TARGET, CODE_UNKNOWN_INSTITUTION, why);
    if (whole.size > 0)
        near_find(row, fault, text);
    return NULL;
}

static void where_read(struct row_reading *row)
{
    struct value_code code;
    const struct institution *place = thing_known(row, FORM_TARGET);
    struct bytes *name = &row->line->place_name;
    if (place == NULL && value_code(row, FORM_TARGET, &code)) {
        place = place_find(row, &code);
        if (place != NULL)
            thing_keep(row, FORM_TARGET, place);
    }
    bool named = name_read(row, FORM_TARGET_NAME, place, name);
    if (place == NULL)
        return;
    row->line->draft.target = place->id;
    row->line->draft.given |= DRAFT_TARGET;
    if (named)
        name_compare(row, FORM_TARGET_NAME, place, *name, place->name, WHY_PLACE_NAME);
}

/* ---- the time ---- */

static void continuous_read(struct row_reading *row, struct time_rule *time)
{
    int32_t from = value_date(row, FORM_FROM_DATE);
    uint16_t start = value_time(row, FORM_START_TIME);
    int32_t to = value_date(row, FORM_TO_DATE);
    uint16_t end = value_time(row, FORM_END_TIME);
    *time = (struct time_rule){.mode = TIME_CONTINUOUS,
                               .start = LOCAL_NONE,
                               .end = LOCAL_NONE,
                               .from = DAY_NONE,
                               .to = DAY_NONE};
    if (from != DAY_NONE && start != MINUTE_NONE)
        time->start = (int64_t)from * MINUTES_PER_DAY + start;
    if (to != DAY_NONE && end != MINUTE_NONE) {
        time->end = (int64_t)to * MINUTES_PER_DAY + end;
        time->until = end == MINUTES_PER_DAY ? MINUTES_PER_DAY : 0;
    }
}

static void recurring_read(struct row_reading *row, struct time_rule *time)
{
    *time = (struct time_rule){
        .mode = TIME_RECURRING, .start = LOCAL_NONE, .end = LOCAL_NONE, .runs = NULL};
    time->from = value_date(row, FORM_FROM_DATE);
    time->to = value_date(row, FORM_TO_DATE);
    value_rule(row, time);
    time->at = value_time(row, FORM_START_TIME);
    time->until = value_time(row, FORM_END_TIME);
}

/* ---- the whole ---- */

static void texts_read(struct row_reading *row)
{
    struct line_draft *draft = &row->line->draft;
    const struct purpose *purpose = draft->purpose == 0 ? NULL : purpose_find(draft->purpose);
    draft->body.remark = value_remark(row);
    if (draft->body.remark.size == 0)
        return;
    draft->given |= DRAFT_REMARK;
    if (purpose == NULL || !purpose->note_required)
        return;
    /* The remark is the note too (DOMAIN 6.1). */
    if (text_points(draft->body.remark) > NOTE_MAX) {
        row_fault(row, FORM_REMARK, CODE_TOO_LONG, WHY_NOTE_LONG);
        return;
    }
    draft->body.note = draft->body.remark;
    draft->given |= DRAFT_NOTE;
}

static void draft_read(struct row_reading *row)
{
    struct line_draft *draft = &row->line->draft;
    who_read(row);
    where_read(row);
    draft->department = value_department(row);
    draft->purpose = value_purpose(row);
    if (draft->department != 0)
        draft->given |= DRAFT_DEPARTMENT;
    if (draft->purpose != 0)
        draft->given |= DRAFT_PURPOSE;
    if (row->map->kind == FORM_GENERAL)
        continuous_read(row, row->time);
    else
        recurring_read(row, row->time);
    texts_read(row);
    draft->body.times = row->time;
    draft->body.times_count = 1;
    draft->given |= DRAFT_TIMES;
}

static void finding_tell(struct row_reading *row, const struct problem *problem, uint32_t told)
{
    struct fault_place place = fault_place_of(row->map->kind, problem->field + strlen(PREFIX));
    enum fault_why why = WHY_CODE;
    if ((told & place.of) != 0)
        return; /* an echo of what the cell's own fault says */
    if (problem->code == CODE_BAD_RULE)
        why = WHY_NO_SUCH_DAY;
    else if (problem->code == CODE_REQUIRED && place.at == FORM_REMARK)
        why = WHY_NOTE_EMPTY;
    bool same_day = row->time->start / MINUTES_PER_DAY == row->time->end / MINUTES_PER_DAY;
    if (problem->code == CODE_END_BEFORE_START && row->map->kind == FORM_GENERAL && same_day)
        place.at = FORM_END_TIME;
    row_fault(row, place.at, problem->code, why);
}

static void rules_apply(struct row_reading *row)
{
    const struct line_draft *draft = &row->line->draft;
    struct filing filing = {.home = row->ask->home,
                            .person = draft->person,
                            .target = draft->target,
                            .department = draft->department,
                            .purpose = draft->purpose,
                            .has_note = draft->body.note.size > 0,
                            .times_count = draft->body.times_count,
                            .times = draft->body.times};
    struct problems found;
    uint32_t told = row->told;
    problems_init(&found, row->map->arena);
    line_rules_check(&filing, row->ask->facts, row->ask->now, PREFIX, &found);
    row->full = row->full || found.truncated;
    for (uint32_t i = 0; i < found.count; i++)
        if (found.items[i].code != CODE_ATTACHMENT_REQUIRED)
            finding_tell(row, &found.items[i], told);
}

/* The row of the body, made once, here (draft.h). */
static void draft_seal(struct row_reading *row)
{
    struct line_draft *draft = &row->line->draft;
    draft->body_row = line_body_row(&draft->body, row->map->arena);
    row->full = row->full || draft->body_row.data == NULL;
}

static void cells_quote(struct row_reading *row)
{
    static const enum form_field fields[QUOTED_COUNT] = {
        [QUOTED_START] = FORM_FROM_DATE,
        [QUOTED_TARGET] = FORM_TARGET,
        [QUOTED_DEPARTMENT] = FORM_DEPARTMENT,
        [QUOTED_PURPOSE] = FORM_PURPOSE,
    };
    for (int i = 0; i < QUOTED_COUNT; i++)
        if (row->cells[fields[i]] != NULL)
            row->line->quoted[i] = row->cells[fields[i]]->text;
}

void row_take(struct row_reading *row)
{
    cells_quote(row);
    draft_read(row);
    rules_apply(row);
    if (row->line->faults == 0)
        draft_seal(row);
}
