/* What the benchmarks share: options, a clock, and one JSON line a run (DESIGN 13).
 *
 * A line holds the benchmark's name, commit and build, the machine, the settings with the seed, and
 * the results. Rates and times of a noisy machine are compared within one run, as ratios. One
 * thread. */
#pragma once
#include "base/err.h"
#include "base/metric.h"
#include "cli/options.h"
#include <yyjson.h>

struct bench {
    const char *name;
    bool full;     /* --full; else a smoke size: does it run, is the answer right */
    uint64_t seed; /* --seed */
    yyjson_mut_doc *doc;
    yyjson_mut_val *settings, *results;
};

/* Takes --full, --seed and `asks` (which may be NULL) out of the arguments. False: a sentence was
 * printed; exit with EXIT_BAD_INPUT. */
bool bench_begin(struct bench *bench, int argc, char **argv, const struct option_ask *asks,
                 int asks_count);
/* Text of an option -> number from min to max; NULL keeps *value. False: a sentence was printed. */
bool bench_number(const char *name, const char *text, uint64_t min, uint64_t max, uint64_t *value);

void bench_set(struct bench *bench, const char *name, uint64_t value);
void bench_set_text(struct bench *bench, const char *name, const char *value);
void bench_result(struct bench *bench, const char *name, double value);
void bench_count(struct bench *bench, const char *name, uint64_t value);
/* {"p50","p99","p99_9","max"} of `name`, in the histogram's unit. */
void bench_histogram(struct bench *bench, const char *name, const struct histogram *histogram);
/* A group of results: {"name": {...}}; the name is copied. */
yyjson_mut_val *bench_group(struct bench *bench, const char *name);
void bench_put(struct bench *bench, yyjson_mut_val *group, const char *name, double value);
void bench_put_count(struct bench *bench, yyjson_mut_val *group, const char *name, uint64_t value);

/* Prints the line on standard output. Returns the exit code: of `err` where it is not ERR_OK (then
 * nothing but a sentence is printed). */
int bench_end(struct bench *bench, enum err err);

uint64_t bench_now_ns(void); /* monotonic */
uint64_t bench_cpu_ns(void); /* of this thread: what others on the machine take is not in it */

/* The benchmarks and their helpers, one file each. argv[0] is the name. */
int bench_prepare(int argc, char **argv);
int bench_fill(int argc, char **argv);
int bench_peak_filing(int argc, char **argv);
int bench_read_after_write(int argc, char **argv);
int bench_import_rows(int argc, char **argv);
int bench_peak_batch(int argc, char **argv);
int bench_startup(int argc, char **argv);
int bench_idle_tls(int argc, char **argv);
int bench_echo(int argc, char **argv);
int bench_append_sync(int argc, char **argv);
int bench_commit_group(int argc, char **argv);
int bench_shard_turn(int argc, char **argv);
int bench_line_codec(int argc, char **argv);
int bench_recurrence(int argc, char **argv);
int bench_search(int argc, char **argv);
