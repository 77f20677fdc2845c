#include "web/ops_listener.h"
#include "base/check.h"
#include "base/log.h"
#include "web/conn.h"
#include "web/listener.h"
#include "web/reply.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { OPS_CONNECTIONS_MAX = 64, OPS_IDLE_MS = 60 * 1000, OPS_METRICS_MAX = 128 * 1024 };

/* What other threads say about this process; one lock, held for a few loads and stores. */
struct ops_state {
    uv_mutex_t lock;
    uint32_t percent;
    const char *why_not;
    struct loop *const *loops;
    uint16_t loops_count;
    bool stop;
};

struct ops {
    struct ops_config config;
    uv_loop_t uv;
    uv_thread_t thread;
    uv_async_t async;
    struct mpsc parts; /* metrics that loops have sent back */
    struct ops_state state;
    struct listener_address address;
    struct conn_host host;
    struct listener listener;
    struct metrics metrics; /* of this listener's own connections: told to nobody */
    uint32_t parts_open;
};

/* ---- answers -----------------------------------------------------------------------------------
 */

static void answer_text(struct conn *conn, uint16_t status, struct bytes text)
{
    struct answer answer = {.status = status,
                            .mime = "text/plain; charset=utf-8",
                            .body = text,
                            .head_only = conn->http.request.method == REQUEST_HEAD};
    if (status == 503)
        answer.headers = BYTES_LITERAL("Retry-After: 1\r\n");
    if (status == 405)
        answer.headers = BYTES_LITERAL("Allow: GET, HEAD\r\n");
    conn_answer(conn, &answer);
}

static void answer_problem(struct conn *conn, const char *code)
{
    answer_text(conn, reply_status(code), bytes_from_text(code));
}

static void ready_answer(struct ops *ops, struct conn *conn)
{
    uv_mutex_lock(&ops->state.lock);
    const char *why_not = ops->state.why_not;
    uint32_t percent = ops->state.percent;
    uv_mutex_unlock(&ops->state.lock);
    if (why_not == NULL) {
        answer_text(conn, 200, BYTES_LITERAL("ok\n"));
        return;
    }
    char line[80];
    int size = snprintf(line, sizeof line, "%s %u\n", why_not, percent);
    CHECK(size > 0 && (size_t)size < sizeof line);
    struct bytes text = arena_copy(&conn->arena, bytes_of(line, (size_t)size));
    answer_text(conn, 503, text);
}

/* ---- metrics: asked of each loop by message
 * ------------------------------------------------------ */

struct gather;

struct gather_part {
    struct loop_call call;
    struct mpsc_node node;
    struct gather *gather;
    struct metrics metrics;
    uint64_t cpu_us; /* of the loop's thread */
};

struct gather {
    struct ops *ops;
    struct conn *conn; /* held */
    uint32_t count, left;
    struct metrics sum;
    struct gather_part parts[];
};

static uint64_t cpu_us(clockid_t clock)
{
    struct timespec used;
    int failed = clock_gettime(clock, &used);
    CHECK(failed == 0);
    return (uint64_t)used.tv_sec * 1000000u + (uint64_t)used.tv_nsec / 1000;
}

static void loop_line(struct writer *out, const char *name, size_t loop, uint64_t value)
{
    char line[128];
    int size = snprintf(line, sizeof line, "%s{loop=\"%zu\"} %" PRIu64 "\n", name, loop, value);
    CHECK(size > 0 && (size_t)size < sizeof line);
    write_raw(out, bytes_of(line, (size_t)size));
}

/* The spread over the loops: the kernel gives a connection to one of them, and there it stays. */
static void loops_print(struct writer *out, const struct gather *gather)
{
    write_text(out, "# TYPE baobei_loop_turns_total counter\n");
    for (size_t i = 0; i < gather->count; i++)
        loop_line(out, "baobei_loop_turns_total", i,
                  gather->parts[i].metrics.counters[METRIC_TURNS]);
    write_text(out, "# TYPE baobei_loop_cpu_microseconds_total counter\n");
    for (size_t i = 0; i < gather->count; i++)
        loop_line(out, "baobei_loop_cpu_microseconds_total", i, gather->parts[i].cpu_us);
}

static void process_print(struct writer *out)
{
    char line[128];
    int size = snprintf(line, sizeof line,
                        "# TYPE baobei_cpu_microseconds_total counter\n"
                        "baobei_cpu_microseconds_total %" PRIu64 "\n",
                        cpu_us(CLOCK_PROCESS_CPUTIME_ID));
    CHECK(size > 0 && (size_t)size < sizeof line);
    write_raw(out, bytes_of(line, (size_t)size));
}

/* `gather` is NULL while no loop runs. */
static void metrics_answer(struct ops *ops, struct conn *conn, struct metrics *sum,
                           const struct gather *gather)
{
    if (ops->config.metrics != NULL)
        ops->config.metrics(ops->config.self, sum);
    uint8_t *memory = arena_alloc(&conn->arena, OPS_METRICS_MAX);
    if (memory == NULL) {
        answer_problem(conn, "overloaded");
        return;
    }
    struct writer out = writer_on(memory, OPS_METRICS_MAX);
    metrics_print(sum, &out);
    process_print(&out);
    if (gather != NULL)
        loops_print(&out, gather);
    CHECK(!out.failed);
    answer_text(conn, 200, writer_bytes(&out));
}

