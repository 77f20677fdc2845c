/* Proof that a record is in the audit log (DESIGN 5 *Order*): its path to the root of its day.
 *
 * Worker threads, with an open snapshot. A day's tree is made of its records up to the snapshot: of
 * today it grows, of a day that is over it stays. `previous` is the chain's link of the last record
 * before the day, which stands for all of them. */
#pragma once
#include "storage/merkle.h"
#include "storage/snapshot.h"

struct audit_proof {
    struct bytes record; /* in the arena */
    uint64_t number, first, count;
    int32_t day; /* from 1970, Asia/Taipei */
    struct merkle_hash previous, root;
    struct merkle_step path[MERKLE_PATH_MAX];
    uint32_t steps;
};

/* ERR_NOT_FOUND, ERR_CORRUPT, ERR_NO_MEMORY. Reads the whole day: some 2 µs a record. */
enum err query_audit_proof(struct snapshot *snapshot, uint64_t number, struct arena *arena,
                           struct audit_proof *out) MUST_CHECK;
