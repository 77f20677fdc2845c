/* The body of a chunked request: whole and in pieces the same verdict; what is taken stays within
 * the limits of data and overhead (RELIABILITY 2.4, rule 10). */
#include "tests/fuzz/fuzz.h"
#include "web/http.h"

enum { BODY_MAX = 2000 };

static const char head[] = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

struct verdict {
    enum http_event event;
    uint16_t status;
    size_t used;
    uint32_t body;
};

static struct verdict feed(struct bytes in, uint32_t walk)
{
    struct arena arena;
    struct http http;
    size_t used;
    arena_init(&arena, 4096, 1 << 20);
    http_init(&http, &arena);
    enum http_event event = http_feed(&http, bytes_of(head, sizeof head - 1), &used);
    CHECK(event == FEED_HEAD && used == sizeof head - 1);
    struct verdict verdict = {.event = http_accept(&http, BODY_MAX)};
    while (verdict.event == FEED_MORE && verdict.used < in.size) {
        size_t left = in.size - verdict.used;
        size_t size = walk == 0 ? left : fuzz_piece(&walk, left);
        verdict.event = http_feed(&http, bytes_slice(in, verdict.used, size), &used);
        verdict.used += used;
        CHECK(http_body(&http).size <= BODY_MAX);
    }
    verdict.status = http.fault.status;
    if (verdict.event == FEED_DONE)
        verdict.body = bytes_crc32c(0, http_body(&http));
    else
        verdict.used = 0;
    arena_deinit(&arena);
    return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {data, size};
    struct verdict whole = feed(in, 0);
    struct verdict cut = feed(in, fuzz_walk(data, size) | 1);
    CHECK(whole.event == cut.event && whole.status == cut.status);
    CHECK(whole.used == cut.used && whole.body == cut.body);
    CHECK(whole.event != FEED_MORE || size <= 200000); /* endless framing comes to an end */
    return 0;
}
