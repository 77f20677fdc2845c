/* Working days over a table of holidays (DOMAIN 8.3; Administrative Procedure Act 48).
 *
 * Saturday, Sunday and the days of the table are off; the table is sorted, ascending, and may hold
 * weekend days too. Pure; any thread. */
#pragma once
#include "base/bytes.h"

struct workday_table {
    const int32_t *days_off; /* sorted day numbers, borrowed */
    size_t count;
};

bool workday_is(int32_t day, struct workday_table table);
/* The n-th working day after `day`, which itself is not counted. n = 0: the day itself, moved on to
 * the next working day if it is off (a period that ends on a day off ends on the next working day).
 */
int32_t workday_after(int32_t day, uint32_t n, struct workday_table table);
/* Working days in (from, to]: the inverse of workday_after; 0 if to <= from. */
uint32_t workdays_between(int32_t from, int32_t to, struct workday_table table);
