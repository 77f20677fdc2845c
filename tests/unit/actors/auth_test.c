/* The way in, the way out, the lock (AUTH 5.1, 5.3, 5.5, 5.6). */
#include "actors/tbs.h"
#include "base/check.h"
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

TEST(the_bytes_to_sign_are_those_of_the_specification)
{
    uint8_t memory[TBS_MAX], id[16], nonce[32], sb[32];
    memset(id, 0xdc, sizeof id);
    memset(nonce, 0, sizeof nonce);
    memset(sb, 0xff, sizeof sb);
    struct writer out = writer_on(memory, sizeof memory);
    tbs_write(&out, &(struct tbs){.audience = BYTES_LITERAL("https://euservice.mohw.gov.tw"),
                                  .role = ROLE_PERSON,
                                  .id = id,
                                  .nonce = nonce,
                                  .sb = sb,
                                  .id_no = "A123456789",
                                  .issued_at = 1795319891000,
                                  .expires_at = 1795320011000});
    T_EQ_BYTES(writer_bytes(&out),
               BYTES_LITERAL("EUSERVICE-CERT-LOGIN-V1\n"
                             "aud=https://euservice.mohw.gov.tw\n"
                             "role=person\n"
                             "ch=3Nzc3Nzc3Nzc3Nzc3Nzc3A\n"
                             "nonce=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
                             "sb=__________________________________________8\n"
                             "idno=A123456789\n"
                             "iat=2026-11-22T03:58:11Z\n"
                             "exp=2026-11-22T04:00:11Z\n"));
}

TEST(a_person_an_institution_and_an_officer_sign_in)
{
    auth_open(&rig);
    struct login login = nurse(1);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    struct login_reply reply;
    T_TRUE(login_reply_read(rig.replies[0].body, &reply));
    T_EQ_INT(reply.principal.kind, PRINCIPAL_PERSON);
    T_EQ_UINT(reply.principal.person, RIG_NURSE);
    T_EQ_UINT(reply.principal.institution, RIG_HOME);
    T_EQ_INT(reply.last_login_at, 0);
    T_EQ_INT(reply.expires_at, rig.now.ms + SESSION_ABSOLUTE_MS);
    login = (struct login){
        .role = ROLE_INSTITUTION, .challenge = 2, .card = AUTH_HOME_CARD, .secret = 102};
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    T_TRUE(login_reply_read(rig.replies[0].body, &reply));
    T_EQ_INT(reply.principal.kind, PRINCIPAL_INSTITUTION);
    T_EQ_UINT(reply.principal.institution, RIG_HOME);
    login = (struct login){
        .role = ROLE_BUREAU, .challenge = 3, .card = AUTH_OFFICER_CARD, .secret = 103};
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    T_TRUE(login_reply_read(rig.replies[0].body, &reply));
    T_EQ_INT(reply.principal.kind, PRINCIPAL_BUREAU);
    T_EQ_UINT(reply.principal.county, RIG_COUNTY);
    T_EQ_STR(reply.principal.name, "王審核");
    T_EQ_UINT(rig_count(&rig, TABLE_SESSION), 3);
    rig_close(&rig);
}

TEST(a_challenge_is_used_once)
{
    auth_open(&rig);
    struct login login = nurse(1);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    T_FALSE(auth_prove(&rig, &login));
    T_EQ_INT(rig.replies[0].outcome, OUTCOME_AUTH_CHALLENGE);
    rig_close(&rig);
}

TEST(a_challenge_lives_120_seconds)
{
    auth_open(&rig);
    struct login login = nurse(1);
    auth_challenge_for(&rig, &login);
    rig.now.ms += 120 * 1000 + 1;
    T_FALSE(auth_prove(&rig, &login));
    T_EQ_INT(rig.replies[0].outcome, OUTCOME_AUTH_CHALLENGE);
    login = nurse(2);
    auth_challenge_for(&rig, &login);
    rig.now.ms += 120 * 1000;
    T_TRUE(auth_prove(&rig, &login));
    rig_close(&rig);
}

/* AUTH 7.1; the challenges themselves stay as they are. */
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

/* And it is burnt by the attempt: the right browser comes too late. */
TEST(another_browsers_challenge_is_burnt)
{
    auth_open(&rig);
    struct login login = nurse(1);
    auth_challenge_for(&rig, &login);
    login.wrong_browser = 9;
    T_FALSE(auth_prove(&rig, &login));
    T_EQ_INT(rig.replies[0].outcome, OUTCOME_AUTH_CHALLENGE);
    login.wrong_browser = 0;
    T_FALSE(auth_prove(&rig, &login));
    login = nurse(2);
    auth_challenge_for(&rig, &login);
    login.wrong_audience = true;
    T_FALSE(auth_prove(&rig, &login));
    T_EQ_INT(rig.replies[0].outcome, OUTCOME_AUTH_CHALLENGE);
    rig_close(&rig);
}

