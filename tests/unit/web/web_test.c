/* Requests over a socket: the order of errors, preconditions, bounds, deadlines, the end (API 1;
 * DESIGN 10). What handlers do is made up (door_fixture.c). */
#include "tests/lib/t.h"
#include "tests/unit/web/door_fixture.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct door *door;

static void opened(void)
{
    door = door_open(&(struct door_options){.loops = 2});
}

/* Sends one request and returns its answer; freed by the next call. */
static const char *ask(const char *line, const char *headers, const char *body)
{
    static char *answer;
    char text[8192];
    int size = snprintf(text, sizeof text,
                        "%s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n%s\r\n%s", line,
                        headers, body);
    free(answer);
    answer = door_talk(door, text, (size_t)size, true, 0);
    return answer;
}

static void answers(const char *answer, int status, const char *code)
{
    char line[32];
    snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    T_HAS(answer, line);
    if (code == NULL)
        return;
    char member[64];
    snprintf(member, sizeof member, "\"code\":\"%s\"", code);
    T_HAS(answer, member);
}

#define TOKEN "Authorization: Bearer a-token-for-tests\r\n"
#define JSON  "Content-Type: application/json\r\n"

static const char *with_body(const char *line, const char *headers, const char *body)
{
    char all[1024];
    snprintf(all, sizeof all, "%sContent-Length: %zu\r\n", headers, strlen(body));
    return ask(line, all, body);
}

TEST(the_path_comes_first)
{
    opened();
    answers(ask("GET /api/v1/nothing", "", ""), 404, "not_found");
    answers(ask("GET /api/v1/nothing", TOKEN, ""), 404, "not_found");
    const char *answer = ask("PUT /api/v1/things/1", "", "");
    answers(answer, 405, "method_not_allowed");
    T_HAS(answer, "\r\nAllow: GET, HEAD, PATCH, DELETE, OPTIONS\r\n");
    answer = ask("OPTIONS /api/v1/things/1", "", "");
    answers(answer, 204, NULL);
    T_HAS(answer, "\r\nAllow: GET, HEAD, PATCH, DELETE, OPTIONS\r\n");
    answers(ask("GET /api/v1/things/%FF", TOKEN, ""), 404, "not_found");
    door_close(door, true);
}

TEST(then_who_asks)
{
    opened();
    const char *answer = ask("GET /api/v1/things/1", "", "");
    answers(answer, 401, "auth_session");
    T_HAS(answer, "\"reason\":\"none\"");
    T_HAS(answer, "\r\nWWW-Authenticate: Bearer\r\n");
    answers(ask("GET /api/v1/things/1", "Authorization: Bearer other\r\n", ""), 401,
            "auth_session");
    answers(ask("GET /api/v1/review", TOKEN, ""), 403, "forbidden");
    answers(ask("GET /api/v1/things/1", TOKEN, ""), 200, NULL);
    answers(ask("GET /api/v1/ping", "", ""), 200, NULL); /* public */
    door_close(door, true);
}

TEST(a_thing_that_is_not_there_hides_the_faults_of_the_rest)
{
    opened();
    answers(with_body("PATCH /api/v1/things/2", TOKEN "Content-Type: a/b\r\n", "{}"), 404,
            "not_found");
    answers(ask("PATCH /api/v1/things/2", TOKEN JSON, ""), 404, "not_found");
    answers(ask("PATCH /api/v1/things/2", TOKEN JSON "Content-Length: 9999\r\n", ""), 404,
            "not_found");
    answers(ask("DELETE /api/v1/things/2", TOKEN, ""), 404, "not_found");
    answers(ask("GET /api/v1/things/2?x=1", TOKEN, ""), 404, "not_found");
    door_close(door, true);
}

