#include "base/metric.h"
#include "base/prng.h"
#include "tests/lib/t.h"
#include <stdlib.h>
#include <string.h>

TEST(a_quantile_is_the_least_value_with_enough_below)
{
    struct histogram histogram = {0};
    T_EQ_UINT(histogram_quantile(&histogram, 500000), 0);
    for (uint64_t value = 1; value <= 3; value++)
        histogram_add(&histogram, value);
    T_EQ_UINT(histogram_quantile(&histogram, 500000), 2); /* half of three is two of them */
    T_EQ_UINT(histogram_quantile(&histogram, 0), 1);
}

TEST(small_values_are_exact_and_large_ones_an_eighth_off_at_most)
{
    for (uint64_t value = 0; value < 70000000; value += 1 + value / 50) {
        struct histogram histogram = {0};
        histogram_add(&histogram, value);
        histogram_add(&histogram, UINT32_MAX); /* so that max does not help */
        uint64_t edge = histogram_quantile(&histogram, 500000);
        if (value >= (1u << 26) - (1u << 22)) {
            T_EQ_UINT(edge, UINT32_MAX); /* the last bucket */
            continue;
        }
        T_TRUE(edge >= value);
        T_TRUE(edge <= value + value / 8);
    }
}

TEST(quantiles_of_random_samples_lie_by_the_true_ones)
{
    enum { SAMPLES = 5000 };
    struct prng prng;
    prng_seed(&prng, 4);
    struct histogram histogram = {0};
    uint32_t below[5] = {0};
    static const uint32_t parts[5] = {1, 500000, 990000, 999000, 1000000};
    static uint64_t values[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
        values[i] = prng_below(&prng, 1u << prng_below(&prng, 25));
        histogram_add(&histogram, values[i]);
    }
    for (int p = 0; p < 5; p++) {
        uint64_t edge = histogram_quantile(&histogram, parts[p]);
        for (int i = 0; i < SAMPLES; i++)
            below[p] += values[i] <= edge;
        T_TRUE((uint64_t)below[p] * 1000000 >= (uint64_t)parts[p] * SAMPLES);
    }
    T_EQ_UINT(histogram_quantile(&histogram, 1000000), histogram.max);
    T_EQ_UINT(histogram.count, SAMPLES);
}

TEST(merging_is_adding_up)
{
    struct metrics a = {0}, b = {0};
    a.counters[METRIC_TURNS] = 3;
    b.counters[METRIC_TURNS] = 4;
    b.counters[METRIC_APPLIED_ROWS] = 1;
    histogram_add(&a.histograms[METRIC_SYNC_US], 10);
    histogram_add(&b.histograms[METRIC_SYNC_US], 1000);
    metrics_merge(&a, &b);
    T_EQ_UINT(a.counters[METRIC_TURNS], 7);
    T_EQ_UINT(a.counters[METRIC_APPLIED_ROWS], 1);
    T_EQ_UINT(a.histograms[METRIC_SYNC_US].count, 2);
    T_EQ_UINT(a.histograms[METRIC_SYNC_US].sum, 1010);
    T_EQ_UINT(a.histograms[METRIC_SYNC_US].max, 1000);
    T_EQ_UINT(histogram_quantile(&a.histograms[METRIC_SYNC_US], 500000), 10);
}

TEST(the_page_is_prometheus_text)
{
    static char page[64 * 1024];
    static struct metrics metrics;
    metrics.counters[METRIC_REQUESTS] = 12345678901234;
    histogram_add(&metrics.histograms[METRIC_TURN_US], 5);
    histogram_add(&metrics.histograms[METRIC_TURN_US], 9);
    histogram_add(&metrics.histograms[METRIC_TURN_US], 1u << 30);
    struct writer out = writer_on(page, sizeof page - 1);
    metrics_print(&metrics, &out);
    T_FALSE(out.failed);
    T_HAS(page, "# TYPE baobei_http_requests_total counter\nbaobei_http_requests_total "
                "12345678901234\n");
    T_HAS(page, "# TYPE baobei_turn_microseconds histogram\n");
    T_HAS(page, "baobei_turn_microseconds_bucket{le=\"7\"} 1\n");
    T_HAS(page, "baobei_turn_microseconds_bucket{le=\"15\"} 2\n");
    T_HAS(page, "baobei_turn_microseconds_bucket{le=\"+Inf\"} 3\n");
    T_HAS(page, "baobei_turn_microseconds_sum 1073741838\n");
    T_HAS(page, "baobei_loop_lag_microseconds_count 0\n");
    T_EQ_UINT(page[out.size - 1], '\n');
    out = writer_on(page, 1000);
    metrics_print(&metrics, &out);
    T_TRUE(out.failed);
}

T_LIST(metric_test, T(a_quantile_is_the_least_value_with_enough_below),
       T(small_values_are_exact_and_large_ones_an_eighth_off_at_most),
       T(quantiles_of_random_samples_lie_by_the_true_ones), T(merging_is_adding_up),
       T(the_page_is_prometheus_text));
