/* GET|PATCH|DELETE /lines/{id}, submit, withdraw, history (API 4.2, 4.4). */
#include "base/check.h"
#include "web/api.h"
#include "web/api_case.h"
#include "web/near_json.h"

void line_show_one(struct exchange *x, struct snapshot *snapshot)
{
    struct case_work *work = case_work_of(x);
    struct line_view view;
    if (work == NULL || !read_well(x, query_line(snapshot, work->line, x->arena, &view))) {
        return;
    }
    if (!line_visible(x, x->route->verb, &view.state)) {
        exchange_not_found(x);
        return;
    }
    yyjson_mut_doc *doc = json_new(x->arena);
    struct line_show show = line_show_of(x, doc, snapshot);
    line_put(&show, json_new_root(doc), &view);
    exchange_etag(x, view.state.version);
    exchange_answer_json(x, work->status == 0 ? 200 : work->status, doc);
}

void api_line_get(struct exchange *x, struct snapshot *snapshot)
{
    struct case_work *work = case_work_of(x);
    if (work != NULL && line_param(x, &work->line)) {
        work->status = 200;
        line_show_one(x, snapshot);
    }
}

/* A line that the caller may see: 404 before anything else. False: answered. */
static bool line_found(struct exchange *x, struct snapshot *snapshot)
{
    struct case_work *work = case_work_of(x);
    if (work == NULL || !line_param(x, &work->line) ||
        !read_well(x, query_line(snapshot, work->line, x->arena, &work->one))) {
        return false;
    }
    if (!line_visible(x, x->route->verb, &work->one.state)) {
        exchange_not_found(x);
        return false;
    }
    return true;
}

void api_line_find(struct exchange *x, struct snapshot *snapshot)
{
    (void)line_found(x, snapshot);
}

void api_line_edit(struct exchange *x)
{
    struct case_work *work = x->user;
    struct json json;
    struct problems problems;
    struct json_object root;
    if (!exchange_json(x, &json, &problems, &root)) {
        return;
    }
    struct letter *letter = exchange_letter(x, MSG_CASE_EDIT, home_addr(work->line.in.home));
    if (letter == NULL) {
        return;
    }
    struct draft_ask ask = {.x = x,
                            .memory = &letter->arena,
                            .problems = &problems,
                            .home = work->line.in.home,
                            .base = &work->one};
    struct line_draft *draft = arena_alloc_zero(&letter->arena, sizeof *draft);
    bool fits = draft != NULL && draft_read(&ask, &root, draft);
    if (fits && !exchange_understood(x, &problems)) {
        exchange_letter_free(x, letter);
        return;
    }
    if (fits && x->if_match != work->one.state.version) {
        exchange_letter_free(x, letter);
        exchange_stale(x);
        return;
    }
    if (fits && !line_may(&work->one.state, MOVE_EDIT)) {
        exchange_letter_free(x, letter);
        exchange_wrong_state(x, request_status_name(work->one.state.status));
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
    letter->msg.u.file.id = work->line.in;
    letter->msg.u.file.by_line = true;
    letter->msg.u.file.lines_count = 1;
    letter->msg.u.file.lines = draft;
    exchange_send(x, letter);
}

static void line_command(struct exchange *x, enum msg_kind kind)
{
    struct case_work *work = x->user;
    struct letter *letter = exchange_letter(x, kind, home_addr(work->line.in.home));
    if (letter == NULL) {
        return;
    }
    letter->msg.u.command.id = work->line;
    letter->msg.u.command.version = x->if_match;
    exchange_send(x, letter);
}

void api_line_delete(struct exchange *x)
{
    line_command(x, MSG_LINE_DELETE);
}

void api_line_submit(struct exchange *x)
{
    line_command(x, MSG_SUBMIT);
}

void api_line_withdraw(struct exchange *x)
{
    line_command(x, MSG_WITHDRAW);
}

void api_line_history(struct exchange *x, struct snapshot *snapshot)
{
    struct history *items = NULL;
    uint32_t count = 0;
    if (!line_found(x, snapshot)) {
        return;
    }
    const struct case_work *work = x->user;
    if (!read_well(x, query_history(snapshot, work->line, x->arena, &items, &count))) {
        return;
    }
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    struct line_show show = line_show_of(x, doc, snapshot);
    yyjson_mut_val *array = json_put_array(doc, root, "items");
    for (uint32_t i = 0; i < count; i++) {
        history_put(&show, array, &items[i]);
    }
    exchange_answer_json(x, 200, doc);
}
