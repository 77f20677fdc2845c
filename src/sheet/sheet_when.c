#include "sheet/sheet_when.h"
#include "base/check.h"

enum { ROC_BEFORE_FIRST = 1911, POINT_YEAR = 0x5e74, POINT_MONTH = 0x6708, POINT_DAY = 0x65e5 };
enum { POINT_DAY_SPOKEN = 0x865f /* 號 */, POINT_HOUR = 0x6642, POINT_O_CLOCK = 0x9ede };
enum { POINT_MINUTE = 0x5206 };

struct scan {
    const struct folded *text;
    size_t at;
};

static bool scan_done(const struct scan *scan)
{
    return scan->at == scan->text->count;
}

static bool scan_point(struct scan *scan, uint32_t point)
{
    if (scan_done(scan) || scan->text->points[scan->at] != point)
        return false;
    scan->at++;
    return true;
}

static bool scan_words(struct scan *scan, const uint32_t *words)
{
    size_t at = scan->at;
    for (; *words != 0; words++, at++)
        if (at == scan->text->count || scan->text->points[at] != *words)
            return false;
    scan->at = at;
    return true;
}

/* Digits from here on; 0: none. At most eight count. */
static size_t scan_digits(struct scan *scan, int32_t *value)
{
    size_t digits = 0;
    *value = 0;
    while (!scan_done(scan) && digits < 9) {
        uint32_t c = scan->text->points[scan->at];
        if (c < '0' || c > '9')
            break;
        *value = *value * 10 + (int32_t)(c - '0');
        scan->at++;
        digits++;
    }
    return digits < 9 ? digits : 0;
}

/* ---- dates ---- */

static enum when_fault day_make(int32_t year, int32_t month, int32_t of_month, int32_t *day)
{
    return day_of_civil(year, month, of_month, day) ? WHEN_FINE : WHEN_NO_SUCH;
}

enum era { ERA_BY_DIGITS, ERA_ROC, ERA_AD };

static enum era scan_era(struct scan *scan)
{
    static const uint32_t roc[] = {0x6c11, 0x570b, 0}, full[] = {0x4e2d, 0x83ef, 0};
    static const uint32_t ad[] = {0x897f, 0x5143, 0};
    if (scan_words(scan, ad))
        return ERA_AD;
    (void)scan_words(scan, full); /* 中華民國 */
    return scan_words(scan, roc) ? ERA_ROC : ERA_BY_DIGITS;
}

/* Years of four digits are AD, of one to three ROC; an era that says otherwise is a slip. */
static bool year_read(enum era era, size_t digits, int32_t *year)
{
    if (digits == 0 || digits > 4 || (era == ERA_ROC && digits == 4) ||
        (era == ERA_AD && digits != 4))
        return false;
    if (digits < 4)
        *year += ROC_BEFORE_FIRST;
    return true;
}

static enum when_fault date_of_digits(enum era era, size_t digits, int32_t value, int32_t *day)
{
    int32_t year = value / 10000;
    if ((digits != 7 && digits != 8) || !year_read(era, digits - 4, &year))
        return WHEN_BAD_FORM;
    return day_make(year, value / 100 % 100, value % 100, day);
}

enum when_fault sheet_date_read(const struct folded *text, int32_t *day)
{
    struct scan scan = {text, 0};
    int32_t year, month, of_month;
    if (!text->fits)
        return WHEN_BAD_FORM;
    enum era era = scan_era(&scan);
    size_t digits = scan_digits(&scan, &year);
    if (scan_done(&scan))
        return date_of_digits(era, digits, year, day);
    static const uint32_t separators[] = {'-', '/', '.'};
    bool words = scan_point(&scan, POINT_YEAR), parted = words;
    uint32_t separator = POINT_MONTH;
    for (size_t i = 0; i < ARRAY_COUNT(separators) && !parted; i++) {
        parted = scan_point(&scan, separators[i]);
        separator = parted ? separators[i] : separator;
    }
    if (!parted || !year_read(era, digits, &year))
        return WHEN_BAD_FORM;
    size_t month_digits = scan_digits(&scan, &month);
    if (month_digits == 0 || month_digits > 2 || !scan_point(&scan, separator))
        return WHEN_BAD_FORM;
    size_t day_digits = scan_digits(&scan, &of_month);
    if (words)
        (void)(scan_point(&scan, POINT_DAY) || scan_point(&scan, POINT_DAY_SPOKEN));
    if (day_digits == 0 || day_digits > 2 || !scan_done(&scan))
        return WHEN_BAD_FORM;
    return day_make(year, month, of_month, day);
}

/* ---- times ---- */

static enum when_fault minute_make(int32_t hour, int32_t of_hour, int32_t seconds, uint16_t *minute)
{
    if (hour > 24 || of_hour > 59 || seconds > 59 || (hour == 24 && of_hour + seconds > 0))
        return WHEN_NO_SUCH;
    if (seconds != 0)
        return WHEN_SECONDS;
    *minute = (uint16_t)(hour * 60 + of_hour);
    return WHEN_FINE;
}

/* 8時30分, 8點: what follows the hour. */
static enum when_fault time_in_words(struct scan *scan, int32_t hour, uint16_t *minute)
{
    int32_t of_hour = 0;
    size_t digits = scan_digits(scan, &of_hour);
    if (digits > 2 || (digits > 0 && !scan_point(scan, POINT_MINUTE)) || !scan_done(scan))
        return WHEN_BAD_FORM;
    return minute_make(hour, of_hour, 0, minute);
}

static enum when_fault time_of_digits(size_t digits, int32_t value, uint16_t *minute)
{
    /* 0 is midnight whether it was 0000 or an hour. */
    if (digits != 3 && digits != 4 && !(digits == 1 && value == 0))
        return WHEN_BAD_FORM;
    return minute_make(value / 100, value % 100, 0, minute);
}

enum when_fault sheet_time_read(const struct folded *text, uint16_t *minute)
{
    struct scan scan = {text, 0};
    int32_t hour, of_hour, seconds = 0;
    if (!text->fits)
        return WHEN_BAD_FORM;
    size_t digits = scan_digits(&scan, &hour);
    if (digits > 0 && scan_done(&scan))
        return time_of_digits(digits, hour, minute);
    if (digits == 0 || digits > 2)
        return WHEN_BAD_FORM;
    if (scan_point(&scan, POINT_HOUR) || scan_point(&scan, POINT_O_CLOCK))
        return time_in_words(&scan, hour, minute);
    if (!scan_point(&scan, ':') || scan_digits(&scan, &of_hour) != 2)
        return WHEN_BAD_FORM;
    if (scan_point(&scan, ':') && scan_digits(&scan, &seconds) != 2)
        return WHEN_BAD_FORM;
    return scan_done(&scan) ? minute_make(hour, of_hour, seconds, minute) : WHEN_BAD_FORM;
}
