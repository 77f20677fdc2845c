/* commit_group: filings a sync against the size of a batch (DESIGN 5 *Why*).
 *
 * storage/ alone, as a shard drives it: one batch in flight, the next one staged when it is home.
 * A filing is the rows that its turn puts. Rates of different sizes are compared within a run. */
#include "base/arena.h"
#include "base/check.h"
#include "bench/bench.h"
#include "model/row_keys.h"
#include "storage/store.h"
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COMMITS_LEAST = 50, HOMES = 2000, TABLES = 10, TREE_DEPTH = 8, VALUE_ROOM = 256 };
static const struct {
    uint32_t size;
    const char *name;
} sizes[] = {
    {1, "batch_1"}, {4, "batch_4"}, {16, "batch_16"}, {64, "batch_64"}, {256, "batch_256"}};

/* What a filing with one line puts, and how long the values are. */
static const struct {
    enum table table;
    uint16_t value;
} filing_rows[] = {
    {TABLE_CASE, 40},       {TABLE_LINE, 160},   {TABLE_BODY, 120},
    {TABLE_HISTORY, 140},   {TABLE_REQUEST, 70}, {TABLE_SERIAL, 12},
    {TABLE_PERSON_LINE, 4}, {TABLE_QUEUE, 4},    {TABLE_COUNTS, 32},
};

struct grouping {
    char directory[64];
    struct store *store;
    struct batch batch;
    uint64_t sequence, filings;
    pthread_mutex_t lock;
    pthread_cond_t home;
    bool away;
    enum err status;
};

static void on_home(void *self, struct batch *batch, enum err status)
{
    struct grouping *grouping = self;
    (void)pthread_mutex_lock(&grouping->lock);
    CHECK(batch == &grouping->batch && grouping->away);
    grouping->away = false;
    grouping->status = status;
    (void)pthread_cond_signal(&grouping->home);
    (void)pthread_mutex_unlock(&grouping->lock);
}

static struct row_key key_for(enum table table, struct line_id id)
{
    switch ((int)table) {
    case TABLE_CASE: return key_of_case(id.in);
    case TABLE_LINE: return key_of_line(id);
    case TABLE_BODY: return key_of_body(id, 1);
    case TABLE_HISTORY: return key_of_history(id, 1);
    case TABLE_PERSON_LINE: return key_of_person_line(id.in.home * 8 + id.in.serial % 8, id);
    case TABLE_QUEUE: return key_of_queue(63000, id.in.day, 1000, id);
    case TABLE_SERIAL: return key_of_serial(id.in.home, id.in.day);
    case TABLE_COUNTS: return key_of_u64(id.in.home);
    case TABLE_REQUEST: {
        struct digest request = {{0}};
        memcpy(request.bytes, &id.in.serial, sizeof id.in.serial);
        memcpy(request.bytes + 8, &id.in.home, sizeof id.in.home);
        return key_of_request(id.in.home, id.in.serial, &request);
    }
    }
    CHECK(table == TABLE_NONE); /* none of filing_rows */
    return (struct row_key){0};
}

static enum err filing_stage(struct grouping *grouping)
{
    static const uint8_t value[VALUE_ROOM] = {1};
    uint64_t number = grouping->filings++;
    /* Homes in no order, as they come: consecutive filings lie far apart in the store. */
    struct line_id id = {.in = {.home = 1000 + number * 769 % HOMES,
                                .day = 20000,
                                .serial = (uint32_t)(number / HOMES + 1)},
                         .n = 1};
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < ARRAY_COUNT(filing_rows); i++) {
        struct row_key key = key_for(filing_rows[i].table, id);
        err = batch_stage(&grouping->batch, &(struct op){.kind = OP_PUT,
                                                         .table = filing_rows[i].table,
                                                         .key = row_key_bytes(&key),
                                                         .value = {value, filing_rows[i].value}});
    }
    struct op audit = {.kind = OP_APPEND, .table = TABLE_AUDIT, .value = {value, 130}};
    return err == ERR_OK ? batch_stage(&grouping->batch, &audit) : err;
}

static enum err batch_commit(struct grouping *grouping)
{
    grouping->away = true;
    store_commit(grouping->store, &grouping->batch);
    (void)pthread_mutex_lock(&grouping->lock);
    while (grouping->away) {
        (void)pthread_cond_wait(&grouping->home, &grouping->lock);
    }
    (void)pthread_mutex_unlock(&grouping->lock);
    batch_begin(&grouping->batch, ++grouping->sequence);
    return grouping->status;
}

