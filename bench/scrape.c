#include "bench/scrape.h"
#include "base/check.h"
#include "bench/wire.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_ROOM = 256 * 1024 };

static const struct {
    const char *name;
    size_t offset;
} wanted[] = {
    {"baobei_turns_total", offsetof(struct scrape, turns)},
    {"baobei_messages_total", offsetof(struct scrape, messages)},
    {"baobei_messages_other_loop_total", offsetof(struct scrape, other_loop)},
    {"baobei_log_syncs_total", offsetof(struct scrape, log_syncs)},
    {"baobei_log_bytes_total", offsetof(struct scrape, log_bytes)},
    {"baobei_commit_groups_total", offsetof(struct scrape, groups)},
    {"baobei_batches_total", offsetof(struct scrape, batches)},
    {"baobei_http_requests_total", offsetof(struct scrape, requests)},
    {"baobei_http_503_total", offsetof(struct scrape, answers_503)},
    {"baobei_log_sync_microseconds_sum", offsetof(struct scrape, sync_us_sum)},
    {"baobei_turn_microseconds_sum", offsetof(struct scrape, turn_us_sum)},
    {"baobei_held_microseconds_sum", offsetof(struct scrape, held_us_sum)},
    {"baobei_held_microseconds_count", offsetof(struct scrape, held_us_count)},
    {"baobei_query_microseconds_sum", offsetof(struct scrape, query_us_sum)},
    {"baobei_query_microseconds_count", offsetof(struct scrape, query_us_count)},
    {"baobei_cpu_microseconds_total", offsetof(struct scrape, cpu_us)},
    {"baobei_sheet_open_microseconds_sum", offsetof(struct scrape, sheet_open_us)},
    {"baobei_sheet_cells_microseconds_sum", offsetof(struct scrape, sheet_cells_us)},
    {"baobei_sheet_map_microseconds_sum", offsetof(struct scrape, sheet_map_us)},
    {"baobei_sheet_check_microseconds_sum", offsetof(struct scrape, sheet_check_us)},
    {"baobei_sheet_import_microseconds_sum", offsetof(struct scrape, sheet_import_us)},
};

static uint64_t *value_of(struct scrape *scrape, size_t index)
{
    return (uint64_t *)(void *)((char *)scrape + wanted[index].offset);
}

/* {loop="N"} series; a loop's lines come in order. */
static void loop_take(const char *line, uint64_t value, struct scrape *out)
{
    unsigned loop = 0;
    char what[8];
    int found = sscanf(line, "baobei_loop_%7[a-z]%*[a-z_]{loop=\"%u\"}", what, &loop);
    if (found != 2 || loop >= SCRAPE_LOOPS_MAX) {
        return;
    }
    if (strcmp(what, "turns") == 0) {
        out->loops[loop].turns = value;
    } else if (strcmp(what, "cpu") == 0) {
        out->loops[loop].cpu_us = value;
    }
    out->loops_count = loop + 1 > out->loops_count ? loop + 1 : out->loops_count;
}

static void bucket_take(const char *line, uint64_t value, struct scrape_histogram *out)
{
    unsigned long long edge = 0;
    bool last = strstr(line, "{le=\"+Inf\"}") != NULL;
    if (out->count < SCRAPE_EDGES_MAX &&
        (last || sscanf(line, "baobei_query_microseconds_bucket{le=\"%llu\"}", &edge) == 1)) {
        out->edges[out->count] = last ? UINT64_MAX : edge;
        out->up_to[out->count++] = value;
    }
}

static void line_take(const char *line, struct scrape *out)
{
    static const char loop[] = "baobei_loop_";
    static const char bucket[] = "baobei_query_microseconds_bucket";
    size_t name = strcspn(line, " ");
    uint64_t value = strtoull(line + name, NULL, 10);
    for (size_t i = 0; i < ARRAY_COUNT(wanted); i++) {
        if (strlen(wanted[i].name) == name && strncmp(line, wanted[i].name, name) == 0) {
            *value_of(out, i) = value;
        }
    }
    if (strncmp(line, loop, strlen(loop)) == 0) {
        loop_take(line, value, out);
    } else if (strncmp(line, bucket, strlen(bucket)) == 0) {
        bucket_take(line, value, &out->query_us);
    }
}

/* `text` is cut into its lines. */
static void lines_take(char *text, struct scrape *out)
{
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        line_take(line, out);
    }
}

enum err scrape_take(const char *url, struct scrape *out)
{
    struct wire_to to;
    struct wire wire = {.fd = -1};
    unsigned status = 0;
    size_t size = 0;
    *out = (struct scrape){0};
    enum err err = wire_to_open(url, NULL, &to);
    char *text = malloc(ANSWER_ROOM);
    err = err == ERR_OK && text == NULL ? ERR_NO_MEMORY : err;
    err = err == ERR_OK ? wire_open(&to, &wire) : err;
    if (err == ERR_OK) {
        err = wire_ask(&wire, "GET /metrics", NULL, &status, text, ANSWER_ROOM - 1, &size);
        wire_close(&wire);
    }
    if (err == ERR_OK && status == 200) {
        text[size] = '\0';
        lines_take(text, out);
    }
    wire_to_close(&to);
    free(text);
    return err == ERR_OK && status != 200 ? ERR_IO : err;
}

static void minus(uint64_t *from, uint64_t what)
{
    CHECK(*from >= what);
    *from -= what;
}

void scrape_minus(struct scrape *after, const struct scrape *before)
{
    struct scrape begun = *before;
    for (size_t i = 0; i < ARRAY_COUNT(wanted); i++) {
        minus(value_of(after, i), *value_of(&begun, i));
    }
    for (uint32_t i = 0; i < before->loops_count; i++) {
        minus(&after->loops[i].turns, before->loops[i].turns);
        minus(&after->loops[i].cpu_us, before->loops[i].cpu_us);
    }
    for (uint32_t i = 0; i < before->query_us.count; i++) {
        minus(&after->query_us.up_to[i], before->query_us.up_to[i]);
    }
}

uint64_t scrape_quantile(const struct scrape_histogram *histogram, double part)
{
    uint64_t all = histogram->count > 0 ? histogram->up_to[histogram->count - 1] : 0;
    for (uint32_t i = 0; i < histogram->count && all > 0; i++) {
        if ((double)histogram->up_to[i] >= part * (double)all) {
            return histogram->edges[i];
        }
    }
    return 0;
}
