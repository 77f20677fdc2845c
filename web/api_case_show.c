/* GET /cases/{no}, and what a command on a case or line is answered with (API 4.2). */
#include "base/check.h"
#include "web/api.h"
#include "web/api_case.h"

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
