#include "card/servisign.h"
#include "base/check.h"
#include "base/log.h"
#include "card/bridge.h"
#include "card/guard.h"
#include "card/servisign_order.h"
#include <mbedtls/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

/* The component's numbers (AUTH 2.1). */
enum {
    FAULT_NO_COMPONENT = 61001,
    FAULT_PATH_ID = 61009,
    FAULT_PIN_WRONG = 9039,
    FAULT_PIN_LEN = 9041,
    FAULT_PIN_EXPIRED = 9042,
    FAULT_PIN_LOCKED = 9043,
    FAULT_NO_CARD = 9056,
    FAULT_CARD_KIND = 9057,
    FAULT_LIBRARY = 9110,
    FAULT_SIGN = 5061,
};

enum { RESULT_TEXT_MAX = 64 * 1024 };

static const char version[] = "1.0.23.1227"; /* the one that pages ask for at least */
/* Signed to try a PIN, and thrown away: no log-in begins like this. */
static const char pin_trial[] = "baobei-card tries a PIN\n";

static unsigned fault_of(enum code code)
{
    switch (code) {
    case CODE_OK: return 0;
    case CODE_PIN_WRONG:
    case CODE_FINAL_TRY: return FAULT_PIN_WRONG; /* the component has no number for the last try */
    case CODE_PIN_LEN: return FAULT_PIN_LEN;
    case CODE_PIN_EXPIRED: return FAULT_PIN_EXPIRED;
    case CODE_PIN_LOCKED: return FAULT_PIN_LOCKED;
    case CODE_NO_READER:
    case CODE_NO_TOKEN:
    case CODE_REMOVED: return FAULT_NO_CARD;
    case CODE_NO_CERT: return FAULT_CARD_KIND;
    case CODE_NO_MODULE: return FAULT_LIBRARY;
    case CODE_ORIGIN:
    case CODE_HOST:
    case CODE_REQUEST:
    case CODE_TBS_REFUSED:
    case CODE_BUSY:
    case CODE_CANCELLED:
    case CODE_INTERNAL: return FAULT_SIGN;
    }
    CHECK(false);
    return FAULT_SIGN;
}

static void session_end(struct servisign *servisign)
{
    explicit_bzero(servisign->pin, sizeof servisign->pin);
    servisign->pin_ends_ms = 0;
}

void servisign_wipe(struct servisign *servisign)
{
    session_end(servisign);
    servisign->origin[0] = '\0';
}

static bool session_lives(const struct servisign *servisign)
{
    return servisign->pin_ends_ms > uv_now(servisign->loop);
}

/* ---- the answer --------------------------------------------------------------------------------
 */

static bool base64_add(yyjson_mut_doc *doc, yyjson_mut_val *root, const char *key, const char *text)
{
    size_t size = strlen(text);
    size_t length = 0;
    unsigned char *encoded = malloc(RESULT_TEXT_MAX);
    bool good = encoded != NULL &&
                mbedtls_base64_encode(encoded, RESULT_TEXT_MAX, &length,
                                      (const unsigned char *)text, size) == 0 &&
                yyjson_mut_obj_add_strncpy(doc, root, key, (const char *)encoded, length);
    free(encoded);
    return good;
}

/* Remembers the number for ATL_GetErrorCode and answers `result`. */
static void say(struct servisign *servisign, struct exchange *exchange, unsigned fault,
                const char *result)
{
    static const char *const versions[] = {"ServerVersion", "LibVersion", "InstallerVersion"};
    servisign->last_error = fault;
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
    bool good = doc != NULL && base64_add(doc, root, "result", result) &&
                base64_add(doc, root, "SessionID", "1");
    for (size_t i = 0; i < ARRAY_COUNT(versions); i++) {
        good = good && base64_add(doc, root, versions[i], version);
    }
    size_t size = 0;
    char *text = good ? yyjson_mut_write(doc, 0, &size) : NULL;
    yyjson_mut_doc_free(doc);
    exchange->answer.status = 200;
    answer_json(&exchange->answer, text, size);
    LOG(LOG_INFO, "servisign", log_int("call", (int)exchange->call), log_int("fault", (int)fault));
    exchange->done(exchange, exchange->context);
}

/* ---- what the card says ------------------------------------------------------------------------
 */

