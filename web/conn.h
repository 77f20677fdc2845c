/* Life of a connection: read, one request at a time, answer, keep alive, close (DESIGN 9, 10;
 * RELIABILITY 2.4 rules 13 and 14). Knows sockets, TLS and framing; no routes, no sessions.
 *
 * Thread: the loop's. A conn is a slab entry of its host, from accept until uv has closed its
 * handle and nobody holds it any more; nothing else frees it. Its arena is the request's: given out
 * by the first byte of a request, reset when the answer has been written.
 *
 *   idle -> head -> (deciding) -> body -> busy -> writing -> idle …
 *                        |          |                 `-> lingering -> closed
 *                        `----------`--> answered early: closes behind the answer
 *
 * What comes while a request is worked on waits in a stash as far as one reading took it, the rest
 * of it in the socket. */
#pragma once
#include "base/metric.h"
#include "base/slab.h"
#include "web/answer.h"
#include "web/http.h"
#include "tls.h"
#include <uv.h>

enum {
    CONN_READ_SIZE = 32 * 1024,
    CONN_PLAIN_SIZE = 16 * 1024 + 1024, /* a TLS record */
    CONN_PIECE_SIZE = 64 * 1024,        /* of an answer, at a time */
    CONN_HEAD_MS = 10 * 1000,           /* head_ms, usually */
    CONN_BODY_GRACE_MS = 10 * 1000,     /* then at least CONN_BODY_RATE bytes a second */
    CONN_BODY_RATE = 1024,
    CONN_STALL_MS = 30 * 1000,
    CONN_SEND_BUFFER = 128 * 1024, /* of the kernel, which takes twice that */
    CONN_LINGER_MS = 2 * 1000,
    CONN_LINGER_BYTES = 8 << 20,
    CONN_TICK_MS = 250,
    CONN_QUICK_MS = 5,
    CONN_ARENA_CHUNK = 32 * 1024 - 64, /* a filing with its answer fits */
    CONN_ARENA_QUOTA = 64 << 20,
    CONN_ARENAS_SPARE = 256,
    CONN_RESERVES = 4,
    CONN_RESERVE_SIZE = 16 * 1024,
    CONN_REQUEST_ID = 16,
};

enum conn_state {
    CONN_IDLE, /* between requests; also before and during the handshake */
    CONN_HEAD,
    CONN_DECIDING, /* inside on_head */
    CONN_BODY,
    CONN_BUSY,
    CONN_WRITING,
    CONN_STREAMING, /* an answer without end, of which nothing is to be written at the moment */
    CONN_LINGERING,
    CONN_CLOSING
};

struct conn_host;

struct conn {
    uv_tcp_t tcp;
    struct conn_host *host;
    struct conn *previous, *next; /* of the host's list */
    uint32_t slot, generation;
    enum conn_state state;
    struct tls *tls; /* NULL: plain */
    struct http http;
    struct arena arena;
    bool has_arena;
    struct arena *reserve; /* of the host's; NULL: this request needs none */
    char request_id[CONN_REQUEST_ID + 1];
    uint64_t begun_us; /* of the request */
    uint64_t deadline_ms, body_began_ms;
    uint64_t body_bytes; /* raw, for the pace */
    uint32_t body_held;  /* of the host's bodies_max */
    struct bytes plain; /* plaintext not yet taken; into a buffer of the host or into plain_stash */
    struct tls_buffer plain_stash, cipher_stash;
    uint32_t lingered;
    uint32_t holds; /* who must not lose this memory: pool reads */
    bool reading, ended, handle_closed, close_after, answered, skipped, streams;
    /* the answer that is being written */
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct bytes out_head, out_body;
    struct tls_buffer wire; /* with uv */
    bool write_busy, shutdown_busy;
    bool sent; /* the kernel took all of it at once: in the host's list of those to go on */
    struct conn *sent_previous, *sent_next;
    void *exchange; /* the host's, of this request */
};

