#include "model/overlap.h"
#include "base/arena.h"
#include "tests/lib/heap.h"
#include "tests/lib/t.h"
#include "tests/unit/model/rules_random.h"

enum { LINES = 12, TIMES = 3, MANY = 4000 };

static int64_t local(const char *text)
{
    int64_t minutes;
    if (!local_parse(bytes_from_text(text), &minutes))
        T_FAIL("%s is no time", text);
    return minutes;
}

static struct time_rule span(const char *start, const char *end)
{
    return (struct time_rule){.mode = TIME_CONTINUOUS, .start = local(start), .end = local(end)};
}

static struct time_rule weekly(const char *from, const char *to, uint8_t weekdays, uint16_t at,
                               uint16_t until)
{
    struct time_rule rule = {.mode = TIME_RECURRING,
                             .rule = RULE_WEEKLY,
                             .weekdays = weekdays,
                             .at = at,
                             .until = until};
    T_TRUE(date_parse(bytes_from_text(from), &rule.from));
    T_TRUE(date_parse(bytes_from_text(to), &rule.to));
    return rule;
}

static bool two_clash(struct time_rule a, struct time_rule b)
{
    struct time_rule both[2] = {a, b}, other[2] = {b, a};
    struct overlap_clash clash, mirror;
    bool found = overlap_in_line(both, 1, &clash);
    T_EQ_INT(overlap_in_line(other, 1, &mirror), found);
    if (found)
        T_EQ_INT(overlap_common(&clash).start, overlap_common(&mirror).start);
    return found;
}

TEST(ends_may_touch_starts)
{
    struct time_rule morning = span("2026-12-01T08:00", "2026-12-01T12:00");
    T_FALSE(two_clash(morning, span("2026-12-01T12:00", "2026-12-01T17:00")));
    T_TRUE(two_clash(morning, span("2026-12-01T11:59", "2026-12-01T17:00")));
    T_TRUE(two_clash(morning, morning));
    T_TRUE(two_clash(morning, span("2026-12-01T09:00", "2026-12-01T10:00")));
    T_FALSE(two_clash(morning, span("2026-12-01T07:00", "2026-12-01T08:00")));
}

/* P06: the two faults of other systems. A night shift is not on the day it is written under only,
 * and not on the whole of both days. */
TEST(nights_cross_midnight)
{
    struct time_rule night = weekly("2026-12-07", "2026-12-31", 1, 22 * 60, 6 * 60); /* Monday */
    T_TRUE(two_clash(night, span("2026-12-08T05:59", "2026-12-08T06:30"))); /* Tuesday morning */
    T_FALSE(two_clash(night, span("2026-12-08T06:00", "2026-12-08T22:00")));
    T_FALSE(two_clash(night, span("2026-12-07T00:00", "2026-12-07T22:00")));
    T_FALSE(two_clash(night, weekly("2026-12-01", "2026-12-31", 2, 6 * 60, 12 * 60)));
    T_TRUE(two_clash(night, weekly("2026-12-01", "2026-12-31", 2, 0, 1)));
    /* 24:00 and 00:00 of the next day are the same instant. */
    struct time_rule evening = weekly("2026-12-01", "2026-12-31", 0x7f, 18 * 60, 1440);
    T_FALSE(two_clash(evening, weekly("2026-12-01", "2026-12-31", 0x7f, 0, 18 * 60)));
    T_FALSE(two_clash(evening, weekly("2026-12-01", "2026-12-31", 0x7f, 8 * 60, 18 * 60)));
    /* A day and a night of 24 hours after each other. */
    struct time_rule all = weekly("2026-12-01", "2026-12-31", 0x7f, 8 * 60, 8 * 60);
    T_TRUE(two_clash(all, span("2027-01-01T07:00", "2027-01-01T07:01")));
    T_FALSE(two_clash(all, span("2027-01-01T08:00", "2027-01-01T09:00")));
}

TEST(the_last_of_many_occurrences_is_looked_at)
{
    struct time_rule tuesdays = weekly("2026-01-01", "2030-12-31", 2, 8 * 60, 12 * 60);
    T_TRUE(two_clash(tuesdays, span("2030-12-31T11:00", "2030-12-31T13:00")));
    T_FALSE(two_clash(tuesdays, span("2031-01-07T11:00", "2031-01-07T13:00")));
    T_FALSE(two_clash(tuesdays, weekly("2026-01-01", "2030-12-31", 0x7d, 0, 1440)));
}

