#include "sheet/sheet_value.h"
#include "base/check.h"
#include "model/civil.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECONDS_PER_DAY = 86400, DIGITS_MAX = 17, DIGITS_KEPT = 15 };
/* Day numbers since 1970 of serial 0. The 1900 system counts a 29 February 1900 as its day 60. */
enum { EPOCH_1900_BEFORE = -25568, EPOCH_1900 = -25569, EPOCH_1904 = -24107, FALSE_DAY = 60 };
enum { DAYS_1900 = 2958466, DAYS_1904 = 2957004 }; /* the first serial after 9999-12-31 */

/* ---- numbers ---- */

static const char *digits_pass(const char *at, size_t *count)
{
    for (; *at >= '0' && *at <= '9'; at++)
        (*count)++;
    return at;
}

/* Of up to DIGITS_KEPT digits with a sign or none, which a double holds exactly. */
static double whole_of(const char *text)
{
    int64_t number = 0;
    for (const char *at = text + (*text == '-' || *text == '+'); *at != '\0'; at++)
        number = number * 10 + (*at - '0');
    return (double)(*text == '-' ? -number : number);
}

bool sheet_number_parse(const char *text, double *number)
{
    size_t digits = 0, places = 0;
    const char *at = text + (*text == '-' || *text == '+');
    at = digits_pass(at, &digits);
    if (*at == '\0' && digits > 0 && digits <= DIGITS_KEPT) {
        *number = whole_of(text);
        return true;
    }
    if (*at == '.')
        at = digits_pass(at + 1, &digits);
    if (digits == 0)
        return false;
    if (*at == 'e' || *at == 'E') {
        at += 1 + (at[1] == '-' || at[1] == '+');
        at = digits_pass(at, &places);
        if (places == 0)
            return false;
    }
    if (*at != '\0')
        return false;
    *number = strtod(text, NULL);
    return isfinite(*number);
}

/* The shortest digits and the exponent of the first one: 1.25e2 is "125", 2. */
static int shortest(double number, char digits[DIGITS_MAX + 1], int *exponent)
{
    char text[SHEET_VALUE_MAX];
    int precision = fpclassify(number) == FP_SUBNORMAL ? 1 : DIGITS_KEPT;
    for (; precision <= DIGITS_MAX; precision++) {
        (void)snprintf(text, sizeof text, "%.*e", precision - 1, number);
        if (strtod(text, NULL) == number)
            break;
    }
    int count = 0;
    const char *at = text;
    for (; *at != 'e'; at++)
        if (*at != '.')
            digits[count++] = *at;
    *exponent = (int)strtol(at + 1, NULL, 10);
    while (count > 1 && digits[count - 1] == '0')
        count--;
    digits[count] = '\0';
    return count;
}

static size_t plain_print(const char *digits, int count, int exponent, char *out)
{
    size_t size = 0;
    if (exponent < 0) {
        out[size++] = '0';
        out[size++] = '.';
        for (int i = -1; i > exponent; i--)
            out[size++] = '0';
    }
    for (int i = 0; i < count || i <= exponent; i++) {
        if (i == exponent + 1 && exponent >= 0)
            out[size++] = '.';
        out[size++] = i < count ? digits[i] : '0';
    }
    out[size] = '\0';
    return size;
}

/* With a NUL behind. */
static size_t whole_print(int64_t number, char out[SHEET_VALUE_MAX])
{
    struct writer text = writer_on(out, SHEET_VALUE_MAX);
    if (number < 0)
        write_u8(&text, '-');
    write_decimal(&text, (uint64_t)(number < 0 ? -number : number));
    write_u8(&text, '\0');
    CHECK(!text.failed);
    return text.size - 1;
}

size_t sheet_number_print(double number, char out[SHEET_VALUE_MAX])
{
    CHECK(isfinite(number));
    if (number == floor(number) && fabs(number) < 1e15)
        return whole_print((int64_t)number, out);
    char digits[DIGITS_MAX + 1];
    int exponent;
    int count = shortest(fabs(number), digits, &exponent);
    size_t sign = number < 0 ? 1 : 0;
    out[0] = '-';
    if (exponent >= -6 && exponent < 21)
        return sign + plain_print(digits, count, exponent, out + sign);
    return sign + (size_t)snprintf(out + sign, SHEET_VALUE_MAX - sign, "%c%s%se%+d", digits[0],
                                   count > 1 ? "." : "", digits + 1, exponent);
}

bool sheet_digits_lost(double number)
{
    return fabs(number) >= 1e15 && number == floor(number);
}

/* ---- dates and times ---- */

static struct sheet_civil civil_of(int32_t day, int32_t second)
{
    struct civil_date date = civil_from_day(day);
    return (struct sheet_civil){.year = date.year,
                                .month = date.month,
                                .day = date.day,
                                .hour = (uint8_t)(second / 3600),
                                .minute = (uint8_t)(second / 60 % 60),
                                .second = (uint8_t)(second % 60)};
}

static char *pair_put(char *to, int32_t value)
{
    *to++ = (char)('0' + value / 10 % 10);
    *to++ = (char)('0' + value % 10);
    return to;
}

