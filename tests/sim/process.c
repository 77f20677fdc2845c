/* The server's side of the world: shards with their doors, loader, pool; boot as DESIGN 5 has it.
 */
#include "actors/desk.h"
#include "base/check.h"
#include "tests/sim/cast.h"
#include "tests/sim/nhi.h"
#include "tests/sim/oracle.h"
#include "tests/sim/sheets.h"
#include "tests/sim/world.h"
#include <stdlib.h>
#include <string.h>

enum {
    DESK_FILL_MAX = 4, /* sessions a letter at boot; several letters, as a large store would need */
    BOOT_TURNS = 10000,
    PROOF_ROOM = 512
};

/* ---- doors ---- */

static void door_reply(void *self, struct ticket ticket, enum outcome outcome, struct bytes body)
{
    call_reply(self, ticket, outcome, body);
}

static void door_remote(void *self, struct letter *letter)
{
    struct world *world = self;
    uint32_t from = addr_shard(letter->msg.from, world->plan.shards);
    process_send(world, from, letter,
                 20 + (int64_t)world_below(world, 1 + (uint64_t)world->plan.remote_us));
}

static void door_work(void *self, struct addr back, uint32_t tag, uint32_t incarnation,
                      enum job job, struct bytes input)
{
    struct world *world = self;
    if (job == JOB_TRANSFER) {
        nhi_look(world, back, tag, incarnation, input);
        return;
    }
    if (job == JOB_UPLOAD) {
        sheet_work(world, back, tag, incarnation, input);
        return;
    }
    CHECK(job == JOB_PROOF);
    struct letter *letter = letter_new();
    CHECK(letter != NULL);
    uint8_t *memory = arena_alloc(&letter->arena, PROOF_ROOM);
    CHECK(memory != NULL);
    struct writer out = writer_on(memory, PROOF_ROOM);
    cast_prove(input, &out);
    CHECK(!out.failed);
    letter->msg.kind = MSG_WORK_DONE;
    letter->msg.to = back;
    letter->msg.u.work.tag = tag;
    letter->msg.u.work.incarnation = incarnation;
    letter->msg.u.work.err = !world->calm && world_chance(world, 60) ? ERR_FULL : ERR_OK;
    letter->msg.u.work.result = writer_bytes(&out);
    process_send(world, SHARDS_MAX, letter, 100 + (int64_t)world_below(world, 3000));
}

static void door_outside(void *self, struct addr back, uint32_t tag, uint32_t incarnation,
                         enum outside outside, struct bytes key, struct bytes document)
{
    nhi_call(self, &(struct errand){.back = back,
                                    .tag = tag,
                                    .incarnation = incarnation,
                                    .outside = outside,
                                    .key = key,
                                    .document = document});
}

static void door_alarm(void *self, enum alarm alarm, uint64_t number)
{
    struct world *world = self;
    world_note(world, "alarm", (uint64_t)alarm, number, 0);
    world_tell(world, "alarm   %s %u", alarm_name(alarm), (unsigned)number);
}

static bool door_load(void *self, struct addr who, uint32_t incarnation)
{
    struct world *world = self;
    struct load *load = calloc(1, sizeof *load);
    CHECK(load != NULL);
    load->who = who;
    load->incarnation = incarnation;
    uint32_t before = 0;
    if (map_get(&world->loaded, addr_hash(who), &before)) {
        world->totals.reloads++;
    }
    enum err err = map_put(&world->loaded, addr_hash(who), 1);
    CHECK(err == ERR_OK);
    struct event *event =
        world_push(world, EVENT_LOAD_OPEN, 20 + (int64_t)world_below(world, 1500));
    event->number = addr_shard(who, world->plan.shards);
    event->u.load = load;
    return true;
}

static void door_turn(void *self, struct addr who, enum msg_kind kind,
                      const struct effects *effects)
{
    struct world *world = self;
    world->totals.turns++;
    world->totals.effects += effects->count;
    world_note(world, msg_kind_name(kind), who.kind, who.id, effects->count);
    if (world->watch != NULL) {
        world->watch(world, who, kind, effects);
    }
}

/* ---- letters ---- */

