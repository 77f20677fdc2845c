/* A finished table of cells: what a reader (xlsx, CSV) hands to the mapping and to the report.
 *
 * Pure data in one arena; whoever fills it keeps the arena as long as anybody looks. Rows come in
 * the sheet's order with the sheet's own numbers, cells of a row by column; gaps are left out. */
#pragma once
#include "base/bytes.h"
#include "model/civil.h"

enum cell_kind {
    CELL_EMPTY, /* styled, or a formula, but without a value */
    CELL_TEXT,
    CELL_NUMBER,
    CELL_BOOLEAN,  /* text is TRUE or FALSE */
    CELL_ERROR,    /* text is #N/A and the like */
    CELL_DATE_TIME /* a number whose format shows a date, a time, or both */
};

enum { SECOND_NONE = -1, SECONDS_PER_DAY = 86400 };

struct grid_cell {
    uint16_t column; /* 0 = A */
    enum cell_kind kind;
    bool formula;      /* the value is a formula's cached one */
    bool digits_lost;  /* a number written with more digits than a double holds (15) */
    struct bytes text; /* the value as read, of every kind (xlsx-dump's form); UTF-8 */
    double number;     /* of CELL_NUMBER */
    int32_t day;       /* of CELL_DATE_TIME: the civil day, DAY_NONE where only a time is shown */
    int32_t second;    /* of CELL_DATE_TIME: of the day, 0..86400; SECOND_NONE: only a date */
};

struct grid_row {
    uint32_t number; /* 1 is the sheet's first */
    uint16_t count;
    const struct grid_cell *cells; /* ascending by column */
};

struct sheet_grid {
    const struct grid_row *rows; /* ascending by number */
    uint32_t count;
    uint32_t left_out; /* rows with values that the reader saw and did not keep */
    /* CSV: every value is text, so a text of digits may be a number that lost its zeros. */
    bool untyped;
    bool has_stamp;
    struct bytes stamp; /* custom property baobei-template */
};
