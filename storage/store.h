/* The store: one data directory with a log, LMDB behind it and the rows between the two (DESIGN 5).
 *
 * Opening takes the directory's lock, recovers (recover.c), and starts the committer and the
 * applier. Any number of shards hand in sealed batches; each comes home through `home`. Knows
 * neither actors nor HTTP nor uv. */
#pragma once
#include "base/metric.h"
#include "rt/batch.h"

struct store;

struct store_config {
    const char *directory;
    /* log.segment_mib, 16 … 1024 (a batch of any size must fit); default 64. Tests of small batches
     * go down to 1. */
    uint32_t segment_mib;
    uint32_t map_gib;       /* store.map_gib; default 256 */
    uint32_t apply_gap_ms;  /* default 1000 */
    uint32_t scrub_gap_ms;  /* default 1000; between two slices of the background scrub */
    uint32_t snapshot_ms;   /* default 250; queries look at snapshot_overdue */
    uint32_t sync_delay_ms; /* test.sync_delay_ms: added to every log sync */
    /* A batch is durable (ERR_OK) or dropped (ERR_READ_ONLY). Called on the committer's thread, in
     * order per shard; must only hand it on. */
    void (*home)(void *self, struct batch *batch, enum err status);
    /* The store can't or can make anything durable; on change only, committer's thread. May be
     * NULL. */
    void (*read_only)(void *self, bool read_only);
    /* Recovery's progress, 0..100; may be NULL. */
    void (*progress)(void *self, uint32_t percent);
    void *self;
};

/* A setting of 0 takes its default. On ERR_NO_SPACE or ERR_IO nothing is open and nothing is lost:
 * a start on a full disk is tried again by the caller, each second (failure table). `directory`
 * need not outlive the call, `self` and the callbacks must.
 *
 * Errors: ERR_BUSY (locked by another process), ERR_NOT_FOUND (no store there), ERR_VERSION (newer
 * format), ERR_CORRUPT (a torn record before a later good one, a segment of another store; the log
 * line names segment, offset, position), ERR_NO_SPACE, ERR_IO. */
enum err store_create(const char *directory) MUST_CHECK; /* aside, synced, renamed; ERR_EXISTS */
enum err store_open(const struct store_config *config, struct store **out) MUST_CHECK;
/* Waits for what was submitted, applies everything it has room for, closes. No snapshot may be
 * open. */
/* Why store_open failed, as a sentence for the operator. Static. */
const char *store_sentence(enum err err);
void store_close(struct store *store);

/* Hands a sealed batch to the committer; never waits, can't fail. One batch per shard in flight. */
void store_commit(struct store *store, struct batch *batch);
/* A shard whose batch has come home has no other to hand in just now. Any thread. */
void store_quiet(struct store *store, uint16_t shard);
/* Makes everything durable so far visible in LMDB itself (backup, verify, tests). Waits for the
 * applier, which may wait for snapshots: not while holding one. ERR_NO_SPACE. Not on the
 * committer's thread. */
enum err store_apply_now(struct store *store) MUST_CHECK;

uint64_t store_position(const struct store *store); /* durable, of the log */
bool store_is_read_only(const struct store *store);
bool store_is_crowded(const struct store *store); /* recent tables or map near full: answer 503 */
void store_metrics(struct store *store, struct metrics *into); /* adds; any thread */
