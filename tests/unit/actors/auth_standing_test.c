/* What an import does to sessions (AUTH 5.1 row 13, 5.5). */
#include "base/check.h"
#include "registry/facts_build.h"
#include "tests/lib/t.h"
#include "tests/unit/actors/auth_rig.h"

static struct rig rig;

/* The registry with another state of one person and one institution. */
static void registry_change(const struct person *person, const struct institution *place)
{
    struct facts_builder builder;
    const struct facts *next = NULL;
    facts_builder_init(&builder);
    T_OK(facts_builder_add_all(&builder, rig.facts));
    if (person != NULL) {
        T_OK(facts_builder_add_person(&builder, person));
    }
    if (place != NULL) {
        T_OK(facts_builder_add_institution(&builder, place));
    }
    T_OK(facts_build(&builder, facts_number(rig.facts) + 1, &next));
    facts_builder_deinit(&builder);
    facts_free(rig.facts);
    rig.facts = next;
}

static void nurse_becomes(enum person_status status, uint64_t home)
{
    struct person person = *facts_person(rig.facts, RIG_NURSE);
    person.status = status;
    person.home = home;
    registry_change(&person, NULL);
}

/* Answered when the desks have heard of what ended. */
static void review(uint32_t ends)
{
    struct msg msg = {.kind = MSG_SESSIONS_REVIEW, .principal = {.kind = PRINCIPAL_SYSTEM}};
    rig_receive(&rig, &msg);
    uint32_t told = 0;
    for (uint32_t i = 0; rig.sends_count > 0 && i < rig.sends[0].u.desk.changes_count; i++) {
        told += rig.sends[0].u.desk.changes[i].how == SESSION_ENDED;
    }
    T_EQ_UINT(told, ends);
    if (rig.replies_count == 0) {
        T_EQ_UINT(auth_confirm(&rig), 1);
    }
    T_EQ_INT(rig.replies[0].outcome, OUTCOME_OK);
    T_TRUE(rig.replies[0].body.size == 1 && rig.replies[0].body.data[0] == 0);
}

TEST(sessions_end_when_their_subject_is_held_goes_or_moves)
{
    static const struct {
        enum person_status status;
        uint64_t home;
    } became[] = {{PERSON_SUSPENDED, RIG_HOME},   {PERSON_CLOSED, RIG_HOME},
                  {PERSON_REVOKED, RIG_HOME},     {PERSON_DECEASED, RIG_HOME},
                  {PERSON_PRACTISING, RIG_PLACE}, {PERSON_CLOSED, 0}};
    for (size_t i = 0; i < ARRAY_COUNT(became); i++) {
        auth_open(&rig);
        struct login login = auth_nurse(1), home = {.role = ROLE_INSTITUTION,
                                                    .challenge = 2,
                                                    .card = AUTH_HOME_CARD,
                                                    .secret = 102};
        T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
        T_EQ_INT(auth_login(&rig, &home), OUTCOME_OK);
        review(0);
        nurse_becomes(became[i].status, became[i].home);
        review(1);
        T_FALSE(auth_has_session(&rig, 101));
        T_TRUE(auth_has_session(&rig, 102)); /* another subject's */
        review(0);
        rig_close(&rig);
    }
}

TEST(an_institution_that_closes_is_signed_out_and_may_come_back)
{
    auth_open(&rig);
    struct login home = {
        .role = ROLE_INSTITUTION, .challenge = 2, .card = AUTH_HOME_CARD, .secret = 102};
    T_EQ_INT(auth_login(&rig, &home), OUTCOME_OK);
    struct institution place = *facts_institution(rig.facts, RIG_HOME);
    place.status = PLACE_CLOSED;
    registry_change(NULL, &place);
    review(1);
    T_FALSE(auth_has_session(&rig, 102));
    home.challenge = 3;
    home.secret = 103;
    T_EQ_INT(auth_login(&rig, &home), OUTCOME_OK); /* to see and to cancel (5.1 row 13) */
    review(0);
    T_TRUE(auth_has_session(&rig, 103));
    rig_close(&rig);
}

TEST(a_start_ends_what_an_import_without_a_server_left)
{
    auth_open(&rig);
    struct login login = auth_nurse(1);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    nurse_becomes(PERSON_REVOKED, RIG_HOME);
    rig_reload(&rig);
    struct msg restored = {.kind = MSG_RESTORED};
    rig_receive(&rig, &restored);
    T_FALSE(auth_has_session(&rig, 101));
    T_EQ_INT(rig.sends[0].u.desk.changes[0].how, SESSION_ENDED);
    rig_close(&rig);
}

TEST(a_status_with_a_day_ends_sessions_on_that_day)
{
    auth_open(&rig);
    struct login login = auth_nurse(1);
    struct msg sweep = {.kind = MSG_TIMER, .u.timer = {.tag = 2}};
    rig_at(&rig, RIG_TODAY, 23 * 60 + 55);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    struct person person = *facts_person(rig.facts, RIG_NURSE);
    person.status = PERSON_SUSPENDED;
    person.status_from = RIG_TODAY + 1;
    registry_change(&person, NULL);
    review(0);
    rig_receive(&rig, &sweep);
    T_TRUE(auth_has_session(&rig, 101));
    rig_at(&rig, RIG_TODAY + 1, 1);
    rig_receive(&rig, &sweep);
    T_FALSE(auth_has_session(&rig, 101));
    T_EQ_INT(rig.sends[0].u.desk.changes[0].how, SESSION_ENDED);
    rig_close(&rig);
}

TEST(nothing_of_others_comes_to_auth)
{
    auth_open(&rig);
    struct msg msg = {.kind = MSG_DECIDE};
    T_ABORTS(rig_receive(&rig, &msg));
    struct msg wake = {.kind = MSG_WAKE};
    rig_receive(&rig, &wake);
    T_EQ_UINT(rig.changes + rig.replies_count, 0);
    rig_close(&rig);
}

T_LIST(auth_standing_test, T(sessions_end_when_their_subject_is_held_goes_or_moves),
       T(an_institution_that_closes_is_signed_out_and_may_come_back),
       T(a_start_ends_what_an_import_without_a_server_left),
       T(a_status_with_a_day_ends_sessions_on_that_day), T(nothing_of_others_comes_to_auth));
