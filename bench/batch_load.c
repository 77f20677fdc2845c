#include "bench/batch_load.h"
#include "base/check.h"
#include "bench/bench.h"
#include "bench/peak_conn.h"
#include "model/upload.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

enum { CONNECT_MS = 10000, AGAIN_MS = 100, TOLD_MAX = 400 };

enum step { STEP_UPLOAD, STEP_LISTEN, STEP_IMPORT, STEP_OVER };

struct uploader {
    struct batch_load *load;
    struct peak_conn_owner owner;
    struct peak_conn asks, events;
    uv_timer_t again; /* runs while the step waits after a refusal */
    const struct book *book;
    enum step step;
    bool sent; /* the step's request is under way */
    char batch_id[UPLOAD_ID_SIZE + 1];
    uint32_t version;
    uint64_t begun_ns, ready_ns, import_ns;
};

struct batch_load {
    const struct batch_plan *plan;
    struct batch_result *result;
    struct peak_conn_to to;
    struct uploader *uploaders;
    uv_timer_t limit;  /* to connect, then of the whole */
    uint64_t begin_ns; /* 0: not yet all connected */
    uint32_t taken, working;
};

static void uploader_go(struct uploader *uploader);

/* ---- the end ---- */

static void load_end(struct batch_load *load, enum err err)
{
    struct batch_result *result = load->result;
    if (result->over) {
        return;
    }
    result->seconds = (double)(bench_now_ns() - load->begin_ns) / 1e9;
    result->err = err;
    result->over = true;
    for (uint64_t i = 0; i < load->plan->uploaders; i++) {
        struct uploader *uploader = &load->uploaders[i];
        uploader->step = STEP_OVER;
        peak_conn_end(&uploader->asks);
        peak_conn_end(&uploader->events);
        uv_close((uv_handle_t *)&uploader->again, NULL);
    }
    uv_close((uv_handle_t *)&load->limit, NULL);
}

static void on_limit(uv_timer_t *timer)
{
    struct batch_load *load = container_of(timer, struct batch_load, limit);
    load_end(load, load->begin_ns == 0 ? ERR_IO : ERR_TIMEOUT);
}

/* ---- one file after the other ---- */

static void moment(struct batch_load *load, enum batch_moment at)
{
    if (load->plan->on_moment != NULL) {
        load->plan->on_moment(load->plan->self, at);
    }
}

static void book_take(struct uploader *uploader)
{
    struct batch_load *load = uploader->load;
    if (load->taken == load->plan->books->count) {
        uploader->step = STEP_OVER;
        if (--load->working == 0) {
            load_end(load, ERR_OK);
        }
        return;
    }
    uploader->book = &load->plan->books->items[load->taken++];
    uploader->step = STEP_UPLOAD;
    moment(load, BATCH_UPLOADS);
    uploader->begun_ns = bench_now_ns();
    uploader_go(uploader);
}

/* Says the first one only. */
static void book_fail(struct uploader *uploader, unsigned status, struct bytes body)
{
    struct batch_result *result = uploader->load->result;
    if (result->failed++ == 0) {
        (void)fprintf(stderr, "%s: %u %.*s\n", uploader->book->path, status,
                      (int)(body.size < TOLD_MAX ? body.size : TOLD_MAX), (const char *)body.data);
    }
    book_take(uploader);
}

static void book_ready(struct uploader *uploader)
{
    uploader->ready_ns = bench_now_ns();
    moment(uploader->load, BATCH_IS_READY);
    uploader->import_ns = bench_now_ns();
    uploader->step = STEP_IMPORT;
    uploader_go(uploader);
}

static void book_done(struct uploader *uploader, uint64_t imported, uint64_t skipped)
{
    struct batch_result *result = uploader->load->result;
    struct batch_times *times = &result->times[result->done++];
    times->ready_us = (uploader->ready_ns - uploader->begun_ns) / 1000;
    times->import_us = (bench_now_ns() - uploader->import_ns) / 1000;
    times->whole_us = times->ready_us + times->import_us;
    result->imported += imported;
    result->skipped += skipped;
    moment(uploader->load, BATCH_IS_IMPORTED);
    book_take(uploader);
}

/* ---- asking ---- */

static void head_write(struct writer *out, const struct uploader *uploader, const char *line)
{
    write_text(out, line);
    write_text(out, " HTTP/1.1\r\nHost: ");
    write_text(out, uploader->load->to.host_port);
    write_text(out, "\r\nAuthorization: Bearer ");
    write_text(out, uploader->book->token);
    write_text(out, "\r\n");
}

static void upload_send(struct uploader *uploader)
{
    char text[128];
    const struct book *book = uploader->book;
    struct writer out = peak_conn_request(&uploader->asks);
    (void)snprintf(text, sizeof text, "POST /api/v1/batches?kind=%s&name=%s.xlsx", book->kind,
                   book->kind);
    head_write(&out, uploader, text);
    (void)snprintf(text, sizeof text, "Content-Length: %zu\r\n\r\n", book->file.size);
    write_text(&out, text);
    peak_conn_send_body(&uploader->asks, &out, book->file);
}

