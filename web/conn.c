#include "web/conn.h"
#include "base/check.h"
#include "base/log.h"
#include "base/prng.h"
#include "web/conn_private.h"
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

/* ---- requests ----------------------------------------------------------------------------------
 */

/* An arena with a chunk in it is kept for the next request: no malloc for the usual one. */
static void arena_take(struct conn *conn)
{
    CHECK(!conn->has_arena);
    struct conn_host *host = conn->host;
    if (host->spare_count > 0)
        conn->arena = host->spare[--host->spare_count];
    else
        arena_init(&conn->arena, CONN_ARENA_CHUNK, CONN_ARENA_QUOTA);
    conn->has_arena = true;
}

static void arena_give(struct conn *conn)
{
    if (!conn->has_arena)
        return;
    struct conn_host *host = conn->host;
    conn->has_arena = false;
    arena_reset(&conn->arena);
    bool usual = arena_held(&conn->arena) <= 2 * CONN_ARENA_CHUNK;
    if (usual && host->spare_count < CONN_ARENAS_SPARE)
        host->spare[host->spare_count++] = conn->arena;
    else
        arena_deinit(&conn->arena);
}

struct arena *conn_reserve(struct conn *conn)
{
    struct conn_host *host = conn->host;
    for (size_t i = 0; i < CONN_RESERVES && conn->reserve == NULL; i++) {
        if (host->reserves_taken[i])
            continue;
        host->reserves_taken[i] = true;
        conn->reserve = &host->reserves[i];
    }
    return conn->reserve;
}

static void reserve_give(struct conn *conn)
{
    if (conn->reserve == NULL)
        return;
    arena_reset(conn->reserve); /* its chunk stays */
    conn->host->reserves_taken[conn->reserve - conn->host->reserves] = false;
    conn->reserve = NULL;
}

/* Unique and unguessable enough for a log; no secret. */
static void request_id_make(struct conn *conn)
{
    static const char digits[] = "0123456789abcdef";
    struct conn_host *host = conn->host;
    uint64_t x = host->request_seed[0] += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    x ^= x >> 31 ^ host->request_seed[1];
    for (int i = 0; i < CONN_REQUEST_ID; i++, x >>= 4)
        conn->request_id[i] = digits[x & 15];
    conn->request_id[CONN_REQUEST_ID] = '\0';
}

static void request_begin(struct conn *conn)
{
    arena_take(conn);
    http_init(&conn->http, &conn->arena);
    request_id_make(conn);
    conn->begun_us = uv_hrtime() / 1000;
    conn->state = CONN_HEAD;
    conn->deadline_ms = uv_now(conn->host->uv) + conn->host->head_ms;
    conn->answered = conn->skipped = conn->streams = false;
    conn->body_bytes = 0;
}

/* Gives back what the request had. Not while somebody holds it. */
static void request_end(struct conn *conn)
{
    CHECK(conn->holds == 0);
    if (!conn->has_arena)
        return;
    conn->host->on_end(conn->host->self, conn);
    CHECK(conn->host->bodies >= conn->body_held);
    conn->host->bodies -= conn->body_held;
    conn->body_held = 0;
    conn->exchange = NULL;
    conn->out_head = conn->out_body = (struct bytes){NULL, 0};
    arena_give(conn);
    reserve_give(conn);
}

void conn_next(struct conn *conn)
{
    request_end(conn);
    conn->state = CONN_IDLE;
    conn->deadline_ms = uv_now(conn->host->uv) + conn->host->idle_ms;
    if (conn->host->stopping)
        conn_linger(conn);
    else
        conn_run(conn);
}

void conn_fault(struct conn *conn, struct http_fault fault)
{
    struct answer answer = {.status = fault.status};
    if (!conn->has_arena)
        request_begin(conn);
    conn->state = CONN_BUSY;
    conn->host->on_fault(conn->host->self, conn, fault, &answer);
    answer.close = true;
    conn_answer(conn, &answer);
}

bool conn_is_secure(const struct conn *conn)
{
    return conn->tls != NULL;
}

void conn_hold(struct conn *conn)
{
    CHECK(conn->state == CONN_BUSY || conn->state == CONN_STREAMING);
    conn->holds++;
}

