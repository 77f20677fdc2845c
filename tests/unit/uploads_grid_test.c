/* From the reader's table to the mapping's grid: dates, times, durations, gaps. */
#include "uploads.h"
#include "tests/lib/t.h"
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static struct arena arena;

/* As a reader makes one: the grid takes its place. */
static struct sheet_table table_of(const struct sheet_cell *cells, size_t count)
{
    struct sheet_cell *kept = arena_alloc(&arena, (count + 1) * sizeof *kept);
    T_TRUE(kept != NULL);
    if (count > 0) {
        memcpy(kept, cells, count * sizeof *kept);
    }
    return (struct sheet_table){.cells = kept, .count = count};
}

static struct sheet_grid grid_of(const struct sheet_cell *cells, size_t count, bool untyped)
{
    struct sheet_table table = table_of(cells, count);
    struct sheet_grid grid;
    T_OK(upload_grid(&table, untyped, &arena, &grid));
    return grid;
}

static struct grid_cell cell_of(struct sheet_cell cell)
{
    cell.row = cell.column = 1;
    struct sheet_grid grid = grid_of(&cell, 1, false);
    T_TRUE(grid.count == 1 && grid.rows[0].count == 1);
    T_EQ_UINT(grid.rows[0].cells[0].column, 0);
    return grid.rows[0].cells[0];
}

TEST(rows_and_columns_keep_their_numbers)
{
    static const struct sheet_cell cells[] = {
        {.row = 2, .column = 1, .kind = SHEET_TEXT, .text = {(const uint8_t *)"a", 1}},
        {.row = 2, .column = 27, .kind = SHEET_TEXT, .text = {(const uint8_t *)"b", 1}},
        {.row = 9, .column = 3, .kind = SHEET_TEXT, .text = {(const uint8_t *)"c", 1}},
        {.row = 10, .column = 3, .kind = SHEET_TEXT, .text = {(const uint8_t *)"d", 1}},
    };
    arena_init(&arena, 4096, 0);
    struct sheet_grid grid = grid_of(cells, 4, true);
    T_EQ_UINT(grid.count, 3);
    T_TRUE(grid.rows[0].number == 2 && grid.rows[0].count == 2);
    T_TRUE(grid.rows[0].cells[0].column == 0 && grid.rows[0].cells[1].column == 26);
    T_TRUE(grid.rows[1].number == 9 && grid.rows[1].count == 1);
    T_TRUE(grid.rows[2].number == 10 && grid.rows[2].count == 1);
    T_EQ_BYTES(grid.rows[1].cells[0].text, BYTES_LITERAL("c"));
    T_EQ_BYTES(grid.rows[2].cells[0].text, BYTES_LITERAL("d"));
    T_TRUE(grid.untyped && !grid.has_stamp && grid.left_out == 0);
    arena_deinit(&arena);
}

TEST(an_empty_table_is_an_empty_grid)
{
    arena_init(&arena, 4096, 0);
    struct sheet_grid grid = grid_of(NULL, 0, false);
    T_TRUE(grid.count == 0 && grid.left_out == 0 && !grid.untyped);
    arena_deinit(&arena);
}

TEST(rows_that_the_reader_left_out_are_counted)
{
    struct sheet_cell cells[2] = {{.row = 1, .column = 1}, {.row = 3, .column = 1}};
    struct sheet_grid grid;
    arena_init(&arena, 4096, 0);
    struct sheet_table table = table_of(cells, 2);
    table.info.rows = 500;
    T_OK(upload_grid(&table, false, &arena, &grid));
    T_EQ_UINT(grid.left_out, 498);
    table = table_of(cells, 2);
    table.info.rows = 1; /* a row of formulas without a value is given and not counted */
    T_OK(upload_grid(&table, false, &arena, &grid));
    T_EQ_UINT(grid.left_out, 0);
    arena_deinit(&arena);
}

TEST(the_stamp_comes_along)
{
    struct sheet_table table = {.info = {.stamp = "general-1"}};
    struct sheet_grid grid;
    arena_init(&arena, 4096, 0);
    T_OK(upload_grid(&table, false, &arena, &grid));
    memset(table.info.stamp, 'x', 5); /* it is the grid's own */
    T_TRUE(grid.has_stamp);
    T_EQ_BYTES(grid.stamp, BYTES_LITERAL("general-1"));
    arena_deinit(&arena);
}

TEST(kinds_are_told_apart)
{
    static const struct {
        enum sheet_kind from;
        enum cell_kind to;
    } kinds[] = {{SHEET_EMPTY, CELL_EMPTY},
                 {SHEET_TEXT, CELL_TEXT},
                 {SHEET_NUMBER, CELL_NUMBER},
                 {SHEET_BOOLEAN, CELL_BOOLEAN},
                 {SHEET_ERROR, CELL_ERROR}};
    arena_init(&arena, 4096, 0);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct grid_cell cell =
            cell_of((struct sheet_cell){.kind = kinds[i].from, .number = 7.5, .formula = true});
        T_EQ_INT(cell.kind, kinds[i].to);
        T_TRUE(cell.number == 7.5 && cell.formula && !cell.digits_lost);
        T_TRUE(cell.day == DAY_NONE && cell.second == SECOND_NONE);
    }
    T_TRUE(cell_of((struct sheet_cell){.kind = SHEET_NUMBER, .digits_lost = true}).digits_lost);
    arena_deinit(&arena);
}

