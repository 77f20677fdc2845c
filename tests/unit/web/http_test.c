/* Framing without a socket: each case whole, byte by byte and cut at random, with one verdict. The
 * long list of cases from outside is tests/http/framing_test.py. */
#include "web/http.h"
#include "base/prng.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <string.h>

enum { BODY_MAX = 1000 };

struct verdict {
    enum http_event event;
    uint16_t status;
    size_t used, body_size;
    uint8_t body[BODY_MAX];
};

/* The size of the piece to give at `at`: 0 whole, 1 bytes, else random by that seed. */
static size_t piece_size(uint64_t how, struct prng *prng, size_t left)
{
    if (how == 0)
        return left;
    if (how == 1)
        return 1;
    return 1 + (size_t)prng_below(prng, left);
}

static struct verdict feed(struct bytes text, uint64_t how)
{
    struct arena arena;
    struct http http;
    struct prng prng;
    struct verdict verdict = {.event = FEED_MORE};
    prng_seed(&prng, how);
    arena_init(&arena, 1024, 0);
    http_init(&http, &arena);
    while (verdict.event == FEED_MORE && verdict.used < text.size) {
        size_t size = piece_size(how, &prng, text.size - verdict.used);
        size_t used;
        verdict.event = http_feed(&http, bytes_slice(text, verdict.used, size), &used);
        T_TRUE(used <= size);
        T_TRUE(verdict.event != FEED_MORE || used == size);
        verdict.used += used;
        if (verdict.event == FEED_HEAD)
            verdict.event = http_accept(&http, BODY_MAX);
    }
    verdict.status = http.fault.status;
    struct bytes body = http_body(&http);
    if (verdict.event == FEED_DONE && body.size > 0) {
        verdict.body_size = body.size;
        memcpy(verdict.body, body.data, body.size);
    }
    if (verdict.event == FEED_FAULT)
        verdict.used = 0; /* how far it looked is of no interest: the connection ends */
    arena_deinit(&arena);
    return verdict;
}

/* The verdict, after it has been found to be the same however the bytes were cut. */
static struct verdict judge(const char *text, size_t size)
{
    struct bytes bytes = bytes_of(text, size);
    struct verdict whole = feed(bytes, 0);
    for (uint64_t how = 1; how < 24; how++) {
        struct verdict cut = feed(bytes, how);
        T_EQ_INT(cut.event, whole.event);
        T_EQ_INT(cut.status, whole.status);
        T_EQ_UINT(cut.used, whole.used);
        T_EQ_MEM(cut.body, whole.body, whole.body_size);
    }
    return whole;
}

static struct verdict judge_text(const char *text)
{
    return judge(text, strlen(text));
}

static void refused(const char *text, int status)
{
    struct verdict verdict = judge_text(text);
    T_EQ_INT(verdict.event, FEED_FAULT);
    T_EQ_INT(verdict.status, status);
}

TEST(a_request_without_a_body_is_whole_at_its_head)
{
    struct verdict verdict = judge_text("GET /a?b HTTP/1.1\r\nHost: x\r\n\r\nGET /next");
    T_EQ_INT(verdict.event, FEED_DONE);
    T_EQ_UINT(verdict.used, strlen("GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n"));
}

TEST(half_a_head_waits)
{
    T_EQ_INT(judge_text("GET /a HTTP/1.1\r\nHost: x\r\n").event, FEED_MORE);
}

TEST(a_body_of_a_length_ends_there)
{
    struct verdict verdict =
        judge_text("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET /");
    T_EQ_INT(verdict.event, FEED_DONE);
    T_EQ_MEM(verdict.body, "hello", 5);
    T_EQ_UINT(verdict.body_size, 5);
}

TEST(tabs_round_a_value_are_blanks)
{
    struct verdict verdict = judge_text("POST /a HTTP/1.1\r\nHost:\ta\t\r\nContent-Length: \t3\t "
                                        "\r\n\r\nabc");
    T_EQ_INT(verdict.event, FEED_DONE);
    T_EQ_MEM(verdict.body, "abc", 3);
    refused("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\t3\r\n\r\nabc", 400);
}

