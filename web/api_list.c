/* GET /lines with filters and pages, /lines/counts (API 4.4). */
#include "registry/facts_build.h"
#include "web/api.h"
#include "web/api_case.h"
#include "web/list_query.h"

/* The list a caller sees: his home's, his own, his county's. */
void list_scope(const struct exchange *x, struct list_ask *ask)
{
    if (x->principal.kind == PRINCIPAL_PERSON) {
        const struct person *person = facts_person(x->facts, x->principal.person);
        ask->of = LIST_PERSON;
        ask->home = person == NULL ? 0 : person->home;
        ask->person = x->principal.person;
    } else if (x->principal.kind == PRINCIPAL_BUREAU) {
        ask->of = LIST_COUNTY;
        ask->county = x->principal.county;
    } else {
        ask->of = LIST_HOME;
        ask->home = x->principal.institution;
    }
}

void api_lines(struct exchange *x, struct snapshot *snapshot)
{
    struct list_query *query = arena_alloc_zero(x->arena, sizeof *query);
    struct list_ask ask = {0};
    struct list_page page;
    if (query == NULL) {
        (void)exchange_problem(x, "overloaded");
        return;
    }
    if (!list_query_read(x, query, &ask)) {
        return;
    }
    list_scope(x, &ask);
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
        line_put(&show, json_add_object(doc, items), &page.items[i]);
    }
    list_page_put(doc, root, &page, query->page);
    exchange_answer_json(x, 200, doc);
}

static enum err counts_of_person(struct snapshot *snapshot, const struct list_ask *ask,
                                 struct arena *arena, uint32_t counts[6])
{
    struct line_state *states = NULL;
    uint32_t count = 0;
    enum err err = query_person_states(snapshot, ask->home, ask->person, arena, &states, &count);
    for (uint32_t i = 0; err == ERR_OK && i < count; i++) {
        counts[states[i].status]++;
    }
    return err;
}

/* Of a county: the sum over its institutions, each exact. */
static enum err counts_of_county(struct exchange *x, struct snapshot *snapshot, uint32_t counts[6])
{
    size_t homes = facts_institution_count(x->facts);
    for (size_t i = 0; i < homes; i++) {
        uint32_t of_home[6];
        const struct institution *home = facts_institution_at(x->facts, i);
        if (home->county != x->principal.county) {
            continue;
        }
        enum err err = query_counts(snapshot, home->id, of_home);
        if (err != ERR_OK) {
            return err;
        }
        for (int status = STATUS_DRAFT; status <= STATUS_RETURNED; status++) {
            counts[status] += of_home[status];
        }
    }
    return ERR_OK;
}

void api_lines_counts(struct exchange *x, struct snapshot *snapshot)
{
    struct list_ask ask = {0};
    uint32_t counts[6] = {0};
    list_scope(x, &ask);
    enum err err = ask.of == LIST_HOME     ? query_counts(snapshot, ask.home, counts)
                   : ask.of == LIST_PERSON ? counts_of_person(snapshot, &ask, x->arena, counts)
                                           : counts_of_county(x, snapshot, counts);
    if (!read_well(x, err)) {
        return;
    }
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    uint32_t total = 0;
    for (int status = STATUS_DRAFT; status <= STATUS_RETURNED; status++) {
        json_put_int(doc, root, request_status_name((enum request_status)status), counts[status]);
        total += counts[status];
    }
    json_put_int(doc, root, "total", total);
    exchange_answer_json(x, 200, doc);
}
