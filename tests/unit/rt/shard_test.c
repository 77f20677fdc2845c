/* Posting, running, holding: DESIGN 5 *One turn*, *The held-output rule*, 10. */
#include "base/check.h"
#include "tests/lib/t.h"
#include "tests/unit/rt/rig.h"

enum { LARGE = 256 << 20 };

TEST(mail_waits_until_its_actor_is_loaded)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    T_EQ_INT(rig_post(&rig, rig_toy, TOY_REPLY, 1), POST_TAKEN);
    T_EQ_INT(rig_last(&rig)->kind, SAID_LOAD);
    T_EQ_UINT(rig_run(&rig), 0);
    T_TRUE(rig_state(&rig, rig_toy) == NULL);
    const struct loaded_row rows[] = {{TABLE_CASE, BYTES_LITERAL("k"), BYTES_LITERAL("v")},
                                      {TABLE_LINE, BYTES_LITERAL("k"), BYTES_LITERAL("v")}};
    rig_load(&rig, rows, ARRAY_COUNT(rows));
    T_EQ_UINT(rig_state(&rig, rig_toy)->restored_rows, 2);
    T_EQ_UINT(rig_state(&rig, rig_toy)->restored, 0);
    T_EQ_UINT(rig_run(&rig), 2); /* MSG_RESTORED comes before the mail */
    T_EQ_UINT(rig_state(&rig, rig_toy)->restored, 1);
    T_EQ_UINT(rig_state(&rig, rig_toy)->commands, 1);
    T_EQ_UINT(rig_replies(&rig), 1);
    rig_close(&rig);
}

TEST(a_full_mailbox_refuses_doors)
{
    struct rig rig;
    rig_open(&rig, 1, 2, LARGE);
    T_EQ_INT(rig_post(&rig, rig_toy, TOY_REPLY, 1), POST_TAKEN);
    T_EQ_INT(rig_post(&rig, rig_toy, TOY_REPLY, 2), POST_TAKEN);
    T_EQ_INT(rig_post(&rig, rig_toy, TOY_REPLY, 3), POST_FULL);
    T_EQ_INT(rig_post(&rig, rig_other, TOY_REPLY, 4), POST_TAKEN); /* another's has room */
    T_EQ_UINT(shard_metrics(rig.shard)->counters[METRIC_MAILBOX_FULL], 1);
    rig_close(&rig);
}

TEST(a_reply_that_changes_nothing_leaves_at_once)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_post(&rig, rig_toy, TOY_REPLY, 1);
    rig_run(&rig);
    T_EQ_INT(rig_last(&rig)->kind, SAID_REPLY);
    T_TRUE(rig_seal(&rig) == NULL);
    T_TRUE(shard_is_quiet(rig.shard));
    rig_close(&rig);
}

TEST(the_answer_to_a_change_waits_for_its_batch)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_post(&rig, rig_toy, TOY_CHANGE, 1);
    rig_run(&rig);
    T_EQ_UINT(rig_replies(&rig), 0);
    T_FALSE(shard_is_quiet(rig.shard));
    struct batch *batch = rig_seal(&rig);
    T_TRUE(batch != NULL);
    T_EQ_UINT(batch->ops_count, 1);
    T_EQ_UINT(rig_replies(&rig), 0);
    shard_committed(rig.shard, batch, ERR_OK);
    T_EQ_UINT(rig_replies(&rig), 1);
    T_EQ_INT(rig_last(&rig)->outcome, OUTCOME_OK);
    T_TRUE(shard_is_quiet(rig.shard));
    rig_close(&rig);
}

/* Nobody sees what a crash could take back: neither a refusal nor a plain read behind the change.
 */
TEST(a_dirty_actors_other_replies_wait_too)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_ready(&rig, rig_other);
    rig_post(&rig, rig_toy, TOY_CHANGE_SILENT, 1);
    rig_run(&rig);
    struct batch *first = rig_seal(&rig);
    uint64_t number = first->sequence;
    rig_post(&rig, rig_toy, TOY_REPLY, 2); /* of the batch in flight */
    rig_post(&rig, rig_other, TOY_REPLY, 3);
    rig_run(&rig);
    T_EQ_UINT(rig_replies(&rig), 1); /* the other actor is clean */
    T_EQ_UINT(rig_last(&rig)->ticket.slot, 3);
    rig_post(&rig, rig_toy, TOY_CHANGE_SILENT, 4);
    rig_post(&rig, rig_toy, TOY_REPLY, 5); /* of the open batch by now */
    rig_run(&rig);
    T_TRUE(rig_seal(&rig) == NULL); /* one in flight at a time */
    shard_committed(rig.shard, first, ERR_OK);
    T_EQ_UINT(rig_replies(&rig), 2);
    T_EQ_UINT(rig_last(&rig)->ticket.slot, 2);
    struct batch *second = rig_seal(&rig);
    T_TRUE(second != NULL && second->sequence == number + 1);
    shard_committed(rig.shard, second, ERR_OK);
    T_EQ_UINT(rig_replies(&rig), 3);
    T_EQ_UINT(rig_last(&rig)->ticket.slot, 5);
    rig_close(&rig);
}