/* The first card with a certificate to sign by, as the component knows one reader only. */
static yyjson_val *card_pick(yyjson_val *root, yyjson_val **slot)
{
    size_t at = 0;
    size_t count = 0;
    yyjson_val *item = NULL;
    yyjson_arr_foreach(yyjson_obj_get(root, "slots"), at, count, item)
    {
        size_t c = 0;
        size_t certs = 0;
        yyjson_val *cert = NULL;
        yyjson_arr_foreach(yyjson_obj_get(item, "certs"), c, certs, cert)
        {
            yyjson_val *usage = yyjson_arr_get_first(yyjson_obj_get(cert, "key_usage"));
            if (yyjson_equals_str(usage, "digitalSignature")) {
                *slot = item;
                return cert;
            }
        }
    }
    return NULL;
}

static void text_copy(char *to, size_t room, yyjson_val *from)
{
    (void)snprintf(to, room, "%s", yyjson_is_str(from) ? yyjson_get_str(from) : "");
}

static void servisign_on_signed(struct job *job, void *context)
{
    struct exchange *exchange = context;
    struct servisign *servisign = exchange->servisign;
    enum code code = job->code;
    char *body = job->body;
    job->body = NULL;
    yyjson_doc *doc = body == NULL ? NULL : yyjson_read(body, job->body_size, 0);
    const char *signature = yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), "signature"));
    if (exchange->call == CALL_INIT_SESSION) {
        if (code != CODE_OK) {
            session_end(servisign);
        }
        say(servisign, exchange, fault_of(code), code == CODE_OK ? "1" : "0");
    } else if (code == CODE_OK && signature != NULL) {
        say(servisign, exchange, 0, signature);
    } else {
        say(servisign, exchange, code == CODE_OK ? FAULT_SIGN : fault_of(code), "");
    }
    yyjson_doc_free(doc);
    free(body);
}

static void sign_begin(struct servisign *servisign, struct exchange *exchange, yyjson_val *slot,
                       yyjson_val *cert)
{
    struct order *order = &exchange->job.order;
    text_copy(order->slot, sizeof order->slot, yyjson_obj_get(slot, "slot"));
    text_copy(order->cert_id, sizeof order->cert_id, yyjson_obj_get(cert, "id"));
    (void)snprintf(order->pin, sizeof order->pin, "%s", servisign->pin);
    order->pin_size = strlen(order->pin);
    exchange->job.kind = JOB_SIGN;
    exchange->job.done = servisign_on_signed;
    if (!jobs_add(servisign->jobs, &exchange->job)) {
        order_wipe(order);
        say(servisign, exchange, FAULT_SIGN, "");
    }
}

static void servisign_on_slots(struct job *job, void *context)
{
    struct exchange *exchange = context;
    struct servisign *servisign = exchange->servisign;
    char *body = job->body;
    job->body = NULL;
    yyjson_doc *doc = body == NULL ? NULL : yyjson_read(body, job->body_size, 0);
    yyjson_val *slot = NULL;
    yyjson_val *cert = card_pick(yyjson_doc_get_root(doc), &slot);
    yyjson_val *kind = yyjson_obj_get(cert, "kind");
    bool asks_session = exchange->call == CALL_INIT_SESSION || exchange->call == CALL_SIGN;
    if (job->code != CODE_OK || cert == NULL) {
        if (exchange->call == CALL_INIT_SESSION) {
            session_end(servisign);
        }
        say(servisign, exchange, job->code != CODE_OK ? fault_of(job->code) : FAULT_CARD_KIND, "");
    } else if (asks_session) {
        sign_begin(servisign, exchange, slot, cert);
    } else if (exchange->call == CALL_CERTIFICATE) {
        say(servisign, exchange, 0, yyjson_get_str(yyjson_obj_get(cert, "der")));
    } else if (yyjson_equals_str(kind, "HOP") || yyjson_equals_str(kind, "HPC")) {
        say(servisign, exchange, 0, yyjson_equals_str(kind, "HOP") ? "0" : "1");
    } else {
        say(servisign, exchange, FAULT_CARD_KIND, "");
    }
    yyjson_doc_free(doc);
    free(body);
}