TEST(faults_are_told_in_the_order_of_the_contract)
{
    opened();
    answers(ask("PATCH /api/v1/things/1", TOKEN JSON, ""), 411, "length_required");
    answers(ask("PATCH /api/v1/things/1", TOKEN JSON "Content-Length: 9999\r\n", ""), 413,
            "too_large");
    answers(with_body("PATCH /api/v1/things/1?x=1", TOKEN "Content-Type: a/b\r\n", "{"), 415,
            "media_type");
    answers(with_body("PATCH /api/v1/things/1", TOKEN JSON, "{"), 400, "bad_json");
    answers(with_body("PATCH /api/v1/things/1", TOKEN JSON, "{\"a\":1,\"a\":2}"), 400, "bad_json");
    const char *answer = with_body("PATCH /api/v1/things/1", TOKEN JSON, "{\"note\":1,\"b\":2}");
    answers(answer, 400, "unknown_field");
    T_HAS(answer, "\"field\":\"/b\"");
    T_HAS(answer, "\"field\":\"/note\""); /* all faults at once */
    answers(with_body("PATCH /api/v1/things/1", TOKEN JSON, "{\"note\":1}"), 428,
            "precondition_required");
    answers(with_body("PATCH /api/v1/things/1", TOKEN JSON "If-Match: \"6\"\r\n", "{\"note\":1}"),
            412, "stale");
    answers(with_body("PATCH /api/v1/things/1", TOKEN JSON "If-Match: \"7\"\r\n", "{\"note\":1}"),
            422, "bad_type");
    answers(with_body("PATCH /api/v1/things/1", TOKEN JSON "If-Match: \"7\"\r\n", "{}"), 200, NULL);
    answers(ask("DELETE /api/v1/things/1", TOKEN, ""), 428, "precondition_required");
    answers(ask("DELETE /api/v1/things/1", TOKEN "If-Match: \"7\"\r\n", ""), 204, NULL);
    door_close(door, true);
}

TEST(if_match_is_one_strong_tag)
{
    static const char *const bad[] = {"W/\"7\"", "*", "7", "\"7\", \"8\"", "\"\"", "\"7"};
    opened();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char headers[128];
        snprintf(headers, sizeof headers, TOKEN "If-Match: %s\r\n", bad[i]);
        answers(ask("DELETE /api/v1/things/1", headers, ""), 400, "bad_query");
    }
    answers(ask("DELETE /api/v1/things/1", TOKEN "If-Match: \"7\"\r\nIf-Match: \"7\"\r\n", ""), 400,
            "bad_query");
    answers(ask("DELETE /api/v1/things/1", TOKEN "If-Match: \"abc\"\r\n", ""), 412, "stale");
    door_close(door, true);
}

TEST(a_list_of_faults_that_is_cut_off_passes_nothing)
{
    opened();
    answers(ask("GET /api/v1/cut/warnings", "", ""), 422, "invalid");
    const char *answer = ask("GET /api/v1/cut/memory", "", "");
    answers(answer, 503, "overloaded");
    T_HAS(answer, "\r\nRetry-After: 1\r\n");
    door_close(door, true);
}

TEST(a_secret_is_wiped_however_the_exchange_ends)
{
    static const char gone[sizeof door_secret] = {0};
    char body[64];
    door = door_open(&(struct door_options){.answer_ms = 300});
    enum outcome ends[] = {OUTCOME_OK, OUTCOME_FORBIDDEN, OUTCOME_WRONG_STATE};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(body, sizeof body, "{\"home\":1,\"outcome\":%d}", ends[i]);
        T_HAS(with_body("POST /api/v1/secret", JSON, body), "HTTP/1.1 ");
        answers(ask("GET /api/v1/ping", "", ""), 200, NULL); /* the exchange before it is over */
        T_EQ_MEM(door_secret, gone, sizeof gone);
    }
    door_close(door, true);
    door = door_open(&(struct door_options){.answer_ms = 300, .mute_actors = true});
    answers(with_body("POST /api/v1/secret", JSON, "{\"home\":1}"), 504, "unknown_outcome");
    door_close(door, true);
    T_EQ_MEM(door_secret, gone, sizeof gone);
}

TEST(a_stale_version_is_told_the_present_one)
{
    opened();
    const char *answer = ask("DELETE /api/v1/things/1", TOKEN "If-Match: \"4294967295\"\r\n", "");
    answers(answer, 412, "stale");
    T_HAS(answer, "\"current\":{\"version\":7}");
    T_HAS(answer, "\r\nETag: \"7\"\r\n");
    door_close(door, true);
}

