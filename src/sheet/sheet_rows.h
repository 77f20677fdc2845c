/* Rows in a fixed binary form: what the parser child writes and the server validates.
 *
 *     answer   u8 'A', u8 fault, u32 rows, sized8 stamp, sized16 told      always first, once
 *     cell     u8 'C', u32 row, u8 column, u8 kind, u8 format, u8 flags,
 *              u64 bits of the number,                 of kinds but EMPTY, TEXT and ERROR
 *              u16 year, u8 month, day, hour, minute, second,   of DATE, TIME and DATE_TIME
 *              sized32 text
 *     merge    u8 'M', u32 first row, u8 first column, u32 last row, u8 last column
 *
 * Numbers are big-endian (base/bytes.h); flags: 1 formula, 2 digits lost. Cells go up by row and
 * column; merges come behind the cells, only those that touch the columns of an import. With a
 * fault nothing follows the answer. The reading side believes nothing: every number has its
 * bounds, texts are checked for UTF-8. */
#pragma once
#include "base/arena.h"
#include "sheet/sheet.h"

/* 3 MiB hold all the text that an import is given, the heads of all its cells, all merges. */
enum {
    SHEET_ROWS_BYTES_MAX = 3 * 1024 * 1024,
    SHEET_ROWS_MERGES_MAX = 10000,
    SHEET_ROWS_FRONT = 4
};

enum sheet_form { SHEET_FORM_XLSX, SHEET_FORM_CSV, SHEET_FORMS };

/* Of an import; cells by row and column, without those that a merged range hides. */
struct sheet_table {
    const struct sheet_cell *cells;
    size_t count;
    struct sheet_info info;
};

/* Reads a file as an import and gives its binary form. It lies in the memory that is returned, from
 * malloc (free it), with SHEET_ROWS_FRONT bytes in front of it for whoever sends it. NULL: not even
 * an answer fits into memory. */
uint8_t *sheet_rows_of(struct bytes file, enum sheet_form form, struct bytes *rows);

/* The table lives in `memory` and borrows its texts from `rows`. What breaks the form is
 * SHEET_BROKEN, for the child that wrote it had lost its way. `told` must be zero. */
enum sheet_fault sheet_rows_table(struct bytes rows, struct arena *memory,
                                  struct sheet_table *table, struct sheet_told *told) MUST_CHECK;
