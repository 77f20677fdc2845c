#include "registry/fold.h"
#include "base/check.h"
#include "model/text.h"
#include <string.h>
#include <utf8proc.h>

enum { DECOMPOSED_MAX = 32, EQUAL_MAX = 200, COMPOSE_MAX = 2048 };
enum { ASCII_END = 0x80, CJK_FIRST = 0x4e00, CJK_END = 0xa000 };

/* Folds of ours, on top of Unicode's. */
static uint32_t own_fold(uint32_t c)
{
    switch (c) {
    case 0x53f0: return 0x81fa; /* 台 臺 */
    case 0x5dff: return 0x5e02; /* 巿 市 */
    case 0x25cb:                /* ○ */
    case 0x25ef: return 0x3007; /* ◯ 〇 */
    case '.':
    case 0x2022: /* • */
    case 0x2027: /* ‧ */
    case 0x30fb: /* ・ */
    case 0x2219:
    case 0x22c5: return 0xb7; /* · */
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212: return '-';
    default: return c;
    }
}

static bool is_sign(uint32_t c)
{
    return c == 0xb7 || (c > ' ' && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') ||
           (c > 'z' && c < 0x7f) || (c >= 0x3001 && c <= 0x3003) || (c >= 0x3008 && c <= 0x3011);
}

struct folding {
    uint32_t *to;
    size_t count, max;
    bool word; /* the next point begins one */
};

static void point_put(struct folding *folding, uint32_t c)
{
    c = own_fold(c);
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
        folding->word = true;
        return;
    }
    if (folding->count == folding->max)
        return;
    if (c >= 'A' && c <= 'Z')
        c += 'a' - 'A';
    folding->to[folding->count++] = folding->word ? c | FOLD_WORD : c;
    folding->word = is_sign(c);
}

size_t fold_text(struct bytes text, uint32_t *to, size_t max)
{
    struct folding folding = {to, 0, max, true};
    uint32_t c;
    while (folding.count < max && text_next(&text, &c)) {
        if (c < ASCII_END || (c >= CJK_FIRST && c < CJK_END)) {
            point_put(&folding, c); /* nothing to decompose: nearly all of what we see */
            continue;
        }
        utf8proc_int32_t parts[DECOMPOSED_MAX];
        int boundary = 0;
        utf8proc_option_t options =
            UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
        utf8proc_ssize_t count =
            utf8proc_decompose_char((utf8proc_int32_t)c, parts, DECOMPOSED_MAX, options, &boundary);
        if (count < 0 || count > DECOMPOSED_MAX)
            point_put(&folding, c);
        for (utf8proc_ssize_t i = 0; i < count && count <= DECOMPOSED_MAX; i++)
            point_put(&folding, (uint32_t)parts[i]);
    }
    return folding.count;
}

bool fold_equal(struct bytes a, struct bytes b)
{
    uint32_t left[EQUAL_MAX + 1], right[EQUAL_MAX + 1];
    size_t count = fold_text(a, left, EQUAL_MAX + 1);
    if (count > EQUAL_MAX || fold_text(b, right, EQUAL_MAX + 1) != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if ((left[i] & FOLD_POINT) != (right[i] & FOLD_POINT))
            return false;
    return true;
}

bool fold_is_code(const uint32_t *points, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t c = points[i] & FOLD_POINT;
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z'))
            return false;
    }
    return count > 0;
}

bool fold_number(struct bytes text, char *to, size_t capacity)
{
    CHECK(capacity > 0);
    size_t size = 0;
    uint32_t c;
    while (text.size > 0) {
        if (!text_next(&text, &c))
            return false;
        if (c >= 0xff01 && c <= 0xff5e)
            c -= 0xff01 - '!'; /* the full-width forms stand in the order of ASCII */
        if (c == 0x3000)
            c = ' ';
        if (c == ' ' && (size == 0 || text.size == 0))
            continue;
        if (c < ' ' || c >= 0x7f || size + 1 == capacity)
            return false;
        if (c >= 'a' && c <= 'z')
            c -= 'a' - 'A';
        to[size++] = (char)c;
    }
    while (size > 0 && to[size - 1] == ' ')
        size--;
    to[size] = 0;
    return true;
}

bool fold_compose(struct bytes text, struct writer *to)
{
    utf8proc_int32_t points[COMPOSE_MAX];
    if (!text_is_utf8(text) || to->failed)
        return false;
    utf8proc_option_t options = UTF8PROC_COMPOSE | UTF8PROC_STABLE;
    utf8proc_ssize_t count = text.size == 0
                                 ? 0
                                 : utf8proc_decompose(text.data, (utf8proc_ssize_t)text.size,
                                                      points, COMPOSE_MAX, options);
    if (count < 0 || count > COMPOSE_MAX)
        return false;
    count = utf8proc_normalize_utf32(points, count, options);
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        utf8proc_uint8_t bytes[4];
        utf8proc_ssize_t size = utf8proc_encode_char(points[i], bytes);
        if (size <= 0)
            return false;
        write_raw(to, bytes_of(bytes, (size_t)size));
    }
    return !to->failed;
}
