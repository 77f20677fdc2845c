#include "web/time_json.h"
#include "base/arena.h"
#include "model/text.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was told, as "code pointer; code pointer". */
struct told {
    char text[8192];
};

static void told_add(void *self, const char *pointer_suffix, const char *code)
{
    struct told *told = self;
    size_t used = strlen(told->text);
    snprintf(told->text + used, sizeof told->text - used, "%s%s%s%s", used > 0 ? "; " : "", code,
             pointer_suffix[0] == '\0' ? "" : " ", pointer_suffix);
}

static struct arena arena;
static struct told told;

static bool decode(const char *json, struct time_rule *rule)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), 0);
    if (doc == NULL)
        T_FAIL("the test's own JSON is bad: %s", json);
    if (arena.chunk_size == 0)
        arena_init(&arena, 4096, 0);
    told.text[0] = '\0';
    bool done = time_from_json(yyjson_doc_get_root(doc), &arena, rule, told_add, &told);
    yyjson_doc_free(doc);
    return done;
}

static void expect_back(const struct time_rule *rule, const char *want)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *value = time_to_json(doc, rule);
    T_TRUE(value != NULL);
    yyjson_mut_doc_set_root(doc, value);
    char *got = yyjson_mut_write(doc, 0, NULL);
    T_EQ_STR(got, want);
    free(got);
    yyjson_mut_doc_free(doc);
}

/* Decodes without a fault and comes back as it was sent. */
static void expect_same(const char *json)
{
    struct time_rule rule;
    bool done = decode(json, &rule);
    T_EQ_STR(told.text, "");
    T_TRUE(done);
    T_TRUE(time_is_whole(&rule));
    expect_back(&rule, json);
    arena_deinit(&arena);
}

static void expect_faults(const char *json, const char *want)
{
    struct time_rule rule = {.mode = TIME_DATES, .every = 77};
    bool done = decode(json, &rule);
    T_EQ_STR(told.text, want);
    T_FALSE(done);
    T_EQ_INT(rule.every, 77); /* untouched */
    arena_deinit(&arena);
}

TEST(times_come_back_as_they_were_sent)
{
    expect_same(
        "{\"mode\":\"continuous\",\"start\":\"2026-12-01T08:00\",\"end\":\"2026-12-31T17:00\"}");
    expect_same(
        "{\"mode\":\"continuous\",\"start\":\"2026-12-01T00:00\",\"end\":\"2026-12-31T24:00\"}");
    expect_same(
        "{\"mode\":\"continuous\",\"start\":\"2026-12-01T00:00\",\"end\":\"9999-12-31T24:00\"}");
    static const char *const rules[] = {"{\"kind\":\"weekly\",\"weekdays\":[1,3]}",
                                        "{\"kind\":\"monthly_weekday\",\"nth\":2,\"weekday\":5}",
                                        "{\"kind\":\"monthly_weekday\",\"nth\":-1,\"weekday\":7}",
                                        "{\"kind\":\"monthly_day\",\"day\":31}",
                                        "{\"kind\":\"every_n_weeks\",\"every\":52,\"weekday\":7}",
                                        "{\"kind\":\"every_n_days\",\"every\":365}"};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        char json[512];
        snprintf(json, sizeof json,
                 "{\"mode\":\"recurring\",\"from\":\"2026-12-01\",\"to\":\"2027-05-31\","
                 "\"start\":\"08:00\",\"end\":\"24:00\",\"rule\":%s}",
                 rules[i]);
        expect_same(json);
    }
    expect_same("{\"mode\":\"dates\",\"dates\":[\"2026-12-03\",\"2026-12-04\",\"2026-12-09\"],"
                "\"start\":\"13:00\",\"end\":\"13:00\"}");
}

TEST(members_mean_what_the_contract_says)
{
    struct time_rule rule;
    T_TRUE(decode("{\"end\":\"12:00\",\"start\":\"08:00\",\"rule\":{\"weekday\":7,\"every\":2,"
                  "\"kind\":\"every_n_weeks\"},\"to\":\"2027-05-31\",\"from\":\"2026-12-01\","
                  "\"mode\":\"recurring\"}",
                  &rule));
    T_EQ_INT(rule.mode, TIME_RECURRING);
    T_EQ_INT(rule.rule, RULE_EVERY_N_WEEKS);
    T_EQ_INT(rule.every, 2);
    T_EQ_INT(rule.weekday, 7);
    T_EQ_INT(rule.at, 480);
    T_EQ_INT(rule.until, 720);
    T_TRUE(decode("{\"mode\":\"continuous\",\"start\":\"2026-12-01T08:00\",\"end\":"
                  "\"2026-12-01T24:00\"}",
                  &rule));
    T_EQ_INT(rule.end - rule.start, 16 * 60);
    arena_deinit(&arena);
}