void process_send(struct world *world, uint32_t from, struct letter *letter, int64_t delay_us)
{
    uint32_t shard = addr_shard(letter->msg.to, world->plan.shards);
    int64_t at = world->now_us + delay_us;
    if (from < SHARDS_MAX) { /* letters of one shard to another arrive in the order they left */
        at = at < world->arrival_us[from][shard] ? world->arrival_us[from][shard] : at;
        world->arrival_us[from][shard] = at;
    }
    struct event *event = world_push(world, EVENT_LETTER, at - world->now_us);
    event->number = shard;
    event->u.letter = letter;
}

void process_letter(struct world *world, uint32_t shard, struct letter *letter)
{
    enum post post = shard_post(world->shards[shard], letter);
    if (post != POST_TAKEN) {
        call_post_failed(world, letter, post);
        letter_free(letter);
    }
    process_wake(world, shard, 0);
}

/* ---- the loader: a snapshot is opened some time after it was asked for, its rows come later ----
 */

void process_load_open(struct world *world, struct event *event)
{
    struct load *load = event->u.load;
    struct load_range ranges[LOAD_RANGES_MAX];
    size_t count = shard_load_ranges(load->who, ranges);
    for (size_t i = 0; i < count; i++) {
        struct bytes prefix = bytes_of(ranges[i].prefix.data, ranges[i].prefix.size);
        disk_load_range(&world->disk, ranges[i].table, prefix, &load->rows);
    }
    uint32_t shard = event->number;
    struct event *done = world_push(world, EVENT_LOAD_DONE, 20 + (int64_t)world_below(world, 3000));
    done->number = shard;
    done->u.load = load;
}

void process_load_done(struct world *world, struct event *event)
{
    struct load *load = event->u.load;
    struct loaded_row *rows = calloc(load->rows.count + 1u, sizeof *rows);
    CHECK(rows != NULL);
    for (uint32_t i = 0; i < load->rows.count; i++) {
        const struct row *row = &load->rows.items[i];
        rows[i] = (struct loaded_row){row->table, row->key, row->value};
    }
    bool fails = world->plan.failing_loads && !world->calm && world_chance(world, 12);
    world_note(world, "loaded", load->who.kind, load->who.id, load->rows.count);
    world_tell(world, "loaded  %s: %u rows", actor_kind_name(load->who.kind), load->rows.count);
    shard_loaded(world->shards[event->number], load->who, load->incarnation,
                 fails ? ERR_IO : ERR_OK, rows, load->rows.count);
    process_wake(world, event->number, 0);
    free(rows);
    rows_free(&load->rows);
    free(load);
}

/* ---- a loop ---- */

void process_wake(struct world *world, uint32_t shard, int64_t delay_us)
{
    if (!world->run_set[shard]) {
        world->run_set[shard] = true;
        world_push(world, EVENT_RUN, delay_us + 10 + (int64_t)world_below(world, 60))->number =
            shard;
    }
}

static void run_at_deadline(struct world *world, uint32_t number)
{
    struct tick at;
    if (!shard_deadline(world->shards[number], &at)) {
        return;
    }
    int64_t at_us = at.ms * 1000 > world->now_us ? at.ms * 1000 : world->now_us;
    if (world->deadline_us[number] > world->now_us && world->deadline_us[number] <= at_us) {
        return; /* it comes by before that anyway */
    }
    world->deadline_us[number] = at_us;
    world_push(world, EVENT_RUN, at_us - world->now_us)->number = number;
}

void process_run(struct world *world, uint32_t number)
{
    struct shard *shard = world->shards[number];
    world->run_set[number] = false;
    shard_run(shard, world_wall(world), world_tick(world), 1 + world_below(world, 16));
    struct batch *batch = shard_seal(shard, world_tick(world));
    if (batch != NULL) {
        commit_submit(world, batch);
    }
    if (shard_has_work(shard)) {
        process_wake(world, number, 50);
    }
    run_at_deadline(world, number);
}

bool process_is_quiet(const struct world *world)
{
    if (!world->up || world->inbox_count > 0 || world->syncing || world->disk.is_applying ||
        world->disk.recent.count > 0) {
        return false;
    }
    for (uint32_t i = 0; i < world->plan.shards; i++) {
        if (!shard_is_quiet(world->shards[i])) {
            return false;
        }
    }
    return true;
}

