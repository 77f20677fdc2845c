/* The reviewer's side: queue, case, decisions (API 6). */
#include "base/check.h"
#include "base/sha256.h"
#include "model/line_rules.h"
#include "model/overlap.h"
#include "web/api.h"
#include "web/api_case.h"
#include "web/checks_json.h"
#include "web/list_query.h"
#include <string.h>

enum { DECISIONS_MAX = 500, REASON_MAX = 500, DOCUMENT_NO_MAX = 60, REMARKS_MAX = 50 };
enum { WEEK_MINUTES = 7 * MINUTES_PER_DAY, WEEKS_MAX = 200 };

/* ---- the queue ---- */

static void queue_item_put(const struct line_show *show, yyjson_mut_val *array,
                           const struct line_view *view)
{
    yyjson_mut_val *object = json_add_object(show->doc, array);
    const struct line_state *state = &view->state;
    line_put(show, object, view);
    day_end_put(show, object, "due_at", state->due_day);
    int64_t age_ms = show->now.ms - state->submitted_at;
    json_put_int(show->doc, object, "age_days",
                 state->submitted_at == 0 ? 0 : age_ms / (24 * 3600 * 1000));
    json_put_null(show->doc, object, "assignee");
    checks_put(show, object, view);
}

void api_review_queue(struct exchange *x, struct snapshot *snapshot)
{
    struct list_query *query = arena_alloc_zero(x->arena, sizeof *query);
    struct list_ask ask = {0};
    struct list_page page;
    struct bytes value;
    if (query == NULL) {
        (void)exchange_problem(x, "overloaded");
        return;
    }
    if (!list_query_read(x, query, &ask)) {
        return;
    }
    if (exchange_query(x, "overdue", &value)) {
        if (!bytes_are_text(value, "true") && !bytes_are_text(value, "false")) {
            (void)exchange_problem_at(x, "bad_query", "overdue");
            return;
        }
        query->overdue = bytes_are_text(value, "true");
    }
    if (exchange_query(x, "assignee", &value)) {
        query->nothing = true; /* nobody is assigned anything yet */
    }
    /* Under review by default, oldest due first; a question for others reads the county's list. */
    bool others = query->statuses != 0 && query->statuses != 1u << STATUS_UNDER_REVIEW;
    ask.of = others ? LIST_COUNTY : LIST_QUEUE;
    ask.county = x->principal.county;
    enum err err = list_query_run(query, snapshot, &ask, &page);
    if (err == ERR_BAD_INPUT) {
        (void)exchange_problem_at(x, "bad_query", "cursor");
        return;
    }
    if (!read_well(x, err)) {
        return;
    }
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    struct line_show show = line_show_of(x, doc, snapshot);
    yyjson_mut_val *items = json_put_array(doc, root, "items");
    for (uint32_t i = 0; i < page.count; i++) {
        queue_item_put(&show, items, &page.items[i]);
    }
    list_page_put(doc, root, &page, query->page);
    exchange_answer_json(x, 200, doc);
}

/* ---- one case ---- */

struct week {
    int32_t monday;
    int64_t minutes;
    uint32_t lines;
    uint32_t last_line; /* so that a line counts once a week */
};

static int32_t monday_of(int64_t local)
{
    int32_t day = (int32_t)(local / MINUTES_PER_DAY);
    return day - (weekday_of(day) - 1);
}

static struct week *week_of(struct week *weeks, uint32_t *count, int32_t monday)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (weeks[i].monday == monday) {
            return &weeks[i];
        }
    }
    if (*count == WEEKS_MAX) {
        return NULL;
    }
    weeks[*count] = (struct week){.monday = monday, .last_line = UINT32_MAX};
    return &weeks[(*count)++];
}

