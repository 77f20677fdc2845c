/* Actors in memory: loaded, kept, evicted, forgotten (DESIGN 5 *Waiting is a row*, 10). */
#include "base/check.h"
#include "tests/lib/t.h"
#include "tests/unit/rt/rig.h"

enum { LARGE = 256 << 20 };

static void load_one(struct rig *rig, struct addr who, uint32_t slot)
{
    T_EQ_INT(rig_post(rig, who, TOY_CHANGE, slot), POST_TAKEN);
    rig_load(rig, NULL, 0);
    rig_run(rig);
}

TEST(the_longest_idle_durable_actor_goes)
{
    struct rig rig;
    rig_open(&rig, 1, 256, 1); /* no room for any */
    load_one(&rig, rig_toy, 1);
    T_TRUE(rig_state(&rig, rig_toy) != NULL); /* dirty: it stays */
    shard_committed(rig.shard, rig_seal(&rig), ERR_OK);
    T_TRUE(rig_state(&rig, rig_toy) == NULL);
    T_EQ_UINT(shard_actors(rig.shard), 0);
    T_EQ_UINT(shard_metrics(rig.shard)->counters[METRIC_EVICTIONS], 1);
    rig_close(&rig);
}

TEST(one_that_is_dirty_in_the_open_batch_stays)
{
    struct rig rig;
    rig_open(&rig, 1, 256, 1);
    load_one(&rig, rig_toy, 1);
    struct batch *batch = rig_seal(&rig);
    load_one(&rig, rig_other, 2);
    shard_committed(rig.shard, batch, ERR_OK);
    T_TRUE(rig_state(&rig, rig_toy) == NULL);
    T_TRUE(rig_state(&rig, rig_other) != NULL);
    rig_close(&rig);
}

TEST(one_with_an_open_ticket_is_not_idle)
{
    struct rig rig;
    rig_open(&rig, 1, 256, 1);
    load_one(&rig, rig_toy, 1);
    rig_post(&rig, rig_toy, TOY_KEEP_TICKET, 2);
    rig_run(&rig);
    shard_committed(rig.shard, rig_seal(&rig), ERR_OK);
    T_TRUE(rig_state(&rig, rig_toy) != NULL);
    T_FALSE(shard_is_quiet(rig.shard));
    rig_close(&rig);
}

TEST(a_waiting_actor_is_kept)
{
    struct rig rig;
    rig_open(&rig, 1, 256, 1);
    T_EQ_INT(rig_post(&rig, rig_toy, TOY_WAITING, 1), POST_TAKEN);
    rig_load(&rig, NULL, 0);
    rig_run(&rig);
    shard_committed(rig.shard, rig_seal(&rig), ERR_OK);
    T_TRUE(rig_state(&rig, rig_toy) != NULL);
    rig_close(&rig);
}

/* The toy with its row in `waiting` durable. */
static void waits(struct rig *rig, size_t idle_bytes_max)
{
    rig_open(rig, 1, 256, idle_bytes_max);
    T_EQ_INT(rig_post(rig, rig_toy, TOY_WAITING, 1), POST_TAKEN);
    rig_load(rig, NULL, 0);
    rig_run(rig);
    shard_committed(rig->shard, rig_seal(rig), ERR_OK);
}

static void does(struct rig *rig, enum toy toy)
{
    T_EQ_INT(rig_post(rig, rig_toy, toy, 0), POST_TAKEN);
    rig_run(rig);
}

TEST(who_waits_no_more_goes_when_that_is_durable)
{
    struct rig rig;
    waits(&rig, 1);
    does(&rig, TOY_WAITED);
    struct batch *batch = rig_seal(&rig);
    does(&rig, TOY_CHANGE); /* dirty in the open batch */
    shard_committed(rig.shard, batch, ERR_OK);
    T_TRUE(rig_state(&rig, rig_toy) != NULL);
    shard_committed(rig.shard, rig_seal(&rig), ERR_OK);
    T_EQ_UINT(shard_actors(rig.shard), 0);
    rig_close(&rig);
}

TEST(who_waits_again_stays)
{
    struct rig rig;
    waits(&rig, 1);
    does(&rig, TOY_WAITED);
    does(&rig, TOY_WAITING);
    shard_committed(rig.shard, rig_seal(&rig), ERR_OK);
    T_TRUE(rig_state(&rig, rig_toy) != NULL);
    rig_close(&rig);
}

