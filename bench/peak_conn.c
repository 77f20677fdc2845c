#include "bench/peak_conn.h"
#include "base/check.h"
#include "bench/wire.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AGAIN_MS = 50 };

static void conn_connect(struct peak_conn *conn);

/* ---- where to ---- */

enum err peak_conn_to_open(const char *url, const char *ca, struct peak_conn_to *out)
{
    uint16_t port;
    bool tls;
    *out = (struct peak_conn_to){0};
    if (!url_parse(url, &tls, out->host, &port)) {
        (void)fputs("--url is http://A.B.C.D:PORT or https://A.B.C.D:PORT\n", stderr);
        return ERR_BAD_INPUT;
    }
    (void)snprintf(out->host_port, sizeof out->host_port, "%s:%u", out->host, port);
    out->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    (void)inet_pton(AF_INET, out->host, &out->address.sin_addr);
    enum err err = tls ? tls_client_site_open(ca, &out->site) : ERR_OK;
    if (err != ERR_OK) {
        (void)fprintf(stderr, "--ca: %s\n", err_sentence(err));
    }
    return err;
}

void peak_conn_to_close(struct peak_conn_to *to)
{
    tls_client_site_close(to->site);
    to->site = NULL;
}

/* ---- the answer ---- */

static int on_body(llhttp_t *parser, const char *at, size_t size)
{
    struct peak_conn *conn = container_of(parser, struct peak_conn, parser);
    if (conn->body_size + size > conn->body_room) {
        size_t room = conn->body_room == 0 ? 8192 : conn->body_room * 2;
        while (room < conn->body_size + size) {
            room *= 2;
        }
        uint8_t *grown = room > PEAK_BODY_MAX ? NULL : realloc(conn->body, room);
        if (grown == NULL) {
            return -1;
        }
        conn->body = grown;
        conn->body_room = room;
    }
    memcpy(conn->body + conn->body_size, at, size);
    conn->body_size += size;
    return 0;
}

static int on_message_complete(llhttp_t *parser)
{
    struct peak_conn *conn = container_of(parser, struct peak_conn, parser);
    conn->answered = true;
    return HPE_PAUSED;
}

static void conn_close(struct peak_conn *conn);

static void conn_answered(struct peak_conn *conn)
{
    bool keep = llhttp_should_keep_alive(&conn->parser) != 0;
    conn->busy = false;
    conn->answered = false;
    conn->owner->on_answer(conn->owner->self, conn, (unsigned)conn->parser.status_code,
                           bytes_of(conn->body, conn->body_size));
    if (!keep) {
        conn_close(conn);
    } else if (!conn->busy && !conn->ending) {
        conn->owner->on_idle(conn->owner->self, conn);
    }
}

/* ---- the wire ---- */

static void on_closed(uv_handle_t *handle)
{
    struct peak_conn *conn = container_of(handle, struct peak_conn, tcp);
    if (!conn->ending) {
        conn_connect(conn);
    }
}

static void conn_close(struct peak_conn *conn)
{
    conn->open = false;
    tls_client_close(conn->tls);
    conn->tls = NULL;
    if (conn->busy) {
        conn->busy = false;
        conn->owner->on_lost(conn->owner->self, conn);
    }
    if (!uv_is_closing((uv_handle_t *)&conn->tcp)) {
        uv_close((uv_handle_t *)&conn->tcp, on_closed);
    }
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct peak_conn *conn = container_of(handle, struct peak_conn, tcp);
    (void)suggested;
    *buf = uv_buf_init((char *)conn->read, sizeof conn->read);
}

static void plain_take(struct peak_conn *conn, const void *data, size_t size)
{
    if (!conn->busy) {
        conn_close(conn);
        return;
    }
    llhttp_errno_t error = llhttp_execute(&conn->parser, data, size);
    if (conn->answered) {
        conn_answered(conn);
    } else if (error != HPE_OK) {
        conn_close(conn);
    } else if (conn->owner->on_part != NULL && conn->body_size > 0 &&
               conn->owner->on_part(conn->owner->self, conn, (unsigned)conn->parser.status_code,
                                    bytes_of(conn->body, conn->body_size))) {
        conn->busy = false; /* given up, not lost */
        conn_close(conn);
    }
}

/* What the filter wants to send: it fits into the socket's memory, so the kernel takes it at once
 * since the last answer has been read. */
static void cipher_send(struct peak_conn *conn)
{
    struct bytes pending = tls_client_pending(conn->tls);
    if (pending.size == 0) {
        return;
    }
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)pending.data, (unsigned)pending.size);
    int sent = uv_try_write((uv_stream_t *)&conn->tcp, &buf, 1);
    tls_client_sent(conn->tls);
    if (sent < 0 || (size_t)sent < pending.size) {
        conn_close(conn);
    }
}

