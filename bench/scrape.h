/* The server's own counters, from /metrics of its ops listener (API 7). Blocking, one thread. */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCRAPE_LOOPS_MAX = 64, SCRAPE_EDGES_MAX = 32 };

struct scrape_loop {
    uint64_t turns, cpu_us;
};

/* A histogram as it is told: samples up to each edge, the last one without end. */
struct scrape_histogram {
    uint64_t edges[SCRAPE_EDGES_MAX], up_to[SCRAPE_EDGES_MAX];
    uint32_t count;
};

struct scrape {
    uint64_t turns, messages, other_loop, log_syncs, log_bytes, groups, batches, requests,
        answers_503, sync_us_sum, turn_us_sum, held_us_sum, held_us_count, query_us_sum,
        query_us_count, cpu_us, sheet_open_us, sheet_cells_us, sheet_map_us, sheet_check_us,
        sheet_import_us;
    struct scrape_loop loops[SCRAPE_LOOPS_MAX];
    uint32_t loops_count;
    struct scrape_histogram query_us; /* time on the pool of each reading */
};

/* `url` is http://ADDRESS:PORT with a numeric IPv4 address. ERR_BAD_INPUT: it is not; ERR_IO. */
enum err scrape_take(const char *url, struct scrape *out) MUST_CHECK;
/* Leaves in `after` what has grown since `before`, of the same server. */
void scrape_minus(struct scrape *after, const struct scrape *before);
/* The upper edge of the bucket that holds this part of the samples; 0: there are none. */
uint64_t scrape_quantile(const struct scrape_histogram *histogram, double part);
