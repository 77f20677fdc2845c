/* Shared strings: the table of texts that cells name by number (ECMA-376 part 1, 18.4).
 *
 * Rich runs are joined, phonetic runs are left out, escapes decoded. Bounded by number and bytes;
 * the counts that the part tells are not looked at. One owner. */
#pragma once
#include "base/arena.h"
#include "base/large_map.h"
#include "sheet/sheet_text.h"
#include "sheet/sheet_xml.h"

enum {
    SHEET_STRINGS_MAX = 200000,
    SHEET_STRINGS_BYTES_MAX = 16 * 1024 * 1024,
    /* With more bytes or strings than these the rest goes to large memory. */
    SHEET_STRINGS_BYTES_SMALL = 256 * 1024,
    SHEET_STRINGS_SMALL = 16 * 1024
};

struct sheet_strings {
    struct arena memory;
    struct large_map texts, table; /* the table holds the items if it is there */
    size_t texts_used;
    struct bytes *items; /* from malloc, or the table */
    size_t count, room, bytes;
};

void sheet_strings_init(struct sheet_strings *strings);
void sheet_strings_deinit(struct sheet_strings *strings);
/* `text` is where strings are put together; its content is lost. */
enum sheet_fault sheet_strings_read(struct sheet_strings *strings, struct sheet_zip *zip, int entry,
                                    struct sheet_text *text, struct sheet_told *told) MUST_CHECK;
