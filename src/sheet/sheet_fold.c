#include "sheet/sheet_fold.h"
#include "base/check.h"
#include "model/text.h"

bool sheet_is_blank(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000;
}

static uint32_t point_fold(uint32_t c)
{
    if (sheet_is_blank(c))
        return ' ';
    if (c >= 0xff01 && c <= 0xff5e)
        c -= 0xff01 - '!'; /* the full-width forms stand in the order of ASCII */
    if (c >= 'a' && c <= 'z')
        return c - ('a' - 'A');
    switch (c) {
    case 0x53f0: return 0x81fa; /* 台 臺 */
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212:
    case 0xfe63: return '-';
    case 0x2215:
    case 0x2044: return '/';
    case 0xfe55:
    case 0x2236: return ':';
    default: return c;
    }
}

static struct folded fold(struct bytes text, bool keep_blanks)
{
    struct folded folded = {.fits = true};
    bool blank = false;
    while (text.size > 0) {
        uint32_t c;
        if (!text_next(&text, &c))
            return (struct folded){0};
        c = point_fold(c);
        if (c == ' ') {
            blank = folded.count > 0;
            continue;
        }
        size_t needed = blank && keep_blanks ? 2 : 1;
        if (folded.count + needed > FOLDED_MAX)
            return (struct folded){0};
        if (blank && keep_blanks)
            folded.points[folded.count++] = ' ';
        folded.points[folded.count++] = c;
        blank = false;
    }
    return folded;
}

struct folded fold_cell(struct bytes text)
{
    return fold(text, true);
}

struct folded fold_value(struct bytes text)
{
    return fold(text, false);
}

bool folded_is(const struct folded *folded, const char *zh)
{
    struct folded other = fold_value(bytes_from_text(zh));
    CHECK(other.fits);
    size_t at = 0;
    for (size_t i = 0; i < folded->count; i++) {
        if (folded->points[i] == ' ')
            continue;
        if (at == other.count || other.points[at++] != folded->points[i])
            return false;
    }
    return folded->fits && at == other.count;
}

bool folded_ascii(const struct folded *folded, char *to, size_t capacity)
{
    if (!folded->fits || folded->count >= capacity)
        return false;
    for (size_t i = 0; i < folded->count; i++) {
        if (folded->points[i] < ' ' || folded->points[i] >= 0x7f)
            return false;
        to[i] = (char)folded->points[i];
    }
    to[folded->count] = '\0';
    return true;
}

struct bytes sheet_trim(struct bytes text)
{
    struct bytes rest = text;
    uint32_t c;
    while (text_next(&rest, &c) && sheet_is_blank(c))
        text = rest;
    size_t end = 0; /* behind the last character that is no blank */
    rest = text;
    while (text_next(&rest, &c))
        if (!sheet_is_blank(c))
            end = text.size - rest.size;
    if (rest.size > 0)
        end = text.size; /* not UTF-8: the reader of the field will say so */
    return bytes_slice(text, 0, end);
}

bool folded_integer(const struct folded *folded, int32_t *value)
{
    enum { DIGITS_MAX = 9 };
    bool negative = folded->count > 1 && folded->points[0] == '-';
    size_t first = negative ? 1 : 0;
    if (!folded->fits || folded->count == first || folded->count - first > DIGITS_MAX)
        return false;
    int32_t number = 0;
    for (size_t i = first; i < folded->count; i++) {
        if (folded->points[i] < '0' || folded->points[i] > '9')
            return false;
        number = number * 10 + (int32_t)(folded->points[i] - '0');
    }
    *value = negative ? -number : number;
    return true;
}