TEST(actors_are_asked_and_their_refusals_mapped)
{
    opened();
    for (int home = 1; home <= 8; home++) { /* on both loops */
        char body[64];
        snprintf(body, sizeof body, "{\"home\":%d}", home);
        const char *answer = with_body("POST /api/v1/ask", JSON, body);
        answers(answer, 200, NULL);
        T_HAS(answer, "{\"count\":1}");
    }
    answers(with_body("POST /api/v1/ask", JSON, "{\"home\":1,\"outcome\":3}"), 404, "not_found");
    const char *answer = with_body("POST /api/v1/ask", JSON, "{\"home\":1,\"outcome\":6}");
    answers(answer, 409, "wrong_state");
    T_HAS(answer, "\"state\":\"approved\"");
    answer = with_body("POST /api/v1/ask", JSON, "{\"home\":1,\"outcome\":5}");
    answers(answer, 412, "stale");
    T_HAS(answer, "\"current\":null");
    answer = with_body("POST /api/v1/ask", JSON, "{\"home\":1,\"outcome\":11}");
    answers(answer, 503, "read_only");
    T_HAS(answer, "\r\nRetry-After: 1\r\n");
    answers(with_body("POST /api/v1/ask", JSON, "{}"), 422, "required");
    answers(with_body("POST /api/v1/ask", JSON, "{\"home\":10,\"outcome\":99}"), 422, "invalid");
    door_close(door, true);
}

TEST(queries_are_known_and_well_formed)
{
    opened();
    T_HAS(ask("GET /api/v1/ping?q=a%20b+c", "", ""), "\"q\":\"a b c\"");
    answers(ask("GET /api/v1/ping?q=1&&", "", ""), 200, NULL);
    static const char *const bad[] = {"x=1", "q=1&q=2", "q=%FF", "%71=1&q=2", "Q=1", "=1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char line[80];
        snprintf(line, sizeof line, "GET /api/v1/ping?%s", bad[i]);
        answers(ask(line, "", ""), 400, "bad_query");
    }
    door_close(door, true);
}

TEST(keys_and_formats_are_looked_at)
{
    opened();
    T_HAS(with_body("POST /api/v1/raw", "Idempotency-Key: a_B-9\r\n", "x"), "\"keyed\":true");
    T_HAS(with_body("POST /api/v1/raw", "", "x"), "\"keyed\":false");
    answers(with_body("POST /api/v1/raw", "Idempotency-Key: a b\r\n", "x"), 400, "bad_query");
    answers(with_body("POST /api/v1/raw", "Idempotency-Key:\r\n", "x"), 400, "bad_query");
    answers(ask("GET /api/v1/ping", "Accept: text/html\r\n", ""), 406, "not_acceptable");
    answers(ask("GET /api/v1/ping", "Accept: application/json;q=0, */*\r\n", ""), 406,
            "not_acceptable");
    answers(ask("GET /api/v1/ping", "Accept: text/html, application/*;q=0.5\r\n", ""), 200, NULL);
    door_close(door, true);
}

TEST(a_page_before_log_in_needs_its_own_token)
{
    opened();
    const char *answer = ask("GET /api/v1/pre", "", "");
    char cookie[44] = "";
    char token[44] = "";
    T_EQ_INT(sscanf(strstr(answer, "-pre="), "-pre=%43[^;]", cookie), 1);
    T_EQ_INT(sscanf(strstr(answer, "csrf_token\":\""), "csrf_token\":\"%43[^\"]", token), 1);
    char headers[512];
    const char *format = "Cookie: __Host-baobei-pre=%s\r\nX-CSRF-Token: %s\r\nOrigin: %s\r\n";
    snprintf(headers, sizeof headers, format, cookie, token, "https://127.0.0.1");
    answers(ask("POST /api/v1/login", headers, ""), 200, NULL);
    snprintf(headers, sizeof headers, format, cookie, token, "https://evil");
    answers(ask("POST /api/v1/login", headers, ""), 403, "csrf");
    snprintf(headers, sizeof headers, format, cookie, cookie, "https://127.0.0.1");
    answers(ask("POST /api/v1/login", headers, ""), 403, "csrf");
    answers(ask("POST /api/v1/login", "", ""), 403, "csrf");
    door_close(door, true);
}

