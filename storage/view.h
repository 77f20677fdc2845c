/* What a snapshot is, for snapshot.c and scan.c. */
#pragma once
#include "storage/parts.h"
#include "storage/snapshot.h"

struct snapshot {
    struct store *store;
    struct recent_refs tables;
    struct recent_gap gaps[2];   /* of the last look-up in each table */
    struct recent_window window; /* above LMDB's position, up to the snapshot's */
    MDB_txn *txn;
    MDB_cursor *cursor; /* where the last look-up ended; NULL: nowhere yet */
    struct tick opened_at;
    bool applied;   /* LMDB alone: has no time limit */
    unsigned scans; /* open ones */
    enum err fault; /* of the first read that failed */
};

/* Keeps it for snapshot_fault; returns it. */
enum err snapshot_keep_fault(struct snapshot *snapshot, enum err err);

/* The chain's link of an audit record, which readers of the table don't see. ERR_NOT_FOUND,
 * ERR_CORRUPT. */
enum err snapshot_link(struct snapshot *snapshot, uint64_t number,
                       uint8_t link[ROW_LINK_SIZE]) MUST_CHECK;
