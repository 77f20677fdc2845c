#include "sheet/sheet_value.h"
#include "base/prng.h"
#include "tests/lib/t.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

TEST(numbers_are_shown_in_their_shortest_form)
{
    static const char *const cases[][2] = {
        {"0", "0"},
        {"-0", "0"},
        {"007", "7"},
        {"1140901", "1140901"},
        {"-12.50", "-12.5"},
        {"-999999999999999", "-999999999999999"},
        {"+3", "3"},
        {".5", "0.5"},
        {"5.", "5"},
        {"0.1", "0.1"},
        {"0.30000000000000004", "0.30000000000000004"},
        {"1E3", "1000"},
        {"1e-7", "1e-7"},
        {"0.0000001", "1e-7"},
        {"0.000001", "0.000001"},
        {"123456789012345680", "123456789012345680"},
        {"1e21", "1e+21"},
        {"123456789012345678901", "123456789012345680000"},
        {"1.25e-300", "1.25e-300"},
        {"-1e300", "-1e+300"},
        {"5e-324", "5e-324"},
        {"1.7976931348623157e308", "1.7976931348623157e+308"},
        {"8595602512225", "8595602512225"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double number;
        char out[SHEET_VALUE_MAX];
        T_TRUE(sheet_number_parse(cases[i][0], &number));
        size_t size = sheet_number_print(number, out);
        T_EQ_STR(out, cases[i][1]);
        T_EQ_UINT(size, strlen(out));
    }
}

TEST(what_is_no_number_is_refused)
{
    static const char *const bad[] = {"",    "-",     ".",      "e5",  "1e",       "1e+",
                                      "NaN", "INF",   "0x10",   "1,5", "1 2",      "1e999",
                                      "--1", "1.2.3", "-1e400", "nan", "Infinity", "1e99999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double number;
        T_FALSE(sheet_number_parse(bad[i], &number));
    }
}

TEST(every_number_reads_back_the_same)
{
    struct prng prng;
    prng_seed(&prng, 20261130);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = prng_next(&prng);
        double number, again;
        char out[SHEET_VALUE_MAX];
        memcpy(&number, &bits, sizeof number);
        if (!isfinite(number))
            continue;
        if (i % 2 == 0)
            number = floor(fmod(number, 1e15)) / 1000;
        (void)sheet_number_print(number, out);
        T_TRUE(sheet_number_parse(out, &again) && again == number);
    }
}

TEST(whole_numbers_of_sixteen_digits_have_lost_some)
{
    T_FALSE(sheet_digits_lost(999999999999999));
    T_TRUE(sheet_digits_lost(1000000000000000));
    T_TRUE(sheet_digits_lost(-1234567890123456));
    T_FALSE(sheet_digits_lost(0.30000000000000004));
}

struct serial_case {
    double serial;
    enum sheet_format format;
    bool system_1904;
    enum sheet_kind kind;
    const char *text;
};

