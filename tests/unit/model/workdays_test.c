#include "model/workdays.h"
#include "base/prng.h"
#include "model/civil.h"
#include "tests/lib/t.h"

static int32_t day_at(const char *text)
{
    int32_t day;
    if (!date_parse(bytes_from_text(text), &day))
        T_FAIL("%s is no date", text);
    return day;
}

static void expect_after(const char *from, uint32_t n, struct workday_table table, const char *want)
{
    char got[DATE_MAX];
    date_print(workday_after(day_at(from), n, table), got);
    T_EQ_STR(got, want);
}

TEST(the_first_day_is_not_counted_and_weekends_move_on)
{
    const struct workday_table none = {NULL, 0};
    expect_after("2026-03-26", 7, none, "2026-04-06"); /* Thursday */
    expect_after("2026-03-26", 1, none, "2026-03-27");
    expect_after("2026-03-27", 1, none, "2026-03-30"); /* Friday -> Monday */
    expect_after("2026-03-28", 1, none, "2026-03-30"); /* Saturday -> Monday */
    expect_after("2026-03-28", 0, none, "2026-03-30");
    expect_after("2026-03-27", 0, none, "2026-03-27");
}

TEST(holidays_are_left_out)
{
    /* Tomb-sweeping days of 2026, one of them a Saturday. */
    const int32_t days[] = {day_at("2026-04-03"), day_at("2026-04-04"), day_at("2026-04-06")};
    const struct workday_table table = {days, 3};
    /* The mock: filed on Thursday 115-03-26, to be decided within 7 working days. */
    expect_after("2026-03-26", 7, table, "2026-04-08");
    expect_after("2026-04-03", 0, table, "2026-04-07");
    expect_after("2026-04-02", 1, table, "2026-04-07");
    T_FALSE(workday_is(day_at("2026-04-03"), table));
    T_FALSE(workday_is(day_at("2026-04-05"), table));
    T_TRUE(workday_is(day_at("2026-04-07"), table));
    T_EQ_UINT(workdays_between(day_at("2026-03-26"), day_at("2026-04-08"), table), 7);
    T_EQ_UINT(workdays_between(day_at("2026-04-08"), day_at("2026-03-26"), table), 0);
    T_EQ_UINT(workdays_between(day_at("2026-04-03"), day_at("2026-04-06"), table), 0);
}

TEST(counting_is_the_inverse_of_adding)
{
    struct prng prng;
    prng_seed(&prng, 31);
    for (int round = 0; round < 2000; round++) {
        int32_t days[64];
        size_t count = 0;
        for (int32_t day = 20000; day < 20100; day++)
            if (count < 64 && prng_chance(&prng, 5))
                days[count++] = day;
        struct workday_table table = {days, count};
        int32_t from = 20000 + (int32_t)prng_below(&prng, 60);
        uint32_t n = 1 + (uint32_t)prng_below(&prng, 30);
        int32_t due = workday_after(from, n, table);
        T_TRUE(workday_is(due, table));
        T_EQ_UINT(workdays_between(from, due, table), n);
        T_EQ_UINT(workdays_between(from, due - 1, table), n - 1);
    }
}

T_LIST(workdays_test, T(the_first_day_is_not_counted_and_weekends_move_on),
       T(holidays_are_left_out), T(counting_is_the_inverse_of_adding));
