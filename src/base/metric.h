/* Counters and fixed-bucket histograms: plain memory of one thread, no atomics (DESIGN 11).
 *
 * Each loop (and the committer) has a struct metrics of its own; /metrics asks each by message and
 * adds the copies up. Buckets are log-linear in microseconds. */
#pragma once
#include "base/bytes.h"
#include <stdint.h>

enum { HISTOGRAM_BUCKETS = 192 };

struct histogram {
    uint64_t buckets[HISTOGRAM_BUCKETS];
    uint64_t count, sum, max;
};

void histogram_add(struct histogram *histogram, uint64_t value);
void histogram_merge(struct histogram *into, const struct histogram *from);
/* The value below which `part_per_million` of the samples lie (upper edge of its bucket). */
uint64_t histogram_quantile(const struct histogram *histogram, uint32_t part_per_million);

#define METRIC_COUNTERS(X)                                                                         \
    X(TURNS, "baobei_turns_total")                                                                 \
    X(MESSAGES, "baobei_messages_total")                                                           \
    X(MAILBOX_FULL, "baobei_mailbox_full_total")                                                   \
    X(BATCHES, "baobei_batches_total")                                                             \
    X(BATCH_ROWS, "baobei_batch_rows_total")                                                       \
    X(BATCHES_DROPPED, "baobei_batches_dropped_total")                                             \
    X(EVICTIONS, "baobei_evictions_total")                                                         \
    X(LOADS, "baobei_loads_total")                                                                 \
    X(REMOTE, "baobei_messages_other_loop_total")                                                  \
    X(REQUESTS, "baobei_http_requests_total")                                                      \
    X(ANSWERS_2XX, "baobei_http_2xx_total")                                                        \
    X(ANSWERS_4XX, "baobei_http_4xx_total")                                                        \
    X(ANSWERS_503, "baobei_http_503_total")                                                        \
    X(ANSWERS_5XX, "baobei_http_5xx_total")                                                        \
    X(CONNECTIONS, "baobei_connections_total")                                                     \
    X(HANDSHAKES, "baobei_tls_handshakes_total")                                                   \
    X(LOG_SYNCS, "baobei_log_syncs_total")                                                         \
    X(LOG_BYTES, "baobei_log_bytes_total")                                                         \
    X(GROUPS, "baobei_commit_groups_total")                                                        \
    X(APPLIES, "baobei_applies_total")                                                             \
    X(APPLIED_ROWS, "baobei_applied_rows_total")                                                   \
    X(SCRUB_ROWS, "baobei_scrub_rows_total")                                                       \
    X(SCRUB_PASSES, "baobei_scrub_passes_total")                                                   \
    X(SCRUB_FINDINGS, "baobei_scrub_findings_total")                                               \
    X(ALARMS, "baobei_alarms_total")                                                               \
    X(OUTSIDE_CALLS, "baobei_outside_calls_total")                                                 \
    X(OUTSIDE_FAILED, "baobei_outside_calls_failed_total")

#define METRIC_ENUM(id, name) METRIC_##id,
enum metric_counter { METRIC_COUNTERS(METRIC_ENUM) METRIC_COUNT };
#undef METRIC_ENUM

enum metric_histogram {
    METRIC_TURN_US,
    METRIC_SYNC_US,
    METRIC_HELD_US,
    METRIC_REQUEST_US,
    METRIC_QUERY_US,
    METRIC_LOOP_LAG_US,
    METRIC_SHEET_OPEN_US,   /* of an uploaded sheet: out of the store, unsealed */
    METRIC_SHEET_CELLS_US,  /* into cells, by the jailed child */
    METRIC_SHEET_MAP_US,    /* into drafts and faults */
    METRIC_SHEET_CHECK_US,  /* the turn that checks it */
    METRIC_SHEET_IMPORT_US, /* the turn that imports it */
    METRIC_HISTOGRAMS
};

struct metrics {
    uint64_t counters[METRIC_COUNT];
    struct histogram histograms[METRIC_HISTOGRAMS];
};

void metrics_merge(struct metrics *into, const struct metrics *from);
/* Prometheus text format; fails (writer flag) if it does not fit in. */
void metrics_print(const struct metrics *metrics, struct writer *out);