void conn_release(struct conn *conn)
{
    CHECK(conn->holds > 0);
    conn->holds--;
    if (conn->state == CONN_CLOSING)
        conn_maybe_free(conn);
}

/* ---- bytes in ----------------------------------------------------------------------------------
 */

static bool wants_input(const struct conn *conn)
{
    return conn->state == CONN_IDLE || conn->state == CONN_HEAD || conn->state == CONN_BODY;
}

/* RFC 9110 10.1.1: only as long as no byte of the body has come. */
static void continue_send(struct conn *conn)
{
    if (!conn->http.request.expects_continue || conn->plain.size > 0)
        return;
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    conn_write_now(conn, bytes_of(text, sizeof text - 1));
}

static void request_is_whole(struct conn *conn)
{
    conn->state = CONN_BUSY;
    conn->host->on_request(conn->host->self, conn);
}

bool conn_read_body(struct conn *conn, uint32_t max)
{
    CHECK(conn->state == CONN_DECIDING);
    const struct request *request = &conn->http.request;
    struct conn_host *host = conn->host;
    uint64_t needed = request->is_chunked ? max : request->length;
    if (needed <= max && host->bodies + needed > host->bodies_max)
        return false;
    switch (http_accept(&conn->http, max)) {
    case FEED_MORE: break;
    case FEED_DONE: request_is_whole(conn); return true;
    case FEED_FAULT: conn_fault(conn, conn->http.fault); return true;
    case FEED_HEAD: CHECK(false); /* a body is no head */
    }
    conn->body_held = (uint32_t)needed;
    host->bodies += needed;
    conn->state = CONN_BODY;
    conn->body_began_ms = uv_now(host->uv);
    continue_send(conn);
    return true;
}

void conn_skip_body(struct conn *conn)
{
    CHECK(conn->state == CONN_DECIDING);
    conn->skipped = request_has_body(&conn->http.request);
    conn->state = CONN_BUSY;
}

static void head_is_whole(struct conn *conn)
{
    conn->state = CONN_DECIDING;
    conn->host->metrics->counters[METRIC_REQUESTS]++;
    conn->host->on_head(conn->host->self, conn);
    CHECK(conn->state != CONN_DECIDING);
}

static void plain_consume(struct conn *conn)
{
    if (conn->state == CONN_IDLE)
        request_begin(conn);
    size_t used;
    enum http_event event = http_feed(&conn->http, conn->plain, &used);
    if (conn->state == CONN_BODY)
        conn->body_bytes += used;
    conn->plain = bytes_slice(conn->plain, used, conn->plain.size - used);
    switch (event) {
    case FEED_MORE: CHECK(conn->plain.size == 0); break;
    case FEED_HEAD: head_is_whole(conn); break;
    case FEED_DONE: request_is_whole(conn); break;
    case FEED_FAULT: conn_fault(conn, conn->http.fault); break;
    }
}

/* Decrypts the next piece into the host's buffer. False: nothing there, or the connection is
 * ending. */
static bool plain_refill(struct conn *conn)
{
    if (conn->tls == NULL)
        return false;
    bool was_ready = tls_is_ready(conn->tls);
    size_t size;
    enum tls_status status = tls_read(conn->tls, conn->host->plain_buffer, CONN_PLAIN_SIZE, &size);
    if (!was_ready && tls_is_ready(conn->tls)) {
        conn->host->metrics->counters[METRIC_HANDSHAKES]++;
        conn->deadline_ms = uv_now(conn->host->uv) + conn->host->idle_ms;
    }
    conn_flush(conn);
    if (conn->state == CONN_CLOSING)
        return false;
    switch (status) {
    case TLS_PLAIN: conn->plain = bytes_of(conn->host->plain_buffer, size); return true;
    case TLS_WANT: return false;
    case TLS_CLOSED: conn_on_end_of_input(conn); return false;
    case TLS_FAILED: conn_linger(conn); return false; /* the alert goes first */
    }
    CHECK(false); /* no such status */
    return false;
}

static void stash_free(struct tls_buffer *stash)
{
    free(stash->data);
    *stash = (struct tls_buffer){NULL, 0, 0};
}

