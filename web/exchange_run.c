/* The steps of a request: head, body, read, decode, reply, render, answer (route.h has the table).
 */
#include "base/check.h"
#include "base/log.h"
#include "storage/query.h"
#include "web/condition.h"
#include "web/exchange_private.h"
#include <stdio.h>
#include <string.h>

static void run_advance(struct exchange_run *run);

/* ---- the answer --------------------------------------------------------------------------------
 */

static const char overloaded_text[] =
    "{\"type\":\"urn:baobei:problem:overloaded\",\"title\":\"Service Unavailable\",\"status\":503,"
    "\"detail\":\"\",\"code\":\"overloaded\",\"request_id\":null,\"errors\":[]}";
static const char problem_mime[] = "application/problem+json";

static bool needs_retry_after(uint16_t status)
{
    return status == 429 || status == 503;
}

/* For when the request's memory is full: the document is made of what the host has kept. If others
 * have all of that, a constant one goes out. */
static struct answer answer_spare(struct conn *conn, uint16_t status, const char *code)
{
    struct answer answer = {.status = status, .mime = problem_mime};
    answer.head_only = conn->http.request.method == REQUEST_HEAD;
    struct bytes language = {NULL, 0};
    request_find(&conn->http.request, "accept-language", &language);
    struct arena *reserve = conn_reserve(conn);
    if (reserve != NULL) {
        yyjson_mut_doc *doc =
            reply_problem(reserve, status, code, reply_language(language), conn->request_id);
        answer.body = json_print(doc, reserve);
    }
    if (answer.body.data == NULL) {
        answer.status = 503;
        answer.body = bytes_of(overloaded_text, sizeof overloaded_text - 1);
    }
    if (needs_retry_after(answer.status))
        answer.headers = BYTES_LITERAL("Retry-After: 1\r\n");
    return answer;
}

static struct bytes headers_print(struct exchange_run *run, bool *failed)
{
    const char *page = run->page == 0 ? "" : run->front->shared->page_headers[run->page - 1];
    size_t room = strlen(page) + 64;
    for (uint8_t i = 0; i < run->headers_count; i++)
        room += strlen(run->headers[i].name) + run->headers[i].value.size + 4;
    uint8_t *memory = arena_alloc(run->x.arena, room);
    *failed = memory == NULL;
    if (memory == NULL)
        return (struct bytes){NULL, 0};
    struct writer out = writer_on(memory, room);
    write_text(&out, page);
    for (uint8_t i = 0; i < run->headers_count; i++) {
        write_text(&out, run->headers[i].name);
        write_text(&out, ": ");
        write_raw(&out, run->headers[i].value);
        write_text(&out, "\r\n");
    }
    if (needs_retry_after(run->status)) {
        char text[40];
        uint32_t seconds = run->retry_after_s > 0 ? run->retry_after_s : 1;
        snprintf(text, sizeof text, "Retry-After: %u\r\n", seconds);
        write_text(&out, text);
    }
    CHECK(!out.failed);
    return writer_bytes(&out);
}

static struct answer answer_of(struct exchange_run *run)
{
    const char *code = run->effect ? "unknown_outcome" : "overloaded";
    uint16_t spare_status = reply_status(code);
    /* Something in it may be missing, even where it looks whole. */
    if (run->dry || run->x.arena->dry)
        return answer_spare(run->conn, spare_status, code);
    struct answer answer = {.status = run->status,
                            .mime = run->mime,
                            .body = run->body,
                            .head_only = run->x.request->method == REQUEST_HEAD,
                            .own_cache = run->own_cache,
                            .own_policy = run->own_policy};
    if (run->mime == NULL && run->status >= 400) {
        answer.mime = problem_mime;
        answer.body = json_print(run->problem, run->x.arena);
    }
    bool failed;
    answer.headers = headers_print(run, &failed);
    if (!failed && (answer.mime == NULL || answer.body.data != NULL || answer.body.size == 0) &&
        !(answer.mime == problem_mime && answer.body.data == NULL))
        return answer;
    return answer_spare(run->conn, spare_status, code);
}

void exchange_log(const struct exchange_run *run, uint16_t status)
{
    const struct exchange *x = &run->x;
    const char *operation = x->route != NULL ? x->route->operation : "-";
    bool page = x->route == NULL && status < 400;
    enum log_level level = page ? LOG_DEBUG : status >= 500 ? LOG_WARN : LOG_INFO;
    LOG(level, "request", log_text("id", x->request_id),
        log_text("method", request_method_name(x->request->method)),
        log_text("operation", operation), log_int("status", status),
        log_text("who", principal_kind_name(x->principal.kind)),
        log_int("us", (int64_t)(uv_hrtime() / 1000 - run->conn->begun_us)));
}

