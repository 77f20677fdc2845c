/* Shows F152, F155, F156, F157, F158, F159, F160: the modes and rules of a time. */
#include "model/recurrence.h"
#include "base/arena.h"
#include "tests/lib/t.h"
#include "tests/unit/model/rules_random.h"
#include <stdlib.h>
#include <string.h>

enum { MANY = 4000, SEEDS = 20000 };
static struct occurrence fast[MANY], slow[MANY];

static int32_t day_at(const char *text)
{
    int32_t day;
    if (!date_parse(bytes_from_text(text), &day))
        T_FAIL("%s is no date", text);
    return day;
}

static struct time_rule recurring(const char *from, const char *to, enum rule_kind kind)
{
    return (struct time_rule){.mode = TIME_RECURRING,
                              .from = day_at(from),
                              .to = day_at(to),
                              .at = 8 * 60,
                              .until = 12 * 60,
                              .rule = kind};
}

/* Compares the days of a rule with a list like "12-01 12-03" of a year. */
static void expect_days(const struct time_rule *rule, const char *want)
{
    uint32_t count = fast_expand(rule, fast, MANY);
    static char memory[8192];
    struct writer got = writer_on(memory, sizeof memory - 1);
    memset(memory, 0, sizeof memory);
    for (uint32_t i = 0; i < count; i++) {
        char text[LOCAL_MAX];
        local_print(fast[i].start, text);
        text[10] = '\0';
        write_text(&got, i > 0 ? " " : "");
        write_text(&got, text + 2);
    }
    T_EQ_STR(memory, want);
}

TEST(weekly_on_two_days)
{
    struct time_rule rule = recurring("2026-12-01", "2026-12-16", RULE_WEEKLY);
    rule.weekdays = 1 | 4; /* Monday, Wednesday */
    expect_days(&rule, "26-12-02 26-12-07 26-12-09 26-12-14 26-12-16");
}

TEST(every_other_week_counts_from_the_first_match)
{
    /* R6: from a Wednesday, on Sundays: 12-06 first, whatever day a week begins with. */
    struct time_rule rule = recurring("2026-12-02", "2027-01-03", RULE_EVERY_N_WEEKS);
    rule.every = 2;
    rule.weekday = 7;
    expect_days(&rule, "26-12-06 26-12-20 27-01-03");
    rule.weekday = 3;
    expect_days(&rule, "26-12-02 26-12-16 26-12-30");
}

TEST(the_fifth_wednesday_of_the_mock)
{
    struct time_rule rule = recurring("2026-04-01", "2027-03-31", RULE_MONTHLY_WEEKDAY);
    rule.nth = 5;
    rule.weekday = 3;
    expect_days(&rule, "26-04-29 26-07-29 26-09-30 26-12-30 27-03-31");
    int32_t months[12];
    T_EQ_UINT(months_skipped(&rule, months, 12), 7);
    static const int32_t want[] = {2026 * 12 + 4,  2026 * 12 + 5, 2026 * 12 + 7, 2026 * 12 + 9,
                                   2026 * 12 + 10, 2027 * 12 + 0, 2027 * 12 + 1};
    for (int i = 0; i < 7; i++)
        T_EQ_INT(months[i], want[i]);
    T_EQ_UINT(months_skipped(&rule, months, 2), 7); /* a short list is not written past */
}

TEST(the_last_friday_is_in_every_month)
{
    struct time_rule rule = recurring("2026-01-01", "2026-06-30", RULE_MONTHLY_WEEKDAY);
    rule.nth = -1;
    rule.weekday = 5;
    expect_days(&rule, "26-01-30 26-02-27 26-03-27 26-04-24 26-05-29 26-06-26");
    T_EQ_UINT(months_skipped(&rule, NULL, 0), 0);
}