/* Bytes that were read and may not be taken yet move out of the shared buffers. */
static bool stash_keep(struct bytes *view, struct tls_buffer *stash)
{
    if (view->size == 0) {
        stash_free(stash);
        return true;
    }
    if (stash->data != NULL && view->data >= stash->data &&
        view->data < stash->data + stash->capacity)
        return true; /* lies there already */
    uint8_t *kept = malloc(view->size);
    if (kept == NULL)
        return false;
    memcpy(kept, view->data, view->size);
    stash_free(stash);
    *stash = (struct tls_buffer){kept, view->size, view->size};
    view->data = kept;
    return true;
}

bool conn_has_rest(const struct conn *conn)
{
    return conn->plain.size > 0 || (conn->tls != NULL && tls_rest(conn->tls).size > 0);
}

static bool rest_keep(struct conn *conn)
{
    bool kept = stash_keep(&conn->plain, &conn->plain_stash);
    if (conn->tls == NULL || !kept)
        return kept;
    struct bytes rest = tls_rest(conn->tls);
    kept = stash_keep(&rest, &conn->cipher_stash);
    if (kept)
        tls_move_rest(conn->tls, rest.data);
    return kept;
}

/* No memory for the requests behind this one: it is still answered, then the connection ends. */
static void rest_drop(struct conn *conn)
{
    CHECK(conn->state == CONN_BUSY || conn->state == CONN_WRITING);
    conn->plain = (struct bytes){NULL, 0};
    if (conn->tls != NULL)
        tls_drop_rest(conn->tls);
    conn->skipped = true;
    conn->close_after = true;
}

void conn_run(struct conn *conn)
{
    conn->host->takes++;
    while (wants_input(conn) && (conn->plain.size > 0 || plain_refill(conn)))
        plain_consume(conn);
    if (conn->state == CONN_CLOSING)
        return;
    if (conn->state == CONN_LINGERING) {
        conn_reading_set(conn, true);
        return;
    }
    if (!rest_keep(conn))
        rest_drop(conn);
    /* A client that waits for its answer sends nothing: to stop reading for that time would cost
     * two calls of the system a request. What comes nevertheless ends it. */
    conn_reading_set(conn, !conn->ended && (wants_input(conn) || !conn_has_rest(conn)));
}

/* The client has ended its side: a message half sent will not get better. */
void conn_on_end_of_input(struct conn *conn)
{
    conn->ended = true;
    conn_reading_set(conn, false);
    bool half =
        (conn->state == CONN_HEAD && http_has_begun(&conn->http)) || conn->state == CONN_BODY;
    if (half)
        conn_fault(conn, (struct http_fault){400, "bad_request"});
    else if (wants_input(conn) || conn->state == CONN_LINGERING || conn->state == CONN_STREAMING)
        conn_close(conn);
}

static void conn_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    struct conn *conn = handle->data;
    *buffer = uv_buf_init((char *)conn->host->read_buffer, CONN_READ_SIZE);
}

static void conn_on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct conn *conn = stream->data;
    conn_go_on(conn);
    if (conn->state == CONN_CLOSING || size == 0)
        return;
    if (size == UV_EOF) {
        conn_on_end_of_input(conn);
        return;
    }
    if (size < 0) {
        conn_close(conn); /* reset by the peer, or the network is gone */
        return;
    }
    if (conn->state == CONN_LINGERING) {
        conn->lingered += (uint32_t)size;
        if (conn->lingered > CONN_LINGER_BYTES)
            conn_reading_set(conn, false); /* the deadline ends it: a reset now would hurt */
        return;
    }
    if (conn->streams)
        return; /* nothing that it says is heard any more, whether an event is on its way or not */
    struct bytes bytes = bytes_of(buffer->base, (size_t)size);
    if (conn->tls != NULL)
        tls_give(conn->tls, bytes);
    else
        conn->plain = bytes;
    conn_run(conn);
}

void conn_reading_set(struct conn *conn, bool reading)
{
    if (conn->reading == reading || conn->state == CONN_CLOSING)
        return;
    conn->reading = reading;
    if (!reading) {
        uv_read_stop((uv_stream_t *)&conn->tcp);
        return;
    }
    if (uv_read_start((uv_stream_t *)&conn->tcp, conn_on_alloc, conn_on_read) != 0)
        conn_close(conn);
}

/* ---- end ---------------------------------------------------------------------------------------
 */

static void list_remove(struct conn *conn)
{
    if (conn->previous != NULL)
        conn->previous->next = conn->next;
    else
        conn->host->first = conn->next;
    if (conn->next != NULL)
        conn->next->previous = conn->previous;
}

