/* What a snapshot is, for snapshot.c and scan.c. */
#pragma once
#include "storage/parts.h"
#include "storage/snapshot.h"

struct snapshot {
    struct store *store;
    struct recent_refs tables;
    struct recent_window window; /* above LMDB's position, up to the snapshot's */
    MDB_txn *txn;
    struct tick opened_at;
    bool applied;   /* LMDB alone: has no time limit */
    unsigned scans; /* open ones */
};
