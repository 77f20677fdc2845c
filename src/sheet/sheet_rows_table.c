/* The reading side of sheet_rows.h: it trusts nobody. */
#include "base/check.h"
#include "model/text.h"
#include "sheet/sheet_merges.h"
#include "sheet/sheet_rows.h"
#include "sheet/sheet_rows_private.h"
#include <math.h>
#include <string.h>

enum { CELLS_MAX = SHEET_ROWS_MAX * SHEET_COLUMNS_MAX, TEXT_BYTES_MAX = 3 * SHEET_TEXT_MAX };

static enum sheet_fault lost(struct sheet_told *told)
{
    return sheet_tell(told, SHEET_BROKEN, "the reader of the file lost its way");
}

static bool printable(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < ' ' || text.data[i] > '~')
            return false;
    return true;
}

static void text_keep(struct bytes text, char *to, size_t room)
{
    CHECK(text.size < room);
    if (text.size > 0)
        memcpy(to, text.data, text.size);
    to[text.size] = '\0';
}

/* True: an answer of this form stands there. */
static bool answer_read(struct reader *in, struct sheet_info *info, enum sheet_fault *fault,
                        struct bytes *sentence)
{
    uint8_t mark = read_u8(in), number = read_u8(in);
    info->rows = read_u32(in);
    struct bytes stamp = read_sized8(in);
    *sentence = read_sized16(in);
    if (in->failed || mark != ROWS_ANSWER || number > SHEET_UNAVAILABLE ||
        stamp.size > SHEET_STAMP_MAX || sentence->size >= SHEET_TOLD_MAX ||
        info->rows > SHEET_GRID_ROWS || !printable(*sentence))
        return false;
    /* A stamp that is none of ours is told as one that nobody knows. */
    text_keep(printable(stamp) ? stamp : BYTES_LITERAL("?"), info->stamp, sizeof info->stamp);
    *fault = (enum sheet_fault)number;
    return number == SHEET_FINE || in->rest.size == 0;
}

static bool civil_read(struct reader *in, enum sheet_kind kind, struct sheet_civil *civil)
{
    civil->year = read_u16(in);
    civil->month = read_u8(in);
    civil->day = read_u8(in);
    civil->hour = read_u8(in);
    civil->minute = read_u8(in);
    civil->second = read_u8(in);
    bool dated = civil->year >= 1 && civil->year <= 10000 && civil->month >= 1 &&
                 civil->month <= 12 && civil->day >= 1 && civil->day <= 31;
    return (kind == SHEET_TIME || dated) && civil->hour < 24 && civil->minute < 60 &&
           civil->second < 60;
}

/* One cell behind its mark. */
static bool cell_read(struct reader *in, struct sheet_cell *cell)
{
    memset(cell, 0, sizeof *cell);
    cell->row = read_u32(in);
    uint8_t head[4]; /* in one piece: there are thousands of cells */
    read_copy(in, head, sizeof head);
    cell->column = head[0];
    uint8_t kind = head[1], format = head[2], flags = head[3];
    if (cell->row < 1 || cell->row > SHEET_GRID_ROWS || cell->column < 1 ||
        cell->column > SHEET_COLUMNS_MAX || kind >= SHEET_KINDS || format >= SHEET_FORMATS ||
        flags > (ROWS_FORMULA | ROWS_DIGITS_LOST))
        return false;
    cell->kind = (enum sheet_kind)kind;
    cell->format = (enum sheet_format)format;
    cell->formula = (flags & ROWS_FORMULA) != 0;
    cell->digits_lost = (flags & ROWS_DIGITS_LOST) != 0;
    if (rows_has_number(cell->kind)) {
        uint64_t bits = read_u64(in);
        memcpy(&cell->number, &bits, sizeof bits);
        if (!isfinite(cell->number))
            return false;
    }
    if (rows_has_civil(cell->kind) && !civil_read(in, cell->kind, &cell->civil))
        return false;
    cell->text = read_sized32(in);
    bool empty = cell->text.size == 0;
    return !in->failed && empty == (cell->kind == SHEET_EMPTY) && (!empty || cell->formula) &&
           cell->text.size <= TEXT_BYTES_MAX && (empty || text_is_utf8(cell->text));
}

