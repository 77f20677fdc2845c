/* import_rows: one uploader, one workbook after the other, on a server that does nothing else.
 *
 * Time to ready and of the import as the client sees them: the server tells neither. Its syncs of
 * the log are counted in between, when nothing is under way, so those of the reading and those of
 * the import are told apart; that takes a millisecond which is in no file's time. */
#include "base/check.h"
#include "bench/batch_report.h"
#include "bench/bench.h"
#include <stdio.h>

struct counting {
    const char *ops; /* NULL: nothing is counted */
    uint64_t last;
    uint64_t reading, importing, importing_max; /* syncs */
    enum err err;
};

static void on_moment(void *self, enum batch_moment at)
{
    static struct scrape now;
    struct counting *counting = self;
    if (counting->ops == NULL || counting->err != ERR_OK) {
        return;
    }
    counting->err = scrape_take(counting->ops, &now);
    if (counting->err != ERR_OK) {
        return;
    }
    uint64_t grown = now.log_syncs - counting->last;
    counting->last = now.log_syncs;
    if (at == BATCH_IS_READY) {
        counting->reading += grown;
    } else if (at == BATCH_IS_IMPORTED) {
        counting->importing += grown;
        counting->importing_max = grown > counting->importing_max ? grown : counting->importing_max;
    }
}

static void syncs_report(struct bench *bench, const struct counting *counting, uint32_t done)
{
    double files = done > 0 ? done : 1;
    bench_result(bench, "log_syncs_per_reading", (double)counting->reading / files);
    bench_result(bench, "log_syncs_per_import", (double)counting->importing / files);
    bench_count(bench, "log_syncs_per_import_max", counting->importing_max);
}

static enum err import_measure(struct bench *bench, struct batch_plan *plan,
                               const struct batch_words *words)
{
    static struct batch_costs before;
    static struct batch_costs after;
    struct batch_result result = {0};
    struct counting counting = {.ops = words->ops};
    plan->on_moment = on_moment;
    plan->self = &counting; /* until the end of this function */
    batch_transport_set(bench, plan);
    enum err err = batch_costs_take(words, &before);
    err = err == ERR_OK ? batch_load_play(plan, &result) : err;
    err = err == ERR_OK ? counting.err : err;
    err = err == ERR_OK ? batch_costs_take(words, &after) : err;
    if (err == ERR_OK) {
        double seconds = 0;
        for (uint32_t i = 0; i < result.done; i++) {
            seconds += (double)result.times[i].whole_us / 1e6;
        }
        batch_report(bench, &result, seconds);
        if (words->ops != NULL) {
            syncs_report(bench, &counting, result.done);
        }
        batch_costs_report(bench, words, &before, &after, &result);
    }
    plan->self = NULL;
    batch_result_free(&result);
    return err;
}

int bench_import_rows(int argc, char **argv)
{
    struct bench bench;
    struct batch_words words = {0};
    struct books books = {0};
    struct batch_plan plan = {.uploaders = 1};
    const struct option_ask asks[] = {BATCH_ASKS(words)};
    if (!bench_begin(&bench, argc, argv, asks, ARRAY_COUNT(asks))) {
        return EXIT_BAD_INPUT;
    }
    enum err err = batch_settle(&plan, &bench, &words, &books);
    err = err == ERR_OK ? import_measure(&bench, &plan, &words) : err;
    books_free(&books);
    return bench_end(&bench, err);
}