static void answer_forget(struct exchange_run *run)
{
    run->answered = false;
    run->problem = NULL;
    run->mime = NULL;
    run->body = (struct bytes){NULL, 0};
    run->headers_count = 0;
    run->stale = false;
}

static bool header_find(const struct exchange_run *run, const char *name, struct bytes *value)
{
    for (uint8_t i = 0; i < run->headers_count; i++) {
        if (strcmp(run->headers[i].name, name) == 0) {
            *value = run->headers[i].value;
            return true;
        }
    }
    return false;
}

/* A representation that is asked for under a condition (RFC 9110 13): 304 keeps the header fields
 * of the 200. */
static void conditions_apply(struct exchange_run *run)
{
    const struct request *request = run->x.request;
    bool reads = request->method == REQUEST_GET || request->method == REQUEST_HEAD;
    struct bytes etag;
    if (!reads || run->status != 200 || !header_find(run, "ETag", &etag))
        return;
    switch (condition_of(request, etag)) {
    case CONDITION_HOLDS: return;
    case CONDITION_CHANGED:
        answer_forget(run);
        (void)exchange_problem(&run->x, "stale");
        return;
    case CONDITION_KNOWN:
        run->status = 304;
        run->mime = NULL;
        run->body = (struct bytes){NULL, 0};
        return;
    }
}

static void run_answer(struct exchange_run *run)
{
    CHECK(run->answered && !run->is_reading);
    run->ticket = 0; /* a late reply finds nobody */
    run->awaits = 0;
    conditions_apply(run);
    struct answer answer = answer_of(run);
    exchange_log(run, answer.status);
    conn_answer(run->conn, &answer);
}

/* ---- reads on the pool -------------------------------------------------------------------------
 */

static void read_on_run(struct worker_job *job)
{
    struct exchange_run *run = container_of(job, struct exchange_run, job);
    struct store *store = run->front->shared->config.store;
    struct snapshot *snapshot = NULL;
    uint64_t begun = uv_hrtime();
    run->read_err = store == NULL ? ERR_OK : snapshot_open(store, &snapshot);
    if (run->read_err == ERR_OK)
        run->reader(&run->x, snapshot);
    if (snapshot != NULL) {
        run->read_err = snapshot_fault(snapshot);
        snapshot_close(snapshot);
    }
    run->read_us = (uv_hrtime() - begun) / 1000;
}

static void waiting_pump(struct front *front);

static void read_on_done(struct worker_job *job)
{
    struct exchange_run *run = container_of(job, struct exchange_run, job);
    struct front *front = run->front;
    struct conn *conn = run->conn;
    bool gone = conn->state == CONN_CLOSING;
    histogram_add(&front->host.metrics->histograms[METRIC_QUERY_US], run->read_us);
    run->is_reading = false;
    conn_release(conn); /* when the client is gone: with all of `run` */
    if (!gone) {
        if (run->read_err != ERR_OK) { /* something may be missing, even where it looks whole */
            answer_forget(run);
            exchange_problem(&run->x, "overloaded");
        }
        run_advance(run);
    }
    waiting_pump(front);
}

static bool read_start(struct exchange_run *run)
{
    run->job.run = read_on_run;
    run->job.done = read_on_done;
    return worker_run(loop_worker(run->front->loop), WORKER_INTERACTIVE, &run->job);
}

void exchange_read(struct exchange_run *run,
                   void (*reader)(struct exchange *x, struct snapshot *snapshot))
{
    struct front *front = run->front;
    CHECK(!run->is_reading);
    run->reader = reader;
    run->is_reading = true;
    conn_hold(run->conn);
    if (front->waiting_first == NULL && read_start(run))
        return;
    run->deadline_ms = uv_now(front->host.uv) + FRONT_READ_WAIT_MS;
    run->waiting_next = NULL;
    if (front->waiting_last == NULL)
        front->waiting_first = run;
    else
        front->waiting_last->waiting_next = run;
    front->waiting_last = run;
}

static void waiting_pop(struct front *front)
{
    front->waiting_first = front->waiting_first->waiting_next;
    if (front->waiting_first == NULL)
        front->waiting_last = NULL;
}

