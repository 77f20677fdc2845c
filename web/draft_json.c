#include "web/draft_json.h"
#include "base/check.h"
#include "model/codes.h"
#include "model/line_rules.h"
#include "web/line_json.h"
#include "web/time_json.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_LEEWAY = 4 };

/* ---- the members ---- */

static void read_person(const struct draft_ask *ask, struct json_object *object,
                        struct line_draft *draft)
{
    struct bytes text;
    enum json_got got = json_text(object, "person_id", PERSON_ID_MAX, &text);
    bool is_person = ask->x->principal.kind == PRINCIPAL_PERSON;
    if (is_person) {
        draft->person = ask->x->principal.person;
    }
    if (got == JSON_ABSENT && ask->base != NULL) {
        return;
    }
    if (got != JSON_GIVEN) {
        if (!is_person) {
            (void)json_required(object, "person_id", got);
        }
        return;
    }
    uint64_t id = 0;
    const struct person *person =
        person_id_parse(text, &id) ? facts_person(ask->x->facts, id) : NULL;
    if (person == NULL || person->home != ask->home ||
        (is_person && id != ask->x->principal.person)) {
        (void)json_problem(object, CODE_NOT_YOUR_STAFF, "person_id");
        return;
    }
    draft->given |= DRAFT_PERSON;
    draft->person = id;
}

static void read_target(const struct draft_ask *ask, struct json_object *object,
                        struct line_draft *draft)
{
    struct bytes text;
    enum json_got got = json_text(object, "target", INSTITUTION_CODE_SIZE + TEXT_LEEWAY, &text);
    if (got == JSON_ABSENT && ask->base != NULL) {
        return;
    }
    if (!json_required(object, "target", got)) {
        return;
    }
    uint64_t id = 0;
    if (!institution_code_parse(text, &id) || facts_institution(ask->x->facts, id) == NULL) {
        (void)json_problem(object, CODE_UNKNOWN_INSTITUTION, "target");
        return;
    }
    draft->given |= DRAFT_TARGET;
    draft->target = id;
}

static void read_codes(struct json_object *object, struct line_draft *draft)
{
    struct bytes text;
    enum json_got got = json_text(object, "department", TEXT_LEEWAY, &text);
    if (got == JSON_GIVEN || got == JSON_NULL) {
        const struct department *department = got == JSON_GIVEN ? department_find(text) : NULL;
        draft->given |= DRAFT_DEPARTMENT;
        draft->department = department == NULL ? 0 : department_pack(department);
        if (got == JSON_GIVEN && department == NULL) {
            (void)json_problem(object, CODE_UNKNOWN_DEPARTMENT, "department");
        }
    }
    got = json_text(object, "purpose", TEXT_LEEWAY, &text);
    if (got == JSON_GIVEN || got == JSON_NULL) {
        uint8_t code = 0;
        draft->given |= DRAFT_PURPOSE;
        if (got == JSON_GIVEN && (!purpose_parse(text, &code) || purpose_find(code) == NULL)) {
            (void)json_problem(object, CODE_UNKNOWN_PURPOSE, "purpose");
            code = 0;
        }
        draft->purpose = code;
    }
}

static bool read_text(const struct draft_ask *ask, struct json_object *object, const char *name,
                      size_t characters_max, enum draft_field field, struct line_draft *draft,
                      struct bytes *out)
{
    struct bytes text;
    enum json_got got = json_text_lines(object, name, characters_max, &text);
    if (got == JSON_NULL) {
        draft->given = (uint16_t)(draft->given | field);
        *out = (struct bytes){0};
    } else if (got == JSON_GIVEN) {
        draft->given = (uint16_t)(draft->given | field);
        *out = arena_copy(ask->memory, text);
        return out->data != NULL || text.size == 0;
    }
    return true;
}

/* ---- times ---- */

struct time_faults {
    const struct draft_ask *ask;
    const char *pointer; /* of the array */
    size_t index;
};

static enum code code_of(const char *name)
{
    for (int code = CODE_NONE + 1; code < CODE_COUNT; code++) {
        if (strcmp(code_name((enum code)code), name) == 0) {
            return (enum code)code;
        }
    }
    CHECK(false);
    return CODE_NONE;
}

