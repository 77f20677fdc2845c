#include "model/problem.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <string.h>

TEST(codes_have_distinct_names)
{
    for (int a = 1; a < CODE_COUNT; a++) {
        T_TRUE(strlen(code_name((enum code)a)) > 3);
        for (int b = 1; b < a; b++)
            T_TRUE(strcmp(code_name((enum code)a), code_name((enum code)b)) != 0);
    }
    T_EQ_STR(code_name(CODE_END_BEFORE_START), "end_before_start");
}

TEST(the_five_warnings_warn)
{
    unsigned count = 0;
    for (int code = 1; code < CODE_COUNT; code++)
        count += code_is_warning((enum code)code);
    T_EQ_UINT(count, 5);
    T_TRUE(code_is_warning(CODE_PLACE_NOT_LAWFUL) && code_is_warning(CODE_SHORT_LEAD));
    T_TRUE(code_is_warning(CODE_LONG_PERIOD) && code_is_warning(CODE_QUOTA_NEAR));
    T_TRUE(code_is_warning(CODE_HOURS_HIGH));
}

/* API 4.2, word by word. */
TEST(a_draft_is_refused_for_the_list_of_the_contract)
{
    static const char *const list[] = {"bad_type",
                                       "too_long",
                                       "bad_text",
                                       "bad_date",
                                       "bad_time",
                                       "bad_rule",
                                       "too_many_occurrences",
                                       "unknown_institution",
                                       "unknown_department",
                                       "unknown_purpose",
                                       "not_your_staff"};
    for (int code = 1; code < CODE_COUNT; code++) {
        bool listed = false;
        for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
            listed |= strcmp(list[i], code_name((enum code)code)) == 0;
        T_EQ_INT(code_refuses_draft((enum code)code), listed);
    }
}