TEST(dates_are_sorted_into_runs)
{
    struct time_rule rule;
    T_TRUE(decode("{\"mode\":\"dates\",\"dates\":[\"2026-12-31\",\"2026-12-03\",\"2027-01-01\","
                  "\"2026-12-05\",\"2026-12-04\"],\"start\":\"13:00\",\"end\":\"17:00\"}",
                  &rule));
    T_EQ_INT(rule.runs_count, 2);
    T_EQ_INT(rule.runs[0].count, 3);
    T_EQ_INT(rule.runs[1].count, 2);
    expect_back(&rule,
                "{\"mode\":\"dates\",\"dates\":[\"2026-12-03\",\"2026-12-04\",\"2026-12-05\","
                "\"2026-12-31\",\"2027-01-01\"],\"start\":\"13:00\",\"end\":\"17:00\"}");
    arena_deinit(&arena);
}

TEST(a_time_without_a_day_in_its_months_is_well_formed)
{
    expect_same("{\"mode\":\"recurring\",\"from\":\"2027-02-01\",\"to\":\"2027-02-28\","
                "\"start\":\"08:00\",\"end\":\"12:00\",\"rule\":{\"kind\":\"monthly_day\","
                "\"day\":31}}");
}

TEST(a_value_of_another_type_is_bad_type)
{
    expect_faults("[]", "bad_type");
    expect_faults("null", "bad_type");
    expect_faults("{\"mode\":5}", "bad_type /mode");
    expect_faults("{\"mode\":\"sometimes\"}", "bad_type /mode");
    expect_faults("{}", "required /mode");
    expect_faults("{\"mode\":\"continuous\",\"start\":5,\"end\":false}",
                  "bad_type /start; bad_type /end");
    expect_faults("{\"mode\":\"recurring\",\"from\":1,\"to\":[],\"start\":{},\"end\":true,\"rule\":"
                  "\"weekly\"}",
                  "bad_type /from; bad_type /to; bad_type /start; bad_type /end; bad_type /rule");
    expect_faults("{\"mode\":\"dates\",\"dates\":\"2026-12-01\",\"start\":\"08:00\",\"end\":"
                  "\"09:00\"}",
                  "bad_type /dates");
    expect_faults("{\"mode\":\"dates\",\"dates\":[\"2026-12-01\",20261202],\"start\":\"08:00\","
                  "\"end\":\"09:00\"}",
                  "bad_type /dates/1");
}

TEST(a_bad_value_has_its_code_and_place)
{
    expect_faults("{\"mode\":\"continuous\",\"start\":\"2026-02-30T08:00\",\"end\":"
                  "\"2026-12-01T25:00\"}",
                  "bad_date /start; bad_time /end");
    expect_faults("{\"mode\":\"continuous\",\"start\":\"2026-12-01T24:00\",\"end\":\"\"}",
                  "bad_time /start; bad_date /end");
    expect_faults("{\"mode\":\"recurring\",\"from\":\"2026-13-01\",\"to\":\"soon\",\"start\":"
                  "\"24:00\",\"end\":\"8:00\",\"rule\":{\"kind\":\"every_n_days\",\"every\":1}}",
                  "bad_date /from; bad_date /to; bad_time /start; bad_time /end");
    expect_faults("{\"mode\":\"dates\",\"dates\":[\"2026-12-01\",\"2026-11-31\",\"2026-12-01\"],"
                  "\"start\":\"08:00\",\"end\":\"09:00\"}",
                  "bad_date /dates/1; bad_date /dates/2");
}

static void expect_rule_fault(const char *rule, const char *want)
{
    char json[512];
    snprintf(json, sizeof json,
             "{\"mode\":\"recurring\",\"from\":\"2026-12-01\",\"to\":\"2027-05-31\",\"start\":"
             "\"08:00\",\"end\":\"12:00\",\"rule\":%s}",
             rule);
    expect_faults(json, want);
}