/* What a draft may lack or have reversed is told by the rules when it is submitted. */
static void time_fault(void *self, const char *suffix, const char *name)
{
    struct time_faults *faults = self;
    enum code code = code_of(name);
    if (code == CODE_END_BEFORE_START || (code == CODE_REQUIRED && !faults->ask->preview)) {
        bool of_kind = strcmp(suffix, "/mode") == 0 || strcmp(suffix, "/rule/kind") == 0;
        if (!of_kind) {
            return;
        }
        code = CODE_BAD_RULE;
    }
    char field[FIELD_MAX];
    int size = snprintf(field, sizeof field, "%s/%zu%s", faults->pointer, faults->index, suffix);
    if (size < 0 || (size_t)size >= sizeof field) {
        /* A member's name is the client's: one too long for a pointer is named by its time. */
        (void)snprintf(field, sizeof field, "%s/%zu", faults->pointer, faults->index);
    }
    (void)problems_add(faults->ask->problems, code, "%s", field);
}

/* Ticked days count although their hours are missing: the row they go into is bounded by them. */
static uint32_t time_weight(const struct time_rule *time)
{
    CHECK(time != NULL);
    uint32_t days = 0;
    for (uint16_t i = 0; time->mode == TIME_DATES && i < time->runs_count; i++) {
        days += time->runs[i].count;
    }
    uint32_t count = occurrence_count(time, OCCURRENCES_MAX);
    return count > days ? count : days;
}

static bool read_times(const struct draft_ask *ask, struct json_object *object,
                       struct line_draft *draft)
{
    struct json_array array;
    enum json_got got = json_array(object, "times", TIMES_MAX, &array);
    if (got != JSON_GIVEN) {
        if (got == JSON_NULL) {
            draft->given |= DRAFT_TIMES;
            draft->body.times = NULL;
            draft->body.times_count = 0;
        }
        return true;
    }
    draft->given |= DRAFT_TIMES;
    struct time_rule *times = arena_array(ask->memory, array.count, sizeof *times);
    if (times == NULL && array.count > 0) {
        return false;
    }
    struct time_faults faults = {.ask = ask, .pointer = array.pointer};
    uint16_t count = 0;
    uint32_t total = 0;
    bool told = false;
    while (json_array_next(&array)) {
        faults.index = array.index;
        uint32_t before = ask->problems->count;
        if (!time_from_json(array.item, ask->memory, &times[count], time_fault, &faults)) {
            if (ask->problems->count == before) {
                return false; /* nothing was told: the arena is exhausted */
            }
            continue;
        }
        total += time_weight(&times[count]);
        if (total > OCCURRENCES_MAX && !told) {
            told = true;
            (void)json_item_problem(&array, CODE_TOO_MANY_OCCURRENCES);
        }
        count++;
    }
    draft->body.times = times;
    draft->body.times_count = count;
    return true;
}

/* ---- the whole ---- */

static bool draft_begin(const struct draft_ask *ask, struct line_draft *draft)
{
    *draft = (struct line_draft){0};
    if (ask->base == NULL) {
        return true;
    }
    const struct line_state *state = &ask->base->state;
    draft->person = state->person;
    draft->target = state->target;
    draft->department = state->department;
    draft->purpose = state->purpose;
    draft->n = state->id.n;
    draft->version = state->version;
    draft->body = ask->base->body;
    /* The base lies in the exchange's memory, the draft in the letter's. */
    draft->body.note = arena_copy(ask->memory, ask->base->body.note);
    draft->body.remark = arena_copy(ask->memory, ask->base->body.remark);
    size_t size = draft->body.times_count * sizeof(struct time_rule);
    struct time_rule *times = size == 0 ? NULL : arena_alloc(ask->memory, size);
    if (size > 0) {
        if (times == NULL) {
            return false;
        }
        memcpy(times, ask->base->body.times, size);
        for (uint16_t i = 0; i < draft->body.times_count; i++) {
            size_t runs = times[i].runs_count * sizeof(struct day_run);
            struct bytes copy = arena_copy(ask->memory, bytes_of(times[i].runs, runs));
            if (runs > 0 && copy.data == NULL) {
                return false;
            }
            times[i].runs = runs == 0 ? NULL : (const struct day_run *)(const void *)copy.data;
        }
    }
    draft->body.times = times;
    return true;
}

