/* 整批: uploading a sheet, importing its rows, deleting it (API 5). */
#include "base/check.h"
#include "web/api.h"
#include "web/api_app.h"
#include "web/api_batch.h"
#include "web/api_case.h"
#include <string.h>

enum { ROWS_WORD_MAX = 16 };

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
    /* Whoever looked at the body has done so: its digest is taken, and there is no second reading.
     */
    uint8_t *file = (uint8_t *)(uintptr_t)x->body.data;
    enum err err =
        app->upload_seal(app->uploads, file, x->body.size, work->sha256, x->arena, work->sealed);
    if (err != ERR_OK)
        (void)exchange_problem(x, "overloaded");
}

/* Empty: no memory. */
static struct bytes sealed_join(const struct batch_work *work, struct arena *arena)
{
    size_t size = 0;
    for (size_t i = 0; i < UPLOAD_SEALED_PIECES; i++)
        size += work->sealed[i].size;
    uint8_t *memory = arena_alloc(arena, size);
    struct writer out = writer_on(memory, memory == NULL ? 0 : size);
    for (size_t i = 0; i < UPLOAD_SEALED_PIECES; i++)
        write_raw(&out, work->sealed[i]);
    return writer_bytes(&out);
}

void api_batch_post(struct exchange *x)
{
    const struct batch_work *work = x->user;
    uint64_t home = batch_home(x);
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
    msg->u.upload.sealed = sealed_join(work, &letter->arena);
    if (msg->u.upload.name.size != work->name.size || msg->u.upload.sealed.size == 0) {
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