TEST(required_stops_a_draft_for_three_members_only)
{
    static const struct {
        const char *field;
        bool refuses;
    } cases[] = {{"/lines", true},
                 {"/lines/0/target", true},
                 {"/lines/12/person_id", true},
                 {"/target", true},
                 {"/lines/0/times", false},
                 {"/lines/0/purpose", false},
                 {"/lines/0/purpose_note", false},
                 {"/lines/0/times/0/rule/day", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct problem problem = {.code = CODE_REQUIRED};
        snprintf(problem.field, sizeof problem.field, "%s", cases[i].field);
        T_EQ_INT(problem_refuses_draft(&problem), cases[i].refuses);
    }
    T_TRUE(problem_refuses_draft(&(struct problem){.code = CODE_BAD_RULE}));
    T_FALSE(problem_refuses_draft(&(struct problem){.code = CODE_IN_THE_PAST}));
}

TEST(a_list_grows_and_keeps_its_items)
{
    struct arena arena;
    arena_init(&arena, 4096, 0);
    struct problems list;
    problems_init(&list, &arena);
    for (uint32_t i = 0; i < 500; i++)
        problems_add(&list, CODE_REQUIRED, "/lines/%u/%s", i, "target")->with_index = (uint16_t)i;
    T_EQ_UINT(list.count, 500);
    T_FALSE(list.truncated);
    T_EQ_STR(list.items[0].field, "/lines/0/target");
    T_EQ_STR(list.items[499].field, "/lines/499/target");
    T_EQ_UINT(list.items[7].with_index, 7);
    arena_deinit(&arena);
}

TEST(a_full_list_says_so_and_is_left_alone)
{
    struct arena arena;
    arena_init(&arena, 4096, 0);
    struct problems list;
    problems_init(&list, &arena);
    for (uint32_t i = 0; i < PROBLEMS_MAX; i++)
        problems_add(&list, CODE_REQUIRED, "/%u", i);
    T_FALSE(list.truncated);
    struct problem *spare = problems_add(&list, CODE_BAD_RULE, "/one/more");
    spare->start = 1;
    T_TRUE(list.truncated);
    T_EQ_UINT(list.count, PROBLEMS_MAX);
    T_EQ_INT(list.items[PROBLEMS_MAX - 1].code, CODE_REQUIRED);
    T_EQ_INT(list.items[PROBLEMS_MAX - 1].start, 0);
    arena_deinit(&arena);
}

TEST(without_memory_the_list_is_truncated_but_never_null)
{
    struct arena arena;
    arena_init(&arena, 16, 16);
    struct problems list;
    problems_init(&list, &arena);
    struct problem *spare = problems_add(&list, CODE_BAD_RULE, "/lines");
    T_TRUE(spare != NULL);
    T_TRUE(list.truncated);
    T_EQ_UINT(list.count, 0);
    arena_deinit(&arena);
}

TEST(a_pointer_longer_than_any_of_ours_is_a_bug)
{
    struct arena arena;
    arena_init(&arena, 4096, 0);
    struct problems list;
    problems_init(&list, &arena);
    T_ABORTS(problems_add(&list, CODE_REQUIRED, "/%0*d", FIELD_MAX, 1));
    problems_add(&list, CODE_REQUIRED, "/%0*d", FIELD_MAX - 2, 1);
    T_EQ_UINT(strlen(list.items[0].field), FIELD_MAX - 1);
    arena_deinit(&arena);
}

static struct bytes written(struct problems *list, struct arena *arena, uint8_t *room, size_t size)
{
    problems_init(list, arena);
    struct problem *problem = problems_add(list, CODE_OVERLAPS_CASE, "/lines/1/times/0");
    problem->has_with = true;
    problem->with = (struct line_id){{5, 20000, 3}, 2};
    problem->start = -5;
    problem->end = 7;
    problems_add(list, CODE_OVERLAPS_CASE, "/lines/2/times/1")->with_index = 1;
    problems_add(list, CODE_REQUIRED, "%s", "");
    list->truncated = true;
    struct writer out = writer_on(room, size);
    problems_write(&out, list);
    T_FALSE(out.failed);
    return writer_bytes(&out);
}

TEST(a_list_is_read_back)
{
    struct arena arena;
    arena_init(&arena, 4096, 0);
    uint8_t room[512];
    struct problems want, got;
    struct reader in = reader_of(written(&want, &arena, room, sizeof room));
    problems_init(&got, &arena);
    T_TRUE(problems_read(&in, &got));
    T_TRUE(reader_done(&in));
    T_TRUE(got.truncated);
    T_EQ_UINT(got.count, 3);
    T_EQ_INT(got.items[0].code, CODE_OVERLAPS_CASE);
    T_EQ_STR(got.items[0].field, "/lines/1/times/0");
    T_TRUE(line_id_equal(got.items[0].with, want.items[0].with) && got.items[0].has_with);
    T_TRUE(got.items[0].start == -5 && got.items[0].end == 7);
    T_TRUE(!got.items[1].has_with && got.items[1].with_index == 1);
    T_EQ_STR(got.items[2].field, "");
    arena_deinit(&arena);
}

TEST(a_cut_list_is_not_read)
{
    struct arena arena;
    arena_init(&arena, 4096, 0);
    uint8_t room[512];
    struct problems want, got;
    struct bytes whole = written(&want, &arena, room, sizeof room);
    for (size_t size = 0; size < whole.size; size++) {
        struct reader in = reader_of(bytes_slice(whole, 0, size));
        problems_init(&got, &arena);
        T_FALSE(problems_read(&in, &got));
        T_TRUE(in.failed);
    }
    arena_deinit(&arena);
}

T_LIST(problem_test, T(codes_have_distinct_names), T(the_five_warnings_warn),
       T(a_draft_is_refused_for_the_list_of_the_contract),
       T(required_stops_a_draft_for_three_members_only), T(a_list_grows_and_keeps_its_items),
       T(a_full_list_says_so_and_is_left_alone),
       T(without_memory_the_list_is_truncated_but_never_null),
       T(a_pointer_longer_than_any_of_ours_is_a_bug), T(a_list_is_read_back),
       T(a_cut_list_is_not_read));
