/* The reader of .xlsx workbooks: the first sheet of the workbook, hidden or not, into a sink.
 *
 * Whole files in memory only: at most SHEET_FILE_MAX bytes (IMPORT) or SHEET_DUMP_FILE_MAX. Any
 * thread; blocking, bounded by the limits of sheet_zip.h and its neighbours. */
#pragma once
#include "sheet/sheet.h"

/* `told` must be zero; it says why what is not SHEET_FINE was answered. */
enum sheet_fault sheet_xlsx_read(struct bytes file, enum sheet_profile profile,
                                 const struct sheet_sink *sink, struct sheet_info *info,
                                 struct sheet_told *told) MUST_CHECK;
/* What can be said from the first bytes, before a body is taken in (API 5): is this a ZIP or a
 * password-protected Office file? */
bool sheet_xlsx_begins(struct bytes first);
