/* A small registry and a sheet of one's own making, for the tests of src/sheet.
 *
 * Today is 2026-12-01 (115 年), 10:00. Home 350102A009, the place 0401180014; staff: A100000001
 * 王小明 (F), F220000004 林宜蓁 (D), A800000005 陳若伊 (A); A970000008 works elsewhere.
 *
 * Cells are written as text with a mark in front:
 *     ""       no cell            "#800"  a number        "~…" a number with lost digits
 *     "?TRUE"  a boolean          "%#N/A" an error        "=…" a formula's cached text
 *     "@2026-12-10", "@08:00", "@2026-12-10 08:00", "@08:00:30"  a date or time cell
 *     "_"      a styled cell without a value         "^"  a formula without one
 *     "'…"     text that begins with a mark; anything else is text as it stands */
#pragma once
#include "sheet/sheet_map.h"

enum { RIG_TODAY = 20788, RIG_CELLS_MAX = 20000, RIG_ROWS_MAX = 420 };

struct sheet_rig {
    struct arena arena;
    const struct facts *facts;
    struct sheet_registry registry;
    struct sheet_ask ask;
    struct sheet_grid cells;
    struct grid_row rows[RIG_ROWS_MAX];
    struct grid_cell pool[RIG_CELLS_MAX];
    size_t used;
    uint32_t near_calls;
    struct sheet_map map;
};

void rig_init(struct sheet_rig *rig, enum form_kind kind);
void rig_deinit(struct sheet_rig *rig);
/* A row of `count` cells from column A on, numbered `number`. */
void rig_row(struct sheet_rig *rig, uint32_t number, const char *const *cells, size_t count);
void rig_header(struct sheet_rig *rig); /* row 1, in the template's order */
/* A row that has no fault, with `field` replaced (or FORM_FIELDS for none). */
void rig_good_row(struct sheet_rig *rig, uint32_t number, enum form_field field, const char *cell);
void rig_good_cells(enum form_kind kind, const char *cells[FORM_FIELDS], size_t *count);
/* Where a field stands in the template. */
uint16_t rig_column(enum form_kind kind, enum form_field field);
/* The faults: "row column cell code value", a line each. Static, of the last call. */
const char *rig_faults(struct sheet_rig *rig);
/* Person, place, department, purpose, the sentence of the time, note, remark: of one line. */
const char *rig_draft(const struct sheet_rig *rig, uint32_t line);
void rig_read(struct sheet_rig *rig);