/* The weeks of this line, with the hours of all lines of the person in them (P40). */
static void hours_put(struct exchange *x, struct snapshot *snapshot, const struct line_show *show,
                      yyjson_mut_val *root, const struct line_view *view)
{
    yyjson_mut_val *array = json_put_array(show->doc, root, "hours");
    struct line_state *states = NULL;
    uint32_t count = 0;
    struct week *weeks = arena_array(x->arena, WEEKS_MAX, sizeof *weeks);
    uint32_t weeks_count = 0;
    if (weeks == NULL || query_person_states(snapshot, view->state.id.in.home, view->state.person,
                                             x->arena, &states, &count) != ERR_OK) {
        return;
    }
    for (uint16_t i = 0; i < view->state.times_count; i++) {
        struct occurrence_cursor cursor = occurrence_begin(&view->state.times[i]);
        struct occurrence occurrence;
        while (occurrence_next(&cursor, &occurrence)) {
            (void)week_of(weeks, &weeks_count, monday_of(occurrence.start));
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        bool counts = line_occupies(&states[i]) || line_id_equal(states[i].id, view->state.id);
        for (uint16_t k = 0; counts && k < states[i].times_count; k++) {
            struct occurrence_cursor cursor = occurrence_begin(&states[i].times[k]);
            struct occurrence occurrence;
            while (occurrence_next(&cursor, &occurrence)) {
                for (uint32_t w = 0; w < weeks_count; w++) {
                    struct week *week = &weeks[w];
                    int64_t from = (int64_t)week->monday * MINUTES_PER_DAY;
                    int64_t start = occurrence.start > from ? occurrence.start : from;
                    int64_t end =
                        occurrence.end < from + WEEK_MINUTES ? occurrence.end : from + WEEK_MINUTES;
                    if (start < end) {
                        week->minutes += end - start;
                        week->lines += week->last_line != i ? 1 : 0;
                        week->last_line = i;
                    }
                }
            }
        }
    }
    for (uint32_t i = 0; i < weeks_count; i++) {
        yyjson_mut_val *object = json_add_object(show->doc, array);
        json_put_date(show->doc, object, "week", weeks[i].monday);
        json_put_int(show->doc, object, "minutes", weeks[i].minutes);
        json_put_int(show->doc, object, "lines", weeks[i].lines);
    }
}

static void staff_left_put(const struct line_show *show, yyjson_mut_val *root,
                           const struct line_view *view)
{
    const struct person *person = facts_person(show->facts, view->state.person);
    if (person == NULL) {
        json_put_null(show->doc, root, "staff_left");
        return;
    }
    int64_t now = 0;
    int32_t today = taipei_day(show->now);
    size_t staff = facts_staff_count(show->facts, view->state.id.in.home);
    for (size_t i = 0; i < staff; i++) {
        const struct person *other = facts_staff(show->facts, view->state.id.in.home, i);
        now +=
            other->profession == person->profession && person_practising_on(other, today) ? 1 : 0;
    }
    yyjson_mut_val *object = json_put_object(show->doc, root, "staff_left");
    json_put_text(show->doc, object, "profession", bytes_of(&person->profession, 1));
    json_put_int(show->doc, object, "now", now);
    json_put_int(show->doc, object, "after", now > 0 ? now - 1 : 0);
}

void api_review_line(struct exchange *x, struct snapshot *snapshot)
{
    struct line_id id;
    struct line_view view;
    struct history *history = NULL;
    uint32_t history_count = 0;
    if (!line_param(x, &id) || !read_well(x, query_line(snapshot, id, x->arena, &view))) {
        return;
    }
    if (!line_visible(x, VERB_REVIEW_READ, &view.state)) {
        exchange_not_found(x);
        return;
    }
    if (!read_well(x, query_history(snapshot, id, x->arena, &history, &history_count))) {
        return;
    }
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    struct line_show show = line_show_of(x, doc, snapshot);
    line_put(&show, json_put_object(doc, root, "line"), &view);
    json_put_null(doc, root, "before"); /* a registration has nothing before it */
    line_put(&show, json_put_object(doc, root, "after"), &view);
    hours_put(x, snapshot, &show, root, &view);
    staff_left_put(&show, root, &view);
    yyjson_mut_val *array = json_put_array(doc, root, "history");
    for (uint32_t i = 0; i < history_count; i++) {
        history_put(&show, array, &history[i]);
    }
    checks_put(&show, root, &view);
    exchange_etag(x, view.state.version);
    exchange_answer_json(x, 200, doc);
}

/* ---- decisions: grouped by home, gathered here (DESIGN 7, 16) ---- */

enum { ITEMS_A_TURN = 64 };

struct deciding {
    uint16_t count;              /* items asked for */
    struct decision_item *items; /* as decoded; in the exchange's arena */
    char (*ids)[LINE_ID_MAX];
    enum decided *decided; /* by place */
    bool *settled;         /* by place: it went to its home, or was settled here */
    uint32_t *part;        /* by place: the letter that it went in, or EXCHANGE_PART_NONE */
    uint32_t parts;
};

/* A date, or an instant as answers show it: the day in Taipei that it lies in. */
static bool due_parse(struct bytes text, int32_t *day)
{
    int64_t utc = 0;
    if (date_parse(text, day)) {
        return true;
    }
    bool instant = text.size == sizeof "2026-12-01T08:00:00Z" - 1 && text.data[19] == 'Z' &&
                   text.data[16] == ':' && local_parse(bytes_slice(text, 0, 16), &utc);
    if (instant) {
        *day = taipei_day((struct wall){utc * 60000});
    }
    return instant;
}

static bool decision_read(struct exchange *x, struct json_object *object, struct deciding *deciding,
                          uint16_t place)
{
    struct decision_item *item = &deciding->items[place];
    struct bytes text = {0};
    int64_t version = 0;
    *item = (struct decision_item){.place = place, .due_day = DAY_NONE};
    deciding->decided[place] = DECIDED_DONE;
    enum json_got got = json_text(object, "line_id", LINE_ID_MAX, &text);
    if (json_required(object, "line_id", got)) {
        size_t size = text.size < LINE_ID_MAX - 1 ? text.size : LINE_ID_MAX - 1;
        memcpy(deciding->ids[place], text.data, size);
        if (!line_id_parse(text, &item->line)) {
            deciding->decided[place] = DECIDED_NOT_FOUND;
        }
    }
    if (json_required(object, "version", json_int(object, "version", 1, UINT32_MAX, &version))) {
        item->version = (uint32_t)version;
    }
    got = json_text(object, "decision", 16, &text);
    if (json_required(object, "decision", got)) {
        if (bytes_are_text(text, "approve")) {
            item->move = MOVE_APPROVE;
        } else if (bytes_are_text(text, "reject")) {
            item->move = MOVE_REJECT;
        } else if (bytes_are_text(text, "return")) {
            item->move = MOVE_RETURN;
        } else {
            (void)json_problem(object, CODE_BAD_TYPE, "decision");
        }
    }
    (void)json_text_lines(object, "reason", REASON_MAX, &item->reason);
    (void)json_text(object, "document_no", DOCUMENT_NO_MAX, &item->document_no);
    if (json_text(object, "due_at", INSTANT_MAX, &text) == JSON_GIVEN &&
        !due_parse(text, &item->due_day)) {
        (void)json_problem(object, CODE_BAD_DATE, "due_at");
    }
    struct json_array remarks;
    if (json_array(object, "remarks", REMARKS_MAX, &remarks) == JSON_GIVEN) {
        struct remark_on *list = arena_array(x->arena, remarks.count, sizeof *list);
        if (list == NULL && remarks.count > 0) {
            return false;
        }
        while (json_array_next(&remarks)) {
            struct json_object remark;
            if (!json_item_object(&remarks, &remark)) {
                continue;
            }
            struct remark_on *on = &list[item->remarks_count++];
            (void)json_required(&remark, "field", json_text(&remark, "field", 60, &on->field));
            (void)json_required(&remark, "text",
                                json_text_lines(&remark, "text", REASON_MAX, &on->text));
            json_object_end(&remark);
        }
        item->remarks = list;
    }
    json_object_end(object);
    return true;
}

/* Each item of a bulk call is remembered by (key, its place) (API 1). */
static struct digest item_key(const struct digest *key, uint16_t place)
{
    struct digest made = {0};
    if (digest_is_none(key)) {
        return made;
    }
    uint8_t input[sizeof key->bytes + 2];
    memcpy(input, key->bytes, sizeof key->bytes);
    input[sizeof key->bytes] = (uint8_t)(place >> 8);
    input[sizeof key->bytes + 1] = (uint8_t)place;
    uint8_t hash[SHA256_SIZE];
    sha256_of(bytes_of(input, sizeof input), hash);
    memcpy(made.bytes, hash, sizeof made.bytes);
    return made;
}

static bool item_copy(struct arena *arena, const struct decision_item *from,
                      struct decision_item *to)
{
    *to = *from;
    to->reason = arena_copy(arena, from->reason);
    to->document_no = arena_copy(arena, from->document_no);
    struct remark_on *remarks = arena_array(arena, from->remarks_count, sizeof *remarks);
    if (remarks == NULL && from->remarks_count > 0) {
        return false;
    }
    for (uint16_t i = 0; i < from->remarks_count; i++) {
        remarks[i].field = arena_copy(arena, from->remarks[i].field);
        remarks[i].text = arena_copy(arena, from->remarks[i].text);
    }
    to->remarks = remarks;
    return (to->reason.data != NULL || from->reason.size == 0) &&
           (to->document_no.data != NULL || from->document_no.size == 0);
}

static void decided_answer(struct exchange *x, const struct deciding *deciding)
{
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    int64_t done = 0;
    for (uint16_t i = 0; i < deciding->count; i++) {
        done += deciding->decided[i] == DECIDED_DONE ? 1 : 0;
    }
    json_put_int(doc, root, "done", done);
    yyjson_mut_val *failed = json_put_array(doc, root, "failed");
    for (uint16_t i = 0; i < deciding->count; i++) {
        if (deciding->decided[i] == DECIDED_DONE) {
            continue;
        }
        const char *code = decided_name(deciding->decided[i]);
        const char *message = reply_message(code, x->language);
        yyjson_mut_val *item = json_add_object(doc, failed);
        json_put_text(doc, item, "line_id", bytes_from_text(deciding->ids[i]));
        json_put_name(doc, item, "code", code);
        json_put_name(doc, item, "message", message == NULL ? code : message);
    }
    exchange_answer_json(x, 200, doc);
}

/* Takes what goes in the next letter: at most 64 items a turn (DESIGN 10), so a home with more gets
 * several. */
static void part_choose(struct deciding *deciding, uint64_t home)
{
    uint16_t count = 0;
    for (uint16_t i = 0; i < deciding->count && count < ITEMS_A_TURN; i++) {
        if (!deciding->settled[i] && deciding->items[i].line.in.home == home) {
            deciding->settled[i] = true;
            deciding->part[i] = deciding->parts;
            deciding->decided[i] = DECIDED_UNKNOWN; /* until its home has answered */
            count++;
        }
    }
}

static enum outcome part_send(struct exchange *x, const struct deciding *deciding, uint64_t home)
{
    struct letter *letter = exchange_part_letter(x, MSG_DECIDE, home_addr(home));
    if (letter == NULL) {
        return OUTCOME_OVERLOADED;
    }
    struct decision_item *items = arena_array(&letter->arena, ITEMS_A_TURN, sizeof *items);
    uint16_t count = 0;
    bool fits = items != NULL;
    for (uint16_t i = 0; fits && i < deciding->count; i++) {
        if (deciding->part[i] == deciding->parts) {
            fits = item_copy(&letter->arena, &deciding->items[i], &items[count]);
            items[count++].request = item_key(&x->key, i);
        }
    }
    if (!fits) {
        letter_free(letter); /* these items are told so; the others stand for themselves */
        return OUTCOME_OVERLOADED;
    }
    letter->msg.u.decide.items_count = count;
    letter->msg.u.decide.items = items;
    return exchange_send_part(x, letter);
}

/* The items of a letter have one fate. */
static void part_refused(struct deciding *deciding, uint32_t part)
{
    for (uint16_t i = 0; i < deciding->count; i++) {
        if (deciding->part[i] == part && deciding->decided[i] == DECIDED_UNKNOWN) {
            deciding->decided[i] = DECIDED_OVERLOADED;
            deciding->part[i] = EXCHANGE_PART_NONE;
        }
    }
}

/* All homes are asked at once; a home that takes nothing is told of its items alone, and a store
 * that takes nothing of the call. */
static void decide_all(struct exchange *x, struct deciding *deciding)
{
    enum outcome refused = OUTCOME_OK;
    for (uint16_t i = 0; i < deciding->count; i++) {
        if (deciding->settled[i]) {
            continue;
        }
        uint64_t home = deciding->items[i].line.in.home;
        part_choose(deciding, home);
        enum outcome outcome = part_send(x, deciding, home);
        if (outcome == OUTCOME_OK) {
            deciding->parts++;
        } else {
            part_refused(deciding, deciding->parts);
            refused = outcome;
        }
    }
    if (deciding->parts == 0 && refused == OUTCOME_READ_ONLY) {
        (void)exchange_problem(x, "read_only");
    } else if (deciding->parts == 0) {
        decided_answer(x, deciding);
    }
}

void api_review_decide(struct exchange *x)
{
    struct json json;
    struct problems problems;
    struct json_object root, object;
    struct json_array list;
    if (!exchange_json(x, &json, &problems, &root)) {
        return;
    }
    struct deciding *deciding = arena_alloc_zero(x->arena, sizeof *deciding);
    bool fits = deciding != NULL;
    enum json_got got = json_array(&root, "decisions", DECISIONS_MAX, &list);
    if (fits && json_required(&root, "decisions", got)) {
        deciding->items = arena_array(x->arena, list.count, sizeof *deciding->items);
        deciding->ids = arena_array(x->arena, list.count, sizeof *deciding->ids);
        deciding->decided = arena_array(x->arena, list.count, sizeof *deciding->decided);
        deciding->settled = arena_array(x->arena, list.count, sizeof *deciding->settled);
        deciding->part = arena_array(x->arena, list.count, sizeof *deciding->part);
        fits = list.count == 0 ||
               (deciding->items != NULL && deciding->ids != NULL && deciding->decided != NULL &&
                deciding->settled != NULL && deciding->part != NULL);
        while (fits && json_array_next(&list)) {
            if (json_item_object(&list, &object)) {
                fits = decision_read(x, &object, deciding, deciding->count);
                deciding->count++;
            }
        }
    }
    json_object_end(&root);
    if (!fits) {
        (void)exchange_problem(x, "overloaded");
        return;
    }
    if (!exchange_understood(x, &problems) || !exchange_sound(x, &problems)) {
        return;
    }
    for (uint16_t i = 0; i < deciding->count; i++) {
        uint64_t home = deciding->items[i].line.in.home;
        if (deciding->decided[i] == DECIDED_DONE && facts_institution(x->facts, home) == NULL) {
            deciding->decided[i] = DECIDED_NOT_FOUND;
        }
        deciding->settled[i] = deciding->decided[i] != DECIDED_DONE;
        deciding->part[i] = EXCHANGE_PART_NONE;
    }
    x->user = deciding;
    decide_all(x, deciding);
}

/* A home's answer, or its refusal, which is its items' (each stands for itself). */
void api_review_decided(struct exchange *x, enum outcome outcome, struct bytes body)
{
    struct deciding *deciding = x->user;
    if (outcome == OUTCOME_MISMATCH) { /* the key came with another body: so it did for all */
        exchange_refuse(x, outcome, body);
        return;
    }
    struct reader in = reader_of(body);
    struct decided_item item;
    while (outcome == OUTCOME_OK && decided_read(&in, &item)) {
        CHECK(item.place < deciding->count && deciding->part[item.place] == x->part);
        deciding->decided[item.place] = item.decided;
    }
    if (outcome != OUTCOME_OK && outcome != OUTCOME_UNKNOWN) {
        part_refused(deciding, x->part);
    }
    if (exchange_awaits(x) == 0) {
        decided_answer(x, deciding);
    }
}
