/* Workbooks going out (DESIGN 15): the templates that people fill in, and the uploaded sheet back
 * with its faults. By libxlsxwriter, whole, as bytes in `arena`; the same input gives the same
 * bytes.
 *
 * Blocking and slow (milliseconds): a pool thread's work. The library keeps its parts in temporary
 * files, which lie unlinked in `folder` (the spool: they hold ID numbers); the finished file is
 * never on a disk. ERR_NO_MEMORY, or ERR_IO where the folder can't be written. */
#pragma once
#include "sheet/sheet_map.h"

struct sheet_staff {
    struct bytes id_no, name;
    char profession;
    uint16_t department; /* packed, 0 none */
};

/* The first sheet is the one to fill in (frozen header, drop-downs, notes, text columns); behind it
 * how to, examples, codes, and the institution's own people, if any are given. The version stands
 * in the custom property baobei-template. */
enum err sheet_write_template(enum form_kind kind, const struct sheet_staff *staff, size_t count,
                              const char *folder, struct arena *arena,
                              struct bytes *out) MUST_CHECK;

/* The table that was uploaded, each cell of the kind it came in (a formula by its value; no text
 * becomes a formula), faulty cells coloured and commented, and the column FORM_FAULT_COLUMN, which
 * a second upload ignores. Of a map that was not refused. `facts` names near matches. */
enum err sheet_write_report(const struct sheet_map *map, const struct facts *facts,
                            const char *folder, struct arena *arena, struct bytes *out) MUST_CHECK;
