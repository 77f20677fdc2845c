#include "sheet/sheet_dump.h"
#include "base/check.h"
#include "sheet/sheet_merges.h"
#include "sheet/sheet_xlsx.h"
#include <stdlib.h>
#include <string.h>

enum { ROW_TEXT_MAX = 8 * 1024 * 1024, ROW_TEXT_FIRST = 4096 };

struct dump {
    FILE *out; /* NULL: only count */
    uint64_t bytes;
    struct sheet_merges merges;
    bool merges_known;
    uint32_t row, rows_ended; /* of the cells below; how many lines are closed */
    uint32_t columns;         /* slots in use */
    uint8_t *text;            /* of this row; from malloc */
    size_t text_size, text_room;
    struct slot {
        uint32_t at, size;
    } slots[SHEET_GRID_COLUMNS];
};

static void put(struct dump *dump, const void *data, size_t size)
{
    dump->bytes += size;
    if (dump->out != NULL && size > 0)
        (void)fwrite(data, 1, size, dump->out);
}

static void put_field(struct dump *dump, struct bytes text)
{
    bool quoted = false;
    for (size_t i = 0; i < text.size && !quoted; i++)
        quoted = memchr(",\"\r\n", text.data[i], 4) != NULL;
    if (!quoted) {
        put(dump, text.data, text.size);
        return;
    }
    put(dump, "\"", 1);
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"')
            put(dump, "\"", 1);
        put(dump, text.data + i, 1);
    }
    put(dump, "\"", 1);
}

/* A row whose cells are all covered is an empty one. */
static void row_end(struct dump *dump)
{
    uint32_t shown = 0;
    for (uint32_t i = 0; i < dump->columns; i++) {
        if (dump->slots[i].size > 0 && dump->merges_known &&
            sheet_merges_hide(&dump->merges, dump->row, i + 1))
            dump->slots[i].size = 0;
        if (dump->slots[i].size > 0)
            shown = i + 1;
    }
    for (; shown > 0 && dump->rows_ended + 1 < dump->row; dump->rows_ended++)
        put(dump, "\n", 1);
    for (uint32_t i = 0; i < shown; i++) {
        if (i > 0)
            put(dump, ",", 1);
        put_field(dump, bytes_of(dump->text + dump->slots[i].at, dump->slots[i].size));
    }
    if (shown > 0) {
        put(dump, "\n", 1);
        dump->rows_ended = dump->row;
    }
    memset(dump->slots, 0, dump->columns * sizeof dump->slots[0]);
    dump->columns = 0;
    dump->text_size = 0;
}

static enum sheet_fault room_make(struct dump *dump, size_t size)
{
    if (size > ROW_TEXT_MAX - dump->text_size)
        return SHEET_TOO_LARGE;
    size_t room = dump->text_room == 0 ? ROW_TEXT_FIRST : dump->text_room;
    while (room < dump->text_size + size)
        room *= 2;
    if (room == dump->text_room)
        return SHEET_FINE;
    uint8_t *text = realloc(dump->text, room);
    if (text == NULL)
        return SHEET_NO_MEMORY;
    dump->text = text;
    dump->text_room = room;
    return SHEET_FINE;
}

static enum sheet_fault on_cell(void *context, const struct sheet_cell *cell)
{
    struct dump *dump = context;
    if (cell->row != dump->row)
        row_end(dump);
    if (dump->bytes > SHEET_DUMP_OUTPUT_MAX)
        return SHEET_TOO_LARGE;
    dump->row = cell->row;
    if (cell->text.size == 0)
        return SHEET_FINE;
    enum sheet_fault fault = room_make(dump, cell->text.size);
    if (fault != SHEET_FINE)
        return fault;
    memcpy(dump->text + dump->text_size, cell->text.data, cell->text.size);
    dump->slots[cell->column - 1] =
        (struct slot){(uint32_t)dump->text_size, (uint32_t)cell->text.size};
    dump->text_size += cell->text.size;
    if (dump->columns < cell->column)
        dump->columns = cell->column;
    return SHEET_FINE;
}

static enum sheet_fault on_merge(void *context, const struct sheet_range *range)
{
    struct dump *dump = context;
    return dump->merges_known ? SHEET_FINE : sheet_merges_add(&dump->merges, range);
}

static enum sheet_fault pass(struct dump *dump, struct bytes file, struct sheet_told *told)
{
    const struct sheet_sink sink = {dump, on_cell, on_merge, NULL};
    struct sheet_info info;
    enum sheet_fault fault = sheet_xlsx_read(file, SHEET_DUMP, &sink, &info, told);
    if (fault != SHEET_FINE)
        return fault;
    row_end(dump);
    if (dump->bytes > SHEET_DUMP_OUTPUT_MAX)
        return sheet_tell(told, SHEET_TOO_LARGE, "the sheet prints over %d MiB",
                          SHEET_DUMP_OUTPUT_MAX >> 20);
    return SHEET_FINE;
}

enum sheet_fault sheet_dump(struct bytes file, FILE *out, struct sheet_told *told)
{
    struct dump *dump = calloc(1, sizeof *dump);
    if (dump == NULL)
        return sheet_tell(told, SHEET_NO_MEMORY, "a dump needs memory");
    sheet_merges_init(&dump->merges);
    enum sheet_fault fault = pass(dump, file, told);
    if (fault == SHEET_FINE && !sheet_merges_begin(&dump->merges))
        fault = sheet_tell(told, SHEET_NO_MEMORY, "merged ranges need memory");
    if (fault == SHEET_FINE) {
        dump->merges_known = true;
        dump->out = out;
        dump->bytes = 0;
        dump->row = dump->rows_ended = 0;
        fault = pass(dump, file, told);
    }
    sheet_merges_deinit(&dump->merges);
    free(dump->text);
    free(dump);
    return fault;
}