TEST(three_ways_each_later_one_is_found)
{
    struct time_rule times[3] = {span("2026-12-01T08:00", "2026-12-01T12:00"),
                                 span("2026-12-01T11:00", "2026-12-01T14:00"),
                                 span("2026-12-01T13:00", "2026-12-01T15:00")};
    struct overlap_clash clash;
    T_FALSE(overlap_in_line(times, 0, &clash));
    T_TRUE(overlap_in_line(times, 1, &clash));
    T_EQ_UINT(clash.held_time, 0);
    T_EQ_UINT(clash.asked_time, 1);
    T_TRUE(overlap_in_line(times, 2, &clash));
    T_EQ_UINT(clash.held_time, 1);
    T_EQ_INT(overlap_common(&clash).start, local("2026-12-01T13:00"));
    T_EQ_INT(overlap_common(&clash).end, local("2026-12-01T14:00"));
}

TEST(drafts_clash_with_nothing)
{
    struct time_rule day = span("2026-12-01T08:00", "2026-12-01T12:00");
    struct time_rule reversed = span("2026-12-01T12:00", "2026-12-01T08:00");
    struct time_rule missing = day;
    missing.end = LOCAL_NONE;
    T_FALSE(two_clash(day, reversed));
    T_FALSE(two_clash(day, missing));
    struct arena arena;
    struct overlap_set set;
    struct overlap_clash clash;
    arena_init(&arena, 4096, 0);
    overlap_init(&set, &arena);
    T_FALSE(overlap_find(&set, &day, 1, &clash));
    T_TRUE(overlap_insert(&set, &(struct overlap_line){.line = 1, .times_count = 0}));
    T_TRUE(overlap_insert(&set,
                          &(struct overlap_line){.line = 2, .times_count = 1, .times = &reversed}));
    T_FALSE(overlap_find(&set, &day, 1, &clash));
    T_EQ_UINT(overlap_list(&set, &day, 1, &clash, 1), 0);
    T_FALSE(overlap_find(&set, NULL, 0, &clash));
    arena_deinit(&arena);
}

/* ---- against brute force ---- */

struct random_line {
    struct random_time made[TIMES];
    struct time_rule times[TIMES];
    uint16_t count;
    bool in_set;
};

static void random_line(struct prng *prng, struct random_line *line)
{
    line->count = (uint16_t)(1 + prng_below(prng, TIMES));
    for (uint16_t i = 0; i < line->count; i++) {
        random_time(prng, &line->made[i], 0, 20000, prng_chance(prng, 3) ? 200 : 20);
        line->times[i] = line->made[i].rule;
    }
    line->in_set = false;
}

static struct occurrence asked_list[MANY], held_list[MANY];

/* All clashes between two rules, in order; returns their number. */
static uint32_t slow_pairs(const struct time_rule *asked, const struct time_rule *held,
                           struct overlap_clash *out, uint32_t used, uint32_t max)
{
    uint32_t asked_count = slow_expand(asked, asked_list, MANY);
    uint32_t held_count = slow_expand(held, held_list, MANY);
    uint32_t begin = used;
    for (uint32_t a = 0; a < asked_count; a++)
        for (uint32_t h = 0; h < held_count; h++) {
            bool apart =
                asked_list[a].end <= held_list[h].start || held_list[h].end <= asked_list[a].start;
            if (apart)
                continue;
            T_TRUE(used < max);
            out[used++] = (struct overlap_clash){.asked = asked_list[a], .held = held_list[h]};
        }
    for (uint32_t i = begin; i + 1 < used; i++)
        T_TRUE(overlap_common(&out[i]).start < overlap_common(&out[i + 1]).start);
    return used;
}

static struct overlap_clash want_list[MANY * 8], got_list[MANY * 8];

static void compare_with_brute_force(const struct overlap_set *set, const struct random_line *lines,
                                     const uint32_t *order, uint32_t order_count,
                                     const struct random_line *asked)
{
    uint32_t want = 0;
    for (uint32_t i = 0; i < order_count; i++) {
        const struct random_line *held = &lines[order[i]];
        for (uint16_t a = 0; a < asked->count; a++)
            for (uint16_t h = 0; h < held->count; h++) {
                uint32_t begin = want;
                want = slow_pairs(&asked->times[a], &held->times[h], want_list, want, MANY * 8);
                for (; begin < want; begin++) {
                    want_list[begin].asked_time = a;
                    want_list[begin].held_time = h;
                    want_list[begin].line = order[i] + 100;
                }
            }
    }
    T_EQ_UINT(overlap_list(set, asked->times, asked->count, got_list, MANY * 8), want);
    uint32_t best = 0;
    for (uint32_t i = 0; i < want; i++) {
        T_EQ_MEM(&got_list[i].asked, &want_list[i].asked, sizeof(struct occurrence));
        T_EQ_MEM(&got_list[i].held, &want_list[i].held, sizeof(struct occurrence));
        T_EQ_UINT(got_list[i].line, want_list[i].line);
        T_EQ_UINT(got_list[i].asked_time, want_list[i].asked_time);
        T_EQ_UINT(got_list[i].held_time, want_list[i].held_time);
        if (overlap_common(&want_list[i]).start < overlap_common(&want_list[best]).start)
            best = i;
    }
    struct overlap_clash found;
    T_EQ_INT(overlap_find(set, asked->times, asked->count, &found), want > 0);
    if (want == 0)
        return;
    /* Of equally early ones the first in the list wins. */
    T_EQ_MEM(&found.asked, &want_list[best].asked, sizeof(struct occurrence));
    T_EQ_MEM(&found.held, &want_list[best].held, sizeof(struct occurrence));
    T_EQ_UINT(found.line, want_list[best].line);
    T_EQ_UINT(found.asked_time, want_list[best].asked_time);
    T_EQ_UINT(found.held_time, want_list[best].held_time);
    if (want > 2)
        T_EQ_UINT(overlap_list(set, asked->times, asked->count, got_list, 2), 2);
}

