#include "card/request.h"
#include "base/check.h"
#include <llhttp.h>
#include <string.h>
#include <strings.h>

enum { FIELDS_MAX = 64 };

struct parse {
    struct request *request;
    struct bytes target, name, value;
    int status; /* 0: nothing wrong yet */
};

/* ---- the head as bytes -------------------------------------------------------------------------
 */

/* The size of the head with its empty line; 0: not there yet. */
static size_t head_end(struct bytes input)
{
    const uint8_t *end = memmem(input.data, input.size, "\r\n\r\n", 4);
    return end == NULL ? 0 : (size_t)(end - input.data) + 4;
}

static bool byte_plain(uint8_t byte)
{
    return byte >= 0x20 && byte != 0x7f;
}

/* CR and LF only as pairs, no control bytes, no line that begins with a blank (obs-fold). */
static bool head_sound(struct bytes head)
{
    for (size_t i = 0; i < head.size; i++) {
        uint8_t byte = head.data[i];
        if (byte == '\r') {
            if (i + 1 == head.size || head.data[i + 1] != '\n') {
                return false;
            }
        } else if (byte == '\n') {
            if (i == 0 || head.data[i - 1] != '\r') {
                return false;
            }
            if (i + 1 < head.size && (head.data[i + 1] == ' ' || head.data[i + 1] == '\t')) {
                return false;
            }
        } else if (byte != '\t' && !byte_plain(byte)) {
            return false;
        }
    }
    return true;
}

/* METHOD SP /target SP HTTP/1.1 and nothing looser: llhttp takes more (RELIABILITY 2.2). */
static int line_status(struct bytes head)
{
    const uint8_t *end = memchr(head.data, '\r', head.size);
    CHECK(end != NULL); /* head_end saw one */
    struct bytes line = bytes_slice(head, 0, (size_t)(end - head.data));
    const struct bytes version = BYTES_LITERAL(" HTTP/1.1");
    const uint8_t *space = memchr(line.data, ' ', line.size);
    if (space == NULL || line.size < version.size) {
        return 400;
    }
    size_t from = (size_t)(space - line.data) + 1;
    size_t to = line.size - version.size;
    if (!bytes_equal(bytes_slice(line, to, version.size), version)) {
        return memmem(line.data, line.size, " HTTP/", 6) == NULL ? 400 : 505;
    }
    if (from > to || to == from || line.data[from] != '/') {
        return 400;
    }
    if (to - from > REQUEST_TARGET_MAX) {
        return 414;
    }
    for (size_t i = from; i < to; i++) {
        if (!byte_plain(line.data[i]) || line.data[i] > 0x7e || line.data[i] == ' ' ||
            line.data[i] == '#') {
            return 400;
        }
    }
    return 0;
}

/* ---- the head by llhttp ------------------------------------------------------------------------
 */

static struct bytes span_grow(struct bytes span, const char *at, size_t size)
{
    if (span.size == 0) {
        return bytes_of(at, size);
    }
    /* One piece of input was fed, so the parts of a span touch. */
    CHECK(span.data + span.size == (const uint8_t *)at);
    return bytes_of(span.data, span.size + size);
}

static int on_url(llhttp_t *parser, const char *at, size_t size)
{
    struct parse *parse = parser->data;
    parse->target = span_grow(parse->target, at, size);
    return 0;
}

static int on_field(llhttp_t *parser, const char *at, size_t size)
{
    struct parse *parse = parser->data;
    parse->name = span_grow(parse->name, at, size);
    return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t size)
{
    struct parse *parse = parser->data;
    parse->value = span_grow(parse->value, at, size);
    return 0;
}

static bool name_known(struct bytes name, enum request_field *field)
{
    static const char *const names[REQUEST_FIELDS] = {
        [REQUEST_HOST] = "Host",
        [REQUEST_ORIGIN] = "Origin",
        [REQUEST_CONTENT_TYPE] = "Content-Type",
        [REQUEST_CONTENT_LENGTH] = "Content-Length",
        [REQUEST_BRIDGE] = "X-Card-Bridge",
        [REQUEST_POPUP_TOKEN] = "X-Card-Popup-Token",
        [REQUEST_POPUP_ORIGIN] = "X-Card-Popup-Origin",
        [REQUEST_WANTED_METHOD] = "Access-Control-Request-Method",
        [REQUEST_TRANSFER_ENCODING] = "Transfer-Encoding",
        [REQUEST_EXPECT] = "Expect",
    };
    for (size_t i = 0; i < REQUEST_FIELDS; i++) {
        if (name.size == strlen(names[i]) &&
            strncasecmp((const char *)name.data, names[i], name.size) == 0) {
            *field = (enum request_field)i;
            return true;
        }
    }
    return false;
}