TEST(the_31st_and_the_leap_day_are_skipped_where_they_are_missing)
{
    struct time_rule rule = recurring("2026-12-01", "2027-05-31", RULE_MONTHLY_DAY);
    rule.day = 31;
    expect_days(&rule, "26-12-31 27-01-31 27-03-31 27-05-31");
    int32_t months[4];
    T_EQ_UINT(months_skipped(&rule, months, 4), 2);
    T_EQ_INT(months[0], 2027 * 12 + 1);
    T_EQ_INT(months[1], 2027 * 12 + 3);
    rule = recurring("2023-01-30", "2024-03-01", RULE_MONTHLY_DAY);
    rule.day = 29;
    T_EQ_UINT(months_skipped(&rule, months, 4), 1);
    T_EQ_INT(months[0], 2023 * 12 + 1);
    /* A month that is touched only and whose days lie outside is not skipped if it has the day. */
    rule = recurring("2026-01-15", "2026-02-10", RULE_MONTHLY_DAY);
    rule.day = 12;
    T_EQ_UINT(months_skipped(&rule, months, 4), 0);
    T_EQ_UINT(fast_expand(&rule, fast, MANY), 0);
    T_FALSE(occurrence_first(&rule, fast));
    T_FALSE(occurrence_last(&rule, fast));
    rule = recurring("2026-02-01", "2026-02-28", RULE_MONTHLY_DAY);
    rule.day = 30;
    T_EQ_UINT(months_skipped(&rule, months, 4), 1);
    T_EQ_UINT(occurrence_count(&rule, 1000), 0);
}

TEST(hours_cross_midnight)
{
    struct day_run run = {day_at("2026-12-31"), 1};
    struct time_rule rule = {.mode = TIME_DATES, .runs = &run, .runs_count = 1};
    static const struct {
        uint16_t at, until;
        int minutes;
    } cases[] = {{480, 720, 240}, {1320, 360, 480}, {480, 480, 1440}, {0, 0, 1440},
                 {0, 1440, 1440}, {1380, 1440, 60}, {1439, 0, 1},     {480, 0, 960}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rule.at = cases[i].at;
        rule.until = cases[i].until;
        T_TRUE(occurrence_first(&rule, fast));
        T_EQ_INT(fast[0].start, (int64_t)run.first * 1440 + cases[i].at);
        T_EQ_INT(fast[0].end - fast[0].start, cases[i].minutes);
    }
}

static void same_as_slow(const struct random_time *time, struct prng *prng)
{
    const struct time_rule *rule = &time->rule;
    uint32_t count = slow_expand(rule, slow, MANY);
    T_TRUE(count <= MANY);
    T_EQ_UINT(fast_expand(rule, fast, MANY), count);
    T_EQ_MEM(fast, slow, count * sizeof *slow);
    T_EQ_UINT(occurrence_count(rule, OCCURRENCES_MAX), count > 1000 ? 1001 : count);
    T_EQ_UINT(occurrence_count(rule, UINT32_MAX), count);
    T_EQ_UINT(occurrence_count(rule, 3), count > 4 ? 4 : count);
    struct occurrence first, last;
    T_EQ_INT(occurrence_first(rule, &first), count > 0);
    T_EQ_INT(occurrence_last(rule, &last), count > 0);
    if (count == 0)
        return;
    T_EQ_MEM(&first, &slow[0], sizeof first);
    T_EQ_MEM(&last, &slow[count - 1], sizeof last);

    /* Seeking from a random place to a random minute. */
    struct occurrence_cursor cursor = occurrence_begin(rule);
    uint32_t at = (uint32_t)prng_below(prng, count);
    for (uint32_t i = 0; i < at; i++)
        T_TRUE(occurrence_next(&cursor, &first));
    int64_t span = slow[count - 1].end - slow[0].start + 3000;
    int64_t minute = slow[0].start - 1500 + (int64_t)prng_below(prng, (uint64_t)span);
    if (prng_chance(prng, 3))
        minute = slow[prng_below(prng, count)].end; /* exactly an end: passed over */
    occurrence_seek(&cursor, minute);
    while (at < count && slow[at].end <= minute)
        at++;
    T_EQ_INT(occurrence_next(&cursor, &first), at < count);
    if (at < count)
        T_EQ_MEM(&first, &slow[at], sizeof first);
}

