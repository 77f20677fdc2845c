#include "web/session.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <string.h>

enum { FIELDS = 8 };

struct sent {
    struct request request;
    struct request_field fields[FIELDS];
};

static void add(struct sent *sent, const char *name, const char *value)
{
    sent->request.fields = sent->fields;
    sent->fields[sent->request.fields_count++] =
        (struct request_field){bytes_from_text(name), bytes_from_text(value)};
}

static const char secret[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";
static const char token[] = "token-secret";
static const struct wall now = {1000000};

static void table_fill(struct sessions *sessions)
{
    struct session session = {.secret = session_digest(bytes_from_text(secret)),
                              .created_at = now.ms,
                              .used_at = now.ms,
                              .expires_at = now.ms + SESSION_ABSOLUTE_MS};
    struct session program = {
        .secret = session_digest(bytes_from_text(token)), .is_token = true, .used_at = now.ms};
    sessions_init(sessions);
    T_OK(sessions_put(sessions, &session));
    T_OK(sessions_put(sessions, &program));
}

static struct session_found verify(const struct sent *sent, bool secure, int64_t later_ms)
{
    static struct sessions sessions; /* what is found points into it */
    static bool filled;
    if (!filled)
        table_fill(&sessions);
    filled = true;
    return session_verify(&sessions, &sent->request, secure, (struct wall){now.ms + later_ms});
}

static void cookie_is(const char *cookie, bool found)
{
    struct sent sent = {0};
    add(&sent, "Cookie", cookie);
    T_EQ_INT(verify(&sent, true, 0).session != NULL, found);
}

TEST(a_session_is_found_by_its_cookie)
{
    char text[300];
    snprintf(text, sizeof text, "a=b; __Host-baobei=%s; c=d", secret);
    cookie_is(text, true);
    snprintf(text, sizeof text, "__Host-baobei=%s;__Host-baobei-pre=x", secret);
    cookie_is(text, true);
    snprintf(text, sizeof text, "x__Host-baobei=%s", secret);
    cookie_is(text, false);
    snprintf(text, sizeof text, "__Host-baobei=%s; __Host-baobei=%s", secret, secret);
    cookie_is(text, false); /* which one? nobody knows */
    cookie_is("__Host-baobei=", false);
    cookie_is("__Host-baobei=other", false);
    cookie_is(";;; ", false);
}

TEST(a_cookie_does_not_count_in_clear)
{
    struct sent sent = {0};
    char text[100];
    snprintf(text, sizeof text, "__Host-baobei=%s", secret);
    add(&sent, "cookie", text);
    struct session_found found = verify(&sent, false, 0);
    T_TRUE(found.session == NULL);
    T_EQ_STR(found.reason, "none");
}

TEST(a_token_wins_over_a_cookie)
{
    struct sent sent = {0};
    char text[100];
    snprintf(text, sizeof text, "__Host-baobei=%s", secret);
    add(&sent, "Cookie", text);
    add(&sent, "Authorization", "bearer token-secret");
    struct session_found found = verify(&sent, true, 0);
    T_EQ_INT(found.way, SESSION_BY_TOKEN);
    T_TRUE(found.session != NULL && found.session->is_token);
}

TEST(a_cookie_is_no_token_and_a_token_no_cookie)
{
    struct sent sent = {0};
    char text[100];
    snprintf(text, sizeof text, "Bearer %s", secret);
    add(&sent, "Authorization", text);
    T_TRUE(verify(&sent, true, 0).session == NULL);
    cookie_is("__Host-baobei=token-secret", false);
}

TEST(an_idle_session_has_expired)
{
    struct sent sent = {0};
    char text[100];
    snprintf(text, sizeof text, "__Host-baobei=%s", secret);
    add(&sent, "Cookie", text);
    struct session_found found = verify(&sent, true, SESSION_IDLE_MS + 120000);
    T_TRUE(found.session == NULL);
    T_EQ_STR(found.reason, "expired");
}

static const char *const names[] = {"localhost", "::1", NULL};

static bool origin(const char *host, const char *value, const char *site)
{
    struct sent sent = {0};
    sent.request.host = bytes_from_text(host);
    if (value != NULL)
        add(&sent, "Origin", value);
    if (site != NULL)
        add(&sent, "Sec-Fetch-Site", site);
    return session_origin_fits(&sent.request, names);
}

TEST(the_origin_is_this_host_and_one_of_ours)
{
    T_TRUE(origin("localhost:8443", "https://localhost:8443", NULL));
    T_TRUE(origin("LocalHost:8443", "https://localhost:8443", "same-origin"));
    T_TRUE(origin("[::1]:8443", "https://[::1]:8443", NULL));
    T_FALSE(origin("localhost:8443", NULL, NULL));
    T_FALSE(origin("localhost:8443", "http://localhost:8443", NULL));
    T_FALSE(origin("localhost:8443", "https://localhost", NULL));
    T_FALSE(origin("localhost:8443", "https://localhost:8443", "same-site"));
    T_FALSE(origin("localhost:8443", "https://evil", NULL));
    T_FALSE(origin("evil", "https://evil", NULL)); /* a name that is none of ours */
    T_FALSE(origin("localhost", "null", NULL));
}

TEST(csrf_tokens_belong_to_their_session)
{
    struct session one = {.csrf = {1}};
    struct session other = {.csrf = {2}};
    char text[SESSION_CSRF_TEXT + 1];
    struct sent sent = {0};
    session_csrf(&one, text);
    add(&sent, "X-CSRF-Token", text);
    T_TRUE(session_csrf_fits(&sent.request, text));
    char wrong[SESSION_CSRF_TEXT + 1];
    session_csrf(&other, wrong);
    T_FALSE(session_csrf_fits(&sent.request, wrong));
}

TEST(secrets_have_one_text)
{
    uint8_t bytes[SESSION_SECRET_SIZE];
    uint8_t back[SESSION_SECRET_SIZE];
    char text[SESSION_SECRET_TEXT + 1];
    session_pre_new(bytes);
    session_text(bytes, text);
    T_EQ_UINT(strlen(text), SESSION_SECRET_TEXT);
    T_TRUE(session_text_parse(bytes_from_text(text), back));
    T_EQ_MEM(back, bytes, sizeof bytes);
    T_FALSE(session_text_parse(bytes_from_text(text + 1), back));
    text[42] = (char)(text[42] == 'B' ? 'C' : 'B'); /* the last bits must be zero */
    T_FALSE(session_text_parse(bytes_from_text(text), back));
    text[0] = '+';
    T_FALSE(session_text_parse(bytes_from_text(text), back));
}

TEST(cookies_are_made_for_this_host_only)
{
    uint8_t bytes[SESSION_SECRET_SIZE] = {0};
    char text[SESSION_COOKIE_HEADER_MAX];
    session_cookie_print(SESSION_COOKIE, bytes, text);
    T_EQ_STR(text, "__Host-baobei=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; Path=/; Secure; "
                   "HttpOnly; SameSite=Lax");
    session_cookie_print(SESSION_PRE_COOKIE, NULL, text);
    T_HAS(text, "__Host-baobei-pre=; ");
    T_HAS(text, "Max-Age=0");
}

T_LIST(session_test, T(a_session_is_found_by_its_cookie), T(a_cookie_does_not_count_in_clear),
       T(a_token_wins_over_a_cookie), T(a_cookie_is_no_token_and_a_token_no_cookie),
       T(an_idle_session_has_expired), T(the_origin_is_this_host_and_one_of_ours),
       T(csrf_tokens_belong_to_their_session), T(secrets_have_one_text),
       T(cookies_are_made_for_this_host_only));
