/* libical as a second opinion (R6 to R8): on rules whose first day matches, RFC 5545 means the
 * same. */
#include "tests/lib/t.h"
#include "tests/unit/model/rules_random.h"
#include <libical/ical.h>
#include <stdio.h>

static const char *const day_names[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};

static void rrule_print(const struct time_rule *rule, char *out, size_t size)
{
    struct civil_date to = civil_from_day(rule->to);
    char what[96], days[32];
    switch (rule->rule) {
    case RULE_WEEKLY: {
        struct writer list = writer_on(days, sizeof days - 1);
        for (int i = 0; i < 7; i++)
            if ((rule->weekdays >> i & 1) != 0) {
                write_text(&list, list.size > 0 ? "," : "");
                write_text(&list, day_names[i]);
            }
        days[list.size] = '\0';
        snprintf(what, sizeof what, "FREQ=WEEKLY;BYDAY=%s", days);
        break;
    }
    case RULE_MONTHLY_WEEKDAY:
        snprintf(what, sizeof what, "FREQ=MONTHLY;BYDAY=%d%s", rule->nth,
                 day_names[rule->weekday - 1]);
        break;
    case RULE_MONTHLY_DAY:
        snprintf(what, sizeof what, "FREQ=MONTHLY;BYMONTHDAY=%d", rule->day);
        break;
    case RULE_EVERY_N_WEEKS:
        snprintf(what, sizeof what, "FREQ=WEEKLY;INTERVAL=%d;BYDAY=%s", rule->every,
                 day_names[rule->weekday - 1]);
        break;
    case RULE_EVERY_N_DAYS:
        snprintf(what, sizeof what, "FREQ=DAILY;INTERVAL=%d", rule->every);
        break;
    }
    snprintf(out, size, "%s;UNTIL=%04d%02d%02d", what, to.year, to.month, to.day);
}

TEST(rules_that_begin_on_a_match_equal_libical)
{
    struct prng prng;
    prng_seed(&prng, 61);
    uint32_t compared = 0, kinds[6] = {0};
    for (int round = 0; round < 6000; round++) {
        struct random_time time;
        struct time_rule *rule = &time.rule;
        struct occurrence occurrence;
        random_time(&prng, &time, TIME_RECURRING, 20000, 1200);
        if (!occurrence_first(rule, &occurrence))
            continue;
        rule->from = (int32_t)(occurrence.start / 1440);
        char text[160];
        rrule_print(rule, text, sizeof text);
        struct icalrecurrencetype recurrence = icalrecurrencetype_from_string(text);
        struct civil_date from = civil_from_day(rule->from);
        struct icaltimetype start = icaltime_null_time(); /* null_date has hours of -1 */
        start.is_date = 1;
        start.year = from.year;
        start.month = from.month;
        start.day = from.day;
        icalrecur_iterator *iterator = icalrecur_iterator_new(recurrence, start);
        T_TRUE(iterator != NULL);
        struct occurrence_cursor cursor = occurrence_begin(rule);
        while (occurrence_next(&cursor, &occurrence)) {
            struct icaltimetype next = icalrecur_iterator_next(iterator);
            struct civil_date date = civil_from_day((int32_t)(occurrence.start / 1440));
            if (next.year != date.year || next.month != date.month || next.day != date.day)
                T_FAIL("%s from %04d-%02d-%02d: %04d-%02d-%02d, libical %04d-%02d-%02d", text,
                       from.year, from.month, from.day, date.year, date.month, date.day, next.year,
                       next.month, next.day);
            compared++;
        }
        T_TRUE(icaltime_is_null_time(icalrecur_iterator_next(iterator)));
        icalrecur_iterator_free(iterator);
        kinds[rule->rule]++;
    }
    for (int kind = 1; kind <= 5; kind++)
        T_TRUE(kinds[kind] > 500);
    T_TRUE(compared > 100000);
}

T_LIST(recurrence_ical_test, T(rules_that_begin_on_a_match_equal_libical));
