#include "model/codes.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <string.h>

TEST(all_professions_are_there_and_seven_may_not_file)
{
    T_EQ_UINT(codes_professions_count, 32);
    for (const char *code = "ABCDEFGHIJKLMNOPQRSTUVWXYZ123456"; *code != 0; code++) {
        const struct profession *profession = profession_find(*code);
        T_TRUE(profession != NULL);
        T_EQ_INT(profession->may_file, strchr("24LMNOP", *code) == NULL);
        T_TRUE(strlen(profession->zh) >= 6 && strlen(profession->en) >= 5);
    }
    T_TRUE(profession_find('7') == NULL && profession_find(0) == NULL);
    T_EQ_STR(profession_find('T')->zh, "醫事放射士");
}

TEST(departments_pack_and_unpack)
{
    T_EQ_UINT(codes_departments_count, 41);
    for (size_t i = 0; i < codes_departments_count; i++) {
        const struct department *department = &codes_departments[i];
        uint16_t packed = department_pack(department);
        T_TRUE(packed != 0);
        T_TRUE(department_unpack(packed) == department);
        T_TRUE(department_find(bytes_from_text(department->code)) == department);
        for (size_t k = 0; k < i; k++)
            T_TRUE(strcmp(department->code, codes_departments[k].code) != 0);
    }
    T_EQ_UINT(department_pack(NULL), 0);
    T_TRUE(department_unpack(0) == NULL);
    T_TRUE(department_find(BYTES_LITERAL("2a")) == NULL);
    T_TRUE(department_find(BYTES_LITERAL("0")) == NULL);
    T_TRUE(department_find(BYTES_LITERAL("AA")) == NULL); /* a 就醫科別, not a 診療科別 */
    T_EQ_STR(department_find(BYTES_LITERAL("2B"))->zh, "洗腎科");
}

TEST(the_22_counties_have_their_bureaus)
{
    T_EQ_UINT(codes_counties_count, 22);
    for (size_t i = 0; i < codes_counties_count; i++) {
        const struct county *county = &codes_counties[i];
        char digits[8];
        snprintf(digits, sizeof digits, "%05u", county->code);
        uint32_t code;
        T_TRUE(county_parse(bytes_from_text(digits), &code));
        T_EQ_UINT(code, county->code);
        T_TRUE(county_find(code) == county);
        T_TRUE(county_find_name(bytes_from_text(county->zh)) == county);
        T_TRUE(strncmp(county->bureau, county->zh, strlen(county->zh)) == 0);
        T_HAS(county->bureau, "衛生");
    }
    T_EQ_STR(county_find(9007)->bureau, "連江縣衛生福利局");
    T_EQ_STR(county_find(63000)->bureau, "臺北市政府衛生局");
    T_EQ_STR(county_find(10010)->bureau, "嘉義縣衛生局");
}

TEST(a_county_is_found_by_either_spelling)
{
    T_EQ_UINT(county_find_name(BYTES_LITERAL("台北市"))->code, 63000);
    T_EQ_UINT(county_find_name(BYTES_LITERAL("臺東縣"))->code, 10014);
    T_TRUE(county_find_name(BYTES_LITERAL("北市")) == NULL);
    T_TRUE(county_find_name(BYTES_LITERAL("")) == NULL);
    T_TRUE(county_find_name(BYTES_LITERAL("臺北市政府衛生局")) == NULL);
}

TEST(a_county_code_has_five_digits)
{
    uint32_t code = 1;
    T_TRUE(county_parse(BYTES_LITERAL("09020"), &code));
    T_EQ_UINT(code, 9020);
    T_FALSE(county_parse(BYTES_LITERAL("9020"), &code));
    T_FALSE(county_parse(BYTES_LITERAL("009020"), &code));
    T_FALSE(county_parse(BYTES_LITERAL("63001"), &code));
    T_FALSE(county_parse(BYTES_LITERAL("6300a"), &code));
    T_FALSE(county_parse(BYTES_LITERAL(""), &code));
}

TEST(every_type_of_the_real_list_is_known)
{
    static const char *const real[] = {
        "診所",          "藥局",     "居家護理", "地區醫院",   "檢驗所",           "康復之家",
        "區域醫院",      "醫學中心", "助產所",   "物理治療所", "特約醫事放射機構", "職能治療所",
        "居家呼吸照護所"};
    for (size_t i = 0; i < sizeof real / sizeof real[0]; i++)
        T_TRUE(institution_type_find(bytes_from_text(real[i])) >= 0);
    for (size_t i = 0; i < codes_institution_types_count; i++) {
        const struct institution_type *type = &codes_institution_types[i];
        T_EQ_INT(institution_type_find(bytes_from_text(type->code)), i);
        T_EQ_INT(institution_type_find(bytes_from_text(type->zh)), i);
    }
    T_EQ_STR(codes_institution_types[codes_institution_types_count - 1].zh, "非醫事機構");
    T_EQ_INT(institution_type_find(BYTES_LITERAL("醫院")), -1);
}

/* ---- purposes against the table of DOMAIN 6, as its groups are written there ---- */

static const struct {
    const char *name, *codes;
} groups[] = {{"PHYS", "ABC"}, {"NURSE", "FG"},     {"MIDWIFE", "HI"},
              {"LAB", "JK"},   {"RADIO", "ST"},     {"PT", "QU"},
              {"OT", "RW"},    {"HEAR", "13"},      {"RESP", "V"},
              {"PSY", "XY"},   {"DIET", "Z"},       {"OPT", "56"},
              {"PHARM", "DE"}, {"THER", "QURW13V"}, {"ALL", "ABCFGHIJKSTQURW13VXYZ56"}};

