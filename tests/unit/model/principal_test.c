#include "model/principal.h"
#include "tests/lib/t.h"
#include <string.h>

TEST(a_principal_is_read_back)
{
    uint8_t room[256];
    for (int kind = PRINCIPAL_NONE; kind <= PRINCIPAL_SYSTEM; kind++) {
        for (int method = METHOD_NONE; method <= METHOD_SYSTEM; method++) {
            struct principal want = {.kind = (enum principal_kind)kind,
                                     .method = (enum method)method,
                                     .rights = RIGHT_READ | RIGHT_SUBMIT,
                                     .person = UINT64_MAX,
                                     .institution = 1,
                                     .county = 9007,
                                     .session = 42},
                             got;
            memset(want.name, 'n', (size_t)kind * 12);
            struct writer out = writer_on(room, sizeof room);
            principal_write(&out, &want);
            struct reader in = reader_of(writer_bytes(&out));
            T_TRUE(principal_read(&in, &got));
            T_TRUE(reader_done(&in));
            T_TRUE(got.kind == want.kind && got.method == want.method);
            T_TRUE(got.rights == want.rights && got.person == want.person);
            T_TRUE(got.institution == 1 && got.county == 9007 && got.session == 42);
            T_EQ_STR(got.name, want.name);
        }
    }
}

static bool reads_with(size_t offset, uint8_t value)
{
    uint8_t room[256];
    struct principal principal = {.kind = PRINCIPAL_OPS, .name = "name"}, got;
    struct writer out = writer_on(room, sizeof room);
    principal_write(&out, &principal);
    room[offset] = value;
    struct reader in = reader_of(writer_bytes(&out));
    bool read = principal_read(&in, &got);
    T_EQ_INT(in.failed, !read);
    return read;
}

TEST(values_that_do_not_exist_are_not_read)
{
    T_TRUE(reads_with(0, PRINCIPAL_SYSTEM));
    T_FALSE(reads_with(0, 6));
    T_TRUE(reads_with(1, METHOD_SYSTEM));
    T_FALSE(reads_with(1, 6));
    T_TRUE(reads_with(2, RIGHTS_ALL));
    T_FALSE(reads_with(2, 16));
    T_FALSE(reads_with(31, 200)); /* the name's length */
}

TEST(a_cut_principal_is_not_read)
{
    uint8_t room[256];
    struct principal principal = {.kind = PRINCIPAL_OPS, .name = "name"}, got;
    struct writer out = writer_on(room, sizeof room);
    principal_write(&out, &principal);
    for (size_t size = 0; size < out.size; size++) {
        struct reader in = reader_of(bytes_of(room, size));
        T_FALSE(principal_read(&in, &got));
    }
}

TEST(names_are_those_of_the_contract)
{
    T_EQ_STR(principal_kind_name(PRINCIPAL_PERSON), "person");
    T_EQ_STR(principal_kind_name(PRINCIPAL_INSTITUTION), "institution");
    T_EQ_STR(principal_kind_name(PRINCIPAL_BUREAU), "bureau");
    T_EQ_STR(principal_kind_name(PRINCIPAL_OPS), "ops");
    T_EQ_STR(principal_kind_name(PRINCIPAL_SYSTEM), "system");
    T_EQ_STR(method_name(METHOD_HCA), "hca");
    T_EQ_STR(method_name(METHOD_NHI), "nhi");
    T_EQ_STR(method_name(METHOD_NOCARD), "nocard");
    T_EQ_STR(method_name(METHOD_TOKEN), "token");
    T_EQ_STR(method_name(METHOD_SYSTEM), "system");
}

TEST(the_four_rights_are_parsed_and_no_other)
{
    uint8_t right = 0;
    T_TRUE(right_parse(BYTES_LITERAL("read"), &right) && right == RIGHT_READ);
    T_TRUE(right_parse(BYTES_LITERAL("file"), &right) && right == RIGHT_FILE);
    T_TRUE(right_parse(BYTES_LITERAL("submit"), &right) && right == RIGHT_SUBMIT);
    T_TRUE(right_parse(BYTES_LITERAL("import"), &right) && right == RIGHT_IMPORT);
    T_FALSE(right_parse(BYTES_LITERAL("Read"), &right));
    T_FALSE(right_parse(BYTES_LITERAL("rea"), &right));
    T_FALSE(right_parse(BYTES_LITERAL(""), &right));
    T_EQ_UINT(right, RIGHT_IMPORT);
}

T_LIST(principal_test, T(a_principal_is_read_back), T(values_that_do_not_exist_are_not_read),
       T(a_cut_principal_is_not_read), T(names_are_those_of_the_contract),
       T(the_four_rights_are_parsed_and_no_other));
