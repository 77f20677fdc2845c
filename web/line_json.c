#include "web/line_json.h"
#include "base/check.h"
#include "model/codes.h"
#include "model/line_rules.h"
#include "model/overlap.h"
#include "web/time_json.h"
#include <stdio.h>

struct line_show line_show_of(struct exchange *x, yyjson_mut_doc *doc, struct snapshot *snapshot)
{
    return (struct line_show){.doc = doc,
                              .facts = x->facts,
                              .now = x->now,
                              .language = x->language,
                              .principal = &x->principal,
                              .arena = x->arena,
                              .snapshot = snapshot,
                              .known = arena_alloc_zero(x->arena, sizeof(struct person_lines *))};
}

static uint32_t county_of(const struct facts *facts, uint64_t institution)
{
    const struct institution *found = facts_institution(facts, institution);
    return found == NULL ? 0 : found->county;
}

bool line_visible(const struct exchange *x, enum verb verb, const struct line_state *state)
{
    struct thing thing = {.home = state->id.in.home,
                          .home_county = county_of(x->facts, state->id.in.home),
                          .person = state->person};
    return allow_thing(&x->principal, verb, &thing) == ALLOWED;
}

bool home_visible(const struct exchange *x, enum verb verb, uint64_t home)
{
    struct thing thing = {.home = home, .home_county = county_of(x->facts, home)};
    return allow_thing(&x->principal, verb, &thing) == ALLOWED;
}

/* ---- parts ---- */

void county_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, uint32_t county)
{
    json_put_digits(doc, object, key, county, 5);
}

void institution_put_short(const struct line_show *show, yyjson_mut_val *object, const char *key,
                           uint64_t id, bool with_medical)
{
    const struct institution *found = facts_institution(show->facts, id);
    if (id == 0 || found == NULL) {
        json_put_null(show->doc, object, key);
        return;
    }
    char code[INSTITUTION_CODE_SIZE + 1];
    institution_code_print(id, code);
    yyjson_mut_val *value = json_put_object(show->doc, object, key);
    json_put_text(show->doc, value, "code", bytes_from_text(code));
    json_put_text(show->doc, value, "name", found->name);
    county_put(show->doc, value, "county", found->county);
    if (with_medical) {
        json_put_bool(show->doc, value, "medical", found->medical);
    }
}

void person_put_short(const struct line_show *show, yyjson_mut_val *object, uint64_t id)
{
    const struct person *found = facts_person(show->facts, id);
    if (id == 0 || found == NULL) {
        json_put_null(show->doc, object, "person");
        return;
    }
    char text[PERSON_ID_MAX];
    (void)person_id_print(id, text);
    yyjson_mut_val *value = json_put_object(show->doc, object, "person");
    json_put_text(show->doc, value, "person_id", bytes_from_text(text));
    json_put_text(show->doc, value, "name", found->name);
    json_put_text(show->doc, value, "id_masked", found->id_masked);
    json_put_text(show->doc, value, "profession", bytes_of(&found->profession, 1));
}

void times_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct time_rule *times,
               uint16_t count)
{
    yyjson_mut_val *array = json_put_array(doc, object, "times");
    for (uint16_t i = 0; i < count; i++) {
        yyjson_mut_val *time = time_to_json(doc, &times[i]);
        if (time != NULL) {
            (void)yyjson_mut_arr_append(array, time);
        }
    }
}

static void codes_put(const struct line_show *show, yyjson_mut_val *object,
                      const struct line_state *state)
{
    const struct department *department = department_unpack(state->department);
    json_put_name(show->doc, object, "department", department == NULL ? NULL : department->code);
    if (state->purpose == 0) {
        json_put_null(show->doc, object, "purpose");
    } else {
        json_put_digits(show->doc, object, "purpose", state->purpose, 2);
    }
}

/* The last minute of a day in Taipei, as an instant. */
void day_end_put(const struct line_show *show, yyjson_mut_val *object, const char *key, int32_t day)
{
    int64_t end = ((int64_t)day + 1) * MINUTES_PER_DAY * 60000 - TAIPEI_OFFSET_MS - 1000;
    json_put_instant(show->doc, object, key, end, day != DAY_NONE);
}