static void skipped_same_as_slow(const struct time_rule *rule)
{
    int32_t months[512], want[512];
    uint32_t count = 0, skipped = months_skipped(rule, months, 512);
    if (rule->mode == TIME_RECURRING &&
        (rule->rule == RULE_MONTHLY_DAY || rule->rule == RULE_MONTHLY_WEEKDAY)) {
        struct civil_date date = civil_from_day(rule->from), last = civil_from_day(rule->to);
        for (; date.year * 12 + date.month <= last.year * 12 + last.month; date.month++) {
            if (date.month == 13) {
                date.month = 1;
                date.year++;
            }
            struct time_rule whole_month = *rule;
            date.day = 1;
            whole_month.from = day_from_civil(date);
            date.day = month_length(date.year, date.month);
            whole_month.to = day_from_civil(date);
            if (slow_expand(&whole_month, slow, MANY) == 0)
                want[count++] = date.year * 12 + date.month - 1;
        }
    }
    T_EQ_UINT(skipped, count);
    T_EQ_MEM(months, want, count * sizeof *want);
}

/* The length of the range in days: short ones find edges, long ones count. */
static void random_rules(enum time_mode mode, uint64_t seed, int rounds)
{
    struct prng prng;
    prng_seed(&prng, seed);
    for (int i = 0; i < rounds; i++) {
        struct random_time time;
        int32_t around = day_at("1920-01-01") + (int32_t)prng_below(&prng, 100000);
        uint32_t days = prng_chance(&prng, 20) ? 3500 : prng_chance(&prng, 2) ? 40 : 400;
        random_time(&prng, &time, mode, around, days);
        same_as_slow(&time, &prng);
        skipped_same_as_slow(&time.rule);
    }
}

TEST(random_recurring_times_equal_a_walk_over_the_days)
{
    random_rules(TIME_RECURRING, 11, SEEDS);
}

TEST(random_dates_and_spans_equal_a_walk_over_the_days)
{
    random_rules(TIME_DATES, 12, 2000);
    random_rules(TIME_CONTINUOUS, 13, 200);
}

TEST(counting_too_many_is_cheap_and_exact_at_the_limit)
{
    struct time_rule rule = recurring("1912-01-01", "9999-12-31", RULE_EVERY_N_DAYS);
    rule.every = 1;
    T_EQ_UINT(occurrence_count(&rule, OCCURRENCES_MAX), 1001);
    T_EQ_UINT(occurrence_count(&rule, UINT32_MAX), 2954082u);
    rule.to = rule.from + 999;
    T_EQ_UINT(occurrence_count(&rule, OCCURRENCES_MAX), 1000);
    rule.to++;
    T_EQ_UINT(occurrence_count(&rule, OCCURRENCES_MAX), 1001);
    rule = recurring("1912-01-01", "9999-12-31", RULE_MONTHLY_DAY);
    rule.day = 31;
    T_EQ_UINT(occurrence_count(&rule, OCCURRENCES_MAX), 1001);
    T_EQ_UINT(occurrence_count(&rule, UINT32_MAX), 8088u * 7);
    struct occurrence last;
    T_TRUE(occurrence_last(&rule, &last));
    char text[LOCAL_MAX];
    local_print(last.start, text);
    T_EQ_STR(text, "9999-12-31T08:00");
}

/* What a draft may look like: no occurrence anywhere, and every function takes it. */
static void expect_nothing(const struct time_rule *rule)
{
    struct occurrence out;
    struct occurrence_cursor cursor = occurrence_begin(rule);
    occurrence_seek(&cursor, 0);
    T_FALSE(occurrence_next(&cursor, &out));
    T_EQ_UINT(occurrence_count(rule, 1000), 0);
    T_FALSE(occurrence_first(rule, &out));
    T_FALSE(occurrence_last(rule, &out));
    T_EQ_UINT(months_skipped(rule, NULL, 0), 0);
    T_FALSE(time_is_whole(rule));
}

