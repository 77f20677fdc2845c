/* Institutions, staff, oneself (API 3): answered on the loop from its facts, no read. */
#include "base/check.h"
#include "model/codes.h"
#include "registry/search.h"
#include "web/api.h"
#include "web/line_json.h"
#include "web/list_query.h"
#include <stdio.h>

enum { SEARCH_LIMIT = 50, PAGE_LIMIT_MAX = 200, TOTAL_MAX = 10000 };

static void institution_put(yyjson_mut_doc *doc, yyjson_mut_val *object,
                            const struct institution *of)
{
    char code[INSTITUTION_CODE_SIZE + 1];
    institution_code_print(of->id, code);
    json_put_text(doc, object, "code", bytes_from_text(code));
    json_put_text(doc, object, "name", of->name);
    county_put(doc, object, "county", of->county);
    json_put_text(doc, object, "district",
                  of->district.size > 0 ? of->district : (struct bytes){0});
    json_put_text(doc, object, "address", of->address.size > 0 ? of->address : (struct bytes){0});
    json_put_text(doc, object, "phone", of->phone.size > 0 ? of->phone : (struct bytes){0});
    json_put_name(doc, object, "type", codes_institution_types[of->type].code);
    json_put_bool(doc, object, "medical", of->medical);
    json_put_name(doc, object, "status", place_status_name(of->status));
    json_put_date(doc, object, "status_from", of->status_from);
    json_put_int(doc, object, "version", of->version);
}

static bool search_read(struct exchange *x, struct search_query *query)
{
    struct bytes value;
    *query = (struct search_query){.type = SEARCH_ANY_TYPE, .day = taipei_day(x->now)};
    if (!exchange_query(x, "q", &query->text)) {
        (void)exchange_problem_at(x, "query_too_short", "q");
        return false;
    }
    if (exchange_query(x, "county", &value) && !county_parse(value, &query->county)) {
        (void)exchange_problem_at(x, "bad_query", "county");
        return false;
    }
    if (exchange_query(x, "type", &value)) {
        query->type = institution_type_find(value);
        if (query->type < 0) {
            (void)exchange_problem_at(x, "bad_query", "type");
            return false;
        }
    }
    if (exchange_query(x, "open", &value)) {
        bool yes = bytes_are_text(value, "true");
        if (!yes && !bytes_are_text(value, "false")) {
            (void)exchange_problem_at(x, "bad_query", "open");
            return false;
        }
        query->open = yes ? SEARCH_OPEN : SEARCH_NOT_OPEN;
    }
    return true;
}

/* Offset pages for short lists held in memory; a cursor is the offset it stands for. */
static bool page_read(struct exchange *x, int64_t *limit, int64_t *page, int64_t *offset)
{
    struct bytes value;
    bool has_cursor = exchange_query(x, "cursor", &value);
    struct bytes ignored;
    if (has_cursor && exchange_query(x, "page", &ignored)) {
        (void)exchange_problem_at(x, "bad_query", "page");
        return false;
    }
    if (!exchange_query_int(x, "limit", 1, PAGE_LIMIT_MAX, SEARCH_LIMIT, limit) ||
        !exchange_query_int(x, "page", 1, PAGE_LIMIT_MAX, 0, page) ||
        !exchange_query_int(x, "cursor", 0, INT32_MAX, 0, offset)) {
        return false;
    }
    if (*page > 0) {
        *offset = (*page - 1) * *limit;
    }
    return true;
}

static void page_put(yyjson_mut_doc *doc, yyjson_mut_val *root, int64_t next, int64_t page,
                     int64_t total)
{
    char cursor[24];
    (void)snprintf(cursor, sizeof cursor, "%lld", (long long)next);
    json_put_text(doc, root, "next_cursor",
                  next < total ? bytes_from_text(cursor) : (struct bytes){0});
    if (page == 0) {
        json_put_null(doc, root, "page");
    } else {
        json_put_int(doc, root, "page", page);
    }
    json_put_int(doc, root, "total", total < TOTAL_MAX ? total : TOTAL_MAX);
    json_put_bool(doc, root, "total_is_min", total > TOTAL_MAX); /* exact up to it (API 1) */
}

