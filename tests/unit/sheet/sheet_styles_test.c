#include "sheet/sheet_styles.h"
#include "tests/lib/t.h"

TEST(format_codes_tell_dates_from_numbers)
{
    static const struct {
        const char *code;
        enum sheet_format format;
    } cases[] = {
        {"General", SHEET_FORMAT_PLAIN},
        {"general", SHEET_FORMAT_PLAIN},
        {"G/\xe9\x80\x9a\xe7\x94\xa8\xe6\xa0\xbc\xe5\xbc\x8f", SHEET_FORMAT_PLAIN},
        {"", SHEET_FORMAT_PLAIN},
        {"@", SHEET_FORMAT_PLAIN},
        {"0.00E+00", SHEET_FORMAT_PLAIN},
        {"##0.0E-0", SHEET_FORMAT_PLAIN},
        {"0.00 \"days\"", SHEET_FORMAT_PLAIN},
        {"0\\d", SHEET_FORMAT_PLAIN},
        {"_d0_)", SHEET_FORMAT_PLAIN},
        {"*d0", SHEET_FORMAT_PLAIN},
        {"[Red]0", SHEET_FORMAT_PLAIN},
        {"[$-404]#,##0", SHEET_FORMAT_PLAIN},
        {"[>=100]0;yyyy", SHEET_FORMAT_PLAIN},
        {"[$NT$-404]#,##0.00", SHEET_FORMAT_PLAIN},
        {"0 ", SHEET_FORMAT_PLAIN},
        {"0   ", SHEET_FORMAT_PLAIN},
        {"0 \"open", SHEET_FORMAT_PLAIN},
        {"0[open", SHEET_FORMAT_PLAIN},
        {"yyyy-mm-dd", SHEET_FORMAT_DATE},
        {"mm-dd-yy", SHEET_FORMAT_DATE},
        {"[$-404]e/m/d", SHEET_FORMAT_DATE},
        {"[$-404]e\"\xe5\xb9\xb4\"m\"\xe6\x9c\x88\"d\"\xe6\x97\xa5\";@", SHEET_FORMAT_DATE},
        {"mmm", SHEET_FORMAT_DATE},
        {"[Color 5]d", SHEET_FORMAT_DATE},
        {"h:mm", SHEET_FORMAT_TIME},
        {"mm:ss.0", SHEET_FORMAT_TIME},
        {"h AM/PM", SHEET_FORMAT_TIME},
        {"h\"\xe6\x99\x82\"mm\"\xe5\x88\x86\"", SHEET_FORMAT_TIME},
        {"m/d/yy h:mm", SHEET_FORMAT_DATE_TIME},
        {"yyyy\\-mm\\-dd\\ hh:mm:ss\\ \\U\\T\\C", SHEET_FORMAT_DATE_TIME},
        {"d h", SHEET_FORMAT_DATE_TIME},
        {"[h]:mm:ss", SHEET_FORMAT_DURATION},
        {"[hh]:mm", SHEET_FORMAT_DURATION},
        {"[mm]:ss", SHEET_FORMAT_DURATION},
        {"[SS]", SHEET_FORMAT_DURATION},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (sheet_format_code(cases[i].code) != cases[i].format)
            T_EQ_STR(cases[i].code, "read rightly");
    T_EQ_INT(sheet_format_code("d"), SHEET_FORMAT_DATE);
}

TEST(a_style_that_is_not_there_is_plain)
{
    uint8_t formats[] = {SHEET_FORMAT_PLAIN, SHEET_FORMAT_TIME};
    struct sheet_styles styles = {.cells = formats, .cells_count = 2};
    T_EQ_INT(sheet_styles_format(&styles, 1), SHEET_FORMAT_TIME);
    T_EQ_INT(sheet_styles_format(&styles, 2), SHEET_FORMAT_PLAIN);
    T_EQ_INT(sheet_styles_format(&styles, UINT32_MAX), SHEET_FORMAT_PLAIN);
}

T_LIST(sheet_styles_test, T(format_codes_tell_dates_from_numbers),
       T(a_style_that_is_not_there_is_plain));
