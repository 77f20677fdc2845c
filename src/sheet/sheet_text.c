#include "sheet/sheet_text.h"
#include "base/check.h"
#include <string.h>

enum { ESCAPE_SIZE = 7, REPLACEMENT = 0xfffd };

void sheet_text_clear(struct sheet_text *text)
{
    text->size = 0;
    text->over = false;
}

void sheet_text_add(struct sheet_text *text, struct bytes piece)
{
    if (piece.size > sizeof text->data - text->size) {
        text->over = true;
        return;
    }
    if (piece.size > 0)
        memcpy(text->data + text->size, piece.data, piece.size);
    text->size += piece.size;
}

struct bytes sheet_text_bytes(const struct sheet_text *text)
{
    return bytes_of(text->data, text->size);
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The unit of an escape that begins at `at`. */
static bool escape_at(const struct sheet_text *text, size_t at, uint32_t *unit)
{
    const uint8_t *data = text->data + at;
    if (at + ESCAPE_SIZE > text->size || data[0] != '_' || data[1] != 'x' || data[6] != '_')
        return false;
    *unit = 0;
    for (int i = 2; i < 6; i++) {
        int digit = hex_digit(data[i]);
        if (digit < 0)
            return false;
        *unit = *unit << 4 | (uint32_t)digit;
    }
    return true;
}

size_t sheet_point_put(uint8_t *to, uint32_t point)
{
    if (point < 0x80) {
        to[0] = (uint8_t)point;
        return 1;
    }
    size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const uint8_t heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size; i > 1; i--) {
        to[i - 1] = (uint8_t)(0x80 | (point & 0x3f));
        point >>= 6;
    }
    to[0] = (uint8_t)(heads[size] | point);
    return size;
}

/* One escape, or two that are a pair of surrogates; *at moves behind them. */
static uint32_t escape_take(const struct sheet_text *text, size_t *at, uint32_t unit)
{
    uint32_t low;
    *at += ESCAPE_SIZE;
    if (unit < 0xd800 || unit > 0xdfff)
        return unit;
    if (unit > 0xdbff || !escape_at(text, *at, &low) || low < 0xdc00 || low > 0xdfff)
        return REPLACEMENT;
    *at += ESCAPE_SIZE;
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

bool sheet_text_finish(struct sheet_text *text)
{
    size_t to = 0, units = 0;
    /* Most texts hold no escape, and no text has more units than bytes. */
    if (!text->over && text->size <= SHEET_TEXT_MAX && memchr(text->data, '_', text->size) == NULL)
        return true;
    for (size_t at = 0; at < text->size;) {
        uint32_t unit;
        uint8_t c = text->data[at];
        if (c == '_' && escape_at(text, at, &unit)) {
            uint32_t point = escape_take(text, &at, unit);
            to += sheet_point_put(text->data + to, point);
            units += point < 0x10000 ? 1 : 2;
        } else {
            /* Followers of UTF-8 count nothing, the head of four bytes two units. */
            units += (c & 0xc0) == 0x80 ? 0 : c >= 0xf0 ? 2 : 1;
            text->data[to++] = c;
            at++;
        }
    }
    CHECK(to <= text->size);
    text->size = to;
    return !text->over && units <= SHEET_TEXT_MAX;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

const char *sheet_text_token(const struct sheet_text *text, char *to, size_t room)
{
    size_t from = 0, end = text->size;
    while (from < end && is_blank(text->data[from]))
        from++;
    while (end > from && is_blank(text->data[end - 1]))
        end--;
    if (text->over || end - from >= room)
        return NULL;
    memcpy(to, text->data + from, end - from);
    to[end - from] = '\0';
    return to;
}
