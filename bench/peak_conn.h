/* A client's connection on a uv loop, plain or TLS: one request at a time, kept, and opened again
 * when it is lost.
 *
 * Loop's thread. The body given to on_answer is borrowed for the call. */
#pragma once
#include "bench/tls_client.h"
#include "model/ids.h"
#include <llhttp.h>
#include <uv.h>

struct peak_conn;

struct peak_conn_owner {
    void *self;
    void (*on_idle)(void *self, struct peak_conn *conn); /* connected, or answered: may send */
    void (*on_answer)(void *self, struct peak_conn *conn, unsigned status, struct bytes body);
    void (*on_lost)(void *self, struct peak_conn *conn); /* in the middle of a request */
    /* The body so far of an answer that is not whole yet: a stream of events. True: enough has been
     * seen, the connection is given up and opened again. NULL: nobody asks. */
    bool (*on_part)(void *self, struct peak_conn *conn, unsigned status, struct bytes body);
};

enum { PEAK_REQUEST_MAX = 4096, PEAK_BODY_MAX = 1 << 20, PEAK_READ_MAX = 32 * 1024 };
enum { PEAK_SENT_MAX = 128 * 1024 };

/* Where connections go; the same for all, borrowed while any of them lives. */
struct peak_conn_to {
    struct sockaddr_in address;
    char host[16];                /* its address in digits */
    char host_port[24];           /* for the Host field */
    struct tls_client_site *site; /* NULL: plain */
};

/* http[s]://A.B.C.D:PORT, and who signs the server's certificate (NULL: anybody). A sentence was
 * printed if it is not ERR_OK. */
enum err peak_conn_to_open(const char *url, const char *ca, struct peak_conn_to *out) MUST_CHECK;
void peak_conn_to_close(struct peak_conn_to *to);

struct peak_conn {
    uv_loop_t *uv;
    const struct peak_conn_owner *owner;
    const struct peak_conn_to *to;
    uv_tcp_t tcp;
    uv_timer_t again; /* a refused connection is tried again */
    uv_connect_t connect;
    uv_write_t write;
    llhttp_t parser;
    llhttp_settings_t settings;
    uint8_t request[PEAK_REQUEST_MAX];
    uint8_t read[PEAK_READ_MAX];
    struct tls_client *tls; /* of this connection; NULL: plain */
    uint8_t *body;
    size_t body_size, body_room;
    bool open, busy, answered, following, ending;
    /* the user's */
    uint64_t intended_ns;
    uint32_t action, filer;
    char line_id[LINE_ID_MAX]; /* of the filing that was answered last */
};

void peak_conn_init(struct peak_conn *conn, uv_loop_t *uv, const struct peak_conn_owner *owner,
                    const struct peak_conn_to *to);
/* A writer on the request's memory; then peak_conn_send. Only while idle, or in on_answer: then the
 * next request follows at once and on_idle comes after its answer. */
struct writer peak_conn_request(struct peak_conn *conn);
void peak_conn_send(struct peak_conn *conn, const struct writer *request);
/* The same with a body, which is borrowed until the answer; over TLS at most PEAK_SENT_MAX bytes.
 */
void peak_conn_send_body(struct peak_conn *conn, const struct writer *request, struct bytes body);
void peak_conn_end(struct peak_conn *conn); /* closes; the loop must run once more */
void peak_conn_free(struct peak_conn *conn);
