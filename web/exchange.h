/* One request and its answer: what a handler (web/api_*.c) sees of both.
 *
 * Ownership: everything lies in `arena`, which ends when the answer has been written (or the client
 * is gone). A handler keeps what it needs between its steps there, behind `user`. Thread: `read`
 * and `current` run on a pool thread, `decode` and `render` on the loop; a step has the exchange to
 * itself. What may be called where is said at each function. Answering: exactly one answer; the
 * exchange_* that answer record it, the runner sends it when the step returns. After one has been
 * recorded the handler returns at once. */
#pragma once
#include "base/arena.h"
#include "base/instant.h"
#include "model/facts.h"
#include "model/sessions.h"
#include "rt/msg.h"
#include "web/json.h"
#include "web/reply.h"
#include "web/route.h"

struct loop;
struct front;
struct conn;

enum { REQUEST_ID_SIZE = 16, EXCHANGE_QUERY_MAX = 32, EXCHANGE_HEADERS_MAX = 8 };
enum { EXCHANGE_PARTS_MAX = 512 }; /* letters that one exchange may await at once */
#define EXCHANGE_PART_NONE UINT32_MAX

struct exchange_query {
    struct bytes name, value; /* percent-decoded UTF-8 */
};

struct exchange {
    /* ---- the request ---- */
    const struct request *request;
    const struct route *route;
    struct bytes param[ROUTE_PARAMS_MAX]; /* the {names} of the pattern in order, decoded */
    struct exchange_query query[EXCHANGE_QUERY_MAX];
    uint16_t query_count;
    struct bytes body; /* from decode on */
    struct arena *arena;
    char request_id[REQUEST_ID_SIZE + 1];
    enum language language;
    struct wall now;           /* when it was last looked who asks: with its head, with its body */
    const struct facts *facts; /* of its arrival */
    void *app;                 /* web_config.app */
    struct loop *loop;

    /* ---- who ---- */
    struct principal principal; /* kind PRINCIPAL_NONE without a session (public routes) */
    struct session session;     /* copy; secret is none without one */

    /* ---- preconditions ---- */
    bool has_if_match;
    uint32_t if_match; /* the version of If-Match: "7"; UINT32_MAX for a tag that is none of ours */
    struct digest key; /* idempotency: SHA-256(subject, key); none without a key */
    struct digest content; /* SHA-256(method, path, raw body) */

    uint32_t part; /* in render of a route that ROUTE_GATHERS: which letter's answer, from 0 on in
                    * the order in which they were taken */

    void *user; /* the handler's own */

    struct exchange_run *run; /* the runner's, see exchange_private.h */
};

/* This memory holds a secret: it is wiped when the exchange ends, however it ends (answered,
 * refused, timed out, client gone). Once an exchange; decode only. */
void exchange_wipe(struct exchange *x, void *secret, size_t size);

/* ---- asking (any step) --------------------------------------------------------------------------
 */

bool exchange_query(const struct exchange *x, const char *name, struct bytes *value);
/* default_value if absent; false and 400 bad_query if it is no integer in min..max. */
bool exchange_query_int(struct exchange *x, const char *name, int64_t min, int64_t max,
                        int64_t default_value, int64_t *out) MUST_CHECK;
bool exchange_field(const struct exchange *x, const char *name, struct bytes *value); /* a header */

/* What session_pre_csrf needs: of this process, all loops. */
const uint8_t *exchange_server_key(const struct exchange *x);
/* What this loop's desk holds now. Loop's thread; valid until the handler returns. */
const struct sessions *exchange_sessions(const struct exchange *x);

/* Parses the body as a JSON object. False: answered (400 bad_json with the place; 422 bad_type if
 * it is no object). `problems` is begun in the exchange's arena. An absent optional body reads as
 * {}. */
bool exchange_json(struct exchange *x, struct json *json, struct problems *problems,
                   struct json_object *root) MUST_CHECK;
/* After all members were asked for: 400 unknown_field, then 428 without If-Match where one is
 * needed. */
bool exchange_understood(struct exchange *x, const struct problems *problems) MUST_CHECK;
/* Last: 422 with every fault; warnings pass, unless the list is cut off: a fault may be missing
 * then (503 if memory was what it lacked). */
bool exchange_sound(struct exchange *x, const struct problems *problems) MUST_CHECK;

/* ---- answering (any step) -----------------------------------------------------------------------
 */

/* 200, 201, 202 with a document, or 204 with NULL. doc must be of json_new(x->arena). A document
 * that ran out of memory becomes 503 overloaded. */
