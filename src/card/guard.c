#include "card/guard.h"
#include "base/check.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool text_equal_nocase(struct bytes a, const char *b)
{
    return a.size == strlen(b) && strncasecmp((const char *)a.data, b, a.size) == 0;
}

bool guard_host(struct bytes host, uint16_t port)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    char want[32];
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        (void)snprintf(want, sizeof want, "%s:%u", names[i], port);
        if (host.size > 0 && text_equal_nocase(host, want)) {
            return true;
        }
    }
    return false;
}

bool guard_origin(const struct settings *settings, struct bytes origin)
{
    for (size_t i = 0; i < settings->origin_count; i++) {
        if (bytes_are_text(origin, settings->origins[i])) {
            return true;
        }
    }
    return false;
}

bool guard_own_origin(struct bytes origin, struct bytes host, bool secure)
{
    const struct bytes scheme = bytes_from_text(secure ? "https://" : "http://");
    return host.size > 0 && origin.size == scheme.size + host.size &&
           bytes_start_with(origin, scheme) &&
           bytes_equal(bytes_slice(origin, scheme.size, host.size), host);
}

bool guard_form(struct bytes content_type)
{
    static const char *const forms[] = {"application/x-www-form-urlencoded",
                                        "application/x-www-form-urlencoded;charset=utf-8",
                                        "application/x-www-form-urlencoded; charset=utf-8"};
    for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
        if (content_type.size > 0 && text_equal_nocase(content_type, forms[i])) {
            return true;
        }
    }
    return false;
}

bool guard_json(struct bytes content_type)
{
    static const char *const forms[] = {"application/json", "application/json;charset=utf-8",
                                        "application/json; charset=utf-8"};
    for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
        if (content_type.size > 0 && text_equal_nocase(content_type, forms[i])) {
            return true;
        }
    }
    return false;
}

bool guard_tbs(struct bytes tbs, struct bytes origin)
{
    const struct bytes name = BYTES_LITERAL("aud=");
    size_t audiences = 0;
    if (origin.size == 0 || !bytes_start_with(tbs, BYTES_LITERAL("EUSERVICE-")) ||
        tbs.data[tbs.size - 1] != '\n') {
        return false;
    }
    for (size_t at = 0; at < tbs.size;) {
        size_t end = at;
        for (; tbs.data[end] != '\n'; end++) {
            CHECK(end + 1 < tbs.size); /* the last byte is a line feed */
            if (tbs.data[end] < 0x20 || tbs.data[end] > 0x7e) {
                return false;
            }
        }
        struct bytes line = bytes_slice(tbs, at, end - at);
        if (bytes_start_with(line, name)) {
            audiences++;
            if (!bytes_equal(bytes_slice(line, name.size, line.size - name.size), origin)) {
                return false;
            }
        }
        at = end + 1;
    }
    return audiences == 1;
}
