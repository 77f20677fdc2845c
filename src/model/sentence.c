#include "model/sentence.h"
#include "base/check.h"
#include <stdio.h>
#include <string.h>

enum { ROC_BEFORE_FIRST = 1911 };

static void number_write(struct writer *out, int64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)number);
    write_text(out, digits);
}

static void weekday_write(struct writer *out, uint8_t weekday)
{
    static const char *const names[] = {"一", "二", "三", "四", "五", "六", "日"};
    CHECK(weekday >= 1 && weekday <= 7);
    write_text(out, names[weekday - 1]);
}

static void minute_write(struct writer *out, uint16_t minute)
{
    char time[8];
    time_print(minute, time);
    write_text(out, time);
}

void sentence_date(struct writer *out, int32_t day)
{
    struct civil_date date = civil_from_day(day);
    number_write(out, date.year - ROC_BEFORE_FIRST);
    write_text(out, "年");
    number_write(out, date.month);
    write_text(out, "月");
    number_write(out, date.day);
    write_text(out, "日（");
    weekday_write(out, weekday_of(day));
    write_text(out, "）");
}

void sentence_hours(struct writer *out, const struct time_rule *rule)
{
    if (rule->mode == TIME_CONTINUOUS || rule->at == MINUTE_NONE || rule->until == MINUTE_NONE)
        return;
    minute_write(out, rule->at);
    write_text(out, rule->until <= rule->at ? "~隔日 " : "~");
    minute_write(out, rule->until);
}

static void weekdays_write(struct writer *out, uint8_t weekdays)
{
    bool first = true;
    for (uint8_t weekday = 1; weekday <= 7; weekday++) {
        if ((weekdays >> (weekday - 1) & 1) == 0)
            continue;
        if (!first)
            write_text(out, "、");
        weekday_write(out, weekday);
        first = false;
    }
}

void sentence_rule(struct writer *out, const struct time_rule *rule)
{
    if (rule->mode != TIME_RECURRING || !time_is_whole(rule))
        return;
    switch (rule->rule) {
    case RULE_WEEKLY:
        write_text(out, "每週星期");
        weekdays_write(out, rule->weekdays);
        return;
    case RULE_MONTHLY_WEEKDAY:
        if (rule->nth < 0) {
            write_text(out, "每月最後一個星期");
        } else {
            write_text(out, "每月第 ");
            number_write(out, rule->nth);
            write_text(out, " 個星期");
        }
        weekday_write(out, rule->weekday);
        return;
    case RULE_MONTHLY_DAY:
        write_text(out, "每月 ");
        number_write(out, rule->day);
        write_text(out, " 日");
        return;
    case RULE_EVERY_N_WEEKS:
        write_text(out, "每 ");
        number_write(out, rule->every);
        write_text(out, " 週一次，星期");
        weekday_write(out, rule->weekday);
        return;
    case RULE_EVERY_N_DAYS:
        if (rule->every == 1) {
            write_text(out, "每日");
            return;
        }
        write_text(out, "每 ");
        number_write(out, rule->every);
        write_text(out, " 日一次");
        return;
    }
    CHECK(false);
}

static void continuous_write(struct writer *out, const struct time_rule *rule)
{
    bool ends_at_24 = rule->until == MINUTES_PER_DAY;
    int64_t last = ends_at_24 ? rule->end - 1 : rule->end; /* 24:00 belongs to the day it ends */
    int64_t days[2] = {rule->start, last};
    int32_t day[2];
    for (int i = 0; i < 2; i++)
        day[i] = (int32_t)(days[i] / MINUTES_PER_DAY - (days[i] % MINUTES_PER_DAY < 0));
    sentence_date(out, day[0]);
    minute_write(out, (uint16_t)(rule->start - (int64_t)day[0] * MINUTES_PER_DAY));
    write_text(out, " 到 ");
    sentence_date(out, day[1]);
    minute_write(out, (uint16_t)(rule->end - (int64_t)day[1] * MINUTES_PER_DAY));
    write_text(out, "，連續不中斷");
}

static void dates_write(struct writer *out, const struct time_rule *rule)
{
    uint32_t named = 0, total = 0;
    for (uint32_t i = 0; i < rule->runs_count; i++) {
        total += rule->runs[i].count;
        for (uint32_t d = 0; d < rule->runs[i].count && named < SENTENCE_DATES_MAX; d++, named++) {
            if (named > 0)
                write_text(out, "、");
            sentence_date(out, rule->runs[i].first + (int32_t)d);
        }
    }
    if (total > named) {
        write_text(out, " 等 ");
        number_write(out, total);
        write_text(out, " 天");
    }
    write_text(out, "，");
    sentence_hours(out, rule);
}

void sentence_time(struct writer *out, const struct time_rule *rule)
{
    if (!time_is_whole(rule))
        return;
    switch (rule->mode) {
    case TIME_CONTINUOUS: continuous_write(out, rule); return;
    case TIME_DATES: dates_write(out, rule); return;
    case TIME_RECURRING:
        sentence_rule(out, rule);
        write_text(out, " ");
        sentence_hours(out, rule);
        write_text(out, "，");
        sentence_date(out, rule->from);
        write_text(out, "到 ");
        sentence_date(out, rule->to);
        return;
    }
    CHECK(false);
}

void sentence_months(struct writer *out, const int32_t *months, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            write_text(out, "、");
        number_write(out, months[i] / 12 - ROC_BEFORE_FIRST);
        write_text(out, "年");
        number_write(out, months[i] % 12 + 1);
        write_text(out, "月");
    }
}
