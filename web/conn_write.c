/* The way out of a connection: the answer in pieces, through TLS where there is one, and the end
 * that does not destroy the last answer. */
#include "base/check.h"
#include "web/conn_private.h"
#include <string.h>

static void write_on_done(uv_write_t *write, int status);

/* ---- sent at once ------------------------------------------------------------------------------
 * The kernel takes most answers whole. uv would tell so in its next round, and by then the client's
 * next request is there: to be stashed, and reading stopped and begun again. So such a connection
 * goes on before its next bytes are looked at, or when the next events are through; not at once,
 * for whoever answered is still at work with the request. Only where nothing waits for it: that was
 * the last of the answer, and the client is to ask next. Where he has asked already uv is to tell:
 * an answer that comes between two polls might find nothing else that ends the next one. */

static bool is_last_of_answer(const struct conn *conn)
{
    return conn->state == CONN_WRITING && conn->out_head.size == 0 && conn->out_body.size == 0 &&
           !conn->close_after && !conn->ended && !conn->streams && !conn_has_rest(conn);
}

static void sent_list(struct conn *conn)
{
    struct conn_host *host = conn->host;
    conn->sent = true;
    conn->sent_previous = NULL;
    conn->sent_next = host->sent;
    if (host->sent != NULL)
        host->sent->sent_previous = conn;
    host->sent = conn;
}

void conn_unlist(struct conn *conn)
{
    if (!conn->sent)
        return;
    conn->sent = false;
    if (conn->sent_previous != NULL)
        conn->sent_previous->sent_next = conn->sent_next;
    else
        conn->host->sent = conn->sent_next;
    if (conn->sent_next != NULL)
        conn->sent_next->sent_previous = conn->sent_previous;
}

void conn_go_on(struct conn *conn)
{
    if (!conn->sent)
        return;
    conn_unlist(conn);
    write_on_done(&conn->write, 0);
}

/* Moves `buffers` on by what the kernel took of them. True: that was all. */
static bool wire_try(struct conn *conn, uv_buf_t **buffers, unsigned *count)
{
    int took = uv_try_write((uv_stream_t *)&conn->tcp, *buffers, *count);
    size_t left = took < 0 ? 0 : (size_t)took; /* its error comes again, and is told */
    for (; *count > 0 && left >= (*buffers)->len; (*buffers)++, (*count)--)
        left -= (*buffers)->len;
    if (*count > 0) {
        (*buffers)->base += left;
        (*buffers)->len -= left;
    }
    return *count == 0;
}

static void wire_write(struct conn *conn, uv_buf_t *buffers, unsigned count)
{
    CHECK(!conn->write_busy);
    conn->write_busy = true;
    conn->write.data = conn;
    conn->deadline_ms = uv_now(conn->host->uv) + CONN_STALL_MS;
    if (is_last_of_answer(conn) && wire_try(conn, &buffers, &count)) {
        sent_list(conn);
        return;
    }
    if (uv_write(&conn->write, (uv_stream_t *)&conn->tcp, buffers, count, write_on_done) != 0) {
        conn->write_busy = false;
        conn_close(conn);
    }
}

/* What TLS wants sent: records of an answer, or of a handshake. */
void conn_flush(struct conn *conn)
{
    if (conn->write_busy || conn->state == CONN_CLOSING)
        return;
    struct tls_buffer wire = tls_take(conn->tls);
    if (wire.size == 0) {
        tls_give_back(wire);
        return;
    }
    CHECK(conn->wire.data == NULL);
    conn->wire = wire;
    uint64_t deadline_ms = conn->deadline_ms;
    uv_buf_t buffer = uv_buf_init((char *)wire.data, (unsigned)wire.size);
    wire_write(conn, &buffer, 1);
    if (conn->state != CONN_WRITING)
        conn->deadline_ms = deadline_ms; /* a handshake has the time of a head, all in all */
}

static struct bytes piece_of(struct bytes *rest, size_t room)
{
    size_t size = rest->size < room ? rest->size : room;
    struct bytes piece = {rest->data, size};
    *rest = bytes_slice(*rest, size, rest->size - size);
    return piece;
}

/* The next piece of head and body. */
static void answer_pump(struct conn *conn)
{
    struct bytes head = piece_of(&conn->out_head, CONN_PIECE_SIZE);
    struct bytes body = piece_of(&conn->out_body, CONN_PIECE_SIZE - head.size);
    if (conn->tls == NULL) {
        uv_buf_t buffers[2] = {
            uv_buf_init((char *)(uintptr_t)head.data, (unsigned)head.size),
            uv_buf_init((char *)(uintptr_t)body.data, (unsigned)body.size),
        };
        wire_write(conn, head.size > 0 ? buffers : buffers + 1,
                   (head.size > 0 ? 1U : 0U) + (body.size > 0 ? 1U : 0U));
        return;
    }
    if (tls_write(conn->tls, head) != ERR_OK || tls_write(conn->tls, body) != ERR_OK) {
        conn_close(conn);
        return;
    }
    conn_flush(conn);
}

static void answer_is_out(struct conn *conn)
{
    if (conn->streams && !conn->ended && !conn->host->stopping) {
        conn->state = CONN_STREAMING;
        conn_reading_set(conn, true); /* to see it go */
    } else if (conn->close_after || conn->ended)
        conn_linger(conn);
    else
        conn_next(conn);
}

