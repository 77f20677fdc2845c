/* POST /cases, GET|PATCH|DELETE /cases/{no}, POST /cases/{no}/submit, /lines (API 4.2). */
#include "web/api_case.h"
#include "base/check.h"
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

/* ---- showing ---- */

static bool case_visible(struct exchange *x, const struct case_view *view)
{
    if (x->principal.kind != PRINCIPAL_PERSON) {
        return home_visible(x, x->route->verb, view->record.id.home);
    }
    for (uint16_t i = 0; i < view->count; i++) {
        if (line_visible(x, x->route->verb, &view->lines[i].state)) {
            return true;
        }
    }
    return false;
}

static void case_answer(struct exchange *x, struct snapshot *snapshot, const struct case_view *view,
                        uint16_t status)
{
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    struct line_show show = line_show_of(x, doc, snapshot);
    (void)case_put(&show, x, root, view);
    exchange_etag(x, view->record.version);
    exchange_answer_json(x, status, doc);
}

void case_show(struct exchange *x, struct snapshot *snapshot)
{
    struct case_work *work = case_work_of(x);
    struct case_view view;
    if (work == NULL || !read_well(x, query_case(snapshot, work->id, x->arena, &view))) {
        return;
    }
    if (!case_visible(x, &view)) {
        exchange_not_found(x);
        return;
    }
    case_answer(x, snapshot, &view, work->status == 0 ? 200 : work->status);
}

void api_case_get(struct exchange *x, struct snapshot *snapshot)
{
    struct case_work *work = case_work_of(x);
    if (work != NULL && case_param(x, &work->id)) {
        work->status = 200;
        case_show(x, snapshot);
    }
}

/* A case of one's own, for a command: 404 before anything else. */
void api_case_find(struct exchange *x, struct snapshot *snapshot)
{
    struct case_work *work = case_work_of(x);
    if (work == NULL || !case_param(x, &work->id) ||
        !read_well(x, query_case(snapshot, work->id, x->arena, &work->view))) {
        return;
    }
    if (!case_visible(x, &work->view)) {
        exchange_not_found(x);
    }
}

static void location_put(struct exchange *x, const struct case_work *work)
{
    char text[sizeof "/api/v1/lines/" + LINE_ID_MAX];
    struct writer out = writer_on(text, sizeof text);
    char id[LINE_ID_MAX];
    if (work->line.n != 0) {
        write_text(&out, "/api/v1/lines/");
        (void)line_id_print(work->line, id);
    } else {
        write_text(&out, "/api/v1/cases/");
        (void)case_no_print(work->id, id);
    }
    write_text(&out, id);
    exchange_header(x, "Location", writer_bytes(&out));
}

/* Common to all commands: true if the work holds what was made or touched. */
static bool done_taken(struct exchange *x, enum outcome outcome, struct bytes body,
                       struct done_reply *done)
{
    if (outcome == OUTCOME_WRONG_STATE) {
        enum request_status status =
            body.size == 1 ? (enum request_status)body.data[0] : STATUS_UNDER_REVIEW;
        exchange_wrong_state(x, request_status_name(status));
        return false;
    }
    if (outcome != OUTCOME_OK && outcome != OUTCOME_CREATED && outcome != OUTCOME_DELETED) {
        exchange_refuse(x, outcome, body);
        return false;
    }
    struct case_work *work = case_work_of(x);
    bool read = done_reply_read(body, done);
    CHECK(read);
    if (work == NULL) {
        return false;
    }
    work->id = done->made;
    work->line = (struct line_id){.in = done->made, .n = done->n};
    work->status = done->status;
    if (done->replay) {
        exchange_header_text(x, "Idempotent-Replay", "true");
    }
    return true;
}

/* ---- the fast path of POST /cases: shown from the rows in the reply, without a read ---- */

/* Memory for 300 views would be 2 MiB to clear, for one line mostly. */
static uint32_t lines_among(struct bytes rows)
{
    struct reader in = reader_of(rows);
    struct payload_row row;
    uint32_t lines = 0;
    while (payload_row_read(&in, &row)) {
        lines += row.table == TABLE_LINE;
    }
    return lines < LINES_MAX ? lines : LINES_MAX;
}

