/* recurrence: a rule to its occurrences, and one line against a person's others (P06). */
#include "model/recurrence.h"
#include "base/arena.h"
#include "base/check.h"
#include "bench/bench.h"
#include "model/overlap.h"

enum { FROM = 20800, HELD_LINES = 200 };

static const struct day_run runs[] = {{FROM + 3, 1}, {FROM + 10, 2}, {FROM + 40, 5}};

static const struct {
    const char *name;
    struct time_rule rule;
} rules[] = {
    {"continuous",
     {.mode = TIME_CONTINUOUS, .start = FROM * 1440ll + 480, .end = FROM * 1440ll + 9000}},
    {"weekly",
     {.mode = TIME_RECURRING,
      .from = FROM,
      .to = FROM + 364,
      .at = 480,
      .until = 720,
      .rule = RULE_WEEKLY,
      .weekdays = 21}},
    {"monthly_weekday",
     {.mode = TIME_RECURRING,
      .from = FROM,
      .to = FROM + 364,
      .at = 480,
      .until = 720,
      .rule = RULE_MONTHLY_WEEKDAY,
      .nth = -1,
      .weekday = 5}},
    {"monthly_day",
     {.mode = TIME_RECURRING,
      .from = FROM,
      .to = FROM + 364,
      .at = 480,
      .until = 720,
      .rule = RULE_MONTHLY_DAY,
      .day = 31}},
    {"every_n_weeks",
     {.mode = TIME_RECURRING,
      .from = FROM,
      .to = FROM + 364,
      .at = 480,
      .until = 720,
      .rule = RULE_EVERY_N_WEEKS,
      .every = 2,
      .weekday = 7}},
    {"every_n_days",
     {.mode = TIME_RECURRING,
      .from = FROM,
      .to = FROM + 364,
      .at = 480,
      .until = 720,
      .rule = RULE_EVERY_N_DAYS,
      .every = 3}},
    {"dates",
     {.mode = TIME_DATES, .at = 480, .until = 720, .runs = runs, .runs_count = ARRAY_COUNT(runs)}},
};

static void rule_measure(struct bench *bench, size_t at, uint64_t times)
{
    uint64_t seen = 0;
    struct occurrence occurrence;
    uint64_t begin = bench_now_ns();
    for (uint64_t i = 0; i < times; i++) {
        struct occurrence_cursor cursor = occurrence_begin(&rules[at].rule);
        while (occurrence_next(&cursor, &occurrence)) {
            seen++;
        }
    }
    double ns = (double)(bench_now_ns() - begin);
    yyjson_mut_val *group = bench_group(bench, rules[at].name);
    CHECK(seen >= times);
    bench_put_count(bench, group, "occurrences", seen / times);
    bench_put(bench, group, "ns_per_occurrence", ns / (double)seen);
    begin = bench_now_ns();
    for (uint64_t i = 0; i < times; i++) {
        bool found = occurrence_last(&rules[at].rule, &occurrence);
        CHECK(found);
    }
    bench_put(bench, group, "last_ns", (double)(bench_now_ns() - begin) / (double)times);
}

/* A person with a year of lines, each on another half hour of the same weekdays: the worst case, no
 * two rules are told apart by their spans. */
static void overlap_measure(struct bench *bench, uint64_t times)
{
    struct arena arena;
    struct overlap_set set;
    struct overlap_clash clash;
    static struct time_rule held[HELD_LINES];
    arena_init(&arena, 64 * 1024, 0);
    overlap_init(&set, &arena);
    for (uint32_t i = 0; i < HELD_LINES; i++) {
        held[i] = rules[1].rule;
        held[i].weekdays = (uint8_t)(1u << i % 5);
        held[i].at = (uint16_t)(360 + i / 5 * 15);
        held[i].until = (uint16_t)(held[i].at + 15);
        bool inserted = overlap_insert(&set, &(struct overlap_line){i, 1, &held[i]});
        CHECK(inserted);
    }
    struct time_rule asked = rules[1].rule;
    asked.weekdays = 32; /* Saturdays: compared with all, clashes with none */
    uint64_t begin = bench_now_ns();
    for (uint64_t i = 0; i < times; i++) {
        bool found = overlap_find(&set, &asked, 1, &clash);
        CHECK(!found);
    }
    bench_result(bench, "clash_against_200_lines_us",
                 (double)(bench_now_ns() - begin) / 1000 / (double)times);
    arena_deinit(&arena);
}

int bench_recurrence(int argc, char **argv)
{
    struct bench bench;
    if (!bench_begin(&bench, argc, argv, NULL, 0)) {
        return EXIT_BAD_INPUT;
    }
    uint64_t times = bench.full ? 200000 : 5000;
    bench_set(&bench, "times", times);
    for (size_t i = 0; i < ARRAY_COUNT(rules); i++) {
        rule_measure(&bench, i, times);
    }
    overlap_measure(&bench, times / 50);
    return bench_end(&bench, ERR_OK);
}
