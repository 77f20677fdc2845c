/* Who sends this request: cookie or bearer token -> session of this loop's desk; CSRF (AUTH 5.1
 * rows 1-2, 5.5). Pure but for the clock given; loop's thread (the table is the desk's). */
#pragma once
#include "model/sessions.h"
#include "web/request.h"

#define SESSION_COOKIE     "__Host-baobei"
#define SESSION_PRE_COOKIE "__Host-baobei-pre"

enum { SESSION_SECRET_SIZE = 32, SESSION_SECRET_TEXT = 43, SESSION_CSRF_TEXT = 43 };
enum { SESSION_COOKIE_HEADER_MAX = 128 };

enum session_way { SESSION_BY_NONE, SESSION_BY_COOKIE, SESSION_BY_TOKEN };

struct session_found {
    enum session_way way;
    const struct session *session; /* of the table; NULL: not signed in, `reason` says why */
    const char *reason;            /* "none" "expired" "replaced" "ended" (API 1.1) */
};

/* Authorization: Bearer wins over the cookie. Cookies count only where `secure` (TLS): a __Host-
 * cookie never travels in clear. */
struct session_found session_verify(const struct sessions *sessions, const struct request *request,
                                    bool secure, struct wall now);

/* ---- CSRF ---- */

/* Origin is https:// + the request's Host, whose name is one of `names`; Sec-Fetch-Site, where
 * sent, is same-origin. */
bool session_origin_fits(const struct request *request, const char *const *names);
/* The token of a session: base64url of HMAC-SHA-256(session.csrf, "csrf"). */
void session_csrf(const struct session *session, char out[SESSION_CSRF_TEXT + 1]);
/* X-CSRF-Token is this text; constant time. */
bool session_csrf_fits(const struct request *request, const char *token);

/* ---- before log-in ---- */

/* A new pre-session: its 32 random bytes. */
void session_pre_new(uint8_t secret[SESSION_SECRET_SIZE]);
/* The pre-session of this request's cookie; false if it has none. */
bool session_pre_find(const struct request *request, uint8_t secret[SESSION_SECRET_SIZE]);
/* Its CSRF token: base64url of HMAC-SHA-256(server_key, pre-session). */
void session_pre_csrf(const uint8_t server_key[32], const uint8_t secret[SESSION_SECRET_SIZE],
                      char out[SESSION_CSRF_TEXT + 1]);

/* ---- making them ---- */

/* Set-Cookie values; secret NULL deletes the cookie. */
void session_cookie_print(const char *name, const uint8_t *secret,
                          char out[SESSION_COOKIE_HEADER_MAX]);
/* The first 16 bytes of SHA-256: how a secret is kept (secret of a cookie: its 32 bytes' text
 * form). */
struct digest session_digest(struct bytes text);
/* 32 bytes as 43 characters of base64url, and back (false: not exactly that). */
void session_text(const uint8_t secret[SESSION_SECRET_SIZE], char out[SESSION_SECRET_TEXT + 1]);
bool session_text_parse(struct bytes text, uint8_t secret[SESSION_SECRET_SIZE]);