static bool rows_to_view(struct exchange *x, struct bytes rows, struct case_view *view)
{
    struct reader in = reader_of(rows);
    struct payload_row row;
    uint32_t lines = lines_among(rows);
    view->lines = arena_array(x->arena, lines, sizeof *view->lines);
    view->count = 0;
    bool sound = view->lines != NULL && lines > 0;
    while (sound && payload_row_read(&in, &row)) {
        struct line_id id;
        uint8_t part = 0;
        uint32_t version = 0;
        struct bytes value = arena_copy(x->arena, row.value);
        struct line_view *line = &view->lines[view->count];
        sound = value.data != NULL || row.value.size == 0;
        if (!sound) {
            break;
        }
        if (row.table == TABLE_CASE) {
            sound = key_read_case(row.key, &view->record.id) &&
                    case_read(value, &view->record) == ERR_OK;
        } else if (row.table == TABLE_BODY) {
            sound = view->count < lines && key_read_versioned(row.key, &id, &version, &part) &&
                    line_body_read(value, x->arena, &line->body) == ERR_OK;
        } else if (row.table == TABLE_LINE) {
            /* A line's body row comes before its state's. */
            sound = view->count < lines && key_read_line(row.key, &id, &part) &&
                    line_state_read(value, x->arena, &line->state) == ERR_OK;
            view->count++;
        }
    }
    return sound && !in.failed && view->record.version > 0;
}

void api_case_created(struct exchange *x, enum outcome outcome, struct bytes body)
{
    struct done_reply done;
    if (!done_taken(x, outcome, body, &done)) {
        return;
    }
    struct case_work *work = case_work_of(x);
    location_put(x, work);
    struct case_view view = {0};
    if (done.rows.size == 0 || !rows_to_view(x, done.rows, &view) || view.count == 0 ||
        view.lines[0].state.status == STATUS_DRAFT) {
        exchange_read_again(x, case_show); /* a draft's problems need the person's other lines */
        return;
    }
    case_answer(x, NULL, &view, 201);
}

void case_render(struct exchange *x, enum outcome outcome, struct bytes body)
{
    struct done_reply done;
    if (!done_taken(x, outcome, body, &done)) {
        return;
    }
    if (outcome == OUTCOME_DELETED) {
        exchange_answer_json(x, 204, NULL);
        return;
    }
    exchange_read_again(x, case_show);
}

