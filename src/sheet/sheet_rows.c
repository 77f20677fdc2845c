/* The writing side; the reading side is sheet_rows_table.c. */
#include "sheet/sheet_rows.h"
#include "base/check.h"
#include "sheet/sheet_csv.h"
#include "sheet/sheet_rows_private.h"
#include "sheet/sheet_xlsx.h"
#include <stdlib.h>
#include <string.h>

/* The answer is known last and stands first. */
enum { ROOM_FIRST = 64 * 1024, CELLS_AT = SHEET_ROWS_FRONT + ROWS_ANSWER_SIZE };

struct rows {
    struct writer out; /* from CELLS_AT on */
    size_t merges;
};

/* Makes room for one more record. */
static enum sheet_fault room_make(struct rows *rows, size_t size)
{
    struct writer *out = &rows->out;
    if (size <= out->capacity - out->size)
        return SHEET_FINE;
    size_t room = out->capacity;
    while (room - out->size < size)
        room *= 2;
    if (room > SHEET_ROWS_FRONT + SHEET_ROWS_BYTES_MAX)
        room = SHEET_ROWS_FRONT + SHEET_ROWS_BYTES_MAX;
    if (room - out->size < size)
        return SHEET_TOO_LARGE;
    uint8_t *data = realloc(out->data, room);
    if (data == NULL)
        return SHEET_NO_MEMORY;
    out->data = data;
    out->capacity = room;
    return SHEET_FINE;
}

static enum sheet_fault on_cell(void *context, const struct sheet_cell *cell)
{
    struct rows *rows = context;
    struct writer *out = &rows->out;
    enum sheet_fault fault = room_make(rows, ROWS_CELL_SIZE + cell->text.size);
    if (fault != SHEET_FINE)
        return fault;
    CHECK(cell->column <= SHEET_COLUMNS_MAX);
    const uint8_t head[] = {
        ROWS_CELL,
        (uint8_t)(cell->row >> 24),
        (uint8_t)(cell->row >> 16),
        (uint8_t)(cell->row >> 8),
        (uint8_t)cell->row,
        (uint8_t)cell->column,
        (uint8_t)cell->kind,
        (uint8_t)cell->format,
        (uint8_t)((cell->formula ? ROWS_FORMULA : 0) | (cell->digits_lost ? ROWS_DIGITS_LOST : 0))};
    write_raw(out, bytes_of(head, sizeof head));
    if (rows_has_number(cell->kind)) {
        uint64_t bits;
        memcpy(&bits, &cell->number, sizeof bits);
        write_u64(out, bits);
    }
    if (rows_has_civil(cell->kind)) {
        const struct sheet_civil *civil = &cell->civil;
        const uint8_t parts[] = {(uint8_t)(civil->year >> 8),
                                 (uint8_t)civil->year,
                                 civil->month,
                                 civil->day,
                                 civil->hour,
                                 civil->minute,
                                 civil->second};
        write_raw(out, bytes_of(parts, sizeof parts));
    }
    write_sized32(out, cell->text);
    CHECK(!out->failed);
    return SHEET_FINE;
}

static enum sheet_fault on_merge(void *context, const struct sheet_range *range)
{
    struct rows *rows = context;
    struct writer *out = &rows->out;
    if (range->first_column > SHEET_COLUMNS_MAX)
        return SHEET_FINE;
    enum sheet_fault fault =
        rows->merges == SHEET_ROWS_MERGES_MAX ? SHEET_TOO_LARGE : room_make(rows, ROWS_MERGE_SIZE);
    if (fault != SHEET_FINE)
        return fault;
    uint32_t last = range->last_column;
    rows->merges++;
    write_u8(out, ROWS_MERGE);
    write_u32(out, range->first_row);
    write_u8(out, (uint8_t)range->first_column);
    write_u32(out, range->last_row);
    write_u8(out, (uint8_t)(last < SHEET_COLUMNS_MAX ? last : SHEET_COLUMNS_MAX));
    CHECK(!out->failed);
    return SHEET_FINE;
}

static void on_restart(void *context)
{
    struct rows *rows = context;
    rows->out.size = CELLS_AT;
    rows->merges = 0;
}

uint8_t *sheet_rows_of(struct bytes file, enum sheet_form form, struct bytes *given)
{
    uint8_t *room = malloc(ROOM_FIRST);
    if (room == NULL)
        return NULL;
    struct rows rows = {.out = writer_on(room, ROOM_FIRST)};
    rows.out.size = CELLS_AT;
    const struct sheet_sink sink = {&rows, on_cell, on_merge, on_restart};
    struct sheet_info info = {0};
    struct sheet_told told = {0};
    CHECK(form < SHEET_FORMS);
    enum sheet_fault fault = form == SHEET_FORM_XLSX
                                 ? sheet_xlsx_read(file, SHEET_IMPORT, &sink, &info, &told)
                                 : sheet_csv_read(file, &sink, &info, &told);
    uint8_t head[ROWS_ANSWER_SIZE];
    struct writer answer = writer_on(head, sizeof head);
    write_u8(&answer, ROWS_ANSWER);
    write_u8(&answer, (uint8_t)fault);
    write_u32(&answer, info.rows);
    write_sized8(&answer, bytes_from_text(info.stamp));
    write_sized16(&answer, bytes_from_text(told.text));
    CHECK(!answer.failed);
    size_t cells = fault == SHEET_FINE ? rows.out.size - CELLS_AT : 0;
    uint8_t *first = rows.out.data + CELLS_AT - answer.size;
    memcpy(first, head, answer.size);
    *given = bytes_of(first, answer.size + cells);
    return rows.out.data;
}
