/* read_after_write: each filing, once acknowledged, is read back at once on its connection: its
 * line, then in a second run a list of 50 (DESIGN 5 *Reads*: no read waits for the disk).
 *
 * Beside the acknowledgement's latency stand the client's time of the reading, from its sending,
 * and the server's own: what /metrics says of the queries of that run. A reading that does not show
 * the line that was acknowledged before it counts as missing: none may. */
#include "base/check.h"
#include "bench/bench.h"
#include "bench/peak.h"
#include "bench/scrape.h"
#include <stdio.h>

static uint64_t quantile(const struct tally *tally, uint32_t part_per_million)
{
    return histogram_quantile(&tally->latency_us, part_per_million);
}

static void reading_report(struct bench *bench, const char *name, const struct peak_result *result,
                           const struct scrape *server)
{
    const struct tally *file = &result->tallies[ACTION_FILE];
    const struct tally *read = &result->follow;
    yyjson_mut_val *group = bench_group(bench, name);
    bench_put_count(bench, group, "filed", file->done);
    bench_put_count(bench, group, "read", read->done);
    bench_put_count(bench, group, "missing", result->follow_missing);
    bench_put_count(bench, group, "failed", file->sent - file->done + read->sent - read->done);
    bench_put_count(bench, group, "filing_p50_us", quantile(file, 500000));
    bench_put_count(bench, group, "filing_p99_us", quantile(file, 990000));
    bench_put_count(bench, group, "read_p50_us", quantile(read, 500000));
    bench_put_count(bench, group, "read_p99_us", quantile(read, 990000));
    if (server != NULL) {
        uint64_t count = server->query_us_count > 0 ? server->query_us_count : 1;
        bench_put_count(bench, group, "log_syncs", server->log_syncs);
        bench_put(bench, group, "server_us_mean", (double)server->query_us_sum / (double)count);
        /* Told in powers of two: the upper edge of the bucket. */
        bench_put_count(bench, group, "server_p50_us_below",
                        scrape_quantile(&server->query_us, 0.50));
        bench_put_count(bench, group, "server_p99_us_below",
                        scrape_quantile(&server->query_us, 0.99));
    }
}

static enum err reading_measure(struct bench *bench, struct peak_plan *plan, enum action follow,
                                const char *ops)
{
    static struct peak_result result;
    static struct scrape before;
    static struct scrape after;
    plan->follow = follow;
    enum err err = ops == NULL ? ERR_OK : scrape_take(ops, &before);
    err = err == ERR_OK ? peak_play(plan, &result) : err;
    err = err == ERR_OK && ops != NULL ? scrape_take(ops, &after) : err;
    if (err != ERR_OK) {
        return err;
    }
    scrape_minus(&after, &before);
    reading_report(bench, follow == ACTION_GET ? "get" : "list", &result,
                   ops == NULL ? NULL : &after);
    return ERR_OK;
}

int bench_read_after_write(int argc, char **argv)
{
    struct bench bench;
    struct peak_words words = {.mix = "file:100", .curve = "flat"};
    const struct option_ask asks[] = {PEAK_ASKS(words)};
    if (!bench_begin(&bench, argc, argv, asks, ARRAY_COUNT(asks))) {
        return EXIT_BAD_INPUT;
    }
    struct peak_plan plan = {.connections = bench.full ? 256 : 32,
                             .rate = bench.full ? 3000 : 200,
                             .seconds = bench.full ? 10 : 2};
    if (!peak_settle(&plan, &bench, &words)) {
        return bench_end(&bench, ERR_BAD_INPUT);
    }
    enum err err = reading_measure(&bench, &plan, ACTION_GET, words.ops);
    plan.seed += 50; /* on other nights */
    err = err == ERR_OK ? reading_measure(&bench, &plan, ACTION_LIST, words.ops) : err;
    return bench_end(&bench, err);
}
