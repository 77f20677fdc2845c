/* Dates and times as people write them in sheets (DOMAIN 5.5, 6.1). Only forms with one meaning are
 * read; everything else is told. Pure; any thread. */
#pragma once
#include "model/civil.h"
#include "sheet/sheet_fold.h"

enum when_fault {
    WHEN_FINE,
    WHEN_BAD_FORM, /* not a date, not a time */
    WHEN_NO_SUCH,  /* the form of one, but 2 月 30 日, or 25:00 */
    WHEN_SECONDS   /* a time with seconds */
};

/* ROC years (1130901, 113/9/1, 113-09-01, 113.9.1, 民國113年9月1日) and, by their four digits,
 * years AD (2024-09-01, 2024/9/1, 20240901, 西元2024年9月1日). Six digits could be a year of two
 * digits or a lost zero: not read. */
enum when_fault sheet_date_read(const struct folded *text, int32_t *day);
/* 0800, 08:00, 8:00, 08:00:00, 8時30分, 8點; 800 (a number that lost its zero) and 0; 24:00. One or
 * two digits could be hours or minutes: not read. */
enum when_fault sheet_time_read(const struct folded *text, uint16_t *minute);