static bool merge_read(struct reader *in, struct sheet_merges *merges, enum sheet_fault *fault)
{
    struct sheet_range range;
    range.first_row = read_u32(in);
    range.first_column = read_u8(in);
    range.last_row = read_u32(in);
    range.last_column = read_u8(in);
    if (in->failed || range.first_row < 1 || range.last_row > SHEET_GRID_ROWS ||
        range.first_row > range.last_row || range.first_column < 1 ||
        range.last_column > SHEET_COLUMNS_MAX || range.first_column > range.last_column ||
        merges->count == SHEET_ROWS_MERGES_MAX)
        return false;
    *fault = sheet_merges_add(merges, &range);
    return true;
}

struct building {
    struct reader in;
    struct sheet_cell *cells;
    size_t count, room, rows;
    struct sheet_merges merges;
};

/* The cells are counted first: a walk over the same bytes that only looks at marks and sizes would
 * have to know as much as the reading itself, so the bytes bound the number. */
static size_t cells_most(struct bytes rest)
{
    size_t least = 1 + 4 + 4 + 4; /* a formula without a value */
    size_t most = rest.size / least;
    return most < CELLS_MAX ? most : CELLS_MAX;
}

static enum sheet_fault cells_build(struct building *building, struct sheet_told *told)
{
    struct reader *in = &building->in;
    uint32_t row = 0, column = 0;
    enum sheet_fault fault = SHEET_FINE;
    while (in->rest.size > 0 && fault == SHEET_FINE) {
        uint8_t mark = read_u8(in);
        if (mark == ROWS_MERGE) {
            if (!merge_read(in, &building->merges, &fault))
                return lost(told);
            continue;
        }
        if (mark != ROWS_CELL || building->merges.count > 0 || building->count == building->room)
            return lost(told);
        struct sheet_cell *cell = &building->cells[building->count];
        if (!cell_read(in, cell) || cell->row < row || (cell->row == row && cell->column <= column))
            return lost(told);
        building->rows += cell->row != row;
        row = cell->row;
        column = cell->column;
        building->count++;
    }
    if (fault != SHEET_FINE)
        return sheet_tell(told, fault, "the merged ranges need too much");
    return building->rows <= SHEET_ROWS_MAX ? SHEET_FINE : lost(told);
}

static enum sheet_fault covered_drop(struct building *building, struct sheet_told *told)
{
    if (!sheet_merges_begin(&building->merges))
        return sheet_tell(told, SHEET_NO_MEMORY, "merged ranges need memory");
    size_t kept = 0;
    for (size_t i = 0; i < building->count; i++) {
        struct sheet_cell *cell = &building->cells[i];
        if (!sheet_merges_hide(&building->merges, cell->row, cell->column))
            building->cells[kept++] = *cell;
    }
    building->count = kept;
    return SHEET_FINE;
}

enum sheet_fault sheet_rows_table(struct bytes rows, struct arena *memory,
                                  struct sheet_table *table, struct sheet_told *told)
{
    CHECK(told->fault == SHEET_FINE);
    *table = (struct sheet_table){0};
    struct building building = {.in = reader_of(rows)};
    enum sheet_fault answer;
    struct bytes sentence;
    if (!answer_read(&building.in, &table->info, &answer, &sentence))
        return lost(told);
    if (answer != SHEET_FINE)
        return sheet_tell(told, answer, "%.*s", (int)sentence.size, (const char *)sentence.data);
    building.room = cells_most(building.in.rest);
    /* Not zeroed: each cell is when it is read, and most of the room may stay unused. */
    building.cells = arena_alloc(memory, building.room * sizeof *building.cells);
    if (building.cells == NULL && building.room > 0)
        return sheet_tell(told, SHEET_NO_MEMORY, "a sheet needs memory");
    sheet_merges_init(&building.merges);
    enum sheet_fault fault = cells_build(&building, told);
    if (fault == SHEET_FINE)
        fault = covered_drop(&building, told);
    if (fault == SHEET_FINE && building.rows > table->info.rows)
        fault = lost(told);
    sheet_merges_deinit(&building.merges);
    table->cells = building.cells;
    table->count = fault == SHEET_FINE ? building.count : 0;
    return fault;
}
