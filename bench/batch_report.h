/* What import_rows and peak_batch ask for and report in the same words. One thread. */
#pragma once
#include "bench/batch_load.h"
#include "bench/bench.h"
#include "bench/process_cpu.h"
#include "bench/scrape.h"

struct batch_words {
    const char *url, *ca, *ops, *books, *pid;
};
#define BATCH_ASKS(words)                                                                          \
    {"url", &(words).url, false}, {"ca", &(words).ca, false}, {"ops", &(words).ops, false},        \
        {"books", &(words).books, false},                                                          \
    {                                                                                              \
        "pid", &(words).pid, false                                                                 \
    }

/* The plan's files and address. ERR_BAD_INPUT and others: a sentence was printed. */
enum err batch_settle(struct batch_plan *plan, struct bench *bench, const struct batch_words *words,
                      struct books *books) MUST_CHECK;

/* Among the settings, where peak_settle does not tell it. */
void batch_transport_set(struct bench *bench, const struct batch_plan *plan);

/* The server's counters, as far as the words tell where they are. */
struct batch_costs {
    struct scrape server;
    struct process_cpu cpu;
};
enum err batch_costs_take(const struct batch_words *words, struct batch_costs *out) MUST_CHECK;

/* Sorts the times. `seconds`: what rows a second are counted by. */
void batch_report(struct bench *bench, struct batch_result *result, double seconds);
/* What each file cost, of all that the server did meanwhile. */
void batch_costs_report(struct bench *bench, const struct batch_words *words,
                        const struct batch_costs *before, struct batch_costs *after,
                        const struct batch_result *result);