static struct bytes trimmed(struct bytes value)
{
    while (value.size > 0 &&
           (value.data[value.size - 1] == ' ' || value.data[value.size - 1] == '\t')) {
        value.size--;
    }
    return value;
}

static int on_value_complete(llhttp_t *parser)
{
    struct parse *parse = parser->data;
    enum request_field field = REQUEST_FIELDS;
    if (parse->name.size == 0) {
        parse->status = 400;
    } else if (name_known(parse->name, &field)) {
        /* Two of what we decide by are two answers to one question. */
        if (parse->request->fields[field].data != NULL) {
            parse->status = 400;
        }
        parse->request->fields[field] =
            parse->value.data == NULL ? BYTES_LITERAL("") : trimmed(parse->value);
    }
    parse->name = parse->value = (struct bytes){NULL, 0};
    return parse->status == 0 ? 0 : -1;
}

/* The body is ours to find, by Content-Length. */
static int on_headers_complete(llhttp_t *parser)
{
    (void)parser;
    return HPE_PAUSED;
}

static enum request_method method_of(uint8_t method)
{
    switch (method) {
    case HTTP_GET: return REQUEST_GET;
    case HTTP_POST: return REQUEST_POST;
    case HTTP_OPTIONS: return REQUEST_OPTIONS;
    default: return REQUEST_OTHER; /* llhttp's list */
    }
}

static int head_parse(struct bytes head, struct request *request)
{
    llhttp_settings_t settings;
    llhttp_t parser;
    struct parse parse = {.request = request};
    llhttp_settings_init(&settings);
    settings.on_url = on_url;
    settings.on_header_field = on_field;
    settings.on_header_value = on_value;
    settings.on_header_value_complete = on_value_complete;
    settings.on_headers_complete = on_headers_complete;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    parser.data = &parse;
    llhttp_errno_t result = llhttp_execute(&parser, (const char *)head.data, head.size);
    if (parse.status != 0) {
        return parse.status;
    }
    if (result != HPE_PAUSED || parse.target.size == 0) {
        return 400;
    }
    request->method = method_of(llhttp_get_method(&parser));
    const uint8_t *query = memchr(parse.target.data, '?', parse.target.size);
    request->path = query == NULL
                        ? parse.target
                        : bytes_of(parse.target.data, (size_t)(query - parse.target.data));
    return 0;
}

/* ---- the body ----------------------------------------------------------------------------------
 */

static int body_measure(struct request *request)
{
    struct bytes length = request->fields[REQUEST_CONTENT_LENGTH];
    size_t size = 0;
    if (request->fields[REQUEST_TRANSFER_ENCODING].data != NULL) {
        return 411;
    }
    if (request->fields[REQUEST_EXPECT].data != NULL) {
        return 417;
    }
    if (length.data == NULL) {
        return request->method == REQUEST_POST ? 411 : 0;
    }
    if (length.size == 0) {
        return 400;
    }
    for (size_t i = 0; i < length.size; i++) {
        if (length.data[i] < '0' || length.data[i] > '9') {
            return 400;
        }
        size = size * 10 + (size_t)(length.data[i] - '0');
        if (size > REQUEST_BODY_MAX) {
            return 413;
        }
    }
    request->body_size = size;
    return 0;
}

/* More than FIELDS_MAX lines is nobody's browser. */
static size_t line_count(struct bytes head)
{
    size_t count = 0;
    for (size_t i = 0; i < head.size; i++) {
        count += head.data[i] == '\n' ? 1 : 0;
    }
    return count;
}

enum request_state request_read(struct bytes input, struct request *request, int *status)
{
    *request = (struct request){0};
    size_t size = head_end(input);
    if (size == 0) {
        /* A browser's head is far smaller; a whole buffer without its end is an attack or not HTTP.
         */
        *status = 431;
        return input.size >= REQUEST_HEAD_MAX ? REQUEST_BAD : REQUEST_MORE;
    }
    struct bytes head = bytes_slice(input, 0, size);
    *status = 0;
    if (size > REQUEST_HEAD_MAX || line_count(head) > FIELDS_MAX + 2) {
        *status = 431;
    } else if (!head_sound(head)) {
        *status = 400;
    }
    if (*status == 0) {
        *status = line_status(head);
    }
    if (*status == 0) {
        *status = head_parse(head, request);
    }
    if (*status == 0) {
        request->head_size = size;
        *status = body_measure(request);
    }
    if (*status == 0 && request->fields[REQUEST_HOST].size == 0) {
        *status = 400;
    }
    return *status == 0 ? REQUEST_READY : REQUEST_BAD;
}
