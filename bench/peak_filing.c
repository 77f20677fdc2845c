/* peak_filing: the last day of the filing window against a running server, open loop (DESIGN 13).
 */
#include "base/check.h"
#include "bench/bench.h"
#include "bench/peak.h"
#include "bench/scrape.h"
#include <stdio.h>

static void loops_report(struct bench *bench, const struct scrape *server, double seconds)
{
    uint64_t turns = server->turns > 0 ? server->turns : 1;
    for (uint32_t i = 0; i < server->loops_count; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "loop_%u", i);
        yyjson_mut_val *group = bench_group(bench, name);
        const struct scrape_loop *loop = &server->loops[i];
        bench_put(bench, group, "cpu_share", (double)loop->cpu_us / 1e6 / seconds);
        bench_put(bench, group, "turns_per_s", (double)loop->turns / seconds);
        bench_put(bench, group, "turns_share", (double)loop->turns / (double)turns);
    }
}

static void server_report(struct bench *bench, const struct scrape *server, uint64_t written,
                          double seconds)
{
    double syncs = server->log_syncs > 0 ? (double)server->log_syncs : 1;
    double writes = written > 0 ? (double)written : 1;
    bench_count(bench, "log_syncs", server->log_syncs);
    bench_result(bench, "writes_per_sync", (double)written / syncs);
    bench_result(bench, "turns_per_s", (double)server->turns / seconds);
    bench_result(bench, "log_kib_per_write", (double)server->log_bytes / 1024 / writes);
    bench_result(bench, "sync_us_mean", (double)server->sync_us_sum / syncs);
    bench_result(bench, "turn_us_mean",
                 server->turns > 0 ? (double)server->turn_us_sum / (double)server->turns : 0);
    bench_result(bench, "held_us_mean",
                 server->held_us_count > 0
                     ? (double)server->held_us_sum / (double)server->held_us_count
                     : 0);
    bench_result(bench, "other_loop_share",
                 server->messages > 0 ? (double)server->other_loop / (double)server->messages : 0);
    bench_result(bench, "server_cpu_us_per_write", (double)server->cpu_us / writes);
    loops_report(bench, server, seconds);
}

static void peak_report(struct bench *bench, const struct peak_plan *plan,
                        const struct peak_result *result, const struct scrape *server)
{
    struct tally all = {0};
    const struct tally *of = result->tallies;
    for (int i = 0; i < ACTIONS; i++) {
        tally_add(&all, &of[i]);
    }
    bench_set(bench, "institutions", result->institutions);
    bench_count(bench, "sent", all.sent);
    bench_count(bench, "done", all.done);
    bench_count(bench, "refused", all.refused);
    bench_count(bench, "failed", all.failed);
    bench_count(bench, "lost", all.lost);
    bench_result(bench, "rate_achieved", (double)all.done / result->seconds);
    bench_result(bench, "share_503", all.sent > 0 ? (double)all.overloaded / (double)all.sent : 0);
    bench_histogram(bench, "latency_us", &all.latency_us);
    for (int i = 0; i < ACTIONS; i++) {
        if (plan->mix.weight[i] > 0 && of[i].done > 0) {
            yyjson_mut_val *group = bench_group(bench, action_name((enum action)i));
            bench_put_count(bench, group, "done", of[i].done);
            bench_put_count(bench, group, "p50_us", histogram_quantile(&of[i].latency_us, 500000));
            bench_put_count(bench, group, "p99_us", histogram_quantile(&of[i].latency_us, 990000));
        }
    }
    bench_count(bench, "waited_for_connection_us_max", result->waited_us_max);
    if (server != NULL) {
        uint64_t written = of[ACTION_FILE].done + of[ACTION_DRAFT].done + of[ACTION_WITHDRAW].done;
        server_report(bench, server, written, result->seconds);
    }
}

static enum err peak_measure(struct bench *bench, const struct peak_plan *plan, const char *ops)
{
    static struct peak_result result;
    static struct scrape before;
    static struct scrape after;
    enum err err = ops == NULL ? ERR_OK : scrape_take(ops, &before);
    err = err == ERR_OK ? peak_play(plan, &result) : err;
    err = err == ERR_OK && ops != NULL ? scrape_take(ops, &after) : err;
    if (err == ERR_OK) {
        scrape_minus(&after, &before);
        peak_report(bench, plan, &result, ops == NULL ? NULL : &after);
    }
    return err;
}

int bench_peak_filing(int argc, char **argv)
{
    struct bench bench;
    struct peak_words words = {0};
    const struct option_ask asks[] = {PEAK_ASKS(words)};
    if (!bench_begin(&bench, argc, argv, asks, ARRAY_COUNT(asks))) {
        return EXIT_BAD_INPUT;
    }
    struct peak_plan plan = {.connections = bench.full ? 256 : 32,
                             .rate = bench.full ? 2000 : 200,
                             .seconds = bench.full ? 30 : 3,
                             .follow = ACTIONS};
    bool settled = peak_settle(&plan, &bench, &words);
    return bench_end(&bench, settled ? peak_measure(&bench, &plan, words.ops) : ERR_BAD_INPUT);
}
