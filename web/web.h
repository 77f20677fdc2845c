/* The doors: HTTP over TLS on every loop, from bytes to message and back (web/README.md).
 *
 * Thread: web_* below by the opener's thread (main), while the loops run. web_start makes what each
 * loop's door needs and registers for replies; nobody can connect before web_open_doors. */
#pragma once
#include "base/err.h"
#include "loop/loop.h"
#include "model/facts.h"
#include "model/sessions.h"
#include "web/route.h"

struct web;
struct store;
struct exchange;

enum { WEB_NAMES_MAX = 16 };

struct web_config {
    const char *listen;           /* "https://HOST:PORT" or "http://127.0.0.1:PORT"; port 0: any */
    const char *certificate_file; /* PEM, leaf first; of https */
    const char *key_file;         /* PEM, EC P-256 (any key that mbedTLS takes works) */
    const char
        *names[WEB_NAMES_MAX];  /* server.names, NULL ends; none: the listen host and localhost */
    uint32_t connections_max;   /* a loop; 12,000 */
    uint32_t bodies_max;        /* bytes a loop; 64 MiB */
    uint32_t idle_ms;           /* keep-alive; 60,000 */
    uint32_t head_ms;           /* for a head; 0: 10,000 */
    uint32_t answer_ms;         /* an actor's answer is waited for, then 504; 0: 30,000 */
    const char *bridge_sources; /* CSP connect-src of pages with the card bridge, may be NULL:
                                   "http://127.0.0.1:58731 …" */
    struct loop *const *loops;
    uint16_t loops_count;
    struct store *store; /* for snapshots */
    struct route_table routes;
    void *app; /* exchange.app */
    /* What the desk of this loop holds now; loop's thread. Facts stay valid until
     * facts_done. */
    const struct sessions *(*sessions)(void *app, uint16_t loop);
    const struct facts *(*facts)(void *app, uint16_t loop, void **hold);
    /* The exchange that took them is over; `hold` is what `facts` gave. May be NULL. */
    void (*facts_done)(void *app, uint16_t loop, void *hold);
    /* A session (never a token) was used; at most once a minute a session. Loop's thread. May be
     * NULL. */
    void (*used)(void *app, struct loop *loop, const struct session *session);
    /* /readyz of the main listener: NULL is ready, else a word why not. Any thread. May be NULL. */
    const char *(*ready)(void *app);
};

/* ERR_BAD_INPUT: listen is no URL, or plain http beyond loopback, or the PEM files can't be read
 * (a log line says which); ERR_NO_MEMORY; ERR_IO; ERR_BUSY: the address is taken. */
enum err web_start(const struct web_config *config, struct web **out) MUST_CHECK;
/* Begins to accept. A connection that is accepted is served. */
enum err web_open_doors(struct web *web) MUST_CHECK;
uint16_t web_port(const struct web *web); /* the port in fact */
/* Stops accepting, and waits until every connection is closed. Graceful: requests under way are
 * answered first (with Connection: close), at most 35 s; else they are cut. The loops still run. */
void web_stop(struct web *web, bool graceful);
void web_close(struct web *web); /* frees; after web_stop and after the loops have joined */
