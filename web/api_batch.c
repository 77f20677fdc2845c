/* 整批: uploading a sheet, looking at what became of it, importing it (API 5). `batch` on the wire,
 * `upload` in code (model/upload.h). */
#include "base/check.h"
#include "base/sha256.h"
#include "web/api.h"
#include "web/api_app.h"
#include "web/api_case.h"
#include <string.h>

enum { PAGES_MAX = 200, LIMIT_DEFAULT = 50, LIMIT_MAX = 200, ROWS_WORD_MAX = 16 };

static const char xlsx_mime[] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/* What a request keeps between its steps. */
struct batch_work {
    struct upload_record record;
    struct bytes sealed, lines, name;
    enum upload_kind kind;
    uint8_t sha256[SHA256_SIZE];
};

static struct batch_work *batch_work_of(struct exchange *x)
{
    if (x->user == NULL)
        x->user = arena_alloc_zero(x->arena, sizeof(struct batch_work));
    if (x->user == NULL)
        (void)exchange_problem(x, "overloaded");
    return x->user;
}

/* ---- showing ---- */

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
    char id[UPLOAD_ID_SIZE + 1], digest[2 * SHA256_SIZE + 1], number[CASE_NO_MAX];
    static const char hex[] = "0123456789abcdef";
    upload_id_print(record->number, id);
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        digest[2 * i] = hex[record->sha256[i] >> 4];
        digest[2 * i + 1] = hex[record->sha256[i] & 15];
    }
    digest[2 * SHA256_SIZE] = '\0';
    bool known = record->state == UPLOAD_READY || record->state == UPLOAD_DONE;
    json_put_text(doc, root, "batch_id", bytes_from_text(id));
    json_put_name(doc, root, "kind", upload_kind_name(record->kind));
    json_put_text(doc, root, "file_name", record->name);
    json_put_text(doc, root, "sha256", bytes_from_text(digest));
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

static void column_print(uint16_t column, char out[4])
{
    char reversed[4];
    size_t size = 0;
    uint32_t rest = column + 1u;
    for (; rest > 0 && size < 3; rest = (rest - 1) / 26)
        reversed[size++] = (char)('A' + (rest - 1) % 26);
    for (size_t i = 0; i < size; i++)
        out[i] = reversed[size - 1 - i];
    out[size] = '\0';
}

