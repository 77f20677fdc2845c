/* Merged ranges: which cells they cover. Excel shows of a range the first cell only.
 *
 * Ranges are added in any order, then asked for row by row from the top. Their number and the sum
 * of their widths are bounded, so that hostile ones cost no time. One owner. */
#pragma once
#include "sheet/sheet.h"

enum { SHEET_MERGES_MAX = 100000, SHEET_MERGES_WIDTH_MAX = 8 * 1024 * 1024 };

struct sheet_merges {
    struct sheet_range *ranges; /* from malloc */
    size_t count, room, next;   /* next: the first one that begins below what was asked for */
    size_t width;
    struct cover {
        uint32_t from, to; /* rows */
    } * columns;           /* SHEET_GRID_COLUMNS of them, from malloc; NULL without ranges */
};

void sheet_merges_init(struct sheet_merges *merges);
void sheet_merges_deinit(struct sheet_merges *merges);
/* SHEET_TOO_LARGE over the bounds, SHEET_NO_MEMORY. */
enum sheet_fault sheet_merges_add(struct sheet_merges *merges,
                                  const struct sheet_range *range) MUST_CHECK;
/* When all are added, and again before each walk from the top. False: out of memory. */
bool sheet_merges_begin(struct sheet_merges *merges);
/* Is the cell covered by a range and not its first? Rows never go back. */
bool sheet_merges_hide(struct sheet_merges *merges, uint32_t row, uint32_t column);
