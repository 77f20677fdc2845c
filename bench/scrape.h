/* The server's own counters, from /metrics of its ops listener (API 7). Blocking, one thread. */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

struct scrape {
    uint64_t turns, messages, other_loop, log_syncs, log_bytes, groups, batches, requests,
        answers_503, sync_us_sum, held_us_sum, held_us_count;
};

/* `url` is http://ADDRESS:PORT with a numeric IPv4 address. ERR_BAD_INPUT: it is not; ERR_IO. */
enum err scrape_take(const char *url, struct scrape *out) MUST_CHECK;
struct scrape scrape_minus(const struct scrape *after, const struct scrape *before);
/* http://A.B.C.D:PORT -> address (network byte order of sockaddr_in is the caller's business). */
bool url_parse(const char *url, char host[16], uint16_t *port);