/* On a loop's thread. */
static void part_on_call(struct loop *loop, struct loop_call *call)
{
    struct gather_part *part = container_of(call, struct gather_part, call);
    struct ops *ops = part->gather->ops;
    part->metrics = *loop_metrics(loop);
    part->cpu_us = cpu_us(CLOCK_THREAD_CPUTIME_ID);
    if (mpsc_push(&ops->parts, &part->node)) {
        int failed = uv_async_send(&ops->async);
        CHECK(failed == 0);
    }
}

static void gather_end(struct gather *gather)
{
    struct conn *conn = gather->conn;
    bool gone = conn->state == CONN_CLOSING;
    conn_release(conn);
    if (!gone)
        metrics_answer(gather->ops, conn, &gather->sum, gather);
    free(gather);
}

static void parts_drain(struct ops *ops)
{
    struct mpsc_node *node = mpsc_drain(&ops->parts);
    while (node != NULL) {
        struct gather_part *part = container_of(node, struct gather_part, node);
        struct gather *gather = part->gather;
        node = node->next;
        metrics_merge(&gather->sum, &part->metrics);
        CHECK(gather->left > 0);
        if (--gather->left == 0)
            gather_end(gather);
    }
}

/* Under the lock, so that ops_attach(NULL) knows that no call comes after it. */
static struct gather *gather_start(struct ops *ops, struct conn *conn)
{
    uint16_t count = ops->state.loops_count;
    size_t size = sizeof(struct gather) + count * sizeof(struct gather_part);
    struct gather *gather = calloc(1, size);
    if (gather == NULL)
        return NULL;
    gather->ops = ops;
    gather->conn = conn;
    gather->count = gather->left = count;
    for (uint16_t i = 0; i < count; i++) {
        gather->parts[i].gather = gather;
        gather->parts[i].call.run = part_on_call;
        loop_call(ops->state.loops[i], &gather->parts[i].call);
    }
    return gather;
}

static void metrics_ask(struct ops *ops, struct conn *conn)
{
    conn_skip_body(conn);
    uv_mutex_lock(&ops->state.lock);
    bool any = ops->state.loops_count > 0;
    struct gather *gather = any ? gather_start(ops, conn) : NULL;
    uv_mutex_unlock(&ops->state.lock);
    if (gather != NULL) {
        conn_hold(conn);
        return;
    }
    struct metrics *sum = arena_alloc_zero(&conn->arena, sizeof *sum);
    if (any || sum == NULL)
        answer_problem(conn, "overloaded");
    else
        metrics_answer(ops, conn, sum, NULL);
}

/* ---- requests ----------------------------------------------------------------------------------
 */

static void ops_on_head(void *self, struct conn *conn)
{
    struct ops *ops = self;
    const struct request *request = &conn->http.request;
    bool health = bytes_are_text(request->path, "/healthz");
    bool ready = bytes_are_text(request->path, "/readyz");
    bool metrics = bytes_are_text(request->path, "/metrics");
    if (!health && !ready && !metrics)
        answer_problem(conn, "not_found");
    else if (request->method != REQUEST_GET && request->method != REQUEST_HEAD)
        answer_problem(conn, "method_not_allowed");
    else if (health)
        answer_text(conn, 200, BYTES_LITERAL("ok\n"));
    else if (ready)
        ready_answer(ops, conn);
    else
        metrics_ask(ops, conn);
}

static void ops_on_request(void *self, struct conn *conn)
{
    (void)self;
    (void)conn;
    CHECK(false); /* no body is read here */
}

static void ops_on_fault(void *self, struct conn *conn, struct http_fault fault,
                         struct answer *answer)
{
    (void)self;
    (void)conn;
    *answer = (struct answer){.status = fault.status,
                              .mime = "text/plain; charset=utf-8",
                              .body = bytes_from_text(fault.code)};
}

static void ops_on_end(void *self, struct conn *conn)
{
    (void)self; /* a request here has nothing but its arena */
    (void)conn;
}

/* ---- life --------------------------------------------------------------------------------------
 */

static void part_on_closed(void *self)
{
    struct ops *ops = self;
    if (--ops->parts_open == 0)
        uv_close((uv_handle_t *)&ops->async, NULL);
}

static void async_on_wake(uv_async_t *async)
{
    struct ops *ops = async->data;
    parts_drain(ops);
    uv_mutex_lock(&ops->state.lock);
    bool stop = ops->state.stop;
    uv_mutex_unlock(&ops->state.lock);
    if (!stop || ops->host.stopping)
        return;
    listener_close(&ops->listener, part_on_closed, ops);
    conn_host_stop(&ops->host, false);
}

