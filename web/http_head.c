#include "web/http_head.h"
#include "base/check.h"
#include <string.h>

static const struct http_fault bad_request = {400, "bad_request"};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_alpha(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool http_is_token_char(uint8_t c)
{
    return is_alpha(c) || is_digit(c) || (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_token(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (!http_is_token_char(text.data[i]))
            return false;
    }
    return text.size > 0;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool text_is(struct bytes text, const char *lower_text)
{
    size_t size = strlen(lower_text);
    if (text.size != size)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (lower(text.data[i]) != (uint8_t)lower_text[i])
            return false;
    }
    return true;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static struct bytes trim(struct bytes text)
{
    while (text.size > 0 && is_blank(text.data[0]))
        text = bytes_slice(text, 1, text.size - 1);
    while (text.size > 0 && is_blank(text.data[text.size - 1]))
        text.size--;
    return text;
}

/* Cuts the next member off a comma-separated list; false at its end. Empty members are given too.
 */
static bool list_next(struct bytes *rest, struct bytes *member)
{
    if (rest->data == NULL)
        return false;
    const uint8_t *comma = rest->size > 0 ? memchr(rest->data, ',', rest->size) : NULL;
    size_t size = comma == NULL ? rest->size : (size_t)(comma - rest->data);
    *member = trim((struct bytes){rest->data, size});
    if (comma == NULL)
        *rest = (struct bytes){NULL, 0};
    else
        *rest = (struct bytes){comma + 1, rest->size - size - 1};
    return true;
}

/* ---- collecting -------------------------------------------------------------------------------
 */

void http_head_init(struct http_head *head, struct arena *arena)
{
    *head = (struct http_head){.arena = arena};
}

static bool head_append(struct http_head *head, uint8_t byte)
{
    if (head->size == head->capacity) {
        size_t capacity = head->capacity == 0 ? 1024 : head->capacity * 2;
        CHECK(capacity <= HTTP_HEAD_MAX);
        uint8_t *data = arena_alloc(head->arena, capacity);
        if (data == NULL)
            return false;
        if (head->size > 0)
            memcpy(data, head->data, head->size);
        head->data = data;
        head->capacity = capacity;
    }
    head->data[head->size++] = byte;
    return true;
}

/* Empty lines before a request are tolerated (RFC 9112 2.2), but not without end. */
static bool leading_byte(struct http_head *head, uint8_t byte, struct http_fault *fault)
{
    if (byte == '\r' && !head->after_cr) {
        head->after_cr = true;
        return false;
    }
    if (byte != '\n' || !head->after_cr || ++head->leading > HTTP_LEADING_MAX)
        *fault = bad_request;
    head->after_cr = false;
    return fault->status != 0;
}

static void request_line_check(struct bytes line, struct http_fault *fault);

bool http_head_byte(struct http_head *head, uint8_t byte, struct http_fault *fault)
{
    CHECK(fault->status == 0);
    if (head->size == 0 && (head->after_cr || byte == '\r' || byte == '\n'))
        return leading_byte(head, byte, fault);
    if (byte == 0 || head->after_cr != (byte == '\n')) {
        *fault = bad_request; /* NUL, a CR alone, an LF alone */
        return true;
    }
    head->after_cr = byte == '\r';
    if (head->size == HTTP_HEAD_MAX) {
        *fault = head->lines == 0 ? (struct http_fault){414, "uri_too_long"}
                                  : (struct http_fault){431, "head_too_large"};
        return true;
    }
    if (!head_append(head, byte)) {
        *fault = (struct http_fault){503, "overloaded"};
        return true;
    }
    if (byte != '\n')
        return false;
    struct bytes line = {head->data + head->line_at, head->size - 2 - head->line_at};
    head->line_at = head->size;
    if (head->lines++ == 0)
        request_line_check(line, fault);
    return fault->status != 0 || line.size == 0;
}

/* ---- request line (rules 4, 5) ----------------------------------------------------------------
 */

struct request_line {
    struct bytes method, target, version;
};

static bool request_line_split(struct bytes line, struct request_line *out)
{
    const uint8_t *end = line.data + line.size;
    const uint8_t *first = memchr(line.data, ' ', line.size);
    if (first == NULL)
        return false;
    const uint8_t *target = first + 1;
    const uint8_t *second = memchr(target, ' ', (size_t)(end - target));
    if (second == NULL)
        return false;
    out->method = (struct bytes){line.data, (size_t)(first - line.data)};
    out->target = (struct bytes){target, (size_t)(second - target)};
    out->version = (struct bytes){second + 1, (size_t)(end - second - 1)};
    return true;
}

static bool target_is_clean(struct bytes target)
{
    for (size_t i = 0; i < target.size; i++) {
        uint8_t c = target.data[i];
        if (c <= 0x20 || c >= 0x7f || strchr("\"<>\\^`{|}#", c) != NULL)
            return false;
        if (c != '%')
            continue;
        if (target.size - i < 3 || !is_hex(target.data[i + 1]) || !is_hex(target.data[i + 2]))
            return false;
        if (target.data[i + 1] == '0' && target.data[i + 2] == '0')
            return false;
    }
    return target.size > 0;
}

static bool method_find(struct bytes name, enum request_method *method)
{
    for (int i = 0; i < REQUEST_METHODS; i++) {
        if (bytes_are_text(name, request_method_name((enum request_method)i))) {
            *method = (enum request_method)i;
            return true;
        }
    }
    return false;
}

static bool version_is_formed(struct bytes version)
{
    return version.size == 8 && memcmp(version.data, "HTTP/", 5) == 0 &&
           is_digit(version.data[5]) && version.data[6] == '.' && is_digit(version.data[7]);
}

static void request_line_check(struct bytes line, struct http_fault *fault)
{
    struct request_line parts;
    enum request_method method;
    if (!request_line_split(line, &parts) || !is_token(parts.method) ||
        !target_is_clean(parts.target) || !version_is_formed(parts.version))
        *fault = bad_request;
    else if (parts.version.data[5] != '1' || parts.version.data[7] > '1')
        *fault = (struct http_fault){505, "http_version"};
    else if (parts.target.size > HTTP_TARGET_MAX)
        *fault = (struct http_fault){414, "uri_too_long"};
    else if (!method_find(parts.method, &method))
        *fault = (struct http_fault){501, "not_implemented"};
}

/* ---- authority ---------------------------------------------------------------------------------
 */

static bool reg_name_is_valid(struct bytes name)
{
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.data[i];
        if (c == '%') {
            if (name.size - i < 3 || !is_hex(name.data[i + 1]) || !is_hex(name.data[i + 2]))
                return false;
        } else if (!is_alpha(c) && !is_digit(c) &&
                   (c == 0 || strchr("-._~!$&'()*+;=", c) == NULL)) {
            return false; /* the comma of the grammar is left out: it is how Hosts are joined */
        }
    }
    return name.size > 0;
}

static bool ip_literal_is_valid(struct bytes inside)
{
    for (size_t i = 0; i < inside.size; i++) {
        if (!is_hex(inside.data[i]) && inside.data[i] != ':' && inside.data[i] != '.')
            return false;
    }
    return inside.size >= 2;
}

bool http_authority_is_valid(struct bytes authority)
{
    struct bytes port = {NULL, 0};
    if (authority.size > 0 && authority.data[0] == '[') {
        const uint8_t *close = memchr(authority.data, ']', authority.size);
        if (close == NULL)
            return false;
        size_t size = (size_t)(close - authority.data);
        if (!ip_literal_is_valid(bytes_slice(authority, 1, size - 1)))
            return false;
        port = bytes_slice(authority, size + 1, authority.size - size - 1);
        if (port.size > 0 && port.data[0] != ':')
            return false;
    } else {
        const uint8_t *colon =
            authority.size > 0 ? memchr(authority.data, ':', authority.size) : NULL;
        size_t size = colon == NULL ? authority.size : (size_t)(colon - authority.data);
        if (!reg_name_is_valid((struct bytes){authority.data, size}))
            return false;
        port = bytes_slice(authority, size, authority.size - size);
    }
    if (port.size == 0)
        return true;
    uint32_t number = 0;
    for (size_t i = 1; i < port.size; i++) {
        if (!is_digit(port.data[i]) || i > 5)
            return false;
        number = number * 10 + (uint32_t)(port.data[i] - '0');
    }
    return number <= 65535;
}

/* ---- target forms (rule 5) ---------------------------------------------------------------------
 */

static size_t scheme_size(struct bytes target)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < ARRAY_COUNT(schemes); i++) {
        size_t size = strlen(schemes[i]);
        if (target.size >= size && text_is((struct bytes){target.data, size}, schemes[i]))
            return size;
    }
    return 0;
}

