#include "card/bridge.h"
#include "base/check.h"
#include "base/log.h"
#include "card/guard.h"
#include "card/reply.h"

struct caller {
    bool known, popup;
    struct bytes origin; /* on whose behalf */
};

static void refuse(struct exchange *exchange, enum code code, int status)
{
    answer_fail(&exchange->answer, code, status);
    LOG(LOG_INFO, "refused", log_text("code", code_name(code)),
        log_int("status", exchange->answer.status), log_bytes("origin", exchange->answer.origin));
    exchange->done(exchange, exchange->context);
}

/* A page of an allowed site by its Origin; our own popup by its token. A popup's GET has no Origin,
 * since browsers send none with a GET of the same origin. */
static struct caller caller_of(const struct bridge *bridge, const struct request *request,
                               bool secure)
{
    struct bytes origin = request->fields[REQUEST_ORIGIN];
    struct bytes token = request->fields[REQUEST_POPUP_TOKEN];
    struct bytes behalf = request->fields[REQUEST_POPUP_ORIGIN];
    if (token.size == 0) {
        return (struct caller){guard_origin(bridge->settings, origin), false, origin};
    }
    bool own =
        origin.data == NULL || guard_own_origin(origin, request->fields[REQUEST_HOST], secure);
    bool known = own && popup_knows(&bridge->popups, token, uv_now(bridge->loop)) &&
                 guard_origin(bridge->settings, behalf);
    return (struct caller){known, true, behalf};
}

/* ---- jobs --------------------------------------------------------------------------------------
 */

static void bridge_on_job(struct job *job, void *context)
{
    struct exchange *exchange = context;
    LOG(LOG_INFO, job->kind == JOB_SIGN ? "sign" : "slots",
        log_text("code", job->code == CODE_OK ? "ok" : code_name(job->code)),
        log_bytes("origin", exchange->answer.origin));
    exchange->answer.status = code_status(job->code);
    answer_json(&exchange->answer, job->body, job->body_size);
    job->body = NULL;
    exchange->done(exchange, exchange->context);
}

static void job_begin(struct bridge *bridge, struct exchange *exchange, enum job_kind kind)
{
    exchange->job.kind = kind;
    exchange->job.done = bridge_on_job;
    exchange->job.context = exchange;
    if (!jobs_add(&bridge->jobs, &exchange->job)) {
        order_wipe(&exchange->job.order);
        refuse(exchange, CODE_BUSY, 0);
    }
}

static void sign_take(struct bridge *bridge, const struct request *request, uint8_t *body,
                      const struct caller *caller, struct exchange *exchange)
{
    struct order *order = &exchange->job.order;
    if (!guard_json(request->fields[REQUEST_CONTENT_TYPE])) {
        refuse(exchange, CODE_REQUEST, 415);
        return;
    }
    if (order_read(body, request->body_size, order) != ERR_OK) {
        refuse(exchange, CODE_REQUEST, 0);
        return;
    }
    enum code code = CODE_OK;
    if (!guard_tbs(bytes_of(order->tbs, order->tbs_size), caller->origin)) {
        code = CODE_TBS_REFUSED;
    } else if (bridge->settings->confirm && !caller->popup) {
        code = CODE_CANCELLED; /* only the popup asks the person */
    }
    if (code != CODE_OK) {
        order_wipe(order);
        refuse(exchange, code, 0);
        return;
    }
    popup_burn(&bridge->popups, request->fields[REQUEST_POPUP_TOKEN]);
    job_begin(bridge, exchange, JOB_SIGN);
}

/* ---- routes ------------------------------------------------------------------------------------
 */

static void ping_take(const struct bridge *bridge, struct exchange *exchange)
{
    size_t size = 0;
    exchange->answer.status = 200;
    char *text = reply_ping(bridge->settings->confirm, &size);
    answer_json(&exchange->answer, text, size);
    exchange->done(exchange, exchange->context);
}

