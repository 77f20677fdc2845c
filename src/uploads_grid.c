/* From the reader's table to the mapping's grid. */
#include "uploads.h"
#include <assert.h>
#include <math.h>

enum { MINUTE_S = 60, HOUR_S = 3600 };

static bool civil_day(const struct sheet_civil *civil, int32_t *day)
{
    bool exists = civil->year >= 1900 && civil->year <= 9999 && civil->month >= 1 &&
                  civil->month <= 12 && civil->day >= 1 &&
                  civil->day <= month_length(civil->year, civil->month);
    if (exists) { /* Excel's 1900-02-29 does not */
        *day = day_from_civil((struct civil_date){civil->year, civil->month, civil->day});
    }
    return exists;
}

static int32_t civil_second(const struct sheet_civil *civil)
{
    return civil->hour * HOUR_S + civil->minute * MINUTE_S + civil->second;
}

/* Over a day it stays over a day: the mapping refuses it as a time that does not exist. */
static int32_t duration_second(double serial)
{
    double seconds = round(serial * SECONDS_PER_DAY);
    return seconds > INT32_MAX ? INT32_MAX : seconds < 0 ? SECONDS_PER_DAY + 1 : (int32_t)seconds;
}

static void when_fill(const struct sheet_cell *cell, struct grid_cell *out)
{
    out->kind = CELL_DATE_TIME;
    out->day = DAY_NONE;
    out->second = SECOND_NONE;
    bool dated = cell->kind == SHEET_DATE || cell->kind == SHEET_DATE_TIME;
    if (dated && !civil_day(&cell->civil, &out->day)) {
        out->kind = CELL_TEXT;
        return;
    }
    if (cell->kind == SHEET_TIME || cell->kind == SHEET_DATE_TIME) {
        out->second = civil_second(&cell->civil);
    } else if (cell->kind == SHEET_DURATION) {
        out->second = duration_second(cell->number);
    }
}

static void cell_fill(const struct sheet_cell *cell, struct grid_cell *out)
{
    *out = (struct grid_cell){.column = (uint16_t)(cell->column - 1),
                              .formula = cell->formula,
                              .digits_lost = cell->digits_lost,
                              .text = cell->text,
                              .number = cell->number,
                              .day = DAY_NONE,
                              .second = SECOND_NONE};
    switch (cell->kind) {
    case SHEET_EMPTY: out->kind = CELL_EMPTY; break;
    case SHEET_TEXT: out->kind = CELL_TEXT; break;
    case SHEET_NUMBER: out->kind = CELL_NUMBER; break;
    case SHEET_BOOLEAN: out->kind = CELL_BOOLEAN; break;
    case SHEET_ERROR: out->kind = CELL_ERROR; break;
    case SHEET_DATE:
    case SHEET_TIME:
    case SHEET_DATE_TIME:
    case SHEET_DURATION: when_fill(cell, out); break;
    case SHEET_KINDS: break;
    }
}

static_assert(sizeof(struct grid_cell) <= sizeof(struct sheet_cell), "one fits where one was");

enum err upload_grid(struct sheet_table *table, bool untyped, struct arena *arena,
                     struct sheet_grid *grid)
{
    size_t rows_count = 0;
    for (size_t i = 0; i < table->count; i++) {
        rows_count += i == 0 || table->cells[i].row != table->cells[i - 1].row;
    }
    struct grid_cell *cells = (void *)(uintptr_t)table->cells;
    struct grid_row *rows = arena_array(arena, rows_count + 1, sizeof *rows);
    struct bytes stamp = arena_copy(arena, bytes_from_text(table->info.stamp));
    if (rows == NULL || (stamp.data == NULL && table->info.stamp[0] != '\0')) {
        return ERR_NO_MEMORY;
    }
    uint32_t row = 0;
    for (size_t i = 0; i < table->count; i++) {
        struct sheet_cell cell = table->cells[i];
        cell_fill(&cell, &cells[i]);
        if (row == 0 || rows[row - 1].number != cell.row) {
            rows[row++] = (struct grid_row){.number = cell.row, .cells = &cells[i]};
        }
        rows[row - 1].count++;
    }
    table->cells = NULL;
    table->count = 0;
    *grid = (struct sheet_grid){.rows = rows,
                                .count = row,
                                .left_out = table->info.rows > row ? table->info.rows - row : 0,
                                .untyped = untyped,
                                .has_stamp = stamp.size > 0,
                                .stamp = stamp};
    return ERR_OK;
}
