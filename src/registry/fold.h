/* Folding for comparison (RELIABILITY 5, "Text rules"): what a person sees as the same name is the
 * same.
 *
 * Full and half width, letter case, compatibility ideographs, Kangxi radicals and variation
 * selectors go by Unicode's compatibility decomposition and case folding (utf8proc); ours are
 * 臺/台, 巿/市, the dots of names, the hyphens, and the round zeros. Blanks are left out. What is
 * stored is never folded. Pure; any thread. */
#pragma once
#include "base/bytes.h"
#include <stdbool.h>

/* Set in a folded point that begins a word: the first one, and one behind a blank or a sign. */
#define FOLD_WORD  UINT32_C(0x80000000)
#define FOLD_POINT (~FOLD_WORD)

/* Writes at most `max` folded points and returns how many. Stops at bytes that are not UTF-8. */
size_t fold_text(struct bytes text, uint32_t *to, size_t max);
/* Equal after folding; texts of up to 200 points. */
bool fold_equal(struct bytes a, struct bytes b);
/* Digits and letters of ASCII only. */
bool fold_is_code(const uint32_t *points, size_t count);
/* Full-width letters, digits and signs to half width, letters to upper case, blanks at the ends
 * off: how a code or a number from a sheet is read. False if it is not ASCII then, or does not fit
 * in. */
bool fold_number(struct bytes text, char *to, size_t capacity);
/* Unicode normal form C into `to`; false if `text` is not UTF-8 or does not fit in. */
bool fold_compose(struct bytes text, struct writer *to);
