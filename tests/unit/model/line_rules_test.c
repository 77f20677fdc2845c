#include "model/codes.h"
#include "tests/lib/t.h"
#include "tests/unit/model/filing_world.h"
#include <string.h>

static struct world w;

#define NURSE (w.facts.people[0])
#define HOME  (w.facts.institutions[0])
#define PLACE (w.facts.institutions[1])

/* The faults after one thing was spoilt; the next test begins anew. */
#define EXPECT(text)                                                                               \
    do {                                                                                           \
        T_EQ_STR(world_faults(&w), text);                                                          \
        world_init(&w);                                                                            \
    } while (0)

TEST(a_clean_filing_has_no_fault)
{
    world_init(&w);
    EXPECT("");
    T_EQ_STR(world_warnings(&w), "");
}

/* ---- the person ---- */

TEST(required_person)
{
    world_init(&w);
    w.filing.person = 0;
    EXPECT("required /lines/0/person_id\n");
}

TEST(not_your_staff)
{
    world_init(&w);
    w.filing.person = WORLD_OTHER;
    EXPECT("not_your_staff /lines/0/person_id\n");
    w.filing.person = 12345;
    EXPECT("not_your_staff /lines/0/person_id\n");
    NURSE.home = WORLD_PLACE; /* moved away */
    EXPECT("not_your_staff /lines/0/person_id\n");
}

TEST(nothing_is_said_of_other_peoples_staff)
{
    world_init(&w);
    w.filing.person = WORLD_OTHER;
    w.facts.people[1].status = PERSON_SUSPENDED;
    w.facts.people[1].licence_to = WORLD_TODAY - 1;
    w.facts.people[1].profession = '2';
    EXPECT("not_your_staff /lines/0/person_id\n");
}

TEST(person_not_practising)
{
    static const enum person_status bad[] = {PERSON_SUSPENDED, PERSON_CLOSED, PERSON_REVOKED,
                                             PERSON_DECEASED};
    world_init(&w);
    for (int i = 0; i < 4; i++) {
        NURSE.status = bad[i];
        EXPECT("person_not_practising /lines/0/person_id\n");
    }
    NURSE.status = PERSON_SUSPENDED;
    NURSE.status_from = WORLD_TODAY + 5; /* known today, on the day of support */
    EXPECT("person_not_practising /lines/0/person_id\n");
    NURSE.status = PERSON_SUSPENDED;
    NURSE.status_from = WORLD_TODAY + 6; /* the day after */
    EXPECT("");
}

TEST(home_not_open)
{
    world_init(&w);
    HOME.status = PLACE_CLOSED;
    EXPECT("home_not_open /lines/0/person_id\n");
    HOME.status = PLACE_SUSPENDED;
    HOME.status_from = WORLD_TODAY + 5;
    EXPECT("home_not_open /lines/0/person_id\n");
    HOME.status = PLACE_SUSPENDED;
    HOME.status_from = WORLD_TODAY + 6;
    EXPECT("");
}

TEST(profession_may_not_file)
{
    world_init(&w);
    for (const char *code = "24LMNOP"; *code != 0; code++) {
        NURSE.profession = *code;
        EXPECT("profession_may_not_file /lines/0/person_id\n");
    }
}

TEST(not_main_licence)
{
    world_init(&w);
    NURSE.main = false;
    EXPECT("not_main_licence /lines/0/person_id\n");
}

TEST(licence_expired)
{
    world_init(&w);
    NURSE.licence_to = WORLD_TODAY - 1;
    EXPECT("licence_expired /lines/0/person_id\n");
    NURSE.licence_to = DAY_NONE;
    EXPECT("licence_expired /lines/0/person_id\n");
}

