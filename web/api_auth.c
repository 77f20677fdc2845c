/* Signing in with a card (API 2; AUTH 5.1, 7.2). Everything random is made here, by the kernel;
 * what is secret is kept as a digest. */
#include "base/check.h"
#include "base/sha256.h"
#include "base/prng.h"
#include "rt/payload.h"
#include "web/api.h"
#include "web/api_app.h"
#include "web/session.h"
#include "web/subject_json.h"
#include <mbedtls/base64.h>
#include <stdio.h>
#include <string.h>

enum { CERTIFICATE_MAX = 8 * 1024, SIGNATURE_MAX = 1024, COMPONENT_TEXT_MAX = 40 };
enum { CHALLENGE_TEXT = 22, BASE64_OF_CERTIFICATE = 12 * 1024 };

/* What a log-in keeps between sending and answering. */
struct login_work {
    uint8_t secret[SESSION_SECRET_SIZE];
    uint8_t csrf[32];
    char challenge[CHALLENGE_TEXT + 1];
};

/* ---- the pre-session ---- */

void api_auth_pre(struct exchange *x)
{
    uint8_t secret[SESSION_SECRET_SIZE];
    char token[SESSION_CSRF_TEXT + 1];
    char cookie[SESSION_COOKIE_HEADER_MAX];
    if (!session_pre_find(x->request, secret)) {
        session_pre_new(secret);
        session_cookie_print(SESSION_PRE_COOKIE, secret, cookie);
        exchange_header_text(x, "Set-Cookie", cookie);
    }
    session_pre_csrf(exchange_server_key(x), secret, token);
    yyjson_mut_doc *doc = json_new(x->arena);
    json_put_text(doc, json_new_root(doc), "csrf_token", bytes_from_text(token));
    exchange_answer_json(x, 200, doc);
}

static struct digest pre_digest(const uint8_t secret[SESSION_SECRET_SIZE])
{
    char text[SESSION_SECRET_TEXT + 1];
    session_text(secret, text);
    return session_digest(bytes_from_text(text));
}

/* sb = SHA-256("eus-pre" || pre-session secret), AUTH 5.2. */
static void pre_binding(const uint8_t secret[SESSION_SECRET_SIZE], uint8_t out[32])
{
    uint8_t input[sizeof "eus-pre" - 1 + SESSION_SECRET_SIZE];
    memcpy(input, "eus-pre", sizeof "eus-pre" - 1);
    memcpy(input + sizeof "eus-pre" - 1, secret, SESSION_SECRET_SIZE);
    sha256_of(bytes_of(input, sizeof input), out);
}

/* The runner has compared it with Host and names; what is signed names exactly it. */
static struct bytes audience_of(const struct exchange *x, struct arena *memory)
{
    struct bytes origin;
    if (!exchange_field(x, "origin", &origin) || origin.size > AUDIENCE_MAX) {
        return (struct bytes){0};
    }
    return arena_copy(memory, origin);
}

/* ---- the challenge ---- */

static bool role_parse(struct bytes text, enum card_role *role)
{
    static const struct {
        const char *name;
        enum card_role role;
    } roles[] = {{"person", ROLE_PERSON},
                 {"institution", ROLE_INSTITUTION},
                 {"bureau", ROLE_BUREAU},
                 {"ops", ROLE_OPS}};
    for (size_t i = 0; i < ARRAY_COUNT(roles); i++) {
        if (bytes_are_text(text, roles[i].name)) {
            *role = roles[i].role;
            return true;
        }
    }
    return false;
}