/* Its row is there still: it must be loaded again, and kept. */
TEST(an_erase_that_was_dropped_leaves_it_waiting)
{
    struct rig rig;
    waits(&rig, 1);
    does(&rig, TOY_WAITED);
    shard_committed(rig.shard, rig_seal(&rig), ERR_READ_ONLY);
    T_EQ_INT(rig_last(&rig)->kind, SAID_LOAD);
    rig_load(&rig, NULL, 0);
    rig_run(&rig);
    does(&rig, TOY_CHANGE);
    shard_committed(rig.shard, rig_seal(&rig), ERR_OK);
    T_TRUE(rig_state(&rig, rig_toy) != NULL);
    rig_close(&rig);
}

/* A later change that is dropped does not bring the row back. */
TEST(a_durable_erase_outlives_a_dropped_batch)
{
    struct rig rig;
    waits(&rig, LARGE);
    does(&rig, TOY_WAITED);
    struct batch *batch = rig_seal(&rig);
    does(&rig, TOY_CHANGE);
    shard_committed(rig.shard, batch, ERR_OK);
    shard_committed(rig.shard, rig_seal(&rig), ERR_READ_ONLY);
    T_EQ_UINT(shard_actors(rig.shard), 0);
    rig_close(&rig);
}

TEST(a_failed_load_answers_and_forgets)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_post(&rig, rig_toy, TOY_REPLY, 1);
    rig_post(&rig, rig_toy, TOY_REPLY, 2);
    rig_load_fails(&rig);
    T_EQ_UINT(rig_replies(&rig), 2);
    T_EQ_INT(rig_last(&rig)->outcome, OUTCOME_OVERLOADED);
    T_EQ_UINT(shard_actors(rig.shard), 0);
    rig_post(&rig, rig_toy, TOY_REPLY, 3); /* the next message tries again */
    rig_load(&rig, NULL, 0);
    rig_run(&rig);
    T_EQ_INT(rig_last(&rig)->outcome, OUTCOME_OK);
    rig_close(&rig);
}

TEST(a_load_of_an_earlier_incarnation_is_ignored)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_post(&rig, rig_toy, TOY_REPLY, 1);
    struct said first = *rig_last(&rig);
    rig_load_fails(&rig);
    rig_post(&rig, rig_toy, TOY_REPLY, 2);
    T_TRUE(rig_last(&rig)->incarnation > first.incarnation);
    shard_loaded(rig.shard, first.who, first.incarnation, ERR_OK, NULL, 0);
    T_TRUE(rig_state(&rig, rig_toy) == NULL);
    rig_load(&rig, NULL, 0);
    T_TRUE(rig_state(&rig, rig_toy) != NULL);
    rig_close(&rig);
}

TEST(timers_and_results_of_an_earlier_incarnation_are_ignored)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_post(&rig, rig_toy, TOY_TIMER, 1);
    rig_post(&rig, rig_toy, TOY_WORK, 2);
    rig_run(&rig);
    struct said work = *rig_last(&rig);
    T_EQ_INT(work.kind, SAID_WORK);
    rig_post(&rig, rig_toy, TOY_FAIL, 3); /* evicted and loaded again: rig_ready made it wait */
    rig_run(&rig);
    rig_load(&rig, NULL, 0);
    struct letter *letter = letter_new();
    letter->msg.kind = MSG_WORK_DONE;
    letter->msg.to = rig_toy;
    letter->msg.u.work.tag = work.tag;
    letter->msg.u.work.incarnation = work.incarnation;
    T_EQ_INT(shard_post(rig.shard, letter), POST_TAKEN);
    rig.tick.ms += 1000;
    rig_run(&rig);
    T_EQ_UINT(rig_state(&rig, rig_toy)->restored, 1);
    T_EQ_UINT(rig_state(&rig, rig_toy)->work_done, 0);
    T_EQ_UINT(rig_state(&rig, rig_toy)->timers, 0);
    rig_close(&rig);
}

TEST(auth_is_loaded_again_at_once)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    T_EQ_INT(rig_post(&rig, ADDR_AUTH, TOY_FAIL, 1), POST_TAKEN);
    rig_load(&rig, NULL, 0);
    rig_run(&rig);
    T_EQ_INT(rig_last(&rig)->kind, SAID_LOAD);
    T_EQ_UINT(shard_actors(rig.shard), 1);
    rig_close(&rig);
}

