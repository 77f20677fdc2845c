/* What storage/ is, without bytes and threads: a log of bounded space, a recent table, a store with
 * a position behind them, an applier, recovery by replay (DESIGN 5). The world decides when each
 * step happens and what a crash leaves; the three rules of rules.h that belong to storage/ are
 * switched here.
 *
 * Rows and their bytes live until disk_free: nothing a snapshot has shown becomes invalid. */
#pragma once
#include "base/arena.h"
#include "rt/batch.h"
#include "tests/sim/rows.h"

enum { SEGMENTS_MAX = 8 };

struct group { /* one record of the log */
    uint64_t position;
    struct row *rows; /* in the order staged, keys of appended ones given */
    uint32_t count;
    size_t size;
    bool synced;
};

struct segment {
    struct group *groups;
    uint32_t count, capacity;
    size_t used;
};

struct disk {
    struct arena memory;
    struct rows store; /* durable, at store_position */
    uint64_t store_position;
    struct rows recent;   /* durable in the log, not in the store; being filled */
    struct rows applying; /* sealed */
    bool is_applying;
    uint64_t applying_position;
    struct segment segments[SEGMENTS_MAX];
    uint32_t segments_count, current;
    size_t segment_size;
    uint64_t position; /* durable */
    uint64_t next[TABLE_MAX];
    uint64_t reused; /* segments used again */
};

void disk_init(struct disk *disk, uint32_t segments, size_t segment_size);
void disk_free(struct disk *disk);

/* Can this much be appended now? False: the next segment still holds what the store does not. */
bool disk_has_room(const struct disk *disk, size_t size);
size_t disk_size_of(const struct batch *batch);
/* Appends one record of these batches: written, not yet synced. */
void disk_append(struct disk *disk, struct batch *const *batches, uint32_t count);
/* The record is durable, and snapshots see it. */
void disk_sync(struct disk *disk);
bool disk_seal(struct disk *disk); /* false: nothing to apply, or one is at it */
void disk_applied(struct disk *disk);

/* The power goes: memory is lost; the record that was not synced stays or goes. */
void disk_crash(struct disk *disk, bool tail_stays);
enum replay { REPLAY_MORE, REPLAY_DONE, REPLAY_REFUSED };
/* Applies up to `groups_max` records behind the store's position. REFUSED: one is missing although
 * a later one is there. */
enum replay disk_replay(struct disk *disk, uint32_t groups_max);

/* A snapshot: store and recent tables together. */
bool disk_get(const struct disk *disk, enum table table, struct bytes key, struct bytes *value);
/* All rows of a table whose key begins with `prefix`, appended to `out`. */
void disk_range(const struct disk *disk, enum table table, struct bytes prefix, struct rows *out);
/* The same as the loader does it: under RULE(LOAD_SEES_RECENT). */
void disk_load_range(const struct disk *disk, enum table table, struct bytes prefix,
                     struct rows *out);
