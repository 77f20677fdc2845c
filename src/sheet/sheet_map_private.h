/* Between sheet_map.c (the file), sheet_row.c (a row), sheet_values.c and sheet_rule.c (a cell). */
#pragma once
#include "sheet/sheet_fold.h"
#include "sheet/sheet_map.h"
#include "sheet/sheet_memo.h"

/* One row while it is read. */
struct row_reading {
    struct sheet_map *map;
    const struct sheet_ask *ask;
    struct sheet_line *line;
    struct time_rule *time;
    struct sheet_memo *memo;
    const struct grid_cell *cells[FORM_FIELDS]; /* NULL: empty */
    uint32_t told;                              /* FIELD_BITs of fields with a fault */
    bool full;                                  /* the arena is exhausted */
};

/* Counts and, while there is room, keeps a fault; never NULL. */
struct cell_fault *map_fault(struct sheet_map *map, struct sheet_line *line, enum form_field field,
                             enum code code, enum fault_why why, bool *full);
struct cell_fault *row_fault(struct row_reading *row, enum form_field field, enum code code,
                             enum fault_why why);
/* Reads the row's cells into line->draft, tells all its faults. */
void row_take(struct row_reading *row);

/* ---- one cell each (sheet_values.c): false or the neutral value after a fault, or if empty ----
 */
/* Something that is no formula, boolean or error; empty is told where the template has a star. */
const struct grid_cell *value_cell(struct row_reading *row, enum form_field field);
/* The same as text without characters that nobody sees, blanks at the ends off. */
bool value_text(struct row_reading *row, enum form_field field, struct bytes *text);
/* A code or a number, without blanks; of a number cell its digits. */
struct value_code {
    struct folded text;
    bool is_number; /* it may have lost zeros in front */
};
bool value_code(struct row_reading *row, enum form_field field, struct value_code *code);
int32_t value_date(struct row_reading *row, enum form_field field);  /* DAY_NONE */
uint16_t value_time(struct row_reading *row, enum form_field field); /* MINUTE_NONE */
uint16_t value_department(struct row_reading *row);
uint8_t value_purpose(struct row_reading *row);
/* Lines end with LF; empty after a fault. */
struct bytes value_remark(struct row_reading *row);
/* The rule and what it needs (sheet_rule.c). */
void value_rule(struct row_reading *row, struct time_rule *time);

/* What `read` says of a cell, which is asked only where the memo does not know; `none` after a
 * fault, or if empty. */
typedef int32_t value_reader(struct row_reading *row, enum form_field field);
int32_t value_known(struct row_reading *row, enum form_field field, int32_t none,
                    value_reader *read);

/* Code and name as in the drop-downs: `05`, `5`, `05 麻醉`. */
struct coded {
    char code[3];       /* empty: there is no code in front */
    struct folded name; /* what stands behind it */
};
bool coded_split(const struct folded *text, size_t width, struct coded *coded);
