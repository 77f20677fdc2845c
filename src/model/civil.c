/* The calendar is counted from 0000-03-01: with the leap day last, months have a closed form (153
 * days in five months from March on) and 400 years are 146,097 days. */
#include "model/civil.h"
#include "base/check.h"
#include <stdio.h>

enum {
    DAYS_400_YEARS = 146097,
    DAYS_FROM_MARCH_0 = 719468, /* 0000-03-01 to 1970-01-01 */
    YEAR_FIRST = 1912,
    YEAR_LAST = 9999,
    ROC_BEFORE_FIRST = 1911
};

static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

static bool is_leap(int32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

uint8_t month_length(int32_t year, uint8_t month)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    CHECK(month >= 1 && month <= 12);
    return (uint8_t)(lengths[month - 1] + (month == 2 && is_leap(year)));
}

int32_t day_from_civil(struct civil_date date)
{
    CHECK(date.month >= 1 && date.month <= 12);
    CHECK(date.day >= 1 && date.day <= 31);
    int64_t year = (int64_t)date.year - (date.month <= 2);
    int64_t month_from_march = (date.month + 9) % 12;
    int64_t cycle = floor_div(year, 400);
    int64_t year_of_cycle = year - cycle * 400;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
    int64_t day_of_cycle =
        year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
    return (int32_t)(cycle * DAYS_400_YEARS + day_of_cycle - DAYS_FROM_MARCH_0);
}

struct civil_date civil_from_day(int32_t day)
{
    int64_t from_march_0 = (int64_t)day + DAYS_FROM_MARCH_0;
    int64_t cycle = floor_div(from_march_0, DAYS_400_YEARS);
    int64_t day_of_cycle = from_march_0 - cycle * DAYS_400_YEARS;
    /* Leap days passed are taken away (one in 1,460 days, but not one in 36,524, but one in the
     * last day of the cycle); then years are 365 days each. */
    int64_t year_of_cycle = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 -
                             day_of_cycle / (DAYS_400_YEARS - 1)) /
                            365;
    int64_t day_of_year =
        day_of_cycle - (year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    CHECK(day_of_year >= 0 && day_of_year <= 365);
    return (struct civil_date){
        .year = (int32_t)(cycle * 400 + year_of_cycle + (month <= 2)),
        .month = (uint8_t)month,
        .day = (uint8_t)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
    };
}

uint8_t weekday_of(int32_t day)
{
    int64_t from_monday = (int64_t)day + 3; /* 1970-01-01 was a Thursday */
    return (uint8_t)(from_monday - floor_div(from_monday, 7) * 7 + 1);
}

/* ---- parsing and printing ---- */

static bool digits_parse(struct bytes text, size_t from, size_t count, int32_t *value)
{
    CHECK(from + count <= text.size);
    int32_t number = 0;
    for (size_t i = from; i < from + count; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        number = number * 10 + (text.data[i] - '0');
    }
    *value = number;
    return true;
}

bool day_of_civil(int32_t year, int32_t month, int32_t of_month, int32_t *day)
{
    if (year < YEAR_FIRST || year > YEAR_LAST || month < 1 || month > 12 || of_month < 1)
        return false;
    if (of_month > month_length(year, (uint8_t)month))
        return false;
    *day = day_from_civil((struct civil_date){year, (uint8_t)month, (uint8_t)of_month});
    return true;
}

bool date_parse(struct bytes text, int32_t *day)
{
    int32_t year, month, of_month;
    return text.size == 10 && text.data[4] == '-' && text.data[7] == '-' &&
           digits_parse(text, 0, 4, &year) && digits_parse(text, 5, 2, &month) &&
           digits_parse(text, 8, 2, &of_month) && day_of_civil(year, month, of_month, day);
}

/* At least `width` digits; a filing's answer has 20 numbers of this kind, too many for printf. */
static size_t digits_print(int32_t value, size_t width, char *out)
{
    CHECK(value >= 0);
    char reversed[12];
    size_t size = 0;
    for (; value > 0 || size < width; value /= 10)
        reversed[size++] = (char)('0' + value % 10);
    for (size_t i = 0; i < size; i++)
        out[i] = reversed[size - 1 - i];
    return size;
}