TEST(a_desk_needs_no_rows)
{
    struct rig rig;
    struct addr desk = {ACTOR_DESK, 0};
    rig_open(&rig, 1, 256, LARGE);
    T_EQ_INT(rig_post(&rig, desk, TOY_REPLY, 1), POST_TAKEN);
    T_EQ_UINT(rig.said_count, 0);
    T_EQ_UINT(rig_run(&rig), 2);
    T_EQ_UINT(rig_replies(&rig), 1);
    rig_close(&rig);
}

/* Many come and go: the look-up by hash, slots that are used again, the ready ring. */
TEST(thousands_come_and_go)
{
    struct rig rig;
    rig_open(&rig, 1, 256, 1);
    for (uint64_t id = 1; id <= 3000; id++) {
        struct addr who = {ACTOR_INSTITUTION, id};
        struct letter *letter = letter_new();
        letter->msg.kind = MSG_SUBMIT;
        letter->msg.to = who;
        letter->msg.u.command.version = TOY_CHANGE_SILENT;
        T_EQ_INT(shard_post(rig.shard, letter), POST_TAKEN);
        rig_load(&rig, NULL, 0);
        rig.said_count = 0;
        if (id % 50 == 0) {
            T_EQ_UINT(shard_actors(rig.shard), 50);
            rig_run(&rig);
            shard_committed(rig.shard, rig_seal(&rig), ERR_OK);
            T_EQ_UINT(shard_actors(rig.shard), 0);
        }
    }
    T_EQ_UINT(shard_metrics(rig.shard)->counters[METRIC_EVICTIONS], 3000);
    rig_close(&rig);
}

TEST(ranges_are_those_of_the_schema)
{
    struct load_range ranges[LOAD_RANGES_MAX];
    size_t count = shard_load_ranges(rig_toy, ranges);
    T_TRUE(count > 0);
    for (size_t i = 0; i < count; i++) {
        const struct table_info *info = table_info(ranges[i].table);
        T_TRUE(info != NULL && info->writer == ACTOR_INSTITUTION && info->keys == KEYS_OWNED);
        T_EQ_UINT(ranges[i].prefix.size, 8);
        T_TRUE(i == 0 || ranges[i].table > ranges[i - 1].table);
    }
    count = shard_load_ranges(ADDR_AUTH, ranges);
    for (size_t i = 0; i < count; i++) {
        T_EQ_INT(table_info(ranges[i].table)->writer, ACTOR_AUTH);
        T_EQ_UINT(ranges[i].prefix.size, 0);
    }
    T_EQ_UINT(shard_load_ranges((struct addr){ACTOR_DESK, 0}, ranges), 0);
}

/* Nobody may ever write to it: forgotten, it would not wait but be gone. */
TEST(a_waiting_actor_whose_load_failed_is_loaded_again)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    shard_awaken(rig.shard, rig_toy);
    rig_load_fails(&rig);
    T_EQ_UINT(shard_actors(rig.shard), 1);
    rig_run(&rig);
    T_TRUE(rig_state(&rig, rig_toy) == NULL);
    rig.tick.ms += SHARD_RELOAD_MS;
    rig_run(&rig);
    T_EQ_INT(rig_last(&rig)->kind, SAID_LOAD);
    rig_load(&rig, NULL, 0);
    rig_run(&rig);
    T_EQ_UINT(rig_state(&rig, rig_toy)->restored, 1);
    rig_close(&rig);
}

T_LIST(shard_actors_test, T(the_longest_idle_durable_actor_goes),
       T(one_that_is_dirty_in_the_open_batch_stays), T(one_with_an_open_ticket_is_not_idle),
       T(a_waiting_actor_is_kept), T(who_waits_no_more_goes_when_that_is_durable),
       T(who_waits_again_stays), T(an_erase_that_was_dropped_leaves_it_waiting),
       T(a_durable_erase_outlives_a_dropped_batch), T(a_failed_load_answers_and_forgets),
       T(a_waiting_actor_whose_load_failed_is_loaded_again),
       T(a_load_of_an_earlier_incarnation_is_ignored),
       T(timers_and_results_of_an_earlier_incarnation_are_ignored), T(auth_is_loaded_again_at_once),
       T(a_desk_needs_no_rows), T(thousands_come_and_go), T(ranges_are_those_of_the_schema));
