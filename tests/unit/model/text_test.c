#include "model/text.h"
#include "base/prng.h"
#include "tests/lib/t.h"
#include <string.h>

static enum text_fault one_line(const char *text)
{
    return text_check(bytes_from_text(text), TEXT_ONE_LINE, NULL);
}

static size_t point_encode(uint32_t point, uint8_t out[4])
{
    if (point < 0x80) {
        out[0] = (uint8_t)point;
        return 1;
    }
    size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const uint8_t marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size - 1; i > 0; i--, point >>= 6)
        out[i] = (uint8_t)(0x80 | (point & 0x3f));
    out[0] = (uint8_t)(marks[size] | point);
    return size;
}

TEST(names_of_people_and_places_are_fine)
{
    T_EQ_INT(one_line(""), TEXT_FINE);
    T_EQ_INT(one_line("伊萬・巴勒達斯・魯馬紮那安"), TEXT_FINE);
    T_EQ_INT(one_line("臺大醫院 No. 1（總院）"), TEXT_FINE);
    T_EQ_INT(one_line("\xf0\xa0\x80\x8b"), TEXT_FINE);   /* Extension B */
    T_EQ_INT(one_line("e\xcc\x81\xcc\xa3"), TEXT_FINE);  /* two marks */
    T_EQ_INT(one_line("葛\xf3\xa0\x84\x80"), TEXT_FINE); /* an ideographic variant */
    struct text_facts facts;
    T_EQ_INT(text_check(bytes_from_text("a\xee\x80\x80臺\xf0\xa0\x80\x8b"), TEXT_ONE_LINE, &facts),
             TEXT_FINE);
    T_EQ_UINT(facts.points, 4);
    T_EQ_UINT(facts.private_use, 1);
}

/* The list of RELIABILITY 5, over every code point there is. */
static enum text_fault expected(uint32_t c, enum text_lines lines)
{
    if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
        return lines == TEXT_MANY_LINES && (c == '\t' || c == '\n') ? TEXT_FINE : TEXT_CONTROL;
    if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
        (c >= 0x200b && c <= 0x200f) || (c >= 0x2060 && c <= 0x2064) || c == 0xfeff ||
        (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f) ||
        (c >= 0xfdd0 && c <= 0xfdef) || c % 0x10000 >= 0xfffe)
        return TEXT_UNSEEN;
    return TEXT_FINE;
}

TEST(every_code_point_is_judged_by_the_list)
{
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        uint8_t bytes[4];
        size_t size = point_encode(c, bytes);
        struct bytes text = bytes_of(bytes, size), rest = text;
        uint32_t got = 0;
        bool surrogate = c >= 0xd800 && c <= 0xdfff;
        if (text_next(&rest, &got) == surrogate || (!surrogate && got != c))
            T_FAIL("U+%04X", c);
        for (int lines = TEXT_ONE_LINE; lines <= TEXT_MANY_LINES; lines++) {
            enum text_fault want = surrogate ? TEXT_NOT_UTF8 : expected(c, (enum text_lines)lines);
            if (text_check(text, (enum text_lines)lines, NULL) != want)
                T_FAIL("U+%04X", c);
        }
    }
    T_TRUE(true);
}

TEST(bad_utf8_is_refused)
{
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\xaf",
                                      "\xc1\xbf",
                                      "\xc3",
                                      "\xc3\x28",
                                      "\xe0\x80\xaf",
                                      "\xe0\x9f\xbf",
                                      "\xe8\x87",
                                      "\xe8\x87\x41",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf0\xa0\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "ok\xfe"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        T_EQ_INT(one_line(bad[i]), TEXT_NOT_UTF8);
        T_FALSE(text_is_utf8(bytes_from_text(bad[i])));
    }
    T_TRUE(text_is_utf8(BYTES_LITERAL("臺\0\n")));
    T_TRUE(text_is_utf8((struct bytes){NULL, 0}));
    T_EQ_UINT(text_points(bytes_from_text("a\xff臺\xe8\x87")), 5);
    struct text_facts facts = {7, 7};
    T_EQ_INT(text_check(bytes_from_text("a\xff"), TEXT_ONE_LINE, &facts), TEXT_NOT_UTF8);
    T_EQ_UINT(facts.points, 7);
}

TEST(line_breaks_only_where_they_are_allowed)
{
    T_EQ_INT(one_line("a\nb"), TEXT_CONTROL);
    T_EQ_INT(one_line("a\tb"), TEXT_CONTROL);
    T_EQ_INT(text_check(BYTES_LITERAL("a\n\tb"), TEXT_MANY_LINES, NULL), TEXT_FINE);
    T_EQ_INT(text_check(BYTES_LITERAL("a\r\nb"), TEXT_MANY_LINES, NULL), TEXT_CONTROL);
    T_EQ_INT(text_check(BYTES_LITERAL("a\0b"), TEXT_MANY_LINES, NULL), TEXT_CONTROL);
}

TEST(marks_do_not_pile_up)
{
    T_EQ_INT(one_line("e\xcc\x81\xcc\x81\xcc\x81"), TEXT_TOO_MANY_MARKS);
    T_EQ_INT(one_line("e\xcc\x81\xcc\x81x\xcc\x81"), TEXT_FINE);
    T_TRUE(text_is_mark(0x300));
    T_TRUE(text_is_mark(0x36f));
    T_FALSE(text_is_mark(0x2ff));
    T_FALSE(text_is_mark(0x370));
    T_TRUE(text_is_mark(0x20dd)); /* enclosing circle */
    T_TRUE(text_is_mark(0x3099)); /* voiced sound mark */
    T_TRUE(text_is_mark(0xe01ef));
    T_FALSE(text_is_mark(0xe01f0));
    T_FALSE(text_is_mark(0x10ffff));
    T_FALSE(text_is_mark('a'));
}

/* Random bytes: text_next stays inside, and whole code points come out of what passes. */
TEST(random_bytes_are_walked_to_their_end)
{
    struct prng prng;
    prng_seed(&prng, 41);
    for (int round = 0; round < 20000; round++) {
        uint8_t data[24];
        size_t size = 0;
        while (size < 16) {
            if (prng_chance(&prng, 6))
                data[size++] = (uint8_t)prng_next(&prng);
            else
                size += point_encode((uint32_t)prng_below(&prng, 1u << prng_below(&prng, 21)),
                                     data + size);
        }
        struct bytes rest = bytes_of(data, size);
        uint8_t again[24];
        size_t used = 0;
        uint32_t point, count = 0;
        for (; text_next(&rest, &point); count++)
            used += point_encode(point, again + used);
        T_EQ_MEM(again, data, used);
        T_EQ_UINT(rest.size, size - used);
        T_EQ_INT(text_is_utf8(bytes_of(data, size)), rest.size == 0);
        if (rest.size == 0)
            T_EQ_UINT(text_points(bytes_of(data, size)), count);
    }
}

T_LIST(text_test, T(names_of_people_and_places_are_fine), T(every_code_point_is_judged_by_the_list),
       T(bad_utf8_is_refused), T(line_breaks_only_where_they_are_allowed), T(marks_do_not_pile_up),
       T(random_bytes_are_walked_to_their_end));
