#include "web/http.h"
#include "base/check.h"
#include <string.h>

enum { BODY_FIRST = 4096, BODY_SMALL = 64 * 1024 };

static const struct http_fault bad_request = {400, "bad_request"};

static enum http_event fault_set(struct http *http, struct http_fault fault)
{
    CHECK(fault.status >= 400);
    http->fault = fault;
    http->state = HTTP_OVER;
    return FEED_FAULT;
}

static struct http *http_of(llhttp_t *parser)
{
    return container_of(parser, struct http, parser);
}

/* ---- llhttp's callbacks ------------------------------------------------------------------------
 */

static int parser_on_message_complete(llhttp_t *parser)
{
    http_of(parser)->complete = true;
    return HPE_PAUSED; /* so that not one byte of the next message is taken */
}

/* The size of the chunk is known before its data: refuse then. Behind the last chunk's line we go
 * on alone: llhttp would take trailers for fields. */
static int parser_on_chunk_header(llhttp_t *parser)
{
    struct http *http = http_of(parser);
    CHECK(http->body_size <= http->body_max);
    if (parser->content_length > http->body_max - http->body_size) {
        http->too_large = true;
        return HPE_USER;
    }
    http->last_chunk = parser->content_length == 0;
    return http->last_chunk ? HPE_PAUSED : 0;
}

/* What a body grows out of stays in the arena. Doubling up to a whole sheet would leave as much
 * again: one that is not small gets at once what it may have, for which its host has counted. */
static bool body_reserve(struct http *http, size_t more)
{
    size_t needed = http->body_size + more;
    if (needed <= http->body_capacity)
        return true;
    size_t capacity = http->body_capacity == 0 ? BODY_FIRST : http->body_capacity;
    while (capacity < needed && capacity < BODY_SMALL)
        capacity *= 2;
    if (capacity < needed)
        capacity = http->body_max;
    uint8_t *body = arena_alloc(http->arena, capacity);
    if (body == NULL)
        return false;
    if (http->body_size > 0)
        memcpy(body, http->body, http->body_size);
    http->body = body;
    http->body_capacity = capacity;
    return true;
}

static int parser_on_body(llhttp_t *parser, const char *at, size_t size)
{
    struct http *http = http_of(parser);
    if (size > http->body_max - http->body_size) {
        http->too_large = true;
        return HPE_USER;
    }
    if (!body_reserve(http, size)) {
        http->no_memory = true;
        return HPE_USER;
    }
    memcpy(http->body + http->body_size, at, size);
    http->body_size += size;
    return 0;
}

static const llhttp_settings_t parser_settings = {
    .on_message_complete = parser_on_message_complete,
    .on_chunk_header = parser_on_chunk_header,
    .on_body = parser_on_body,
};

/* llhttp pauses where a message ends; after an Upgrade that we ignore it calls that another error.
 */
static bool parser_has_ended(struct http *http, llhttp_errno_t err)
{
    return http->complete && (err == HPE_PAUSED || err == HPE_PAUSED_UPGRADE);
}

/* ---- head --------------------------------------------------------------------------------------
 */

void http_init(struct http *http, struct arena *arena)
{
    http->arena = arena;
    http->state = HTTP_IN_HEAD;
    http_head_init(&http->head, arena);
    http->request = (struct request){.method = REQUEST_GET};
    http->fault = (struct http_fault){0, NULL};
    http->body = NULL;
    http->body_size = http->body_capacity = http->body_max = 0;
    http->raw = 0;
    http->trailer = (struct http_trailer){.state = TRAILER_LINE};
    http->last_chunk = http->complete = http->too_large = http->no_memory = false;
}

/* The second judge must see the same framing, or nobody may act on it. */
static bool parser_agrees(struct http *http)
{
    llhttp_init(&http->parser, HTTP_REQUEST, &parser_settings);
    llhttp_errno_t err =
        llhttp_execute(&http->parser, (const char *)http->head.data, http->head.size);
    if (!request_has_body(&http->request))
        return parser_has_ended(http, err);
    if (err != HPE_OK || http->complete)
        return false;
    return http->request.is_chunked || http->parser.content_length == http->request.length;
}

static enum http_event head_feed(struct http *http, struct bytes in, size_t *used)
{
    size_t at = 0;
    bool over = false;
    while (at < in.size && !over)
        over = http_head_byte(&http->head, in.data[at++], &http->fault);
    *used = at;
    if (!over)
        return FEED_MORE;
    if (http->fault.status == 0)
        http_head_read(&http->head, &http->request, &http->fault);
    if (http->fault.status != 0)
        return fault_set(http, http->fault);
    if (!parser_agrees(http))
        return fault_set(http, bad_request);
    http->state = HTTP_AT_BODY;
    return FEED_HEAD;
}

