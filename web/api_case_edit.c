/* PATCH|DELETE /cases/{no}, POST /cases/{no}/lines, POST /cases/{no}/submit (API 4.2). */
#include "web/api.h"
#include "web/api_case.h"
#include "web/near_json.h"

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