TEST(incomplete_and_reversed_times_have_no_occurrences)
{
    struct time_rule rule = {.mode = TIME_CONTINUOUS, .start = LOCAL_NONE, .end = LOCAL_NONE};
    expect_nothing(&rule);
    T_EQ_STR(time_missing(&rule, 0), "/start");
    T_EQ_STR(time_missing(&rule, 1), "/end");
    T_TRUE(time_missing(&rule, 2) == NULL);
    T_TRUE(time_reversed(&rule) == NULL);
    rule.start = rule.end = 100;
    expect_nothing(&rule);
    T_EQ_STR(time_reversed(&rule), "/end");
    rule.end = 101;
    T_TRUE(time_is_whole(&rule));

    rule = (struct time_rule){.mode = TIME_RECURRING,
                              .from = DAY_NONE,
                              .to = DAY_NONE,
                              .at = MINUTE_NONE,
                              .until = MINUTE_NONE};
    expect_nothing(&rule);
    static const char *const all[] = {"/from", "/to", "/start", "/end", "/rule"};
    for (uint32_t i = 0; i < 5; i++)
        T_EQ_STR(time_missing(&rule, i), all[i]);
    T_TRUE(time_missing(&rule, 5) == NULL);
    rule = recurring("2026-12-02", "2026-12-01", RULE_EVERY_N_DAYS);
    rule.every = 1;
    expect_nothing(&rule);
    T_EQ_STR(time_reversed(&rule), "/to");
    static const struct {
        enum rule_kind kind;
        const char *first, *second;
    } missing[] = {{RULE_WEEKLY, "/rule/weekdays", NULL},
                   {RULE_MONTHLY_WEEKDAY, "/rule/nth", "/rule/weekday"},
                   {RULE_MONTHLY_DAY, "/rule/day", NULL},
                   {RULE_EVERY_N_WEEKS, "/rule/every", "/rule/weekday"},
                   {RULE_EVERY_N_DAYS, "/rule/every", NULL}};
    for (size_t i = 0; i < 5; i++) {
        rule = recurring("2026-12-01", "2026-12-02", missing[i].kind);
        expect_nothing(&rule);
        T_EQ_STR(time_missing(&rule, 0), missing[i].first);
        T_TRUE((time_missing(&rule, 1) == NULL) == (missing[i].second == NULL));
    }

    rule = (struct time_rule){.mode = TIME_DATES, .at = 0, .until = MINUTE_NONE};
    expect_nothing(&rule);
    T_EQ_STR(time_missing(&rule, 0), "/dates");
    T_EQ_STR(time_missing(&rule, 1), "/end");
}

static void expect_same(const struct time_rule *a, const struct time_rule *b)
{
    T_EQ_INT(a->mode, b->mode);
    T_EQ_INT(a->start, b->start);
    T_EQ_INT(a->end, b->end);
    T_EQ_INT(a->from, b->from);
    T_EQ_INT(a->to, b->to);
    T_EQ_INT(a->at, b->at);
    T_EQ_INT(a->until, b->until);
    T_EQ_INT(a->rule, b->rule);
    T_EQ_INT(a->weekdays, b->weekdays);
    T_EQ_INT(a->weekday, b->weekday);
    T_EQ_INT(a->day, b->day);
    T_EQ_INT(a->nth, b->nth);
    T_EQ_INT(a->every, b->every);
    T_EQ_INT(a->runs_count, b->runs_count);
    for (uint16_t i = 0; i < a->runs_count; i++) {
        T_EQ_INT(a->runs[i].first, b->runs[i].first);
        T_EQ_INT(a->runs[i].count, b->runs[i].count);
    }
}

