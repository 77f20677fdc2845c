#include "model/sentence.h"
#include "tests/lib/t.h"
#include "tests/unit/model/rules_random.h"

static char got[SENTENCE_MAX + 1];

static const char *sentence_of(const struct time_rule *rule)
{
    struct writer out = writer_on(got, SENTENCE_MAX);
    sentence_time(&out, rule);
    T_FALSE(out.failed);
    got[out.size] = '\0';
    return got;
}

static struct time_rule recurring(enum rule_kind kind)
{
    struct time_rule rule = {.mode = TIME_RECURRING, .rule = kind, .at = 480, .until = 720};
    T_TRUE(date_parse(BYTES_LITERAL("2026-04-07"), &rule.from));
    T_TRUE(date_parse(BYTES_LITERAL("2027-03-31"), &rule.to));
    return rule;
}

TEST(the_five_rules)
{
    struct time_rule rule = recurring(RULE_WEEKLY);
    rule.weekdays = 2 | 16;
    T_EQ_STR(sentence_of(&rule),
             "每週星期二、五 08:00~12:00，115年4月7日（二）到 116年3月31日（三）");
    rule = recurring(RULE_EVERY_N_WEEKS);
    rule.every = 2;
    rule.weekday = 7;
    T_EQ_STR(sentence_of(&rule),
             "每 2 週一次，星期日 08:00~12:00，115年4月7日（二）到 116年3月31日（三）");
    rule = recurring(RULE_MONTHLY_WEEKDAY);
    rule.nth = 5;
    rule.weekday = 3;
    T_EQ_STR(sentence_of(&rule),
             "每月第 5 個星期三 08:00~12:00，115年4月7日（二）到 116年3月31日（三）");
    rule.nth = -1;
    rule.weekday = 1;
    T_EQ_STR(sentence_of(&rule),
             "每月最後一個星期一 08:00~12:00，115年4月7日（二）到 116年3月31日（三）");
    rule = recurring(RULE_MONTHLY_DAY);
    rule.day = 31;
    T_EQ_STR(sentence_of(&rule), "每月 31 日 08:00~12:00，115年4月7日（二）到 116年3月31日（三）");
    rule = recurring(RULE_EVERY_N_DAYS);
    rule.every = 3;
    T_EQ_STR(sentence_of(&rule), "每 3 日一次 08:00~12:00，115年4月7日（二）到 116年3月31日（三）");
    rule.every = 1;
    rule.at = 22 * 60;
    rule.until = 6 * 60;
    T_EQ_STR(sentence_of(&rule), "每日 22:00~隔日 06:00，115年4月7日（二）到 116年3月31日（三）");
    rule.until = 22 * 60;
    T_EQ_STR(sentence_of(&rule), "每日 22:00~隔日 22:00，115年4月7日（二）到 116年3月31日（三）");
    rule.until = 1440;
    T_EQ_STR(sentence_of(&rule), "每日 22:00~24:00，115年4月7日（二）到 116年3月31日（三）");
}

TEST(spans_and_ticked_dates)
{
    struct time_rule rule = {.mode = TIME_CONTINUOUS};
    T_TRUE(local_parse(BYTES_LITERAL("2026-04-01T08:00"), &rule.start));
    T_TRUE(local_parse(BYTES_LITERAL("2026-04-30T17:00"), &rule.end));
    T_EQ_STR(sentence_of(&rule), "115年4月1日（三）08:00 到 115年4月30日（四）17:00，連續不中斷");
    T_TRUE(local_parse(BYTES_LITERAL("2026-04-30T24:00"), &rule.end));
    rule.until = 1440;
    T_EQ_STR(sentence_of(&rule), "115年4月1日（三）08:00 到 115年4月30日（四）24:00，連續不中斷");
    struct day_run runs[2] = {{0, 2}, {0, 1}};
    T_TRUE(date_parse(BYTES_LITERAL("2026-12-03"), &runs[0].first));
    T_TRUE(date_parse(BYTES_LITERAL("2026-12-09"), &runs[1].first));
    rule = (struct time_rule){
        .mode = TIME_DATES, .at = 780, .until = 1020, .runs = runs, .runs_count = 2};
    T_EQ_STR(sentence_of(&rule), "115年12月3日（四）、115年12月4日（五）、115年12月9日（三），"
                                 "13:00~17:00");
    runs[1].count = 60;
    T_EQ_STR(sentence_of(&rule), "115年12月3日（四）、115年12月4日（五）、115年12月9日（三）、"
                                 "115年12月10日（四）、115年12月11日（五） 等 62 天，13:00~17:00");
}

TEST(drafts_say_nothing)
{
    struct time_rule rule = recurring(RULE_WEEKLY);
    T_EQ_STR(sentence_of(&rule), "");
    rule = (struct time_rule){.mode = TIME_CONTINUOUS, .start = 5, .end = LOCAL_NONE};
    T_EQ_STR(sentence_of(&rule), "");
}

TEST(skipped_months_in_words)
{
    const int32_t months[] = {2026 * 12 + 4, 2027 * 12 + 1};
    struct writer out = writer_on(got, SENTENCE_MAX);
    sentence_months(&out, months, 2);
    got[out.size] = '\0';
    T_EQ_STR(got, "115年5月、116年2月");
}

TEST(any_rule_fits)
{
    struct prng prng;
    prng_seed(&prng, 51);
    for (int i = 0; i < 3000; i++) {
        struct random_time time;
        random_time(&prng, &time, 0, 20000 + (int32_t)prng_below(&prng, 2000000), 4000);
        T_TRUE(sentence_of(&time.rule)[0] != '\0');
    }
    struct time_rule rule = recurring(RULE_MONTHLY_DAY);
    rule.day = 1;
    struct writer small = writer_on(got, 10);
    sentence_time(&small, &rule);
    T_TRUE(small.failed);
}

T_LIST(sentence_test, T(the_five_rules), T(spans_and_ticked_dates), T(drafts_say_nothing),
       T(skipped_months_in_words), T(any_rule_fits));
