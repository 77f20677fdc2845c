/* Civil dates and times of Asia/Taipei (UTC+8, no summer time since 1980), ROC years, weekdays.
 *
 * A day is a number of days since 1970-01-01. A local date-time is minutes since 1970-01-01T00:00
 * local time. Years 1912..9999 are accepted (ROC 1 on); everything else does not parse. Pure. */
#pragma once
#include "base/bytes.h"
#include "base/instant.h"
#include <stdbool.h>
#include <stdint.h>

enum { MINUTES_PER_DAY = 1440, TAIPEI_OFFSET_MS = 8 * 3600 * 1000 };
enum { DATE_MAX = 12, LOCAL_MAX = 20, INSTANT_MAX = 28, ROC_MAX = 8 };
#define DAY_NONE   INT32_MIN
#define LOCAL_NONE INT64_MIN

struct civil_date {
    int32_t year;
    uint8_t month, day;
};

enum { DAY_FIRST = -21185 /* 1912-01-01 */, DAY_LAST = 2932896 /* 9999-12-31 */ };

int32_t day_from_civil(struct civil_date date);
/* False: there is no such day, or not in the years accepted. */
bool day_of_civil(int32_t year, int32_t month, int32_t of_month, int32_t *day);
struct civil_date civil_from_day(int32_t day);
uint8_t weekday_of(int32_t day); /* 1 = Monday … 7 = Sunday (ISO) */
uint8_t month_length(int32_t year, uint8_t month);

bool date_parse(struct bytes text, int32_t *day); /* YYYY-MM-DD, exact */
size_t date_print(int32_t day, char out[DATE_MAX]);
bool time_parse(struct bytes text, uint16_t *minute); /* HH:MM, 00:00..23:59, and 24:00 = 1440 */
size_t time_print(uint16_t minute, char out[8]);
bool local_parse(struct bytes text, int64_t *minutes); /* YYYY-MM-DDTHH:MM, 24:00 allowed */
size_t local_print(int64_t minutes, char out[LOCAL_MAX]);
size_t instant_print(struct wall wall, char out[INSTANT_MAX]); /* RFC 3339 UTC with seconds, Z */
size_t roc_print(int32_t day, char out[ROC_MAX + 1]);          /* 1150407 */
bool roc_parse(struct bytes text, int32_t *day);               /* 7 digits */

int32_t taipei_day(struct wall wall);
int64_t taipei_local(struct wall wall); /* minutes, rounded down */