static enum err size_measure(struct bench *bench, struct grouping *grouping, uint32_t size,
                             const char *name, double *rate)
{
    uint64_t length_ns = bench->full ? 5000000000u : 300000000u;
    struct metrics before = {0};
    struct metrics after = {0};
    struct histogram latency = {0};
    uint64_t filed = 0;
    enum err err = ERR_OK;
    store_metrics(grouping->store, &before);
    uint64_t begin = bench_now_ns();
    uint64_t now = begin;
    while (err == ERR_OK && (now < begin + length_ns || latency.count < COMMITS_LEAST)) {
        for (uint32_t i = 0; err == ERR_OK && i < size; i++) {
            err = filing_stage(grouping);
        }
        err = err == ERR_OK ? batch_commit(grouping) : err;
        uint64_t end = bench_now_ns();
        histogram_add(&latency, (end - now) / 1000);
        now = end;
        filed += size;
    }
    store_metrics(grouping->store, &after);
    double syncs = (double)(after.counters[METRIC_LOG_SYNCS] - before.counters[METRIC_LOG_SYNCS]);
    double bytes = (double)(after.counters[METRIC_LOG_BYTES] - before.counters[METRIC_LOG_BYTES]);
    double seconds = (double)(now - begin) / 1e9;
    *rate = (double)filed / seconds;
    yyjson_mut_val *group = bench_group(bench, name);
    bench_put(bench, group, "filings_per_s", *rate);
    bench_put(bench, group, "syncs_per_s", syncs / seconds);
    bench_put(bench, group, "log_kib_per_filing", bytes / 1024 / (double)filed);
    bench_put_count(bench, group, "p50_us", histogram_quantile(&latency, 500000));
    bench_put_count(bench, group, "p99_us", histogram_quantile(&latency, 990000));
    return err;
}

static int remove_one(const char *path, const struct stat *known, int type, struct FTW *place)
{
    (void)known;
    (void)type;
    (void)place;
    return remove(path);
}

static enum err grouping_open(struct grouping *grouping, const char *under)
{
    int size =
        snprintf(grouping->directory, sizeof grouping->directory, "%s/baobei-bench.XXXXXX", under);
    if (size < 0 || (size_t)size >= sizeof grouping->directory ||
        mkdtemp(grouping->directory) == NULL) {
        return ERR_IO;
    }
    char path[96];
    (void)snprintf(path, sizeof path, "%s/data", grouping->directory);
    struct store_config config = {
        .directory = path, .map_gib = 16, .home = on_home, .self = grouping};
    (void)pthread_mutex_init(&grouping->lock, NULL);
    (void)pthread_cond_init(&grouping->home, NULL);
    enum err err = store_create(path);
    err = err == ERR_OK ? store_open(&config, &grouping->store) : err;
    err = err == ERR_OK ? batch_init(&grouping->batch, 0) : err;
    if (err == ERR_OK) {
        batch_begin(&grouping->batch, ++grouping->sequence);
    }
    return err;
}

static void grouping_close(struct grouping *grouping)
{
    if (grouping->store != NULL) {
        store_close(grouping->store);
        batch_deinit(&grouping->batch);
    }
    if (grouping->directory[0] != '\0') {
        (void)nftw(grouping->directory, remove_one, TREE_DEPTH, FTW_DEPTH | FTW_PHYS);
    }
}

int bench_commit_group(int argc, char **argv)
{
    struct bench bench;
    const char *under = NULL;
    const struct option_ask asks[] = {{"directory", &under, false}};
    static struct grouping grouping;
    double rates[ARRAY_COUNT(sizes)] = {0};
    if (!bench_begin(&bench, argc, argv, asks, ARRAY_COUNT(asks))) {
        return EXIT_BAD_INPUT;
    }
    under = under == NULL ? "." : under; /* not /tmp: that may be memory */
    bench_set_text(&bench, "directory", under);
    enum err err = grouping_open(&grouping, under);
    for (size_t i = 0; err == ERR_OK && i < ARRAY_COUNT(sizes); i++) {
        err = size_measure(&bench, &grouping, sizes[i].size, sizes[i].name, &rates[i]);
    }
    grouping_close(&grouping);
    if (err == ERR_OK) {
        bench_result(&bench, "ratio_64_to_1", rates[3] / rates[0]);
    }
    return bench_end(&bench, err);
}
