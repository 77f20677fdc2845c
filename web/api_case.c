/* POST /cases (API 4.2), and what all requests of a case begin with. */
#include "web/api_case.h"
#include "web/api.h"
#include "web/near_json.h"
#include <string.h>

struct addr home_addr(uint64_t home)
{
    return (struct addr){ACTOR_INSTITUTION, home};
}

struct case_work *case_work_of(struct exchange *x)
{
    if (x->user == NULL) {
        x->user = arena_alloc_zero(x->arena, sizeof(struct case_work));
    }
    if (x->user == NULL) {
        (void)exchange_problem(x, "overloaded");
    }
    return x->user;
}

bool case_param(struct exchange *x, struct case_id *id)
{
    if (!case_no_parse(x->param[0], id)) {
        exchange_not_found(x);
        return false;
    }
    return true;
}

bool line_param(struct exchange *x, struct line_id *id)
{
    if (!line_id_parse(x->param[0], id)) {
        exchange_not_found(x);
        return false;
    }
    return true;
}

bool read_well(struct exchange *x, enum err err)
{
    if (err == ERR_NOT_FOUND) {
        exchange_not_found(x);
    } else if (err != ERR_OK) {
        (void)exchange_problem(x, "overloaded");
    }
    return err == ERR_OK;
}

/* ---- filing ---- */

/* Where a caller files: an institution at itself, a person at his present home. */
static uint64_t filing_home(const struct exchange *x)
{
    if (x->principal.kind != PRINCIPAL_PERSON) {
        return x->principal.institution;
    }
    const struct person *person = facts_person(x->facts, x->principal.person);
    return person == NULL ? 0 : person->home;
}

/* With `submit`, the rules' findings stand beside the faults of form: all at once (API 1). */
static void add_rules(struct exchange *x, const struct line_draft *drafts, uint16_t count,
                      uint64_t home, struct problems *problems)
{
    struct problems found;
    problems_init(&found, x->arena);
    for (uint16_t i = 0; i < count; i++) {
        struct filing filing = draft_as_filing(&drafts[i], home);
        char prefix[FIELD_MAX];
        struct writer out = writer_on(prefix, sizeof prefix - 1);
        write_text(&out, "/lines/");
        write_decimal(&out, i);
        prefix[out.size] = '\0';
        line_rules_check(&filing, x->facts, x->now, prefix, &found);
    }
    uint32_t told = problems->count;
    for (uint32_t i = 0; i < found.count; i++) {
        bool known = false;
        for (uint32_t k = 0; k < told && !known; k++) {
            size_t size = strlen(problems->items[k].field);
            known = strncmp(problems->items[k].field, found.items[i].field, size) == 0;
        }
        if (!known) {
            *problems_add(problems, found.items[i].code, "%s", found.items[i].field) =
                found.items[i];
        }
    }
}

void api_case_create(struct exchange *x)
{
    struct json json;
    struct problems problems;
    struct json_object root, line;
    struct json_array lines;
    uint64_t home = filing_home(x);
    if (!exchange_json(x, &json, &problems, &root)) {
        return;
    }
    if (home == 0) {
        (void)exchange_problem(x, "forbidden"); /* a person whose registration has ended */
        return;
    }
    struct letter *letter = exchange_letter(x, MSG_CASE_CREATE, home_addr(home));
    if (letter == NULL) {
        return;
    }
    struct draft_ask ask = {.x = x, .memory = &letter->arena, .problems = &problems, .home = home};
    struct line_draft *drafts = NULL;
    uint16_t count = 0;
    bool submit = false;
    bool fits = true;
    (void)json_bool(&root, "submit", &submit);
    if (submit && allow_role(&x->principal, VERB_CASE_SUBMIT) != ALLOWED) {
        exchange_letter_free(x, letter); /* to file is one right, to submit another (API 8) */
        (void)exchange_problem(x, "forbidden");
        return;
    }
    enum json_got got = json_array(&root, "lines", LINES_MAX, &lines);
    if (json_required(&root, "lines", got)) {
        if (lines.count == 0) {
            (void)json_problem(&root, CODE_REQUIRED, "lines");
        }
        drafts = arena_array(&letter->arena, lines.count, sizeof *drafts);
        fits = drafts != NULL || lines.count == 0;
        while (fits && json_array_next(&lines)) {
            if (json_item_object(&lines, &line)) {
                fits = draft_read(&ask, &line, &drafts[count]);
                count++;
            }
        }
    }
    json_object_end(&root);
    if (fits && submit && problems.count > 0 && drafts != NULL) {
        add_rules(x, drafts, count, home, &problems);
    }
    if (!exchange_understood(x, &problems)) {
        exchange_letter_free(x, letter);
        return;
    }
    if (!exchange_sound(x, &problems)) {
        near_put(x, &json);
        exchange_letter_free(x, letter);
        return;
    }
    for (uint16_t i = 0; fits && i < count; i++) {
        fits = draft_seal(&ask, &drafts[i]);
    }
    if (!fits) {
        exchange_letter_free(x, letter);
        (void)exchange_problem(x, "overloaded");
        return;
    }
    letter->msg.u.file.submit = submit;
    letter->msg.u.file.lines_count = count;
    letter->msg.u.file.lines = drafts;
    exchange_send(x, letter);
}