void exchange_answer_json(struct exchange *x, uint16_t status, yyjson_mut_doc *doc);
/* Bytes in the arena or constant. `mime` is kept. */
void exchange_answer_bytes(struct exchange *x, uint16_t status, const char *mime,
                           struct bytes bytes);
/* Adds a header of the answer; name a literal, value copied. Control characters in it are a CHECK.
 */
void exchange_header(struct exchange *x, const char *name, struct bytes value);
void exchange_header_text(struct exchange *x, const char *name, const char *value);
void exchange_etag(struct exchange *x, uint32_t version); /* ETag: "7" */

/* A problem document by code (`overloaded` becomes `unknown_outcome` once an actor has done what
 * was asked, since 503 says that nothing was begun); returns its root, to which members may be
 * added with exchange_doc's document (`state`, `reason`, `opens_at`…); NULL without memory
 * (yyjson's adders take that). */
yyjson_mut_val *exchange_problem(struct exchange *x, const char *code);
/* The same with one entry in `errors`. */
yyjson_mut_val *exchange_problem_at(struct exchange *x, const char *code, const char *field);
yyjson_mut_doc *exchange_doc(struct exchange *x); /* of the problem just made */
/* 422 with all of `problems` (at least one, or a list that is cut off); one alone gives the
 * top-level code, more give `invalid`. */
void exchange_problems(struct exchange *x, const struct problems *problems);
void exchange_not_found(struct exchange *x);
void exchange_wrong_state(struct exchange *x, const char *state); /* 409 wrong_state with `state` */
/* 412 stale; `current` is read by the route's `current` on the pool, null if it has none. */
void exchange_stale(struct exchange *x);
/* 429 and 503 carry Retry-After: 1 unless this is called. */
void exchange_retry_after(struct exchange *x, uint32_t seconds);
/* The standard answer to a refusal: 404, 403, 412 (with current), 422 (body = problems_write), 429
 * (RATE_LIMITED: body = u32 seconds), 503, 504, AUTH_*. Not for OK, CREATED, DELETED, WRONG_STATE
 * (whose body is the handler's). */
void exchange_refuse(struct exchange *x, enum outcome outcome, struct bytes body);

/* ---- events -------------------------------------------------------------------------------------
 */

/* Of a route that ROUTE_EVENTS, in `read`, which is called again and again while the stream is
 * open: something new, with the version that Last-Event-ID brings back. Without this call nothing
 * is told (a comment every 15 s). Answering with a problem ends the stream, or refuses it. */
void exchange_event(struct exchange *x, uint32_t version, yyjson_mut_doc *data);
/* The last version told, also to an earlier stream of this client; 0: none. */
uint32_t exchange_event_last(const struct exchange *x);

/* ---- going on -----------------------------------------------------------------------------------
 */

/* A keyed digest of the client's address: what limits are counted by. Never the address itself
 * (personal data). Loop only. */
struct digest exchange_client(const struct exchange *x);
/* A letter with principal, request digest and content digest filled in; NULL: answered 503. All
 * that the message points to must lie in the letter's arena: it may outlive this exchange. Any
 * step. */
struct letter *exchange_letter(struct exchange *x, enum msg_kind kind, struct addr to) MUST_CHECK;
/* A letter that is not sent after all. Where its memory ran out the answer is 503 overloaded,
 * whatever was found out about its content. Any step. */
void exchange_letter_free(struct exchange *x, struct letter *letter);
/* Sends it; render is called with the reply. 503 overloaded or read_only if it is refused (the
 * letter is freed), 504 unknown_outcome if nothing comes in 30 s. decode and render only. */
void exchange_send(struct exchange *x, struct letter *letter);
/* The same, but NULL answers nothing. */
struct letter *exchange_part_letter(const struct exchange *x, enum msg_kind kind,
                                    struct addr to) MUST_CHECK;
/* Sends one of several letters of a route that ROUTE_GATHERS. render is called for each that was
 * taken, with its x->part, and once with EXCHANGE_PART_NONE and OUTCOME_UNKNOWN if some have not
 * been answered 10 s after the first. OUTCOME_OK: taken; OVERLOADED, READ_ONLY: not (the letter is
 * freed). decode only. */
enum outcome exchange_send_part(struct exchange *x, struct letter *letter) MUST_CHECK;
/* Letters sent and not yet answered. */
uint32_t exchange_awaits(const struct exchange *x);
/* Runs another read on the pool (render: the representation after a command; read: more in a new
 * snapshot). It must answer or ask for a further one. */
void exchange_read_again(struct exchange *x, void (*read)(struct exchange *x, struct snapshot *s));