TEST(an_unknown_challenge_is_refused)
{
    auth_open(&rig);
    struct login login = nurse(7);
    T_FALSE(auth_prove(&rig, &login));
    T_EQ_INT(rig.replies[0].outcome, OUTCOME_AUTH_CHALLENGE);
    rig_close(&rig);
}

TEST(what_the_pool_finds_is_answered)
{
    static const enum outcome found[] = {OUTCOME_AUTH_CERT_CHAIN, OUTCOME_AUTH_CERT_EXPIRED,
                                         OUTCOME_AUTH_REVOKED, OUTCOME_AUTH_CARD_KIND};
    auth_open(&rig);
    for (uint8_t i = 0; i < ARRAY_COUNT(found); i++) {
        struct login login = nurse((uint8_t)(1 + i));
        login.pool = found[i];
        T_EQ_INT(auth_login(&rig, &login), found[i]);
        T_EQ_UINT(rig.changes, 0);
    }
    rig_close(&rig);
}

TEST(a_pool_that_fails_is_answered_503)
{
    auth_open(&rig);
    struct login login = nurse(1);
    auth_challenge_for(&rig, &login);
    T_TRUE(auth_prove(&rig, &login));
    struct msg msg = {.kind = MSG_WORK_DONE, .u.work = {.tag = rig.work_tag, .err = ERR_FULL}};
    rig_receive(&rig, &msg);
    T_EQ_UINT(rig.replies_count, 1);
    T_EQ_INT(rig.replies[0].outcome, OUTCOME_OVERLOADED);
    rig_close(&rig);
}

TEST(a_card_of_another_kind_or_of_nobody_gets_nothing)
{
    auth_open(&rig);
    struct login login = nurse(1);
    login.card = AUTH_HOME_CARD; /* an institution's card as a person's */
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_AUTH_CARD_KIND);
    login = nurse(2);
    login.card = 77;
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_AUTH_NOT_ENROLLED);
    login = nurse(3);
    login.card = AUTH_OFFICER_CARD; /* a citizen card is no operator's before it is enrolled */
    login.role = ROLE_OPS;
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_AUTH_NOT_ENROLLED);
    T_EQ_UINT(rig_count(&rig, TABLE_SESSION), 0);
    rig_close(&rig);
}

/* ---- first use ---- */

static struct login doctor(uint8_t challenge)
{
    return (struct login){.role = ROLE_PERSON,
                          .challenge = challenge,
                          .card = 50,
                          .secret = (uint8_t)(150 + challenge),
                          .id_no = "A123456789",
                          .lookup = RIG_DOCTOR};
}

TEST(a_first_use_binds_the_card)
{
    auth_open(&rig);
    struct login login = doctor(1);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    struct login_reply reply;
    T_TRUE(login_reply_read(rig.replies[0].body, &reply));
    T_EQ_UINT(reply.principal.person, RIG_DOCTOR);
    rig_restart(&rig);
    login = doctor(2);
    login.id_no = NULL; /* from now on the card is known */
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    rig_close(&rig);
}

TEST(a_first_use_must_fit_the_registry)
{
    auth_open(&rig);
    struct login login = doctor(1);
    login.name = "林大明";
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_AUTH_NOT_ENROLLED);
    login = doctor(2);
    login.id_no = "A123456780"; /* the certificate ends in 6789 */
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_AUTH_NOT_ENROLLED);
    login = doctor(3);
    login.lookup = 200; /* nobody has this number */
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_AUTH_NOT_ENROLLED);
    login = doctor(4);
    login.pool = OUTCOME_AUTH_SIGNATURE;
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_AUTH_SIGNATURE);
    login = doctor(5);
    login.id_no = NULL;
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_AUTH_NOT_ENROLLED);
    T_EQ_UINT(rig_count(&rig, TABLE_CARD), 3); /* those bound at the start */
    rig_close(&rig);
}

/* ---- lock-out ---- */

static enum outcome fail(uint8_t challenge)
{
    struct login login = nurse(challenge);
    login.pool = OUTCOME_AUTH_SIGNATURE;
    return auth_login(&rig, &login);
}