void line_render(struct exchange *x, enum outcome outcome, struct bytes body)
{
    struct done_reply done;
    if (!done_taken(x, outcome, body, &done)) {
        return;
    }
    if (outcome == OUTCOME_DELETED) {
        exchange_answer_json(x, 204, NULL);
        return;
    }
    if (outcome == OUTCOME_CREATED) {
        location_put(x, case_work_of(x));
    }
    exchange_read_again(x, line_show_one);
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

/* ---- changing ---- */

static const struct line_view *view_line(const struct case_view *view, const struct exchange *x,
                                         uint16_t n)
{
    for (uint16_t i = 0; i < view->count; i++) {
        if (view->lines[i].state.id.n == n &&
            line_visible(x, VERB_CASE_FILE, &view->lines[i].state)) {
            return &view->lines[i];
        }
    }
    return NULL;
}

/* The line that an item of PATCH names: by its whole line_id, of this case. */
static bool edit_names(struct exchange *x, const struct case_work *work, struct json_object *object,
                       const struct line_view **base)
{
    struct bytes text;
    struct line_id id;
    *base = NULL;
    enum json_got got = json_text(object, "line_id", LINE_ID_MAX, &text);
    if (got != JSON_GIVEN) {
        return true; /* an addition */
    }
    if (line_id_parse(text, &id) && case_id_equal(id.in, work->id)) {
        *base = view_line(&work->view, x, id.n);
    }
    return *base != NULL;
}

void api_case_edit(struct exchange *x)
{
    struct case_work *work = x->user;
    struct json json;
    struct problems problems;
    struct json_object root, line;
    struct json_array lines;
    if (!exchange_json(x, &json, &problems, &root)) {
        return;
    }
    struct letter *letter = exchange_letter(x, MSG_CASE_EDIT, home_addr(work->id.home));
    if (letter == NULL) {
        return;
    }
    struct draft_ask ask = {.x = x,
                            .memory = &letter->arena,
                            .problems = &problems,
                            .home = work->id.home,
                            .takes_line_id = true};
    struct line_draft *drafts = NULL;
    uint16_t count = 0;
    bool fits = true;
    bool known = true;
    enum json_got got = json_array(&root, "lines", LINES_MAX, &lines);
    if (json_required(&root, "lines", got)) {
        if (lines.count == 0) {
            (void)json_problem(&root, CODE_REQUIRED, "lines");
        }
        drafts = arena_array(&letter->arena, lines.count, sizeof *drafts);
        fits = drafts != NULL || lines.count == 0;
        while (fits && json_array_next(&lines)) {
            if (!json_item_object(&lines, &line)) {
                continue;
            }
            bool named = edit_names(x, work, &line, &ask.base);
            known = known && named;
            for (uint16_t k = 0; k < count && ask.base != NULL; k++) {
                if (drafts[k].n == ask.base->state.id.n) {
                    (void)json_problem(&line, CODE_DUPLICATE_ROW,
                                       "line_id"); /* which one counts? */
                }
            }
            fits = draft_read(&ask, &line, &drafts[count]) &&
                   (problems.count > 0 || draft_seal(&ask, &drafts[count]));
            count++;
        }
    }
    json_object_end(&root);
    if (!exchange_understood(x, &problems)) {
        exchange_letter_free(x, letter);
        return;
    }
    if (!known) {
        exchange_letter_free(x, letter);
        exchange_not_found(x);
        return;
    }
    if (x->if_match != work->view.record.version) {
        exchange_letter_free(x, letter);
        exchange_stale(x);
        return;
    }
    if (!exchange_sound(x, &problems)) {
        near_put(x, &json);
        exchange_letter_free(x, letter);
        return;
    }
    if (!fits) {
        exchange_letter_free(x, letter);
        (void)exchange_problem(x, "overloaded");
        return;
    }
    letter->msg.u.file.id = work->id;
    letter->msg.u.file.version = x->if_match;
    letter->msg.u.file.lines_count = count;
    letter->msg.u.file.lines = drafts;
    exchange_send(x, letter);
}

/* POST /cases/{no}/lines: one line more. */
void api_case_add_line(struct exchange *x)
{
    struct case_work *work = x->user;
    struct json json;
    struct problems problems;
    struct json_object root;
    if (!exchange_json(x, &json, &problems, &root)) {
        return;
    }
    struct letter *letter = exchange_letter(x, MSG_CASE_EDIT, home_addr(work->id.home));
    if (letter == NULL) {
        return;
    }
    struct draft_ask ask = {
        .x = x, .memory = &letter->arena, .problems = &problems, .home = work->id.home};
    struct line_draft *draft = arena_alloc_zero(&letter->arena, sizeof *draft);
    bool fits = draft != NULL && draft_read(&ask, &root, draft);
    if (fits && !exchange_understood(x, &problems)) {
        exchange_letter_free(x, letter);
        return;
    }
    if (fits && !exchange_sound(x, &problems)) {
        near_put(x, &json);
        exchange_letter_free(x, letter);
        return;
    }
    if (!fits || !draft_seal(&ask, draft)) {
        exchange_letter_free(x, letter);
        (void)exchange_problem(x, "overloaded");
        return;
    }
    letter->msg.u.file.id = work->id;
    letter->msg.u.file.by_line = true;
    letter->msg.u.file.lines_count = 1;
    letter->msg.u.file.lines = draft;
    exchange_send(x, letter);
}

/* ---- commands without a body ---- */

static void case_command(struct exchange *x, enum msg_kind kind)
{
    struct case_work *work = x->user;
    if (x->if_match != work->view.record.version && kind == MSG_CASE_DELETE) {
        exchange_stale(x);
        return;
    }
    struct letter *letter = exchange_letter(x, kind, home_addr(work->id.home));
    if (letter == NULL) {
        return;
    }
    letter->msg.u.command.id = (struct line_id){.in = work->id};
    letter->msg.u.command.version = x->if_match;
    exchange_send(x, letter);
}

void api_case_delete(struct exchange *x)
{
    case_command(x, MSG_CASE_DELETE);
}

void api_case_submit(struct exchange *x)
{
    case_command(x, MSG_SUBMIT);
}