TEST(after_licence_end)
{
    world_init(&w);
    NURSE.licence_to = WORLD_TODAY + 4;
    EXPECT("after_licence_end /lines/0/times/0\n");
    NURSE.licence_to = WORLD_TODAY + 5; /* the last day is valid to its end */
    w.times[0] = world_hours(5, 480, 1440);
    EXPECT("");
    NURSE.licence_to = WORLD_TODAY + 5;
    w.times[0] = world_hours(5, 480, 1441);
    EXPECT("after_licence_end /lines/0/times/0\n");
    NURSE.licence_to = WORLD_TODAY + 6;
    w.times[1] = world_hours(7, 480, 720);
    w.times[2] = world_hours(8, 480, 720);
    w.filing.times_count = 3;
    EXPECT("after_licence_end /lines/0/times/1\nafter_licence_end /lines/0/times/2\n");
    NURSE.licence_to = WORLD_TODAY; /* valid today */
    EXPECT("after_licence_end /lines/0/times/0\n");
}

/* ---- the place ---- */

TEST(required_target)
{
    world_init(&w);
    w.filing.target = 0;
    EXPECT("required /lines/0/target\n");
}

TEST(unknown_institution)
{
    world_init(&w);
    w.filing.target = 4711;
    EXPECT("unknown_institution /lines/0/target\n");
}

TEST(institution_not_open)
{
    world_init(&w);
    PLACE.status = PLACE_CLOSED;
    EXPECT("institution_not_open /lines/0/target\n");
    PLACE.status = PLACE_SUSPENDED;
    PLACE.status_from = WORLD_TODAY + 5;
    EXPECT("institution_not_open /lines/0/target\n");
    PLACE.status = PLACE_SUSPENDED;
    PLACE.status_from = WORLD_TODAY + 6;
    EXPECT("");
    PLACE.status = PLACE_SUSPENDED;
    PLACE.status_from = WORLD_TODAY + 6;
    w.times[0] = world_hours(5, 480, 1440); /* 24:00 still belongs to the day before */
    EXPECT("");
    PLACE.status = PLACE_SUSPENDED;
    PLACE.status_from = WORLD_TODAY + 6;
    w.times[0] = world_hours(5, 480, 1441); /* closes before the last day */
    EXPECT("institution_not_open /lines/0/target\n");
    PLACE.status_from = WORLD_TODAY + 5; /* opens for the day */
    EXPECT("");
    PLACE.status_from = WORLD_TODAY + 6; /* opens too late */
    EXPECT("institution_not_open /lines/0/target\n");
}

TEST(same_institution)
{
    world_init(&w);
    w.filing.target = WORLD_HOME;
    EXPECT("same_institution /lines/0/target\n");
}

TEST(unknown_department)
{
    world_init(&w);
    w.filing.department = 'X' << 8 | 'X';
    EXPECT("unknown_department /lines/0/department\n");
    w.filing.department = department_pack(department_find(BYTES_LITERAL("81")));
    EXPECT("");
}

/* ---- the purpose ---- */

TEST(required_purpose)
{
    world_init(&w);
    w.filing.purpose = 0;
    EXPECT("required /lines/0/purpose\n");
}

TEST(unknown_purpose)
{
    world_init(&w);
    w.filing.purpose = 98;
    EXPECT("unknown_purpose /lines/0/purpose\n");
}

TEST(purpose_not_allowed)
{
    world_init(&w);
    w.filing.purpose = 1; /* outpatient care is for physicians */
    EXPECT("purpose_not_allowed /lines/0/purpose\n");
    for (const char *code = "DE"; *code != 0; code++) {
        NURSE.profession = *code;
        w.filing.purpose = 16;
        EXPECT("purpose_not_allowed /lines/0/purpose\n");
        NURSE.profession = *code;
        w.filing.purpose = 52;
        EXPECT("");
    }
}

TEST(required_note)
{
    world_init(&w);
    w.filing.purpose = 99;
    EXPECT("required /lines/0/purpose_note\n");
    w.filing.purpose = 99;
    w.filing.has_note = true;
    EXPECT("");
}