static void card_ask(struct servisign *servisign, struct exchange *exchange)
{
    exchange->job.kind = JOB_SLOTS;
    exchange->job.done = servisign_on_slots;
    exchange->job.context = exchange;
    if (!jobs_add(servisign->jobs, &exchange->job)) {
        order_wipe(&exchange->job.order);
        say(servisign, exchange, FAULT_SIGN, "");
    }
}

/* ---- the calls ---------------------------------------------------------------------------------
 */

static void session_begin(struct servisign *servisign, struct servisign_order *order,
                          struct exchange *exchange)
{
    memcpy(servisign->pin, order->pin, sizeof servisign->pin);
    servisign->pin_ends_ms = uv_now(servisign->loop) + VISIT_MS;
    exchange->job.order.tbs_size = sizeof pin_trial - 1;
    memcpy(exchange->job.order.tbs, pin_trial, sizeof pin_trial - 1);
    card_ask(servisign, exchange);
}

static void signature_begin(struct servisign *servisign, const struct servisign_order *order,
                            struct bytes origin, struct exchange *exchange)
{
    struct bytes data = bytes_of(order->data, order->data_size);
    if (!session_lives(servisign) || servisign->confirm || !order->sha256 || data.size == 0 ||
        !guard_tbs(data, origin)) {
        say(servisign, exchange, FAULT_SIGN, "");
        return;
    }
    memcpy(exchange->job.order.tbs, data.data, data.size);
    exchange->job.order.tbs_size = data.size;
    card_ask(servisign, exchange);
}

static void call_run(struct servisign *servisign, struct servisign_order *order,
                     struct bytes origin, struct exchange *exchange)
{
    bool own = bytes_are_text(origin, servisign->origin);
    if (!own && order->call != CALL_ECHO && order->call != CALL_INIT_MODULE) {
        /* Nobody's visit, or another page's. */
        say(servisign, exchange, FAULT_NO_COMPONENT, order->call == CALL_ERROR_CODE ? "61001" : "");
        return;
    }
    switch (order->call) {
    case CALL_INIT_MODULE:
        servisign_wipe(servisign);
        CHECK(origin.size < sizeof servisign->origin);
        memcpy(servisign->origin, origin.data, origin.size);
        servisign->origin[origin.size] = '\0';
        say(servisign, exchange, 0, "1");
        return;
    case CALL_INIT_SESSION: session_begin(servisign, order, exchange); return;
    case CALL_CARD_TYPE:
    case CALL_CERTIFICATE: card_ask(servisign, exchange); return;
    case CALL_KEY_HANDLE:
        say(servisign, exchange, session_lives(servisign) ? 0 : FAULT_SIGN, "1");
        return;
    case CALL_SIGN: signature_begin(servisign, order, origin, exchange); return;
    case CALL_ERROR_CODE: {
        char text[16];
        (void)snprintf(text, sizeof text, "%u", servisign->last_error);
        say(servisign, exchange, servisign->last_error, text);
        return;
    }
    case CALL_CLOSE_SESSION:
        session_end(servisign);
        say(servisign, exchange, 0, "0");
        return;
    case CALL_CLOSE_MODULE:
    case CALL_RELEASE:
        servisign_wipe(servisign);
        say(servisign, exchange, 0, "0");
        return;
    case CALL_ECHO:
    case CALL_DELETE_KEY: say(servisign, exchange, 0, "0"); return;
    case CALLS: break;
    }
    CHECK(false);
}

void servisign_take(struct servisign *servisign, struct bytes origin, uint8_t *body, size_t size,
                    struct exchange *exchange)
{
    struct servisign_order order;
    enum err err = servisign_order_read(body, size, &order);
    if (err != ERR_OK) {
        answer_fail(&exchange->answer, err == ERR_NO_MEMORY ? CODE_INTERNAL : CODE_REQUEST, 0);
        exchange->done(exchange, exchange->context);
        return;
    }
    exchange->servisign = servisign;
    exchange->call = order.call;
    if (!session_lives(servisign)) {
        session_end(servisign);
    }
    if (servisign->path_id != NULL && strcmp(order.path_id, servisign->path_id) != 0) {
        say(servisign, exchange, FAULT_PATH_ID, "61009");
    } else {
        call_run(servisign, &order, origin, exchange);
    }
    servisign_order_wipe(&order);
}
