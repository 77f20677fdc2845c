/* One loop's front door: its connections, its exchanges, its view of the desk. Private to web/:
 * shared by web.c (life), exchange_run.c (requests) and static.c. */
#pragma once
#include "base/map.h"
#include "web/conn.h"
#include "web/exchange.h"
#include "web/listener.h"
#include "web/web.h"

enum {
    FRONT_READ_WAIT_MS = 5 * 1000,    /* a read waits this long for the pool, then 503 */
    FRONT_ANSWER_WAIT_MS = 30 * 1000, /* an actor's answer, then 504 */
    FRONT_USED_GAP_MS = 60 * 1000,
    FRONT_USED_MAX = 20000, /* sessions remembered as just reported */
    FRONT_NO_BODY_MAX = 16 * 1024,
    FRONT_STOP_MS = 35 * 1000, /* a graceful stop cuts what is left then */
    FRONT_DOOR = 1,            /* ticket.door */
    FRONT_GATHER_MS = 10000,   /* a bulk call's items are unknown after it (API 6) */
};

struct web_shared { /* the same for all loops; const after web_start */
    struct web_config config;
    const char *names[WEB_NAMES_MAX + 1];
    struct listener_address address;
    struct tls_site *tls;
    uint8_t server_key[32]; /* of pre-session CSRF tokens; new with each start, like pre-sessions */
    char *page_headers[2];  /* without and with card bridge */
};

struct front {
    const struct web_shared *shared;
    struct loop *loop;
    uint16_t index;
    struct conn_host host;
    struct listener listener;
    struct exchange_run *waiting_first, *waiting_last; /* reads for which the pool had no room */
    struct exchange_run *quick_first; /* streams that are looked at more often than by the tick */
    struct map used;       /* session -> when it was last reported, in seconds of the loop */
    uint32_t generation;   /* of the latest ticket */
    uint32_t parts_open;   /* listener and host that are not closed yet */
    struct loop_call call; /* web.c's, one at a time */
    void (*on_call)(struct front *front);
    uv_sem_t *told;
    enum err err;
    bool graceful;
    uint64_t stop_at_ms;
};

/* exchange_run.c: the conn_host's callbacks, and the loop's. */
void front_on_head(void *self, struct conn *conn);
void front_on_request(void *self, struct conn *conn);
void front_on_fault(void *self, struct conn *conn, struct http_fault fault, struct answer *answer);
void front_on_end(void *self, struct conn *conn);
void front_on_tick(void *self, uint64_t now_ms);
void front_on_quick(void *self, uint64_t now_ms); /* exchange_events.c */
void front_on_reply(void *self, struct ticket ticket, enum outcome outcome, struct bytes body);
