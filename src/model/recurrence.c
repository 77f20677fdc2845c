/* Every rule is "which days": the day at or after a given one, and at or before it, in closed form.
 * The rest (cursor, count, first, last) stands on these two. A month is year * 12 + month - 1. */
#include "model/recurrence.h"
#include "base/arena.h"
#include "base/check.h"

/* ---- the days of a recurring rule ---- */

static int32_t month_of(int32_t day)
{
    struct civil_date date = civil_from_day(day);
    return date.year * 12 + date.month - 1;
}

/* The day a monthly rule has in a month; DAY_NONE if it has none (R7, R8). */
static int32_t month_day(const struct time_rule *rule, int32_t month)
{
    CHECK(rule->rule == RULE_MONTHLY_DAY || rule->rule == RULE_MONTHLY_WEEKDAY);
    struct civil_date date = {month / 12, (uint8_t)(month % 12 + 1), 1};
    uint8_t length = month_length(date.year, date.month);
    int32_t first = day_from_civil(date);
    if (rule->rule == RULE_MONTHLY_DAY)
        return rule->day <= length ? first + rule->day - 1 : DAY_NONE;
    if (rule->nth < 0) {
        int32_t last = first + length - 1;
        return last - (weekday_of(last) - rule->weekday + 7) % 7;
    }
    int32_t offset = (rule->weekday - weekday_of(first) + 7) % 7 + (rule->nth - 1) * 7;
    return offset < length ? first + offset : DAY_NONE;
}

/* The weekdays of the mask, the one of `day` as bit 0, the day after as bit 1 … */
static uint32_t mask_from(uint8_t weekdays, int32_t day)
{
    uint32_t twice = (uint32_t)weekdays | (uint32_t)weekdays << 7;
    return twice >> (weekday_of(day) - 1) & 0x7f;
}

/* First day of a rule that steps by a fixed number of days, and the step (R6). */
static int32_t steps_begin(const struct time_rule *rule, int32_t *step)
{
    if (rule->rule == RULE_EVERY_N_DAYS) {
        *step = rule->every;
        return rule->from;
    }
    CHECK(rule->rule == RULE_EVERY_N_WEEKS);
    *step = rule->every * 7;
    return rule->from + (rule->weekday - weekday_of(rule->from) + 7) % 7;
}

/* The first matching day >= day (day >= from). May lie behind `to`. */
static int32_t day_at_or_after(const struct time_rule *rule, int32_t day)
{
    CHECK(day >= rule->from);
    switch (rule->rule) {
    case RULE_WEEKLY: return day + __builtin_ctz(mask_from(rule->weekdays, day));
    case RULE_MONTHLY_WEEKDAY:
    case RULE_MONTHLY_DAY:
        for (int32_t month = month_of(day);; month++) {
            int32_t found = month_day(rule, month);
            if (found != DAY_NONE && found >= day)
                return found;
        }
    case RULE_EVERY_N_WEEKS:
    case RULE_EVERY_N_DAYS: {
        int32_t step, first = steps_begin(rule, &step);
        return day <= first ? first : first + (day - first + step - 1) / step * step;
    }
    }
    CHECK(false);
    return DAY_NONE;
}

/* The last matching day <= to of a rule whose first one is `first`, also <= to. */
static int32_t day_last(const struct time_rule *rule, int32_t first)
{
    CHECK(first <= rule->to);
    switch (rule->rule) {
    case RULE_WEEKLY: {
        /* `to` as bit 6, the day before as bit 5 …: the highest bit is the latest day. */
        uint32_t mask = mask_from(rule->weekdays, rule->to + 1);
        return rule->to - (__builtin_clz(mask) - 25);
    }
    case RULE_MONTHLY_WEEKDAY:
    case RULE_MONTHLY_DAY:
        for (int32_t month = month_of(rule->to);; month--) {
            int32_t found = month_day(rule, month);
            if (found != DAY_NONE && found <= rule->to)
                return found; /* `first` is one, so the way back ends */
        }
    case RULE_EVERY_N_WEEKS:
    case RULE_EVERY_N_DAYS: {
        int32_t step;
        CHECK(steps_begin(rule, &step) == first);
        return first + (rule->to - first) / step * step;
    }
    }
    CHECK(false);
    return DAY_NONE;
}