TEST(five_failures_lock_for_fifteen_minutes)
{
    auth_open(&rig);
    for (uint8_t i = 1; i <= 5; i++) {
        T_EQ_INT(fail(i), OUTCOME_AUTH_SIGNATURE);
        if (i == 3) {
            rig_restart(&rig); /* counters are rows */
        }
    }
    int64_t locked_at = rig.now.ms;
    struct login login = nurse(6);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_RATE_LIMITED);
    struct reader body = reader_of(rig.replies[0].body);
    T_EQ_UINT(read_u32(&body), 15 * 60);
    rig_restart(&rig);
    rig.now.ms = locked_at + 15 * 60 * 1000 - 1;
    login = nurse(7);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_RATE_LIMITED);
    body = reader_of(rig.replies[0].body);
    T_EQ_UINT(read_u32(&body), 1);
    rig.now.ms = locked_at + 15 * 60 * 1000;
    login = nurse(8);
    login.challenge = 8;
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    rig_close(&rig);
}

TEST(a_success_ends_the_row_of_failures)
{
    auth_open(&rig);
    for (uint8_t round = 0; round < 3; round++) {
        for (uint8_t i = 0; i < 4; i++) {
            T_EQ_INT(fail((uint8_t)(10 * round + i)), OUTCOME_AUTH_SIGNATURE);
        }
        struct login login = nurse((uint8_t)(10 * round + 5));
        T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
        rig.now.ms += 60 * 1000; /* a browser's share of challenges is new */
    }
    rig_close(&rig);
}

TEST(a_lock_is_of_one_subject_only)
{
    auth_open(&rig);
    for (uint8_t i = 1; i <= 5; i++) {
        fail(i);
    }
    uint32_t locks = 0;
    for (uint32_t i = 0; i < rig_count(&rig, TABLE_AUDIT); i++) {
        struct audit audit;
        T_TRUE(audit_read(rig_row_at(&rig, TABLE_AUDIT, i)->value, &audit));
        locks += audit.action == AUDIT_LOCK ? 1 : 0;
    }
    T_EQ_UINT(locks, 1);
    struct login login = {
        .role = ROLE_INSTITUTION, .challenge = 9, .card = AUTH_HOME_CARD, .secret = 109};
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    rig_close(&rig);
}

/* ---- sessions ---- */

TEST(the_caller_hears_when_every_desk_has_confirmed)
{
    auth_open(&rig);
    struct login login = nurse(1);
    auth_challenge_for(&rig, &login);
    T_TRUE(auth_prove(&rig, &login));
    auth_proved(&rig, &login);
    T_EQ_UINT(rig.replies_count, 0);
    T_EQ_UINT(rig.sends_count, 2);
    uint64_t sequence = rig.sends[0].sequence;
    auth_confirm_one(&rig, 1, sequence);
    T_EQ_UINT(rig.replies_count, 0);
    auth_confirm_one(&rig, 1, sequence); /* the same desk again */
    T_EQ_UINT(rig.replies_count, 0);
    auth_confirm_one(&rig, 0, sequence - 1); /* an older one */
    T_EQ_UINT(rig.replies_count, 0);
    auth_confirm_one(&rig, 0, sequence);
    T_EQ_UINT(rig.replies_count, 1);
    rig_close(&rig);
}

TEST(a_fourth_log_in_ends_the_oldest_session)
{
    auth_open(&rig);
    for (uint8_t i = 1; i <= 4; i++) {
        rig.now.ms += 1000;
        if (i == 3) {
            rig_restart(&rig); /* sessions are rows */
        }
        struct login login = nurse(i);
        T_EQ_INT(auth_challenge_for(&rig, &login), OUTCOME_OK);
        T_TRUE(auth_prove(&rig, &login));
        auth_proved(&rig, &login);
        T_EQ_UINT(rig.sends[0].u.desk.changes_count, i == 4 ? 2 : 1);
        if (i == 4) {
            const struct desk_change *change = &rig.sends[0].u.desk.changes[0];
            struct digest oldest = rig_digest(101);
            T_EQ_INT(change->how, SESSION_REPLACED);
            T_TRUE(digest_equal(&change->session.secret, &oldest));
        }
        T_EQ_UINT(auth_confirm(&rig), 1);
    }
    T_EQ_UINT(rig_count(&rig, TABLE_SESSION), 3);
    T_FALSE(auth_has_session(&rig, 101));
    T_TRUE(auth_has_session(&rig, 104));
    rig_close(&rig);
}

