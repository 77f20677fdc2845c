/* Batches that are dropped, turns that can't be carried out, read-only: DESIGN 5 *Failure table*.
 */
#include "base/check.h"
#include "tests/lib/t.h"
#include "tests/unit/rt/rig.h"

enum { LARGE = 256 << 20 };

TEST(a_dropped_batch_is_answered_and_forgotten)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_post(&rig, rig_toy, TOY_CHANGE, 1);
    rig_run(&rig);
    struct batch *first = rig_seal(&rig);
    rig_post(&rig, rig_toy, TOY_CHANGE, 2); /* into the batch opened meanwhile */
    rig_post(&rig, rig_toy, TOY_KEEP_TICKET, 3);
    rig_run(&rig);
    shard_committed(rig.shard, first, ERR_READ_ONLY);
    T_EQ_UINT(rig_replies(&rig), 3);
    for (uint32_t i = 0; i < rig.said_count; i++) {
        if (rig.said[i].kind == SAID_REPLY) {
            T_EQ_INT(rig.said[i].outcome, OUTCOME_READ_ONLY);
        }
    }
    T_TRUE(rig_seal(&rig) == NULL); /* nothing is left in the open one */
    T_TRUE(rig_state(&rig, rig_toy) == NULL || shard_actors(rig.shard) == 0);
    rig_close(&rig);
}

TEST(a_clean_actor_survives_a_drop)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_ready(&rig, rig_other);
    rig_post(&rig, rig_other, TOY_REPLY, 1);
    rig_post(&rig, rig_toy, TOY_CHANGE, 2);
    rig_run(&rig);
    shard_committed(rig.shard, rig_seal(&rig), ERR_READ_ONLY);
    T_EQ_UINT(rig_state(&rig, rig_other)->commands, 1);
    rig_close(&rig);
}

TEST(an_actor_dirty_in_the_open_batch_only_is_evicted_too)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_ready(&rig, rig_other);
    rig_post(&rig, rig_toy, TOY_CHANGE, 1);
    rig_run(&rig);
    struct batch *first = rig_seal(&rig);
    rig_post(&rig, rig_other, TOY_CHANGE, 2);
    rig_run(&rig);
    uint32_t said_before = rig.said_count;
    shard_committed(rig.shard, first, ERR_READ_ONLY);
    T_EQ_UINT(rig_replies(&rig), 2);
    T_TRUE(rig_state(&rig, rig_other) == NULL); /* `waiting` by rig_ready: being loaded again */
    uint32_t loads = 0;
    for (uint32_t i = said_before; i < rig.said_count; i++) {
        loads += rig.said[i].kind == SAID_LOAD ? 1 : 0;
    }
    T_EQ_UINT(loads, 2);
    rig_close(&rig);
}

TEST(after_a_drop_changes_are_durable_again)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_post(&rig, rig_toy, TOY_CHANGE, 1);
    rig_run(&rig);
    struct batch *dropped = rig_seal(&rig);
    uint64_t number = dropped->sequence;
    shard_committed(rig.shard, dropped, ERR_READ_ONLY);
    rig_load(&rig, NULL, 0);
    rig_post(&rig, rig_toy, TOY_CHANGE, 2);
    rig_run(&rig);
    struct batch *next = rig_seal(&rig);
    T_TRUE(next != NULL && next->sequence > number + 1);
    shard_committed(rig.shard, next, ERR_OK);
    T_EQ_INT(rig_last(&rig)->outcome, OUTCOME_OK);
    rig_close(&rig);
}

TEST(read_only_delivers_to_auth_and_desks_only)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    shard_set_read_only(rig.shard, true);
    T_EQ_INT(rig_post(&rig, rig_toy, TOY_REPLY, 2), POST_READ_ONLY);
    T_EQ_UINT(rig_run(&rig), 0);
    T_EQ_INT(rig_post(&rig, ADDR_AUTH, TOY_REPLY, 3), POST_TAKEN);
    rig_load(&rig, NULL, 0);
    T_EQ_UINT(rig_run(&rig), 2);
    T_EQ_UINT(rig_last(&rig)->ticket.slot, 3);
    T_EQ_INT(rig_post(&rig, (struct addr){ACTOR_DESK, 0}, TOY_REPLY, 4), POST_TAKEN);
    rig_run(&rig);
    T_EQ_UINT(rig_last(&rig)->ticket.slot, 4);
    rig_close(&rig);
}

/* Seen in the full-disk test: a filing was in the mailbox when the disk was full, and lay there
 * until its door gave up after 30 s. */
TEST(what_waits_when_read_only_begins_is_refused_at_once)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_post(&rig, rig_toy, TOY_REPLY, 1);
    rig_post(&rig, ADDR_AUTH, TOY_REPLY, 2); /* it loads; its mail stays */
    T_EQ_UINT(rig_replies(&rig), 0);
    shard_set_read_only(rig.shard, true);
    T_EQ_UINT(rig_replies(&rig), 1);
    T_EQ_UINT(rig_last(&rig)->ticket.slot, 1);
    T_EQ_INT(rig_last(&rig)->outcome, OUTCOME_READ_ONLY);
    rig_load(&rig, NULL, 0);
    rig_run(&rig);
    T_EQ_UINT(rig_replies(&rig), 2);
    T_EQ_UINT(rig_last(&rig)->ticket.slot, 2);
    T_EQ_INT(rig_last(&rig)->outcome, OUTCOME_OK);
    shard_set_read_only(rig.shard, false);
    rig_run(&rig);
    T_EQ_UINT(rig_replies(&rig), 2);
    rig_close(&rig);
}

