#include "model/civil.h"
#include "tests/lib/t.h"
#include <string.h>
#include <time.h>

enum { DAY_1912 = DAY_FIRST, DAY_2200_END = 84370 };

static int32_t day_at(int32_t year, int month, int day)
{
    return day_from_civil((struct civil_date){year, (uint8_t)month, (uint8_t)day});
}

/* A second calendar: step from day to day with a table of month lengths. */
TEST(days_and_dates_agree_over_1912_to_2200)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    T_EQ_INT(day_at(1912, 1, 1), DAY_1912);
    int32_t year = 1912;
    uint8_t month = 1, of_month = 1, weekday = 1; /* 1912-01-01 was a Monday */
    for (int32_t day = DAY_1912; year <= 2200; day++) {
        struct civil_date date = civil_from_day(day);
        T_EQ_INT(date.year, year);
        T_EQ_INT(date.month, month);
        T_EQ_INT(date.day, of_month);
        T_EQ_INT(day_from_civil(date), day);
        T_EQ_INT(weekday_of(day), weekday);
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        uint8_t length = (uint8_t)(lengths[month - 1] + (month == 2 && leap));
        T_EQ_INT(month_length(year, month), length);
        weekday = weekday == 7 ? 1 : weekday + 1;
        if (++of_month > length) {
            of_month = 1;
            month++;
        }
        if (month > 12) {
            month = 1;
            year++;
        }
    }
    T_EQ_INT(day_at(2200, 12, 31), DAY_2200_END);
    T_EQ_INT(day_at(9999, 12, 31), DAY_LAST);
}

TEST(libc_agrees_on_days_far_away)
{
    for (int64_t day = -700000; day < 3000000; day += 977) {
        time_t seconds = day * 86400;
        struct tm parts;
        gmtime_r(&seconds, &parts);
        struct civil_date date = civil_from_day((int32_t)day);
        T_EQ_INT(date.year, parts.tm_year + 1900);
        T_EQ_INT(date.month, parts.tm_mon + 1);
        T_EQ_INT(date.day, parts.tm_mday);
        T_EQ_INT(weekday_of((int32_t)day) % 7, parts.tm_wday);
    }
}

static bool date_is(const char *text)
{
    int32_t day = 0;
    if (!date_parse(bytes_from_text(text), &day))
        return false;
    char printed[DATE_MAX];
    T_EQ_UINT(date_print(day, printed), 10);
    T_EQ_STR(printed, text);
    return true;
}