static void request_put(const struct line_show *show, yyjson_mut_val *object,
                        const struct line_view *view)
{
    const struct line_state *state = &view->state;
    const struct history *decision = view->has_decision ? &view->decision : NULL;
    bool open = state->status == STATUS_UNDER_REVIEW || state->status == STATUS_DRAFT;
    yyjson_mut_val *request = json_put_object(show->doc, object, "request");
    json_put_name(show->doc, request, "kind", request_kind_name(state->kind));
    json_put_name(show->doc, request, "status", request_status_name(state->status));
    json_put_instant(show->doc, request, "submitted_at", state->submitted_at,
                     state->submitted_at != 0 && state->status != STATUS_DRAFT);
    int32_t due =
        state->status == STATUS_RETURNED && decision != NULL ? decision->due_day : state->due_day;
    day_end_put(show, request, "due_at", due);
    json_put_instant(show->doc, request, "decided_at", state->decided_at,
                     state->decided_at != 0 && !open);
    bool told = decision != NULL && !open;
    bool has_reason = told && decision->reason.size > 0;
    bool has_number = told && decision->document_no.size > 0;
    json_put_text(show->doc, request, "reason", has_reason ? decision->reason : (struct bytes){0});
    yyjson_mut_val *remarks = json_put_array(show->doc, request, "remarks");
    for (uint16_t i = 0; told && i < decision->remarks_count; i++) {
        yyjson_mut_val *remark = json_add_object(show->doc, remarks);
        json_put_text(show->doc, remark, "field", decision->remarks[i].field);
        json_put_text(show->doc, remark, "text", decision->remarks[i].text);
    }
    json_put_text(show->doc, request, "document_no",
                  has_number ? decision->document_no : (struct bytes){0});
}

static void actions_put(const struct line_show *show, yyjson_mut_val *object,
                        const struct line_state *state)
{
    static const struct {
        const char *name;
        enum move move;
        enum verb verb;
    } actions[] = {
        {"edit", MOVE_EDIT, VERB_CASE_FILE},
        {"delete", MOVE_DELETE, VERB_CASE_FILE},
        {"submit", MOVE_SUBMIT, VERB_CASE_SUBMIT},
        {"withdraw", MOVE_WITHDRAW, VERB_CASE_SUBMIT},
    };
    struct thing thing = {.home = state->id.in.home,
                          .home_county = county_of(show->facts, state->id.in.home),
                          .person = state->person};
    yyjson_mut_val *array = json_put_array(show->doc, object, "actions");
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++) {
        if (line_may(state, actions[i].move) &&
            allow_role(show->principal, actions[i].verb) == ALLOWED &&
            allow_thing(show->principal, actions[i].verb, &thing) == ALLOWED) {
            json_add_text(show->doc, array, bytes_from_text(actions[i].name));
        }
    }
}

/* ---- problems of a draft ---- */

static bool person_lines_read(const struct line_show *show, struct person_lines *lines)
{
    if (query_person_states(show->snapshot, lines->home, lines->person, show->arena, &lines->states,
                            &lines->count) != ERR_OK) {
        return false;
    }
    overlap_init(&lines->taken, show->arena);
    for (uint32_t i = 0; i < lines->count; i++) {
        struct overlap_line line = {.line = i,
                                    .times_count = lines->states[i].times_count,
                                    .times = lines->states[i].times};
        if (line_occupies(&lines->states[i]) && !overlap_insert(&lines->taken, &line)) {
            return false;
        }
    }
    return true;
}

struct person_lines *person_lines_of(const struct line_show *show, uint64_t home, uint64_t person)
{
    if (show->known == NULL) {
        return NULL;
    }
    for (struct person_lines *lines = *show->known; lines != NULL; lines = lines->next) {
        if (lines->home == home && lines->person == person) {
            return lines;
        }
    }
    struct person_lines *lines = arena_alloc_zero(show->arena, sizeof *lines);
    if (lines == NULL) {
        return NULL;
    }
    lines->home = home;
    lines->person = person;
    if (!person_lines_read(show, lines)) {
        return NULL;
    }
    lines->next = *show->known;
    *show->known = lines;
    return lines;
}

