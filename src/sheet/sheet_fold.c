#include "sheet/sheet_fold.h"
#include "base/check.h"
#include "model/text.h"

static bool is_graphic(uint32_t c)
{
    return c > ' ' && c < 0x7f;
}

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

static struct folded unfit(void)
{
    return (struct folded){.fits = false};
}

static struct folded fold(struct bytes text, bool keep_blanks)
{
    struct folded folded; /* the points behind the last are nobody's */
    bool blank = false;
    folded.count = 0;
    folded.fits = true;
    while (text.size > 0) {
        uint32_t c;
        if (!text_next(&text, &c))
            return unfit();
        c = point_fold(c);
        if (c == ' ') {
            blank = folded.count > 0;
            continue;
        }
        size_t needed = blank && keep_blanks ? 2 : 1;
        if (folded.count + needed > FOLDED_MAX)
            return unfit();
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

bool sheet_is_plain(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < ' ' || text.data[i] >= 0x7f)
            return false;
    return true;
}

/* Where the last character that is no blank ends; of bytes that are not UTF-8, the end. */
static size_t end_of(struct bytes text)
{
    struct bytes rest = text;
    size_t end = 0;
    uint32_t c;
    while (text_next(&rest, &c))
        if (!sheet_is_blank(c))
            end = text.size - rest.size;
    return rest.size > 0 ? text.size : end;
}

/* Only then has the end to be looked for from the front, as UTF-8 wants it. */
static bool ends_blank(struct bytes text)
{
    size_t last = text.size - 1;
    uint32_t c;
    while (last > 0 && (text.data[last] & 0xc0) == 0x80)
        last--;
    struct bytes rest = bytes_slice(text, last, text.size - last);
    return text_next(&rest, &c) && sheet_is_blank(c);
}

struct bytes sheet_trim(struct bytes text)
{
    struct bytes rest = text;
    uint32_t c;
    while (rest.size > 0 && !is_graphic(rest.data[0]) && text_next(&rest, &c) && sheet_is_blank(c))
        text = rest;
    if (text.size == 0 || is_graphic(text.data[text.size - 1]) || !ends_blank(text))
        return text;
    return bytes_slice(text, 0, end_of(text));
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
