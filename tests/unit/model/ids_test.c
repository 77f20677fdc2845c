#include "model/ids.h"
#include "base/prng.h"
#include "model/civil.h"
#include "tests/lib/t.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum id_no_kind kind_of(const char *text)
{
    return id_no_check(bytes_from_text(text));
}

/* DOMAIN 5.1: the worked examples and the synthetic numbers. */
TEST(identity_numbers_of_the_dossier)
{
    static const char *const national[] = {"A123456789", "A100000001", "F220000004",
                                           "W199999999", "I111111115", "O222222220"};
    static const char *const ui_new[] = {"A800000014", "A800000005", "A970000008", "Z981234566"};
    static const char *const ui_old[] = {"AA00000009", "FA12345689", "AC00000003", "AD99999993"};
    for (size_t i = 0; i < 6; i++)
        T_EQ_INT(kind_of(national[i]), ID_NO_NATIONAL);
    for (size_t i = 0; i < 4; i++)
        T_EQ_INT(kind_of(ui_new[i]), ID_NO_UI_NEW);
    for (size_t i = 0; i < 4; i++)
        T_EQ_INT(kind_of(ui_old[i]), ID_NO_UI_OLD);
    T_EQ_INT(kind_of("X220477731"), ID_NO_NATIONAL); /* DOMAIN 5.3 */
    T_EQ_INT(kind_of("N120114552"), ID_NO_NATIONAL);
}

