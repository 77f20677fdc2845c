/* How often a log-in may be begun (AUTH 7.1). */
#include "tests/lib/t.h"
#include "tests/unit/actors/auth_rig.h"
#include <string.h>

static struct rig rig;

static struct login nurse(uint8_t challenge)
{
    return (struct login){.role = ROLE_PERSON,
                          .challenge = challenge,
                          .card = AUTH_NURSE_CARD,
                          .secret = (uint8_t)(100 + challenge)};
}

/* The challenges themselves stay as they are. */
TEST(ten_challenges_a_minute_are_a_browsers_share)
{
    auth_open(&rig);
    struct login login = nurse(1);
    for (uint8_t i = 0; i < 10; i++) {
        login.challenge = (uint8_t)(1 + i);
        T_EQ_INT(auth_challenge_for(&rig, &login), OUTCOME_OK);
    }
    rig.now.ms += 20 * 1000 + 1;
    login.challenge = 11;
    T_EQ_INT(auth_challenge_for(&rig, &login), OUTCOME_RATE_LIMITED);
    struct reader body = reader_of(rig.replies[0].body);
    T_EQ_UINT(read_u32(&body), 40);
    login.browser = 2;
    T_EQ_INT(auth_challenge_for(&rig, &login), OUTCOME_OK);
    login.browser = 0;
    login.challenge = 1;
    T_TRUE(auth_prove(&rig, &login)); /* what was given is good */
    rig.now.ms += 40 * 1000;
    login.challenge = 12;
    T_EQ_INT(auth_challenge_for(&rig, &login), OUTCOME_OK);
    rig_close(&rig);
}

TEST(an_address_has_its_share_whatever_the_browser)
{
    auth_open(&rig);
    struct login login = nurse(1);
    login.address = 207;
    for (uint8_t i = 0; i < AUTH_PER_MINUTE; i++) {
        login.challenge = login.browser = (uint8_t)(1 + i);
        T_EQ_INT(auth_challenge_for(&rig, &login), OUTCOME_OK);
    }
    login.challenge = login.browser = 100;
    T_EQ_INT(auth_challenge_for(&rig, &login), OUTCOME_RATE_LIMITED);
    login.address = 208;
    T_EQ_INT(auth_challenge_for(&rig, &login), OUTCOME_OK);
    login.address = 207;
    login.challenge = login.browser = 101;
    rig.now.ms -= 1; /* a clock set back begins a minute anew, it doesn't lock for long */
    T_EQ_INT(auth_challenge_for(&rig, &login), OUTCOME_OK);
    rig_close(&rig);
}

/* Of so many counters the oldest is forgotten; none is written past the end. */
TEST(counters_are_bounded)
{
    auth_open(&rig);
    struct msg msg = {.kind = MSG_CHALLENGE};
    msg.u.challenge.role = ROLE_PERSON;
    msg.u.challenge.audience = BYTES_LITERAL("https://a.example");
    for (uint32_t i = 1; i <= 45000; i++) {
        memcpy(msg.u.challenge.id, &i, sizeof i);
        memcpy(msg.u.challenge.pre_session.bytes, &i, sizeof i);
        T_EQ_INT(rig_ask(&rig, &msg), OUTCOME_OK);
    }
    rig_close(&rig);
}

T_LIST(auth_limits_test, T(ten_challenges_a_minute_are_a_browsers_share),
       T(an_address_has_its_share_whatever_the_browser), T(counters_are_bounded));