static void write_on_done(uv_write_t *write, int status)
{
    struct conn *conn = write->data;
    conn->write_busy = false;
    if (conn->tls != NULL && conn->wire.data != NULL) {
        tls_give_back(conn->wire);
        conn->wire = (struct tls_buffer){NULL, 0, 0};
    }
    if (conn->state == CONN_CLOSING)
        return;
    if (status != 0) {
        conn_close(conn);
        return;
    }
    if (conn->state == CONN_WRITING && (conn->out_head.size > 0 || conn->out_body.size > 0))
        answer_pump(conn);
    else if (conn->state == CONN_WRITING && conn->tls == NULL)
        answer_is_out(conn);
    else if (conn->tls != NULL) {
        conn_flush(conn); /* what came up meanwhile */
        if (!conn->write_busy && conn->state == CONN_WRITING)
            answer_is_out(conn);
        else if (!conn->write_busy && conn->state == CONN_LINGERING)
            conn_linger(conn);
    }
}

/* A constant text outside of an answer: 100 Continue. Behind TLS something may be on its way
 * already (tickets of the handshake): then it goes next. */
void conn_write_now(struct conn *conn, struct bytes text)
{
    if (conn->tls == NULL) {
        uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)text.data, (unsigned)text.size);
        wire_write(conn, &buffer, 1);
    } else if (tls_write(conn->tls, text) != ERR_OK) {
        conn_close(conn);
    } else {
        conn_flush(conn);
    }
}

static const char *host_date(struct conn_host *host)
{
    uv_timeval64_t now;
    int failed = uv_gettimeofday(&now);
    CHECK(failed == 0);
    if (now.tv_sec != host->date_s) {
        host->date_s = now.tv_sec;
        answer_date_print((struct wall){now.tv_sec * 1000}, host->date);
    }
    return host->date;
}

static void answer_count(struct conn *conn, uint16_t status)
{
    struct metrics *metrics = conn->host->metrics;
    if (status < 300)
        metrics->counters[METRIC_ANSWERS_2XX]++;
    else if (status == 503)
        metrics->counters[METRIC_ANSWERS_503]++;
    else if (status >= 500)
        metrics->counters[METRIC_ANSWERS_5XX]++;
    else if (status >= 400)
        metrics->counters[METRIC_ANSWERS_4XX]++;
    histogram_add(&metrics->histograms[METRIC_REQUEST_US], uv_hrtime() / 1000 - conn->begun_us);
}

/* In the request's memory, or in what is kept for when that is full. */
static struct bytes head_make(struct conn *conn, const struct answer *answer)
{
    const char *date = host_date(conn->host);
    bool secure = conn_is_secure(conn);
    struct bytes head = answer_head(answer, &conn->arena, date, conn->request_id, secure);
    struct arena *reserve = head.data == NULL ? conn_reserve(conn) : NULL;
    if (reserve != NULL)
        head = answer_head(answer, reserve, date, conn->request_id, secure);
    return head;
}

void conn_answer(struct conn *conn, const struct answer *answer)
{
    if (conn->state == CONN_CLOSING)
        return; /* the client is gone */
    CHECK(conn->state == CONN_DECIDING || conn->state == CONN_BUSY);
    CHECK(!conn->answered);
    CHECK(conn->holds == 0);
    struct answer out = *answer;
    bool read_whole =
        conn->state == CONN_BUSY ? !conn->skipped : !request_has_body(&conn->http.request);
    out.close = out.close || !read_whole || conn->http.request.close || conn->host->stopping;
    out.close = out.close || out.stream;
    conn->close_after = out.close;
    conn->streams = out.stream && !out.head_only;
    conn->answered = true;
    conn->state = CONN_WRITING;
    conn->out_head = head_make(conn, &out);
    if (conn->out_head.data == NULL) {
        conn_close(conn);
        return;
    }
    conn->out_body = out.head_only ? (struct bytes){NULL, 0} : out.body;
    conn->deadline_ms = uv_now(conn->host->uv) + CONN_STALL_MS;
    answer_count(conn, out.status);
    if (!conn->write_busy) /* else write_on_done goes on */
        answer_pump(conn);
}

void conn_stream(struct conn *conn, struct bytes more)
{
    CHECK(conn->state == CONN_STREAMING && more.size > 0);
    conn->state = CONN_WRITING;
    conn->out_body = more;
    conn->deadline_ms = uv_now(conn->host->uv) + CONN_STALL_MS;
    if (!conn->write_busy) /* else write_on_done goes on */
        answer_pump(conn);
}

void conn_stream_end(struct conn *conn)
{
    CHECK(conn->state == CONN_STREAMING);
    conn->streams = false;
    conn_linger(conn);
}

static void shutdown_on_done(uv_shutdown_t *shutdown, int status)
{
    struct conn *conn = shutdown->data;
    conn->shutdown_busy = false;
    if (status != 0 || conn->ended)
        conn_close(conn);
}

/* Half-closes and goes on reading for a while: closing a socket with unread bytes sends a reset,
 * which destroys the answer on its way (RELIABILITY 2.4, rule 13; RFC 9112 9.6). Enough is read for
 * a client that first sends the whole of a body that is too large. */
void conn_linger(struct conn *conn)
{
    if (conn->state == CONN_CLOSING)
        return;
    if (conn->state != CONN_LINGERING) {
        conn->state = CONN_LINGERING;
        conn->deadline_ms = uv_now(conn->host->uv) + CONN_LINGER_MS;
        if (conn->tls != NULL) {
            tls_end(conn->tls);
            conn_flush(conn);
        }
    }
    if (conn->write_busy || conn->shutdown_busy || conn->state == CONN_CLOSING)
        return; /* write_on_done comes back here */
    conn->deadline_ms = uv_now(conn->host->uv) + CONN_LINGER_MS;
    conn->shutdown_busy = true;
    conn->shutdown.data = conn;
    if (uv_shutdown(&conn->shutdown, (uv_stream_t *)&conn->tcp, shutdown_on_done) != 0) {
        conn_close(conn);
        return;
    }
    conn_reading_set(conn, !conn->ended);
}