TEST(a_log_out_waits_for_every_desk_and_its_repeat_too)
{
    auth_open(&rig);
    struct login login = nurse(1);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    T_EQ_INT(auth_logout(&rig, 101), OUTCOME_UNKNOWN);
    T_FALSE(auth_has_session(&rig, 101));
    T_EQ_UINT(rig.sends_count, 2);
    T_EQ_INT(rig.sends[0].u.desk.changes[0].how, SESSION_ENDED);
    uint64_t sequence = rig.sends[0].sequence;
    auth_confirm_one(&rig, 0, sequence);
    T_EQ_INT(auth_logout(&rig, 101), OUTCOME_UNKNOWN); /* loop 1 has not heard of it */
    auth_confirm_one(&rig, 1, sequence);
    T_EQ_UINT(rig.replies_count, 2);
    T_EQ_INT(rig.replies[1].outcome, OUTCOME_DELETED);
    T_EQ_INT(auth_logout(&rig, 101), OUTCOME_DELETED); /* all know it: at once */
    rig_close(&rig);
}

/* What an earlier incarnation told the desks may still be on its way; a repeat asks for just that.
 */
TEST(after_a_reload_nobody_is_answered_before_the_desks_are)
{
    auth_open(&rig);
    struct login login = nurse(1);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    T_EQ_INT(auth_logout(&rig, 101), OUTCOME_UNKNOWN);
    uint64_t old = rig.sends[0].sequence;
    rig_restart(&rig); /* as after a dropped batch: the rows say that it is over */
    T_EQ_UINT(rig.sends_count, 2);
    T_EQ_UINT(rig.sends[0].u.desk.changes_count, 0);
    uint64_t settle = rig.sends[0].sequence;
    T_TRUE(settle > old);
    T_EQ_INT(auth_logout(&rig, 101), OUTCOME_UNKNOWN);
    auth_confirm_one(&rig, 0, old);
    auth_confirm_one(&rig, 1, old);
    T_EQ_UINT(rig.replies_count, 0); /* late words to the earlier incarnation */
    auth_confirm_one(&rig, 0, settle);
    auth_confirm_one(&rig, 1, settle);
    T_EQ_UINT(rig.replies_count, 1);
    rig_close(&rig);
}

TEST(a_desk_that_does_not_answer_is_told_again)
{
    auth_open(&rig);
    struct login login = nurse(1);
    auth_challenge_for(&rig, &login);
    T_TRUE(auth_prove(&rig, &login));
    auth_proved(&rig, &login); /* the timer runs since the start */
    auth_confirm_one(&rig, 0, rig.sends[0].sequence);
    struct msg timer = {.kind = MSG_TIMER, .u.timer = {.tag = 1}};
    rig_receive(&rig, &timer);
    T_EQ_UINT(rig.sends_count, 1); /* only the one that is missing */
    T_EQ_UINT(rig.sends[0].to.id, 1);
    T_EQ_UINT(rig.sends[0].u.desk.changes_count, 1);
    T_EQ_UINT(rig.timers_count, 1);
    auth_confirm_one(&rig, 1, rig.sends[0].sequence);
    T_EQ_UINT(rig.replies_count, 1);
    rig_receive(&rig, &timer);
    T_EQ_UINT(rig.sends_count + rig.timers_count, 0);
    rig_close(&rig);
}

/* What is not confirmed is said with what comes after it, so that one may take the other's place.
 */
TEST(a_later_message_holds_the_earlier_ones)
{
    auth_open(&rig);
    struct login first = nurse(1);
    auth_challenge_for(&rig, &first);
    T_TRUE(auth_prove(&rig, &first));
    auth_proved(&rig, &first);
    uint64_t sequence = rig.sends[0].sequence;
    auth_confirm_one(&rig, 0, sequence);
    struct login second = {
        .role = ROLE_INSTITUTION, .challenge = 2, .card = AUTH_HOME_CARD, .secret = 102};
    auth_challenge_for(&rig, &second);
    T_TRUE(auth_prove(&rig, &second));
    auth_proved(&rig, &second);
    T_EQ_UINT(rig.sends_count, 2);
    T_EQ_UINT(rig.sends[0].u.desk.changes_count, 1);
    T_EQ_UINT(rig.sends[1].u.desk.changes_count, 2);
    auth_confirm_one(&rig, 1, rig.sends[1].sequence);
    T_EQ_UINT(rig.replies_count, 1); /* the first log-in: both desks have it */
    rig_close(&rig);
}

