#include "web/reply.h"
#include "tests/lib/t.h"
#include "web/json.h"
#include <string.h>

TEST(every_code_of_content_has_words_in_both_languages)
{
    for (int i = CODE_NONE + 1; i < CODE_COUNT; i++) {
        const char *code = code_name((enum code)i);
        T_TRUE(reply_message(code, LANGUAGE_ZH) != NULL);
        T_TRUE(reply_message(code, LANGUAGE_EN) != NULL);
        T_TRUE(reply_status(code) == 422 || reply_status(code) == 400);
    }
    T_TRUE(reply_message("no_such_code", LANGUAGE_ZH) == NULL);
}

TEST(every_code_has_a_status_with_a_reason)
{
    size_t count = 0;
    for (const char *code; (code = reply_code_at(count)) != NULL; count++) {
        T_TRUE(reply_status(code) >= 400);
        T_TRUE(reply_reason(reply_status(code))[0] != '\0');
        for (size_t i = 0; i < count; i++)
            T_TRUE(strcmp(reply_code_at(i), code) != 0);
    }
    T_TRUE(count > 80);
}

TEST(refusals_of_actors_are_mapped)
{
    T_TRUE(reply_refusal(OUTCOME_OK).code == NULL);
    T_TRUE(reply_refusal(OUTCOME_CREATED).code == NULL);
    T_TRUE(reply_refusal(OUTCOME_DELETED).code == NULL);
    for (int i = OUTCOME_NOT_FOUND; i < OUTCOME_COUNT; i++)
        T_TRUE(reply_refusal((enum outcome)i).status >= 400);
    T_EQ_INT(reply_refusal(OUTCOME_STALE).status, 412);
    T_EQ_INT(reply_refusal(OUTCOME_READ_ONLY).status, 503);
    T_EQ_STR(reply_refusal(OUTCOME_UNKNOWN).code, "unknown_outcome");
    T_EQ_INT(reply_refusal(OUTCOME_AUTH_ACCOUNT).status, 403);
}

TEST(the_language_is_chinese_unless_english_weighs_more)
{
    static const struct {
        const char *text;
        enum language want;
    } cases[] = {
        {"", LANGUAGE_ZH},
        {"en", LANGUAGE_EN},
        {"en-US,en;q=0.9", LANGUAGE_EN},
        {"zh-TW,zh;q=0.9,en;q=0.8", LANGUAGE_ZH},
        {"en;q=0.3, zh;q=0.5", LANGUAGE_ZH},
        {"zh;q=0.3,EN;q=0.51", LANGUAGE_EN},
        {"fr, en;q=0.1", LANGUAGE_EN},
        {"en;q=0", LANGUAGE_ZH},
        {"english", LANGUAGE_ZH},
        {"*", LANGUAGE_ZH},
        {",;q=,", LANGUAGE_ZH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        T_EQ_INT(reply_language(bytes_from_text(cases[i].text)), cases[i].want);
}

TEST(a_problem_document_has_all_members)
{
    struct arena arena;
    struct problems problems;
    arena_init(&arena, 4096, 0);
    problems_init(&problems, &arena);
    struct problem *problem = problems_add(&problems, CODE_OVERLAPS_CASE, "/lines/%d/times/0", 3);
    problem->has_with = true;
    problem->with_index = 12;
    problem->start = 0;
    problem->end = 60;
    yyjson_mut_doc *doc = reply_problem(&arena, 422, "overlaps_case", LANGUAGE_EN, "abc");
    reply_add_problem(doc, LANGUAGE_EN, problem);
    T_EQ_BYTES(
        json_print(doc, &arena),
        BYTES_LITERAL(
            "{\"type\":\"urn:baobei:problem:overlaps_case\",\"title\":\"Unprocessable Content\","
            "\"status\":422,\"detail\":\"Overlaps another line.\",\"code\":\"overlaps_case\","
            "\"request_id\":\"abc\",\"errors\":[{\"field\":\"/lines/3/times/0\","
            "\"code\":\"overlaps_case\",\"message\":\"Overlaps another line.\","
            "\"with\":\"/lines/"
            "12\",\"start\":\"1970-01-01T00:00\",\"end\":\"1970-01-01T01:00\"}]}"));
    arena_deinit(&arena);
}

TEST(without_memory_there_is_no_document)
{
    for (size_t quota = 16; quota < 600; quota += 32) {
        struct arena arena;
        arena_init(&arena, 64, quota);
        yyjson_mut_doc *doc = reply_problem(&arena, 422, "invalid", LANGUAGE_ZH, "abc");
        reply_add_error(doc, LANGUAGE_ZH, "/a", "required");
        T_TRUE(json_print(doc, &arena).data == NULL);
        arena_deinit(&arena);
    }
}

T_LIST(reply_test, T(every_code_of_content_has_words_in_both_languages),
       T(every_code_has_a_status_with_a_reason), T(refusals_of_actors_are_mapped),
       T(the_language_is_chinese_unless_english_weighs_more), T(a_problem_document_has_all_members),
       T(without_memory_there_is_no_document));
