#include "bench/bench.h"
#include "base/check.h"
#include "build_info.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { ASKS_MAX = 24, LINE_MAX_BYTES = 256 };

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t bench_now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t bench_cpu_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* ---- options ---- */

bool bench_number(const char *name, const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
    char *end = NULL;
    if (text == NULL) {
        return true;
    }
    unsigned long long number = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || text[0] == '-' || number < min || number > max) {
        (void)fprintf(stderr, "--%s is a whole number from %llu to %llu\n", name,
                      (unsigned long long)min, (unsigned long long)max);
        return false;
    }
    *value = number;
    return true;
}

/* ---- the line ---- */

/* The first "model name" of /proc/cpuinfo. */
static void cpu_name(char *out, size_t room)
{
    char line[LINE_MAX_BYTES];
    (void)snprintf(out, room, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", strlen("model name")) == 0 && colon != NULL) {
            (void)snprintf(out, room, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
            break;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static void machine_put(struct bench *bench, yyjson_mut_val *root)
{
    struct utsname kernel;
    char cpu[LINE_MAX_BYTES];
    cpu_name(cpu, sizeof cpu);
    yyjson_mut_val *machine = yyjson_mut_obj_add_obj(bench->doc, root, "machine");
    (void)yyjson_mut_obj_add_strcpy(bench->doc, machine, "cpu", cpu);
    (void)yyjson_mut_obj_add_sint(bench->doc, machine, "cores", sysconf(_SC_NPROCESSORS_ONLN));
    (void)yyjson_mut_obj_add_sint(bench->doc, machine, "memory_mib",
                                  sysconf(_SC_PHYS_PAGES) / 1024 * sysconf(_SC_PAGESIZE) / 1024);
    if (uname(&kernel) == 0) {
        (void)yyjson_mut_obj_add_strcpy(bench->doc, machine, "kernel", kernel.release);
    }
}

static void line_begin(struct bench *bench)
{
    bench->doc = yyjson_mut_doc_new(NULL);
    CHECK(bench->doc != NULL);
    yyjson_mut_val *root = yyjson_mut_obj(bench->doc);
    yyjson_mut_doc_set_root(bench->doc, root);
    (void)yyjson_mut_obj_add_str(bench->doc, root, "bench", bench->name);
    (void)yyjson_mut_obj_add_str(bench->doc, root, "commit", BUILD_COMMIT);
    (void)yyjson_mut_obj_add_str(bench->doc, root, "build", BUILD_TYPE " " BUILD_COMPILER);
    if (BUILD_SANITIZE[0] != '\0') {
        (void)yyjson_mut_obj_add_str(bench->doc, root, "sanitize", BUILD_SANITIZE);
    }
    machine_put(bench, root);
    bench->settings = yyjson_mut_obj_add_obj(bench->doc, root, "settings");
    bench->results = yyjson_mut_obj_add_obj(bench->doc, root, "results");
    bench_set_text(bench, "size", bench->full ? "full" : "smoke");
    bench_set(bench, "seed", bench->seed);
}

bool bench_begin(struct bench *bench, int argc, char **argv, const struct option_ask *asks,
                 int asks_count)
{
    const char *full = NULL;
    const char *seed = NULL;
    const char *words[WORDS_MAX];
    int words_count = 0;
    struct option_ask all[ASKS_MAX] = {{"full", &full, true}, {"seed", &seed, false}};
    CHECK(asks_count + 2 <= ASKS_MAX);
    for (int i = 0; i < asks_count; i++) {
        all[2 + i] = asks[i];
    }
    *bench = (struct bench){.name = argv[0], .seed = 1};
    if (!options_take(argc, argv, all, asks_count + 2, words, &words_count) ||
        !bench_number("seed", seed, 0, UINT64_MAX, &bench->seed)) {
        return false;
    }
    if (words_count > 0) {
        (void)fprintf(stderr, "%s: what is %s?\n", argv[0], words[0]);
        return false;
    }
    bench->full = full != NULL;
    line_begin(bench);
    return true;
}

void bench_set(struct bench *bench, const char *name, uint64_t value)
{
    (void)yyjson_mut_obj_add_uint(bench->doc, bench->settings, name, value);
}

void bench_set_text(struct bench *bench, const char *name, const char *value)
{
    (void)yyjson_mut_obj_add_strcpy(bench->doc, bench->settings, name, value);
}

void bench_put(struct bench *bench, yyjson_mut_val *group, const char *name, double value)
{
    /* Three decimals: what is behind them is noise. */
    double cut = (double)(int64_t)(value * 1000 + 0.5) / 1000;
    (void)yyjson_mut_obj_add_real(bench->doc, group, name, cut);
}

void bench_put_count(struct bench *bench, yyjson_mut_val *group, const char *name, uint64_t value)
{
    (void)yyjson_mut_obj_add_uint(bench->doc, group, name, value);
}

void bench_result(struct bench *bench, const char *name, double value)
{
    bench_put(bench, bench->results, name, value);
}

void bench_count(struct bench *bench, const char *name, uint64_t value)
{
    bench_put_count(bench, bench->results, name, value);
}

yyjson_mut_val *bench_group(struct bench *bench, const char *name)
{
    yyjson_mut_val *group = yyjson_mut_obj(bench->doc);
    (void)yyjson_mut_obj_add(bench->results, yyjson_mut_strcpy(bench->doc, name), group);
    return group;
}

void bench_histogram(struct bench *bench, const char *name, const struct histogram *histogram)
{
    static const struct {
        const char *name;
        uint32_t part_per_million;
    } parts[] = {{"p50", 500000}, {"p99", 990000}, {"p99_9", 999000}};
    yyjson_mut_val *group = bench_group(bench, name);
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        bench_put_count(bench, group, parts[i].name,
                        histogram_quantile(histogram, parts[i].part_per_million));
    }
    bench_put_count(bench, group, "max", histogram->max);
}

int bench_end(struct bench *bench, enum err err)
{
    if (err == ERR_OK) {
        char *text = yyjson_mut_write(bench->doc, 0, NULL);
        CHECK(text != NULL);
        (void)printf("%s\n", text);
        free(text);
    } else {
        (void)fprintf(stderr, "%s: %s\n", bench->name, err_sentence(err));
    }
    yyjson_mut_doc_free(bench->doc);
    return exit_of(err);
}