TEST(attachment_required)
{
    world_init(&w);
    w.filing.purpose = 13;
    EXPECT(""); /* the same county */
    w.filing.purpose = 13;
    PLACE.county = 65000;
    EXPECT("attachment_required /lines/0/attachments\n");
    w.filing.purpose = 13;
    PLACE.county = 65000;
    w.filing.attachments = 1;
    EXPECT("attachment_required /lines/0/attachments\n");
    w.filing.purpose = 13;
    PLACE.county = 65000;
    w.filing.attachments = 2;
    EXPECT("");
    w.filing.purpose = 13;
    PLACE.county = 65000;
    NURSE.profession = 'Q'; /* asked of nurses only */
    EXPECT("");
}

/* ---- the times ---- */

TEST(required_times)
{
    world_init(&w);
    w.filing.times_count = 0;
    EXPECT("required /lines/0/times\n");
}

TEST(required_members_of_a_time)
{
    world_init(&w);
    w.times[0].end = LOCAL_NONE;
    EXPECT("required /lines/0/times/0/end\n");
    w.times[0].start = LOCAL_NONE;
    w.times[0].end = LOCAL_NONE;
    EXPECT("required /lines/0/times/0/start\nrequired /lines/0/times/0/end\n");
    w.times[0] = (struct time_rule){.mode = TIME_RECURRING,
                                    .from = DAY_NONE,
                                    .to = WORLD_TODAY + 9,
                                    .at = 480,
                                    .until = MINUTE_NONE};
    EXPECT("required /lines/0/times/0/from\nrequired /lines/0/times/0/end\n"
           "required /lines/0/times/0/rule\n");
    w.times[0] = (struct time_rule){.mode = TIME_DATES, .at = 480, .until = 720};
    EXPECT("required /lines/0/times/0/dates\n");
}

TEST(end_before_start)
{
    world_init(&w);
    w.times[0] = world_hours(5, 720, 480);
    EXPECT("end_before_start /lines/0/times/0/end\n");
    w.times[0] = world_hours(5, 720, 720);
    EXPECT("end_before_start /lines/0/times/0/end\n");
    w.times[1] = (struct time_rule){.mode = TIME_RECURRING,
                                    .from = WORLD_TODAY + 9,
                                    .to = WORLD_TODAY + 8,
                                    .at = 480,
                                    .until = 720,
                                    .rule = RULE_EVERY_N_DAYS,
                                    .every = 1};
    w.filing.times_count = 2;
    EXPECT("end_before_start /lines/0/times/1/to\n");
}

static struct time_rule daily(int from, int days)
{
    return (struct time_rule){.mode = TIME_RECURRING,
                              .from = WORLD_TODAY + from,
                              .to = WORLD_TODAY + from + days - 1,
                              .at = 480,
                              .until = 720,
                              .rule = RULE_EVERY_N_DAYS,
                              .every = 1};
}

TEST(too_many_occurrences)
{
    world_init(&w);
    NURSE.licence_to = WORLD_TODAY + 5000;
    w.times[0] = daily(1, 1000);
    EXPECT("");
    NURSE.licence_to = WORLD_TODAY + 5000;
    w.times[0] = daily(1, 1001);
    EXPECT("too_many_occurrences /lines/0/times/0\n");
    NURSE.licence_to = WORLD_TODAY + 5000;
    w.times[0] = daily(1, 999);
    w.times[1] = daily(1001, 2);
    w.times[2] = daily(1003, 2);
    w.filing.times_count = 3;
    EXPECT("too_many_occurrences /lines/0/times/1\n");
}

TEST(bad_rule_of_a_period_without_its_day)
{
    world_init(&w);
    w.times[0] = daily(2, 2); /* a Thursday and a Friday */
    w.times[0].rule = RULE_WEEKLY;
    w.times[0].weekdays = 1; /* Monday */
    EXPECT("bad_rule /lines/0/times/0/rule\n");
}

