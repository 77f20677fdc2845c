#include "web/list_query.h"
#include "base/check.h"
#include "model/codes.h"
#include "registry/fold.h"
#include "web/line_json.h"

enum {
    Q_CHARACTERS_MAX = 12,
    FOLDED_MAX = 256,
    LIMIT_DEFAULT = 50,
    LIMIT_MAX = 200,
    PAGE_MAX = 200
};

static bool refuse(struct exchange *x, const char *name)
{
    (void)exchange_problem_at(x, "bad_query", name);
    return false;
}

/* Several values of one filter, parted by commas, into a set of bits. */
static bool read_set(struct exchange *x, const char *name,
                     bool (*parse)(struct bytes text, uint32_t *bit), uint32_t *set)
{
    struct bytes value;
    if (!exchange_query(x, name, &value)) {
        return true;
    }
    size_t from = 0;
    for (size_t i = 0; i <= value.size; i++) {
        if (i < value.size && value.data[i] != ',') {
            continue;
        }
        uint32_t bit = 0;
        if (!parse(bytes_slice(value, from, i - from), &bit)) {
            return refuse(x, name);
        }
        *set |= 1u << bit;
        from = i + 1;
    }
    return true;
}

static bool parse_status(struct bytes text, uint32_t *bit)
{
    enum request_status status;
    bool known = request_status_parse(text, &status);
    *bit = known ? (uint32_t)status : 0;
    return known;
}

static bool parse_kind(struct bytes text, uint32_t *bit)
{
    enum request_kind kind;
    bool known = request_kind_parse(text, &kind);
    *bit = known ? (uint32_t)kind : 0;
    return known;
}

static bool parse_force(struct bytes text, uint32_t *bit)
{
    enum force force;
    bool known = force_parse(text, &force);
    *bit = known ? (uint32_t)force : 0;
    return known;
}

static bool read_date(struct exchange *x, const char *name, int32_t *day)
{
    struct bytes value;
    *day = DAY_NONE;
    return !exchange_query(x, name, &value) || date_parse(value, day) || refuse(x, name);
}

static bool read_things(struct exchange *x, struct list_query *query)
{
    struct bytes value;
    /* An id that names nobody fits no line; 0 is nobody's, and means "any" below. */
    if (exchange_query(x, "person_id", &value) &&
        (!person_id_parse(value, &query->person) || query->person == 0)) {
        query->nothing = true;
    }
    if (exchange_query(x, "target", &value) &&
        (!institution_code_parse(value, &query->target) || query->target == 0)) {
        query->nothing = true;
    }
    if (exchange_query(x, "county", &value) && !county_parse(value, &query->county)) {
        return refuse(x, "county");
    }
    if (exchange_query(x, "created_by", &value)) {
        if (!bytes_are_text(value, "person") && !bytes_are_text(value, "institution")) {
            return refuse(x, "created_by");
        }
        query->created_by =
            bytes_are_text(value, "person") ? PRINCIPAL_PERSON : PRINCIPAL_INSTITUTION;
    }
    return read_date(x, "from", &query->from) && read_date(x, "to", &query->to) &&
           read_date(x, "submitted_from", &query->submitted_from) &&
           read_date(x, "submitted_to", &query->submitted_to);
}

bool list_text_read(struct exchange *x, struct list_query *query)
{
    struct bytes value;
    if (!exchange_query(x, "q", &value)) {
        return true;
    }
    query->q = arena_array(x->arena, FOLDED_MAX, sizeof *query->q);
    if (query->q == NULL) {
        (void)exchange_problem(x, "overloaded");
        return false;
    }
    size_t characters = 0;
    for (size_t i = 0; i < value.size; i++) {
        characters += (value.data[i] & 0xc0) != 0x80 ? 1 : 0;
    }
    /* A whole case number or line id is text to look for too, longer than a name's piece. */
    struct case_id id;
    struct line_id line;
    bool number = case_no_parse(value, &id) || line_id_parse(value, &line);
    if (characters > Q_CHARACTERS_MAX && !number) {
        return refuse(x, "q");
    }
    query->q_count = fold_text(value, query->q, FOLDED_MAX);
    return true;
}

/* ---- judging ---- */

bool list_text_fits(const struct list_query *query, struct bytes text)
{
    if (query->q_count == 0) {
        return true;
    }
    uint32_t folded[FOLDED_MAX];
    size_t count = fold_text(text, folded, FOLDED_MAX);
    for (size_t i = 0; i + query->q_count <= count; i++) {
        size_t same = 0;
        while (same < query->q_count && ((folded[i + same] ^ query->q[same]) & FOLD_POINT) == 0) {
            same++;
        }
        if (same == query->q_count) {
            return true;
        }
    }
    return false;
}

static bool fits_text(const struct list_query *query, const struct line_state *state)
{
    if (query->q_count == 0) {
        return true;
    }
    char id[LINE_ID_MAX];
    (void)line_id_print(state->id, id);
    const struct person *person = facts_person(query->x->facts, state->person);
    const struct institution *target = facts_institution(query->x->facts, state->target);
    const struct institution *home = facts_institution(query->x->facts, state->id.in.home);
    char code[INSTITUTION_CODE_SIZE + 1];
    institution_code_print(state->target, code);
    return list_text_fits(query, bytes_from_text(id)) ||
           (person != NULL && list_text_fits(query, person->name)) ||
           (target != NULL && (list_text_fits(query, target->name) ||
                               list_text_fits(query, bytes_from_text(code)))) ||
           (home != NULL && query->x->principal.kind == PRINCIPAL_BUREAU &&
            list_text_fits(query, home->name));
}