TEST(serials_become_dates_and_times)
{
    static const struct serial_case cases[] = {
        {1, SHEET_FORMAT_DATE, false, SHEET_DATE, "1900-01-01"},
        {59, SHEET_FORMAT_DATE, false, SHEET_DATE, "1900-02-28"},
        {60, SHEET_FORMAT_DATE, false, SHEET_DATE, "1900-02-29"},
        {60.333333333333336, SHEET_FORMAT_DATE, false, SHEET_DATE_TIME, "1900-02-29 08:00:00"},
        {61, SHEET_FORMAT_DATE, false, SHEET_DATE, "1900-03-01"},
        {25569, SHEET_FORMAT_DATE, false, SHEET_DATE, "1970-01-01"},
        {44197, SHEET_FORMAT_DATE, false, SHEET_DATE, "2021-01-01"},
        {42735, SHEET_FORMAT_DATE, true, SHEET_DATE, "2021-01-01"},
        {2958465, SHEET_FORMAT_DATE, false, SHEET_DATE, "9999-12-31"},
        {2958465.9999999, SHEET_FORMAT_DATE, false, SHEET_NUMBER, "2958465.9999999"},
        {2958466, SHEET_FORMAT_DATE, false, SHEET_NUMBER, "2958466"},
        {-1, SHEET_FORMAT_DATE, false, SHEET_NUMBER, "-1"},
        {0, SHEET_FORMAT_DATE, false, SHEET_TIME, "00:00:00"},
        {0, SHEET_FORMAT_DATE, true, SHEET_TIME, "00:00:00"},
        {1, SHEET_FORMAT_DATE, true, SHEET_DATE, "1904-01-02"},
        {0.5, SHEET_FORMAT_TIME, false, SHEET_TIME, "12:00:00"},
        {0.55556712962962962, SHEET_FORMAT_TIME, false, SHEET_TIME, "13:20:01"},
        {42488.479166666664, SHEET_FORMAT_DATE_TIME, false, SHEET_DATE_TIME, "2016-04-28 11:30:00"},
        {44197.999999, SHEET_FORMAT_DATE_TIME, false, SHEET_DATE, "2021-01-02"},
        {44197.5, SHEET_FORMAT_TIME, false, SHEET_DATE_TIME, "2021-01-01 12:00:00"},
        {10.6320601851852, SHEET_FORMAT_DURATION, false, SHEET_DURATION, "255:10:10"},
        {0.0006944444, SHEET_FORMAT_DURATION, true, SHEET_DURATION, "0:01:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[SHEET_VALUE_MAX];
        struct sheet_cell cell = {.number = cases[i].serial, .format = cases[i].format};
        sheet_serial_show(&cell, cases[i].system_1904, out);
        T_EQ_BYTES(cell.text, bytes_from_text(cases[i].text));
        T_EQ_INT(cell.kind, cases[i].kind);
    }
}

TEST(iso_texts_become_dates_and_times)
{
    static const struct {
        const char *iso;
        enum sheet_kind kind;
        const char *text;
    } cases[] = {
        {"2021-01-01", SHEET_DATE, "2021-01-01"},
        {"2021-01-01T10:10:10", SHEET_DATE_TIME, "2021-01-01 10:10:10"},
        {"2021-12-31T23:44:51.894", SHEET_DATE_TIME, "2021-12-31 23:44:52"},
        {"2021-12-31T23:59:59.5Z", SHEET_DATE, "2022-01-01"},
        {"2021-12-31T24:00", SHEET_DATE, "2022-01-01"},
        {"9999-12-31T24:00", SHEET_DATE, "10000-01-01"},
        {"0009-03-04T05:06:07", SHEET_DATE_TIME, "0009-03-04 05:06:07"},
        {"2020-02-29T00:00:00", SHEET_DATE, "2020-02-29"},
        {"10:10:10", SHEET_TIME, "10:10:10"},
        {"08:00", SHEET_TIME, "08:00:00"},
    };
    char out[SHEET_VALUE_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sheet_cell cell = {0};
        T_TRUE(sheet_iso_show(&cell, cases[i].iso, out));
        T_EQ_BYTES(cell.text, bytes_from_text(cases[i].text));
        T_EQ_INT(cell.kind, cases[i].kind);
    }
    static const char *const bad[] = {"",         "2021",        "2021-13-01", "2021-02-29",
                                      "2021-1-1", "2021-01-01T", "25:00",      "10:60",
                                      "24:00:01", "0000-01-01",  "10:10:10.",  "2021-01-01x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sheet_cell cell = {0};
        T_FALSE(sheet_iso_show(&cell, bad[i], out));
    }
}

T_LIST(sheet_value_test, T(numbers_are_shown_in_their_shortest_form),
       T(what_is_no_number_is_refused), T(every_number_reads_back_the_same),
       T(whole_numbers_of_sixteen_digits_have_lost_some), T(serials_become_dates_and_times),
       T(iso_texts_become_dates_and_times));