static void cipher_take(struct peak_conn *conn, const void *data, size_t size)
{
    uint8_t plain[PEAK_READ_MAX];
    tls_client_give(conn->tls, bytes_of(data, size));
    for (;;) {
        bool was_ready = tls_client_is_ready(conn->tls);
        int got = tls_client_read(conn->tls, plain, sizeof plain);
        if (got < 0) {
            conn_close(conn);
            return;
        }
        cipher_send(conn);
        if (conn->tls != NULL && !was_ready && tls_client_is_ready(conn->tls)) {
            conn->open = true;
            conn->owner->on_idle(conn->owner->self, conn);
        }
        if (got > 0 && conn->tls != NULL) {
            plain_take(conn, plain, (size_t)got);
        }
        if (got == 0 || conn->tls == NULL) {
            return;
        }
    }
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    struct peak_conn *conn = container_of(stream, struct peak_conn, tcp);
    if (size == 0) {
        return;
    }
    if (size < 0) {
        conn_close(conn);
    } else if (conn->tls != NULL) {
        cipher_take(conn, buf->base, (size_t)size);
    } else {
        plain_take(conn, buf->base, (size_t)size);
    }
}

static void on_again(uv_timer_t *timer)
{
    conn_connect(container_of(timer, struct peak_conn, again));
}

static void on_refused(uv_handle_t *handle)
{
    struct peak_conn *conn = container_of(handle, struct peak_conn, tcp);
    if (!conn->ending) {
        (void)uv_timer_start(&conn->again, on_again, AGAIN_MS, 0);
    }
}

static void on_connect(uv_connect_t *connect, int status)
{
    struct peak_conn *conn = container_of(connect, struct peak_conn, connect);
    if (status == UV_ECANCELED) {
        return;
    }
    if (status != 0) {
        uv_close((uv_handle_t *)&conn->tcp, on_refused);
        return;
    }
    (void)uv_tcp_nodelay(&conn->tcp, 1);
    (void)uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read);
    if (conn->to->site == NULL) {
        conn->open = true;
        conn->owner->on_idle(conn->owner->self, conn);
        return;
    }
    int room = 2 * PEAK_SENT_MAX; /* of cipher_send */
    (void)uv_send_buffer_size((uv_handle_t *)&conn->tcp, &room);
    enum err err = tls_client_open(conn->to->site, conn->to->host, &conn->tls);
    if (err != ERR_OK) {
        conn_close(conn);
        return;
    }
    cipher_take(conn, NULL, 0); /* the first flight */
}

static void conn_connect(struct peak_conn *conn)
{
    int failed = uv_tcp_init(conn->uv, &conn->tcp);
    CHECK(failed == 0);
    failed = uv_tcp_connect(&conn->connect, &conn->tcp, (const struct sockaddr *)&conn->to->address,
                            on_connect);
    if (failed != 0) {
        uv_close((uv_handle_t *)&conn->tcp, on_refused);
    }
}

void peak_conn_init(struct peak_conn *conn, uv_loop_t *uv, const struct peak_conn_owner *owner,
                    const struct peak_conn_to *to)
{
    *conn = (struct peak_conn){.uv = uv, .owner = owner, .to = to};
    llhttp_settings_init(&conn->settings);
    conn->settings.on_body = on_body;
    conn->settings.on_message_complete = on_message_complete;
    int failed = uv_timer_init(uv, &conn->again);
    CHECK(failed == 0);
    conn_connect(conn);
}

/* ---- the request ---- */

struct writer peak_conn_request(struct peak_conn *conn)
{
    CHECK(conn->open && !conn->busy);
    return writer_on(conn->request, sizeof conn->request);
}

static void on_written(uv_write_t *write, int status)
{
    struct peak_conn *conn = container_of(write, struct peak_conn, write);
    if (status != 0 && status != UV_ECANCELED && conn->open) {
        conn_close(conn);
    }
}

void peak_conn_send_body(struct peak_conn *conn, const struct writer *request, struct bytes body)
{
    CHECK(conn->open && !conn->busy && !request->failed);
    struct bytes head = writer_bytes(request);
    llhttp_init(&conn->parser, HTTP_RESPONSE, &conn->settings);
    conn->busy = true;
    conn->body_size = 0;
    if (conn->tls != NULL) {
        CHECK(body.size <= PEAK_SENT_MAX);
        if (tls_client_write(conn->tls, head) && tls_client_write(conn->tls, body)) {
            cipher_send(conn);
        } else {
            conn_close(conn);
        }
        return;
    }
    /* Goes out at once if it is small; what does not is written later from the same memory. */
    uv_buf_t bufs[] = {uv_buf_init((char *)conn->request, (unsigned)head.size),
                       uv_buf_init((char *)(uintptr_t)body.data, (unsigned)body.size)};
    int failed =
        uv_write(&conn->write, (uv_stream_t *)&conn->tcp, bufs, body.size > 0 ? 2 : 1, on_written);
    if (failed != 0) {
        conn_close(conn);
    }
}

void peak_conn_send(struct peak_conn *conn, const struct writer *request)
{
    peak_conn_send_body(conn, request, bytes_of(NULL, 0));
}

void peak_conn_end(struct peak_conn *conn)
{
    conn->ending = true;
    conn->busy = false;
    uv_close((uv_handle_t *)&conn->again, NULL);
    if (!uv_is_closing((uv_handle_t *)&conn->tcp)) {
        uv_close((uv_handle_t *)&conn->tcp, NULL);
    }
}

void peak_conn_free(struct peak_conn *conn)
{
    free(conn->body);
    tls_client_close(conn->tls);
}
