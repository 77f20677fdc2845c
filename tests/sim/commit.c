/* The committer and the applier (storage/committer.c, storage/applier.c) as the shards see them:
 * groups of batches, one sync, home; and behind it the store. Crashes at every step between. */
#include "base/check.h"
#include "tests/sim/oracle.h"
#include "tests/sim/world.h"
#include <string.h>

enum { ROOM_RETRY_US = 3000, STALL_TIMES = 60, REPLAY_GROUPS = 8 };

void commit_submit(struct world *world, struct batch *batch)
{
    CHECK(world->inbox_count < SHARDS_MAX);
    world->inbox[world->inbox_count++] = batch;
    if (!world->syncing) {
        world_push(world, EVENT_COMMIT, 10 + (int64_t)world_below(world, 200));
    }
}

/* What the committer tells a shard comes through one inbox: in the order it was told. */
static struct event *event_for_shard(struct world *world, enum event_kind kind, uint32_t shard)
{
    int64_t *last = &world->arrival_us[SHARDS_MAX][shard];
    int64_t at = world->now_us + 10 + (int64_t)world_below(world, 300);
    *last = at < *last ? *last : at;
    struct event *event = world_push(world, kind, *last - world->now_us);
    event->number = shard;
    return event;
}

static void send_home(struct world *world, struct batch *batch, bool kept)
{
    struct event *event = event_for_shard(world, EVENT_HOME, batch->shard);
    event->flag = kept;
    event->u.batch = batch;
}

static void tell_read_only(struct world *world, bool read_only)
{
    if (world->told_read_only == read_only) {
        return;
    }
    world->told_read_only = read_only;
    world_note(world, "read_only", read_only, 0, 0);
    world_tell(world, "read-only: %s", read_only ? "yes" : "no");
    for (uint32_t i = 0; i < world->plan.shards; i++) {
        event_for_shard(world, EVENT_READ_ONLY, i)->flag = read_only;
    }
}

/* Takes batches, oldest first, up to a quarter of a segment, at least one. Without space only those
 * of sessions, as long as the last segment lasts; the others are dropped. */
static void take_group(struct world *world)
{
    size_t size = 0;
    uint32_t left = 0;
    world->taken_count = 0;
    for (uint32_t i = 0; i < world->inbox_count; i++) {
        struct batch *batch = world->inbox[i];
        if (world->no_space && (!batch->essential || world->essential_left == 0)) {
            world->totals.drops++;
            world_note(world, "dropped", batch->shard, batch->sequence, batch->ops_count);
            world_tell(world, "no space: a batch of %u rows is dropped", batch->ops_count);
            send_home(world, batch, false);
            tell_read_only(world, true);
            if (world->brief) {
                world->brief = false;
                world_push(world, EVENT_SPACE, 10 + (int64_t)world_below(world, 300));
            }
            continue;
        }
        size_t more = disk_size_of(batch);
        if (world->taken_count > 0 && size + more > world->plan.segment_size / 4) {
            world->inbox[left++] = batch;
            continue;
        }
        size += more;
        world->taken[world->taken_count++] = batch;
        world->essential_left -= world->no_space ? 1 : 0;
    }
    world->inbox_count = left;
}

/* Not now: the applier has not passed the next segment. Batches wait, shards fill up behind them.
 */
static bool must_wait(struct world *world)
{
    size_t size = 0;
    for (uint32_t i = 0; i < world->taken_count; i++) {
        size += disk_size_of(world->taken[i]);
    }
    if (disk_has_room(&world->disk, size)) {
        return false;
    }
    memmove(world->inbox + world->taken_count, world->inbox,
            world->inbox_count * sizeof(struct batch *));
    memcpy(world->inbox, world->taken, world->taken_count * sizeof(struct batch *));
    world->inbox_count += world->taken_count;
    world->taken_count = 0;
    world->totals.waits++;
    if (!apply_now(world)) {
        world_push(world, EVENT_COMMIT, ROOM_RETRY_US);
    }
    return true;
}

void commit_begin(struct world *world)
{
    if (world->syncing || world->inbox_count == 0) {
        return;
    }
    take_group(world);
    if (world->taken_count == 0) {
        return;
    }
    if (must_wait(world) || world_crash(world, CRASH_BEFORE_APPEND)) {
        return;
    }
    disk_append(&world->disk, world->taken, world->taken_count);
    if (world_crash(world, CRASH_AFTER_APPEND)) {
        return;
    }
    world->syncing = true;
    world_push(world, EVENT_SYNCED,
               world->plan.sync_us / 2 +
                   (int64_t)world_below(world, 1 + (uint64_t)world->plan.sync_us));
}

void commit_synced(struct world *world)
{
    disk_sync(&world->disk);
    world->totals.groups++;
    world_note(world, "synced", world->disk.position, world->taken_count, 0);
    world_tell(world, "synced  group %u", (unsigned)world->disk.position);
    if (world_crash(world, CRASH_AFTER_SYNC)) {
        return;
    }
    world->syncing = false;
    for (uint32_t i = 0; i < world->taken_count; i++) {
        send_home(world, world->taken[i], true);
    }
    world->taken_count = 0;
    if (world->inbox_count > 0) {
        world_push(world, EVENT_COMMIT, 10);
    }
}

void commit_home(struct world *world, const struct event *event)
{
    shard_committed(world->shards[event->number], event->u.batch,
                    event->flag ? ERR_OK : ERR_READ_ONLY);
    process_wake(world, event->number, 0);
}

/* ---- no space ---- */

void commit_out_of_space(struct world *world)
{
    if (!world->up) {
        return;
    }
    world->no_space = true;
    world->essential_left = (uint32_t)world_below(world, 6);
    world->brief = world_chance(world, 2);
    world_note(world, "no_space", world->essential_left, 0, 0);
    world_push(world, EVENT_SPACE, 20000 + (int64_t)world_below(world, 200000));
}

void commit_space_again(struct world *world)
{
    world->no_space = false;
    tell_read_only(world, false);
}

/* ---- the applier ---- */

/* True: the power went. */
bool apply_now(struct world *world)
{
    if (!disk_seal(&world->disk)) {
        return false;
    }
    if (world_crash(world, CRASH_IN_APPLY)) {
        return true;
    }
    int64_t takes = world->plan.apply_us;
    if (world->stalled) {
        world->stalled = false;
        takes *= STALL_TIMES;
    }
    world_push(world, EVENT_APPLY_DONE, takes);
    return false;
}

void apply_begin(struct world *world)
{
    if (!apply_now(world)) {
        world_push(world, EVENT_APPLY_BEGIN, world->plan.apply_gap_us);
    }
}

void apply_done(struct world *world)
{
    disk_applied(&world->disk);
    world_note(world, "applied", world->disk.store_position, 0, 0);
}

/* ---- recovery ---- */

void recover_step(struct world *world)
{
    enum replay replay = disk_replay(&world->disk, 1 + (uint32_t)world_below(world, REPLAY_GROUPS));
    if (replay == REPLAY_REFUSED) {
        oracle_look(world, "after a start that refused the log");
        world_fail(world, "I17", "the log can't be replayed: a group is missing in its middle");
        return;
    }
    if (replay == REPLAY_DONE) {
        process_boot(world);
        return;
    }
    if (world->recovery_crashes > 0) {
        world->recovery_crashes--;
        world->totals.crashes++;
        world_note(world, "crash", CRASH_STEPS, world->epoch, 0);
        world->epoch++;
        disk_crash(&world->disk, false);
    }
    world_push(world, EVENT_RECOVER, 500);
}
