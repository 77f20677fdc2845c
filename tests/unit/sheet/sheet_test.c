#include "sheet/sheet.h"
#include "tests/lib/t.h"
#include <string.h>

TEST(cells_have_names)
{
    static const struct {
        uint32_t row, column;
        const char *name;
    } cases[] = {{1, 1, "A1"},    {5, 3, "C5"},     {1, 26, "Z1"},  {10, 27, "AA10"},
                 {2, 702, "ZZ2"}, {3, 703, "AAA3"}, {9, 52, "AZ9"}, {1048576, 16384, "XFD1048576"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[SHEET_CELL_NAME_MAX];
        uint32_t row, column;
        T_EQ_STR(sheet_cell_name(cases[i].row, cases[i].column, name), cases[i].name);
        T_TRUE(sheet_cell_parse(name, &row, &column));
        T_EQ_UINT(row, cases[i].row);
        T_EQ_UINT(column, cases[i].column);
    }
}

TEST(what_is_no_cell_is_refused)
{
    static const char *const bad[] = {"",      "A",    "5",        "A0",
                                      "5A",    "A-1",  "A1048577", "XFE1",
                                      "AAAA1", "A1 ",  "$A$1",     "A99999999999999999999999",
                                      "A1:",   "A1:B2"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint32_t row, column;
        T_FALSE(sheet_cell_parse(bad[i], &row, &column));
    }
}

TEST(ranges_are_read_from_the_upper_left)
{
    struct sheet_range range;
    T_TRUE(sheet_range_parse("B2:D4", &range));
    T_EQ_UINT(range.first_row, 2);
    T_EQ_UINT(range.first_column, 2);
    T_EQ_UINT(range.last_row, 4);
    T_EQ_UINT(range.last_column, 4);
    T_TRUE(sheet_range_parse("C7", &range));
    T_EQ_UINT(range.last_row, 7);
    T_EQ_UINT(range.last_column, 3);
    static const char *const bad[] = {"", "B2:", "B2:A4", "B2:C1", "B2:C3:D4", ":B2", "B2;C3"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        T_FALSE(sheet_range_parse(bad[i], &range));
}

TEST(the_first_fault_stays_and_is_printable)
{
    struct sheet_told told = {0};
    T_EQ_INT(sheet_tell(&told, SHEET_BROKEN, "a\n\033%s", "\xe8\x87\xba"), SHEET_BROKEN);
    T_EQ_STR(told.text, "a?\?\?\?\?");
    T_EQ_INT(sheet_tell(&told, SHEET_MACRO, "later"), SHEET_BROKEN);
    T_EQ_STR(sheet_fault_name(told.fault), "broken_xlsx");
    T_HAS(sheet_fault_sentence(told.fault), "format");
    char text[2 * SHEET_TOLD_MAX];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    told.fault = SHEET_FINE;
    T_EQ_INT(sheet_tell(&told, SHEET_TOO_LARGE, "%s", text), SHEET_TOO_LARGE);
    T_EQ_UINT(strlen(told.text), SHEET_TOLD_MAX - 1);
}

T_LIST(sheet_test, T(cells_have_names), T(what_is_no_cell_is_refused),
       T(ranges_are_read_from_the_upper_left), T(the_first_fault_stays_and_is_printable));
