/* The way in and the lock (AUTH 5.1, 5.3, 5.6). */
#include "actors/tbs.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include "tests/unit/actors/auth_rig.h"
#include <string.h>

static struct rig rig;

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
    struct login login = auth_nurse(1);
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
    struct login login = auth_nurse(1);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    T_FALSE(auth_prove(&rig, &login));
    T_EQ_INT(rig.replies[0].outcome, OUTCOME_AUTH_CHALLENGE);
    rig_close(&rig);
}

TEST(a_challenge_lives_120_seconds)
{
    auth_open(&rig);
    struct login login = auth_nurse(1);
    auth_challenge_for(&rig, &login);
    rig.now.ms += 120 * 1000 + 1;
    T_FALSE(auth_prove(&rig, &login));
    T_EQ_INT(rig.replies[0].outcome, OUTCOME_AUTH_CHALLENGE);
    login = auth_nurse(2);
    auth_challenge_for(&rig, &login);
    rig.now.ms += 120 * 1000;
    T_TRUE(auth_prove(&rig, &login));
    rig_close(&rig);
}

/* And it is burnt by the attempt: the right browser comes too late. */
TEST(another_browsers_challenge_is_burnt)
{
    auth_open(&rig);
    struct login login = auth_nurse(1);
    auth_challenge_for(&rig, &login);
    login.wrong_browser = 9;
    T_FALSE(auth_prove(&rig, &login));
    T_EQ_INT(rig.replies[0].outcome, OUTCOME_AUTH_CHALLENGE);
    login.wrong_browser = 0;
    T_FALSE(auth_prove(&rig, &login));
    login = auth_nurse(2);
    auth_challenge_for(&rig, &login);
    login.wrong_audience = true;
    T_FALSE(auth_prove(&rig, &login));
    T_EQ_INT(rig.replies[0].outcome, OUTCOME_AUTH_CHALLENGE);
    rig_close(&rig);
}

TEST(an_unknown_challenge_is_refused)
{
    auth_open(&rig);
    struct login login = auth_nurse(7);
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
        struct login login = auth_nurse((uint8_t)(1 + i));
        login.pool = found[i];
        T_EQ_INT(auth_login(&rig, &login), found[i]);
        T_EQ_UINT(rig.changes, 0);
    }
    rig_close(&rig);
}

TEST(a_pool_that_fails_is_answered_503)
{
    auth_open(&rig);
    struct login login = auth_nurse(1);
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
    struct login login = auth_nurse(1);
    login.card = AUTH_HOME_CARD; /* an institution's card as a person's */
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_AUTH_CARD_KIND);
    login = auth_nurse(2);
    login.card = 77;
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_AUTH_NOT_ENROLLED);
    login = auth_nurse(3);
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
    struct login login = auth_nurse(challenge);
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
    struct login login = auth_nurse(6);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_RATE_LIMITED);
    struct reader body = reader_of(rig.replies[0].body);
    T_EQ_UINT(read_u32(&body), 15 * 60);
    rig_restart(&rig);
    rig.now.ms = locked_at + 15 * 60 * 1000 - 1;
    login = auth_nurse(7);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_RATE_LIMITED);
    body = reader_of(rig.replies[0].body);
    T_EQ_UINT(read_u32(&body), 1);
    rig.now.ms = locked_at + 15 * 60 * 1000;
    login = auth_nurse(8);
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
        struct login login = auth_nurse((uint8_t)(10 * round + 5));
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

T_LIST(auth_test, T(the_bytes_to_sign_are_those_of_the_specification),
       T(a_person_an_institution_and_an_officer_sign_in), T(a_challenge_is_used_once),
       T(a_challenge_lives_120_seconds), T(another_browsers_challenge_is_burnt),
       T(an_unknown_challenge_is_refused), T(what_the_pool_finds_is_answered),
       T(a_pool_that_fails_is_answered_503), T(a_card_of_another_kind_or_of_nobody_gets_nothing),
       T(a_first_use_binds_the_card), T(a_first_use_must_fit_the_registry),
       T(five_failures_lock_for_fifteen_minutes), T(a_success_ends_the_row_of_failures),
       T(a_lock_is_of_one_subject_only));
