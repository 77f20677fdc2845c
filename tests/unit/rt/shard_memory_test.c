/* Without memory: every door is answered once, nothing is half done, nothing is forgotten for good.
 */
#include "tests/lib/heap.h"
#include "tests/lib/t.h"
#include "tests/unit/rt/rig.h"

enum { LARGE = 1 << 30, ASKED = 24, ROUNDS = 6 };

struct asked {
    struct letter *letters[ASKED];
    uint32_t count;
    bool refused[ASKED]; /* by shard_post: its door tells the client itself */
};

/* Made before anything fails: they are the doors' memory. */
static void ask(struct asked *asked, struct addr to, enum toy toy)
{
    T_TRUE(asked->count < ASKED);
    struct letter *letter = letter_new();
    T_TRUE(letter != NULL);
    letter->msg.kind = MSG_SUBMIT;
    letter->msg.to = to;
    letter->msg.ticket = (struct ticket){.slot = asked->count, .generation = 1};
    letter->msg.u.command.version = toy;
    asked->letters[asked->count++] = letter;
}

static void post_all(struct rig *rig, struct asked *asked)
{
    for (uint32_t i = 0; i < asked->count; i++) {
        asked->refused[i] = shard_post(rig->shard, asked->letters[i]) != POST_TAKEN;
        if (asked->refused[i]) {
            letter_free(asked->letters[i]);
        }
    }
}

/* What was asked to be loaded since `from` is. */
static void load_all(struct rig *rig, uint32_t *from)
{
    for (; *from < rig->said_count; ++*from) {
        const struct said *said = &rig->said[*from];
        if (said->kind == SAID_LOAD) {
            shard_loaded(rig->shard, said->who, said->incarnation, ERR_OK, NULL, 0);
        }
    }
}

static void settle(struct rig *rig, uint32_t *loaded)
{
    for (int round = 0; round < ROUNDS; round++) {
        load_all(rig, loaded);
        rig_run(rig);
        struct batch *batch = rig_seal(rig);
        if (batch != NULL) {
            shard_committed(rig->shard, batch, ERR_OK);
        }
        rig->tick.ms += SHARD_RELOAD_MS;
    }
}

static uint32_t answers_of(const struct rig *rig, uint32_t slot)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < rig->said_count; i++) {
        count += rig->said[i].kind == SAID_REPLY && rig->said[i].ticket.slot == slot;
    }
    return count;
}

static void each_is_answered_once(void *context)
{
    struct rig rig;
    struct asked asked = {0};
    uint32_t loaded = 0;
    heap_fail_at(0); /* the rig itself is whole */
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    loaded = rig.said_count;
    for (uint32_t i = 0; i < 6; i++) { /* more open tickets than there is room for at first */
        ask(&asked, rig_toy, i % 2 == 0 ? TOY_CHANGE : TOY_REPLY);
        ask(&asked, rig_other, i % 2 == 0 ? TOY_REPLY : TOY_CHANGE); /* is loaded first */
    }
    heap_fail_at(*(const unsigned *)context);
    post_all(&rig, &asked);
    settle(&rig, &loaded);
    bool failed = heap_failed();
    heap_fail_at(0);
    settle(&rig, &loaded);
    for (uint32_t i = 0; i < asked.count; i++) {
        T_EQ_UINT(answers_of(&rig, i) + (asked.refused[i] ? 1U : 0U), 1);
    }
    T_TRUE(shard_is_quiet(rig.shard));
    rig_close(&rig);
    heap_fail_at(failed ? 1 : 0); /* tells the sweep below whether to go on */
}

TEST(every_door_is_answered_once_whatever_fails)
{
    unsigned n = 0;
    void *probe = NULL;
    do {
        n++;
        each_is_answered_once(&n);
        probe = letter_new(); /* fails if the allocation was reached */
        letter_free(probe);
    } while (probe == NULL);
    T_TRUE(n > 5);
}

TEST(a_load_that_can_not_begin_begins_later)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig.loads_refused = 2;
    rig_post(&rig, rig_toy, TOY_REPLY, 1);
    rig_run(&rig);
    struct tick at;
    T_TRUE(shard_deadline(rig.shard, &at));
    T_EQ_UINT(rig.said_count, 0); /* asked twice already: the shard's clock began with the run */
    rig.tick.ms = at.ms;
    rig_run(&rig);
    T_EQ_INT(rig_last(&rig)->kind, SAID_LOAD);
    rig_load(&rig, NULL, 0);
    rig_run(&rig);
    T_EQ_INT(rig_last(&rig)->outcome, OUTCOME_OK);
    rig_close(&rig);
}

TEST(a_timer_that_finds_no_memory_rings_later)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    rig_ready(&rig, rig_toy);
    rig_post(&rig, rig_toy, TOY_TIMER, 1);
    rig_run(&rig);
    rig.tick.ms += 50;
    heap_fail_at(1);
    rig_run(&rig);
    T_TRUE(heap_failed());
    heap_fail_at(0);
    T_EQ_UINT(rig_state(&rig, rig_toy)->timers, 0);
    rig.tick.ms += SHARD_RETRY_MS;
    rig_run(&rig);
    T_EQ_UINT(rig_state(&rig, rig_toy)->timers, 1);
    rig_close(&rig);
}

/* Its row in `waiting` stands, since the turn that erased it was not carried out. */
TEST(an_erase_that_found_no_memory_leaves_it_waiting)
{
    struct rig rig;
    rig_open(&rig, 1, 256, LARGE);
    T_EQ_INT(rig_post(&rig, rig_toy, TOY_WAITING, 1), POST_TAKEN);
    rig_load(&rig, NULL, 0);
    rig_run(&rig);
    shard_committed(rig.shard, rig_seal(&rig), ERR_OK);
    T_EQ_INT(rig_post(&rig, rig_toy, TOY_CHANGE_SILENT, 2), POST_TAKEN);
    rig_run(&rig); /* so that it goes when this is durable and no sooner */
    T_EQ_INT(rig_post(&rig, rig_toy, TOY_WAITED, 3), POST_TAKEN);
    heap_fail_from(1); /* there is room for the erase and none for the answer */
    rig_run(&rig);
    T_TRUE(heap_failed());
    heap_fail_at(0);
    T_TRUE(rig_state(&rig, rig_toy) == NULL);
    shard_committed(rig.shard, rig_seal(&rig), ERR_OK);
    T_EQ_INT(rig_last(&rig)->kind, SAID_LOAD);
    T_EQ_UINT(shard_actors(rig.shard), 1);
    rig_close(&rig);
}

T_LIST(shard_memory_test, T(every_door_is_answered_once_whatever_fails),
       T(a_load_that_can_not_begin_begins_later), T(a_timer_that_finds_no_memory_rings_later),
       T(an_erase_that_found_no_memory_leaves_it_waiting));