static bool others_clash(struct person_lines *lines, const struct line_state *self,
                         struct overlap_clash *clash)
{
    uint32_t own = 0;
    while (own < lines->count && !line_id_equal(lines->states[own].id, self->id)) {
        own++;
    }
    /* A line in force with an open change does not stand in its own way. */
    bool removed = own < lines->count && overlap_remove(&lines->taken, own);
    bool found = overlap_find(&lines->taken, self->times, self->times_count, clash);
    if (removed) {
        struct overlap_line line = {.line = own,
                                    .times_count = lines->states[own].times_count,
                                    .times = lines->states[own].times};
        bool inserted = overlap_insert(&lines->taken, &line);
        CHECK(inserted); /* there was room for it */
    }
    return found;
}

static void overlap_problem(const struct line_show *show, const struct line_view *view,
                            const char *prefix, struct problems *problems)
{
    const struct line_state *self = &view->state;
    struct person_lines *lines = show->snapshot == NULL || self->person == 0
                                     ? NULL
                                     : person_lines_of(show, self->id.in.home, self->person);
    struct overlap_clash clash;
    if (lines == NULL || !others_clash(lines, self, &clash)) {
        return;
    }
    struct occurrence common = overlap_common(&clash);
    struct problem *problem =
        problems_add(problems, CODE_OVERLAPS_CASE, "%s/times/%u", prefix, clash.asked_time);
    problem->has_with = true;
    problem->with = lines->states[clash.line].id;
    problem->start = common.start;
    problem->end = common.end;
}

void line_problems(const struct line_show *show, const struct line_view *view, const char *prefix,
                   struct problems *problems)
{
    const struct line_state *state = &view->state;
    struct filing filing = {.home = state->id.in.home,
                            .person = state->person,
                            .target = state->target,
                            .department = state->department,
                            .purpose = state->purpose,
                            .has_note = state->has_note,
                            .attachments = state->attachments,
                            .times_count = state->times_count,
                            .times = state->times};
    line_rules_check(&filing, show->facts, show->now, prefix, problems);
    overlap_problem(show, view, prefix, problems);
}

static void problems_put(const struct line_show *show, yyjson_mut_val *object,
                         const struct line_view *view)
{
    yyjson_mut_val *array = json_put_array(show->doc, object, "problems");
    enum request_status status = view->state.status;
    if (status != STATUS_DRAFT && status != STATUS_RETURNED) {
        return;
    }
    struct problems problems;
    problems_init(&problems, show->arena);
    line_problems(show, view, "", &problems);
    for (uint32_t i = 0; i < problems.count; i++) {
        yyjson_mut_val *value = reply_problem_value(show->doc, show->language, &problems.items[i]);
        if (value != NULL) {
            (void)yyjson_mut_arr_append(array, value);
        }
    }
}

/* ---- the line ---- */

static void line_put_times(const struct line_show *show, yyjson_mut_val *object,
                           const struct line_view *view)
{
    const struct line_body *body = &view->body;
    times_put(show->doc, object, body->times, body->times_count);
    bool whole = true;
    for (uint16_t i = 0; i < body->times_count; i++) {
        whole = whole && time_is_whole(&body->times[i]);
    }
    int64_t first = LOCAL_NONE;
    int64_t last = LOCAL_NONE;
    bool span = whole && times_span(body->times, body->times_count, &first, &last);
    json_put_int(show->doc, object, "occurrences",
                 whole ? times_occurrences(body->times, body->times_count) : 0);
    json_put_local(show->doc, object, "first_at", span ? first : LOCAL_NONE);
    json_put_local(show->doc, object, "last_at", span ? last : LOCAL_NONE);
}

void line_put(const struct line_show *show, yyjson_mut_val *object, const struct line_view *view)
{
    const struct line_state *state = &view->state;
    yyjson_mut_doc *doc = show->doc;
    char id[LINE_ID_MAX];
    (void)line_id_print(state->id, id);
    json_put_text(doc, object, "line_id", bytes_from_text(id));
    person_put_short(show, object, state->person);
    institution_put_short(show, object, "home", state->id.in.home, false);
    institution_put_short(show, object, "target", state->target, true);
    codes_put(show, object, state);
    json_put_text(doc, object, "purpose_note",
                  view->body.note.size > 0 ? view->body.note : (struct bytes){0});
    line_put_times(show, object, view);
    json_put_text(doc, object, "remark",
                  view->body.remark.size > 0 ? view->body.remark : (struct bytes){0});
    (void)json_put_array(doc, object, "attachments");
    json_put_name(doc, object, "created_by", principal_kind_name(state->created_by));
    request_put(show, object, view);
    json_put_name(doc, object, "force", force_name(line_force(state, taipei_local(show->now))));
    json_put_null(doc, object, "pending_change");
    problems_put(show, object, view);
    json_put_name(doc, object, "consent", "not_needed");
    actions_put(show, object, state);
    yyjson_mut_val *nhi = json_put_object(doc, object, "nhi");
    json_put_name(doc, nhi, "status", state->registered ? "pending" : "none");
    json_put_null(doc, nhi, "sent_at");
    json_put_null(doc, nhi, "result_code");
    json_put_int(doc, object, "version", state->version);
}

