/* What both sides of sheet_rows.h share. */
#pragma once
#include "sheet/sheet.h"

enum { ROWS_ANSWER = 'A', ROWS_CELL = 'C', ROWS_MERGE = 'M' };
enum { ROWS_FORMULA = 1, ROWS_DIGITS_LOST = 2 };
enum {
    ROWS_ANSWER_SIZE = 1 + 1 + 4 + 1 + SHEET_STAMP_MAX + 2 + SHEET_TOLD_MAX, /* at most */
    ROWS_CELL_SIZE = 1 + 4 + 4 + 8 + 7 + 4,                                  /* without the text */
    ROWS_MERGE_SIZE = 1 + 4 + 1 + 4 + 1
};

static inline bool rows_has_number(enum sheet_kind kind)
{
    return kind != SHEET_EMPTY && kind != SHEET_TEXT && kind != SHEET_ERROR;
}

static inline bool rows_has_civil(enum sheet_kind kind)
{
    return kind == SHEET_DATE || kind == SHEET_TIME || kind == SHEET_DATE_TIME;
}
