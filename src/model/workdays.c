#include "model/workdays.h"
#include "base/check.h"
#include "model/civil.h"

/* Number of days of the table that are less than `day`. */
static size_t days_off_before(int32_t day, struct workday_table table)
{
    size_t low = 0, high = table.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table.days_off[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool workday_is(int32_t day, struct workday_table table)
{
    if (weekday_of(day) > 5)
        return false;
    size_t at = days_off_before(day, table);
    return at == table.count || table.days_off[at] != day;
}

int32_t workday_after(int32_t day, uint32_t n, struct workday_table table)
{
    if (n == 0) {
        while (!workday_is(day, table))
            day++;
        return day;
    }
    while (n > 0) {
        day++;
        n -= workday_is(day, table);
    }
    CHECK(workday_is(day, table));
    return day;
}

uint32_t workdays_between(int32_t from, int32_t to, struct workday_table table)
{
    uint32_t count = 0;
    for (int32_t day = from; day < to; day++)
        count += workday_is(day + 1, table);
    return count;
}
