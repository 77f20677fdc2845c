/* 整批: looking at an uploaded sheet, at the list of them, and its workbooks (API 5). */
#include "base/check.h"
#include "web/api.h"
#include "web/api_app.h"
#include "web/api_batch.h"
#include "web/api_case.h"
#include <string.h>

enum { PAGES_MAX = 200, LIMIT_DEFAULT = 50, LIMIT_MAX = 200 };

static const char xlsx_mime[] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/* ---- finding ---- */

struct batch_work *batch_work_of(struct exchange *x)
{
    if (x->user == NULL)
        x->user = arena_alloc_zero(x->arena, sizeof(struct batch_work));
    if (x->user == NULL)
        (void)exchange_problem(x, "overloaded");
    return x->user;
}

uint64_t batch_home(const struct exchange *x)
{
    if (x->principal.kind != PRINCIPAL_PERSON)
        return x->principal.institution;
    const struct person *person = facts_person(x->facts, x->principal.person);
    return person == NULL ? 0 : person->home;
}

static bool batch_visible(const struct exchange *x, const struct upload_record *record)
{
    struct thing thing = {
        .home = record->home,
        .person = record->uploader.kind == PRINCIPAL_PERSON ? record->uploader.person : 0};
    return allow_thing(&x->principal, x->route->verb, &thing) == ALLOWED;
}

bool batch_find(struct exchange *x, struct snapshot *snapshot, struct batch_work *work)
{
    uint64_t number = 0;
    if (work == NULL)
        return false;
    if (!upload_id_parse(x->param[0], &number)) {
        exchange_not_found(x);
        return false;
    }
    if (!read_well(x, query_upload(snapshot, batch_home(x), number, x->arena, &work->record)))
        return false;
    if (!batch_visible(x, &work->record)) {
        exchange_not_found(x);
        return false;
    }
    return true;
}

/* ---- as JSON ---- */

/* What to do about it, in the reader's language; behind it what the reader of sheets said, which is
 * where. The mapping's own sentence says both. */
static struct bytes error_message(const struct exchange *x, const struct upload_record *record)
{
    struct bytes told = record->told;
    const char *words = reply_message(upload_error_name(record->error), x->language);
    bool whole = record->error == UPLOAD_WRONG_TEMPLATE || record->error == UPLOAD_NO_ROWS ||
                 record->error == UPLOAD_TOO_MANY_ROWS;
    if (told.size > 0 && whole)
        return told;
    size_t room = strlen(words) + told.size + 3;
    uint8_t *memory = told.size == 0 ? NULL : arena_alloc(x->arena, room);
    if (memory == NULL)
        return bytes_from_text(words);
    struct writer out = writer_on(memory, room);
    write_text(&out, words);
    write_text(&out, " (");
    write_raw(&out, told);
    write_text(&out, ")");
    CHECK(!out.failed);
    return writer_bytes(&out);
}

static void error_put(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct exchange *x,
                      const struct upload_record *record)
{
    const char *code = upload_error_name(record->error);
    if (code == NULL) {
        json_put_null(doc, root, "error");
        return;
    }
    yyjson_mut_val *error = json_put_object(doc, root, "error");
    json_put_name(doc, error, "code", code);
    json_put_text(doc, error, "message", error_message(x, record));
    if (record->error == UPLOAD_TOO_MANY_ROWS)
        json_put_int(doc, error, "count", record->error_count);
    else
        json_put_null(doc, error, "count");
}

static void known_put(yyjson_mut_doc *doc, yyjson_mut_val *root, const char *name, bool known,
                      int64_t value)
{
    if (known)
        json_put_int(doc, root, name, value);
    else
        json_put_null(doc, root, name);
}

/* All but `errors`. */
static void batch_put(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct exchange *x,
                      const struct upload_record *record)
{
    char id[UPLOAD_ID_SIZE + 1], number[CASE_NO_MAX];
    upload_id_print(record->number, id);
    bool known = record->state == UPLOAD_READY || record->state == UPLOAD_DONE;
    json_put_text(doc, root, "batch_id", bytes_from_text(id));
    json_put_name(doc, root, "kind", upload_kind_name(record->kind));
    bool named = record->name.size > 0; /* without a name it is empty, not null */
    json_put_text(doc, root, "file_name", named ? record->name : BYTES_LITERAL(""));
    json_put_hex(doc, root, "sha256", bytes_of(record->sha256, sizeof record->sha256));
    json_put_name(doc, root, "state", upload_state_name(record->state));
    error_put(doc, root, x, record);
    known_put(doc, root, "rows", known, record->rows);
    known_put(doc, root, "valid", known, record->valid);
    known_put(doc, root, "invalid", known, record->rows - record->valid);
    json_put_int(doc, root, "progress", record->state == UPLOAD_RECEIVED ? 0 : 100);
    if (record->state == UPLOAD_DONE) {
        case_no_print(record->made, number);
        json_put_text(doc, root, "case_no", bytes_from_text(number));
    } else {
        json_put_null(doc, root, "case_no");
    }
    json_put_int(doc, root, "errors_total", (int64_t)record->faults + record->findings);
    json_put_instant(doc, root, "created_at", record->created_at, true);
    json_put_int(doc, root, "version", record->version);
}