TEST(in_the_past)
{
    world_init(&w);
    w.times[0] = world_hours(0, 600, 720); /* it is 10:00 sharp */
    EXPECT("in_the_past /lines/0/times/0\n");
    w.times[0] = world_hours(0, 601, 720);
    EXPECT("");
    w.times[0] = world_hours(0, 601, 720);
    w.now.ms += 59999;
    EXPECT("");
    w.times[0] = world_hours(0, 601, 720);
    w.now.ms += 60000;
    EXPECT("in_the_past /lines/0/times/0\n");
    w.times[1] = daily(-1, 9); /* its later days do not make the first one good */
    w.filing.times_count = 2;
    EXPECT("in_the_past /lines/0/times/1\noverlaps_self /lines/0/times/1\n");
}

TEST(overlaps_self)
{
    world_init(&w);
    w.times[1] = world_hours(5, 719, 800);
    w.filing.times_count = 2;
    EXPECT("overlaps_self /lines/0/times/1\n");
    w.times[1] = world_hours(5, 720, 800); /* half-open: they only touch */
    w.filing.times_count = 2;
    EXPECT("");
    w.times[1] = world_hours(6, 480, 720);
    w.times[2] = world_hours(5, 0, 481);
    w.filing.times_count = 3;
    EXPECT("overlaps_self /lines/0/times/2\n");
}

TEST(an_overlap_names_the_common_part_and_the_other_time)
{
    world_init(&w);
    w.times[1] = world_hours(6, 480, 720);
    w.times[2] = world_hours(6, 600, 900);
    w.filing.times_count = 3;
    struct arena arena;
    struct problems problems;
    arena_init(&arena, 4096, 0);
    problems_init(&problems, &arena);
    line_rules_check(&w.filing, &w.facts, w.now, "", &problems);
    T_EQ_UINT(problems.count, 1);
    T_EQ_STR(problems.items[0].field, "/times/2");
    T_EQ_UINT(problems.items[0].with_index, 1);
    T_EQ_INT(problems.items[0].start, (WORLD_TODAY + 6) * 1440 + 600);
    T_EQ_INT(problems.items[0].end, (WORLD_TODAY + 6) * 1440 + 720);
    arena_deinit(&arena);
}

TEST(all_faults_are_told_at_once_in_the_order_of_members)
{
    world_init(&w);
    HOME.status = PLACE_CLOSED;
    NURSE.main = false;
    NURSE.status = PERSON_SUSPENDED;
    NURSE.licence_to = WORLD_TODAY - 1;
    w.filing.target = 4711;
    w.filing.department = 1;
    w.filing.purpose = 99;
    w.times[0] = world_hours(-5, 720, 480);
    w.times[1] = world_hours(-5, 480, 720);
    w.filing.times_count = 2;
    EXPECT("home_not_open /lines/0/person_id\n"
           "person_not_practising /lines/0/person_id\n"
           "not_main_licence /lines/0/person_id\n"
           "licence_expired /lines/0/person_id\n"
           "unknown_institution /lines/0/target\n"
           "unknown_department /lines/0/department\n"
           "required /lines/0/purpose_note\n"
           "end_before_start /lines/0/times/0/end\n"
           "in_the_past /lines/0/times/1\n");
}

TEST(an_empty_draft_is_asked_for_everything)
{
    world_init(&w);
    w.filing = (struct filing){.home = WORLD_HOME};
    EXPECT("required /lines/0/person_id\n"
           "required /lines/0/target\n"
           "required /lines/0/purpose\n"
           "required /lines/0/times\n");
}

/* ---- warnings ---- */

TEST(place_not_lawful)
{
    world_init(&w);
    PLACE.type = world_type("laboratory"); /* 96.3.2: not a place for nurses */
    T_EQ_STR(world_warnings(&w), "place_not_lawful /lines/0/target\n");
    NURSE.profession = 'J';
    T_EQ_STR(world_warnings(&w), "");
    NURSE.profession = 'F';
    PLACE.type = world_type("non_medical");
    PLACE.medical = false;
    T_EQ_STR(world_warnings(&w), "");
}

