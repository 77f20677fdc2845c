#include "card/conn.h"
#include "base/check.h"
#include "base/log.h"
#include <stdlib.h>
#include <string.h>

enum {
    IN_SIZE = REQUEST_HEAD_MAX + REQUEST_BODY_MAX,
    READ_MS = 10 * 1000,
    WRITE_MS = 10 * 1000,
    LINGER_MS = 2 * 1000,
    LINGER_SIZE_MAX = 64 * 1024,
    CIPHER_SIZE = 8 * 1024,
    TLS_HANDSHAKE = 0x16, /* the first byte of a TLS connection, and of no HTTP request */
};

enum conn_state { CONN_READING, CONN_WORKING, CONN_WRITING, CONN_LINGERING, CONN_CLOSING };

struct conn {
    struct server *server;
    enum conn_state state;
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct request request;
    struct exchange exchange;
    struct conn *previous, *next;
    struct tls *tls;       /* NULL: plain, or nothing has come yet */
    struct tls_buffer out; /* the last ciphertext on its way */
    size_t in_size, dropped_size;
    int handles_open;
    char head[ANSWER_HEAD_MAX];
    uint8_t in[IN_SIZE + ORDER_PADDING];
    uint8_t cipher[CIPHER_SIZE];
};

/* Ciphertext that is sent while the handshake goes on. */
struct flight {
    uv_write_t write;
    struct tls_buffer buffer;
};

/* ---- closing -----------------------------------------------------------------------------------
 */

static void conn_on_close(uv_handle_t *handle)
{
    struct conn *conn = handle->data;
    CHECK(conn->handles_open > 0);
    if (--conn->handles_open > 0) {
        return;
    }
    answer_deinit(&conn->exchange.answer);
    tls_close(conn->tls);
    free(conn->out.data);
    explicit_bzero(conn->in, sizeof conn->in); /* a refused request may have held a PIN */
    free(conn);
}

static void conn_close(struct conn *conn)
{
    struct server *server = conn->server;
    if (conn->state == CONN_CLOSING) {
        return;
    }
    CHECK(conn->state != CONN_WORKING);
    conn->state = CONN_CLOSING;
    if (conn->previous != NULL) {
        conn->previous->next = conn->next;
    } else {
        CHECK(server->conns == conn);
        server->conns = conn->next;
    }
    if (conn->next != NULL) {
        conn->next->previous = conn->previous;
    }
    CHECK(server->conn_count > 0);
    server->conn_count--;
    uv_close((uv_handle_t *)&conn->tcp, conn_on_close);
    uv_close((uv_handle_t *)&conn->timer, conn_on_close);
}

static void conn_on_timer(uv_timer_t *timer)
{
    conn_close(timer->data);
}

static void conn_time(struct conn *conn, uint64_t ms)
{
    CHECK(uv_timer_start(&conn->timer, conn_on_timer, ms, 0) == 0);
}

void conn_stop_all(struct server *server)
{
    for (struct conn *conn = server->conns; conn != NULL;) {
        struct conn *next = conn->next;
        if (conn->state == CONN_READING || conn->state == CONN_LINGERING) {
            conn_close(conn);
        }
        conn = next;
    }
}

/* ---- writing -----------------------------------------------------------------------------------
 */

static void conn_on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer);

static void conn_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct conn *conn = handle->data;
    (void)suggested;
    if (conn->state == CONN_LINGERING) {
        *buffer = uv_buf_init((char *)conn->in, IN_SIZE); /* to be dropped */
    } else if (conn->tls != NULL) {
        *buffer = uv_buf_init((char *)conn->cipher, CIPHER_SIZE);
    } else if (conn->in_size == 0) {
        *buffer = uv_buf_init((char *)conn->in, CIPHER_SIZE); /* it may turn out to be TLS */
    } else {
        CHECK(conn->in_size < IN_SIZE);
        *buffer =
            uv_buf_init((char *)conn->in + conn->in_size, (unsigned)(IN_SIZE - conn->in_size));
    }
}