TEST(sends_and_work_of_a_change_wait)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_ready(&rig, rig_other);
    rig_post(&rig, rig_toy, TOY_CHANGE_SEND, 1);
    rig_post(&rig, rig_toy, TOY_CHANGE_WORK, 2);
    rig_run(&rig);
    T_EQ_UINT(rig_state(&rig, rig_other)->wakes, 0);
    T_TRUE(rig_last(&rig)->kind != SAID_WORK);
    shard_committed(rig.shard, rig_seal(&rig), ERR_OK);
    T_EQ_INT(rig_last(&rig)->kind, SAID_WORK);
    T_EQ_UINT(rig_last(&rig)->tag, 5);
    rig_run(&rig);
    T_EQ_UINT(rig_state(&rig, rig_other)->wakes, 1);
    rig_close(&rig);
}

TEST(sends_and_work_of_a_clean_actor_leave_at_once)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_ready(&rig, rig_other);
    rig_post(&rig, rig_toy, TOY_SEND, 1);
    rig_post(&rig, rig_toy, TOY_WORK, 2);
    rig_run(&rig);
    T_EQ_INT(rig_last(&rig)->kind, SAID_WORK);
    T_EQ_UINT(rig_state(&rig, rig_other)->wakes, 1);
    rig_close(&rig);
}

TEST(a_send_to_another_shards_actor_goes_out)
{
    struct rig rig;
    struct addr here = rig_toy;
    rig_open(&rig, 2, 256, LARGE);
    while (addr_shard(here, 2) != 0) {
        here.id++;
    }
    rig_ready(&rig, here);
    struct letter *letter = letter_new();
    letter->msg.kind = MSG_SUBMIT;
    letter->msg.to = here;
    letter->msg.u.command.version = TOY_SEND;
    uint64_t there = 100;
    while (addr_shard((struct addr){ACTOR_INSTITUTION, there}, 2) != 1) {
        there++;
    }
    letter->msg.u.command.id.in.serial = (uint32_t)there;
    T_EQ_INT(shard_post(rig.shard, letter), POST_TAKEN);
    rig_run(&rig);
    T_EQ_INT(rig_last(&rig)->kind, SAID_REMOTE);
    T_EQ_UINT(rig_last(&rig)->who.id, there);
    rig_close(&rig);
}

TEST(timers_ring_at_their_tick)
{
    struct rig rig;
    struct tick at;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    T_FALSE(shard_deadline(rig.shard, &at));
    rig_post(&rig, rig_toy, TOY_TIMER, 1);
    rig_run(&rig);
    T_TRUE(shard_deadline(rig.shard, &at));
    T_EQ_INT(at.ms, rig.tick.ms + 50);
    rig.tick.ms += 49;
    rig_run(&rig);
    T_EQ_UINT(rig_state(&rig, rig_toy)->timers, 0);
    rig.tick.ms += 1;
    rig_run(&rig);
    T_EQ_UINT(rig_state(&rig, rig_toy)->timers, 1);
    rig_close(&rig);
}

TEST(a_full_batch_stops_the_turns)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_post(&rig, rig_toy, TOY_FILL, 1);
    rig_post(&rig, rig_toy, TOY_REPLY, 2);
    T_EQ_UINT(rig_run(&rig), 1);
    T_FALSE(shard_has_work(rig.shard)); /* there is mail, but no room */
    T_EQ_UINT(rig_run(&rig), 0);
    struct batch *batch = rig_seal(&rig);
    T_TRUE(shard_has_work(rig.shard)); /* the other batch is open now */
    T_EQ_UINT(rig_run(&rig), 1);
    shard_committed(rig.shard, batch, ERR_OK);
    T_EQ_UINT(rig_replies(&rig), 1);
    rig_close(&rig);
}

/* What a filing waits for is one turn about a sheet and one sheet's rows, however many wait. */
TEST(sheets_come_one_at_a_time_behind_the_others)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_ready(&rig, rig_other);
    const struct toy_state *toy = rig_state(&rig, rig_toy), *other = rig_state(&rig, rig_other);
    rig_post_sheet(&rig, rig_toy);
    rig_post_sheet(&rig, rig_toy);
    rig_post_sheet(&rig, rig_other);
    rig_post(&rig, rig_other, TOY_KEEP_TICKET, 1);
    T_EQ_UINT(shard_run(rig.shard, (struct wall){0}, rig.tick, 1), 1); /* the filing first */
    T_EQ_UINT(other->commands, 1);
    T_EQ_UINT(rig_run(&rig), 1);
    T_EQ_UINT(toy->sheets + other->sheets, 1);
    T_FALSE(shard_has_work(rig.shard)); /* the open batch has one sheet */
    T_EQ_UINT(rig_run(&rig), 0);
    rig_post(&rig, rig_toy, TOY_CHANGE, 2); /* goes before the sheets of the same actor */
    T_TRUE(shard_has_work(rig.shard));
    T_EQ_UINT(rig_run(&rig), 1);
    T_EQ_UINT(toy->commands, 1);
    struct batch *batch = rig_seal(&rig);
    T_TRUE(shard_has_work(rig.shard));
    T_EQ_UINT(rig_run(&rig), 1);
    T_TRUE(toy->sheets == 1 && other->sheets == 1); /* actors take turns here too */
    shard_committed(rig.shard, batch, ERR_OK);
    batch = rig_seal(&rig);
    T_EQ_UINT(rig_run(&rig), 1);
    T_EQ_UINT(toy->sheets, 2);
    shard_committed(rig.shard, batch, ERR_OK);
    rig_close(&rig);
}