static void listen_send(struct uploader *uploader)
{
    char text[128];
    struct writer out = peak_conn_request(&uploader->events);
    (void)snprintf(text, sizeof text, "GET /api/v1/batches/%s/events", uploader->batch_id);
    head_write(&out, uploader, text);
    write_text(&out, "Accept: text/event-stream\r\n\r\n");
    peak_conn_send(&uploader->events, &out);
}

static void import_send(struct uploader *uploader)
{
    static const char body[] = "{\"rows\":\"valid\",\"submit\":true}";
    char text[160];
    struct writer out = peak_conn_request(&uploader->asks);
    (void)snprintf(text, sizeof text, "POST /api/v1/batches/%s/import", uploader->batch_id);
    head_write(&out, uploader, text);
    (void)snprintf(text, sizeof text,
                   "If-Match: \"%" PRIu32 "\"\r\nContent-Type: application/json\r\n"
                   "Content-Length: %zu\r\n\r\n",
                   uploader->version, sizeof body - 1);
    write_text(&out, text);
    write_text(&out, body);
    peak_conn_send(&uploader->asks, &out);
}

/* Sends the step's request if its connection is free; else that connection's on_idle calls again.
 */
static void uploader_go(struct uploader *uploader)
{
    const struct peak_conn *conn =
        uploader->step == STEP_LISTEN ? &uploader->events : &uploader->asks;
    if (uploader->step == STEP_OVER || uploader->sent || !conn->open || conn->busy ||
        uv_is_active((uv_handle_t *)&uploader->again)) {
        return;
    }
    uploader->sent = true;
    switch (uploader->step) {
    case STEP_UPLOAD: upload_send(uploader); return;
    case STEP_LISTEN: listen_send(uploader); return;
    case STEP_IMPORT: import_send(uploader); return;
    case STEP_OVER: break;
    }
    CHECK(false);
}

static void on_again(uv_timer_t *timer)
{
    uploader_go(container_of(timer, struct uploader, again));
}

/* ---- answers ---- */

static void uploaded(struct uploader *uploader, unsigned status, struct bytes body)
{
    yyjson_doc *doc = yyjson_read((const char *)body.data, body.size, 0);
    const char *id = yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), "batch_id"));
    bool good = status == 202 && id != NULL && strlen(id) == UPLOAD_ID_SIZE;
    if (good) {
        memcpy(uploader->batch_id, id, UPLOAD_ID_SIZE + 1);
    }
    yyjson_doc_free(doc);
    if (!good) {
        book_fail(uploader, status, body);
        return;
    }
    uploader->step = STEP_LISTEN;
    uploader_go(uploader);
}

static void imported(struct uploader *uploader, unsigned status, struct bytes body)
{
    yyjson_doc *doc = yyjson_read((const char *)body.data, body.size, 0);
    yyjson_val *root = yyjson_doc_get_root(doc);
    uint64_t rows = yyjson_get_uint(yyjson_obj_get(root, "imported"));
    uint64_t skipped = yyjson_get_uint(yyjson_obj_get(root, "skipped"));
    yyjson_doc_free(doc);
    if (status != 200 || rows == 0) {
        book_fail(uploader, status, body);
        return;
    }
    book_done(uploader, rows, skipped);
}

/* The data of the last whole event; empty if there is none. */
static struct bytes event_last(struct bytes stream)
{
    static const char field[] = "\ndata: ";
    const char *at = (const char *)stream.data;
    const char *end = at + stream.size;
    struct bytes found = {0};
    for (const char *next = NULL; at < end; at = next + 2) {
        next = memmem(at, (size_t)(end - at), "\n\n", 2);
        if (next == NULL) {
            break;
        }
        const char *data = memmem(at, (size_t)(next - at), field, sizeof field - 1);
        if (data != NULL) { /* else a comment */
            data += sizeof field - 1;
            found = bytes_of(data, (size_t)(next - data));
        }
    }
    return found;
}

static bool on_part(void *self, struct peak_conn *conn, unsigned status, struct bytes body)
{
    struct uploader *uploader = self;
    if (conn != &uploader->events || status != 200) {
        return false;
    }
    struct bytes data = event_last(body);
    yyjson_doc *doc = yyjson_read((const char *)data.data, data.size, 0);
    yyjson_val *root = yyjson_doc_get_root(doc);
    bool ready = yyjson_equals_str(yyjson_obj_get(root, "state"), "ready");
    bool over = ready || yyjson_equals_str(yyjson_obj_get(root, "state"), "failed");
    uploader->version = (uint32_t)yyjson_get_uint(yyjson_obj_get(root, "version"));
    yyjson_doc_free(doc);
    if (!over) {
        return false;
    }
    uploader->sent = false;
    if (ready) {
        book_ready(uploader);
    } else {
        book_fail(uploader, status, data);
    }
    return true;
}