static void fault_put(yyjson_mut_doc *doc, yyjson_mut_val *errors,
                      const struct api_upload_fault *fault)
{
    char cell[16];
    struct writer out = writer_on(cell, sizeof cell);
    write_text(&out, fault->column);
    write_decimal(&out, fault->row);
    yyjson_mut_val *object = json_add_object(doc, errors);
    json_put_int(doc, object, "row", fault->row);
    json_put_name(doc, object, "column", fault->column);
    json_put_name(doc, object, "header", fault->header);
    json_put_text(doc, object, "cell", writer_bytes(&out));
    json_put_name(doc, object, "code", code_name(fault->code));
    json_put_text(doc, object, "message", fault->message);
    json_put_text(doc, object, "value", fault->value);
}

/* NULL: answered. */
static yyjson_mut_doc *batch_document(struct exchange *x, struct snapshot *snapshot,
                                      const struct upload_record *record)
{
    const struct api_app *app = x->app;
    struct api_upload_fault *faults = NULL;
    uint32_t count = 0;
    if (!read_well(x, app->upload_faults(app->uploads, snapshot, record, x, &faults, &count)))
        return NULL;
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    batch_put(doc, root, x, record);
    yyjson_mut_val *errors = json_put_array(doc, root, "errors");
    for (uint32_t i = 0; i < count; i++)
        fault_put(doc, errors, &faults[i]);
    return doc;
}

/* ---- one, and all ---- */

void api_batch(struct exchange *x, struct snapshot *snapshot)
{
    struct batch_work *work = batch_work_of(x);
    if (!batch_find(x, snapshot, work))
        return;
    yyjson_mut_doc *doc = batch_document(x, snapshot, &work->record);
    if (doc != NULL) {
        exchange_etag(x, work->record.version);
        exchange_answer_json(x, 200, doc);
    }
}

/* A new stream opens with the present state, unless its client has seen that already. */
void api_batch_events(struct exchange *x, struct snapshot *snapshot)
{
    struct batch_work *work = batch_work_of(x);
    if (!batch_find(x, snapshot, work) || work->record.version == exchange_event_last(x))
        return;
    yyjson_mut_doc *doc = batch_document(x, snapshot, &work->record);
    if (doc != NULL)
        exchange_event(x, work->record.version, doc);
}

void api_batches(struct exchange *x, struct snapshot *snapshot)
{
    struct upload_list_ask ask = {.home = batch_home(x)};
    struct upload_page page;
    struct bytes cursor = {0};
    int64_t limit = 0, number = 0;
    if (!exchange_query_int(x, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT, &limit) ||
        !exchange_query_int(x, "page", 1, PAGES_MAX, 0, &number))
        return;
    if (exchange_query(x, "cursor", &cursor) &&
        (number != 0 || !upload_id_parse(cursor, &ask.from))) {
        (void)exchange_problem_at(x, "bad_query", "cursor");
        return;
    }
    ask.person = x->principal.kind == PRINCIPAL_PERSON ? x->principal.person : 0;
    ask.limit = (uint32_t)limit;
    ask.skip = number > 1 ? (uint32_t)((number - 1) * limit) : 0;
    if (!read_well(x, query_uploads(snapshot, &ask, x->arena, &page)))
        return;
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    yyjson_mut_val *items = json_put_array(doc, root, "items");
    for (uint32_t i = 0; i < page.count; i++)
        batch_put(doc, json_add_object(doc, items), x, &page.items[i]);
    char next[UPLOAD_ID_SIZE + 1] = "";
    upload_id_print(page.next, next);
    json_put_text(doc, root, "next_cursor",
                  page.next == 0 ? (struct bytes){0} : bytes_from_text(next));
    known_put(doc, root, "page", number != 0, number);
    json_put_int(doc, root, "total", page.total);
    json_put_bool(doc, root, "total_is_min", page.total_is_min);
    exchange_answer_json(x, 200, doc);
}

/* ---- workbooks ---- */

static void workbook_answer(struct exchange *x, struct bytes book, const char *disposition)
{
    exchange_header_text(x, "Content-Disposition", disposition);
    exchange_answer_bytes(x, 200, xlsx_mime, book);
}

void api_template(struct exchange *x, struct snapshot *snapshot)
{
    (void)snapshot;
    const struct api_app *app = x->app;
    struct bytes file = x->param[0], book;
    bool general = bytes_are_text(file, "general.xlsx");
    if (!general && !bytes_are_text(file, "rule.xlsx")) {
        exchange_not_found(x);
        return;
    }
    enum upload_kind kind = general ? UPLOAD_GENERAL : UPLOAD_RULE;
    if (read_well(x, app->upload_template(app->uploads, kind, x, &book)))
        workbook_answer(x, book,
                        general ? "attachment; filename=\"general.xlsx\""
                                : "attachment; filename=\"rule.xlsx\"");
}

void api_batch_report(struct exchange *x, struct snapshot *snapshot)
{
    const struct api_app *app = x->app;
    struct batch_work *work = batch_work_of(x);
    struct bytes book;
    if (!batch_find(x, snapshot, work))
        return;
    if (work->record.state != UPLOAD_READY && work->record.state != UPLOAD_DONE) {
        exchange_wrong_state(x, upload_state_name(work->record.state));
        return;
    }
    if (read_well(x, app->upload_report(app->uploads, snapshot, &work->record, x, &book)))
        workbook_answer(x, book, "attachment; filename=\"report.xlsx\"");
}