static void conn_on_shutdown(uv_shutdown_t *shutdown, int status)
{
    struct conn *conn = shutdown->data;
    if (conn->state == CONN_CLOSING) {
        return;
    }
    if (status != 0 || conn->server->stopped) {
        conn_close(conn);
        return;
    }
    conn->state = CONN_LINGERING;
    conn_time(conn, LINGER_MS);
    if (uv_read_start((uv_stream_t *)&conn->tcp, conn_on_alloc, conn_on_read) != 0) {
        conn_close(conn);
    }
}

static void conn_on_write(uv_write_t *write, int status)
{
    struct conn *conn = write->data;
    if (conn->state == CONN_CLOSING) {
        return;
    }
    if (status != 0 ||
        uv_shutdown(&conn->shutdown, (uv_stream_t *)&conn->tcp, conn_on_shutdown) != 0) {
        conn_close(conn);
    }
}

/* Sends what the filter has made; the connection is closed after it. */
static void conn_send_last(struct conn *conn)
{
    CHECK(conn->out.data == NULL);
    conn->state = CONN_WRITING;
    conn->out = tls_take(conn->tls);
    uv_buf_t part = uv_buf_init((char *)conn->out.data, (unsigned)conn->out.size);
    conn_time(conn, WRITE_MS);
    if (part.len == 0 ||
        uv_write(&conn->write, (uv_stream_t *)&conn->tcp, &part, 1, conn_on_write) != 0) {
        conn_close(conn);
    }
}

static void flight_on_write(uv_write_t *write, int status)
{
    struct flight *flight = container_of(write, struct flight, write);
    (void)status; /* a broken connection is seen by reading */
    free(flight->buffer.data);
    free(flight);
}

/* Sends what the handshake wants said. */
static void conn_flush(struct conn *conn)
{
    struct tls_buffer buffer = tls_take(conn->tls);
    struct flight *flight = buffer.size > 0 ? malloc(sizeof *flight) : NULL;
    if (flight == NULL) {
        free(buffer.data);
        return; /* nothing to say; or no memory, and the peer's patience ends it */
    }
    flight->buffer = buffer;
    uv_buf_t part = uv_buf_init((char *)buffer.data, (unsigned)buffer.size);
    if (uv_write(&flight->write, (uv_stream_t *)&conn->tcp, &part, 1, flight_on_write) != 0) {
        flight_on_write(&flight->write, 0);
    }
}

static void conn_answer_tls(struct conn *conn, struct bytes head, struct bytes body)
{
    if (tls_write(conn->tls, head) != ERR_OK || tls_write(conn->tls, body) != ERR_OK) {
        conn_close(conn);
        return;
    }
    tls_end(conn->tls);
    conn_send_last(conn);
}

static void conn_on_answer(struct exchange *exchange, void *context)
{
    struct conn *conn = context;
    uv_buf_t parts[2];
    CHECK(conn->state == CONN_WORKING);
    conn->state = CONN_WRITING;
    size_t head_size = answer_head(&exchange->answer, conn->head);
    struct bytes body = exchange->answer.body;
    if (conn->tls != NULL) {
        conn_answer_tls(conn, bytes_of(conn->head, head_size), body);
        return;
    }
    parts[0] = uv_buf_init(conn->head, (unsigned)head_size);
    /* uv takes a mutable buffer and only reads it. */
    parts[1] = uv_buf_init((char *)(uintptr_t)body.data, (unsigned)body.size);
    conn_time(conn, WRITE_MS);
    if (uv_write(&conn->write, (uv_stream_t *)&conn->tcp, parts, body.size > 0 ? 2 : 1,
                 conn_on_write) != 0) {
        conn_close(conn);
    }
}

/* ---- reading -----------------------------------------------------------------------------------
 */

static void conn_work(struct conn *conn)
{
    conn->state = CONN_WORKING;
    CHECK(uv_read_stop((uv_stream_t *)&conn->tcp) == 0);
    CHECK(uv_timer_stop(&conn->timer) == 0);
    conn->exchange.done = conn_on_answer;
    conn->exchange.context = conn;
}

