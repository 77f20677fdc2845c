/* All connections of one door: their memory, their deadlines, their end. */
#include "base/check.h"
#include "base/prng.h"
#include "web/conn_private.h"
#include <stdlib.h>

/* True if the client sends its body too slowly: 10 s are free, then 1 KiB a second. */
static bool body_is_slow(const struct conn *conn, uint64_t now_ms)
{
    uint64_t spent_ms = now_ms - conn->body_began_ms;
    if (spent_ms <= CONN_BODY_GRACE_MS)
        return false;
    return conn->body_bytes < (spent_ms - CONN_BODY_GRACE_MS) * CONN_BODY_RATE / 1000;
}

static void conn_look(struct conn *conn, uint64_t now_ms)
{
    static const struct http_fault timeout = {408, "request_timeout"};
    bool late = now_ms >= conn->deadline_ms;
    switch (conn->state) {
    case CONN_HEAD:
        if (late && http_has_begun(&conn->http))
            conn_fault(conn, timeout);
        else if (late)
            conn_close(conn);
        break;
    case CONN_BODY:
        if (body_is_slow(conn, now_ms))
            conn_fault(conn, timeout);
        break;
    case CONN_WRITING:
        if (late)
            conn_reset(conn); /* it reads nothing: a usual end would wait for it in the kernel */
        break;
    case CONN_IDLE:
    case CONN_LINGERING:
        if (late)
            conn_close(conn);
        break;
    case CONN_DECIDING:
    case CONN_BUSY:
    case CONN_STREAMING:
    case CONN_CLOSING: break; /* the exchange has its own deadline */
    }
}

static void host_on_tick(uv_timer_t *timer)
{
    struct conn_host *host = timer->data;
    uint64_t now_ms = uv_now(host->uv);
    struct conn *next;
    if (host->quick && host->on_quick != NULL)
        host->on_quick(host->self, now_ms);
    if (now_ms < host->tick_at_ms)
        return;
    host->tick_at_ms = now_ms + CONN_TICK_MS;
    for (struct conn *conn = host->first; conn != NULL; conn = next) {
        next = conn->next;
        conn_look(conn, now_ms);
    }
    if (host->on_tick != NULL)
        host->on_tick(host->self, now_ms);
}

static void host_after_poll(uv_check_t *check)
{
    const struct conn_host *host = check->data;
    while (host->sent != NULL)
        conn_go_on(host->sent);
}

void conn_host_quick(struct conn_host *host, bool quick)
{
    uint64_t gap_ms = quick ? CONN_QUICK_MS : CONN_TICK_MS;
    if (host->quick == quick || uv_is_closing((uv_handle_t *)&host->tick))
        return;
    host->quick = quick;
    int failed = uv_timer_start(&host->tick, host_on_tick, gap_ms, gap_ms);
    CHECK(failed == 0);
}

static void reserves_close(struct conn_host *host)
{
    for (size_t i = 0; i < CONN_RESERVES; i++)
        arena_deinit(&host->reserves[i]);
}

static enum err reserves_open(struct conn_host *host)
{
    for (size_t i = 0; i < CONN_RESERVES; i++) {
        struct arena *reserve = &host->reserves[i];
        arena_init(reserve, CONN_RESERVE_SIZE, CONN_RESERVE_SIZE);
        if (arena_alloc(reserve, CONN_RESERVE_SIZE) == NULL) {
            reserves_close(host);
            return ERR_NO_MEMORY;
        }
        arena_reset(reserve); /* keeps the chunk: from now on it needs no malloc */
    }
    return ERR_OK;
}

enum err conn_host_open(struct conn_host *host)
{
    CHECK(host->uv != NULL && host->metrics != NULL && host->connections_max > 0);
    CHECK(host->head_ms > 0 && host->idle_ms > 0);
    CHECK(host->on_head != NULL && host->on_request != NULL && host->on_fault != NULL);
    CHECK(host->on_end != NULL && host->on_closed != NULL);
    host->by_slot = calloc(host->connections_max, sizeof(struct conn *));
    if (host->by_slot == NULL)
        return ERR_NO_MEMORY;
    enum err err = slab_init(&host->slab, sizeof(struct conn), host->connections_max);
    if (err == ERR_OK) {
        err = reserves_open(host);
        if (err != ERR_OK)
            slab_deinit(&host->slab);
    }
    if (err != ERR_OK) {
        free(host->by_slot);
        return err;
    }
    entropy_fill(host->request_seed, sizeof host->request_seed);
    host->date_s = -1;
    int failed = uv_timer_init(host->uv, &host->tick);
    failed |= uv_timer_start(&host->tick, host_on_tick, CONN_TICK_MS, CONN_TICK_MS);
    failed |= uv_check_init(host->uv, &host->after_poll);
    failed |= uv_check_start(&host->after_poll, host_after_poll);
    CHECK(failed == 0);
    host->tick.data = host->after_poll.data = host;
    return ERR_OK;
}

static void last_on_close(uv_handle_t *handle)
{
    struct conn_host *host = handle->data;
    host->closed = true;
    host->on_closed(host->self);
}

static void tick_on_close(uv_handle_t *handle)
{
    struct conn_host *host = handle->data;
    uv_close((uv_handle_t *)&host->after_poll, last_on_close);
}

void conn_host_look(struct conn_host *host)
{
    if (host->first == NULL && !uv_is_closing((uv_handle_t *)&host->tick))
        uv_close((uv_handle_t *)&host->tick, tick_on_close);
}

void conn_host_stop(struct conn_host *host, bool graceful)
{
    host->stopping = true;
    struct conn *next;
    for (struct conn *conn = host->first; conn != NULL; conn = next) {
        next = conn->next;
        bool waits = conn->state == CONN_IDLE || conn->state == CONN_STREAMING ||
                     (conn->state == CONN_HEAD && !http_has_begun(&conn->http));
        if (waits || !graceful)
            conn_close(conn);
    }
    conn_host_look(host);
}

void conn_host_free(struct conn_host *host)
{
    CHECK(host->closed && host->first == NULL);
    for (uint32_t i = 0; i < host->spare_count; i++)
        arena_deinit(&host->spare[i]);
    reserves_close(host);
    slab_deinit(&host->slab);
    free(host->by_slot);
}
