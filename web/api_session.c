/* Sessions in use and their end (API 2; AUTH 5.5). */
#include "base/check.h"
#include "rt/payload.h"
#include "web/api.h"
#include "web/session.h"
#include "web/subject_json.h"
#include "web/web.h"
#include <stdio.h>

enum { SESSION_ID_DIGITS = 16 };

static int64_t seconds_left(int64_t until, struct wall now)
{
    return until > now.ms ? (until - now.ms) / 1000 : 0;
}

static void session_answer(struct exchange *x, int64_t used_at)
{
    char token[SESSION_CSRF_TEXT + 1];
    session_csrf(&x->session, token);
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    subject_put(x, doc, root, &x->principal);
    json_put_name(doc, root, "method", method_name(x->principal.method));
    json_put_text(doc, root, "csrf_token", bytes_from_text(token));
    json_put_instant(doc, root, "last_login_at", x->session.last_login_at,
                     x->session.last_login_at != 0);
    json_put_int(doc, root, "idle_left", seconds_left(used_at + SESSION_IDLE_MS, x->now));
    json_put_int(doc, root, "absolute_left", seconds_left(x->session.expires_at, x->now));
    json_put_null(doc, root, "gate");
    exchange_answer_json(x, 200, doc);
}

void api_auth_session(struct exchange *x)
{
    session_answer(x, x->now.ms); /* asking is using */
}

void api_auth_touch(struct exchange *x)
{
    struct letter *letter = exchange_letter(x, MSG_SESSION_TOUCH, ADDR_AUTH);
    if (letter != NULL) {
        letter->msg.u.session.secret = x->session.secret;
        exchange_send(x, letter);
    }
}

void api_auth_touched(struct exchange *x, enum outcome outcome, struct bytes body)
{
    if (outcome != OUTCOME_OK && outcome != OUTCOME_NOT_FOUND) {
        exchange_refuse(x, outcome, body);
        return;
    }
    session_answer(x, x->now.ms);
}

/* An API token acts, but is no session (AUTH 5.5): it ends neither itself nor those of cards. */
static bool is_session(struct exchange *x)
{
    if (x->session.is_token) {
        (void)exchange_problem(x, "forbidden");
    }
    return !x->session.is_token;
}

void api_auth_logout(struct exchange *x)
{
    if (!is_session(x)) {
        return;
    }
    struct letter *letter = exchange_letter(x, MSG_SESSION_END, ADDR_AUTH);
    if (letter != NULL) {
        letter->msg.u.session.secret = x->session.secret;
        exchange_send(x, letter);
    }
}

void api_auth_logged_out(struct exchange *x, enum outcome outcome, struct bytes body)
{
    char cookie[SESSION_COOKIE_HEADER_MAX];
    if (outcome != OUTCOME_DELETED) {
        exchange_refuse(x, outcome, body);
        return;
    }
    session_cookie_print(SESSION_COOKIE, NULL, cookie);
    exchange_header_text(x, "Set-Cookie", cookie);
    exchange_answer_json(x, 204, NULL);
}

/* ---- one's own sessions, by this loop's desk ---- */

static bool same_subject(const struct principal *a, const struct principal *b)
{
    return a->kind == b->kind && a->person == b->person &&
           (a->kind != PRINCIPAL_INSTITUTION || a->institution == b->institution);
}

void api_auth_sessions(struct exchange *x)
{
    const struct sessions *sessions = exchange_sessions(x);
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    yyjson_mut_val *items = json_put_array(doc, root, "items");
    for (uint32_t i = 0; i < sessions->count; i++) {
        const struct session *session = &sessions->items[i];
        if (session->is_token || !same_subject(&session->principal, &x->principal) ||
            sessions_state(session, x->now) != SESSION_LIVE) {
            continue;
        }
        char id[SESSION_ID_DIGITS + 1];
        (void)snprintf(id, sizeof id, "%016llx", (unsigned long long)session->principal.session);
        yyjson_mut_val *item = json_add_object(doc, items);
        json_put_text(doc, item, "id", bytes_from_text(id));
        json_put_bool(doc, item, "current", digest_equal(&session->secret, &x->session.secret));
        json_put_name(doc, item, "method", method_name(session->principal.method));
        json_put_instant(doc, item, "created_at", session->created_at, true);
        json_put_instant(doc, item, "last_used_at", session->used_at, true);
    }
    exchange_answer_json(x, 200, doc);
}

void api_auth_session_end(struct exchange *x)
{
    uint64_t id = 0;
    if (!is_session(x)) {
        return;
    }
    bool hex = x->param[0].size == SESSION_ID_DIGITS;
    for (size_t i = 0; hex && i < SESSION_ID_DIGITS; i++) {
        uint8_t c = x->param[0].data[i];
        hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        id = id * 16 + (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    if (!hex || id == 0) {
        exchange_not_found(x);
        return;
    }
    struct letter *letter = exchange_letter(x, MSG_SESSION_END, ADDR_AUTH);
    if (letter != NULL) {
        letter->msg.u.session.session = id;
        exchange_send(x, letter);
    }
}

void api_auth_session_ended(struct exchange *x, enum outcome outcome, struct bytes body)
{
    if (outcome != OUTCOME_DELETED) {
        exchange_refuse(x, outcome, body);
        return;
    }
    exchange_answer_json(x, 204, NULL);
}
