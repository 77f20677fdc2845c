/* The reader of CSV files: UTF-8 with or without a mark, RFC 4180, into the same sink as workbooks.
 *
 * A cell's row is the number of its record; an empty line is a record without fields, so that the
 * numbers are those that a spreadsheet program shows. CR LF, LF and CR end a record; within quotes
 * they are an LF. Blanks around a field without quotes are dropped. All cells are texts. The limits
 * are those of an import, the codes those of a workbook. Whole files in memory only; any thread. */
#pragma once
#include "sheet/sheet.h"

/* SHEET_NOT_XLSX for what is not UTF-8 text, SHEET_BROKEN for a misplaced or open quotation mark.
 * `told` must be zero. */
enum sheet_fault sheet_csv_read(struct bytes file, const struct sheet_sink *sink,
                                struct sheet_info *info, struct sheet_told *told) MUST_CHECK;
/* What can be said before a body is taken in whole (API 5): its first bytes may be UTF-8 text. */
bool sheet_csv_begins(struct bytes first);
