/* From a request to its answer: guards, routes, jobs (AUTH 7.8). Knows no socket.
 *
 * Order of the checks: Host, then for a preflight the Origin; for the popup's files nothing more;
 * for /v1 the Origin (or the popup's token), the header X-Card-Bridge, the route, the type of the
 * body. The loop's thread only. */
#pragma once
#include "card/answer.h"
#include "card/jobs.h"
#include "card/popup.h"
#include "card/request.h"
#include "card/servisign.h"
#include "card/servisign_order.h"

struct bridge {
    const struct settings *settings;
    uint16_t port; /* that is listened on; a Host must name it */
    uv_loop_t *loop;
    struct popups popups;
    struct jobs jobs;
    struct servisign servisign;
};

/* One request on its way. In the connection's memory; borrows the request's bytes. */
struct exchange {
    struct answer answer;
    struct job job;
    bool secure; /* it came over TLS */
    bool compat; /* to the port of the compatibility mode; then: */
    struct servisign *servisign;
    enum servisign_call call;
    void (*done)(struct exchange *exchange, void *context);
    void *context;
};

/* Calls exchange->done once, now or when the card has answered, with exchange->answer filled in
 * (give back with answer_deinit). `body` has request->body_size bytes and ORDER_PADDING of room
 * behind them; it is wiped. */
void bridge_take(struct bridge *bridge, const struct request *request, uint8_t *body,
                 struct exchange *exchange);
