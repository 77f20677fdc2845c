/* Sheets read in a jail: the server's side (DESIGN 15, item 2).
 *
 * A helper process (sheet_helper.h) forks a jailed child per file; here its rows are received and
 * validated. The helper is started by exec, so it may be started anew at any time, whatever threads
 * there are. A helper that has died is noticed by the next request, which starts another one and
 * asks again once. Every call blocks; any pool thread, several at once. */
#pragma once
#include "sheet/sheet_helper.h"
#include "sheet/sheet_jail.h"
#include "sheet/sheet_rows.h"
#include <sys/types.h>

struct sheet_child;

/* `program` is the path of baobei-sheet. It is opened here and stays the same file if a helper must
 * be started again after another one was installed in its place: both sides know one form of rows.
 * ERR_NO_MEMORY, ERR_IO: it can't be started. */
enum err sheet_child_start(struct sheet_child **out, const char *program) MUST_CHECK;
/* No call may be under way. Waits for the helper's end. NULL is allowed. */
void sheet_child_stop(struct sheet_child *child);

/* Reads an import from an open file (kept open; its offset is not used) into a table in `memory`,
 * at most about 8 MiB of it. Faults: those of sheet.h; SHEET_TOO_LARGE for a child over its time,
 * SHEET_BROKEN for one that crashed or was killed for a forbidden call, SHEET_UNAVAILABLE without a
 * helper. `told` must be zero. */
enum sheet_fault sheet_child_read(struct sheet_child *child, int file, enum sheet_form form,
                                  struct arena *memory, struct sheet_table *table,
                                  struct sheet_told *told) MUST_CHECK;
/* The same with a probe of sheet_helper.h in place of a form: for tests of the jail. */
enum sheet_fault sheet_child_probe(struct sheet_child *child, uint8_t probe, struct arena *memory,
                                   struct sheet_told *told) MUST_CHECK;
/* The helper's process id, 0 if there is none: for tests and for the log. */
pid_t sheet_child_pid(struct sheet_child *child);
