/* peak_batch: the workbooks of many institutions at once, and what people who file one by one feel
 * of it.
 *
 * Without --token-file the files alone: rows a second, time and cost of a file. With it, people of
 * other institutions file at --rate: for half of --seconds with nothing beside them, then beside
 * the files until the last is imported, then alone for the other half, since the machine may have
 * got slower meanwhile. The same load, as many connections, one run. */
#include "base/check.h"
#include "bench/batch_report.h"
#include "bench/bench.h"
#include "bench/peak.h"
#include <stdio.h>

/* Nights apart, so that no part files for what another has filed. */
enum { WARM_S = 1, SEEDS_A_PART = 25 };

/* ---- the files alone ---- */

static enum err batch_measure(struct bench *bench, const struct batch_plan *plan,
                              const struct batch_words *words, struct batch_result *result)
{
    static struct batch_costs before;
    static struct batch_costs after;
    batch_transport_set(bench, plan);
    enum err err = batch_costs_take(words, &before);
    err = err == ERR_OK ? batch_load_play(plan, result) : err;
    err = err == ERR_OK ? batch_costs_take(words, &after) : err;
    if (err == ERR_OK) {
        batch_report(bench, result, result->seconds);
        batch_costs_report(bench, words, &before, &after, result);
    }
    return err;
}

/* ---- with people beside them ---- */

struct beside {
    const struct batch_plan *plan;
    struct batch_result *result;
    struct batch_load *load;
    enum err err;
};

static void on_loop(void *self, uv_loop_t *uv)
{
    struct beside *beside = self;
    beside->err = batch_load_start(beside->plan, beside->result, uv, &beside->load);
    beside->result->over |= beside->err != ERR_OK; /* then nobody waits for it */
}

static void filings_report(struct bench *bench, const char *name, const struct peak_result *result)
{
    const struct tally *file = &result->tallies[ACTION_FILE];
    yyjson_mut_val *group = bench_group(bench, name);
    bench_put_count(bench, group, "done", file->done);
    bench_put_count(bench, group, "not_done", file->sent - file->done);
    bench_put(bench, group, "rate_achieved", (double)file->done / result->seconds);
    bench_put_count(bench, group, "p50_us", histogram_quantile(&file->latency_us, 500000));
    bench_put_count(bench, group, "p99_us", histogram_quantile(&file->latency_us, 990000));
    bench_put_count(bench, group, "max_us", file->latency_us.max);
}

static double p99(const struct peak_result *result)
{
    return (double)histogram_quantile(&result->tallies[ACTION_FILE].latency_us, 990000);
}

/* On later nights than the part before. */
static enum err people_play(struct peak_plan *people, uint64_t seconds, struct peak_result *result)
{
    people->seconds = seconds;
    enum err err = peak_play(people, result);
    people->seed += SEEDS_A_PART;
    return err;
}

static enum err parts_play(struct peak_plan *people, struct beside *beside,
                           struct peak_result *alone, struct peak_result *loaded)
{
    static struct peak_result after;
    uint64_t half_s = (people->seconds + 1) / 2;
    enum err err = people_play(people, WARM_S, alone);
    err = err == ERR_OK ? people_play(people, half_s, alone) : err;
    struct peak_plan with = *people;
    with.on_loop = on_loop;
    with.self = beside;
    with.enough = &beside->result->over;
    err = err == ERR_OK ? people_play(&with, BATCH_LOAD_S, loaded) : err;
    err = err == ERR_OK ? beside->err : err;
    err = err == ERR_OK ? beside->result->err : err;
    people->seed = with.seed;
    err = err == ERR_OK ? people_play(people, half_s, &after) : err;
    tally_add(&alone->tallies[ACTION_FILE], &after.tallies[ACTION_FILE]);
    alone->seconds += after.seconds;
    return err;
}

static enum err beside_measure(struct bench *bench, const struct batch_plan *plan,
                               struct peak_plan *people, struct batch_result *result)
{
    static struct peak_result alone;
    static struct peak_result loaded;
    struct beside beside = {.plan = plan, .result = result};
    enum err err = parts_play(people, &beside, &alone, &loaded);
    batch_load_free(beside.load);
    if (err == ERR_OK) {
        batch_report(bench, result, result->seconds);
        filings_report(bench, "interactive_alone", &alone);
        filings_report(bench, "interactive_beside", &loaded);
        bench_result(bench, "interactive_p99_ratio",
                     p99(&alone) > 0 ? p99(&loaded) / p99(&alone) : 0);
    }
    return err;
}

/* ---- the plan ---- */

int bench_peak_batch(int argc, char **argv)
{
    struct bench bench;
    struct batch_words words = {0};
    struct peak_words people_words = {.mix = "file:100", .curve = "flat"};
    const char *uploaders = NULL;
    struct books books = {0};
    struct batch_result result = {0};
    const struct option_ask asks[] = {BATCH_ASKS(words),
                                      {"uploaders", &uploaders, false},
                                      {"token-file", &people_words.token_file, false},
                                      {"connections", &people_words.connections, false},
                                      {"rate", &people_words.rate, false},
                                      {"seconds", &people_words.seconds, false}};
    if (!bench_begin(&bench, argc, argv, asks, ARRAY_COUNT(asks))) {
        return EXIT_BAD_INPUT;
    }
    struct batch_plan plan = {.uploaders = bench.full ? 8 : 4};
    struct peak_plan people = {.connections = bench.full ? 64 : 16,
                               .rate = bench.full ? 500 : 50,
                               .seconds = bench.full ? 4 : 1,
                               .follow = ACTIONS};
    bool settled = bench_number("uploaders", uploaders, 1, UPLOADERS_MAX, &plan.uploaders);
    enum err err = settled ? batch_settle(&plan, &bench, &words, &books) : ERR_BAD_INPUT;
    people_words.url = words.url;
    people_words.ca = words.ca;
    if (err == ERR_OK && people_words.token_file == NULL) {
        err = batch_measure(&bench, &plan, &words, &result);
    } else if (err == ERR_OK) {
        err = peak_settle(&people, &bench, &people_words)
                  ? beside_measure(&bench, &plan, &people, &result)
                  : ERR_BAD_INPUT;
    }
    batch_result_free(&result);
    books_free(&books);
    return bench_end(&bench, err);
}