static void fault_put(yyjson_mut_doc *doc, yyjson_mut_val *errors,
                      const struct api_upload_fault *fault)
{
    char column[4], cell[16], digits[12];
    struct writer out = writer_on(cell, sizeof cell);
    column_print(fault->column, column);
    write_text(&out, column);
    size_t at = sizeof digits;
    uint32_t rest = fault->row;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    write_raw(&out, bytes_of(digits + at, sizeof digits - at));
    yyjson_mut_val *object = json_add_object(doc, errors);
    json_put_int(doc, object, "row", fault->row);
    json_put_text(doc, object, "column", bytes_from_text(column));
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

/* Whose uploads the caller sees: a person those that he sent from his present home. */
static uint64_t home_of(const struct exchange *x)
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

/* False: answered. */
static bool batch_find(struct exchange *x, struct snapshot *snapshot, struct batch_work *work)
{
    uint64_t number = 0;
    if (work == NULL)
        return false;
    if (!upload_id_parse(x->param[0], &number)) {
        exchange_not_found(x);
        return false;
    }
    if (!read_well(x, query_upload(snapshot, home_of(x), number, x->arena, &work->record)))
        return false;
    if (!batch_visible(x, &work->record)) {
        exchange_not_found(x);
        return false;
    }
    return true;
}

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
    struct upload_list_ask ask = {.home = home_of(x)};
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

/* ---- uploading ---- */

static bool name_is_fine(struct bytes name)
{
    for (size_t i = 0; i < name.size; i++)
        if (name.data[i] < 0x20 || name.data[i] == 0x7f)
            return false;
    return name.size <= UPLOAD_NAME_MAX;
}

/* On the pool: what the file is, its digest, and sealed as it will be kept. */
void api_batch_read(struct exchange *x, struct snapshot *snapshot)
{
    (void)snapshot;
    const struct api_app *app = x->app;
    struct batch_work *work = batch_work_of(x);
    struct bytes kind;
    if (work == NULL)
        return;
    if (!exchange_query(x, "kind", &kind) || !upload_kind_parse(kind, &work->kind)) {
        (void)exchange_problem_at(x, "bad_query", "kind");
        return;
    }
    if (exchange_query(x, "name", &work->name) && !name_is_fine(work->name)) {
        (void)exchange_problem_at(x, "bad_query", "name");
        return;
    }
    if (!app->upload_is_sheet(x->body)) {
        (void)exchange_problem(x, "not_xlsx");
        return;
    }
    sha256_of(x->body, work->sha256);
    enum err err = app->upload_seal(app->uploads, x->body, work->sha256, x->arena, &work->sealed);
    if (err != ERR_OK)
        (void)exchange_problem(x, "overloaded");
}

void api_batch_post(struct exchange *x)
{
    const struct batch_work *work = x->user;
    uint64_t home = home_of(x);
    if (home == 0) {
        (void)exchange_problem(x, "forbidden"); /* a person whose registration has ended */
        return;
    }
    struct letter *letter = exchange_letter(x, MSG_UPLOAD_ADD, home_addr(home));
    if (letter == NULL)
        return;
    struct msg *msg = &letter->msg;
    msg->u.upload.kind = work->kind;
    msg->u.upload.size = (uint32_t)x->body.size;
    memcpy(msg->u.upload.sha256, work->sha256, sizeof msg->u.upload.sha256);
    msg->u.upload.name = arena_copy(&letter->arena, work->name);
    msg->u.upload.sealed = arena_copy(&letter->arena, work->sealed);
    if (msg->u.upload.name.size != work->name.size ||
        msg->u.upload.sealed.size != work->sealed.size) {
        letter_free(letter);
        (void)exchange_problem(x, "overloaded");
        return;
    }
    exchange_send(x, letter);
}

static void already_imported(struct exchange *x, struct bytes body)
{
    struct reader in = reader_of(body);
    uint64_t number = read_u64(&in);
    char id[UPLOAD_ID_SIZE + 1];
    upload_id_print(number, id);
    yyjson_mut_val *root = exchange_problem(x, "already_imported");
    json_put_text(exchange_doc(x), root, "batch_id",
                  number == 0 ? (struct bytes){0} : bytes_from_text(id));
}

static void url_put(yyjson_mut_doc *doc, yyjson_mut_val *root, const char *name, const char *id,
                    const char *tail)
{
    char text[sizeof "/api/v1/batches/" + UPLOAD_ID_SIZE + sizeof "/events"];
    struct writer out = writer_on(text, sizeof text);
    write_text(&out, "/api/v1/batches/");
    write_text(&out, id);
    write_text(&out, tail);
    CHECK(!out.failed);
    json_put_text(doc, root, name, writer_bytes(&out));
}

void api_batch_posted(struct exchange *x, enum outcome outcome, struct bytes body)
{
    if (outcome == OUTCOME_UPLOADED_BEFORE) {
        already_imported(x, body);
        return;
    }
    struct done_reply done;
    if (outcome != OUTCOME_OK) {
        exchange_refuse(x, outcome, body);
        return;
    }
    bool read = done_reply_read(body, &done);
    CHECK(read);
    /* The actor packs an upload's number into what a request remembers (institution_upload.c). */
    uint64_t number = (uint64_t)(uint32_t)done.made.day << 32 | done.made.serial;
    char id[UPLOAD_ID_SIZE + 1];
    upload_id_print(number, id);
    if (done.replay)
        exchange_header_text(x, "Idempotent-Replay", "true");
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    json_put_text(doc, root, "batch_id", bytes_from_text(id));
    url_put(doc, root, "status_url", id, "");
    url_put(doc, root, "events_url", id, "/events");
    exchange_answer_json(x, 202, doc);
}

/* ---- importing, deleting ---- */

/* With the rows that may be filed, as they were read for this version of the upload. */
void api_batch_find(struct exchange *x, struct snapshot *snapshot)
{
    struct batch_work *work = batch_work_of(x);
    if (!batch_find(x, snapshot, work))
        return;
    if (query_upload_part(snapshot, &work->record, UPLOAD_LINES, x->arena, &work->lines) != ERR_OK)
        (void)exchange_problem(x, "overloaded");
}

static struct letter *command_letter(struct exchange *x, enum msg_kind kind)
{
    const struct batch_work *work = x->user;
    struct letter *letter = exchange_letter(x, kind, home_addr(work->record.home));
    if (letter != NULL) {
        letter->msg.u.upload.number = work->record.number;
        letter->msg.u.upload.version = x->if_match;
    }
    return letter;
}

static void import_send(struct exchange *x, bool all, bool submit)
{
    const struct batch_work *work = x->user;
    struct letter *letter = command_letter(x, MSG_UPLOAD_IMPORT);
    if (letter == NULL)
        return;
    letter->msg.u.upload.all = all;
    letter->msg.u.upload.submit = submit;
    letter->msg.u.upload.read_version = work->record.version;
    letter->msg.u.upload.lines = arena_copy(&letter->arena, work->lines);
    if (letter->msg.u.upload.lines.size != work->lines.size) {
        letter_free(letter);
        (void)exchange_problem(x, "overloaded");
        return;
    }
    exchange_send(x, letter);
}

void api_batch_import(struct exchange *x)
{
    struct json json;
    struct problems problems;
    struct json_object root;
    struct bytes rows;
    bool all = false, submit = false;
    if (!exchange_json(x, &json, &problems, &root))
        return;
    if (json_required(&root, "rows", json_text(&root, "rows", ROWS_WORD_MAX, &rows))) {
        all = bytes_are_text(rows, "all");
        if (!all && !bytes_are_text(rows, "valid"))
            (void)json_problem(&root, CODE_BAD_TYPE, "rows");
    }
    (void)json_required(&root, "submit", json_bool(&root, "submit", &submit));
    json_object_end(&root);
    if (exchange_understood(x, &problems) && exchange_sound(x, &problems))
        import_send(x, all, submit);
}

void api_batch_delete(struct exchange *x)
{
    struct letter *letter = command_letter(x, MSG_UPLOAD_DELETE);
    if (letter != NULL)
        exchange_send(x, letter);
}

static bool record_taken(const struct done_reply *done, struct upload_record *record)
{
    struct reader in = reader_of(done->rows);
    struct payload_row row;
    if (!payload_row_read(&in, &row) || row.table != TABLE_UPLOAD)
        return false;
    struct reader key = reader_of(row.key);
    return upload_read(row.value, read_u64(&key), record) == ERR_OK;
}

static void imported_put(struct exchange *x, const struct upload_record *record)
{
    char number[CASE_NO_MAX];
    case_no_print(record->made, number);
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    json_put_text(doc, root, "case_no", bytes_from_text(number));
    json_put_int(doc, root, "imported", record->imported);
    json_put_int(doc, root, "skipped", record->skipped);
    exchange_answer_json(x, 200, doc);
}

/* A repeat by its key knows only what was made: the rest is read. */
static void imported_again(struct exchange *x, struct snapshot *snapshot)
{
    struct batch_work *work = batch_work_of(x);
    if (batch_find(x, snapshot, work))
        imported_put(x, &work->record);
}

void api_batch_imported(struct exchange *x, enum outcome outcome, struct bytes body)
{
    struct done_reply done;
    struct upload_record record;
    if (outcome == OUTCOME_WRONG_STATE) {
        enum upload_state state =
            body.size == 1 ? (enum upload_state)body.data[0] : UPLOAD_RECEIVED;
        exchange_wrong_state(x, upload_state_name(state));
        return;
    }
    if (outcome == OUTCOME_UPLOADED_BEFORE) {
        already_imported(x, body);
        return;
    }
    if (outcome == OUTCOME_DELETED) {
        exchange_answer_json(x, 204, NULL);
        return;
    }
    if (outcome != OUTCOME_OK) {
        exchange_refuse(x, outcome, body);
        return;
    }
    bool read = done_reply_read(body, &done);
    CHECK(read);
    if (done.replay)
        exchange_header_text(x, "Idempotent-Replay", "true");
    if (record_taken(&done, &record))
        imported_put(x, &record);
    else
        exchange_read_again(x, imported_again);
}