TEST(rules_have_their_ranges)
{
    expect_rule_fault("{\"kind\":\"yearly\"}", "bad_rule /rule/kind");
    expect_rule_fault("{\"kind\":7}", "bad_type /rule/kind");
    expect_rule_fault("{\"weekdays\":[1]}", "required /rule/kind");
    expect_rule_fault("{\"kind\":\"weekly\",\"weekdays\":[]}", "bad_rule /rule/weekdays");
    expect_rule_fault("{\"kind\":\"weekly\",\"weekdays\":3}", "bad_type /rule/weekdays");
    expect_rule_fault("{\"kind\":\"weekly\",\"weekdays\":[1,8,0,1,2.5]}",
                      "bad_rule /rule/weekdays/1; bad_rule /rule/weekdays/2; "
                      "bad_rule /rule/weekdays/3; bad_type /rule/weekdays/4");
    expect_rule_fault("{\"kind\":\"weekly\",\"weekdays\":[1,2,3,4,5,6,7,1]}",
                      "bad_rule /rule/weekdays");
    expect_rule_fault("{\"kind\":\"monthly_weekday\",\"nth\":0,\"weekday\":0}",
                      "bad_rule /rule/nth; bad_rule /rule/weekday");
    expect_rule_fault("{\"kind\":\"monthly_weekday\",\"nth\":6,\"weekday\":8}",
                      "bad_rule /rule/nth; bad_rule /rule/weekday");
    expect_rule_fault("{\"kind\":\"monthly_weekday\",\"nth\":-2,\"weekday\":-1}",
                      "bad_rule /rule/nth; bad_rule /rule/weekday");
    expect_rule_fault("{\"kind\":\"monthly_day\",\"day\":32}", "bad_rule /rule/day");
    expect_rule_fault("{\"kind\":\"monthly_day\",\"day\":4294967297}", "bad_rule /rule/day");
    expect_rule_fault("{\"kind\":\"monthly_day\",\"day\":18446744073709551615}",
                      "bad_rule /rule/day");
    expect_rule_fault("{\"kind\":\"monthly_day\",\"day\":-9223372036854775808}",
                      "bad_rule /rule/day");
    expect_rule_fault("{\"kind\":\"monthly_day\",\"day\":\"31\"}", "bad_type /rule/day");
    expect_rule_fault("{\"kind\":\"every_n_weeks\",\"every\":1,\"weekday\":1}",
                      "bad_rule /rule/every");
    expect_rule_fault("{\"kind\":\"every_n_weeks\",\"every\":53,\"weekday\":1}",
                      "bad_rule /rule/every");
    expect_rule_fault("{\"kind\":\"every_n_days\",\"every\":366}", "bad_rule /rule/every");
    expect_rule_fault("{\"kind\":\"every_n_days\",\"every\":0}", "bad_rule /rule/every");
}

TEST(members_that_do_not_belong_are_unknown)
{
    expect_faults("{\"mode\":\"continuous\",\"start\":\"2026-12-01T08:00\",\"end\":"
                  "\"2026-12-01T09:00\",\"rule\":{},\"a/b~c\":1}",
                  "unknown_field /rule; unknown_field /a~1b~0c");
    expect_rule_fault("{\"kind\":\"monthly_day\",\"day\":1,\"weekday\":1}",
                      "unknown_field /rule/weekday");
    char json[1024], name[600];
    memset(name, '/', sizeof name - 1); /* the longest escape, cut within bounds */
    name[sizeof name - 1] = '\0';
    snprintf(json, sizeof json, "{\"mode\":\"dates\",\"%s\":1}", name);
    struct time_rule rule;
    T_FALSE(decode(json, &rule));
    T_TRUE(strncmp(told.text, "unknown_field /~1~1", 19) == 0);
    arena_deinit(&arena);
}

/* The pointer is printed as JSON, which holds no half characters. */
TEST(a_long_name_is_cut_between_characters)
{
    static const char *const before[] = {"", "a", "aa", "~", "a~"};
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        char json[1024], name[256] = "";
        size_t size = (size_t)snprintf(name, sizeof name, "%s", before[i]);
        for (int k = 0; k < 60; k++)
            size += (size_t)snprintf(name + size, sizeof name - size, "護");
        snprintf(json, sizeof json, "{\"mode\":\"dates\",\"%s\":1}", name);
        struct time_rule rule;
        T_FALSE(decode(json, &rule));
        T_TRUE(text_is_utf8(bytes_from_text(told.text)));
        arena_deinit(&arena);
    }
}

/* API 4.2: a draft may be incomplete; it is told, kept, and comes back with what it had. */
static void expect_draft(const char *json, const char *want)
{
    struct time_rule rule;
    T_TRUE(decode(json, &rule));
    T_EQ_STR(told.text, want);
    T_FALSE(time_is_whole(&rule));
    T_EQ_UINT(occurrence_count(&rule, OCCURRENCES_MAX), 0);
    expect_back(&rule, json);
    arena_deinit(&arena);
}