/* A dropped filing's actor is loaded again for whoever came meanwhile: he is refused too. */
TEST(who_waits_for_an_actor_that_loads_is_refused_when_read_only_begins)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_post(&rig, rig_toy, TOY_REPLY, 1);
    shard_set_read_only(rig.shard, true);
    T_EQ_UINT(rig_replies(&rig), 1);
    T_EQ_INT(rig_last(&rig)->outcome, OUTCOME_READ_ONLY);
    rig_load(&rig, NULL, 0);
    T_EQ_UINT(rig_run(&rig), 0); /* its own letters wait */
    shard_set_read_only(rig.shard, false);
    T_TRUE(rig_run(&rig) > 0);
    T_EQ_UINT(rig_replies(&rig), 1);
    rig_close(&rig);
}

TEST(only_batches_of_sessions_are_essential)
{
    struct rig rig;
    struct addr desk = {ACTOR_DESK, 0};
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_post(&rig, rig_toy, TOY_CHANGE, 1);
    rig_run(&rig);
    struct batch *batch = rig_seal(&rig);
    T_FALSE(batch->essential);
    shard_committed(rig.shard, batch, ERR_OK);
    rig_post(&rig, desk, TOY_WAITING, 2); /* of the actors that may write there */
    rig_run(&rig);
    batch = rig_seal(&rig);
    T_TRUE(batch->essential);
    shard_committed(rig.shard, batch, ERR_OK);
    rig_close(&rig);
}

TEST(a_turn_without_memory_is_dropped_whole)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_post(&rig, rig_toy, TOY_CHANGE_FAIL, 1);
    rig_run(&rig);
    T_EQ_UINT(rig_replies(&rig), 1);
    T_EQ_INT(rig.said[rig.said_count - 2].outcome, OUTCOME_OVERLOADED);
    T_EQ_INT(rig_last(&rig)->kind, SAID_LOAD); /* its memory is ahead of its rows */
    T_TRUE(rig_seal(&rig) == NULL);
    rig_close(&rig);
}

/* Before what it changed is durable a load would miss it. */
TEST(a_poisoned_actor_is_loaded_when_it_is_durable)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_post(&rig, rig_toy, TOY_CHANGE, 1);
    rig_post(&rig, rig_toy, TOY_FAIL, 2);
    rig_post(&rig, rig_toy, TOY_REPLY, 3);
    uint32_t loads_before = rig.said_count;
    rig_run(&rig);
    T_EQ_UINT(rig.said_count, loads_before); /* no answer, no load yet */
    T_TRUE(rig_state(&rig, rig_toy) == NULL);
    shard_committed(rig.shard, rig_seal(&rig), ERR_OK);
    T_EQ_UINT(rig_replies(&rig), 2); /* the change OK, the failed turn 503 */
    T_EQ_INT(rig_last(&rig)->kind, SAID_LOAD);
    rig_load(&rig, NULL, 0);
    rig_run(&rig);
    T_EQ_UINT(rig_last(&rig)->ticket.slot, 3); /* mail was kept */
    rig_close(&rig);
}

static void put_into_anothers(struct rig *rig)
{
    /* The toy's rows carry its own id; one that claims to live elsewhere breaks rule 9. */
    struct letter *letter = letter_new();
    letter->msg.kind = MSG_SUBMIT;
    letter->msg.to = (struct addr){ACTOR_REGISTRY, 1};
    letter->msg.u.command.version = TOY_CHANGE;
    T_EQ_INT(shard_post(rig->shard, letter), POST_TAKEN);
    rig_load(rig, NULL, 0);
    rig_run(rig);
}

TEST(a_row_in_anothers_table_is_a_program_error)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    T_ABORTS(put_into_anothers(&rig));
    rig_close(&rig);
}

TEST(a_batch_comes_home_with_one_of_two_words)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_post(&rig, rig_toy, TOY_CHANGE, 1);
    rig_run(&rig);
    struct batch *batch = rig_seal(&rig);
    T_ABORTS(shard_committed(rig.shard, batch, ERR_IO));
    shard_committed(rig.shard, batch, ERR_OK);
    rig_close(&rig);
}

T_LIST(shard_commit_test, T(a_dropped_batch_is_answered_and_forgotten),
       T(a_clean_actor_survives_a_drop), T(an_actor_dirty_in_the_open_batch_only_is_evicted_too),
       T(after_a_drop_changes_are_durable_again), T(read_only_delivers_to_auth_and_desks_only),
       T(what_waits_when_read_only_begins_is_refused_at_once),
       T(who_waits_for_an_actor_that_loads_is_refused_when_read_only_begins),
       T(only_batches_of_sessions_are_essential), T(a_turn_without_memory_is_dropped_whole),
       T(a_poisoned_actor_is_loaded_when_it_is_durable),
       T(a_row_in_anothers_table_is_a_program_error), T(a_batch_comes_home_with_one_of_two_words));