/* Number of days of a recurring rule; monthly ones stop counting behind `limit`. */
static uint64_t days_count(const struct time_rule *rule, uint64_t limit)
{
    int32_t first = day_at_or_after(rule, rule->from);
    if (first > rule->to)
        return 0;
    int32_t last = day_last(rule, first);
    uint64_t count = 0;
    switch (rule->rule) {
    case RULE_WEEKLY: {
        int32_t days = rule->to - rule->from + 1;
        uint32_t rest = mask_from(rule->weekdays, rule->from) & ((1u << days % 7) - 1);
        count = (uint64_t)(days / 7) * (uint64_t)__builtin_popcount(rule->weekdays);
        return count + (uint64_t)__builtin_popcount(rest);
    }
    case RULE_MONTHLY_WEEKDAY:
    case RULE_MONTHLY_DAY:
        for (int32_t month = month_of(first); month <= month_of(last) && count <= limit; month++)
            count += month_day(rule, month) != DAY_NONE;
        return count;
    case RULE_EVERY_N_WEEKS:
    case RULE_EVERY_N_DAYS: {
        int32_t step;
        steps_begin(rule, &step);
        return (uint64_t)((last - first) / step) + 1;
    }
    }
    CHECK(false);
    return 0;
}

/* ---- what is missing ---- */

struct missing_list {
    const char *members[8];
    uint32_t count;
};

static void missing_note(struct missing_list *list, bool missing, const char *member)
{
    if (!missing)
        return;
    CHECK(list->count < ARRAY_COUNT(list->members));
    list->members[list->count++] = member;
}

static void missing_of_rule(const struct time_rule *rule, struct missing_list *list)
{
    missing_note(list, rule->rule == 0, "/rule");
    switch (rule->rule) {
    case RULE_WEEKLY: missing_note(list, rule->weekdays == 0, "/rule/weekdays"); break;
    case RULE_MONTHLY_WEEKDAY:
        missing_note(list, rule->nth == 0, "/rule/nth");
        missing_note(list, rule->weekday == 0, "/rule/weekday");
        break;
    case RULE_MONTHLY_DAY: missing_note(list, rule->day == 0, "/rule/day"); break;
    case RULE_EVERY_N_WEEKS:
        missing_note(list, rule->every == 0, "/rule/every");
        missing_note(list, rule->weekday == 0, "/rule/weekday");
        break;
    case RULE_EVERY_N_DAYS: missing_note(list, rule->every == 0, "/rule/every"); break;
    }
}

/* Each time is asked for it again and again: only the count is cleared. */
static void missing_of(const struct time_rule *rule, struct missing_list *list)
{
    list->count = 0;
    switch (rule->mode) {
    case TIME_CONTINUOUS:
        missing_note(list, rule->start == LOCAL_NONE, "/start");
        missing_note(list, rule->end == LOCAL_NONE, "/end");
        return;
    case TIME_RECURRING:
        missing_note(list, rule->from == DAY_NONE, "/from");
        missing_note(list, rule->to == DAY_NONE, "/to");
        break;
    case TIME_DATES: missing_note(list, rule->runs_count == 0, "/dates"); break;
    }
    missing_note(list, rule->at == MINUTE_NONE, "/start");
    missing_note(list, rule->until == MINUTE_NONE, "/end");
    if (rule->mode == TIME_RECURRING)
        missing_of_rule(rule, list);
}

const char *time_missing(const struct time_rule *rule, uint32_t index)
{
    struct missing_list list;
    missing_of(rule, &list);
    return index < list.count ? list.members[index] : NULL;
}

const char *time_reversed(const struct time_rule *rule)
{
    if (rule->mode == TIME_CONTINUOUS && rule->start != LOCAL_NONE && rule->end != LOCAL_NONE &&
        rule->end <= rule->start)
        return "/end";
    if (rule->mode == TIME_RECURRING && rule->from != DAY_NONE && rule->to != DAY_NONE &&
        rule->to < rule->from)
        return "/to";
    return NULL;
}

bool time_is_whole(const struct time_rule *rule)
{
    struct missing_list list;
    missing_of(rule, &list);
    return list.count == 0 && time_reversed(rule) == NULL;
}

/* ---- stepping ---- */

/* Minutes from a day's 00:00 to the end of the occurrence that begins on it. */
static int32_t end_offset(const struct time_rule *rule)
{
    CHECK(rule->at < MINUTES_PER_DAY && rule->until <= MINUTES_PER_DAY);
    return rule->until > rule->at ? rule->until : rule->until + MINUTES_PER_DAY;
}

static struct occurrence occurrence_on(const struct time_rule *rule, int32_t day)
{
    int64_t midnight = (int64_t)day * MINUTES_PER_DAY;
    return (struct occurrence){midnight + rule->at, midnight + end_offset(rule)};
}