static void on_answer(void *self, struct peak_conn *conn, unsigned status, struct bytes body)
{
    struct uploader *uploader = self;
    (void)conn;
    uploader->sent = false;
    if (status == 503 || status == 429) {
        uploader->load->result->refused++;
        (void)uv_timer_start(&uploader->again, on_again, AGAIN_MS, 0);
        return;
    }
    switch (uploader->step) {
    case STEP_UPLOAD: uploaded(uploader, status, body); return;
    case STEP_IMPORT: imported(uploader, status, body); return;
    case STEP_LISTEN: book_fail(uploader, status, body); return; /* a stream does not end */
    case STEP_OVER: break;
    }
    CHECK(false);
}

/* Said again as it was: a sheet that was received twice is two batches, an import is one. */
static void on_lost(void *self, struct peak_conn *conn)
{
    struct uploader *uploader = self;
    (void)conn;
    uploader->sent = false;
    uploader->load->result->lost++;
}

static bool all_connected(const struct batch_load *load)
{
    for (uint64_t i = 0; i < load->plan->uploaders; i++) {
        if (!load->uploaders[i].asks.open || !load->uploaders[i].events.open) {
            return false;
        }
    }
    return true;
}

static void on_idle(void *self, struct peak_conn *conn)
{
    struct uploader *uploader = self;
    struct batch_load *load = uploader->load;
    (void)conn;
    if (load->begin_ns != 0) {
        uploader_go(uploader);
    } else if (all_connected(load)) {
        load->begin_ns = bench_now_ns();
        (void)uv_timer_start(&load->limit, on_limit, BATCH_LOAD_S * UINT64_C(1000), 0);
        for (uint64_t i = 0; i < load->plan->uploaders; i++) {
            book_take(&load->uploaders[i]);
        }
    }
}

/* ---- the run ---- */

static void uploader_init(struct uploader *uploader, struct batch_load *load, uv_loop_t *uv)
{
    uploader->load = load;
    uploader->owner = (struct peak_conn_owner){uploader, on_idle, on_answer, on_lost, on_part};
    int failed = uv_timer_init(uv, &uploader->again);
    CHECK(failed == 0);
    peak_conn_init(&uploader->asks, uv, &uploader->owner, &load->to);
    peak_conn_init(&uploader->events, uv, &uploader->owner, &load->to);
}

enum err batch_load_start(const struct batch_plan *plan, struct batch_result *result, uv_loop_t *uv,
                          struct batch_load **out)
{
    CHECK(plan->uploaders > 0 && (plan->on_moment == NULL || plan->uploaders == 1));
    *result = (struct batch_result){.times = calloc(plan->books->count, sizeof *result->times)};
    struct batch_load *load = calloc(1, sizeof *load);
    struct uploader *uploaders = calloc(plan->uploaders, sizeof *uploaders);
    enum err err =
        result->times == NULL || load == NULL || uploaders == NULL ? ERR_NO_MEMORY : ERR_OK;
    if (err == ERR_OK) {
        *load = (struct batch_load){.plan = plan, .result = result, .uploaders = uploaders};
        load->working = (uint32_t)plan->uploaders;
        err = peak_conn_to_open(plan->url, plan->ca, &load->to);
    }
    if (err != ERR_OK) {
        free(load);
        free(uploaders);
        return err;
    }
    int failed = uv_timer_init(uv, &load->limit);
    failed |= uv_timer_start(&load->limit, on_limit, CONNECT_MS, 0);
    CHECK(failed == 0);
    for (uint64_t i = 0; i < plan->uploaders; i++) {
        uploader_init(&uploaders[i], load, uv);
    }
    *out = load;
    return ERR_OK;
}

void batch_load_free(struct batch_load *load)
{
    if (load == NULL) {
        return;
    }
    for (uint64_t i = 0; i < load->plan->uploaders; i++) {
        peak_conn_free(&load->uploaders[i].asks);
        peak_conn_free(&load->uploaders[i].events);
    }
    peak_conn_to_close(&load->to);
    free(load->uploaders);
    free(load);
}

enum err batch_load_play(const struct batch_plan *plan, struct batch_result *result)
{
    uv_loop_t uv;
    struct batch_load *load = NULL;
    int failed = uv_loop_init(&uv);
    CHECK(failed == 0);
    enum err err = batch_load_start(plan, result, &uv, &load);
    (void)uv_run(&uv, UV_RUN_DEFAULT);
    failed = uv_loop_close(&uv);
    CHECK(failed == 0);
    batch_load_free(load);
    return err == ERR_OK ? result->err : err;
}

void batch_result_free(struct batch_result *result)
{
    free(result->times);
    *result = (struct batch_result){0};
}