static void path_split(struct bytes rest, struct request *request)
{
    const uint8_t *mark = rest.size > 0 ? memchr(rest.data, '?', rest.size) : NULL;
    size_t size = mark == NULL ? rest.size : (size_t)(mark - rest.data);
    request->path = size == 0 ? BYTES_LITERAL("/") : (struct bytes){rest.data, size};
    request->query =
        mark == NULL ? (struct bytes){NULL, 0} : (struct bytes){mark + 1, rest.size - size - 1};
}

static bool target_read(struct request *request)
{
    struct bytes target = request->target;
    if (target.data[0] == '/') {
        path_split(target, request);
        return true;
    }
    if (target.size == 1 && target.data[0] == '*') {
        request->star = true;
        request->path = target;
        return request->method == REQUEST_OPTIONS;
    }
    size_t scheme = scheme_size(target);
    if (scheme == 0)
        return false;
    size_t end = scheme;
    while (end < target.size && target.data[end] != '/' && target.data[end] != '?')
        end++;
    request->host = bytes_slice(target, scheme, end - scheme);
    path_split(bytes_slice(target, end, target.size - end), request);
    return http_authority_is_valid(request->host);
}

/* ---- fields (rules 6 to 9, 11) -----------------------------------------------------------------
 */

/* The line is the head's own memory: tabs round a value become the blanks that they are (RFC 9110
 * 5.5), since llhttp, who reads the head behind us, takes none round a Content-Length. */
