/* Buckets: 0 to 7 one each, then every power of two in eight equal parts. The last one takes all
 * from 15/16 of 2^26 µs (63 s) on. An error of at most 12.5 % upwards. */
#include "base/metric.h"
#include "base/check.h"
#include <inttypes.h>
#include <stdio.h>

enum { PARTS = 8, PARTS_BITS = 3 };

static uint32_t bucket_of(uint64_t value)
{
    if (value < PARTS)
        return (uint32_t)value;
    uint32_t top_bit = 63 - (uint32_t)__builtin_clzll(value);
    uint32_t part = (uint32_t)(value >> (top_bit - PARTS_BITS)) & (PARTS - 1);
    uint32_t bucket = (top_bit - PARTS_BITS + 1) * PARTS + part;
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The largest value that falls into the bucket. */
static uint64_t bucket_edge(uint32_t bucket)
{
    CHECK(bucket < HISTOGRAM_BUCKETS);
    if (bucket < PARTS)
        return bucket;
    uint32_t shift = bucket / PARTS - 1;
    return ((uint64_t)(PARTS + bucket % PARTS + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->buckets[bucket_of(value)]++;
    histogram->count++;
    histogram->sum += value;
    if (value > histogram->max)
        histogram->max = value;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->buckets[i] += from->buckets[i];
    into->count += from->count;
    into->sum += from->sum;
    if (from->max > into->max)
        into->max = from->max;
}

uint64_t histogram_quantile(const struct histogram *histogram, uint32_t part_per_million)
{
    CHECK(part_per_million <= 1000000);
    if (histogram->count == 0)
        return 0;
    /* The smallest number of samples that is at least that part, never none. Split, so that the
     * product can't overflow. */
    uint64_t wanted = histogram->count / 1000000 * part_per_million +
                      (histogram->count % 1000000 * part_per_million + 999999) / 1000000;
    if (wanted == 0)
        wanted = 1;
    uint64_t seen = 0;
    for (uint32_t i = 0; i + 1 < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen >= wanted)
            return bucket_edge(i) < histogram->max ? bucket_edge(i) : histogram->max;
    }
    return histogram->max;
}

void metrics_merge(struct metrics *into, const struct metrics *from)
{
    for (uint32_t i = 0; i < METRIC_COUNT; i++)
        into->counters[i] += from->counters[i];
    for (uint32_t i = 0; i < METRIC_HISTOGRAMS; i++)
        histogram_merge(&into->histograms[i], &from->histograms[i]);
}

#define METRIC_NAME(id, name) name,
static const char *const counter_names[METRIC_COUNT] = {METRIC_COUNTERS(METRIC_NAME)};
#undef METRIC_NAME

static const char *const histogram_names[METRIC_HISTOGRAMS] = {
    [METRIC_TURN_US] = "baobei_turn_microseconds",
    [METRIC_SYNC_US] = "baobei_log_sync_microseconds",
    [METRIC_HELD_US] = "baobei_held_microseconds",
    [METRIC_REQUEST_US] = "baobei_http_request_microseconds",
    [METRIC_QUERY_US] = "baobei_query_microseconds",
    [METRIC_LOOP_LAG_US] = "baobei_loop_lag_microseconds",
    [METRIC_SHEET_OPEN_US] = "baobei_sheet_open_microseconds",
    [METRIC_SHEET_CELLS_US] = "baobei_sheet_cells_microseconds",
    [METRIC_SHEET_MAP_US] = "baobei_sheet_map_microseconds",
    [METRIC_SHEET_CHECK_US] = "baobei_sheet_check_microseconds",
    [METRIC_SHEET_IMPORT_US] = "baobei_sheet_import_microseconds",
};

static void sample_print(struct writer *out, const char *name, const char *suffix, uint64_t value)
{
    char line[160];
    int size = snprintf(line, sizeof line, "%s%s %" PRIu64 "\n", name, suffix, value);
    CHECK(size > 0 && (size_t)size < sizeof line);
    write_text(out, line);
}

static void type_print(struct writer *out, const char *name, const char *type)
{
    write_text(out, "# TYPE ");
    write_text(out, name);
    write_text(out, " ");
    write_text(out, type);
    write_text(out, "\n");
}

/* One line per power of two is enough for a graph; the eighths serve our own quantiles. */
static void histogram_print(struct writer *out, const char *name, const struct histogram *histogram)
{
    type_print(out, name, "histogram");
    uint64_t seen = 0;
    for (uint32_t i = 0; i + 1 < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (i % PARTS != PARTS - 1)
            continue;
        char label[64];
        snprintf(label, sizeof label, "_bucket{le=\"%" PRIu64 "\"}", bucket_edge(i));
        sample_print(out, name, label, seen);
    }
    sample_print(out, name, "_bucket{le=\"+Inf\"}", histogram->count);
    sample_print(out, name, "_sum", histogram->sum);
    sample_print(out, name, "_count", histogram->count);
}

void metrics_print(const struct metrics *metrics, struct writer *out)
{
    for (uint32_t i = 0; i < METRIC_COUNT; i++) {
        type_print(out, counter_names[i], "counter");
        sample_print(out, counter_names[i], "", metrics->counters[i]);
    }
    for (uint32_t i = 0; i < METRIC_HISTOGRAMS; i++)
        histogram_print(out, histogram_names[i], &metrics->histograms[i]);
}
