#include "rt/msg.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include <string.h>

TEST(a_copy_owns_its_changes)
{
    struct desk_change changes[2] = {{.number = 4}, {.number = 5, .how = SESSION_ENDED}};
    struct msg msg = {
        .kind = MSG_DESK_CHANGE, .sequence = 5, .u.desk = {.changes_count = 2, .changes = changes}};
    struct letter *copy = letter_copy(&msg);
    T_TRUE(copy != NULL);
    memset(changes, 0, sizeof changes);
    T_EQ_UINT(copy->msg.sequence, 5);
    T_EQ_UINT(copy->msg.u.desk.changes_count, 2);
    T_EQ_UINT(copy->msg.u.desk.changes[1].number, 5);
    T_EQ_INT(copy->msg.u.desk.changes[1].how, SESSION_ENDED);
    letter_free(copy);
    letter_free(NULL);
}

TEST(only_what_actors_send_can_be_copied)
{
    struct msg msg = {.kind = MSG_CASE_CREATE};
    T_ABORTS(letter_copy(&msg));
}

TEST(desks_live_on_the_loop_of_their_number)
{
    for (uint16_t loop = 0; loop < 3; loop++) {
        T_EQ_UINT(addr_shard((struct addr){ACTOR_DESK, loop}, 3), loop);
    }
    T_ABORTS(addr_shard((struct addr){ACTOR_DESK, 3}, 3));
}

TEST(actors_spread_over_the_shards)
{
    uint32_t counts[3] = {0};
    for (uint64_t id = 1; id <= 3000; id++) {
        counts[addr_shard((struct addr){ACTOR_INSTITUTION, id}, 3)]++;
    }
    for (int i = 0; i < 3; i++) {
        T_TRUE(counts[i] > 850 && counts[i] < 1150);
    }
    T_EQ_UINT(addr_shard((struct addr){ACTOR_INSTITUTION, 77}, 1), 0);
}

TEST(every_kind_and_outcome_has_its_own_name)
{
    for (int a = 0; a < MSG_KINDS; a++) {
        for (int b = 0; b < a; b++) {
            T_TRUE(strcmp(msg_kind_name((enum msg_kind)a), msg_kind_name((enum msg_kind)b)) != 0);
        }
    }
    for (int a = 0; a < OUTCOME_COUNT; a++) {
        for (int b = 0; b < a; b++) {
            T_TRUE(strcmp(outcome_name((enum outcome)a), outcome_name((enum outcome)b)) != 0);
        }
    }
}

TEST(doors_send_what_counts_against_the_mailbox)
{
    T_TRUE(msg_from_door(MSG_CASE_CREATE));
    T_TRUE(msg_from_door(MSG_PROOF));
    T_TRUE(msg_from_door(MSG_REGISTRY_PUT));
    T_FALSE(msg_from_door(MSG_DESK_CHANGE));
    T_FALSE(msg_from_door(MSG_DESK_DONE));
    T_FALSE(msg_from_door(MSG_TIMER));
    T_FALSE(msg_from_door(MSG_WORK_DONE));
}

TEST(tables_say_who_writes_them)
{
    T_EQ_STR(table_info(TABLE_CASE)->name, "case");
    T_EQ_INT(table_info(TABLE_CASE)->writer, ACTOR_INSTITUTION);
    T_EQ_INT(table_info(TABLE_SESSION)->writer, ACTOR_AUTH);
    T_EQ_INT(table_info(TABLE_AUDIT)->keys, KEYS_APPENDED);
    T_TRUE(table_info(TABLE_NONE) == NULL);
    T_TRUE(table_info((enum table)TABLE_MAX) == NULL);
    T_EQ_STR(actor_kind_name(ACTOR_DESK), "desk");
}

T_LIST(msg_test, T(a_copy_owns_its_changes), T(only_what_actors_send_can_be_copied),
       T(desks_live_on_the_loop_of_their_number), T(actors_spread_over_the_shards),
       T(every_kind_and_outcome_has_its_own_name), T(doors_send_what_counts_against_the_mailbox),
       T(tables_say_who_writes_them));
