/* The door to NHI (F204): a call of the transfer actor becomes an HTTPS request on its loop, the
 * answer a transfer_answer.
 *
 *     POST URL/transfers               the document, Idempotency-Key: <key>
 *     GET  URL/transfers/<key>/result  what became of it
 *     200  the result, row by row · 202  later · 404 to GET  not known · 408 429 5xx  nothing said
 *     any other  the document is refused */
#pragma once
#include "config.h"
#include "loop/loop.h"

struct nhi_door {
    const char *url, *ca_file;
    uint32_t timeout_ms;
};

/* The settings nhi.* as the actor sees them, in each snapshot of facts. */
struct transfer_rules nhi_rules(const struct config *config);
/* https; in a development environment also plain http on loopback. ERR_BAD_INPUT, and a log line.
 * Empty is right: nothing is sent. */
enum err nhi_door_check(const char *url, bool dev) MUST_CHECK;
/* Loop's thread. The answer comes by MSG_OUTSIDE_DONE: SAID_NOTHING where the call could not be
 * made. False: no memory for a letter, none comes. */
bool nhi_door_call(const struct nhi_door *door, struct loop *loop, struct addr back, uint32_t tag,
                   uint32_t incarnation, enum outside outside, struct bytes key,
                   struct bytes document);