static size_t separated_print(char separator, int32_t value, char *out)
{
    out[0] = separator;
    return 1 + digits_print(value, 2, out + 1);
}

size_t date_print(int32_t day, char out[DATE_MAX])
{
    struct civil_date date = civil_from_day(day);
    /* 10000-01-01 is the end of a night that begins on the last day that parses. */
    CHECK(date.year >= 0 && date.year <= YEAR_LAST + 1);
    size_t size = digits_print(date.year, 4, out);
    size += separated_print('-', date.month, out + size);
    size += separated_print('-', date.day, out + size);
    CHECK(size < DATE_MAX);
    out[size] = '\0';
    return size;
}

bool time_parse(struct bytes text, uint16_t *minute)
{
    int32_t hour, of_hour;
    if (text.size != 5 || text.data[2] != ':' || !digits_parse(text, 0, 2, &hour) ||
        !digits_parse(text, 3, 2, &of_hour))
        return false;
    if (of_hour > 59 || hour > 24 || (hour == 24 && of_hour != 0))
        return false;
    *minute = (uint16_t)(hour * 60 + of_hour);
    return true;
}

size_t time_print(uint16_t minute, char out[8])
{
    CHECK(minute <= MINUTES_PER_DAY);
    size_t size = digits_print(minute / 60, 2, out);
    size += separated_print(':', minute % 60, out + size);
    out[size] = '\0';
    return size;
}

bool local_parse(struct bytes text, int64_t *minutes)
{
    int32_t day;
    uint16_t minute;
    if (text.size != 16 || text.data[10] != 'T' || !date_parse(bytes_slice(text, 0, 10), &day) ||
        !time_parse(bytes_slice(text, 11, 5), &minute))
        return false;
    *minutes = (int64_t)day * MINUTES_PER_DAY + minute;
    return true;
}

size_t local_print(int64_t minutes, char out[LOCAL_MAX])
{
    int64_t day = floor_div(minutes, MINUTES_PER_DAY);
    CHECK(day > INT32_MIN && day < INT32_MAX);
    size_t size = date_print((int32_t)day, out);
    out[size++] = 'T';
    return size + time_print((uint16_t)(minutes - day * MINUTES_PER_DAY), out + size);
}

size_t instant_print(struct wall wall, char out[INSTANT_MAX])
{
    int64_t seconds = floor_div(wall.ms, 1000);
    int64_t day = floor_div(seconds, 86400);
    CHECK(day > INT32_MIN && day < INT32_MAX);
    int32_t of_day = (int32_t)(seconds - day * 86400);
    size_t size = date_print((int32_t)day, out);
    size += separated_print('T', of_day / 3600, out + size);
    size += separated_print(':', of_day / 60 % 60, out + size);
    size += separated_print(':', of_day % 60, out + size);
    CHECK(size + 1 < INSTANT_MAX);
    out[size++] = 'Z';
    out[size] = '\0';
    return size;
}

size_t roc_print(int32_t day, char out[ROC_MAX + 1])
{
    struct civil_date date = civil_from_day(day);
    CHECK(date.year >= YEAR_FIRST && date.year <= YEAR_LAST + 1);
    size_t size = digits_print(date.year - ROC_BEFORE_FIRST, 3, out);
    size += digits_print(date.month, 2, out + size);
    size += digits_print(date.day, 2, out + size);
    CHECK(size <= ROC_MAX);
    out[size] = '\0';
    return size;
}

bool roc_parse(struct bytes text, int32_t *day)
{
    int32_t year, month, of_month;
    return text.size == 7 && digits_parse(text, 0, 3, &year) && digits_parse(text, 3, 2, &month) &&
           digits_parse(text, 5, 2, &of_month) &&
           day_of_civil(year + ROC_BEFORE_FIRST, month, of_month, day);
}

/* ---- wall time in Taipei ---- */

int32_t taipei_day(struct wall wall)
{
    int64_t day = floor_div(taipei_local(wall), MINUTES_PER_DAY);
    CHECK(day > INT32_MIN && day < INT32_MAX);
    return (int32_t)day;
}

int64_t taipei_local(struct wall wall)
{
    CHECK(wall.ms < INT64_MAX - TAIPEI_OFFSET_MS);
    return floor_div(wall.ms + TAIPEI_OFFSET_MS, 60 * 1000);
}
