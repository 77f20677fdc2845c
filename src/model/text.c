#include "model/text.h"
#include "base/check.h"
#include <string.h>

enum { MARKS_IN_A_ROW_MAX = 2 };

/* Length of the sequence that a first byte beyond ASCII announces and the least code point it may
 * carry; 0 for bytes that can't be first. */
static size_t sequence_size(uint8_t first, uint32_t *bits, uint32_t *least)
{
    *least = 0x80;
    *bits = first & 0x1f;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    *least = 0x800;
    *bits = first & 0x0f;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    *least = 0x10000;
    *bits = first & 0x07;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

bool text_next(struct bytes *rest, uint32_t *point)
{
    if (rest->size == 0)
        return false;
    if (rest->data[0] < 0x80) {
        *point = rest->data[0];
        *rest = (struct bytes){rest->data + 1, rest->size - 1};
        return true;
    }
    uint32_t value, least;
    size_t size = sequence_size(rest->data[0], &value, &least);
    if (size == 0 || size > rest->size)
        return false;
    for (size_t i = 1; i < size; i++) {
        if ((rest->data[i] & 0xc0) != 0x80)
            return false;
        value = value << 6 | (rest->data[i] & 0x3f);
    }
    if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return false;
    *point = value;
    *rest = (struct bytes){rest->data + size, rest->size - size};
    return true;
}

static bool is_control(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

static bool is_unseen(uint32_t point)
{
    static const uint32_t ranges[][2] = {
        {0x200b, 0x200f},   /* zero width, marks of direction */
        {0x202a, 0x202e},   /* embeddings and overrides */
        {0x2060, 0x2064},   /* joiner and invisible operators */
        {0x2066, 0x2069},   /* isolates */
        {0xfdd0, 0xfdef},   /* noncharacters */
        {0xfeff, 0xfeff},   /* byte order mark */
        {0xfff9, 0xfffb},   /* interlinear annotation */
        {0xe0000, 0xe007f}, /* tags */
    };
    if (point < ranges[0][0])
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(ranges); i++)
        if (point >= ranges[i][0] && point <= ranges[i][1])
            return true;
    return (point & 0xfffe) == 0xfffe; /* the last two of each plane */
}

static bool is_private(uint32_t point)
{
    return (point >= 0xe000 && point <= 0xf8ff) || point >= 0xf0000;
}

enum text_fault text_check(struct bytes text, enum text_lines lines, struct text_facts *facts)
{
    struct text_facts seen = {0, 0};
    uint32_t point, marks = 0;
    while (text_next(&text, &point)) {
        bool is_blank = point == '\t' || point == '\n';
        if (is_control(point) && !(is_blank && lines == TEXT_MANY_LINES))
            return TEXT_CONTROL;
        if (is_unseen(point))
            return TEXT_UNSEEN;
        marks = text_is_mark(point) ? marks + 1 : 0;
        if (marks > MARKS_IN_A_ROW_MAX)
            return TEXT_TOO_MANY_MARKS;
        seen.points++;
        seen.private_use += is_private(point);
    }
    if (text.size > 0)
        return TEXT_NOT_UTF8;
    if (facts != NULL)
        *facts = seen;
    return TEXT_FINE;
}

/* Without the ASCII at the front, as far as it fills whole words. */
static struct bytes ascii_pass(struct bytes text)
{
    uint64_t word;
    while (text.size >= sizeof word) {
        memcpy(&word, text.data, sizeof word);
        if ((word & 0x8080808080808080) != 0)
            break;
        text = (struct bytes){text.data + sizeof word, text.size - sizeof word};
    }
    return text;
}

bool text_is_utf8(struct bytes text)
{
    uint32_t point;
    text = ascii_pass(text);
    while (text_next(&text, &point)) {
    }
    return text.size == 0;
}

uint32_t text_points(struct bytes text)
{
    uint32_t count = 0, point;
    while (text.size > 0) {
        if (!text_next(&text, &point))
            text = bytes_slice(text, 1, text.size - 1);
        count++;
    }
    return count;
}
