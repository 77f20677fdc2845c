/* The text of one cell or shared string, put together from pieces.
 *
 * Excel writes a character that XML can't hold as _xHHHH_ (a UTF-16 unit), and a literal "_x000D_"
 * as "_x005F_x000D_" (ECMA-376 part 1, 22.9.2.19, ST_Xstring). One owner. */
#pragma once
#include "sheet/sheet.h"

enum { SHEET_TEXT_ROOM = 8 * SHEET_TEXT_MAX }; /* bytes before escapes are taken out: 7 a unit */

struct sheet_text {
    size_t size;
    bool over; /* a piece did not fit: the text is over its limit */
    uint8_t data[SHEET_TEXT_ROOM];
};

/* A code point as UTF-8; gives its size, 4 at most. */
size_t sheet_point_put(uint8_t *to, uint32_t point);

void sheet_text_clear(struct sheet_text *text);
void sheet_text_add(struct sheet_text *text, struct bytes piece);
/* Takes the escapes out in place; a lone surrogate becomes U+FFFD. Nothing is added afterwards.
 * False: longer than SHEET_TEXT_MAX UTF-16 units. */
bool sheet_text_finish(struct sheet_text *text);
struct bytes sheet_text_bytes(const struct sheet_text *text);
/* The text without white space of XML at its ends, with a NUL behind; NULL if it is over `room`. */
const char *sheet_text_token(const struct sheet_text *text, char *to, size_t room);
