/* One HTTP/1.x request out of bytes: our own head scan (RELIABILITY 2.4), llhttp behind it as
 * second judge and for chunks. Pure: bytes in, events out; no socket, no clock, nothing global.
 *
 * A struct http is one message: http_init again for the next. The verdict does not depend on how
 * the bytes are cut: every check happens at a fixed byte. Memory: the arena of the request, which
 * must stay until the request is done with. One owner. */
#pragma once
#include "base/arena.h"
#include "web/http_head.h"
#include "web/http_trailer.h"
#include "web/request.h"
#include <llhttp.h>

/* Framing bytes of a chunked body (raw minus data) may be 8 KiB and 8 times the data (rule 10). */
enum { HTTP_OVERHEAD_MAX = 8192, HTTP_OVERHEAD_FACTOR = 8, HTTP_OVERHEAD_STEP = 1024 };

enum http_event {
    FEED_MORE, /* all was taken; give more */
    FEED_HEAD, /* `request` is there: look at it, then http_accept or answer and close */
    FEED_DONE, /* the whole message is there */
    FEED_FAULT /* `fault` says what to answer; then close */
};

enum http_state {
    HTTP_IN_HEAD,
    HTTP_AT_BODY,
    HTTP_IN_LENGTH,
    HTTP_IN_CHUNKS,
    HTTP_IN_TRAILERS,
    HTTP_OVER
};

struct http {
    struct arena *arena;
    enum http_state state;
    struct http_head head;
    struct request request;
    struct http_fault fault;
    llhttp_t parser;
    uint8_t *body;
    size_t body_size, body_capacity, body_max;
    uint64_t raw; /* bytes of a chunked body as they came */
    struct http_trailer trailer;
    bool last_chunk, complete, too_large, no_memory;
};

void http_init(struct http *http, struct arena *arena);
/* Takes bytes up to the next event; *used is how many. Not after FEED_DONE or FEED_FAULT. */
enum http_event http_feed(struct http *http, struct bytes in, size_t *used);
/* After FEED_HEAD: the body may come, at most max bytes of it. FEED_DONE if there is none;
 * FEED_FAULT (413) if its Content-Length is over the limit. */
enum http_event http_accept(struct http *http, size_t max);
/* A byte of this message has come (empty lines before it do not count). */
bool http_has_begun(const struct http *http);
struct bytes http_body(const struct http *http);