TEST(only_exact_dates_parse)
{
    T_TRUE(date_is("1970-01-01"));
    T_TRUE(date_is("2024-02-29"));
    T_TRUE(date_is("2000-02-29"));
    T_TRUE(date_is("1912-01-01"));
    T_TRUE(date_is("9999-12-31"));
    static const char *const bad[] = {
        "",           "2026-1-01",   "2026-01-1",   "2026-13-01",  "2026-00-10",
        "2026-02-29", "2100-02-29",  "2026-04-31",  "1911-12-31",  "0000-01-01",
        "2026/01/01", "2026-01-01 ", " 2026-01-01", "2026-01-011", "+026-01-01",
        "2026-0a-01", "2026-01-00",  "20260101",    "２026-01-01", "10000-01-01"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (date_is(bad[i]))
            T_FAIL("%s parses", bad[i]);
    int32_t day = 5;
    T_FALSE(date_parse((struct bytes){NULL, 0}, &day));
    T_EQ_INT(day, 5);
}

TEST(only_exact_times_parse)
{
    char text[8];
    for (int hour = 0; hour < 24; hour++)
        for (int minute = 0; minute < 60; minute++) {
            uint16_t got;
            time_print((uint16_t)(hour * 60 + minute), text);
            T_TRUE(time_parse(bytes_from_text(text), &got));
            T_EQ_INT(got, hour * 60 + minute);
        }
    uint16_t got = 7;
    T_TRUE(time_parse(BYTES_LITERAL("24:00"), &got));
    T_EQ_INT(got, 1440);
    T_EQ_UINT(time_print(1440, text), 5);
    T_EQ_STR(text, "24:00");
    static const char *const bad[] = {"",      "24:01", "25:00",  "08:60", "8:00",    "08:0",
                                      "08-00", "0800",  "08:00 ", "-1:00", "08:00:00"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (time_parse(bytes_from_text(bad[i]), &got))
            T_FAIL("%s parses", bad[i]);
    T_ABORTS(time_print(1441, text));
}

TEST(local_times_parse_and_print)
{
    int64_t minutes;
    char text[LOCAL_MAX];
    T_TRUE(local_parse(BYTES_LITERAL("2026-12-01T08:30"), &minutes));
    T_EQ_INT(minutes, (int64_t)day_at(2026, 12, 1) * 1440 + 510);
    T_EQ_UINT(local_print(minutes, text), 16);
    T_EQ_STR(text, "2026-12-01T08:30");
    T_TRUE(local_parse(BYTES_LITERAL("2026-12-31T24:00"), &minutes));
    local_print(minutes, text);
    T_EQ_STR(text, "2027-01-01T00:00");
    T_TRUE(local_parse(BYTES_LITERAL("9999-12-31T24:00"), &minutes));
    T_EQ_UINT(local_print(minutes, text), 17);
    T_EQ_STR(text, "10000-01-01T00:00");
    T_TRUE(local_parse(BYTES_LITERAL("1969-12-31T23:59"), &minutes));
    T_EQ_INT(minutes, -1);
    local_print(minutes, text);
    T_EQ_STR(text, "1969-12-31T23:59");
    static const char *const bad[] = {
        "2026-12-01 08:30", "2026-12-01T8:30",  "2026-12-01T08:30Z", "2026-12-01T08:30:00",
        "2026-12-01",       "2026-13-01T08:30", "2026-12-01t08:30",  ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (local_parse(bytes_from_text(bad[i]), &minutes))
            T_FAIL("%s parses", bad[i]);
}

TEST(instants_are_utc_and_round_down)
{
    char text[INSTANT_MAX];
    T_EQ_UINT(instant_print((struct wall){0}, text), 20);
    T_EQ_STR(text, "1970-01-01T00:00:00Z");
    instant_print((struct wall){1772000000999}, text);
    T_EQ_STR(text, "2026-02-25T06:13:20Z");
    instant_print((struct wall){-1}, text);
    T_EQ_STR(text, "1969-12-31T23:59:59Z");
}

TEST(taipei_is_eight_hours_ahead)
{
    int32_t day = day_at(2026, 4, 7);
    int64_t midnight_utc_ms = (int64_t)day * 86400000;
    T_EQ_INT(taipei_day((struct wall){midnight_utc_ms}), day);
    T_EQ_INT(taipei_day((struct wall){midnight_utc_ms + 16 * 3600000 - 1}), day);
    T_EQ_INT(taipei_day((struct wall){midnight_utc_ms + 16 * 3600000}), day + 1);
    T_EQ_INT(taipei_local((struct wall){midnight_utc_ms + 59999}), (int64_t)day * 1440 + 480);
    T_EQ_INT(taipei_day((struct wall){-8 * 3600000 - 1}), -1);
    T_EQ_INT(taipei_local((struct wall){-8 * 3600000 - 1}), -1);
}

TEST(roc_dates_are_seven_digits)
{
    char text[ROC_MAX + 1];
    int32_t day;
    T_EQ_UINT(roc_print(day_at(2026, 4, 7), text), 7);
    T_EQ_STR(text, "1150407");
    roc_print(day_at(1977, 2, 3), text);
    T_EQ_STR(text, "0660203"); /* DOMAIN 5.5 */
    roc_print(day_at(1912, 1, 1), text);
    T_EQ_STR(text, "0010101");
    T_TRUE(roc_parse(BYTES_LITERAL("1150407"), &day));
    T_EQ_INT(day, day_at(2026, 4, 7));
    T_EQ_UINT(roc_print(day_at(9999, 12, 31), text), 8);
    for (int32_t each = DAY_1912; each <= DAY_2200_END; each++) {
        roc_print(each, text);
        T_TRUE(roc_parse(bytes_from_text(text), &day));
        T_EQ_INT(day, each);
    }
    static const char *const bad[] = {"",        "115407",  "11504070", "1150431",
                                      "0000101", "1151301", "115-407",  "115 407"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (roc_parse(bytes_from_text(bad[i]), &day))
            T_FAIL("%s parses", bad[i]);
    T_ABORTS(roc_print(day_at(1911, 12, 31), text));
}

T_LIST(civil_test, T(days_and_dates_agree_over_1912_to_2200), T(libc_agrees_on_days_far_away),
       T(only_exact_dates_parse), T(only_exact_times_parse), T(local_times_parse_and_print),
       T(instants_are_utc_and_round_down), T(taipei_is_eight_hours_ahead),
       T(roc_dates_are_seven_digits));
