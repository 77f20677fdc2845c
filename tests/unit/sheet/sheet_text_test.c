#include "sheet/sheet_text.h"
#include "tests/lib/t.h"
#include <string.h>

static struct sheet_text text;

static bool finished(const char *raw)
{
    sheet_text_clear(&text);
    for (size_t i = 0; raw[i] != '\0'; i++) /* in pieces, as a parser gives it */
        sheet_text_add(&text, bytes_of(raw + i, 1));
    return sheet_text_finish(&text);
}

TEST(escapes_are_taken_out)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"plain_", "plain_"},
        {"a_x000D_\nb", "a\r\nb"},
        {"_x000d_", "\r"},
        {"_x005F_x000D_", "_x000D_"},
        {"A_x0030_B", "A0B"},
        {"_x0031__x0032_", "12"},
        {"_x00E9_", "\xc3\xa9"},
        {"_x81FA_", "\xe8\x87\xba"},
        {"_xD83D__xDE1C_", "\xf0\x9f\x98\x9c"},
        {"_xD83D_", "\xef\xbf\xbd"},
        {"_xDE1C__xD83D_", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"_xD83D__x0041_", "\xef\xbf\xbd"
                           "A"},
        {"_x00G0_", "_x00G0_"},
        {"_x000D", "_x000D"},
        {"_X000D_", "_X000D_"},
        {"__x0041_", "_A"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        T_TRUE(finished(cases[i][0]));
        T_EQ_BYTES(sheet_text_bytes(&text), bytes_from_text(cases[i][1]));
    }
    T_TRUE(finished("a_x0000_b"));
    T_EQ_BYTES(sheet_text_bytes(&text), BYTES_LITERAL("a\0b"));
}

/* 1 for a unit of three bytes, 2 for one of four bytes. */
static bool long_text(const char *unit, int count)
{
    sheet_text_clear(&text);
    for (int i = 0; i < count; i++)
        sheet_text_add(&text, bytes_from_text(unit));
    return sheet_text_finish(&text);
}

TEST(a_cell_holds_32767_units)
{
    T_TRUE(long_text("\xe8\x87\xba", SHEET_TEXT_MAX));
    T_FALSE(long_text("\xe8\x87\xba", SHEET_TEXT_MAX + 1));
    T_TRUE(long_text("\xf0\xa0\x80\x80", SHEET_TEXT_MAX / 2));
    T_FALSE(long_text("\xf0\xa0\x80\x80", SHEET_TEXT_MAX / 2 + 1));
    T_TRUE(long_text("_x0041_", SHEET_TEXT_MAX));
    T_FALSE(long_text("_x0041_", SHEET_TEXT_MAX + 1));
    T_FALSE(long_text("0123456789012345678901234567890123456789", SHEET_TEXT_MAX));
    T_TRUE(finished("again"));
}

TEST(a_token_stands_without_white_space)
{
    char room[8];
    finished(" \t12\r\n");
    T_EQ_STR(sheet_text_token(&text, room, sizeof room), "12");
    finished(" ");
    T_EQ_STR(sheet_text_token(&text, room, sizeof room), "");
    finished("1234567");
    T_EQ_STR(sheet_text_token(&text, room, sizeof room), "1234567");
    finished("12345678");
    T_TRUE(sheet_text_token(&text, room, sizeof room) == NULL);
}

T_LIST(sheet_text_test, T(escapes_are_taken_out), T(a_cell_holds_32767_units),
       T(a_token_stands_without_white_space));