/* Without printf, which takes longer than all else about such a cell. */
static void civil_show(struct sheet_cell *cell, char out[SHEET_VALUE_MAX])
{
    const struct sheet_civil *civil = &cell->civil;
    char *to = out;
    if (cell->kind != SHEET_TIME) {
        if (civil->year > 9999) /* an ISO 8601 time of 24:00 on the last day there is */
            *to++ = '1';
        to = pair_put(to, civil->year / 100);
        to = pair_put(to, civil->year);
        *to++ = '-';
        to = pair_put(to, civil->month);
        *to++ = '-';
        to = pair_put(to, civil->day);
    }
    if (cell->kind == SHEET_DATE_TIME)
        *to++ = ' ';
    if (cell->kind != SHEET_DATE) {
        to = pair_put(to, civil->hour);
        *to++ = ':';
        to = pair_put(to, civil->minute);
        *to++ = ':';
        to = pair_put(to, civil->second);
    }
    cell->text = bytes_of(out, (size_t)(to - out));
}

static void number_show(struct sheet_cell *cell, char out[SHEET_VALUE_MAX])
{
    cell->kind = SHEET_NUMBER;
    cell->digits_lost = sheet_digits_lost(cell->number);
    cell->text = bytes_of(out, sheet_number_print(cell->number, out));
}

static void duration_show(struct sheet_cell *cell, int64_t seconds, char out[SHEET_VALUE_MAX])
{
    cell->kind = SHEET_DURATION;
    int size = snprintf(out, SHEET_VALUE_MAX, "%lld:%02d:%02d", (long long)(seconds / 3600),
                        (int)(seconds / 60 % 60), (int)(seconds % 60));
    cell->text = bytes_of(out, (size_t)size);
}

void sheet_serial_show(struct sheet_cell *cell, bool system_1904, char out[SHEET_VALUE_MAX])
{
    double serial = cell->number;
    if (!(serial >= 0 && serial < (system_1904 ? DAYS_1904 : DAYS_1900))) {
        number_show(cell, out);
        return;
    }
    int64_t total = llround(serial * SECONDS_PER_DAY);
    if (cell->format == SHEET_FORMAT_DURATION) {
        duration_show(cell, total, out);
        return;
    }
    int32_t day = (int32_t)(total / SECONDS_PER_DAY), second = (int32_t)(total % SECONDS_PER_DAY);
    if (day >= (system_1904 ? DAYS_1904 : DAYS_1900)) { /* rounded up to the year 10000 */
        number_show(cell, out);
        return;
    }
    /* Below 1 it is a time: serial 0 of the 1900 system is no date, and of the 1904 system readers
     * say the same. */
    bool dated = day > 0;
    cell->kind = !dated ? SHEET_TIME : second == 0 ? SHEET_DATE : SHEET_DATE_TIME;
    if (!system_1904 && day == FALSE_DAY) {
        cell->civil = civil_of(0, second);
        cell->civil.year = 1900;
        cell->civil.month = 2;
        cell->civil.day = 29;
    } else {
        int32_t epoch = system_1904 ? EPOCH_1904 : day < FALSE_DAY ? EPOCH_1900_BEFORE : EPOCH_1900;
        cell->civil = civil_of(day + epoch, second);
    }
    civil_show(cell, out);
}

/* ---- ISO 8601 ---- */

/* Exactly `count` digits and then `end`, unless that is NUL. */
static bool part_take(const char **at, int count, char end, int32_t *value)
{
    *value = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        *value = *value * 10 + (**at - '0');
    }
    if (end == '\0')
        return true;
    return *(*at)++ == end;
}

static bool date_take(const char **at, int32_t *day)
{
    int32_t year, month, date;
    if (!part_take(at, 4, '-', &year) || !part_take(at, 2, '-', &month) ||
        !part_take(at, 2, '\0', &date) || year < 1 || month < 1 || month > 12 || date < 1 ||
        date > month_length(year, (uint8_t)month))
        return false;
    *day = day_from_civil((struct civil_date){year, (uint8_t)month, (uint8_t)date});
    return true;
}

/* HH:MM, with seconds, a fraction of them and a Z as may be; rounded to the second. */
static bool time_take(const char **at, int32_t *second)
{
    int32_t hour, minute, seconds = 0;
    if (!part_take(at, 2, ':', &hour) || !part_take(at, 2, '\0', &minute) || hour > 24 ||
        minute > 59)
        return false;
    if (**at == ':') {
        ++*at;
        if (!part_take(at, 2, '\0', &seconds) || seconds > 59)
            return false;
    }
    if (**at == '.') {
        size_t places = 0;
        seconds += (*at)[1] >= '5' && (*at)[1] <= '9';
        *at = digits_pass(*at + 1, &places);
        if (places == 0)
            return false;
    }
    if (**at == 'Z')
        ++*at;
    *second = hour * 3600 + minute * 60 + seconds;
    return *second <= SECONDS_PER_DAY;
}

bool sheet_iso_show(struct sheet_cell *cell, const char *text, char out[SHEET_VALUE_MAX])
{
    const char *at = text;
    int32_t day = 0, second = 0;
    bool dated = date_take(&at, &day);
    if (!dated)
        at = text;
    bool timed = !dated || *at == 'T' || *at == ' ';
    at += timed && dated;
    if ((timed && !time_take(&at, &second)) || *at != '\0')
        return false;
    if (dated) {
        day += second / SECONDS_PER_DAY;
        second %= SECONDS_PER_DAY;
    } else if (second == SECONDS_PER_DAY) {
        second = 0;
    }
    cell->civil = civil_of(day, second);
    cell->kind = !dated ? SHEET_TIME : second == 0 ? SHEET_DATE : SHEET_DATE_TIME;
    civil_show(cell, out);
    return true;
}