uint32_t case_put(const struct line_show *show, struct exchange *x, yyjson_mut_val *object,
                  const struct case_view *view)
{
    char text[CASE_NO_MAX];
    (void)case_no_print(view->record.id, text);
    json_put_text(show->doc, object, "case_no", bytes_from_text(text));
    institution_put_short(show, object, "home", view->record.id.home, false);
    json_put_name(show->doc, object, "created_by", principal_kind_name(view->record.created_by));
    json_put_instant(show->doc, object, "created_at", view->record.created_at, true);
    json_put_int(show->doc, object, "version", view->record.version);
    yyjson_mut_val *lines = json_put_array(show->doc, object, "lines");
    uint32_t count = 0;
    for (uint16_t i = 0; i < view->count; i++) {
        if (line_visible(x, x->route->verb, &view->lines[i].state)) {
            line_put(show, json_add_object(show->doc, lines), &view->lines[i]);
            count++;
        }
    }
    return count;
}

/* ---- histories ---- */

static yyjson_mut_val *json_of_text(yyjson_mut_doc *doc, struct bytes text)
{
    /* Stored as JSON by the door that made the change. */
    yyjson_doc *parsed = yyjson_read((const char *)text.data, text.size, 0);
    yyjson_mut_val *value = parsed == NULL ? yyjson_mut_null(doc)
                                           : yyjson_val_mut_copy(doc, yyjson_doc_get_root(parsed));
    yyjson_doc_free(parsed);
    return value;
}

static void history_actor_put(const struct line_show *show, yyjson_mut_val *object,
                              const struct principal *actor)
{
    yyjson_mut_val *value = json_put_object(show->doc, object, "actor");
    const struct person *person = facts_person(show->facts, actor->person);
    const struct institution *place = facts_institution(show->facts, actor->institution);
    struct bytes name = bytes_from_text(actor->name);
    if (actor->kind == PRINCIPAL_PERSON) {
        name = person == NULL ? (struct bytes){0} : person->name;
    } else if (actor->kind == PRINCIPAL_INSTITUTION) {
        name = place == NULL ? (struct bytes){0} : place->name;
    }
    json_put_name(show->doc, value, "kind", principal_kind_name(actor->kind));
    json_put_text(show->doc, value, "name", name.size > 0 ? name : (struct bytes){0});
    if (place == NULL) {
        json_put_null(show->doc, value, "institution");
    } else {
        json_put_text(show->doc, value, "institution", place->name);
    }
}

void history_put(const struct line_show *show, yyjson_mut_val *array, const struct history *entry)
{
    yyjson_mut_val *object = json_add_object(show->doc, array);
    json_put_instant(show->doc, object, "at", entry->at, true);
    history_actor_put(show, object, &entry->actor);
    json_put_name(show->doc, object, "method", method_name(entry->actor.method));
    json_put_name(show->doc, object, "action", history_action_name(entry->action));
    json_put_int(show->doc, object, "version", entry->version);
    yyjson_mut_val *changes = json_put_array(show->doc, object, "changes");
    for (uint16_t i = 0; i < entry->changes_count; i++) {
        yyjson_mut_val *change = json_add_object(show->doc, changes);
        json_put_text(show->doc, change, "field", entry->changes[i].field);
        (void)yyjson_mut_obj_add_val(show->doc, change, "before",
                                     json_of_text(show->doc, entry->changes[i].before));
        (void)yyjson_mut_obj_add_val(show->doc, change, "after",
                                     json_of_text(show->doc, entry->changes[i].after));
    }
    json_put_text(show->doc, object, "reason",
                  entry->reason.size > 0 ? entry->reason : (struct bytes){0});
}
