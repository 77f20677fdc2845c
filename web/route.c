#include "web/route.h"
#include "base/check.h"
#include <string.h>

/* ---- percent-decoding --------------------------------------------------------------------------
 */

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Length of the well-formed UTF-8 sequence at the front (RFC 3629: no surrogates, no overlong), or
 * 0. */
static size_t utf8_size(const uint8_t *at, size_t left)
{
    if (at[0] < 0x80)
        return 1;
    size_t size = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || size > left)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool surrogate = at[0] == 0xed && at[1] > 0x9f;
    bool beyond = at[0] == 0xf4 && at[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : size;
}

static bool is_utf8(const uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t step = utf8_size(data + at, size - at);
        if (step == 0)
            return false;
        at += step;
    }
    return true;
}

bool route_decode(struct bytes raw, bool plus, uint8_t *out, size_t *size)
{
    size_t written = 0;
    for (size_t i = 0; i < raw.size; i++) {
        uint8_t c = raw.data[i];
        if (c == '%') {
            int high = raw.size - i >= 3 ? hex_value(raw.data[i + 1]) : -1;
            int low = raw.size - i >= 3 ? hex_value(raw.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (uint8_t)(high << 4 | low);
            i += 2;
        } else if (plus && c == '+') {
            c = ' ';
        }
        out[written++] = c;
    }
    *size = written;
    return is_utf8(out, written);
}

/* ---- matching ----------------------------------------------------------------------------------
 */

/* Cuts the next "/segment" off; false at the end. */
static bool segment_next(struct bytes *rest, struct bytes *segment)
{
    if (rest->size == 0)
        return false;
    CHECK(rest->data[0] == '/');
    const uint8_t *from = rest->data + 1;
    const uint8_t *slash = memchr(from, '/', rest->size - 1);
    size_t size = slash == NULL ? rest->size - 1 : (size_t)(slash - from);
    *segment = (struct bytes){from, size};
    *rest = (struct bytes){from + size, rest->size - 1 - size};
    return true;
}

/* A path is the same whether its letters are escaped or not (RFC 3986 6.2.2.2). */
static bool segment_is(struct bytes raw, struct bytes text)
{
    size_t at = 0;
    for (size_t i = 0; i < text.size; i++, at++) {
        if (at >= raw.size)
            return false;
        uint8_t c = raw.data[at];
        if (c == '%' && raw.size - at >= 3) {
            c = (uint8_t)(hex_value(raw.data[at + 1]) << 4 | hex_value(raw.data[at + 2]));
            at += 2;
        }
        if (c != text.data[i])
            return false;
    }
    return at == raw.size;
}

enum { PATTERN_OTHER = -1 };

/* False: the two differ before a {name} or an escape comes into play. Spares most of the table the
 * cutting into segments. */
static bool prefix_may_match(const char *pattern, struct bytes path)
{
    size_t at = 0;
    while (at < path.size && pattern[at] != '\0' && (uint8_t)pattern[at] == path.data[at])
        at++;
    if (pattern[at] == '\0' && at == path.size)
        return true;
    return pattern[at] == '{' || (at < path.size && path.data[at] == '%');
}

/* PATTERN_OTHER, or how many {names} it took; `raw` holds them. Fewer is the better match. */
static int pattern_match(const char *pattern, struct bytes path, struct bytes raw[ROUTE_PARAMS_MAX])
{
    if (!prefix_may_match(pattern, path))
        return PATTERN_OTHER;
    struct bytes want_rest = bytes_from_text(pattern);
    struct bytes have_rest = path;
    struct bytes want;
    struct bytes have;
    int params = 0;
    while (segment_next(&want_rest, &want)) {
        if (!segment_next(&have_rest, &have) || have.size == 0)
            return PATTERN_OTHER;
        if (want.size > 0 && want.data[0] == '{') {
            CHECK(params < ROUTE_PARAMS_MAX);
            raw[params++] = have;
        } else if (!segment_is(have, want)) {
            return PATTERN_OTHER;
        }
    }
    return have_rest.size == 0 ? params : PATTERN_OTHER;
}

static uint32_t method_bits(enum request_method method)
{
    uint32_t bits = 1U << method;
    return method == REQUEST_GET ? bits | 1U << REQUEST_HEAD : bits;
}

void route_find(const struct route_table *table, enum request_method method, struct bytes path,
                struct route_match *match)
{
    *match = (struct route_match){.route = NULL};
    if (path.size == 0 || path.data[0] != '/')
        return;
    enum request_method wanted = method == REQUEST_HEAD ? REQUEST_GET : method;
    int best = ROUTE_PARAMS_MAX + 1;
    for (size_t i = 0; i < table->count; i++) {
        const struct route *route = &table->routes[i];
        struct bytes raw[ROUTE_PARAMS_MAX];
        int params = pattern_match(route->pattern, path, raw);
        if (params == PATTERN_OTHER || params > best)
            continue;
        if (params < best) { /* a more literal pattern: what the others said is void */
            *match = (struct route_match){.path_known = true};
            best = params;
        }
        match->allowed |= method_bits(route->method);
        if (route->method != wanted)
            continue;
        match->route = route;
        match->params_count = (uint8_t)params;
        memcpy(match->raw, raw, sizeof(struct bytes) * (size_t)params);
    }
}

void route_allow_print(uint32_t allowed, struct writer *out)
{
    bool first = true;
    for (int i = 0; i < REQUEST_METHODS; i++) {
        if ((allowed & (1U << i)) == 0)
            continue;
        if (!first)
            write_text(out, ", ");
        write_text(out, request_method_name((enum request_method)i));
        first = false;
    }
}

/* ---- the table itself --------------------------------------------------------------------------
 */

static void pattern_check(const char *pattern)
{
    CHECK(pattern != NULL && pattern[0] == '/');
    int params = 0;
    for (const char *at = pattern; *at != '\0'; at++) {
        if (*at != '{')
            continue;
        CHECK(at[-1] == '/');
        at = strchr(at, '}');
        CHECK(at != NULL && (at[1] == '/' || at[1] == '\0'));
        params++;
    }
    CHECK(params <= ROUTE_PARAMS_MAX);
}

void route_check(const struct route_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct route *route = &table->routes[i];
        bool json = (route->flags & ROUTE_BODY_JSON) != 0;
        bool raw = (route->flags & ROUTE_BODY_RAW) != 0;
        pattern_check(route->pattern);
        CHECK(route->method != REQUEST_HEAD && route->method != REQUEST_OPTIONS);
        CHECK(route->operation != NULL);
        CHECK(route->read != NULL || route->decode != NULL);
        CHECK(!(json && raw));
        CHECK(json || (route->flags & ROUTE_BODY_OPTIONAL) == 0);
        CHECK((json || raw) == (route->body_max > 0));
        CHECK(route->method != REQUEST_GET || !(json || raw));
        for (size_t j = 0; j < i; j++)
            CHECK(strcmp(route->operation, table->routes[j].operation) != 0);
    }
}