static void conn_take(struct conn *conn)
{
    int status = 0;
    struct bytes input = bytes_of(conn->in, conn->in_size);
    switch (request_read(input, &conn->request, &status)) {
    case REQUEST_MORE: break;
    case REQUEST_BAD:
        conn_work(conn);
        LOG(LOG_INFO, "bad_request", log_int("status", status));
        answer_fail(&conn->exchange.answer, CODE_REQUEST, status);
        conn_on_answer(&conn->exchange, conn);
        break;
    case REQUEST_READY:
        CHECK(conn->request.head_size + conn->request.body_size <= IN_SIZE);
        if (conn->in_size >= conn->request.head_size + conn->request.body_size) {
            conn_work(conn);
            bridge_take(conn->server->bridge, &conn->request, conn->in + conn->request.head_size,
                        &conn->exchange);
        }
        break;
    }
}

/* Decrypts into `in` and looks at it; ends when all is taken, or the connection reads no more. */
static void conn_decrypt(struct conn *conn)
{
    while (conn->state == CONN_READING) {
        size_t size = 0;
        CHECK(conn->in_size < IN_SIZE);
        enum tls_status status =
            tls_read(conn->tls, conn->in + conn->in_size, IN_SIZE - conn->in_size, &size);
        switch (status) {
        case TLS_PLAIN:
            conn->in_size += size;
            conn_take(conn);
            break;
        case TLS_WANT: conn_flush(conn); return;
        case TLS_CLOSED: conn_close(conn); return;
        case TLS_FAILED:
            CHECK(uv_read_stop((uv_stream_t *)&conn->tcp) == 0);
            conn_send_last(conn);
            return;
        }
    }
}

/* The first bytes tell which it is: pages of https sites may need TLS even on loopback (AUTH 2.4),
 * where TLS is not set up everything is plain. */
static void conn_take_first(struct conn *conn, size_t size)
{
    struct tls_site *site = conn->server->site;
    if (site == NULL || conn->in[0] != TLS_HANDSHAKE) {
        conn->in_size = size;
        conn_take(conn);
        return;
    }
    CHECK(size <= CIPHER_SIZE);
    memcpy(conn->cipher, conn->in, size);
    if (tls_open(site, &conn->tls) != ERR_OK) {
        conn_close(conn);
        return;
    }
    conn->exchange.secure = true;
    tls_give(conn->tls, bytes_of(conn->cipher, size));
    conn_decrypt(conn);
}

static void conn_on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct conn *conn = stream->data;
    (void)buffer;
    if (size < 0) {
        conn_close(conn);
        return;
    }
    if (conn->state == CONN_LINGERING) {
        conn->dropped_size += (size_t)size;
        if (conn->dropped_size > LINGER_SIZE_MAX) {
            conn_close(conn);
        }
        return;
    }
    CHECK(conn->state == CONN_READING);
    if (size == 0) {
        return;
    }
    if (conn->tls != NULL) {
        tls_give(conn->tls, bytes_of(conn->cipher, (size_t)size));
        conn_decrypt(conn);
    } else if (conn->in_size == 0) {
        conn_take_first(conn, (size_t)size);
    } else {
        conn->in_size += (size_t)size;
        conn_take(conn);
    }
}

void conn_open(struct server *server, uv_stream_t *listener, bool compat)
{
    struct conn *conn = calloc(1, sizeof *conn);
    if (conn == NULL) {
        return; /* the peer waits in the backlog */
    }
    conn->server = server;
    conn->exchange.compat = compat;
    conn->tcp.data = conn->timer.data = conn->write.data = conn->shutdown.data = conn;
    CHECK(uv_tcp_init(server->loop, &conn->tcp) == 0);
    CHECK(uv_timer_init(server->loop, &conn->timer) == 0);
    conn->handles_open = 2;
    conn->next = server->conns;
    if (conn->next != NULL) {
        conn->next->previous = conn;
    }
    server->conns = conn;
    server->conn_count++;
    if (uv_accept(listener, (uv_stream_t *)&conn->tcp) != 0 ||
        server->conn_count > SERVER_CONNS_MAX ||
        uv_read_start((uv_stream_t *)&conn->tcp, conn_on_alloc, conn_on_read) != 0) {
        conn_close(conn);
        return;
    }
    conn_time(conn, READ_MS);
}