static void waiting_drop(struct exchange_run *run)
{
    struct conn *conn = run->conn;
    bool gone = conn->state == CONN_CLOSING;
    run->is_reading = false;
    conn_release(conn);
    if (gone)
        return;
    exchange_problem(&run->x, "overloaded");
    run_advance(run);
}

/* In order: the pool has room again, or somebody has waited too long, or is gone. */
static void waiting_pump(struct front *front)
{
    while (front->waiting_first != NULL) {
        struct exchange_run *run = front->waiting_first;
        bool gone = run->conn->state == CONN_CLOSING;
        bool late = uv_now(front->host.uv) >= run->deadline_ms;
        if (!gone && !late && !read_start(run))
            return;
        waiting_pop(front);
        if (gone || late)
            waiting_drop(run);
    }
}

/* ---- steps -------------------------------------------------------------------------------------
 */

static void pending_answer(struct exchange_run *run)
{
    answer_forget(run); /* what the read found is of no interest */
    if (run->pending_field == NULL)
        exchange_problem(&run->x, run->pending);
    else
        exchange_problem_at(&run->x, run->pending, run->pending_field);
    run_answer(run);
}

/* A handler has returned: what did it want? */
static void run_advance(struct exchange_run *run)
{
    const struct route *route = run->x.route;
    bool hides = run->answered && (run->status == 404 || run->status == 503);
    if (run->pending != NULL && run->was_read && !hides) {
        pending_answer(run);
        return;
    }
    bool is_event = run->was_read && (route->flags & ROUTE_EVENTS) != 0;
    if (is_event && (run->streams || !run->answered)) {
        events_advance(run);
        return;
    }
    if (run->answered) {
        run_answer(run);
        return;
    }
    if (run->next_reader != NULL) {
        void (*reader)(struct exchange *, struct snapshot *) = run->next_reader;
        run->next_reader = NULL;
        exchange_read(run, reader);
        return;
    }
    if (run->ticket != 0)
        return;                                                     /* an actor will answer */
    CHECK(run->was_read && !run->decoded && route->decode != NULL); /* else nobody answers */
    run->decoded = true;
    route->decode(&run->x);
    run_advance(run);
}

/* With the body there, or not wanted because of a fault in the head. */
static void run_begin(struct exchange_run *run)
{
    const struct route *route = run->x.route;
    run->was_read = true;
    if (route->read != NULL)
        exchange_read(run, route->read);
    else
        run_advance(run);
}

void front_on_request(void *self, struct conn *conn)
{
    (void)self;
    struct exchange_run *run = conn->exchange;
    bool at_once = run->head_take == conn->host->takes;
    if (!at_once && !exchange_admit_again(run)) {
        run_answer(run);
        return;
    }
    run->x.body = http_body(&conn->http);
    exchange_digest(run);
    run_begin(run);
}

static struct exchange_run *run_new(struct front *front, struct conn *conn)
{
    struct exchange_run *run = arena_alloc_zero(&conn->arena, sizeof *run);
    if (run == NULL)
        return NULL;
    const struct web_config *config = &front->shared->config;
    struct exchange *x = &run->x;
    run->front = front;
    run->conn = conn;
    x->run = run;
    x->request = &conn->http.request;
    x->arena = &conn->arena;
    CHECK(sizeof x->request_id == sizeof conn->request_id);
    memcpy(x->request_id, conn->request_id, sizeof x->request_id);
    struct bytes language = {NULL, 0};
    request_find(x->request, "accept-language", &language);
    x->language = reply_language(language);
    x->now = loop_wall(front->loop);
    if (config->facts != NULL)
        x->facts = config->facts(config->app, front->index, &run->facts_hold);
    x->app = config->app;
    x->loop = front->loop;
    conn->exchange = run;
    return run;
}

void front_on_head(void *self, struct conn *conn)
{
    struct front *front = self;
    struct exchange_run *run = run_new(front, conn);
    if (run == NULL) {
        struct answer answer = answer_spare(conn, 503, "overloaded");
        conn_answer(conn, &answer);
        return;
    }
    run->head_take = conn->host->takes;
    if (!exchange_admit(run)) {
        run_answer(run);
        return;
    }
    if (run->pending != NULL && run->x.route->read != NULL) {
        conn_skip_body(conn);
        run_begin(run);
        return;
    }
    if (run->pending != NULL) {
        pending_answer(run);
        return;
    }
    const struct route *route = run->x.route;
    uint32_t max = route->body_max > 0 ? route->body_max : FRONT_NO_BODY_MAX;
    if (!conn_read_body(conn, max)) {
        exchange_problem(&run->x, "overloaded");
        run_answer(run);
    }
}

