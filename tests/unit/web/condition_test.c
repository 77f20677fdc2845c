/* If-Match and If-None-Match against a tag (RFC 9110 13.1.1, 13.1.2, 13.2.2). */
#include "web/condition.h"
#include "tests/lib/t.h"

static enum condition judge(const char *match, const char *none_match, const char *etag)
{
    struct request_field fields[2];
    struct request request = {.fields = fields};
    if (match != NULL)
        fields[request.fields_count++] =
            (struct request_field){BYTES_LITERAL("If-Match"), bytes_from_text(match)};
    if (none_match != NULL)
        fields[request.fields_count++] =
            (struct request_field){BYTES_LITERAL("if-none-match"), bytes_from_text(none_match)};
    return condition_of(&request, bytes_from_text(etag));
}

TEST(without_a_condition_it_holds)
{
    T_EQ_INT(judge(NULL, NULL, "\"7\""), CONDITION_HOLDS);
}

TEST(if_none_match_compares_weakly)
{
    static const char *const known[] = {"\"7\"",        "W/\"7\"",      "*",
                                        "\"6\", \"7\"", ",, W/\"7\",,", "\"a,b\",\"7\""};
    static const char *const other[] = {"\"6\"", "7", "", "\"77\"", "\"7", "x \"7\"", "W/7"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        T_EQ_INT(judge(NULL, known[i], "\"7\""), CONDITION_KNOWN);
        T_EQ_INT(judge(NULL, known[i], "W/\"7\""), CONDITION_KNOWN);
    }
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        T_EQ_INT(judge(NULL, other[i], "\"7\""), CONDITION_HOLDS);
}

TEST(if_match_compares_strongly_and_comes_first)
{
    T_EQ_INT(judge("\"6\", \"7\"", NULL, "\"7\""), CONDITION_HOLDS);
    T_EQ_INT(judge("*", NULL, "\"7\""), CONDITION_HOLDS);
    T_EQ_INT(judge("W/\"7\"", NULL, "\"7\""), CONDITION_CHANGED);
    T_EQ_INT(judge("\"7\"", NULL, "W/\"7\""), CONDITION_CHANGED);
    T_EQ_INT(judge("\"6\"", "\"7\"", "\"7\""), CONDITION_CHANGED);
    T_EQ_INT(judge("\"7\"", "\"7\"", "\"7\""), CONDITION_KNOWN);
}

T_LIST(condition_test, T(without_a_condition_it_holds), T(if_none_match_compares_weakly),
       T(if_match_compares_strongly_and_comes_first));