/* One door of one loop: its settings, its connections, and what is done with a request. */
struct conn_host {
    uv_loop_t *uv;
    struct tls_site *tls; /* NULL: plain */
    uint32_t connections_max, bodies_max, idle_ms, head_ms;
    struct metrics *metrics;
    void *self;
    /* A head is there (conn->http.request). Must call conn_read_body or conn_answer before it
     * returns. */
    void (*on_head)(void *self, struct conn *conn);
    /* The body is there (http_body). conn_answer now or later. */
    void (*on_request)(void *self, struct conn *conn);
    /* Bytes that are no request: an answer for this fault, in the conn's arena. */
    void (*on_fault)(void *self, struct conn *conn, struct http_fault fault, struct answer *answer);
    /* The request is over: answered, or the client is gone. Its arena is about to be reset. */
    void (*on_end)(void *self, struct conn *conn);
    void (*on_tick)(void *self, uint64_t now_ms);  /* four times a second; may be NULL */
    void (*on_quick)(void *self, uint64_t now_ms); /* each 5 ms after conn_host_quick; or NULL */
    void (*on_room)(void *self);                   /* a connection ended; may be NULL */
    void (*on_closed)(void *self);                 /* stopped, and everything of it is closed */
    /* the host's own */
    struct slab slab;
    struct conn **by_slot;
    struct conn *first;
    size_t bodies;
    struct arena spare[CONN_ARENAS_SPARE];
    uint32_t spare_count;
    struct arena reserves[CONN_RESERVES]; /* each with its one chunk, from the start on */
    bool reserves_taken[CONN_RESERVES];
    uint64_t takes;    /* of input (conn_run): in one of them nothing else happens */
    struct conn *sent; /* see conn_go_on */
    uv_check_t after_poll;
    uv_timer_t tick;
    uint64_t tick_at_ms; /* the next that is not a quick one alone */
    bool quick;
    uint64_t request_seed[2];
    char date[HTTP_DATE_MAX];
    int64_t date_s;
    bool stopping, closed;
    uint8_t read_buffer[CONN_READ_SIZE];
    uint8_t plain_buffer[CONN_PLAIN_SIZE];
};

/* Settings and callbacks are filled in by the caller; the rest is zero. On the loop's thread. */
enum err conn_host_open(struct conn_host *host) MUST_CHECK;
/* Idle connections close, others after their answer (or all at once); then on_closed. */
void conn_host_stop(struct conn_host *host, bool graceful);
void conn_host_free(struct conn_host *host); /* after on_closed */
/* Begins or ends the calls of on_quick. On the loop's thread. */
void conn_host_quick(struct conn_host *host, bool quick);

/* Accepts from a listening stream; false: connections_max are open (call again from on_room). */
bool conn_accept(struct conn_host *host, uv_stream_t *listener);
/* Who is at the other end: the 16 bytes of an IPv6 address, mapped if it is IPv4, and only the
 * first 8 of one that is not (a /64 is one subscriber). Zeros when the client is gone. */
void conn_peer(const struct conn *conn, uint8_t address[16]);
/* The conn of a ticket's slot while it is the one meant; NULL else. */
struct conn *conn_at(const struct conn_host *host, uint32_t slot);

/* From on_head: the body may come, at most `max` bytes. False: the bodies of this loop are too many
 * at the moment (answer 503 overloaded); a Content-Length over max is answered 413 through
 * on_fault. */
bool conn_read_body(struct conn *conn, uint32_t max);
/* From on_head: the body is not read, the answer comes later (and the connection closes behind it).
 */
void conn_skip_body(struct conn *conn);
/* The answer. If the request was not read to its end the connection closes behind it. */
void conn_answer(struct conn *conn, const struct answer *answer);
/* The next piece of an answer that streams; only in CONN_STREAMING. The bytes stay until the state
 * is that again. */
void conn_stream(struct conn *conn, struct bytes more);
void conn_stream_end(struct conn *conn); /* in CONN_STREAMING: that was all */
bool conn_is_secure(const struct conn *conn);
/* Memory for an answer when the request's arena gives none any more: the host has kept a little for
 * that since its start. The same for the same request, given back at its end; NULL: others have all
 * of it at the moment. conn_answer takes the head of an answer from it by itself. */
struct arena *conn_reserve(struct conn *conn);
/* While held, the conn's memory (and its arena) stays, though the client may be gone: on_end comes
 * after the last release then. */
void conn_hold(struct conn *conn);
void conn_release(struct conn *conn);
