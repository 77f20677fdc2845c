/* Workbooks. The first byte chooses: a whole file as it is, or parts of a workbook that a sound
 * container is made of (sheet, strings, styles, custom properties, cut at NUL), so that the parsers
 * behind the checksums are met. What is read must come out of its binary form again; binary rows
 * as they are must never be believed too much. */
#include "sheet/sheet_dump.h"
#include "sheet/sheet_rows.h"
#include "sheet/sheet_xlsx.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/package.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 1024 * 1024, CHUNK = 4096, QUOTA = 16 * 1024 * 1024 };

static uint8_t room[ROOM];

struct counted {
    uint32_t cells, row, column, rows;
};

static enum sheet_fault on_cell(void *context, const struct sheet_cell *cell)
{
    struct counted *counted = context;
    counted->cells++;
    counted->rows += cell->row != counted->row;
    CHECK(cell->row > counted->row ||
          (cell->row == counted->row && cell->column > counted->column));
    CHECK(cell->row <= SHEET_GRID_ROWS && cell->column <= SHEET_COLUMNS_MAX);
    CHECK(cell->kind < SHEET_KINDS && cell->format < SHEET_FORMATS && isfinite(cell->number));
    CHECK((cell->kind == SHEET_EMPTY) == (cell->text.size == 0));
    counted->row = cell->row;
    counted->column = cell->column;
    return SHEET_FINE;
}

static enum sheet_fault on_merge(void *context, const struct sheet_range *range)
{
    (void)context;
    CHECK(range->first_row >= 1 && range->first_row <= range->last_row);
    return SHEET_FINE;
}

/* The same answer by the sink, by the binary form, and as a dump. */
static void file_read(struct bytes file)
{
    struct counted counted = {0};
    const struct sheet_sink sink = {&counted, on_cell, on_merge, NULL};
    struct sheet_info info;
    struct sheet_told told = {0}, told_rows = {0}, told_dump = {0};
    enum sheet_fault fault = sheet_xlsx_read(file, SHEET_IMPORT, &sink, &info, &told);
    CHECK(fault == told.fault && (fault == SHEET_FINE) == (told.text[0] == '\0'));
    CHECK(fault != SHEET_FINE || (counted.rows <= SHEET_ROWS_MAX && counted.rows <= info.rows));

    struct bytes rows;
    struct arena memory;
    struct sheet_table table;
    uint8_t *taken = sheet_rows_of(file, SHEET_FORM_XLSX, &rows);
    CHECK(taken != NULL);
    arena_init(&memory, CHUNK, QUOTA);
    enum sheet_fault again = sheet_rows_table(rows, &memory, &table, &told_rows);
    CHECK(again == fault || (fault == SHEET_FINE && again == SHEET_TOO_LARGE));
    CHECK(again != SHEET_FINE || (table.count <= counted.cells && table.info.rows == info.rows));
    arena_deinit(&memory);
    free(taken);

    FILE *out = fopen("/dev/null", "we");
    CHECK(out != NULL);
    enum sheet_fault dumped = sheet_dump(file, out, &told_dump);
    CHECK(dumped == told_dump.fault);
    CHECK(fault != SHEET_FINE || dumped == SHEET_FINE || dumped == SHEET_TOO_LARGE);
    fclose(out);
}

/* The next part, up to a NUL. */
static struct bytes part_take(struct bytes *rest)
{
    const uint8_t *end = rest->size == 0 ? NULL : memchr(rest->data, 0, rest->size);
    size_t size = end == NULL ? rest->size : (size_t)(end - rest->data);
    struct bytes part = bytes_slice(*rest, 0, size);
    *rest = bytes_slice(*rest, size, rest->size - size);
    if (rest->size > 0)
        *rest = bytes_slice(*rest, 1, rest->size - 1);
    return part;
}

static void parts_read(struct bytes rest)
{
    struct package package;
    package_begin(&package, room, sizeof room);
    package_plain(&package);
    package_add(&package, "xl/worksheets/sheet1.xml", part_take(&rest));
    package_add(&package, "xl/sharedStrings.xml", part_take(&rest));
    package_add(&package, "xl/styles.xml", part_take(&rest));
    file_read(package_end(&package));
}

/* The parts that lead to the sheet. */
static void ways_read(struct bytes rest)
{
    struct package package;
    package_begin(&package, room, sizeof room);
    package_add(&package, "[Content_Types].xml", part_take(&rest));
    package_add(&package, "_rels/.rels", part_take(&rest));
    package_add(&package, "xl/workbook.xml", part_take(&rest));
    package_add(&package, "xl/_rels/workbook.xml.rels", part_take(&rest));
    package_add(&package, "docProps/custom.xml", part_take(&rest));
    package_add(&package, "xl/worksheets/sheet1.xml", part_take(&rest));
    file_read(package_end(&package));
}

static void rows_read(struct bytes rows)
{
    struct arena memory;
    struct sheet_table table;
    struct sheet_told told = {0};
    struct counted counted = {0};
    arena_init(&memory, CHUNK, QUOTA);
    if (sheet_rows_table(rows, &memory, &table, &told) == SHEET_FINE)
        for (size_t i = 0; i < table.count; i++)
            CHECK(on_cell(&counted, &table.cells[i]) == SHEET_FINE);
    arena_deinit(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > ROOM / 2)
        return 0;
    struct bytes rest = bytes_of(data + 1, size - 1);
    switch (data[0]) {
    case 'p': parts_read(rest); break;
    case 'w': ways_read(rest); break;
    case 'r': rows_read(rest); break;
    default: file_read(rest); break;
    }
    return 0;
}