void api_auth_challenge(struct exchange *x)
{
    const struct api_app *app = x->app;
    struct json json;
    struct problems problems;
    struct json_object root;
    struct bytes role, id_no;
    uint8_t pre[SESSION_SECRET_SIZE];
    if (!exchange_json(x, &json, &problems, &root)) {
        return;
    }
    struct letter *letter = exchange_letter(x, MSG_CHALLENGE, ADDR_AUTH);
    if (letter == NULL) {
        return;
    }
    struct msg *msg = &letter->msg;
    if (json_required(&root, "role", json_text(&root, "role", 16, &role)) &&
        !role_parse(role, &msg->u.challenge.role)) {
        (void)json_problem(&root, CODE_BAD_TYPE, "role");
    }
    enum json_got got = json_text(&root, "id_no", 16, &id_no);
    if (got == JSON_GIVEN && id_no_check(id_no) == ID_NO_INVALID) {
        (void)json_problem(&root, CODE_BAD_ID_NO, "id_no");
    }
    json_object_end(&root);
    if (!exchange_understood(x, &problems) || !exchange_sound(x, &problems)) {
        exchange_letter_free(x, letter);
        return;
    }
    bool found = session_pre_find(x->request, pre);
    msg->u.challenge.audience = audience_of(x, &letter->arena);
    if (!found || msg->u.challenge.audience.size == 0) {
        exchange_letter_free(x, letter);
        (void)exchange_problem(x, "csrf");
        return;
    }
    if (got == JSON_GIVEN) {
        msg->u.challenge.id_no = app->id_lookup(app->self, id_no);
        msg->u.challenge.id_no_text = arena_copy(&letter->arena, id_no);
    }
    entropy_fill(msg->u.challenge.id, sizeof msg->u.challenge.id);
    entropy_fill(msg->u.challenge.nonce, sizeof msg->u.challenge.nonce);
    msg->u.challenge.pre_session = pre_digest(pre);
    pre_binding(pre, msg->u.challenge.sb);
    msg->u.challenge.address = exchange_client(x);
    msg->u.challenge.per_minute = app->challenges_per_minute;
    struct login_work *work = arena_alloc_zero(x->arena, sizeof *work);
    if (work == NULL) {
        exchange_letter_free(x, letter);
        (void)exchange_problem(x, "overloaded");
        return;
    }
    char text[SESSION_SECRET_TEXT + 1];
    uint8_t padded[SESSION_SECRET_SIZE] = {0};
    memcpy(padded, msg->u.challenge.id, sizeof msg->u.challenge.id);
    session_text(padded, text);
    /* 16 bytes are 21 whole characters and 2 bits of a 22nd, which the zero behind them completes.
     */
    memcpy(work->challenge, text, CHALLENGE_TEXT);
    x->user = work;
    exchange_send(x, letter);
}

static void components_put(const struct api_app *app, yyjson_mut_doc *doc, yyjson_mut_val *root)
{
    yyjson_mut_val *components = json_put_object(doc, root, "components");
    yyjson_mut_val *bridge = json_put_object(doc, components, "bridge");
    yyjson_mut_val *ports = json_put_array(doc, bridge, "ports");
    for (size_t i = 0; i < COMPONENT_PORTS_MAX && app->bridge_ports[i] != 0; i++) {
        (void)yyjson_mut_arr_add_uint(doc, ports, app->bridge_ports[i]);
    }
    static const uint16_t servisign_ports[] = {56445, 56545, 56645}; /* AUTH 2.1 */
    yyjson_mut_val *servisign = json_put_object(doc, components, "servisign");
    ports = json_put_array(doc, servisign, "ports");
    for (size_t i = 0; i < ARRAY_COUNT(servisign_ports); i++) {
        (void)yyjson_mut_arr_add_uint(doc, ports, servisign_ports[i]);
    }
    json_put_name(doc, servisign, "path_id", app->servisign_path_id);
    json_put_name(doc, servisign, "min", app->servisign_min);
    json_put_name(doc, servisign, "download", app->servisign_download);
}

void api_auth_challenged(struct exchange *x, enum outcome outcome, struct bytes body)
{
    const struct login_work *work = x->user;
    struct challenge_reply reply;
    if (outcome != OUTCOME_OK || !challenge_reply_read(body, &reply)) {
        exchange_refuse(x, outcome == OUTCOME_OK ? OUTCOME_OVERLOADED : outcome, body);
        return;
    }
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    json_put_text(doc, root, "challenge", bytes_from_text(work->challenge));
    json_put_text(doc, root, "tbs", json_base64(x->arena, reply.tbs));
    json_put_name(doc, root, "alg", "RS256-PKCS1");
    json_put_instant(doc, root, "expires_at", reply.expires_at, true);
    components_put(x->app, doc, root);
    exchange_answer_json(x, 200, doc);
}

/* ---- the log-in ---- */

/* Standard base64 with padding. False: a problem was added (bad_text), or memory ran out. */
static bool base64_read(struct json_object *object, const char *name, size_t size_max,
                        struct arena *memory, struct bytes *out)
{
    struct bytes text;
    size_t size = 0;
    enum json_got got = json_text(object, name, BASE64_OF_CERTIFICATE, &text);
    if (!json_required(object, name, got)) {
        return true;
    }
    uint8_t *data = arena_alloc(memory, text.size + 1);
    if (data == NULL) {
        return false;
    }
    if (mbedtls_base64_decode(data, text.size, &size, text.data, text.size) != 0 || size == 0) {
        (void)json_problem(object, CODE_BAD_TEXT, name);
    } else if (size > size_max) {
        (void)json_problem(object, CODE_TOO_LONG, name);
    } else {
        *out = bytes_of(data, size);
    }
    return true;
}

