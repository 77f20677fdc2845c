#include "tests/lib/t.h"
#include "tests/unit/model/filing_world.h"
#include <stdio.h>
#include <string.h>

static struct world w;

/* The panel's rules that do not pass, as "rule outcome value/limit", a line each. */
static const char *panel(int submitted_minutes_ago)
{
    static char text[1024];
    struct check_item items[CHECK_RULES];
    int64_t submitted = w.now.ms - (int64_t)submitted_minutes_ago * 60000;
    uint32_t count = line_rules_review(&w.filing, &w.facts, w.now, submitted, items);
    size_t used = 0;
    text[0] = 0;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < i; k++)
            T_TRUE(items[i].rule != items[k].rule);
        if (items[i].outcome != CHECK_PASS)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s %s %lld/%lld\n",
                                     check_rule_name(items[i].rule),
                                     check_outcome_name(items[i].outcome),
                                     (long long)items[i].value, (long long)items[i].limit);
    }
    T_TRUE(used < sizeof text);
    return text;
}

/* The nurse, and a colleague who stays. */
static void begin(void)
{
    static struct person colleague;
    world_init(&w);
    colleague = w.facts.people[0];
    colleague.id = 70;
    w.facts.staff[1] = &colleague;
    w.facts.staff_count = 2;
}

TEST(a_clean_line_passes_all)
{
    begin();
    struct check_item items[CHECK_RULES];
    T_EQ_UINT(line_rules_review(&w.filing, &w.facts, w.now, w.now.ms, items), CHECK_RULES - 1);
    T_EQ_STR(panel(0), "");
}

TEST(what_no_longer_holds_fails)
{
    begin();
    w.facts.people[0].licence_to = WORLD_TODAY + 4;
    T_EQ_STR(panel(0), "licence_valid fail 20792/20793\n");
    begin();
    w.facts.people[0].status = PERSON_SUSPENDED;
    T_EQ_STR(panel(0), "person_practising fail 0/0\n");
    begin();
    w.facts.institutions[0].status = PLACE_CLOSED;
    T_EQ_STR(panel(0), "home_open fail 0/0\n");
    begin();
    w.facts.institutions[1].status = PLACE_CLOSED;
    T_EQ_STR(panel(0), "place_open fail 0/0\n");
    begin();
    w.facts.people[0].main = false;
    T_EQ_STR(panel(0), "profession fail 0/0\n");
    begin();
    w.filing.purpose = 1;
    T_EQ_STR(panel(0), "purpose fail 1/0\n");
}

TEST(a_start_between_filing_and_review_is_only_a_warning)
{
    begin();
    w.times[0] = world_hours(0, 590, 720); /* ten minutes ago */
    char want[128];
    snprintf(want, sizeof want, "in_future warn %d/%d\nlead warn 0/1\n", WORLD_NOW - 10,
             WORLD_NOW - 60);
    T_EQ_STR(panel(60), want);
    snprintf(want, sizeof want, "in_future fail %d/%d\nlead warn 0/1\n", WORLD_NOW - 10,
             WORLD_NOW - 5);
    T_EQ_STR(panel(5), want);
}

TEST(lead_and_period_are_the_bureaus)
{
    begin();
    w.facts.rules.lead_days = 7;
    T_EQ_STR(panel(0), "lead warn 5/7\n");
    T_EQ_STR(panel(2 * 1440), "");
    begin();
    w.facts.rules.max_period_days = 2;
    w.times[1] = world_hours(7, 480, 720);
    w.filing.times_count = 2;
    T_EQ_STR(panel(0), "period warn 3/2\n");
}

TEST(another_county_and_unusual_places_are_shown)
{
    begin();
    w.facts.institutions[1].county = 9020;
    T_EQ_STR(panel(0), "cross_county warn 9020/63000\n");
    begin();
    w.facts.institutions[1].medical = false;
    T_EQ_STR(panel(0), "place_medical warn 0/1\n");
    begin();
    w.facts.institutions[1].type = world_type("laboratory");
    T_EQ_STR(panel(0), "place_medical warn 1/1\n");
}

TEST(the_head_and_the_last_of_a_profession_are_shown)
{
    begin();
    w.facts.people[0].head = true;
    T_EQ_STR(panel(0), "head warn 1/0\n");
    begin();
    w.facts.staff_count = 1;
    T_EQ_STR(panel(0), "staff_left warn 0/1\n");
    begin();
    struct person suspended = *w.facts.staff[1];
    suspended.status = PERSON_SUSPENDED;
    w.facts.staff[1] = &suspended;
    T_EQ_STR(panel(0), "staff_left warn 0/1\n");
    begin();
    struct person physician = *w.facts.staff[1];
    physician.profession = 'A';
    w.facts.staff[1] = &physician;
    T_EQ_STR(panel(0), "staff_left warn 0/1\n");
}

TEST(a_pharmacist_needs_one_there_and_one_who_stays)
{
    begin();
    struct person assistant = *w.facts.staff[1];
    assistant.profession = 'E'; /* counts for a pharmacist (art. 3) */
    w.facts.staff[1] = &assistant;
    w.facts.people[0].profession = 'D';
    w.filing.purpose = 53;
    w.facts.institutions[1].type = world_type("pharmacy");
    T_EQ_STR(panel(0), "pharmacist warn 0/1\n");
    w.facts.institutions[1].full_time_pharmacists = 1;
    T_EQ_STR(panel(0), "");
}

TEST(a_person_who_has_left_is_seen)
{
    begin();
    w.facts.people[0].home = WORLD_PLACE;
    const char *text = panel(0);
    T_HAS(text, "person_practising fail");
    T_HAS(text, "profession fail");
    T_TRUE(strstr(text, "staff_left") == NULL);
}

TEST(every_rule_has_its_name)
{
    for (int a = 0; a < CHECK_RULES; a++) {
        for (int b = 0; b < a; b++)
            T_TRUE(strcmp(check_rule_name((enum check_rule)a),
                          check_rule_name((enum check_rule)b)) != 0);
    }
    T_ABORTS(check_rule_name(CHECK_RULES));
}

T_LIST(line_review_test, T(a_clean_line_passes_all), T(what_no_longer_holds_fails),
       T(a_start_between_filing_and_review_is_only_a_warning), T(lead_and_period_are_the_bureaus),
       T(another_county_and_unusual_places_are_shown),
       T(the_head_and_the_last_of_a_profession_are_shown),
       T(a_pharmacist_needs_one_there_and_one_who_stays), T(a_person_who_has_left_is_seen),
       T(every_rule_has_its_name));