/* Sets the cursor to the first day >= day, which is never before its present one. */
static void cursor_place(struct occurrence_cursor *cursor, int32_t day)
{
    const struct time_rule *rule = cursor->rule;
    if (rule->mode == TIME_RECURRING) {
        if (day > rule->to) {
            cursor->day = DAY_NONE;
            return;
        }
        cursor->day = day_at_or_after(rule, day < rule->from ? rule->from : day);
        if (cursor->day > rule->to)
            cursor->day = DAY_NONE;
        return;
    }
    CHECK(rule->mode == TIME_DATES);
    for (; cursor->index < rule->runs_count; cursor->index++) {
        struct day_run run = rule->runs[cursor->index];
        if (day < run.first + run.count) {
            cursor->day = day < run.first ? run.first : day;
            return;
        }
    }
    cursor->day = DAY_NONE;
}

struct occurrence_cursor occurrence_begin(const struct time_rule *rule)
{
    struct occurrence_cursor cursor = {rule, DAY_NONE, 0};
    if (!time_is_whole(rule))
        return cursor;
    switch (rule->mode) {
    case TIME_CONTINUOUS: cursor.day = 0; break; /* its one occurrence is still to come */
    case TIME_RECURRING: cursor_place(&cursor, rule->from); break;
    case TIME_DATES: cursor_place(&cursor, rule->runs[0].first); break;
    }
    return cursor;
}

/* The one at the cursor, which stays. */
static bool occurrence_here(const struct occurrence_cursor *cursor, struct occurrence *out)
{
    if (cursor->day == DAY_NONE)
        return false;
    if (cursor->rule->mode == TIME_CONTINUOUS)
        *out = (struct occurrence){cursor->rule->start, cursor->rule->end};
    else
        *out = occurrence_on(cursor->rule, cursor->day);
    return true;
}

bool occurrence_next(struct occurrence_cursor *cursor, struct occurrence *out)
{
    if (!occurrence_here(cursor, out))
        return false;
    if (cursor->rule->mode == TIME_CONTINUOUS)
        cursor->day = DAY_NONE;
    else
        cursor_place(cursor, cursor->day + 1);
    return true;
}

void occurrence_seek(struct occurrence_cursor *cursor, int64_t minute)
{
    const struct time_rule *rule = cursor->rule;
    if (cursor->day == DAY_NONE)
        return;
    if (rule->mode == TIME_CONTINUOUS) {
        if (rule->end <= minute)
            cursor->day = DAY_NONE;
        return;
    }
    /* day * 1440 + end_offset > minute */
    int64_t past = minute - end_offset(rule);
    int64_t day = past / MINUTES_PER_DAY - (past % MINUTES_PER_DAY < 0) + 1;
    if (day > INT32_MAX - 1)
        cursor->day = DAY_NONE;
    else if (day > cursor->day)
        cursor_place(cursor, (int32_t)day);
}

uint32_t occurrence_count(const struct time_rule *rule, uint32_t limit)
{
    if (!time_is_whole(rule))
        return 0;
    uint64_t count = 0;
    switch (rule->mode) {
    case TIME_CONTINUOUS: count = 1; break;
    case TIME_RECURRING: count = days_count(rule, limit); break;
    case TIME_DATES:
        for (uint32_t i = 0; i < rule->runs_count; i++)
            count += rule->runs[i].count;
        break;
    }
    uint64_t most = (uint64_t)limit + 1;
    return (uint32_t)(count < most ? count : most);
}

bool occurrence_first(const struct time_rule *rule, struct occurrence *out)
{
    struct occurrence_cursor cursor = occurrence_begin(rule);
    return occurrence_here(&cursor, out);
}

bool occurrence_span(const struct time_rule *rule, struct occurrence *first,
                     struct occurrence *last)
{
    struct occurrence_cursor cursor = occurrence_begin(rule);
    if (!occurrence_here(&cursor, first))
        return false;
    switch (rule->mode) {
    case TIME_CONTINUOUS: *last = *first; return true;
    case TIME_RECURRING: *last = occurrence_on(rule, day_last(rule, cursor.day)); return true;
    case TIME_DATES: {
        struct day_run run = rule->runs[rule->runs_count - 1];
        *last = occurrence_on(rule, run.first + run.count - 1);
        return true;
    }
    }
    CHECK(false);
    return false;
}

bool occurrence_last(const struct time_rule *rule, struct occurrence *out)
{
    struct occurrence first;
    return occurrence_span(rule, &first, out);
}

uint32_t months_skipped(const struct time_rule *rule, int32_t *months, uint32_t max)
{
    if (rule->mode != TIME_RECURRING || !time_is_whole(rule) ||
        (rule->rule != RULE_MONTHLY_DAY && rule->rule != RULE_MONTHLY_WEEKDAY))
        return 0;
    uint32_t count = 0;
    for (int32_t month = month_of(rule->from); month <= month_of(rule->to); month++) {
        if (month_day(rule, month) != DAY_NONE)
            continue;
        if (count < max)
            months[count] = month;
        count++;
    }
    return count;
}
