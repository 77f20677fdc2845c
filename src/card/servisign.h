/* The compatibility mode: the part of the HCA component's protocol that a log-in needs (AUTH 2.1),
 * so that a page's driver for that component can be tried without it (AUTH 7.8). For tests and
 * demos; off unless `servisign_ports` is set, TLS only, for the same origins and log-ins as the
 * bridge itself.
 *
 * One request is `Parameter=` + base64 of a JSON order, one answer an object of base64 texts. Calls
 * build on each other (a module, a session with its PIN, a key), so there is one visit at a time: a
 * second ATL_InitModule ends the first. Like the component's session it keeps the PIN from
 * ATL_InitSession to ATL_CloseSession, but uses it for VISIT_MS at most. The loop's thread only. */
#pragma once
#include "card/jobs.h"
#include "card/request.h"

struct exchange;

enum { VISIT_MS = 20 * 1000, VISIT_ORIGIN_SIZE = 256 };

struct servisign {
    uint16_t port;       /* 0: off */
    const char *path_id; /* that a page must name; NULL: any */
    bool confirm;        /* the bridge asks before it signs, which this protocol can't */
    uv_loop_t *loop;
    struct jobs *jobs;
    char origin[VISIT_ORIGIN_SIZE]; /* whose visit; empty: nobody's */
    char pin[ORDER_PIN_SIZE];
    uint64_t pin_ends_ms; /* 0: there is no session */
    unsigned last_error;  /* 0, or the component's number */
};

/* A POST of an allowed origin; calls exchange->done, with exchange->answer filled in. The body is
 * wiped. */
void servisign_take(struct servisign *servisign, struct bytes origin, uint8_t *body, size_t size,
                    struct exchange *exchange);
void servisign_wipe(struct servisign *servisign); /* the visit ends */