static const struct {
    uint8_t code;
    bool note;
    const char *professions;
} domain[] = {
    {1, false, "PHYS"},
    {2, false, "PHYS"},
    {3, false, "PHYS"},
    {4, false, "A C"},
    {5, false, "A NURSE"},
    {6, false, "A C LAB RADIO 3"},
    {7, false, "A PT OT HEAR"},
    {8, false, "A PSY"},
    {9, false, "A NURSE"},
    {10, false, "NURSE"},
    {11, false, "DIET"},
    {12, false, "OPT"},
    {13, false, "PHYS NURSE MIDWIFE THER PSY DIET"},
    {14, false, "PHYS NURSE THER PSY DIET"},
    {15, false, "ALL"},
    {16, false, "ALL"},
    {17, false, "PHYS NURSE MIDWIFE LAB RADIO HEAR OPT"},
    {18, false, "PHYS NURSE THER PSY DIET OPT"},
    {19, false, "A NURSE Q R PSY"},
    {20, false, "A 3"},
    {21, false, "ALL"},
    {22, false, "ALL"},
    {23, true, "ALL"},
    {24, false, "MIDWIFE"},
    {25, false, "RESP"},
    {51, false, "PHARM"},
    {52, false, "PHARM"},
    {53, false, "PHARM"},
    {54, false, "PHARM"},
    {55, true, "PHARM"},
    {99, true, "ALL"},
};
enum { DOMAIN_PURPOSES = sizeof domain / sizeof domain[0] };

static bool domain_allows(const char *text, char profession)
{
    char copy[80];
    snprintf(copy, sizeof copy, "%s", text);
    for (char *rest, *word = strtok_r(copy, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        if (word[1] == 0 && word[0] == profession)
            return true;
        for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
            if (strcmp(word, groups[i].name) == 0 && strchr(groups[i].codes, profession) != NULL)
                return true;
        }
    }
    return false;
}

TEST(purposes_and_professions_are_those_of_domain_6)
{
    T_EQ_UINT(codes_purposes_count, DOMAIN_PURPOSES);
    for (size_t i = 0; i < DOMAIN_PURPOSES; i++) {
        const struct purpose *purpose = purpose_find(domain[i].code);
        T_TRUE(purpose != NULL);
        T_EQ_INT(purpose->note_required, domain[i].note);
        for (size_t k = 0; k < codes_professions_count; k++) {
            char code = codes_professions[k].code;
            if (profession_in(purpose->professions, code) !=
                domain_allows(domain[i].professions, code))
                T_FAIL("purpose %02u and profession %c", domain[i].code, code);
        }
    }
}

TEST(whoever_may_file_has_a_purpose_and_nobody_else)
{
    for (size_t k = 0; k < codes_professions_count; k++) {
        size_t purposes = 0;
        for (size_t i = 0; i < codes_purposes_count; i++)
            purposes += profession_in(codes_purposes[i].professions, codes_professions[k].code);
        T_EQ_INT(purposes > 0, codes_professions[k].may_file);
    }
}

TEST(pharmacists_have_the_five_reasons_and_no_others)
{
    for (size_t i = 0; i < codes_purposes_count; i++) {
        bool five = codes_purposes[i].code >= 51 && codes_purposes[i].code <= 55;
        T_EQ_INT(profession_in(codes_purposes[i].professions, 'D'), five);
        T_EQ_INT(profession_in(codes_purposes[i].professions, 'E'), five);
    }
}

TEST(only_home_care_of_nurses_across_counties_needs_documents)
{
    for (size_t i = 0; i < codes_purposes_count; i++) {
        const struct purpose *purpose = &codes_purposes[i];
        T_EQ_UINT(purpose->documents_count, purpose->code == 13 ? 2 : 0);
        for (uint8_t k = 0; k < purpose->documents_count; k++) {
            T_EQ_STR(purpose->documents[k].professions, "FG");
            T_TRUE(purpose->documents[k].other_county);
        }
    }
}

TEST(a_purpose_is_two_digits)
{
    uint8_t code = 0;
    T_TRUE(purpose_parse(BYTES_LITERAL("05"), &code) && code == 5);
    T_TRUE(purpose_parse(BYTES_LITERAL("98"), &code) && code == 98); /* unknown, but well-formed */
    T_TRUE(purpose_find(98) == NULL && purpose_find(0) == NULL);
    T_FALSE(purpose_parse(BYTES_LITERAL("5"), &code));
    T_FALSE(purpose_parse(BYTES_LITERAL("005"), &code));
    T_FALSE(purpose_parse(BYTES_LITERAL("0x"), &code));
    T_FALSE(purpose_parse(BYTES_LITERAL("00"), &code));
    T_FALSE(purpose_parse(BYTES_LITERAL(""), &code));
}

TEST(no_code_is_in_a_list_for_being_its_end)
{
    T_FALSE(profession_in("ABC", 0));
    T_FALSE(profession_in("", 'A'));
    T_TRUE(profession_in("ABC", 'C'));
}

T_LIST(codes_test, T(all_professions_are_there_and_seven_may_not_file),
       T(departments_pack_and_unpack), T(the_22_counties_have_their_bureaus),
       T(a_county_is_found_by_either_spelling), T(a_county_code_has_five_digits),
       T(every_type_of_the_real_list_is_known), T(purposes_and_professions_are_those_of_domain_6),
       T(whoever_may_file_has_a_purpose_and_nobody_else),
       T(pharmacists_have_the_five_reasons_and_no_others),
       T(only_home_care_of_nurses_across_counties_needs_documents), T(a_purpose_is_two_digits),
       T(no_code_is_in_a_list_for_being_its_end));