/* Where others never end, sheets have one turn of each run. */
TEST(sheets_are_not_starved_by_a_crowd)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_ready(&rig, rig_other);
    rig_post_sheet(&rig, rig_toy);
    for (uint32_t i = 0; i < 40; i++) {
        rig_post(&rig, rig_other, TOY_KEEP_TICKET, i);
    }
    T_EQ_UINT(shard_run(rig.shard, (struct wall){0}, rig.tick, 10), 10);
    T_EQ_UINT(rig_state(&rig, rig_other)->commands, 9);
    T_EQ_UINT(rig_state(&rig, rig_toy)->sheets, 1);
    rig_close(&rig);
}

/* Where each batch is large before a sheet's turn comes, it comes in one of a few. */
TEST(sheets_are_not_starved_by_large_batches)
{
    struct rig rig;
    uint32_t batches = 0;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_ready(&rig, rig_other);
    rig_post_sheet(&rig, rig_toy);
    rig_post_sheet(&rig, rig_toy);
    while (rig_state(&rig, rig_toy)->sheets < 2 && batches++ < 20) {
        rig_post(&rig, rig_other, TOY_HALF, batches);
        rig_run(&rig);
        shard_committed(rig.shard, rig_seal(&rig), ERR_OK);
    }
    T_TRUE(batches > 3 && batches < 15); /* not each, and not never */
    rig_close(&rig);
}

TEST(actors_take_turns)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_ready(&rig, rig_other);
    for (uint32_t i = 0; i < 40; i++) {
        rig_post(&rig, rig_toy, TOY_KEEP_TICKET, i);
    }
    rig_post(&rig, rig_other, TOY_REPLY, 99);
    shard_run(rig.shard, (struct wall){0}, rig.tick, 17);
    T_EQ_UINT(rig_state(&rig, rig_toy)->commands, 16);
    T_EQ_UINT(rig_state(&rig, rig_other)->commands, 1);
    rig_close(&rig);
}

TEST(the_same_seed_gives_the_same_entropy)
{
    uint64_t seen[2];
    for (int i = 0; i < 2; i++) {
        struct rig rig;
        rig_open(&rig, 1, 256, LARGE);
        rig_ready(&rig, rig_toy);
        rig_post(&rig, rig_toy, TOY_REPLY, 1);
        rig_run(&rig);
        seen[i] = rig_state(&rig, rig_toy)->entropy;
        rig_close(&rig);
    }
    T_TRUE(seen[0] != 0 && seen[0] == seen[1]);
}

TEST(turns_and_held_answers_are_timed)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_post(&rig, rig_toy, TOY_REPLY, 1);
    rig_post(&rig, rig_toy, TOY_CHANGE, 2);
    rig_run(&rig);
    const struct histogram *turn = &shard_metrics(rig.shard)->histograms[METRIC_TURN_US];
    const struct histogram *held = &shard_metrics(rig.shard)->histograms[METRIC_HELD_US];
    T_EQ_UINT(turn->count, 3); /* being restored is one */
    T_EQ_UINT(turn->sum, 15);
    T_EQ_UINT(held->count, 0); /* one left at once, the other is not let out yet */
    struct batch *batch = rig_seal(&rig);
    rig.stopwatch_us += 1000;
    shard_committed(rig.shard, batch, ERR_OK);
    T_EQ_UINT(held->count, 1);
    T_EQ_UINT(held->sum, 1010); /* from the begin of its turn: two looks and the sync */
    rig_close(&rig);
}

T_LIST(shard_test, T(mail_waits_until_its_actor_is_loaded), T(a_full_mailbox_refuses_doors),
       T(a_reply_that_changes_nothing_leaves_at_once),
       T(the_answer_to_a_change_waits_for_its_batch), T(a_dirty_actors_other_replies_wait_too),
       T(sends_and_work_of_a_change_wait), T(sends_and_work_of_a_clean_actor_leave_at_once),
       T(a_send_to_another_shards_actor_goes_out), T(timers_ring_at_their_tick),
       T(a_full_batch_stops_the_turns), T(sheets_come_one_at_a_time_behind_the_others),
       T(sheets_are_not_starved_by_a_crowd), T(sheets_are_not_starved_by_large_batches),
       T(actors_take_turns), T(the_same_seed_gives_the_same_entropy),
       T(turns_and_held_answers_are_timed));