/* ---- the other ways a request ends -------------------------------------------------------------
 */

void front_on_fault(void *self, struct conn *conn, struct http_fault fault, struct answer *answer)
{
    struct front *front = self;
    (void)front;
    struct bytes language = {NULL, 0};
    request_find(&conn->http.request, "accept-language", &language);
    yyjson_mut_doc *doc = reply_problem(&conn->arena, fault.status, fault.code,
                                        reply_language(language), conn->request_id);
    struct bytes body = json_print(doc, &conn->arena);
    if (conn->arena.dry) { /* maybe that alone is what was wrong with the request */
        *answer = answer_spare(conn, reply_status("overloaded"), "overloaded");
        return;
    }
    *answer = (struct answer){.status = fault.status, .mime = problem_mime, .body = body};
    if (needs_retry_after(fault.status))
        answer->headers = BYTES_LITERAL("Retry-After: 1\r\n");
    answer->head_only = conn->http.request.method == REQUEST_HEAD;
    LOG(LOG_INFO, "request", log_text("id", conn->request_id), log_text("operation", "-"),
        log_int("status", fault.status), log_text("code", fault.code));
}

void front_on_end(void *self, struct conn *conn)
{
    struct front *front = self;
    struct exchange_run *run = conn->exchange;
    if (run == NULL)
        return;
    CHECK(!run->is_reading);
    run->ticket = 0;
    events_end(run);
    if (run->secret != NULL)
        explicit_bzero(run->secret, run->secret_size);
    const struct web_config *config = &front->shared->config;
    if (run->facts_hold != NULL && config->facts_done != NULL)
        config->facts_done(config->app, front->index, run->facts_hold);
    run->facts_hold = NULL;
}

static void awaited_in_vain(struct exchange_run *run)
{
    run->ticket = 0;
    run->awaits = 0;
    run->effect = true; /* as far as anybody knows */
    if ((run->x.route->flags & ROUTE_GATHERS) == 0) {
        exchange_problem(&run->x, "unknown_outcome");
    } else {
        run->x.part = EXCHANGE_PART_NONE;
        run->x.route->render(&run->x, OUTCOME_UNKNOWN, (struct bytes){NULL, 0});
    }
    run_advance(run);
}

void front_on_tick(void *self, uint64_t now_ms)
{
    struct front *front = self;
    waiting_pump(front);
    if (front->host.stopping && now_ms >= front->stop_at_ms) {
        conn_host_stop(&front->host, false);
        return;
    }
    struct conn *next;
    for (struct conn *conn = front->host.first; conn != NULL; conn = next) {
        next = conn->next;
        if (conn->state == CONN_STREAMING)
            events_tick(conn->exchange, now_ms);
        struct exchange_run *run = conn->state == CONN_BUSY ? conn->exchange : NULL;
        if (run == NULL || run->ticket == 0 || now_ms < run->deadline_ms)
            continue;
        awaited_in_vain(run);
    }
}

void front_on_reply(void *self, struct ticket ticket, enum outcome outcome, struct bytes body)
{
    struct front *front = self;
    CHECK(ticket.loop == front->index);
    struct conn *conn = conn_at(&front->host, ticket.slot);
    struct exchange_run *run = conn == NULL ? NULL : conn->exchange;
    bool awaited = run != NULL && conn->state == CONN_BUSY && run->ticket != 0 &&
                   ticket.generation >= run->ticket && ticket.generation - run->ticket < run->parts;
    if (!awaited)
        return; /* whoever asked is gone or has been told 504 */
    struct exchange *x = &run->x;
    x->part = ticket.generation - run->ticket;
    if (--run->awaits == 0)
        run->ticket = 0;
    run->effect = run->effect || outcome == OUTCOME_UNKNOWN || reply_refusal(outcome).code == NULL;
    struct bytes kept = arena_copy(x->arena, body);
    bool refused = reply_refusal(outcome).code != NULL && outcome != OUTCOME_WRONG_STATE;
    if (kept.size != body.size)
        exchange_problem(x, "unknown_outcome");
    else if (refused && (x->route->flags & (ROUTE_RENDERS_REFUSALS | ROUTE_GATHERS)) == 0)
        exchange_refuse(x, outcome, kept);
    else {
        CHECK(x->route->render != NULL);
        x->route->render(x, outcome, kept);
    }
    run_advance(run);
}
