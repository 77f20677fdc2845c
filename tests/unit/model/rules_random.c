#include "tests/unit/model/rules_random.h"
#include "base/check.h"

static int32_t between(struct prng *prng, int32_t least, int32_t most)
{
    return least + (int32_t)prng_below(prng, (uint64_t)(most - least) + 1);
}

static void random_hours(struct prng *prng, struct time_rule *rule)
{
    /* Quarter hours, so that ends often meet starts. */
    rule->at = (uint16_t)(15 * prng_below(prng, 96));
    rule->until = (uint16_t)(15 * prng_below(prng, 97));
}

static void random_recurring(struct prng *prng, struct time_rule *rule, int32_t around,
                             uint32_t days_max)
{
    rule->from = around + between(prng, -40, 40);
    rule->to = rule->from + (int32_t)prng_below(prng, days_max);
    rule->rule = (enum rule_kind)between(prng, 1, 5);
    switch (rule->rule) {
    case RULE_WEEKLY: rule->weekdays = (uint8_t)between(prng, 1, 127); break;
    case RULE_MONTHLY_WEEKDAY:
        rule->nth = (int8_t)between(prng, 0, 5);
        rule->nth = rule->nth == 0 ? -1 : rule->nth;
        rule->weekday = (uint8_t)between(prng, 1, 7);
        break;
    case RULE_MONTHLY_DAY: rule->day = (uint8_t)between(prng, 1, 31); break;
    case RULE_EVERY_N_WEEKS:
        rule->every = (uint16_t)between(prng, 2, prng_chance(prng, 2) ? 4 : 52);
        rule->weekday = (uint8_t)between(prng, 1, 7);
        break;
    case RULE_EVERY_N_DAYS:
        rule->every = (uint16_t)between(prng, 1, prng_chance(prng, 2) ? 9 : 365);
        break;
    }
}

void random_time(struct prng *prng, struct random_time *out, enum time_mode mode, int32_t around,
                 uint32_t days_max)
{
    struct time_rule *rule = &out->rule;
    *rule = (struct time_rule){.mode = mode == 0 ? (enum time_mode)between(prng, 1, 3) : mode};
    switch (rule->mode) {
    case TIME_CONTINUOUS:
        rule->start = (int64_t)(around + between(prng, -40, 40)) * 1440 + 15 * between(prng, 0, 95);
        rule->end = rule->start + 15 * between(prng, 1, 4 * 96);
        return;
    case TIME_RECURRING:
        random_hours(prng, rule);
        random_recurring(prng, rule, around, days_max);
        return;
    case TIME_DATES: {
        random_hours(prng, rule);
        rule->runs = out->runs;
        rule->runs_count = (uint16_t)between(prng, 1, RANDOM_RUNS_MAX / 4);
        int32_t day = around + between(prng, -40, 40);
        for (uint16_t i = 0; i < rule->runs_count; i++) {
            out->runs[i] = (struct day_run){day, (uint16_t)between(prng, 1, 4)};
            day += out->runs[i].count + between(prng, 1, 12);
        }
        return;
    }
    }
    CHECK(false);
}

static bool recurring_matches(const struct time_rule *rule, int32_t day)
{
    struct civil_date date = civil_from_day(day);
    uint8_t weekday = weekday_of(day);
    switch (rule->rule) {
    case RULE_WEEKLY: return (rule->weekdays >> (weekday - 1) & 1) != 0;
    case RULE_MONTHLY_WEEKDAY:
        if (weekday != rule->weekday)
            return false;
        if (rule->nth == -1)
            return date.day + 7 > month_length(date.year, date.month);
        return (date.day - 1) / 7 + 1 == rule->nth;
    case RULE_MONTHLY_DAY: return date.day == rule->day;
    case RULE_EVERY_N_WEEKS: {
        if (weekday != rule->weekday)
            return false;
        int32_t first = rule->from;
        while (weekday_of(first) != rule->weekday)
            first++;
        return (day - first) / 7 % rule->every == 0;
    }
    case RULE_EVERY_N_DAYS: return (day - rule->from) % rule->every == 0;
    }
    CHECK(false);
    return false;
}

bool slow_matches(const struct time_rule *rule, int32_t day)
{
    if (rule->mode == TIME_RECURRING)
        return day >= rule->from && day <= rule->to && recurring_matches(rule, day);
    CHECK(rule->mode == TIME_DATES);
    for (uint16_t i = 0; i < rule->runs_count; i++)
        if (day >= rule->runs[i].first && day < rule->runs[i].first + rule->runs[i].count)
            return true;
    return false;
}

uint32_t slow_expand(const struct time_rule *rule, struct occurrence *out, uint32_t max)
{
    if (rule->mode == TIME_CONTINUOUS) {
        out[0] = (struct occurrence){rule->start, rule->end};
        return 1;
    }
    int32_t from = rule->from, to = rule->to;
    if (rule->mode == TIME_DATES) {
        from = rule->runs[0].first;
        to = rule->runs[rule->runs_count - 1].first + rule->runs[rule->runs_count - 1].count;
    }
    uint32_t count = 0;
    for (int32_t day = from; day <= to; day++) {
        if (!slow_matches(rule, day))
            continue;
        int64_t start = (int64_t)day * 1440 + rule->at, end = (int64_t)day * 1440 + rule->until;
        if (end <= start)
            end += 1440;
        if (count < max)
            out[count] = (struct occurrence){start, end};
        count++;
    }
    return count;
}

uint32_t fast_expand(const struct time_rule *rule, struct occurrence *out, uint32_t max)
{
    struct occurrence_cursor cursor = occurrence_begin(rule);
    struct occurrence occurrence;
    uint32_t count = 0;
    while (occurrence_next(&cursor, &occurrence)) {
        if (count < max)
            out[count] = occurrence;
        count++;
    }
    return count;
}
