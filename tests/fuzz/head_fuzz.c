/* A connection's bytes -> requests: heads, bodies, chunks, trailers; whole and in pieces the
 * verdict is the same (RELIABILITY 2.4). */
#include "tests/fuzz/fuzz.h"
#include "web/http.h"
#include <string.h>

enum { BODY_MAX = 4096 };

struct verdict {
    enum http_event event;
    uint16_t status, fields;
    size_t used;
    uint32_t body;
};

static void request_look(const struct request *request)
{
    CHECK(request->fields_count <= REQUEST_FIELDS_MAX);
    CHECK(request->minor == 0 || request->host.size > 0);
    CHECK(!(request->has_length && request->is_chunked));
    CHECK(request->star || request->path.data[0] == '/');
    for (uint16_t i = 0; i < request->fields_count; i++)
        CHECK(memchr(request->fields[i].value.data, '\n', request->fields[i].value.size) == NULL);
}

static struct verdict feed(struct bytes in, uint32_t walk)
{
    struct arena arena;
    struct http http;
    struct verdict verdict = {.event = FEED_MORE};
    arena_init(&arena, 4096, 1 << 20);
    http_init(&http, &arena);
    while (verdict.event == FEED_MORE && verdict.used < in.size) {
        size_t left = in.size - verdict.used;
        size_t used;
        size_t size = walk == 0 ? left : fuzz_piece(&walk, left);
        verdict.event = http_feed(&http, bytes_slice(in, verdict.used, size), &used);
        CHECK(used <= size && (verdict.event != FEED_MORE || used == size));
        verdict.used += used;
        if (verdict.event == FEED_HEAD) {
            request_look(&http.request);
            verdict.fields = http.request.fields_count;
            verdict.event = http_accept(&http, BODY_MAX);
        }
    }
    verdict.status = http.fault.status;
    CHECK((verdict.event == FEED_FAULT) == (verdict.status >= 400));
    if (verdict.event == FEED_DONE) {
        CHECK(http_body(&http).size <= BODY_MAX);
        verdict.body = bytes_crc32c(0, http_body(&http));
    } else {
        verdict.used = 0; /* how far it looked is of no interest */
    }
    arena_deinit(&arena);
    return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {data, size};
    struct verdict whole = feed(in, 0);
    struct verdict cut = feed(in, fuzz_walk(data, size) | 1);
    CHECK(whole.event == cut.event && whole.status == cut.status);
    CHECK(whole.used == cut.used && whole.fields == cut.fields && whole.body == cut.body);
    if (whole.event == FEED_DONE && whole.used < size) /* a pipeline: the next one */
        LLVMFuzzerTestOneInput(data + whole.used, size - whole.used);
    return 0;
}