static void ops_on_room(void *self)
{
    struct ops *ops = self;
    listener_on_room(&ops->listener);
}

static void thread_on_start(void *self)
{
    struct ops *ops = self;
    (void)pthread_setname_np(pthread_self(), "ops");
    int left = uv_run(&ops->uv, UV_RUN_DEFAULT);
    CHECK(left == 0);
}

/* On the opener's thread, before there is another. */
static enum err doors_make(struct ops *ops)
{
    ops->host.uv = &ops->uv;
    ops->host.connections_max = OPS_CONNECTIONS_MAX;
    ops->host.bodies_max = 1;
    ops->host.idle_ms = OPS_IDLE_MS;
    ops->host.head_ms = CONN_HEAD_MS;
    ops->host.metrics = &ops->metrics;
    ops->host.self = ops;
    ops->host.on_head = ops_on_head;
    ops->host.on_request = ops_on_request;
    ops->host.on_fault = ops_on_fault;
    ops->host.on_end = ops_on_end;
    ops->host.on_room = ops_on_room;
    ops->host.on_closed = part_on_closed;
    if (uv_async_init(&ops->uv, &ops->async, async_on_wake) != 0)
        return ERR_IO;
    ops->async.data = ops;
    ops->parts_open = 1;
    enum err err = conn_host_open(&ops->host);
    if (err != ERR_OK) {
        part_on_closed(ops);
        return err;
    }
    err = listener_open(&ops->listener, &ops->host, &ops->address);
    if (err == ERR_OK) {
        ops->parts_open++;
        err = listener_begin(&ops->listener);
    }
    if (err == ERR_OK)
        return ERR_OK;
    if (ops->parts_open == 2)
        listener_close(&ops->listener, part_on_closed, ops);
    conn_host_stop(&ops->host, false);
    return err;
}

static void ops_free(struct ops *ops)
{
    int failed = uv_loop_close(&ops->uv);
    CHECK(failed == 0);
    if (ops->host.closed)
        conn_host_free(&ops->host);
    mpsc_deinit(&ops->parts);
    uv_mutex_destroy(&ops->state.lock);
    free(ops);
}

static enum err address_find(struct ops *ops)
{
    enum err err = listener_parse(ops->config.listen, &ops->address);
    if (err == ERR_OK && ops->address.secure)
        err = ERR_BAD_INPUT; /* plain only */
    if (err == ERR_OK)
        err = listener_probe(&ops->address);
    if (err != ERR_OK)
        LOG(LOG_ALARM, "ops_listen", log_text("url", ops->config.listen),
            log_text("err", err_name(err)));
    return err;
}

enum err ops_start(const struct ops_config *config, struct ops **out)
{
    struct ops *ops = calloc(1, sizeof *ops);
    if (ops == NULL)
        return ERR_NO_MEMORY;
    ops->config = *config;
    ops->state.why_not = "starting";
    signal(SIGPIPE, SIG_IGN);
    enum err err = address_find(ops);
    if (err == ERR_OK && uv_loop_init(&ops->uv) != 0)
        err = ERR_IO;
    if (err != ERR_OK) {
        free(ops);
        return err;
    }
    mpsc_init(&ops->parts);
    int failed = uv_mutex_init(&ops->state.lock);
    CHECK(failed == 0);
    err = loop_reserve(&ops->uv, config->descriptors_max);
    if (err == ERR_OK)
        err = doors_make(ops);
    if (err == ERR_OK && uv_thread_create(&ops->thread, thread_on_start, ops) != 0) {
        listener_close(&ops->listener, part_on_closed, ops);
        conn_host_stop(&ops->host, false);
        err = ERR_IO;
    }
    if (err != ERR_OK) {
        uv_run(&ops->uv, UV_RUN_DEFAULT);
        ops_free(ops);
        return err;
    }
    *out = ops;
    return ERR_OK;
}

uint16_t ops_port(const struct ops *ops)
{
    return listener_port(&ops->address);
}

void ops_progress(struct ops *ops, uint32_t percent)
{
    uv_mutex_lock(&ops->state.lock);
    ops->state.percent = percent;
    uv_mutex_unlock(&ops->state.lock);
}

void ops_ready(struct ops *ops, const char *why_not)
{
    uv_mutex_lock(&ops->state.lock);
    ops->state.why_not = why_not;
    uv_mutex_unlock(&ops->state.lock);
}

void ops_attach(struct ops *ops, struct loop *const *loops, uint16_t count)
{
    uv_mutex_lock(&ops->state.lock);
    ops->state.loops = loops;
    ops->state.loops_count = loops == NULL ? 0 : count;
    uv_mutex_unlock(&ops->state.lock);
}

void ops_stop(struct ops *ops)
{
    if (ops == NULL)
        return;
    uv_mutex_lock(&ops->state.lock);
    ops->state.stop = true;
    uv_mutex_unlock(&ops->state.lock);
    int failed = uv_async_send(&ops->async);
    failed |= uv_thread_join(&ops->thread);
    CHECK(failed == 0);
    ops_free(ops);
}