TEST(dates_and_times_are_civil)
{
    const struct sheet_civil noon = {2026, 12, 1, 12, 30, 15};
    int32_t day = day_from_civil((struct civil_date){2026, 12, 1});
    arena_init(&arena, 4096, 0);
    struct grid_cell cell = cell_of((struct sheet_cell){.kind = SHEET_DATE, .civil = noon});
    T_TRUE(cell.kind == CELL_DATE_TIME && cell.day == day && cell.second == SECOND_NONE);
    cell = cell_of((struct sheet_cell){.kind = SHEET_TIME, .civil = noon});
    T_TRUE(cell.kind == CELL_DATE_TIME && cell.day == DAY_NONE && cell.second == 45015);
    cell = cell_of((struct sheet_cell){.kind = SHEET_DATE_TIME, .civil = noon});
    T_TRUE(cell.kind == CELL_DATE_TIME && cell.day == day && cell.second == 45015);
    cell = cell_of((struct sheet_cell){.kind = SHEET_DATE, .civil = {1900, 1, 1, 0, 0, 0}});
    T_TRUE(cell.kind == CELL_DATE_TIME &&
           cell.day == day_from_civil((struct civil_date){1900, 1, 1}));
    cell = cell_of((struct sheet_cell){.kind = SHEET_DATE, .civil = {2028, 2, 29, 0, 0, 0}});
    T_EQ_INT(cell.day, day_from_civil((struct civil_date){2028, 3, 1}) - 1);
    arena_deinit(&arena);
}

/* Excel has a 29th of February 1900, and a day 0; the text that was shown is judged then. */
TEST(a_day_that_is_none_is_a_text)
{
    static const struct sheet_civil none[] = {{1900, 2, 29, 0, 0, 0}, {1899, 12, 31, 0, 0, 0},
                                              {1900, 1, 0, 0, 0, 0},  {2027, 2, 29, 0, 0, 0},
                                              {2026, 13, 1, 0, 0, 0}, {2026, 0, 1, 0, 0, 0},
                                              {10000, 1, 1, 0, 0, 0}, {2026, 4, 31, 0, 0, 0}};
    arena_init(&arena, 4096, 0);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        for (int kind = 0; kind < 2; kind++) {
            struct grid_cell cell =
                cell_of((struct sheet_cell){.kind = kind == 0 ? SHEET_DATE : SHEET_DATE_TIME,
                                            .civil = none[i],
                                            .text = BYTES_LITERAL("1900-02-29")});
            T_EQ_INT(cell.kind, CELL_TEXT);
            T_TRUE(cell.day == DAY_NONE && cell.second == SECOND_NONE);
            T_EQ_BYTES(cell.text, BYTES_LITERAL("1900-02-29"));
        }
    }
    arena_deinit(&arena);
}

/* [h]:mm: 24:00 is a day's end, what is longer no time of a day. */
TEST(a_duration_is_a_time_of_the_day)
{
    static const struct {
        double serial;
        int32_t second;
    } durations[] = {{0, 0},     {1.0 / 3, 28800}, {0.9999999, 86400}, /* a minute's fraction that a
                                                                          formula left */
                     {1, 86400}, {1.5, 129600},    {-0.25, SECONDS_PER_DAY + 1}, {1e15, INT32_MAX}};
    arena_init(&arena, 4096, 0);
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
        struct grid_cell cell =
            cell_of((struct sheet_cell){.kind = SHEET_DURATION, .number = durations[i].serial});
        T_TRUE(cell.kind == CELL_DATE_TIME && cell.day == DAY_NONE);
        T_EQ_INT(cell.second, durations[i].second);
    }
    arena_deinit(&arena);
}

TEST(without_memory_there_is_no_grid)
{
    struct sheet_cell cells[100];
    memset(cells, 0, sizeof cells);
    for (uint32_t i = 0; i < 100; i++)
        cells[i] = (struct sheet_cell){.row = 1 + i, .column = 1, .kind = SHEET_TEXT};
    struct sheet_grid grid;
    size_t refused = 0;
    for (size_t quota = 64 + 101 * sizeof *cells; quota < 32768; quota += 64) {
        arena_init(&arena, 64, quota);
        struct sheet_table table = table_of(cells, 100);
        (void)snprintf(table.info.stamp, sizeof table.info.stamp, "general-1");
        enum err err = upload_grid(&table, false, &arena, &grid);
        T_TRUE(err == ERR_OK || err == ERR_NO_MEMORY);
        refused += err == ERR_NO_MEMORY;
        arena_deinit(&arena);
    }
    T_TRUE(refused > 10 && refused < 200);
}

T_LIST(uploads_grid_test, T(rows_and_columns_keep_their_numbers),
       T(an_empty_table_is_an_empty_grid), T(rows_that_the_reader_left_out_are_counted),
       T(the_stamp_comes_along), T(kinds_are_told_apart), T(dates_and_times_are_civil),
       T(a_day_that_is_none_is_a_text), T(a_duration_is_a_time_of_the_day),
       T(without_memory_there_is_no_grid));
