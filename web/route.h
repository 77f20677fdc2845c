/* Method and path -> who may, what it needs, who decodes and renders. One const table, written by
 * api_*.c's owner in web/routes.c (DESIGN 7, 8).
 *
 * How a request runs (exchange.c), each step may answer and so end it:
 *   head    path and method (404, 405), session (401), role and CSRF (403): before any body is read
 *   body    411, 413, 415, 406, and 400 of query, If-Match, Idempotency-Key; read within body_max.
 *           Such a fault of a route with `read` is answered only after `read`, so that the 404 of
 * the thing comes first (API 1) read    on a pool thread, with a snapshot open: find the thing
 * (404), keep what decode needs in the arena; for a GET it answers decode  on the loop: look at the
 * body (400, 428, 412, 409, 422), then answer or exchange_send render  on the loop, when the actor
 * has replied Pure but for the handlers; any thread. */
#pragma once
#include "model/allow.h"
#include "rt/msg.h"
#include "web/request.h"

struct exchange;
struct snapshot;

enum { ROUTE_PARAMS_MAX = 4 };

enum route_flag {
    ROUTE_NEEDS_IF_MATCH = 1,    /* 428 without, 400 bad_query for anything but one strong tag */
    ROUTE_IDEMPOTENT = 2,        /* takes an Idempotency-Key; others ignore it */
    ROUTE_BODY_JSON = 4,         /* must have a body of application/json: 411, 415 */
    ROUTE_BODY_RAW = 8,          /* must have a body; the handler looks at its type: 411 */
    ROUTE_BODY_OPTIONAL = 16,    /* with BODY_JSON: may also come without one */
    ROUTE_NO_CSRF = 32,          /* a non-GET that no page of ours sends (callbacks, reports) */
    ROUTE_RENDERS_REFUSALS = 64, /* render sees every outcome; else exchange_refuse answers them */
    ROUTE_QUERY_ANY = 128,       /* don't refuse unknown query parameters */
    ROUTE_ANSWER_FILE = 512,     /* answers no JSON: Accept is not looked at */
    ROUTE_EVENTS = 1024,         /* a stream of events: read is called again and again */
    ROUTE_GATHERS = 256,         /* asks several actors at once: exchange_send_part; each outcome
                                  * and each silence is its part's, render sees them all */
};

struct route {
    enum request_method method; /* never HEAD: it works wherever GET is */
    const char *pattern;        /* "/api/v1/cases/{no}": a segment is text or one {name} */
    enum verb verb;             /* VERB_PUBLIC: no session needed */
    uint32_t flags;             /* of enum route_flag */
    uint32_t body_max; /* bytes; 0: of a route without BODY_*: 16 KiB are read and ignored */
    const char *query; /* names it takes, separated by blanks; NULL: none */
    void (*read)(struct exchange *x, struct snapshot *snapshot);
    void (*decode)(struct exchange *x);
    void (*render)(struct exchange *x, enum outcome outcome, struct bytes body);
    /* The 412's `current`: the read function of the GET of the same thing; what it answers with 200
     * is put into the problem document. */
    void (*current)(struct exchange *x, struct snapshot *snapshot);
    const char *operation; /* operationId of OpenAPI, unique */
};

extern const struct route routes[];
extern const size_t routes_count;

struct route_table {
    const struct route *routes;
    size_t count;
};

struct route_match {
    const struct route *route; /* NULL: no route of that method (or of that path) */
    bool path_known;
    uint32_t allowed;                   /* bits 1 << request_method of the path; GET brings HEAD */
    struct bytes raw[ROUTE_PARAMS_MAX]; /* the segments of {names}, not yet decoded */
    uint8_t params_count;
};

/* A literal segment wins over a {name} (`/lines/counts` over `/lines/{id}`), whatever the order. */
void route_find(const struct route_table *table, enum request_method method, struct bytes path,
                struct route_match *match);
/* "GET, HEAD, PATCH" for the Allow header. */
void route_allow_print(uint32_t allowed, struct writer *out);
/* CHECKs what must hold of a table: patterns, flags, unique operations, some handler each. At
 * start. */
void route_check(const struct route_table *table);
/* Percent-decoding of a path segment (plus false) or a query part (plus true: '+' is a blank), into
 * `out`, which has room for raw.size bytes. False: an escape is malformed or the result is not
 * UTF-8. */
bool route_decode(struct bytes raw, bool plus, uint8_t *out, size_t *size);
