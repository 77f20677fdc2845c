#include "actors/desk.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include "tests/unit/actors/rig.h"

static struct rig rig;

static struct session session_of(uint8_t byte)
{
    return (struct session){.secret = rig_digest(byte),
                            .principal = rig_home,
                            .created_at = rig.now.ms,
                            .used_at = rig.now.ms,
                            .expires_at = rig.now.ms + SESSION_ABSOLUTE_MS};
}

static void change(struct addr from, uint64_t sequence, const struct desk_change *changes,
                   uint32_t count)
{
    struct msg msg = {.kind = MSG_DESK_CHANGE,
                      .from = from,
                      .sequence = sequence,
                      .u.desk = {.changes_count = count, .changes = changes}};
    rig_receive(&rig, &msg);
}

static enum session_end state_of(uint8_t byte)
{
    struct digest secret = rig_digest(byte);
    const struct session *session = sessions_find(desk_sessions(rig.state), &secret);
    return session == NULL ? SESSION_ENDED : sessions_state(session, rig.now);
}

TEST(a_change_is_in_force_and_confirmed)
{
    rig_open(&rig, (struct addr){ACTOR_DESK, 1});
    struct desk_change begin = {.number = 1, .session = session_of(1)};
    change(ADDR_AUTH, 1, &begin, 1);
    T_EQ_INT(state_of(1), SESSION_LIVE);
    T_EQ_UINT(rig.sends_count, 1);
    T_EQ_INT(rig.sends[0].kind, MSG_DESK_DONE);
    T_TRUE(addr_equal(rig.sends[0].to, ADDR_AUTH));
    T_EQ_UINT(rig.sends[0].sequence, 1);
    T_EQ_UINT(rig.sends[0].u.desk_done.loop, 1);
    struct desk_change end = {.number = 2, .how = SESSION_REPLACED, .session = session_of(1)};
    change(ADDR_AUTH, 2, &end, 1);
    T_EQ_INT(state_of(1), SESSION_REPLACED);
    rig_close(&rig);
}

TEST(a_number_without_a_change_is_confirmed_too)
{
    rig_open(&rig, (struct addr){ACTOR_DESK, 0});
    change(ADDR_AUTH, 9, NULL, 0);
    T_EQ_UINT(rig.sends_count, 1);
    T_EQ_UINT(rig.sends[0].sequence, 9);
    rig_close(&rig);
}

TEST(rows_of_the_start_need_no_answer)
{
    rig_open(&rig, (struct addr){ACTOR_DESK, 0});
    struct desk_change begin[2] = {{.session = session_of(1)}, {.session = session_of(2)}};
    change((struct addr){ACTOR_NONE, 0}, 0, begin, 2);
    T_EQ_INT(state_of(1), SESSION_LIVE);
    T_EQ_INT(state_of(2), SESSION_LIVE);
    T_EQ_UINT(rig.sends_count, 0);
    rig_close(&rig);
}

/* A touch that comes behind the end must not bring the session back. */
TEST(what_has_ended_stays_so)
{
    rig_open(&rig, (struct addr){ACTOR_DESK, 0});
    struct desk_change begin = {.number = 1, .session = session_of(1)};
    struct desk_change end = {.number = 2, .how = SESSION_ENDED, .session = session_of(1)};
    change(ADDR_AUTH, 1, &begin, 1);
    change(ADDR_AUTH, 2, &end, 1);
    change(ADDR_AUTH, 2, &begin, 1);
    T_EQ_INT(state_of(1), SESSION_ENDED);
    rig_close(&rig);
}

TEST(what_is_long_over_is_swept)
{
    rig_open(&rig, (struct addr){ACTOR_DESK, 0});
    for (uint8_t byte = 1; byte <= 20; byte++) {
        struct desk_change begin = {.number = byte, .session = session_of(byte)};
        change(ADDR_AUTH, byte, &begin, 1);
    }
    rig.now.ms += SESSION_ABSOLUTE_MS + 2 * 3600 * 1000;
    for (uint8_t byte = 21; byte <= 40; byte++) {
        struct desk_change begin = {.number = byte, .session = session_of(byte)};
        change(ADDR_AUTH, byte, &begin, 1);
        T_EQ_INT(state_of(byte), SESSION_LIVE);
    }
    T_TRUE(desk_sessions(rig.state)->count <= 25);
    rig_close(&rig);
}

TEST(nothing_else_comes_to_a_desk)
{
    rig_open(&rig, (struct addr){ACTOR_DESK, 0});
    struct msg msg = {.kind = MSG_CASE_CREATE};
    T_ABORTS(rig_receive(&rig, &msg));
    T_TRUE(desk_sessions(NULL) == NULL);
    rig_close(&rig);
}

T_LIST(desk_test, T(a_change_is_in_force_and_confirmed),
       T(a_number_without_a_change_is_confirmed_too), T(rows_of_the_start_need_no_answer),
       T(what_has_ended_stays_so), T(what_is_long_over_is_swept), T(nothing_else_comes_to_a_desk));
