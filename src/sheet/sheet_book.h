/* A workbook while it is written: libxlsxwriter with a file in memory. For sheet_write.c and
 * sheet_report.c. One thread. After a failure `err` is set and every call does nothing. */
#pragma once
#include "base/arena.h"
#include "sheet/sheet_form.h"
#include <xlsxwriter.h>

struct book {
    lxw_workbook *workbook;
    struct arena *arena;
    char *scratch; /* of book_text */
    int file;      /* memfd, behind /proc/self/fd; -1: none */
    enum err err;
    lxw_format *head, *head_required, *text, *wrapped;
};

/* `title` is the document's. */
void book_open(struct book *book, const char *title, const char *stamp, const char *folder,
               struct arena *arena);
/* Writes the file and frees everything but the arena. */
enum err book_close(struct book *book, struct bytes *out) MUST_CHECK;

lxw_worksheet *book_sheet(struct book *book, const char *name);
lxw_format *book_format(struct book *book, const char *number_format);
void book_note(struct book *book, lxw_error error); /* an error of the library becomes err */
/* As a text cell, never a formula. */
void book_put(struct book *book, lxw_worksheet *sheet, uint32_t row, uint16_t column,
              struct bytes text, lxw_format *format);
void book_put_text(struct book *book, lxw_worksheet *sheet, uint32_t row, uint16_t column,
                   const char *text, lxw_format *format);
/* For the library: NUL-terminated, without what XML can't hold, `_x0041_` kept as it stands. Valid
 * until the next call. */
const char *book_text(struct book *book, struct bytes text);

/* The sheet of codes, which the drop-downs look at (sheet_codes.c). */
void book_codes(struct book *book);
/* Text format, width, drop-down and note of each column; `at` by field. Rows from 0. */
void book_columns(struct book *book, lxw_worksheet *sheet, enum form_kind kind,
                  const uint16_t at[FORM_FIELDS], uint32_t first_row, uint32_t last_row,
                  size_t staff_count);
/* The people of the institution, whose first column is the drop-down of book_columns. */
#define BOOK_STAFF_SHEET "本機構人員"
