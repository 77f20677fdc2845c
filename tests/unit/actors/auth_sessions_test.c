/* Sessions: what the desks are told and when the caller hears, limits, the way out (AUTH 5.5). */
#include "tests/lib/t.h"
#include "tests/unit/actors/auth_rig.h"

static struct rig rig;

TEST(the_caller_hears_when_every_desk_has_confirmed)
{
    auth_open(&rig);
    struct login login = auth_nurse(1);
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
        struct login login = auth_nurse(i);
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
    struct login login = auth_nurse(1);
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
    struct login login = auth_nurse(1);
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
    struct login login = auth_nurse(1);
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
    struct login first = auth_nurse(1);
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
    struct login login = auth_nurse(1);
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
    struct login login = auth_nurse(1);
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
    struct login login = auth_nurse(1);
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
    struct login login = auth_nurse(1);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    struct login other = auth_nurse(2);
    auth_challenge_for(&rig, &other);
    rig_restart(&rig);
    T_FALSE(auth_prove(&rig, &other));
    T_EQ_INT(rig.replies[0].outcome, OUTCOME_AUTH_CHALLENGE);
    T_TRUE(auth_has_session(&rig, 101));
    login = auth_nurse(3);
    T_EQ_INT(auth_login(&rig, &login), OUTCOME_OK);
    struct login_reply reply;
    T_TRUE(login_reply_read(rig.replies[0].body, &reply));
    T_EQ_INT(reply.last_login_at, rig.now.ms);
    rig_close(&rig);
}

T_LIST(auth_sessions_test, T(the_caller_hears_when_every_desk_has_confirmed),
       T(a_fourth_log_in_ends_the_oldest_session),
       T(a_log_out_waits_for_every_desk_and_its_repeat_too),
       T(after_a_reload_nobody_is_answered_before_the_desks_are),
       T(a_desk_that_does_not_answer_is_told_again), T(a_later_message_holds_the_earlier_ones),
       T(a_touch_moves_the_idle_limit_and_tells_the_desks),
       T(one_may_end_another_session_of_ones_own), T(sessions_that_ran_out_are_swept_away),
       T(a_restart_forgets_challenges_and_keeps_sessions));