TEST(random_sets_equal_brute_force)
{
    static struct random_line lines[LINES], asked;
    struct prng prng;
    struct arena arena;
    prng_seed(&prng, 21);
    arena_init(&arena, 4096, 0);
    uint32_t clashing = 0;
    for (int round = 0; round < 300; round++) {
        struct overlap_set set;
        uint32_t order[LINES], count = 0;
        overlap_init(&set, &arena);
        for (uint32_t i = 0; i < LINES; i++)
            random_line(&prng, &lines[i]);
        for (int step = 0; step < 20; step++) {
            uint32_t i = (uint32_t)prng_below(&prng, LINES);
            if (!lines[i].in_set) {
                struct overlap_line line = {i + 100, lines[i].count, lines[i].times};
                T_TRUE(overlap_insert(&set, &line));
                order[count++] = i;
            } else {
                T_TRUE(overlap_remove(&set, i + 100));
                uint32_t at = 0;
                while (order[at] != i)
                    at++;
                for (count--; at < count; at++)
                    order[at] = order[at + 1];
            }
            lines[i].in_set = !lines[i].in_set;
        }
        T_FALSE(overlap_remove(&set, 5));
        random_line(&prng, &asked);
        compare_with_brute_force(&set, lines, order, count, &asked);
        struct overlap_clash clash;
        clashing += overlap_find(&set, asked.times, asked.count, &clash);
        arena_reset(&arena);
    }
    T_TRUE(clashing > 50 && clashing < 299); /* the rounds are of both kinds */
    arena_deinit(&arena);
}

TEST(a_full_arena_changes_nothing)
{
    struct arena arena;
    struct overlap_set set;
    struct time_rule day = span("2026-12-01T08:00", "2026-12-01T12:00");
    arena_init(&arena, 4096, 1024);
    overlap_init(&set, &arena);
    uint32_t inserted = 0;
    while (overlap_insert(&set, &(struct overlap_line){inserted, 1, &day}))
        inserted++;
    T_TRUE(inserted >= 16);
    T_EQ_UINT(set.count, inserted);
    T_TRUE(overlap_remove(&set, 0));
    T_TRUE(overlap_insert(&set, &(struct overlap_line){0, 1, &day}));
    arena_deinit(&arena);
}

/* 300 lines of 1,000 daily occurrences that interleave without a clash: the worst there is. Nothing
 * is timed; under a nested loop over all pairs this would not end within the runner's limit. */
TEST(three_hundred_full_lines_are_walked_in_step)
{
    enum { FULL = 300 };
    static struct time_rule rules[FULL];
    struct arena arena;
    struct overlap_set set;
    arena_init(&arena, 1 << 16, 0);
    overlap_init(&set, &arena);
    for (uint16_t i = 0; i < FULL; i++) {
        rules[i] = (struct time_rule){.mode = TIME_RECURRING,
                                      .rule = RULE_EVERY_N_DAYS,
                                      .every = 1,
                                      .from = 20000,
                                      .to = 20999,
                                      .at = (uint16_t)(i * 4),
                                      .until = (uint16_t)(i * 4 + 4)};
        struct overlap_clash clash;
        T_FALSE(overlap_find(&set, &rules[i], 1, &clash));
        T_TRUE(overlap_insert(&set, &(struct overlap_line){i, 1, &rules[i]}));
    }
    struct time_rule last = rules[FULL - 1];
    last.from = last.to;
    last.at++;
    struct overlap_clash clash;
    T_TRUE(overlap_find(&set, &last, 1, &clash));
    T_EQ_UINT(clash.line, FULL - 1);
    arena_deinit(&arena);
}

T_LIST(overlap_test, T(ends_may_touch_starts), T(nights_cross_midnight),
       T(the_last_of_many_occurrences_is_looked_at), T(three_ways_each_later_one_is_found),
       T(drafts_clash_with_nothing), T(random_sets_equal_brute_force),
       T(a_full_arena_changes_nothing), T(three_hundred_full_lines_are_walked_in_step));