TEST(drafts_may_be_incomplete_or_reversed)
{
    expect_draft("{\"mode\":\"continuous\"}", "required /start; required /end");
    expect_draft("{\"mode\":\"continuous\",\"start\":\"2026-12-01T08:00\"}", "required /end");
    expect_draft("{\"mode\":\"recurring\",\"from\":\"2026-12-01\",\"end\":\"08:00\"}",
                 "required /to; required /start; required /rule");
    expect_draft("{\"mode\":\"recurring\",\"from\":\"2026-12-01\",\"to\":\"2026-12-31\",\"start\":"
                 "\"08:00\",\"end\":\"12:00\",\"rule\":{\"kind\":\"monthly_weekday\",\"nth\":1}}",
                 "required /rule/weekday");
    expect_draft("{\"mode\":\"dates\",\"dates\":[],\"start\":\"08:00\",\"end\":\"12:00\"}",
                 "required /dates");
    expect_draft("{\"mode\":\"continuous\",\"start\":\"2026-12-01T08:00\",\"end\":"
                 "\"2026-12-01T08:00\"}",
                 "end_before_start /end");
    expect_draft("{\"mode\":\"recurring\",\"from\":\"2026-12-31\",\"to\":\"2026-12-01\",\"start\":"
                 "\"08:00\",\"end\":\"12:00\",\"rule\":{\"kind\":\"every_n_days\",\"every\":1}}",
                 "end_before_start /to");
}

TEST(null_is_the_same_as_not_given)
{
    struct time_rule rule;
    T_TRUE(decode("{\"mode\":\"recurring\",\"from\":null,\"to\":null,\"start\":null,\"end\":null,"
                  "\"rule\":null}",
                  &rule));
    T_EQ_STR(told.text, "required /from; required /to; required /start; required /end; "
                        "required /rule");
    expect_back(&rule, "{\"mode\":\"recurring\"}");
    expect_faults("{\"mode\":null}", "required /mode");
    expect_rule_fault("{\"kind\":null}", "required /rule/kind");
    arena_deinit(&arena);
}

TEST(required_and_bad_are_told_together)
{
    expect_faults("{\"mode\":\"recurring\",\"from\":\"2026-12-00\",\"start\":\"08:00\",\"rule\":"
                  "{\"kind\":\"every_n_weeks\",\"every\":1}}",
                  "bad_date /from; bad_rule /rule/every; required /to; required /end; "
                  "required /rule/weekday");
}

TEST(there_are_limits)
{
    expect_faults("{\"mode\":\"recurring\",\"from\":\"2026-01-01\",\"to\":\"2028-09-27\",\"start\":"
                  "\"08:00\",\"end\":\"12:00\",\"rule\":{\"kind\":\"every_n_days\",\"every\":1}}",
                  "too_many_occurrences"); /* 1,001 */
    expect_same("{\"mode\":\"recurring\",\"from\":\"2026-01-01\",\"to\":\"2028-09-26\",\"start\":"
                "\"08:00\",\"end\":\"12:00\",\"rule\":{\"kind\":\"every_n_days\",\"every\":1}}");
    for (int count = 366; count <= 367; count++) {
        static char json[8192];
        size_t used = (size_t)snprintf(json, sizeof json, "{\"mode\":\"dates\",\"dates\":[");
        for (int i = 0; i < count; i++) {
            char date[DATE_MAX];
            date_print(20000 + 2 * i, date);
            used += (size_t)snprintf(json + used, sizeof json - used, "%s\"%s\"", i > 0 ? "," : "",
                                     date);
        }
        snprintf(json + used, sizeof json - used, "],\"start\":\"08:00\",\"end\":\"12:00\"}");
        if (count == 366)
            expect_same(json);
        else
            expect_faults(json, "too_long /dates");
    }
}

TEST(a_full_arena_is_no_fault_of_the_sender)
{
    struct arena small;
    static const char json[] = "{\"mode\":\"dates\",\"dates\":[\"2026-12-01\",\"2026-12-03\","
                               "\"2026-12-05\"],\"start\":\"08:00\",\"end\":\"12:00\"}";
    yyjson_doc *doc = yyjson_read(json, sizeof json - 1, 0);
    struct time_rule rule;
    arena_init(&small, 64, 16);
    told.text[0] = '\0';
    T_FALSE(time_from_json(yyjson_doc_get_root(doc), &small, &rule, told_add, &told));
    T_EQ_STR(told.text, "");
    arena_deinit(&small);
    yyjson_doc_free(doc);
}

T_LIST(time_json_test, T(times_come_back_as_they_were_sent), T(members_mean_what_the_contract_says),
       T(dates_are_sorted_into_runs), T(a_time_without_a_day_in_its_months_is_well_formed),
       T(a_value_of_another_type_is_bad_type), T(a_bad_value_has_its_code_and_place),
       T(rules_have_their_ranges), T(members_that_do_not_belong_are_unknown),
       T(a_long_name_is_cut_between_characters), T(drafts_may_be_incomplete_or_reversed),
       T(null_is_the_same_as_not_given), T(required_and_bad_are_told_together), T(there_are_limits),
       T(a_full_arena_is_no_fault_of_the_sender));
