/* What a text from outside may contain (RELIABILITY 5, "Text rules"); the same for web, API and
 * sheets.
 *
 * Refused: bytes that are not UTF-8 (surrogates and overlong forms too), C0 and C1 controls,
 * directional and invisible formatting characters, tags, noncharacters, and more than two combining
 * marks in a row. Kept: everything else, 4-byte ideographs and private-use characters (造字) too.
 * Normal form C is checked where utf8proc is (src/registry). Pure; any thread. */
#pragma once
#include "base/bytes.h"

enum text_lines { TEXT_ONE_LINE, TEXT_MANY_LINES }; /* many: TAB and LF are allowed */
enum text_fault {
    TEXT_FINE,
    TEXT_NOT_UTF8,
    TEXT_CONTROL, /* C0, C1, or TAB and LF where they are not allowed */
    TEXT_UNSEEN,  /* directional, zero-width, tag or noncharacter */
    TEXT_TOO_MANY_MARKS
};

struct text_facts {
    uint32_t points;      /* code points: what "200 characters" counts */
    uint32_t private_use; /* how many of them are private-use */
};

/* The first fault. `facts` is set only if the text is fine; it may be NULL. */
enum text_fault text_check(struct bytes text, enum text_lines lines, struct text_facts *facts);
bool text_is_utf8(struct bytes text);
/* Code points; bytes that are not UTF-8 count as one each. */
uint32_t text_points(struct bytes text);
/* Takes one code point from the front of `rest`. False at the end or on a bad sequence (then `rest`
 * is unchanged). */
bool text_next(struct bytes *rest, uint32_t *point);
/* Unicode 14 general category Mn or Me. */
bool text_is_mark(uint32_t point);