TEST(a_length_over_the_limit_is_refused_at_the_head)
{
    refused("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n", 413);
}

TEST(chunks_are_joined_and_trailers_dropped)
{
    struct verdict verdict =
        judge_text("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nContent-Length: 9\r\nHost: y\r\n\r\nGET");
    T_EQ_INT(verdict.event, FEED_DONE);
    T_EQ_UINT(verdict.body_size, 5);
    T_EQ_MEM(verdict.body, "hello", 5);
}

#define CHUNKED "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

TEST(chunks_over_the_limit_are_refused_before_their_data)
{
    refused(CHUNKED "3e9\r\n", 413);
    T_EQ_INT(judge_text(CHUNKED "3e8\r\n").event, FEED_MORE); /* exactly the limit */
}

/* What it grows out of stays in the arena: doubling would take twice a sheet for a sheet. */
TEST(a_large_body_in_chunks_is_held_once)
{
    enum { PIECE = 4000, MOST = 2 << 20 };
    static const char head[] = CHUNKED, piece[] = "fa0\r\n", end[] = "\r\n";
    static uint8_t text[PIECE];
    struct arena arena;
    struct http http;
    size_t used = 0;
    arena_init(&arena, 16 * 1024, 0);
    http_init(&http, &arena);
    T_EQ_INT(http_feed(&http, bytes_of(head, sizeof head - 1), &used), FEED_HEAD);
    T_EQ_INT(http_accept(&http, MOST), FEED_MORE);
    for (size_t size = 0; size + PIECE <= MOST; size += PIECE) {
        T_EQ_INT(http_feed(&http, bytes_of(piece, sizeof piece - 1), &used), FEED_MORE);
        T_EQ_INT(http_feed(&http, bytes_of(text, PIECE), &used), FEED_MORE);
        T_EQ_INT(http_feed(&http, bytes_of(end, sizeof end - 1), &used), FEED_MORE);
    }
    T_EQ_UINT(http_body(&http).size, MOST / PIECE * PIECE);
    T_TRUE(arena_held(&arena) < MOST + MOST / 8);
    arena_deinit(&arena);
}

TEST(bad_chunks_are_refused)
{
    static const char *const bad[] = {
        "+3\r\nabc\r\n0\r\n\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
        "\r\nabc",
        "3\nabc\r\n0\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "3\r\nabc0\r\n\r\n",
        " 3\r\nabc\r\n0\r\n\r\n",
        "0\r\n folded\r\n\r\n",
        "0\r\nA: b\n\r\n",
        "0\r\nA\r\n\r\n",
        "0\r\n\rX",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, "%s%s", CHUNKED, bad[i]);
        refused(text, 400);
    }
}

TEST(framing_bytes_without_data_come_to_an_end)
{
    static char text[40000];
    size_t size = (size_t)snprintf(text, sizeof text, "%s", CHUNKED);
    for (int i = 0; i < 100; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "1;%0300d\r\nx\r\n", 0);
    struct verdict verdict = judge(text, size);
    T_EQ_INT(verdict.event, FEED_FAULT);
    T_EQ_INT(verdict.status, 400);
}

TEST(small_chunks_of_a_usual_client_pass)
{
    static char text[8000];
    size_t size = (size_t)snprintf(text, sizeof text, "%s", CHUNKED);
    for (int i = 0; i < 900; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "1\r\nx\r\n");
    size += (size_t)snprintf(text + size, sizeof text - size, "0\r\n\r\n");
    struct verdict verdict = judge(text, size);
    T_EQ_INT(verdict.event, FEED_DONE);
    T_EQ_UINT(verdict.body_size, 900);
}

TEST(an_upgrade_is_ignored)
{
    struct verdict verdict = judge_text("POST /a HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\n"
                                        "Upgrade: h2c\r\nContent-Length: 2\r\n\r\nhiGET");
    T_EQ_INT(verdict.event, FEED_DONE);
    T_EQ_UINT(verdict.body_size, 2);
}