void api_institutions(struct exchange *x)
{
    struct search_query query;
    int64_t limit = 0;
    int64_t page = 0;
    int64_t offset = 0;
    uint64_t ids[SEARCH_LIMIT_MAX];
    size_t count = 0;
    size_t total = 0;
    if (!search_read(x, &query) || !page_read(x, &limit, &page, &offset)) {
        return;
    }
    enum err err =
        search_institutions(x->facts, &query, (size_t)offset, (size_t)limit, ids, &count, &total);
    if (err == ERR_BAD_INPUT) {
        (void)exchange_problem_at(x, "query_too_short", "q");
        return;
    }
    if (err != ERR_OK) {
        (void)exchange_problem_at(x, "bad_query", "q");
        return;
    }
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    yyjson_mut_val *items = json_put_array(doc, root, "items");
    for (size_t i = 0; i < count; i++) {
        institution_put(doc, json_add_object(doc, items), facts_institution(x->facts, ids[i]));
    }
    page_put(doc, root, offset + (int64_t)count, page, (int64_t)total);
    exchange_answer_json(x, 200, doc);
}

void api_institution(struct exchange *x)
{
    uint64_t id = 0;
    const struct institution *found =
        institution_code_parse(x->param[0], &id) ? facts_institution(x->facts, id) : NULL;
    if (found == NULL) {
        exchange_not_found(x);
        return;
    }
    yyjson_mut_doc *doc = json_new(x->arena);
    institution_put(doc, json_new_root(doc), found);
    exchange_etag(x, found->version);
    exchange_answer_json(x, 200, doc);
}

/* ---- people ---- */

static void person_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct person *of)
{
    char id[PERSON_ID_MAX];
    (void)person_id_print(of->id, id);
    const struct department *department = department_unpack(of->department);
    json_put_text(doc, object, "person_id", bytes_from_text(id));
    json_put_text(doc, object, "name", of->name);
    json_put_text(doc, object, "id_masked", of->id_masked);
    json_put_text(doc, object, "profession", bytes_of(&of->profession, 1));
    json_put_bool(doc, object, "main", of->main);
    json_put_name(doc, object, "department", department == NULL ? NULL : department->code);
    yyjson_mut_val *licence = json_put_object(doc, object, "licence");
    json_put_text(doc, licence, "word",
                  of->licence_word.size > 0 ? of->licence_word : (struct bytes){0});
    /* Where the number is the ID number it is shown masked (DOMAIN 5.3). */
    struct bytes number = of->licence_number_is_id ? of->id_masked : of->licence_number;
    json_put_text(doc, licence, "number", number.size > 0 ? number : (struct bytes){0});
    json_put_date(doc, licence, "from", of->licence_from);
    json_put_date(doc, licence, "to", of->licence_to);
    json_put_name(doc, object, "status", person_status_name(of->status));
    json_put_null(doc, object, "gate");
}

void api_staff(struct exchange *x)
{
    struct list_query query = {.x = x};
    struct bytes value;
    char profession = '\0';
    int64_t limit = 0;
    int64_t page = 0;
    int64_t offset = 0;
    if (!page_read(x, &limit, &page, &offset) || !list_text_read(x, &query)) {
        return;
    }
    if (exchange_query(x, "profession", &value)) {
        profession = value.size == 1 ? (char)value.data[0] : '?';
        if (profession_find(profession) == NULL) {
            (void)exchange_problem_at(x, "bad_query", "profession");
            return;
        }
    }
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    yyjson_mut_val *items = json_put_array(doc, root, "items");
    uint64_t home = x->principal.institution;
    size_t staff = facts_staff_count(x->facts, home);
    int64_t total = 0;
    for (size_t i = 0; i < staff; i++) {
        const struct person *person = facts_staff(x->facts, home, i);
        if ((profession != '\0' && person->profession != profession) ||
            !list_text_fits(&query, person->name)) {
            continue;
        }
        if (total >= offset && total < offset + limit) {
            person_put(doc, json_add_object(doc, items), person);
        }
        total++;
    }
    page_put(doc, root, offset + limit, page, total);
    exchange_answer_json(x, 200, doc);
}

void api_me(struct exchange *x)
{
    const struct person *self = facts_person(x->facts, x->principal.person);
    if (self == NULL) {
        exchange_not_found(x);
        return;
    }
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    struct line_show show = line_show_of(x, doc, NULL);
    person_put(doc, root, self);
    institution_put_short(&show, root, "home", self->home, false);
    exchange_answer_json(x, 200, doc);
}
