#include "card/request.h"
#include "tests/lib/t.h"
#include <stdlib.h>
#include <string.h>

#define LINE "GET /v1/ping?x=1 HTTP/1.1\r\n"
#define HOST "Host: 127.0.0.1:58731\r\n"

static struct request request;

/* From memory of its own size, so that AddressSanitizer sees a byte too far. */
static enum request_state read_size(const char *text, size_t size, int *status)
{
    static uint8_t *copy;
    free(copy);
    copy = malloc(size == 0 ? 1 : size);
    T_TRUE(copy != NULL);
    memcpy(copy, text, size);
    return request_read(bytes_of(copy, size), &request, status);
}

static enum request_state read_text(const char *text, int *status)
{
    return read_size(text, strlen(text), status);
}

static void bad(const char *text, int want)
{
    int status = 0;
    T_EQ_INT(read_text(text, &status), REQUEST_BAD);
    T_EQ_INT(status, want);
}

TEST(a_whole_head_is_taken_apart)
{
    int status = 0;
    T_EQ_INT(read_text("POST /v1/sign?a#b HTTP/1.1\r\n" HOST "\r\n", &status), REQUEST_BAD);
    T_EQ_INT(read_text(LINE HOST "ORIGIN:  https://a.example \t\r\nX-Other: y\r\n"
                                 "x-card-bridge:1\r\nContent-Length: 3\r\n\r\nabc",
                       &status),
             REQUEST_READY);
    T_EQ_INT(request.method, REQUEST_GET);
    T_TRUE(bytes_are_text(request.path, "/v1/ping"));
    T_TRUE(bytes_are_text(request.fields[REQUEST_HOST], "127.0.0.1:58731"));
    T_TRUE(bytes_are_text(request.fields[REQUEST_ORIGIN], "https://a.example"));
    T_TRUE(bytes_are_text(request.fields[REQUEST_BRIDGE], "1"));
    T_TRUE(request.fields[REQUEST_POPUP_TOKEN].data == NULL);
    T_EQ_UINT(request.body_size, 3);
}

TEST(a_head_in_pieces_asks_for_more)
{
    static const char text[] = LINE HOST "Origin: https://a.example\r\n\r\n";
    int status = 0;
    for (size_t size = 0; size < sizeof text - 1; size++) {
        T_EQ_INT(read_size(text, size, &status), REQUEST_MORE);
    }
    T_EQ_INT(read_text(text, &status), REQUEST_READY);
    T_EQ_UINT(request.head_size, sizeof text - 1);
}

TEST(a_loose_head_is_refused)
{
    bad("GET  / HTTP/1.1\r\n" HOST "\r\n", 400);
    bad("GET / HTTP/1.1 \r\n" HOST "\r\n", 505);
    bad("GET / HTTP/1.0\r\n" HOST "\r\n", 505);
    bad("GET /\r\n" HOST "\r\n", 400);
    bad("GET * HTTP/1.1\r\n" HOST "\r\n", 400);
    bad(" HTTP/1.1\r\n" HOST "\r\n", 400);
    bad("\r\n\r\n", 400);
    bad(LINE HOST HOST "\r\n", 400);
    bad(LINE "Host:\r\n\r\n", 400);
    bad(LINE "\r\n", 400);
    bad(LINE HOST ": x\r\n\r\n", 400);
    bad(LINE HOST "Origin : x\r\n\r\n", 400);
    bad(LINE HOST "Origin: a\r\n b\r\n\r\n", 400);
    bad(LINE HOST "Origin: a\nX: b\r\n\r\n", 400);
    bad(LINE HOST "Origin: a\rX: b\r\n\r\n", 400);
    bad(LINE HOST "Origin: a\x7f\r\n\r\n", 400);
    bad(LINE HOST "Origin: a\r\nOrigin: b\r\n\r\n", 400);
    bad(LINE HOST "Origin:\r\nOrigin: b\r\n\r\n", 400);
}

TEST(a_body_is_told_by_its_length_alone)
{
    bad("POST / HTTP/1.1\r\n" HOST "\r\n", 411);
    bad("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 411);
    bad("POST / HTTP/1.1\r\n" HOST "Content-Length: 0x4\r\n\r\n", 400);
    bad("POST / HTTP/1.1\r\n" HOST "Content-Length: +4\r\n\r\n", 400);
    bad("POST / HTTP/1.1\r\n" HOST "Content-Length: 16385\r\n\r\n", 413);
    bad("POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n", 417);
    int status = 0;
    T_EQ_INT(read_text("POST / HTTP/1.1\r\n" HOST "Content-Length: 16384\r\n\r\n", &status),
             REQUEST_READY);
    T_EQ_UINT(request.body_size, REQUEST_BODY_MAX);
}

TEST(heads_have_their_bounds)
{
    static char text[REQUEST_HEAD_MAX + 8];
    int status = 0;
    memset(text, 'a', sizeof text);
    T_EQ_INT(read_size(text, REQUEST_HEAD_MAX - 1, &status), REQUEST_MORE);
    T_EQ_INT(read_size(text, REQUEST_HEAD_MAX, &status), REQUEST_BAD);
    T_EQ_INT(status, 431);
}

T_LIST(request_test, T(a_whole_head_is_taken_apart), T(a_head_in_pieces_asks_for_more),
       T(a_loose_head_is_refused), T(a_body_is_told_by_its_length_alone),
       T(heads_have_their_bounds));
