/* A workbook's first sheet as CSV: what `baobei xlsx-dump` prints.
 *
 * UTF-8, LF, quotes only where RFC 4180 needs them; rows and columns count from A1, empty cells at
 * the end of a row and empty rows at the end are dropped. The workbook is read twice: once to know
 * that it is sound, how much it prints and what is merged, once to print; so nothing is printed of
 * a file that is refused, and no sheet is held in memory. */
#pragma once
#include "sheet/sheet.h"
#include <stdio.h>

/* Errors of `out` are the caller's to see (ferror). `told` must be zero. */
enum sheet_fault sheet_dump(struct bytes file, FILE *out, struct sheet_told *told) MUST_CHECK;