static bool field_split(uint8_t *line, size_t line_size, struct request_field *field)
{
    const uint8_t *colon = memchr(line, ':', line_size);
    if (colon == NULL)
        return false; /* a folded line begins with a blank, which is no token: refused below too */
    size_t size = (size_t)(colon - line);
    size_t from = size + 1;
    size_t to = line_size;
    field->name = (struct bytes){line, size};
    while (from < to && is_blank(line[from]))
        line[from++] = ' ';
    while (to > from && is_blank(line[to - 1]))
        line[--to] = ' ';
    field->value = (struct bytes){line + from, to - from};
    if (!is_token(field->name))
        return false;
    for (size_t i = 0; i < field->value.size; i++) {
        uint8_t c = field->value.data[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static void fields_read(const struct http_head *head, size_t at, struct request *request,
                        struct http_fault *fault)
{
    request->fields = arena_array(head->arena, REQUEST_FIELDS_MAX, sizeof *request->fields);
    if (request->fields == NULL) {
        *fault = (struct http_fault){503, "overloaded"};
        return;
    }
    while (at < head->size - 2) {
        const uint8_t *end = memchr(head->data + at, '\r', head->size - at);
        CHECK(end != NULL);
        uint8_t *line = head->data + at;
        size_t line_size = (size_t)(end - line);
        at += line_size + 2;
        struct request_field field;
        if (!field_split(line, line_size, &field)) {
            *fault = bad_request;
            return;
        }
        if (request->fields_count == REQUEST_FIELDS_MAX) {
            *fault = (struct http_fault){431, "head_too_large"};
            return;
        }
        request->fields[request->fields_count++] = field;
    }
}

static bool host_read(struct request *request)
{
    struct bytes host;
    uint16_t count = request_count(request, "host");
    if (count > 1 || (count == 0 && request->minor == 1))
        return false;
    if (count == 0)
        return true;
    bool found = request_find(request, "host", &host);
    CHECK(found);
    if (!http_authority_is_valid(host))
        return false;
    if (request->host.size == 0) /* an absolute target's authority wins (RFC 9112 3.2.2) */
        request->host = host;
    return true;
}

static bool length_read(struct request *request)
{
    struct bytes value;
    uint16_t count = request_count(request, "content-length");
    if (count == 0)
        return true;
    bool found = request_find(request, "content-length", &value);
    CHECK(found);
    if (count > 1 || value.size < 1 || value.size > 18)
        return false;
    for (size_t i = 0; i < value.size; i++) {
        if (!is_digit(value.data[i]))
            return false;
        request->length = request->length * 10 + (uint64_t)(value.data[i] - '0');
    }
    request->has_length = true;
    return true;
}

/* Exactly `chunked`. A list that ends in it, or one coding we lack, is well formed but unknown:
 * 501. */
static void encoding_read(struct request *request, struct http_fault *fault)
{
    struct bytes value;
    uint16_t count = request_count(request, "transfer-encoding");
    if (count == 0)
        return;
    bool found = request_find(request, "transfer-encoding", &value);
    CHECK(found);
    if (count > 1 || request->minor == 0 || request->has_length) {
        *fault = bad_request;
        return;
    }
    if (text_is(value, "chunked")) {
        request->is_chunked = true;
        return;
    }
    struct bytes rest = {value.data, value.size};
    struct bytes member;
    uint32_t chunked = 0;
    bool last_is_chunked = false;
    bool formed = value.size > 0;
    while (list_next(&rest, &member)) {
        formed = formed && is_token(member);
        last_is_chunked = text_is(member, "chunked");
        chunked += last_is_chunked ? 1 : 0;
    }
    if (!formed || chunked > 1 || (chunked == 1 && !last_is_chunked))
        *fault = bad_request;
    else
        *fault = (struct http_fault){501, "not_implemented"};
}

static void connection_read(struct request *request)
{
    request->close = request->minor == 0;
    for (uint16_t i = 0; i < request->fields_count; i++) {
        const struct request_field *field = &request->fields[i];
        if (!text_is(field->name, "connection"))
            continue;
        struct bytes rest = field->value;
        struct bytes member;
        while (list_next(&rest, &member))
            request->close = request->close || text_is(member, "close");
    }
}

/* RFC 9110 10.1.1: ignored in HTTP/1.0; only 100-continue is known. */
static bool expect_read(struct request *request)
{
    struct bytes value;
    uint16_t count = request_count(request, "expect");
    if (count == 0 || request->minor == 0)
        return true;
    bool found = request_find(request, "expect", &value);
    CHECK(found);
    request->expects_continue = request_has_body(request);
    return count == 1 && text_is(value, "100-continue");
}

void http_head_read(const struct http_head *head, struct request *request, struct http_fault *fault)
{
    CHECK(head->size >= 4);
    const uint8_t *end = memchr(head->data, '\r', head->size);
    CHECK(end != NULL);
    struct request_line line;
    size_t line_size = (size_t)(end - head->data);
    bool split = request_line_split((struct bytes){head->data, line_size}, &line);
    CHECK(split); /* request_line_check has seen it */
    *request = (struct request){.target = line.target};
    bool known = method_find(line.method, &request->method);
    CHECK(known);
    request->minor = line.version.data[7] == '1' ? 1 : 0;
    if (!target_read(request)) {
        *fault = bad_request;
        return;
    }
    fields_read(head, line_size + 2, request, fault);
    if (fault->status != 0)
        return;
    connection_read(request);
    if (!host_read(request) || !length_read(request)) {
        *fault = bad_request;
        return;
    }
    encoding_read(request, fault);
    if (fault->status == 0 && !expect_read(request))
        *fault = (struct http_fault){417, "expectation"};
}
