/* CSV files: cells go up by record and field, texts are UTF-8, and the line ends do not matter. */
#include "model/text.h"
#include "sheet/sheet_csv.h"
#include "sheet/sheet_rows.h"
#include "tests/fuzz/fuzz.h"
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 4096, QUOTA = 16 * 1024 * 1024 };

struct counted {
    uint32_t cells, row, column, sum;
};

static enum sheet_fault on_cell(void *context, const struct sheet_cell *cell)
{
    struct counted *counted = context;
    CHECK(cell->row > counted->row ||
          (cell->row == counted->row && cell->column > counted->column));
    CHECK(cell->kind == SHEET_TEXT && cell->text.size > 0 && cell->column <= SHEET_COLUMNS_MAX);
    CHECK(text_is_utf8(cell->text) && memchr(cell->text.data, '\r', cell->text.size) == NULL);
    counted->cells++;
    counted->row = cell->row;
    counted->column = cell->column;
    counted->sum = bytes_crc32c(counted->sum ^ (cell->row << 8 | cell->column), cell->text);
    return SHEET_FINE;
}

static enum sheet_fault csv_read(struct bytes file, struct counted *counted,
                                 struct sheet_info *info)
{
    memset(counted, 0, sizeof *counted);
    const struct sheet_sink sink = {counted, on_cell, NULL, NULL};
    struct sheet_told told = {0};
    enum sheet_fault fault = sheet_csv_read(file, &sink, info, &told);
    CHECK(fault == told.fault);
    return fault;
}

/* Each LF as CR LF; a file with CR of its own would read as another one. */
static uint8_t *with_cr(struct bytes file, size_t *size)
{
    uint8_t *out = malloc(2 * file.size + 1);
    CHECK(out != NULL);
    *size = 0;
    for (size_t i = 0; i < file.size; i++) {
        if (file.data[i] == '\n')
            out[(*size)++] = '\r';
        out[(*size)++] = file.data[i];
    }
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct counted counted, other;
    struct sheet_info info, other_info;
    struct bytes file = bytes_of(data, size);
    enum sheet_fault fault = csv_read(file, &counted, &info);
    CHECK(fault == SHEET_NOT_XLSX || fault == SHEET_TOO_LARGE || sheet_csv_begins(file));
    if (size > 0 && memchr(data, '\r', size) == NULL) {
        size_t other_size;
        uint8_t *changed = with_cr(file, &other_size);
        CHECK(csv_read(bytes_of(changed, other_size), &other, &other_info) == fault);
        CHECK(fault != SHEET_FINE || (other.sum == counted.sum && other_info.rows == info.rows));
        free(changed);
    }
    struct bytes rows;
    struct arena memory;
    struct sheet_table table;
    struct sheet_told told = {0};
    uint8_t *taken = sheet_rows_of(file, SHEET_FORM_CSV, &rows);
    CHECK(taken != NULL);
    arena_init(&memory, CHUNK, QUOTA);
    CHECK(sheet_rows_table(rows, &memory, &table, &told) == fault);
    CHECK(fault != SHEET_FINE || table.count == counted.cells);
    arena_deinit(&memory);
    free(taken);
    return 0;
}