static bool fits_span(const struct list_query *query, const struct line_state *state)
{
    if (query->from == DAY_NONE && query->to == DAY_NONE) {
        return true;
    }
    int64_t first = 0;
    int64_t last = 0;
    return line_span(state, &first, &last) &&
           (query->from == DAY_NONE || last > (int64_t)query->from * MINUTES_PER_DAY) &&
           (query->to == DAY_NONE || first < ((int64_t)query->to + 1) * MINUTES_PER_DAY);
}

static bool fits_submitted(const struct list_query *query, const struct line_state *state)
{
    if (query->submitted_from == DAY_NONE && query->submitted_to == DAY_NONE) {
        return true;
    }
    int32_t day = taipei_day((struct wall){state->submitted_at});
    return state->submitted_at != 0 &&
           (query->submitted_from == DAY_NONE || day >= query->submitted_from) &&
           (query->submitted_to == DAY_NONE || day <= query->submitted_to);
}

static bool list_accepts(void *self, const struct line_state *state)
{
    const struct list_query *query = self;
    const struct exchange *x = query->x;
    if (query->nothing || !line_visible(x, VERB_CASE_READ, state)) {
        return false;
    }
    if ((query->statuses != 0 && (query->statuses >> state->status & 1) == 0) ||
        (query->kinds != 0 && (query->kinds >> state->kind & 1) == 0) ||
        (query->person != 0 && state->person != query->person) ||
        (query->target != 0 && state->target != query->target) ||
        (query->created_by != PRINCIPAL_NONE && state->created_by != query->created_by)) {
        return false;
    }
    if (query->forces != 0 && (query->forces >> line_force(state, taipei_local(x->now)) & 1) == 0) {
        return false;
    }
    if (query->county != 0) {
        const struct institution *target = facts_institution(x->facts, state->target);
        if (target == NULL || target->county != query->county) {
            return false;
        }
    }
    if (query->overdue && (state->due_day == DAY_NONE || state->due_day >= taipei_day(x->now))) {
        return false;
    }
    return fits_span(query, state) && fits_submitted(query, state) && fits_text(query, state);
}

bool list_query_read(struct exchange *x, struct list_query *query, struct list_ask *ask)
{
    int64_t limit = 0;
    int64_t page = 0;
    struct bytes value;
    query->x = x;
    bool has_cursor = exchange_query(x, "cursor", &ask->cursor);
    if (!has_cursor) {
        ask->cursor = (struct bytes){0};
    }
    if (has_cursor && (ask->cursor.size == 0 || exchange_query(x, "page", &value))) {
        return refuse(x, "cursor");
    }
    if (!exchange_query_int(x, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT, &limit) ||
        !exchange_query_int(x, "page", 1, PAGE_MAX, 0, &page)) {
        return false;
    }
    if (!read_set(x, "status", parse_status, &query->statuses) ||
        !read_set(x, "kind", parse_kind, &query->kinds) ||
        !read_set(x, "force", parse_force, &query->forces) || !read_things(x, query) ||
        !list_text_read(x, query)) {
        return false;
    }
    query->page = (uint32_t)page;
    ask->accept = list_accepts;
    ask->self = query;
    ask->limit = (uint32_t)limit;
    ask->skip = page > 1 ? (uint32_t)((page - 1) * limit) : 0;
    return true;
}

static bool list_accepts_home(void *self, uint64_t home)
{
    struct list_query *query = self;
    if (query->home != home) {
        query->home = home;
        query->home_visible = home_visible(query->x, VERB_CASE_READ, home);
    }
    return query->home_visible;
}

/* Does nothing count but whose line it is? A person's is his, not his home's. */
static bool is_by_home(const struct list_query *query, const struct list_ask *ask)
{
    uint32_t all = ask->of == LIST_QUEUE ? 1u << STATUS_UNDER_REVIEW : 0;
    return query->x->principal.kind != PRINCIPAL_PERSON && !query->nothing && !query->overdue &&
           (query->statuses == 0 || query->statuses == all) && query->kinds == 0 &&
           query->forces == 0 && query->person == 0 && query->target == 0 && query->county == 0 &&
           query->created_by == PRINCIPAL_NONE && query->from == DAY_NONE &&
           query->to == DAY_NONE && query->submitted_from == DAY_NONE &&
           query->submitted_to == DAY_NONE && query->q_count == 0;
}

enum err list_query_run(struct list_query *query, struct snapshot *snapshot, struct list_ask *ask,
                        struct list_page *page)
{
    ask->accept_home = is_by_home(query, ask) ? list_accepts_home : NULL;
    return query_lines(snapshot, ask, query->x->arena, page);
}

void list_page_put(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct list_page *page,
                   uint32_t asked)
{
    json_put_text(doc, root, "next_cursor",
                  page->next_cursor[0] == '\0' ? (struct bytes){0}
                                               : bytes_from_text(page->next_cursor));
    if (asked == 0) {
        json_put_null(doc, root, "page");
    } else {
        json_put_int(doc, root, "page", asked);
    }
    json_put_int(doc, root, "total", page->total);
    json_put_bool(doc, root, "total_is_min", page->total_is_min);
}
