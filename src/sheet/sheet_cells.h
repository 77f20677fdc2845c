/* The worksheet part: rows, cells, merged ranges (ECMA-376 part 1, 18.3.1).
 *
 * A row or cell without `r` stands behind the one before it. Rows never go back; an import also
 * refuses cells that repeat or go back, a dump takes the cells of a row in any order. One owner. */
#pragma once
#include "sheet/sheet_strings.h"
#include "sheet/sheet_styles.h"
#include "sheet/sheet_value.h"

struct sheet_cells {
    enum sheet_profile profile;
    const struct sheet_sink *sink;
    const struct sheet_strings *strings;
    const struct sheet_styles *styles;
    struct sheet_text *text; /* where the text of a cell is put together */
    struct sheet_info *info;
    struct sheet_told *told;
    bool system_1904;

    /* within the part; all zero at the start */
    uint32_t row, column; /* the last ones that were met */
    uint32_t row_counted; /* the last row that info->rows counts */
    size_t bytes_given;
    struct sheet_cell cell;
    uint8_t type; /* of the cell: enum type of sheet_cells.c */
    uint32_t style;
};

enum sheet_fault sheet_cells_read(struct sheet_cells *cells, struct sheet_zip *zip,
                                  int entry) MUST_CHECK;