static bool challenge_parse(struct bytes text, uint8_t id[16])
{
    /* Back by the same 32-byte form, filled up with zeros ('A'). */
    char whole[SESSION_SECRET_TEXT + 1];
    uint8_t padded[SESSION_SECRET_SIZE];
    if (text.size != CHALLENGE_TEXT) {
        return false;
    }
    memset(whole, 'A', SESSION_SECRET_TEXT);
    whole[SESSION_SECRET_TEXT] = '\0';
    memcpy(whole, text.data, text.size);
    if (!session_text_parse(bytes_of(whole, SESSION_SECRET_TEXT), padded)) {
        return false;
    }
    memcpy(id, padded, 16);
    return true;
}

static bool login_read(struct exchange *x, struct json_object *root, struct letter *letter)
{
    struct msg *msg = &letter->msg;
    struct bytes text;
    struct json_object component;
    if (json_required(root, "challenge", json_text(root, "challenge", 64, &text)) &&
        !challenge_parse(text, msg->u.proof.id)) {
        memset(msg->u.proof.id, 0, sizeof msg->u.proof.id); /* opaque: unknown, not malformed */
    }
    if (json_required(root, "format", json_text(root, "format", 8, &text)) &&
        !bytes_are_text(text, "pkcs1")) {
        /* CMS comes with the components that speak it. */
        (void)json_problem(root, CODE_BAD_TYPE, "format");
    }
    bool fits =
        base64_read(root, "certificate", CERTIFICATE_MAX, &letter->arena,
                    &msg->u.proof.certificate) &&
        base64_read(root, "signature", SIGNATURE_MAX, &letter->arena, &msg->u.proof.signature);
    if (json_object(root, "component", &component) == JSON_GIVEN) {
        (void)json_text(&component, "name", COMPONENT_TEXT_MAX, &text);
        (void)json_text(&component, "version", COMPONENT_TEXT_MAX, &text);
        json_object_end(&component);
    }
    json_object_end(root);
    (void)x;
    return fits;
}

void api_auth_login(struct exchange *x)
{
    struct json json;
    struct problems problems;
    struct json_object root;
    uint8_t pre[SESSION_SECRET_SIZE];
    if (!exchange_json(x, &json, &problems, &root)) {
        return;
    }
    struct letter *letter = exchange_letter(x, MSG_PROOF, ADDR_AUTH);
    struct login_work *work = arena_alloc_zero(x->arena, sizeof *work);
    if (letter == NULL) {
        return;
    }
    bool fits = work != NULL && login_read(x, &root, letter);
    if (!fits) {
        exchange_letter_free(x, letter);
        (void)exchange_problem(x, "overloaded");
        return;
    }
    if (!exchange_understood(x, &problems) || !exchange_sound(x, &problems)) {
        exchange_letter_free(x, letter);
        return;
    }
    struct msg *msg = &letter->msg;
    msg->u.proof.audience = audience_of(x, &letter->arena);
    if (!session_pre_find(x->request, pre) || msg->u.proof.audience.size == 0) {
        exchange_letter_free(x, letter);
        (void)exchange_problem(x, "csrf");
        return;
    }
    msg->u.proof.pre_session = pre_digest(pre);
    exchange_wipe(x, work, sizeof *work);
    entropy_fill(work->secret, sizeof work->secret);
    entropy_fill(work->csrf, sizeof work->csrf);
    struct digest hash = pre_digest(work->secret); /* a cookie is kept like any other secret */
    memcpy(msg->u.proof.secret_hash, hash.bytes, sizeof msg->u.proof.secret_hash);
    memcpy(msg->u.proof.csrf, work->csrf, sizeof msg->u.proof.csrf);
    x->user = work;
    exchange_send(x, letter);
}

static const char *next_page(enum principal_kind kind)
{
    return kind == PRINCIPAL_BUREAU ? "/review" : kind == PRINCIPAL_OPS ? "/" : "/home";
}

void api_auth_logged_in(struct exchange *x, enum outcome outcome, struct bytes body)
{
    struct login_work *work = x->user;
    struct login_reply reply;
    if (outcome != OUTCOME_OK || !login_reply_read(body, &reply)) {
        exchange_refuse(x, outcome == OUTCOME_OK ? OUTCOME_OVERLOADED : outcome, body);
        return;
    }
    char cookie[SESSION_COOKIE_HEADER_MAX];
    session_cookie_print(SESSION_COOKIE, work->secret, cookie);
    exchange_header_text(x, "Set-Cookie", cookie);
    session_cookie_print(SESSION_PRE_COOKIE, NULL, cookie); /* the old one ends (AUTH 5.1 row 14) */
    exchange_header_text(x, "Set-Cookie", cookie);
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    subject_put(x, doc, root, &reply.principal);
    json_put_instant(doc, root, "last_login_at", reply.last_login_at, reply.last_login_at != 0);
    json_put_name(doc, root, "next", next_page(reply.principal.kind));
    exchange_answer_json(x, 200, doc);
}