TEST(a_nul_is_refused_wherever_it_stands)
{
    static const char text[] = "GET /a HTTP/1.1\r\nHost: x\0\r\n\r\n";
    T_EQ_INT(judge(text, sizeof text - 1).status, 400);
}

TEST(bad_heads_are_refused)
{
    static const struct {
        const char *text;
        int status;
    } bad[] = {
        {"GET / HTTP/1.1\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\r\nHost: x\r\n\r\n", 400},
        {"\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET /\r\n", 400},
        {"GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET /%0 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET http://a@x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"get / HTTP/1.1\r\n", 501},
        {"GET / HTTP/1.2\r\n", 505},
        {"GET / HTTP/2.0\r\n", 505},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nA\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         400},
        {"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
        {"GET / HTTP/1.1\r\nHost: x\r\nExpect: x\r\n\r\n", 417},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused(bad[i].text, bad[i].status);
}

TEST(heads_end_at_16_kib)
{
    static char text[20000];
    memset(text, 'a', sizeof text);
    memcpy(text, "GET /", 5);
    T_EQ_INT(judge(text, sizeof text).status, 414);
    memcpy(text, "GET / HTTP/1.1\r\nX:", 18);
    T_EQ_INT(judge(text, sizeof text).status, 431);
}

static struct http_fault head_fault(const char *text, struct request *request, struct arena *arena)
{
    struct http http;
    size_t used;
    http_init(&http, arena);
    http_feed(&http, bytes_from_text(text), &used);
    *request = http.request;
    return http.fault;
}

TEST(the_request_is_what_was_sent)
{
    struct arena arena;
    struct request request;
    arena_init(&arena, 4096, 0);
    struct http_fault fault = head_fault("POST http://Other:81/p/q?x=1&y HTTP/1.1\r\nHost: h\r\n"
                                         "Connection: a, close\r\nAccept:  text/html\t\r\n"
                                         "Content-Length: 3\r\nExpect: 100-Continue\r\n\r\n",
                                         &request, &arena);
    T_EQ_INT(fault.status, 0);
    T_EQ_INT(request.method, REQUEST_POST);
    T_EQ_BYTES(request.path, BYTES_LITERAL("/p/q"));
    T_EQ_BYTES(request.query, BYTES_LITERAL("x=1&y"));
    T_EQ_BYTES(request.host, BYTES_LITERAL("Other:81"));
    struct bytes accept;
    T_TRUE(request_find(&request, "accept", &accept));
    T_EQ_BYTES(accept, BYTES_LITERAL("text/html"));
    T_TRUE(request.close);
    T_TRUE(request.expects_continue);
    T_EQ_UINT(request.length, 3);
    arena_deinit(&arena);
}

TEST(authorities_are_hosts_with_a_port)
{
    static const char *const good[] = {"a", "a.b:80", "[::1]", "[::1]:8443", "127.0.0.1:0", "a:"};
    static const char *const bad[] = {"",   ":80", "a b", "a@b", "a:x",    "a:65536", "[::1",
                                      "[]", "a/b", "a,b", "%2",  "[::1]x", "a:080808"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        T_TRUE(http_authority_is_valid(bytes_from_text(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        T_FALSE(http_authority_is_valid(bytes_from_text(bad[i])));
}

T_LIST(http_test, T(a_request_without_a_body_is_whole_at_its_head), T(half_a_head_waits),
       T(a_body_of_a_length_ends_there), T(tabs_round_a_value_are_blanks),
       T(a_length_over_the_limit_is_refused_at_the_head), T(chunks_are_joined_and_trailers_dropped),
       T(chunks_over_the_limit_are_refused_before_their_data),
       T(a_large_body_in_chunks_is_held_once), T(bad_chunks_are_refused),
       T(framing_bytes_without_data_come_to_an_end), T(small_chunks_of_a_usual_client_pass),
       T(an_upgrade_is_ignored), T(a_nul_is_refused_wherever_it_stands), T(bad_heads_are_refused),
       T(heads_end_at_16_kib), T(the_request_is_what_was_sent),
       T(authorities_are_hosts_with_a_port));