TEST(other_numbers_are_invalid)
{
    static const char *const bad[] = {"A123456788",  "A187654324", "a123456789", "A12345678",
                                      "A1234567890", "",           "A323456789", "AE00000009",
                                      "1123456789",  "A12345678 ", " A12345678", "A1234S6789",
                                      "Ａ23456789",  "A023456789", "AA0000000A"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (kind_of(bad[i]) != ID_NO_INVALID)
            T_FAIL("%s is taken", bad[i]);
    T_EQ_INT(id_no_check(bytes_of("A12345\0789", 10)), ID_NO_INVALID);
    T_EQ_INT(id_no_check((struct bytes){NULL, 0}), ID_NO_INVALID);
    T_EQ_STR(id_no_kind_name(ID_NO_INVALID), "invalid");
    T_EQ_STR(id_no_kind_name(ID_NO_NATIONAL), "national");
    T_EQ_STR(id_no_kind_name(ID_NO_UI_NEW), "ui_new");
    T_EQ_STR(id_no_kind_name(ID_NO_UI_OLD), "ui_old");
}

/* Of ten numbers that differ in the last digit alone exactly one is right. */
TEST(one_check_digit_fits)
{
    struct prng prng;
    prng_seed(&prng, 5);
    for (int round = 0; round < 5000; round++) {
        char text[11];
        snprintf(text, sizeof text, "%c%c%08" PRIu64, (char)('A' + prng_below(&prng, 26)),
                 "1289ABCD"[prng_below(&prng, 8)], prng_below(&prng, 100000000));
        int fits = 0;
        for (char digit = '0'; digit <= '9'; digit++) {
            text[9] = digit;
            fits += kind_of(text) != ID_NO_INVALID;
        }
        T_EQ_INT(fits, 1);
    }
}

TEST(a_mask_shows_six_characters)
{
    char out[ID_NO_SIZE + 1];
    id_no_mask(BYTES_LITERAL("A123456789"), out);
    T_EQ_STR(out, "A1234XXXX9");
    id_no_mask(BYTES_LITERAL("AD99999993"), out);
    T_EQ_STR(out, "AD999XXXX3");
    id_no_mask(BYTES_LITERAL("A12345678"), out);
    T_EQ_STR(out, "XXXXXXXXXX");
    id_no_mask(BYTES_LITERAL("A\n2\"456789"), out);
    T_EQ_STR(out, "AX2X4XXXX9");
}

TEST(institution_codes_of_the_dossier)
{
    static const char *const fit[] = {"0401180014", "350102A009", "JY01020021", "5931069274",
                                      "1540110013"};
    for (size_t i = 0; i < 5; i++) {
        uint64_t id;
        char out[INSTITUTION_CODE_SIZE + 1];
        T_TRUE(institution_code_check_digit_fits(bytes_from_text(fit[i])));
        T_TRUE(institution_code_parse(bytes_from_text(fit[i]), &id));
        institution_code_print(id, out);
        T_EQ_STR(out, fit[i]);
    }
    /* Genuine, yet the digit does not fit: parsed all the same. */
    uint64_t id;
    T_TRUE(institution_code_parse(BYTES_LITERAL("0101090517"), &id));
    T_FALSE(institution_code_check_digit_fits(BYTES_LITERAL("0101090517")));
    T_FALSE(institution_code_check_digit_fits(BYTES_LITERAL("3501027985")));
    static const char *const bad[] = {"6Y0991104", "04011800141", "040118001a",
                                      "",          "0401-80014",  "０401180"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        T_FALSE(institution_code_parse(bytes_from_text(bad[i]), &id));
        T_FALSE(institution_code_check_digit_fits(bytes_from_text(bad[i])));
    }
    T_TRUE(institution_code_parse(BYTES_LITERAL("ZZZZZZZZZZ"), &id));
    char out[INSTITUTION_CODE_SIZE + 1];
    T_ABORTS(institution_code_print(id + 1, out));
}

TEST(the_codes_of_the_national_list_print_back)
{
    FILE *file = fopen(t_shared("data/institutions.csv"), "r");
    T_TRUE(file != NULL);
    char line[4096];
    int codes = 0;
    T_TRUE(fgets(line, sizeof line, file) != NULL); /* names of the columns */
    while (fgets(line, sizeof line, file) != NULL) {
        char *code = line + strspn(line, "\"\xef\xbb\xbf");
        uint64_t id;
        char out[INSTITUTION_CODE_SIZE + 1];
        if (!institution_code_parse(bytes_of(code, INSTITUTION_CODE_SIZE), &id))
            T_FAIL("line %d: %.20s", codes + 2, code);
        institution_code_print(id, out);
        T_TRUE(strncmp(out, code, INSTITUTION_CODE_SIZE) == 0);
        codes++;
    }
    fclose(file);
    T_EQ_INT(codes, 29480);
}

static struct case_id case_of(const char *text)
{
    struct case_id id = {0};
    if (!case_no_parse(bytes_from_text(text), &id))
        T_FAIL("%s does not parse", text);
    char out[CASE_NO_MAX];
    T_EQ_UINT(case_no_print(id, out), strlen(text));
    T_EQ_STR(out, text);
    return id;
}

TEST(case_numbers_parse_and_print_back)
{
    struct case_id id = case_of("1150407-0401180014-0001");
    int32_t day;
    T_TRUE(date_parse(BYTES_LITERAL("2026-04-07"), &day));
    T_EQ_INT(id.day, day);
    T_EQ_UINT(id.serial, 1);
    T_EQ_UINT(case_of("1150407-0401180014-9999").serial, 9999);
    T_EQ_UINT(case_of("1150407-0401180014-10000").serial, 10000);
    T_EQ_UINT(case_of("1150407-JY01020021-4294967295").serial, 4294967295);
    static const char *const bad[] = {"1150407-0401180014-001",
                                      "1150407-0401180014-0000",
                                      "1150407-0401180014-00001",
                                      "1150407-0401180014-",
                                      "1150407-0401180014",
                                      "1150431-0401180014-0001",
                                      "1150407-040118001a-0001",
                                      "1150407 0401180014-0001",
                                      "1150407-0401180014-0001-1",
                                      "1150407-0401180014-+001",
                                      "1150407-0401180014-4294967296",
                                      "11504070-401180014-0001",
                                      "1150407-0401180014-99999999999",
                                      ""};
    struct case_id kept = id;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (case_no_parse(bytes_from_text(bad[i]), &kept))
            T_FAIL("%s parses", bad[i]);
    T_TRUE(case_id_equal(kept, id));
}

TEST(line_ids_parse_and_print_back)
{
    static const char *const good[] = {"1150407-0401180014-0001-1", "1150407-0401180014-10000-999"};
    for (size_t i = 0; i < 2; i++) {
        struct line_id id;
        char out[LINE_ID_MAX];
        T_TRUE(line_id_parse(bytes_from_text(good[i]), &id));
        T_EQ_UINT(line_id_print(id, out), strlen(good[i]));
        T_EQ_STR(out, good[i]);
    }
    static const char *const bad[] = {"1150407-0401180014-0001",
                                      "1150407-0401180014-0001-0",
                                      "1150407-0401180014-0001-1000",
                                      "1150407-0401180014-0001-01",
                                      "1150407-0401180014-0001-",
                                      "1150407-0401180014-0001-1-1",
                                      "-1",
                                      "",
                                      "1150407-0401180014-0001--1"};
    struct line_id id;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (line_id_parse(bytes_from_text(bad[i]), &id))
            T_FAIL("%s parses", bad[i]);
}

TEST(lines_are_ordered_by_home_day_serial_and_number)
{
    struct line_id a = {{5, 5, 5}, 5};
    T_EQ_INT(line_id_compare(a, a), 0);
    T_TRUE(line_id_equal(a, a));
    /* Each greater by one member, and less by all that count for less. */
    const struct line_id greater[] = {
        {{6, 4, 4}, 4}, {{5, 6, 4}, 4}, {{5, 5, 6}, 4}, {{5, 5, 5}, 6}};
    for (size_t i = 0; i < 4; i++) {
        T_EQ_INT(line_id_compare(a, greater[i]), -1);
        T_EQ_INT(line_id_compare(greater[i], a), 1);
        T_FALSE(line_id_equal(a, greater[i]));
    }
    T_FALSE(case_id_equal(a.in, (struct case_id){5, 5, 6}));
}

TEST(people_print_back)
{
    struct prng prng;
    prng_seed(&prng, 6);
    char text[PERSON_ID_MAX];
    uint64_t got;
    for (int i = 0; i < 10000; i++) {
        uint64_t id = i == 0 ? 0 : i == 1 ? UINT64_MAX : prng_next(&prng) >> prng_below(&prng, 64);
        T_EQ_UINT(person_id_print(id, text), 14);
        T_TRUE(person_id_parse(bytes_from_text(text), &got));
        T_EQ_UINT(got, id);
    }
    person_id_print(UINT64_MAX, text);
    T_EQ_STR(text, "pfzzzzzzzzzzzz");
    static const char *const bad[] = {
        "pgzzzzzzzzzzzz", "pzzzzzzzzzzzzz",  "0000000000000",  "",
        "p000000000000",  "p00000000000000", "P0000000000000", "p000000000000A",
        "p000000000000i", "p000000000000u"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (person_id_parse(bytes_from_text(bad[i]), &got))
            T_FAIL("%s parses", bad[i]);
    T_FALSE(person_id_parse(bytes_of("p00000000000\0000", 14), &got));
}

T_LIST(ids_test, T(identity_numbers_of_the_dossier), T(other_numbers_are_invalid),
       T(one_check_digit_fits), T(a_mask_shows_six_characters), T(institution_codes_of_the_dossier),
       T(the_codes_of_the_national_list_print_back), T(case_numbers_parse_and_print_back),
       T(line_ids_parse_and_print_back), T(lines_are_ordered_by_home_day_serial_and_number),
       T(people_print_back));
