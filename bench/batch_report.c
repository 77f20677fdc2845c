#include "bench/batch_report.h"
#include "base/check.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum err batch_settle(struct batch_plan *plan, struct bench *bench, const struct batch_words *words,
                      struct books *books)
{
    if (words->url == NULL || words->books == NULL) {
        (void)fprintf(stderr,
                      "%s --url http[s]://127.0.0.1:PORT --books LIST [--ca PEM] [--ops URL] "
                      "[--pid SERVER] …; compare/sheets.py makes the list\n",
                      bench->name);
        return ERR_BAD_INPUT;
    }
    enum err err = books_load(words->books, books);
    if (err != ERR_OK) {
        return err;
    }
    plan->url = words->url;
    plan->ca = words->ca;
    plan->books = books;
    bench_set(bench, "files", books->count);
    bench_set(bench, "institutions", books->institutions);
    bench_set(bench, "uploaders", plan->uploaders);
    return ERR_OK;
}

void batch_transport_set(struct bench *bench, const struct batch_plan *plan)
{
    bench_set_text(bench, "transport", strncmp(plan->url, "https:", 6) == 0 ? "tls" : "plain");
}

/* ---- times ---- */

static int by_value(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static uint64_t part_of(const uint64_t *sorted, uint32_t count, double part)
{
    uint32_t at = (uint32_t)((double)count * part);
    return sorted[at < count ? at : count - 1];
}

/* Exact: the files are few, a histogram's bucket is an eighth wide. */
static void times_report(struct bench *bench, const char *name, const struct batch_result *result,
                         size_t offset)
{
    uint64_t *values = calloc(result->done, sizeof *values);
    if (values == NULL) {
        return; /* no file was imported */
    }
    for (uint32_t i = 0; i < result->done; i++) {
        memcpy(&values[i], (const char *)&result->times[i] + offset, sizeof values[i]);
    }
    qsort(values, result->done, sizeof *values, by_value);
    yyjson_mut_val *group = bench_group(bench, name);
    bench_put_count(bench, group, "p50", part_of(values, result->done, 0.50));
    bench_put_count(bench, group, "p99", part_of(values, result->done, 0.99));
    bench_put_count(bench, group, "max", values[result->done - 1]);
    free(values);
}

void batch_report(struct bench *bench, struct batch_result *result, double seconds)
{
    bench_count(bench, "done", result->done);
    bench_count(bench, "failed", result->failed);
    bench_count(bench, "refused", result->refused);
    bench_count(bench, "lost", result->lost);
    bench_count(bench, "rows_imported", result->imported);
    bench_count(bench, "rows_skipped", result->skipped);
    bench_result(bench, "rows_per_s", seconds > 0 ? (double)result->imported / seconds : 0);
    bench_result(bench, "seconds", result->seconds);
    if (result->done > 0) {
        times_report(bench, "ready_us", result, offsetof(struct batch_times, ready_us));
        times_report(bench, "import_us", result, offsetof(struct batch_times, import_us));
        times_report(bench, "whole_us", result, offsetof(struct batch_times, whole_us));
    }
}

/* ---- costs ---- */

enum err batch_costs_take(const struct batch_words *words, struct batch_costs *out)
{
    uint64_t pid = 0;
    *out = (struct batch_costs){0};
    if (!bench_number("pid", words->pid, 1, UINT32_MAX, &pid)) {
        return ERR_BAD_INPUT;
    }
    enum err err = words->ops == NULL ? ERR_OK : scrape_take(words->ops, &out->server);
    return err == ERR_OK && words->pid != NULL ? process_cpu_take(pid, &out->cpu) : err;
}

static uint64_t loops_cpu_us(const struct scrape *server)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < server->loops_count; i++) {
        sum += server->loops[i].cpu_us;
    }
    return sum;
}

/* As the server's stopwatch saw them: on a busy machine with what others took meanwhile. */
static void stages_report(struct bench *bench, const struct scrape *server, double files)
{
    yyjson_mut_val *group = bench_group(bench, "stages_us_per_file");
    bench_put(bench, group, "open", (double)server->sheet_open_us / files);
    bench_put(bench, group, "cells", (double)server->sheet_cells_us / files);
    bench_put(bench, group, "map", (double)server->sheet_map_us / files);
    bench_put(bench, group, "check", (double)server->sheet_check_us / files);
    bench_put(bench, group, "import", (double)server->sheet_import_us / files);
}

void batch_costs_report(struct bench *bench, const struct batch_words *words,
                        const struct batch_costs *before, struct batch_costs *after,
                        const struct batch_result *result)
{
    double files = result->done > 0 ? result->done : 1;
    struct scrape *server = &after->server;
    if (words->ops != NULL) {
        scrape_minus(server, &before->server);
        double syncs = server->log_syncs > 0 ? (double)server->log_syncs : 1;
        bench_count(bench, "log_syncs", server->log_syncs);
        bench_result(bench, "log_syncs_per_file", (double)server->log_syncs / files);
        bench_result(bench, "log_kib_per_file", (double)server->log_bytes / 1024 / files);
        bench_result(bench, "sync_us_mean", (double)server->sync_us_sum / syncs);
        bench_result(bench, "turns_per_file", (double)server->turns / files);
        bench_result(bench, "turn_us_per_file", (double)server->turn_us_sum / files);
        bench_result(bench, "loops_cpu_us_per_file", (double)loops_cpu_us(server) / files);
        bench_result(bench, "server_cpu_us_per_file", (double)server->cpu_us / files);
        stages_report(bench, server, files);
    }
    if (words->pid != NULL) {
        uint64_t own_us = after->cpu.own_us - before->cpu.own_us;
        uint64_t readers_us = after->cpu.others_us - before->cpu.others_us;
        bench_result(bench, "readers_cpu_us_per_file", (double)readers_us / files);
        bench_result(bench, "cpu_us_per_file", (double)(own_us + readers_us) / files);
    }
}
