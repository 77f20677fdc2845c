#include "tests/sim/world.h"
#include "base/check.h"
#include "tests/sim/cast.h"
#include "tests/sim/nhi.h"
#include "tests/sim/oracle.h"
#include "tests/sim/sheets.h"
#include "registry/facts_build.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAP_FIRST = 256,
    MEMORY_CHUNK = 64 * 1024,
    CRASH_WAITS_US = 300 * 1000, /* an armed crash that finds no occasion happens now */
    DRAIN_US = 180 * 1000 * 1000,
    FULL_DAY = 8,
    NIGHT_MS = 26 * 3600 * 1000 /* nobody runs so long: the nightly run is missed */
};

bool rules_off[RULE_COUNT]; /* the switches of rt/rules.h: set by main.c before a play */

/* ---- events ---- */

static bool event_before(const struct event *a, const struct event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->sequence < b->sequence;
}

static void heap_swap(struct world *world, uint32_t a, uint32_t b)
{
    struct event keep = world->heap[a];
    world->heap[a] = world->heap[b];
    world->heap[b] = keep;
}

/* The caller fills in what the event carries; its place in the heap is settled by its time alone.
 */
struct event *world_push(struct world *world, enum event_kind kind, int64_t delay_us)
{
    CHECK(delay_us >= 0);
    if (world->heap_count == world->heap_capacity) {
        world->heap_capacity = world->heap_capacity == 0 ? HEAP_FIRST : world->heap_capacity * 2;
        world->heap = reallocarray(world->heap, world->heap_capacity, sizeof *world->heap);
        CHECK(world->heap != NULL);
    }
    uint32_t at = world->heap_count++;
    world->heap[at] = (struct event){.at_us = world->now_us + delay_us,
                                     .sequence = ++world->sequence,
                                     .kind = kind,
                                     .epoch = world->epoch};
    while (at > 0 && event_before(&world->heap[at], &world->heap[(at - 1) / 2])) {
        heap_swap(world, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
    return &world->heap[at];
}

static struct event heap_take(struct world *world)
{
    struct event first = world->heap[0];
    world->heap[0] = world->heap[--world->heap_count];
    for (uint32_t at = 0;;) {
        uint32_t least = at;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < world->heap_count;
             child++) {
            if (event_before(&world->heap[child], &world->heap[least])) {
                least = child;
            }
        }
        if (least == at) {
            return first;
        }
        heap_swap(world, at, least);
        at = least;
    }
}

static void event_free(struct event *event)
{
    if (event->kind == EVENT_LETTER) {
        letter_free(event->u.letter);
    } else if (event->kind == EVENT_LOAD_OPEN || event->kind == EVENT_LOAD_DONE) {
        rows_free(&event->u.load->rows);
        free(event->u.load);
    } else if (event->kind == EVENT_LOOK_OPEN || event->kind == EVENT_NHI) {
        free(event->u.errand);
    } else if (event->kind == EVENT_SHEET_OPEN) {
        free(event->u.sheet);
    }
}

/* ---- the world's own ---- */

uint64_t world_below(struct world *world, uint64_t limit)
{
    return world->plan.quiet ? 0 : prng_below(&world->prng, limit);
}

bool world_chance(struct world *world, uint32_t one_in)
{
    return !world->plan.quiet && prng_chance(&world->prng, one_in);
}

struct wall world_wall(const struct world *world)
{
    return (struct wall){world->wall_ms + world->now_us / 1000};
}

struct tick world_tick(const struct world *world)
{
    return (struct tick){world->now_us / 1000};
}

void world_note(struct world *world, const char *what, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t parts[] = {(uint64_t)world->now_us,
                              (uint64_t)(unsigned char)what[0] << 8 |
                                  (uint64_t)(unsigned char)what[strlen(what) - 1],
                              a, b, c};
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        world->hash = (world->hash ^ parts[i]) * 0x100000001b3u;
        world->hash ^= world->hash >> 29;
    }
    if (world->trace != NULL) {
        (void)fprintf(world->trace, "%9.3f %s %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                      (double)world->now_us / 1000.0, what, a, b, c);
    }
}

void world_tell(struct world *world, const char *format, ...)
{
    if (world->story == NULL) {
        return;
    }
    (void)fprintf(world->story, "%9.3f  ", (double)world->now_us / 1000.0);
    va_list args;
    va_start(args, format);
    (void)vfprintf(world->story, format, args);
    va_end(args);
    (void)fputc('\n', world->story);
}

void world_fail(struct world *world, const char *invariant, const char *format, ...)
{
    if (world->failed) {
        return;
    }
    world->failed = true;
    (void)snprintf(world->invariant, sizeof world->invariant, "%s", invariant);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(world->failure, sizeof world->failure, format, args);
    va_end(args);
}

struct world *world_open(const struct plan *plan, FILE *trace)
{
    struct world *world = calloc(1, sizeof *world);
    CHECK(world != NULL);
    world->plan = *plan;
    world->trace = trace;
    world->wall_ms = plan->wall_ms;
    prng_seed(&world->prng, plan->seed);
    arena_init(&world->memory, MEMORY_CHUNK, 0);
    arena_init(&world->scratch, MEMORY_CHUNK, 0);
    map_init(&world->loaded);
    struct transfer_rules transfer = {.enabled = true,
                                      .prompt = plan->prompt,
                                      .minute = 120,
                                      .full_day = FULL_DAY,
                                      .rows_max = plan->rows_max,
                                      .alarm_at = 3,
                                      .first_ms = 200,
                                      .longest_ms = 2000};
    world->facts = cast_facts(taipei_day((struct wall){plan->wall_ms}), &transfer);
    disk_init(&world->disk, plan->segments, plan->segment_size);
    nhi_open(world);
    oracle_open(world);
    clients_open(world);
    process_boot(world);
    return world;
}

void world_close(struct world *world)
{
    while (world->heap_count > 0) {
        struct event event = heap_take(world);
        event_free(&event);
    }
    process_stop(world);
    clients_close(world);
    oracle_close(world);
    nhi_close(world);
    disk_free(&world->disk);
    map_deinit(&world->loaded);
    facts_free(world->facts);
    arena_deinit(&world->memory);
    arena_deinit(&world->scratch);
    free(world->heap);
    free(world->asks);
    free(world->calls);
    free(world);
}

/* ---- faults ---- */

bool world_crash(struct world *world, enum crash_step step)
{
    if (step != CRASH_NOW && world->crash_armed != step) {
        return false;
    }
    world_note(world, "crash", (uint64_t)step, world->epoch, 0);
    world_tell(world, "the power goes");
    world->totals.crashes++;
    world->crash_armed = CRASH_NOT;
    world->up = false;
    world->epoch++;
    world->inbox_count = 0;
    world->taken_count = 0;
    world->syncing = false;
    world->no_space = false;
    world->told_read_only = false;
    process_stop(world);
    disk_crash(&world->disk, world_chance(world, 2));
    calls_lost(world);
    if (world_chance(world, 8)) { /* the clock is set while nobody looks: a minute at most */
        int64_t by_ms = (int64_t)world_below(world, 120000) - 60000;
        world->wall_ms += by_ms;
        world->clock_set_back = world->clock_set_back || by_ms < 0;
    }
    world_push(world, EVENT_RECOVER, 1000 + (int64_t)world_below(world, 40000));
    return true;
}

static void plan_crash(struct world *world)
{
    enum crash_step step = (enum crash_step)(1 + world_below(world, CRASH_STEPS - 1));
    world->crash_armed = step;
    world->recovery_crashes = world_chance(world, 4) ? 1 + (uint32_t)world_below(world, 2) : 0;
    int64_t delay = step == CRASH_NOW ? (int64_t)world_below(world, 20000) : CRASH_WAITS_US;
    world_push(world, EVENT_CRASH, delay)->number = world->epoch;
}

/* The next of `planned` is due when its share of the calls has been made. */
static bool is_due(const struct world *world, uint32_t planned, uint32_t left)
{
    uint64_t done = planned - left;
    return left > 0 && world->totals.calls * (planned + 1) >= (done + 1) * world->plan.calls;
}

void world_called(struct world *world)
{
    world->totals.calls++;
    if (world->plan.quiet || world->calm) {
        return;
    }
    if (world->totals.calls >= world->plan.calls) {
        world->calm = true;
        world->crash_armed = CRASH_NOT;
        world->recovery_crashes = 0;
        world_note(world, "calm", world->totals.calls, 0, 0);
        return;
    }
    if (world->crash_armed == CRASH_NOT &&
        is_due(world, world->plan.crashes, world->crashes_planned)) {
        world->crashes_planned--;
        plan_crash(world);
    }
    if (!world->no_space && is_due(world, world->plan.drops, world->drops_planned)) {
        world->drops_planned--;
        commit_out_of_space(world);
    }
    if (is_due(world, world->plan.stalls, world->stalls_planned)) {
        world->stalls_planned--;
        world->stalled = true; /* the next apply takes long */
    }
}

/* ---- the play ---- */

static bool event_is_servers(enum event_kind kind)
{
    return kind < EVENT_CLIENT;
}

static void event_happen_server(struct world *world, struct event *event)
{
    if (event->kind == EVENT_RUN) {
        process_run(world, event->number);
    } else if (event->kind == EVENT_LETTER) {
        process_letter(world, event->number, event->u.letter);
    } else if (event->kind == EVENT_LOAD_OPEN) {
        process_load_open(world, event);
    } else if (event->kind == EVENT_LOAD_DONE) {
        process_load_done(world, event);
    } else if (event->kind == EVENT_COMMIT) {
        commit_begin(world);
    } else if (event->kind == EVENT_SYNCED) {
        commit_synced(world);
    } else if (event->kind == EVENT_HOME) {
        commit_home(world, event);
    } else if (event->kind == EVENT_READ_ONLY) {
        shard_set_read_only(world->shards[event->number], event->flag);
        process_wake(world, event->number, 0);
    } else if (event->kind == EVENT_APPLY_BEGIN) {
        apply_begin(world);
    } else if (event->kind == EVENT_APPLY_DONE) {
        apply_done(world);
    } else if (event->kind == EVENT_RECOVER) {
        recover_step(world);
    } else if (event->kind == EVENT_LOOK_OPEN) {
        nhi_look_open(world, event);
    } else if (event->kind == EVENT_SHEET_OPEN) {
        sheet_work_open(world, event);
    } else if (event->kind == EVENT_OPERATOR) {
        nhi_operator(world);
    } else {
        CHECK(event->kind == EVENT_SPACE);
        commit_space_again(world);
    }
}

static void event_happen(struct world *world, struct event *event)
{
    if (event_is_servers(event->kind)) {
        if (event->epoch != world->epoch) {
            event_free(event);
        } else {
            event_happen_server(world, event);
        }
    } else if (event->kind == EVENT_CLIENT) {
        client_turn(world, event->number);
    } else if (event->kind == EVENT_SEND) {
        client_send(world, event->number);
    } else if (event->kind == EVENT_TIMEOUT) {
        call_timeout(world, event->number);
    } else if (event->kind == EVENT_NHI) {
        nhi_arrives(world, event);
    } else {
        CHECK(event->kind == EVENT_CRASH);
        if (event->number == world->epoch && world->crash_armed != CRASH_NOT && world->up) {
            (void)world_crash(world, CRASH_NOW);
        }
    }
}

void world_pass(struct world *world, int64_t us)
{
    int64_t until = world->now_us + us;
    while (!world->failed && world->heap_count > 0 && world->heap[0].at_us <= until) {
        struct event event = heap_take(world);
        CHECK(event.at_us >= world->now_us);
        world->now_us = event.at_us;
        event_happen(world, &event);
    }
    world->now_us = until;
}

/* I17: after the faults have stopped everything is answered and durable, and NHI has it. */
static void play_drain(struct world *world, bool transfers) /* and sheets */
{
    int64_t until = world->now_us + DRAIN_US;
    while (!world->failed && (!clients_are_done(world) || !process_is_quiet(world) ||
                              (transfers && !(nhi_is_done(world) && sheets_are_read(world))))) {
        if (world->now_us > until) {
            world_fail(
                world, "I17",
                "three minutes after the faults stopped something still waits: %u calls open, "
                "%s, clients %s, transfers %s, sheets %s",
                world->calls_open, process_is_quiet(world) ? "shards quiet" : "shards busy",
                clients_are_done(world) ? "done" : "not done",
                nhi_is_done(world) ? "done" : "not done",
                sheets_are_read(world) ? "read" : "not read");
            return;
        }
        world_pass(world, 50 * 1000);
    }
}

void world_play(struct world *world)
{
    world->crashes_planned = world->plan.crashes;
    world->drops_planned = world->plan.drops;
    world->stalls_planned = world->plan.stalls;
    int64_t limit = 4 * (int64_t)DRAIN_US;
    while (!world->failed && !world->calm && world->now_us < limit) {
        world_pass(world, 50 * 1000);
    }
    if (!world->failed && !world->calm) {
        world_fail(world, "I17", "the clients could not make %u calls in twelve minutes",
                   world->plan.calls);
    }
    /* In half of the worlds the power goes while transfers are under way: a start must take them up
     * again. In the others nothing but its wake brings NHI what is approved last. */
    bool at_rest = world_chance(world, 2);
    play_drain(world, at_rest);
    if (at_rest && !world->failed) {
        clients_decide_last(world);
        play_drain(world, true);
    }
    if (!world->failed) {
        oracle_look(world, "at the end");
    }
    if (!world->failed) { /* and once more from the disk alone */
        (void)world_crash(world, CRASH_NOW);
        play_drain(world, true);
    }
    if (!world->failed) {
        oracle_look(world, "after the last start");
        oracle_end(world);
        oracle_end_transfers(world, "after the last start");
    }
    if (!world->failed) {
        (void)world_crash(world, CRASH_NOW);
        world->wall_ms += NIGHT_MS;
        play_drain(world, true);
        oracle_end_transfers(world, "after a missed night");
    }
}
