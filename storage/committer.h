/* The committer's thread: batches in, one record and one sync per group, batches home (DESIGN 5).
 *
 * The story and the failure table stand at the head of committer.c. Batches of one shard come home
 * in the order they were handed in. */
#pragma once
#include "storage/applier.h"
#include "storage/store.h"
#include "storage/wal.h"

struct committer {
    const struct store_config *config;
    struct applier *applier;
    struct recent_set *recents;
    uint8_t store_id[STORE_ID_SIZE];

    /* the thread's own */
    struct segment current;
    uint32_t offset; /* next record's place in it */
    struct head head;
    uint8_t *buffer; /* one record; a segment's size */
    uint32_t segment_size;
    struct recent_row *rows; /* of the group, for recent_insert_group */
    uint32_t rows_capacity;
    struct mpsc_node *first, *last; /* drained, not yet taken into a group */
    struct tick filling_since;      /* when the active table got its first row */
    uint64_t awaited; /* shards (a bit each) of the last group that may hand in more */
    int64_t awaited_until_us;

    struct mpsc inbox;
    _Atomic bool awaiting;  /* the next group may wait for shards */
    _Atomic uint64_t quiet; /* shards that said they have nothing */
    _Atomic bool read_only;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    /* under the lock */
    bool woken, stopping, seal_now;
    struct metrics metrics;
};

/* The longer rows are gathered, the more of them share a page of LMDB: 23.8 KB a filing went to the
 * device at 1 s, 15 at 3 s (3,000/s, a million lines). A start after a kill pays for it. */
enum { RECENT_SEAL_ROWS = 180000, RECENT_SEAL_BYTES = 96 << 20, SHARDS_AWAITED_MAX = 64 };

/* `current` is the segment to begin with; the head is LMDB's after recovery. ERR_NO_MEMORY. */
enum err committer_init(struct committer *committer, const struct store_config *config,
                        struct applier *applier, struct recent_set *recents,
                        const uint8_t store_id[STORE_ID_SIZE], struct segment current,
                        const struct head *head) MUST_CHECK;
void committer_deinit(struct committer *committer);
enum err committer_start(struct committer *committer) MUST_CHECK;
/* Commits what was handed in, seals the rest for the applier, ends the thread. */
void committer_stop(struct committer *committer);

/* Any thread. */
void committer_push(struct committer *committer, struct batch *batch);
void committer_quiet(struct committer *committer, uint16_t shard);
void committer_wake(struct committer *committer);
void committer_seal_now(struct committer *committer);
void committer_metrics(struct committer *committer, struct metrics *into);
