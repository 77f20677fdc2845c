/* A request target: authority, path, escapes, query, and the way through the shipped route table.
 */
#include "model/text.h"
#include "tests/fuzz/fuzz.h"
#include "web/http.h"
#include "web/route.h"
#include <string.h>

enum { TARGET_MAX = 4096 };

static void decode_look(struct bytes raw, bool plus)
{
    uint8_t out[TARGET_MAX];
    size_t size = 0;
    if (!route_decode(raw, plus, out, &size))
        return;
    CHECK(size <= raw.size);
    CHECK(text_is_utf8(bytes_of(out, size)));
}

static void route_look(const struct request *request)
{
    static const struct route none;
    const struct route_table table = {routes, routes_count};
    struct route_match match;
    for (int method = 0; method < REQUEST_METHODS; method++) {
        match.route = &none;
        route_find(&table, (enum request_method)method, request->path, &match);
        CHECK(match.route == NULL || (match.route != &none && match.path_known));
        for (uint8_t i = 0; match.route != NULL && i < match.params_count; i++)
            decode_look(match.raw[i], false);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > TARGET_MAX)
        return 0;
    struct bytes in = {data, size};
    (void)http_authority_is_valid(in);
    decode_look(in, false);
    decode_look(in, true);

    struct arena arena;
    struct http http;
    uint8_t text[TARGET_MAX + 64];
    size_t used;
    struct writer out = writer_on(text, sizeof text);
    write_text(&out, "GET ");
    write_raw(&out, in);
    write_text(&out, " HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(!out.failed);
    arena_init(&arena, 4096, 1 << 20);
    http_init(&http, &arena);
    if (http_feed(&http, writer_bytes(&out), &used) == FEED_HEAD) {
        const struct request *request = &http.request;
        CHECK(request->path.data[0] == '/');
        CHECK(memchr(request->path.data, '?', request->path.size) == NULL);
        route_look(request);
        decode_look(request->query, true);
    }
    arena_deinit(&arena);
    return 0;
}
