#include "web/session.h"
#include "base/check.h"
#include "base/prng.h"
#include "base/sha256.h"
#include "hmac.h"
#include <mbedtls/constant_time.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- text forms --------------------------------------------------------------------------------
 */

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void session_text(const uint8_t secret[SESSION_SECRET_SIZE], char out[SESSION_SECRET_TEXT + 1])
{
    uint32_t bits = 0;
    uint32_t held = 0;
    size_t at = 0;
    for (size_t i = 0; i < SESSION_SECRET_SIZE; i++) {
        bits = bits << 8 | secret[i];
        for (held += 8; held >= 6; held -= 6)
            out[at++] = base64url[bits >> (held - 6) & 63];
    }
    out[at++] = base64url[bits << (6 - held) & 63];
    CHECK(at == SESSION_SECRET_TEXT);
    out[at] = '\0';
}

bool session_text_parse(struct bytes text, uint8_t secret[SESSION_SECRET_SIZE])
{
    if (text.size != SESSION_SECRET_TEXT)
        return false;
    uint32_t bits = 0;
    uint32_t held = 0;
    size_t at = 0;
    for (size_t i = 0; i < text.size; i++) {
        const char *found = text.data[i] == 0 ? NULL : strchr(base64url, text.data[i]);
        if (found == NULL)
            return false;
        bits = bits << 6 | (uint32_t)(found - base64url);
        held += 6;
        if (held >= 8) {
            held -= 8;
            secret[at++] = (uint8_t)(bits >> held);
        }
    }
    CHECK(at == SESSION_SECRET_SIZE);
    return (bits & ((1U << held) - 1)) == 0; /* one text for one secret */
}

struct digest session_digest(struct bytes text)
{
    uint8_t hash[SHA256_SIZE];
    sha256_of(text, hash);
    struct digest digest;
    memcpy(digest.bytes, hash, sizeof digest.bytes);
    return digest;
}

static void hmac_text(const uint8_t key[32], struct bytes message, char out[SESSION_CSRF_TEXT + 1])
{
    uint8_t mac[HMAC_SIZE];
    hmac_sha256(key, message, mac);
    session_text(mac, out);
}

/* ---- who ---------------------------------------------------------------------------------------
 */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* The value of a cookie; a name that comes twice names nobody. */
static bool cookie_find(const struct request *request, const char *name, struct bytes *value)
{
    size_t name_size = strlen(name);
    uint32_t found = 0;
    for (uint16_t i = 0; i < request->fields_count; i++) {
        struct bytes field_name = request->fields[i].name;
        if (field_name.size != 6 || strncasecmp((const char *)field_name.data, "cookie", 6) != 0)
            continue;
        struct bytes rest = request->fields[i].value;
        while (rest.size > 0) {
            while (rest.size > 0 && (is_blank(rest.data[0]) || rest.data[0] == ';'))
                rest = bytes_slice(rest, 1, rest.size - 1);
            const uint8_t *end = rest.size > 0 ? memchr(rest.data, ';', rest.size) : NULL;
            size_t size = end == NULL ? rest.size : (size_t)(end - rest.data);
            if (size > name_size && memcmp(rest.data, name, name_size) == 0 &&
                rest.data[name_size] == '=') {
                *value = bytes_slice(rest, name_size + 1, size - name_size - 1);
                found++;
            }
            rest = bytes_slice(rest, size, rest.size - size);
        }
    }
    return found == 1;
}

/* False: there is no Authorization at all. */
static bool bearer_find(const struct request *request, struct bytes *token)
{
    struct bytes value;
    if (!request_find(request, "authorization", &value))
        return false;
    *token = (struct bytes){NULL, 0};
    static const size_t scheme_size = sizeof "Bearer " - 1;
    if (value.size <= scheme_size || request_count(request, "authorization") != 1 ||
        strncasecmp((const char *)value.data, "bearer ", scheme_size) != 0)
        return true;
    *token = bytes_slice(value, scheme_size, value.size - scheme_size);
    return true;
}

static const char *state_reason(enum session_end state)
{
    switch (state) {
    case SESSION_LIVE: return NULL;
    case SESSION_EXPIRED: return "expired";
    case SESSION_REPLACED: return "replaced";
    case SESSION_ENDED: return "ended";
    }
    CHECK(false); /* no such state */
    return NULL;
}