TEST(a_touch_moves_the_idle_limit_and_tells_the_desks)
{
    auth_open(&rig);
    struct login login = nurse(1);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    rig.now.ms += 60 * 1000;
    struct msg touch = {.kind = MSG_SESSION_TOUCH, .u.session = {.secret = rig_digest(101)}};
    rig_receive(&rig, &touch);
    T_EQ_UINT(rig.changes, 1);
    T_EQ_UINT(rig.sends_count, 2);
    T_EQ_INT(rig.sends[0].u.desk.changes[0].session.used_at, rig.now.ms);
    auth_confirm(&rig);
    touch.ticket = (struct ticket){0};
    T_EQ_INT(rig_ask(&rig, &touch), OUTCOME_OK); /* the same moment again: nothing to tell */
    T_EQ_UINT(rig.changes, 0);
    touch.u.session.secret = rig_digest(200);
    T_EQ_INT(rig_ask(&rig, &touch), OUTCOME_NOT_FOUND);
    rig_close(&rig);
}

TEST(one_may_end_another_session_of_ones_own)
{
    auth_open(&rig);
    struct login login = nurse(1);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    struct login_reply reply;
    T_TRUE(login_reply_read(rig.replies[0].body, &reply));
    struct msg msg = {.kind = MSG_SESSION_END,
                      .principal = rig_home,
                      .u.session = {.session = reply.principal.session}};
    T_EQ_INT(rig_ask(&rig, &msg), OUTCOME_NOT_FOUND); /* another subject's */
    T_TRUE(auth_has_session(&rig, 101));
    msg = (struct msg){.kind = MSG_SESSION_END,
                       .principal = rig_nurse,
                       .u.session = {.session = reply.principal.session}};
    rig_receive(&rig, &msg);
    T_EQ_UINT(auth_confirm(&rig), 1);
    T_FALSE(auth_has_session(&rig, 101));
    rig_close(&rig);
}

TEST(sessions_that_ran_out_are_swept_away)
{
    auth_open(&rig);
    struct login login = nurse(1);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    struct msg sweep = {.kind = MSG_TIMER, .u.timer = {.tag = 2}};
    rig_receive(&rig, &sweep);
    T_TRUE(auth_has_session(&rig, 101));
    rig.now.ms += SESSION_IDLE_MS + 60 * 1000;
    rig_receive(&rig, &sweep);
    T_FALSE(auth_has_session(&rig, 101));
    T_EQ_UINT(rig.timers_count, 1);
    rig_close(&rig);
}

TEST(a_restart_forgets_challenges_and_keeps_sessions)
{
    auth_open(&rig);
    struct login login = nurse(1);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    struct login other = nurse(2);
    auth_challenge_for(&rig, &other);
    rig_restart(&rig);
    T_FALSE(auth_prove(&rig, &other));
    T_EQ_INT(rig.replies[0].outcome, OUTCOME_AUTH_CHALLENGE);
    T_TRUE(auth_has_session(&rig, 101));
    login = nurse(3);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    struct login_reply reply;
    T_TRUE(login_reply_read(rig.replies[0].body, &reply));
    T_EQ_INT(reply.last_login_at, rig.now.ms);
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

T_LIST(auth_test, T(the_bytes_to_sign_are_those_of_the_specification),
       T(a_person_an_institution_and_an_officer_sign_in), T(a_challenge_is_used_once),
       T(a_challenge_lives_120_seconds), T(ten_challenges_a_minute_are_a_browsers_share),
       T(an_address_has_its_share_whatever_the_browser), T(counters_are_bounded),
       T(another_browsers_challenge_is_burnt), T(an_unknown_challenge_is_refused),
       T(what_the_pool_finds_is_answered), T(a_pool_that_fails_is_answered_503),
       T(a_card_of_another_kind_or_of_nobody_gets_nothing), T(a_first_use_binds_the_card),
       T(a_first_use_must_fit_the_registry), T(five_failures_lock_for_fifteen_minutes),
       T(a_success_ends_the_row_of_failures), T(a_lock_is_of_one_subject_only),
       T(the_caller_hears_when_every_desk_has_confirmed),
       T(a_fourth_log_in_ends_the_oldest_session),
       T(a_log_out_waits_for_every_desk_and_its_repeat_too),
       T(after_a_reload_nobody_is_answered_before_the_desks_are),
       T(a_desk_that_does_not_answer_is_told_again), T(a_later_message_holds_the_earlier_ones),
       T(a_touch_moves_the_idle_limit_and_tells_the_desks),
       T(one_may_end_another_session_of_ones_own), T(sessions_that_ran_out_are_swept_away),
       T(a_restart_forgets_challenges_and_keeps_sessions), T(nothing_of_others_comes_to_auth));