bool draft_read(const struct draft_ask *ask, struct json_object *object, struct line_draft *draft)
{
    if (!draft_begin(ask, draft)) {
        return false;
    }
    if (ask->takes_line_id) {
        struct bytes ignored;
        (void)json_text(object, "line_id", LINE_ID_MAX, &ignored);
    }
    read_person(ask, object, draft);
    read_target(ask, object, draft);
    read_codes(object, draft);
    bool fits =
        read_text(ask, object, "purpose_note", NOTE_MAX, DRAFT_NOTE, draft, &draft->body.note) &&
        read_text(ask, object, "remark", REMARK_MAX, DRAFT_REMARK, draft, &draft->body.remark) &&
        read_times(ask, object, draft);
    json_object_end(object);
    return fits;
}

struct filing draft_as_filing(const struct line_draft *draft, uint64_t home)
{
    return (struct filing){.home = home,
                           .person = draft->person,
                           .target = draft->target,
                           .department = draft->department,
                           .purpose = draft->purpose,
                           .has_note = draft->body.note.size > 0,
                           .times_count = draft->body.times_count,
                           .times = draft->body.times};
}

/* ---- what changed ---- */

/* A line's editable members as one JSON object, to compare member by member. */
static yyjson_mut_val *shape_of(yyjson_mut_doc *doc, const struct line_draft *draft)
{
    yyjson_mut_val *object = yyjson_mut_obj(doc);
    char text[64];
    (void)person_id_print(draft->person, text);
    json_put_text(doc, object, "person_id",
                  draft->person == 0 ? (struct bytes){0} : bytes_from_text(text));
    char code[INSTITUTION_CODE_SIZE + 1];
    institution_code_print(draft->target, code);
    json_put_text(doc, object, "target",
                  draft->target == 0 ? (struct bytes){0} : bytes_from_text(code));
    const struct department *department = department_unpack(draft->department);
    json_put_name(doc, object, "department", department == NULL ? NULL : department->code);
    if (draft->purpose == 0) {
        json_put_null(doc, object, "purpose");
    } else {
        json_put_digits(doc, object, "purpose", draft->purpose, 2);
    }
    json_put_text(doc, object, "purpose_note",
                  draft->body.note.size > 0 ? draft->body.note : (struct bytes){0});
    times_put(doc, object, draft->body.times, draft->body.times_count);
    json_put_text(doc, object, "remark",
                  draft->body.remark.size > 0 ? draft->body.remark : (struct bytes){0});
    return object;
}

static struct bytes json_text_of(const struct draft_ask *ask, yyjson_mut_val *value)
{
    size_t size = 0;
    char *text = yyjson_mut_val_write(value, 0, &size);
    struct bytes copy =
        text == NULL ? (struct bytes){0} : arena_copy(ask->memory, bytes_of(text, size));
    free(text);
    return copy;
}

static bool draft_changes(const struct draft_ask *ask, struct line_draft *draft)
{
    static const char *const members[] = {"person_id",    "target", "department", "purpose",
                                          "purpose_note", "times",  "remark"};
    struct history_change *changes =
        arena_array(ask->memory, ARRAY_COUNT(members), sizeof *changes);
    yyjson_mut_doc *doc = json_new(ask->x->arena);
    if (changes == NULL || doc == NULL) {
        return false;
    }
    const struct line_state *state = &ask->base->state;
    struct line_draft before = {.person = state->person,
                                .target = state->target,
                                .department = state->department,
                                .purpose = state->purpose,
                                .body = ask->base->body};
    yyjson_mut_val *old = shape_of(doc, &before);
    yyjson_mut_val *new = shape_of(doc, draft);
    for (size_t i = 0; i < ARRAY_COUNT(members); i++) {
        yyjson_mut_val *was = yyjson_mut_obj_get(old, members[i]);
        yyjson_mut_val *is = yyjson_mut_obj_get(new, members[i]);
        if (yyjson_mut_equals(was, is)) {
            continue;
        }
        struct history_change *change = &changes[draft->changes_count++];
        change->field = bytes_from_text(members[i]); /* constant */
        change->before = json_text_of(ask, was);
        change->after = json_text_of(ask, is);
        if (change->before.data == NULL || change->after.data == NULL) {
            return false;
        }
    }
    draft->changes = changes;
    return true;
}

bool draft_seal(const struct draft_ask *ask, struct line_draft *draft)
{
    draft->body_row = line_body_row(&draft->body, ask->memory);
    return draft->body_row.data != NULL && (ask->base == NULL || draft_changes(ask, draft));
}