static void secret_find(const struct sessions *sessions, struct bytes secret, bool is_token,
                        struct wall now, struct session_found *found)
{
    if (secret.size == 0)
        return;
    struct digest digest = session_digest(secret);
    const struct session *session = sessions_find(sessions, &digest);
    if (session == NULL || session->is_token != is_token)
        return; /* a token is no cookie and a cookie no token */
    const char *reason = state_reason(sessions_state(session, now));
    if (reason == NULL)
        found->session = session;
    found->reason = reason;
}

struct session_found session_verify(const struct sessions *sessions, const struct request *request,
                                    bool secure, struct wall now)
{
    struct session_found found = {.way = SESSION_BY_NONE, .reason = "none"};
    struct bytes secret;
    if (bearer_find(request, &secret)) {
        found.way = SESSION_BY_TOKEN;
        secret_find(sessions, secret, true, now, &found);
    } else if (secure && cookie_find(request, SESSION_COOKIE, &secret)) {
        found.way = SESSION_BY_COOKIE;
        secret_find(sessions, secret, false, now, &found);
    }
    return found;
}

/* ---- CSRF --------------------------------------------------------------------------------------
 */

/* The host without its port, and without the brackets of an IPv6 address. */
static struct bytes host_name(struct bytes host)
{
    if (host.size > 0 && host.data[0] == '[') {
        const uint8_t *close = memchr(host.data, ']', host.size);
        return close == NULL ? host : bytes_slice(host, 1, (size_t)(close - host.data) - 1);
    }
    const uint8_t *colon = host.size > 0 ? memchr(host.data, ':', host.size) : NULL;
    return colon == NULL ? host : (struct bytes){host.data, (size_t)(colon - host.data)};
}

static bool folded_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size &&
           (a.size == 0 || strncasecmp((const char *)a.data, (const char *)b.data, a.size) == 0);
}

static bool name_is_ours(struct bytes name, const char *const *names)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        if (folded_equal(name, host_name(bytes_from_text(names[i]))) ||
            folded_equal(name, bytes_from_text(names[i]))) /* "::1" without brackets */
            return true;
    }
    return false;
}

bool session_origin_fits(const struct request *request, const char *const *names)
{
    struct bytes origin;
    struct bytes site;
    if (!request_find(request, "origin", &origin) || request_count(request, "origin") != 1)
        return false;
    struct bytes scheme = BYTES_LITERAL("https://");
    if (!bytes_start_with(origin, scheme))
        return false;
    struct bytes host = bytes_slice(origin, scheme.size, origin.size - scheme.size);
    if (!folded_equal(host, request->host) || !name_is_ours(host_name(host), names))
        return false;
    return !request_find(request, "sec-fetch-site", &site) || bytes_are_text(site, "same-origin");
}

void session_csrf(const struct session *session, char out[SESSION_CSRF_TEXT + 1])
{
    hmac_text(session->csrf, BYTES_LITERAL("csrf"), out);
}

bool session_csrf_fits(const struct request *request, const char *token)
{
    struct bytes sent;
    if (!request_find(request, "x-csrf-token", &sent) || sent.size != SESSION_CSRF_TEXT)
        return false;
    return mbedtls_ct_memcmp(sent.data, token, SESSION_CSRF_TEXT) == 0;
}

/* ---- before log-in -----------------------------------------------------------------------------
 */

void session_pre_new(uint8_t secret[SESSION_SECRET_SIZE])
{
    entropy_fill(secret, SESSION_SECRET_SIZE);
}

bool session_pre_find(const struct request *request, uint8_t secret[SESSION_SECRET_SIZE])
{
    struct bytes text;
    return cookie_find(request, SESSION_PRE_COOKIE, &text) && session_text_parse(text, secret);
}

void session_pre_csrf(const uint8_t server_key[32], const uint8_t secret[SESSION_SECRET_SIZE],
                      char out[SESSION_CSRF_TEXT + 1])
{
    hmac_text(server_key, bytes_of(secret, SESSION_SECRET_SIZE), out);
}

/* ---- Set-Cookie --------------------------------------------------------------------------------
 */

void session_cookie_print(const char *name, const uint8_t *secret,
                          char out[SESSION_COOKIE_HEADER_MAX])
{
    char text[SESSION_SECRET_TEXT + 1] = "";
    if (secret != NULL)
        session_text(secret, text);
    int size =
        snprintf(out, SESSION_COOKIE_HEADER_MAX, "%s=%s; Path=/; Secure; HttpOnly; SameSite=Lax%s",
                 name, text, secret == NULL ? "; Max-Age=0" : "");
    CHECK(size > 0 && size < SESSION_COOKIE_HEADER_MAX);
}