TEST(head_answers_without_a_body)
{
    opened();
    const char *answer = ask("HEAD /api/v1/ping", "", "");
    answers(answer, 200, NULL);
    T_HAS(answer, "\r\nContent-Length: 13\r\n");
    T_EQ_STR(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
    door_close(door, true);
}

TEST(english_is_spoken_where_it_is_preferred)
{
    opened();
    T_HAS(ask("GET /api/v1/nothing", "", ""), "查無資料");
    T_HAS(ask("GET /api/v1/nothing", "Accept-Language: en\r\n", ""), "There is no such thing.");
    door_close(door, true);
}

/* ---- bounds and deadlines
 * ------------------------------------------------------------------------ */

static void send_text(int fd, const char *text)
{
    T_EQ_INT(send(fd, text, strlen(text), MSG_NOSIGNAL), (intmax_t)strlen(text));
}

static void receives(int fd, const char *part)
{
    char text[4096];
    size_t size = 0;
    text[0] = '\0';
    while (strstr(text, part) == NULL && size < sizeof text - 1) {
        ssize_t more = recv(fd, text + size, sizeof text - 1 - size, 0);
        if (more <= 0)
            break;
        size += (size_t)more;
        text[size] = '\0';
    }
    T_HAS(text, part);
}

TEST(bodies_are_bounded_before_they_are_read)
{
    door = door_open(&(struct door_options){.bodies_max = 300000});
    int fd = door_connect(door);
    send_text(fd, "POST /api/v1/raw HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 200000\r\n"
                  "Expect: 100-continue\r\n\r\n");
    receives(fd, "100 Continue"); /* 200,000 bytes are now spoken for */
    const char *answer =
        ask("POST /api/v1/raw", "Content-Length: 200000\r\nExpect: 100-continue\r\n", "");
    answers(answer, 503, "overloaded");
    T_HAS(answer, "\r\nRetry-After: 1\r\n");
    answers(with_body("POST /api/v1/raw", "", "x"), 201, NULL);
    close(fd);
    door_close(door, false);
}

/* A body may be hours on its way. */
TEST(who_is_shown_out_before_the_body_is_there_does_nothing)
{
    door = door_open(&(struct door_options){.loops = 1});
    int fd = door_connect(door);
    send_text(fd, "PATCH /api/v1/things/1 HTTP/1.1\r\nHost: 127.0.0.1\r\n" TOKEN JSON
                  "If-Match: \"7\"\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    receives(fd, "100 Continue"); /* he was let in */
    door_token_end(door);
    send_text(fd, "{}");
    receives(fd, "HTTP/1.1 401 ");
    close(fd);
    answers(ask("GET /api/v1/things/1", TOKEN, ""), 401, "auth_session");
    door_close(door, true);
}

TEST(connections_beyond_the_bound_wait)
{
    door = door_open(&(struct door_options){.connections_max = 2});
    int first = door_connect(door);
    int second = door_connect(door);
    static const char ping[] = "GET /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n";
    send_text(first, ping);
    receives(first, "pong");
    send_text(second, ping);
    receives(second, "pong");
    int third = door_connect(door); /* the kernel took it, nobody else */
    send_text(third, ping);
    struct pollfd poll_third = {.fd = third, .events = POLLIN};
    T_EQ_INT(poll(&poll_third, 1, 200), 0);
    close(first);
    receives(third, "pong");
    close(second);
    close(third);
    door_close(door, true);
}

TEST(slow_heads_are_told_and_idle_ones_closed)
{
    door = door_open(&(struct door_options){.head_ms = 300, .idle_ms = 300});
    int slow = door_connect(door);
    send_text(slow, "GET /api/v1/ping HT");
    receives(slow, "HTTP/1.1 408 ");
    int idle = door_connect(door);
    char byte;
    T_EQ_INT(recv(idle, &byte, 1, 0), 0);
    close(slow);
    close(idle);
    door_close(door, true);
}

TEST(an_actor_that_does_not_answer_is_an_unknown_outcome)
{
    door = door_open(&(struct door_options){.mute_actors = true, .answer_ms = 300});
    answers(with_body("POST /api/v1/ask", JSON, "{\"home\":1}"), 504, "unknown_outcome");
    door_close(door, true);
}

TEST(many_are_asked_at_once_and_silence_is_its_part_alone)
{
    door = door_open(&(struct door_options){.loops = 2, .answer_ms = 300});
    T_HAS(with_body("POST /api/v1/gather", JSON, "{\"homes\":[1,2,3,4]}"), "\"++++\"");
    T_HAS(with_body("POST /api/v1/gather", JSON, "{\"homes\":[1,9,3]}"), "\"+?+\"");
    T_HAS(with_body("POST /api/v1/gather", JSON, "{\"homes\":[5,5]}"), "\"++\"");
    door_close(door, true);
}

static int64_t now_ms(void)
{
    struct timespec now;
    T_EQ_INT(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* An answer from the actor of another loop comes outside of the poll: what is read already must not
 * lie until something else ends the next one. */
TEST(the_next_of_a_row_of_requests_does_not_wait_for_the_clock)
{
    enum { HOMES = 8, ROUNDS = 3 };
    char text[HOMES * ROUNDS * 200];
    size_t size = 0;
    opened();
    for (int i = 0; i < HOMES * ROUNDS; i++)
        size += (size_t)snprintf(text + size, sizeof text - size,
                                 "POST /api/v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\n" JSON
                                 "Content-Length: 10\r\n\r\n{\"home\":%d}",
                                 1 + i % HOMES);
    int64_t begun_ms = now_ms();
    char *answer = door_talk(door, text, size, false, HOMES * ROUNDS);
    T_TRUE(now_ms() - begun_ms < 1000);
    free(answer);
    door_close(door, true);
}

TEST(a_client_that_left_is_no_harm)
{
    opened();
    for (int i = 0; i < 20; i++) {
        int fd = door_connect(door);
        send_text(fd, "POST /api/v1/ask HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                      "Content-Length: 10\r\n\r\n{\"home\":1}");
        struct linger now = {.l_onoff = 1};
        T_EQ_INT(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
        close(fd); /* a reset */
    }
    answers(ask("GET /api/v1/things/1", TOKEN, ""), 200, NULL);
    door_close(door, true);
}

TEST(a_graceful_stop_answers_what_is_under_way)
{
    door = door_open(&(struct door_options){.mute_actors = true, .answer_ms = 500});
    int fd = door_connect(door);
    int idle = door_connect(door);
    send_text(idle, "GET /api/v1/ping HTTP/1.1\r\nHost: a\r\n\r\n");
    receives(idle, "pong");
    send_text(fd, "POST /api/v1/ask HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                  "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n");
    receives(fd, "100 Continue"); /* so the request is under way when the stop begins */
    send_text(fd, "{\"home\":1}");
    door_close(door, true); /* returns when the answer is out */
    receives(fd, "Connection: close");
    char byte;
    T_EQ_INT(recv(idle, &byte, 1, 0), 0);
    close(fd);
    close(idle);
}

T_LIST(web_test, T(the_path_comes_first), T(then_who_asks),
       T(a_thing_that_is_not_there_hides_the_faults_of_the_rest),
       T(faults_are_told_in_the_order_of_the_contract), T(if_match_is_one_strong_tag),
       T(a_list_of_faults_that_is_cut_off_passes_nothing),
       T(a_secret_is_wiped_however_the_exchange_ends), T(a_stale_version_is_told_the_present_one),
       T(actors_are_asked_and_their_refusals_mapped), T(queries_are_known_and_well_formed),
       T(keys_and_formats_are_looked_at), T(a_page_before_log_in_needs_its_own_token),
       T(head_answers_without_a_body), T(english_is_spoken_where_it_is_preferred),
       T(bodies_are_bounded_before_they_are_read),
       T(who_is_shown_out_before_the_body_is_there_does_nothing),
       T(connections_beyond_the_bound_wait), T(slow_heads_are_told_and_idle_ones_closed),
       T(an_actor_that_does_not_answer_is_an_unknown_outcome),
       T(many_are_asked_at_once_and_silence_is_its_part_alone),
       T(the_next_of_a_row_of_requests_does_not_wait_for_the_clock),
       T(a_client_that_left_is_no_harm), T(a_graceful_stop_answers_what_is_under_way));