/* ---- body --------------------------------------------------------------------------------------
 */

enum http_event http_accept(struct http *http, size_t max)
{
    CHECK(http->state == HTTP_AT_BODY);
    http->body_max = max;
    if (!request_has_body(&http->request)) {
        http->state = HTTP_OVER;
        return FEED_DONE;
    }
    if (http->request.is_chunked) {
        http->state = HTTP_IN_CHUNKS;
        return FEED_MORE;
    }
    if (http->request.length > max)
        return fault_set(http, (struct http_fault){413, "too_large"});
    http->body_capacity = (size_t)http->request.length;
    http->body = arena_alloc(http->arena, http->body_capacity);
    if (http->body == NULL)
        return fault_set(http, (struct http_fault){503, "overloaded"});
    http->state = HTTP_IN_LENGTH;
    return FEED_MORE;
}

static enum http_event length_feed(struct http *http, struct bytes in, size_t *used)
{
    CHECK(http->body_size < http->body_capacity);
    size_t left = http->body_capacity - http->body_size;
    size_t size = in.size < left ? in.size : left;
    memcpy(http->body + http->body_size, in.data, size);
    http->body_size += size;
    *used = size;
    if (size < left)
        return FEED_MORE;
    http->state = HTTP_OVER;
    return FEED_DONE;
}

static bool overhead_is_fair(const struct http *http)
{
    return http->raw <= HTTP_OVERHEAD_MAX + (HTTP_OVERHEAD_FACTOR + 1) * (uint64_t)http->body_size;
}

static enum http_event chunks_stop(struct http *http)
{
    if (http->too_large)
        return fault_set(http, (struct http_fault){413, "too_large"});
    if (http->no_memory)
        return fault_set(http, (struct http_fault){503, "overloaded"});
    return fault_set(http, bad_request);
}

/* llhttp's part of a piece; *size is how much of it was taken. False: it refused. */
static bool chunks_parse(struct http *http, struct bytes piece, size_t *size)
{
    const char *from = (const char *)piece.data;
    llhttp_errno_t err = llhttp_execute(&http->parser, from, piece.size);
    *size = piece.size;
    if (err == HPE_OK)
        return true;
    if (err != HPE_PAUSED || !http->last_chunk)
        return false;
    *size = (size_t)(llhttp_get_error_pos(&http->parser) - from);
    http->state = HTTP_IN_TRAILERS;
    return true;
}

/* Our part, behind the last chunk. */
static bool trailers_parse(struct http *http, struct bytes piece, size_t *size)
{
    enum http_trailer_verdict verdict = TRAILER_MORE;
    size_t at = 0;
    while (at < piece.size && verdict == TRAILER_MORE)
        verdict = http_trailer_byte(&http->trailer, piece.data[at++]);
    *size = at;
    http->complete = verdict == TRAILER_DONE;
    return verdict != TRAILER_BAD;
}

/* In steps that end at fixed places of the body, so that the overhead is judged at the same bytes
 * however they were cut. */
static enum http_event chunks_feed(struct http *http, struct bytes in, size_t *used)
{
    size_t at = 0;
    while (at < in.size) {
        size_t step = HTTP_OVERHEAD_STEP - (size_t)(http->raw % HTTP_OVERHEAD_STEP);
        struct bytes piece = bytes_slice(in, at, in.size - at < step ? in.size - at : step);
        size_t size;
        bool fits = http->state == HTTP_IN_CHUNKS ? chunks_parse(http, piece, &size)
                                                  : trailers_parse(http, piece, &size);
        at += size;
        http->raw += size;
        *used = at;
        if (!fits)
            return chunks_stop(http);
        bool look = http->complete || http->raw % HTTP_OVERHEAD_STEP == 0;
        if (look && !overhead_is_fair(http))
            return fault_set(http, bad_request);
        if (http->complete) {
            http->state = HTTP_OVER;
            return FEED_DONE;
        }
    }
    return FEED_MORE;
}

enum http_event http_feed(struct http *http, struct bytes in, size_t *used)
{
    *used = 0;
    if (in.size == 0)
        return FEED_MORE;
    switch (http->state) {
    case HTTP_IN_HEAD: return head_feed(http, in, used);
    case HTTP_IN_LENGTH: return length_feed(http, in, used);
    case HTTP_IN_CHUNKS:
    case HTTP_IN_TRAILERS: return chunks_feed(http, in, used);
    case HTTP_AT_BODY:
    case HTTP_OVER: break;
    }
    CHECK(false); /* fed at a wrong time */
    return FEED_FAULT;
}

bool http_has_begun(const struct http *http)
{
    return http->state != HTTP_IN_HEAD || http->head.size > 0;
}

struct bytes http_body(const struct http *http)
{
    return (struct bytes){http->body, http->body_size};
}