TEST(every_profession_has_hospitals_and_a_place_of_its_own)
{
    static const struct {
        const char *professions, *type;
    } own[] = {{"ABC", "clinic"},          {"DE", "pharmacy"},
               {"FG", "home_nursing"},     {"HI", "midwifery"},
               {"JK", "laboratory"},       {"ST", "radiology"},
               {"QU", "physical_therapy"}, {"RW", "occupational_therapy"},
               {"1", "speech_therapy"},    {"3", "audiology"},
               {"V", "home_respiratory"},  {"XY", "counselling"},
               {"Z", "nutrition"},         {"56", "optometry"}};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        for (const char *code = own[i].professions; *code != 0; code++) {
            world_init(&w);
            NURSE.profession = *code;
            T_EQ_STR(world_warnings(&w), "");
            PLACE.type = world_type(own[i].type);
            T_EQ_STR(world_warnings(&w), "");
            PLACE.type = world_type("dental_technology"); /* nobody's who may file */
            T_EQ_STR(world_warnings(&w), "place_not_lawful /lines/0/target\n");
        }
    }
}

TEST(short_lead)
{
    world_init(&w);
    w.times[0] = world_hours(0, 700, 800);
    T_EQ_STR(world_warnings(&w), "short_lead /lines/0/times\n");
    w.times[0] = world_hours(1, 0, 60);
    T_EQ_STR(world_warnings(&w), "");
    w.facts.rules.lead_days = 3;
    w.times[0] = world_hours(2, 480, 720);
    T_EQ_STR(world_warnings(&w), "short_lead /lines/0/times\n");
    w.times[0] = world_hours(3, 480, 720);
    T_EQ_STR(world_warnings(&w), "");
}

TEST(long_period)
{
    world_init(&w);
    w.times[0] = daily(5, 365);
    T_EQ_STR(world_warnings(&w), "");
    w.times[0] = daily(5, 366);
    T_EQ_STR(world_warnings(&w), "long_period /lines/0/times\n");
    w.facts.rules.max_period_days = 400;
    T_EQ_STR(world_warnings(&w), "");
    w.filing.purpose = 21; /* training of nurses: a year at most (87.6.22) */
    T_EQ_STR(world_warnings(&w), "long_period /lines/0/times\n");
    NURSE.profession = 'A';
    T_EQ_STR(world_warnings(&w), "");
}

TEST(a_draft_without_times_or_people_is_not_warned)
{
    world_init(&w);
    w.filing = (struct filing){.home = WORLD_HOME};
    T_EQ_STR(world_warnings(&w), "");
}

T_LIST(line_rules_test, T(a_clean_filing_has_no_fault), T(required_person), T(not_your_staff),
       T(nothing_is_said_of_other_peoples_staff), T(person_not_practising), T(home_not_open),
       T(profession_may_not_file), T(not_main_licence), T(licence_expired), T(after_licence_end),
       T(required_target), T(unknown_institution), T(institution_not_open), T(same_institution),
       T(unknown_department), T(required_purpose), T(unknown_purpose), T(purpose_not_allowed),
       T(required_note), T(attachment_required), T(required_times), T(required_members_of_a_time),
       T(end_before_start), T(too_many_occurrences), T(bad_rule_of_a_period_without_its_day),
       T(in_the_past), T(overlaps_self), T(an_overlap_names_the_common_part_and_the_other_time),
       T(all_faults_are_told_at_once_in_the_order_of_members),
       T(an_empty_draft_is_asked_for_everything), T(place_not_lawful),
       T(every_profession_has_hospitals_and_a_place_of_its_own), T(short_lead), T(long_period),
       T(a_draft_without_times_or_people_is_not_warned));