static void api_take(struct bridge *bridge, const struct request *request, uint8_t *body,
                     struct exchange *exchange)
{
    bool get = request->method == REQUEST_GET;
    struct caller caller = caller_of(bridge, request, exchange->secure);
    if (!caller.known) {
        refuse(exchange, CODE_ORIGIN, 0);
        return;
    }
    if (!caller.popup) {
        exchange->answer.origin = caller.origin;
    }
    if (!bytes_are_text(request->fields[REQUEST_BRIDGE], "1")) {
        refuse(exchange, CODE_ORIGIN, 0); /* without it there was no preflight */
    } else if (bytes_are_text(request->path, "/v1/ping") && get) {
        ping_take(bridge, exchange);
    } else if (bytes_are_text(request->path, "/v1/slots") && get) {
        job_begin(bridge, exchange, JOB_SLOTS);
    } else if (bytes_are_text(request->path, "/v1/sign") && request->method == REQUEST_POST) {
        sign_take(bridge, request, body, &caller, exchange);
    } else {
        bool there = bytes_are_text(request->path, "/v1/ping") ||
                     bytes_are_text(request->path, "/v1/slots") ||
                     bytes_are_text(request->path, "/v1/sign");
        refuse(exchange, CODE_REQUEST, there ? 405 : 404);
    }
}

static void preflight_take(const struct bridge *bridge, const struct request *request,
                           struct exchange *exchange)
{
    struct bytes wanted = request->fields[REQUEST_WANTED_METHOD];
    if (!guard_origin(bridge->settings, request->fields[REQUEST_ORIGIN])) {
        refuse(exchange, CODE_ORIGIN, 0);
        return;
    }
    if (!bytes_are_text(wanted, "GET") && !bytes_are_text(wanted, "POST")) {
        refuse(exchange, CODE_REQUEST, 405);
        return;
    }
    exchange->answer.status = 204;
    exchange->answer.origin = request->fields[REQUEST_ORIGIN];
    exchange->answer.preflight = true;
    exchange->done(exchange, exchange->context);
}

/* True: it was one of the popup's files, and is answered. */
static bool popup_take(struct bridge *bridge, const struct request *request,
                       struct exchange *exchange)
{
    struct answer *answer = &exchange->answer;
    if (request->method != REQUEST_GET) {
        return false;
    }
    if (bytes_are_text(request->path, "/popup")) {
        size_t size = 0;
        answer->status = 200;
        char *page = popup_page(&bridge->popups, bridge->settings, uv_now(bridge->loop), &size);
        answer_json(answer, page, size);
        answer->type = page == NULL ? answer->type : "text/html; charset=utf-8";
    } else if (popup_asset(request->path, &answer->body, &answer->type)) {
        answer->status = 200;
    } else {
        return false;
    }
    exchange->done(exchange, exchange->context);
    return true;
}

/* A page's driver for the HCA component: a form that forces no preflight, so the origin alone
 * counts, which a page can't forge. */
static void compat_take(struct bridge *bridge, const struct request *request, uint8_t *body,
                        struct exchange *exchange)
{
    struct bytes origin = request->fields[REQUEST_ORIGIN];
    if (!exchange->secure || !guard_origin(bridge->settings, origin)) {
        refuse(exchange, CODE_ORIGIN, 0);
        return;
    }
    exchange->answer.origin = origin;
    if (request->method != REQUEST_POST || !bytes_are_text(request->path, "/")) {
        refuse(exchange, CODE_REQUEST, request->method == REQUEST_POST ? 404 : 405);
    } else if (!guard_form(request->fields[REQUEST_CONTENT_TYPE])) {
        refuse(exchange, CODE_REQUEST, 415);
    } else {
        servisign_take(&bridge->servisign, origin, body, request->body_size, exchange);
    }
}

void bridge_take(struct bridge *bridge, const struct request *request, uint8_t *body,
                 struct exchange *exchange)
{
    CHECK(exchange->done != NULL);
    exchange->answer = (struct answer){0};
    uint16_t port = exchange->compat ? bridge->servisign.port : bridge->port;
    if (!guard_host(request->fields[REQUEST_HOST], port)) {
        refuse(exchange, CODE_HOST, 0);
    } else if (request->method == REQUEST_OPTIONS) {
        preflight_take(bridge, request, exchange);
    } else if (exchange->compat) {
        compat_take(bridge, request, body, exchange);
    } else if (!popup_take(bridge, request, exchange)) {
        api_take(bridge, request, body, exchange);
    }
}