/* ---- start and end ---- */

static void process_open(struct world *world)
{
    for (uint16_t i = 0; i < world->plan.shards; i++) {
        struct shard_config config = {.index = i,
                                      .shards = world->plan.shards,
                                      .seed = prng_next(&world->prng),
                                      .mailbox_max = world->plan.mailbox_max,
                                      .turns_visit = world->plan.turns_visit,
                                      .idle_bytes_max = world->plan.idle_bytes_max,
                                      .actors = actor_table,
                                      .doors = {.self = world,
                                                .reply = door_reply,
                                                .remote = door_remote,
                                                .work = door_work,
                                                .outside = door_outside,
                                                .alarm = door_alarm,
                                                .load = door_load,
                                                .turn = door_turn}};
        enum err err = shard_open(&config, &world->shards[i]);
        CHECK(err == ERR_OK);
        shard_set_facts(world->shards[i], world->facts);
        world->run_set[i] = false;
        world->deadline_us[i] = 0;
    }
    memset(world->arrival_us, 0, sizeof world->arrival_us);
    map_clear(&world->loaded);
}

static void desk_post(struct world *world, uint16_t loop, const struct desk_change *changes,
                      uint32_t count)
{
    struct msg msg = {.kind = MSG_DESK_CHANGE,
                      .to = {ACTOR_DESK, loop},
                      .u.desk = {.changes_count = count, .changes = changes}};
    struct letter *letter = letter_copy(&msg);
    CHECK(letter != NULL);
    enum post post = shard_post(world->shards[loop], letter);
    CHECK(post == POST_TAKEN);
}

/* Desks know every session and token of the rows before a door opens (DESIGN 16). */
static void desk_fill(struct world *world, uint16_t loop)
{
    struct rows rows = {0};
    disk_range(&world->disk, TABLE_TOKEN, (struct bytes){0}, &rows);
    disk_range(&world->disk, TABLE_SESSION, (struct bytes){0}, &rows);
    struct desk_change changes[DESK_FILL_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < rows.count; i++) {
        changes[count] = (struct desk_change){.how = SESSION_LIVE};
        enum err err = session_read(rows.items[i].value, &changes[count].session);
        CHECK(err == ERR_OK);
        if (++count == DESK_FILL_MAX) {
            desk_post(world, loop, changes, count);
            count = 0;
        }
    }
    desk_post(world, loop, changes, count);
    rows_free(&rows);
}

static void awaken_waiting(struct world *world)
{
    struct rows rows = {0};
    shard_awaken(world->shards[addr_shard(ADDR_AUTH, world->plan.shards)], ADDR_AUTH);
    if (!RULE(WAKE_AT_BOOT)) {
        return;
    }
    disk_range(&world->disk, TABLE_WAITING, (struct bytes){0}, &rows);
    for (uint32_t i = 0; i < rows.count; i++) {
        struct reader key = reader_of(rows.items[i].key);
        struct addr who = {.kind = (enum actor_kind)read_u8(&key)};
        who.id = read_u64(&key);
        shard_awaken(world->shards[addr_shard(who, world->plan.shards)], who);
    }
    rows_free(&rows);
}

void process_boot(struct world *world)
{
    process_open(world);
    awaken_waiting(world);
    for (uint16_t i = 0; i < world->plan.shards; i++) {
        desk_fill(world, i);
        shard_run(world->shards[i], world_wall(world), world_tick(world), BOOT_TURNS);
        process_wake(world, i, 0);
    }
    world->up = true;
    world->stalled = false;
    world_note(world, "up", world->epoch, world->disk.position, 0);
    world_tell(world, "up: the log was replayed");
    world_push(world, EVENT_APPLY_BEGIN, world->plan.apply_gap_us);
    if (!world->plan.quiet) {
        world_push(world, EVENT_OPERATOR, 500000 + (int64_t)world_below(world, 3000000));
    }
    oracle_look(world, "after a start");
}

void process_stop(struct world *world)
{
    for (uint32_t i = 0; i < SHARDS_MAX; i++) {
        shard_close(world->shards[i]);
        world->shards[i] = NULL;
    }
}