TEST(the_byte_form_reads_back)
{
    struct prng prng;
    struct arena arena;
    prng_seed(&prng, 14);
    arena_init(&arena, 4096, 0);
    uint8_t memory[1024];
    for (int i = 0; i < 3000; i++) {
        struct random_time time;
        random_time(&prng, &time, 0, 20000, 400);
        struct time_rule *rule = &time.rule, got;
        if (rule->mode != TIME_CONTINUOUS)
            rule->start = rule->end = LOCAL_NONE;
        if (rule->mode != TIME_RECURRING)
            rule->from = rule->to = DAY_NONE;
        if (prng_chance(&prng, 4)) /* drafts */
            *(rule->mode == TIME_RECURRING ? &rule->at : &rule->until) =
                rule->mode == TIME_CONTINUOUS ? 1440 : MINUTE_NONE;
        struct writer out = writer_on(memory, sizeof memory);
        time_write(&out, rule);
        T_FALSE(out.failed);
        struct reader in = reader_of(writer_bytes(&out));
        T_TRUE(time_read(&in, &arena, &got));
        T_TRUE(reader_done(&in));
        expect_same(&got, rule);
        /* Cut anywhere it is refused. */
        in = reader_of(bytes_of(memory, prng_below(&prng, out.size)));
        T_FALSE(time_read(&in, &arena, &got));
        T_TRUE(in.failed);
        arena_reset(&arena);
    }
    arena_deinit(&arena);
}

TEST(the_largest_line_fits_its_code)
{
    /* 49 times of one date and one of 366 single dates; about 1,000 with three of the latter. */
    static struct day_run runs[334];
    for (int i = 0; i < 334; i++)
        runs[i] = (struct day_run){20000 + 2 * i, 1};
    static uint8_t memory[TIME_CODE_MAX];
    struct writer out = writer_on(memory, sizeof memory);
    struct time_rule dates = {.mode = TIME_DATES, .at = 0, .until = 60, .runs = runs};
    for (int i = 0; i < TIMES_MAX; i++) {
        dates.runs_count = i < 2 ? 334 : i == 2 ? 285 : 1; /* 1,000 in all */
        time_write(&out, &dates);
    }
    T_FALSE(out.failed);
}

/* Whatever the bytes, what is read has sane members: all functions run on it (UBSan watches). */
TEST(random_bytes_read_to_sane_times_or_nothing)
{
    struct prng prng;
    struct arena arena;
    prng_seed(&prng, 15);
    arena_init(&arena, 4096, 0);
    uint32_t taken = 0;
    for (int i = 0; i < 40000; i++) {
        struct random_time time;
        uint8_t memory[512];
        struct writer out = writer_on(memory, sizeof memory);
        random_time(&prng, &time, 0, 20000, 400);
        time_write(&out, &time.rule);
        for (uint64_t flips = prng_below(&prng, 4); flips > 0; flips--)
            memory[prng_below(&prng, out.size)] ^= (uint8_t)(1u << prng_below(&prng, 8));
        struct reader in = reader_of(writer_bytes(&out));
        struct time_rule rule;
        if (time_read(&in, &arena, &rule)) {
            struct occurrence occurrence;
            taken++;
            (void)months_skipped(&rule, NULL, 0);
            if (occurrence_count(&rule, 5000) <= 5000)
                T_EQ_UINT(fast_expand(&rule, fast, MANY), occurrence_count(&rule, 5000));
            (void)occurrence_last(&rule, &occurrence);
        }
        arena_reset(&arena);
    }
    T_TRUE(taken > 10000);
    arena_deinit(&arena);
}

T_LIST(recurrence_test, T(weekly_on_two_days), T(every_other_week_counts_from_the_first_match),
       T(the_fifth_wednesday_of_the_mock), T(the_last_friday_is_in_every_month),
       T(the_31st_and_the_leap_day_are_skipped_where_they_are_missing), T(hours_cross_midnight),
       T(random_recurring_times_equal_a_walk_over_the_days),
       T(random_dates_and_spans_equal_a_walk_over_the_days),
       T(counting_too_many_is_cheap_and_exact_at_the_limit),
       T(incomplete_and_reversed_times_have_no_occurrences), T(the_byte_form_reads_back),
       T(the_largest_line_fits_its_code), T(random_bytes_read_to_sane_times_or_nothing));
