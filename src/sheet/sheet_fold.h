/* How a cell's text is read as a code, a number, a date or a time (DOMAIN 6.1): full width to half
 * width, blanks and hyphens of all kinds to one kind, letters to upper case. Names of people and
 * places are the registry's to compare (臺/台 and more: registry/fold.h). What is stored is never
 * folded. Pure; any thread. */
#pragma once
#include "base/bytes.h"
#include <stdbool.h>
#include <stdint.h>

enum { FOLDED_MAX = 128 };
struct folded {
    uint32_t points[FOLDED_MAX];
    size_t count;
    bool fits; /* false: longer than any value of these kinds, or not UTF-8; count is 0 */
};

/* Blanks at the ends are off, blanks within are one ' '. */
struct folded fold_cell(struct bytes text);
/* The same without any blank. */
struct folded fold_value(struct bytes text);
/* Equal to a constant after folding both, blanks left out. */
bool folded_is(const struct folded *folded, const char *zh);
/* ASCII only, into `to` with a NUL; false if there is anything else, or it does not fit in. */
bool folded_ascii(const struct folded *folded, char *to, size_t capacity);
/* Without the blanks at both ends, in place: a view. */
struct bytes sheet_trim(struct bytes text);
bool sheet_is_blank(uint32_t point);
bool sheet_is_plain(struct bytes text); /* printable ASCII only */
/* A whole number of at most nine digits, '-' before it allowed. */
bool folded_integer(const struct folded *folded, int32_t *value);