void conn_maybe_free(struct conn *conn)
{
    if (!conn->handle_closed || conn->holds > 0)
        return;
    struct conn_host *host = conn->host;
    request_end(conn);
    tls_close(conn->tls);
    free(conn->wire.data);
    stash_free(&conn->plain_stash);
    stash_free(&conn->cipher_stash);
    list_remove(conn);
    host->by_slot[conn->slot] = NULL;
    slab_give(&host->slab, conn->slot);
    if (host->stopping)
        conn_host_look(host);
    else if (host->on_room != NULL)
        host->on_room(host->self);
}

static void conn_on_close(uv_handle_t *handle)
{
    struct conn *conn = handle->data;
    conn->handle_closed = true;
    conn_maybe_free(conn);
}

void conn_close(struct conn *conn)
{
    if (conn->state == CONN_CLOSING)
        return;
    conn->state = CONN_CLOSING;
    conn_unlist(conn);
    uv_close((uv_handle_t *)&conn->tcp, conn_on_close);
}

void conn_reset(struct conn *conn)
{
    if (conn->state == CONN_CLOSING)
        return;
    if (uv_tcp_close_reset(&conn->tcp, conn_on_close) != 0) {
        conn_close(conn); /* a shutdown is under way */
        return;
    }
    conn->state = CONN_CLOSING;
    conn_unlist(conn);
}

/* ---- begin -------------------------------------------------------------------------------------
 */

static void list_add(struct conn_host *host, struct conn *conn)
{
    conn->next = host->first;
    if (host->first != NULL)
        host->first->previous = conn;
    host->first = conn;
}

/* Else the kernel takes megabytes for a client that reads nothing, and nobody sees that it stalls
 * (RELIABILITY 2.4, rule 14). Both only make things better: failures are passed over. */
static void send_limit(struct conn *conn)
{
    int size = CONN_SEND_BUFFER;
    unsigned stall_ms = CONN_STALL_MS;
    uv_os_fd_t fd;
    (void)uv_send_buffer_size((uv_handle_t *)&conn->tcp, &size);
    if (uv_fileno((uv_handle_t *)&conn->tcp, &fd) == 0)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &stall_ms, sizeof stall_ms);
}

bool conn_accept(struct conn_host *host, uv_stream_t *listener)
{
    uint32_t slot;
    uint32_t generation;
    struct conn *conn = slab_take(&host->slab, &slot, &generation);
    if (conn == NULL)
        return false;
    conn->host = host;
    conn->slot = slot;
    conn->generation = generation;
    int failed = uv_tcp_init(host->uv, &conn->tcp);
    CHECK(failed == 0); /* makes no socket yet */
    conn->tcp.data = conn;
    host->by_slot[slot] = conn;
    list_add(host, conn);
    host->metrics->counters[METRIC_CONNECTIONS]++;
    conn->deadline_ms = uv_now(host->uv) + (host->tls != NULL ? host->head_ms : host->idle_ms);
    if (uv_accept(listener, (uv_stream_t *)&conn->tcp) != 0 ||
        (host->tls != NULL && tls_open(host->tls, &conn->tls) != ERR_OK)) {
        conn_close(conn);
        return true;
    }
    uv_tcp_nodelay(&conn->tcp, 1); /* only slower without */
    send_limit(conn);
    conn_reading_set(conn, true);
    return true;
}

void conn_peer(const struct conn *conn, uint8_t address[16])
{
    struct sockaddr_storage peer = {0};
    int size = sizeof peer;
    memset(address, 0, 16);
    if (uv_tcp_getpeername(&conn->tcp, (struct sockaddr *)(void *)&peer, &size) != 0)
        return;
    if (peer.ss_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, &peer, sizeof four);
        address[10] = address[11] = 0xff;
        memcpy(address + 12, &four.sin_addr, 4);
    } else if (peer.ss_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, &peer, sizeof six);
        bool mapped = IN6_IS_ADDR_V4MAPPED(&six.sin6_addr);
        memcpy(address, &six.sin6_addr, mapped ? 16 : 8);
    }
}

struct conn *conn_at(const struct conn_host *host, uint32_t slot)
{
    return slot < host->connections_max ? host->by_slot[slot] : NULL;
}
