/* The background scrub: all rows again and again, a slice at a time, so that what rots on the disk
 * is known within a day and not when it is needed (RELIABILITY 6).
 *
 * A pass walks all rows in the order of their keys (inspect.h: checksum, found by its key, numbers
 * and audit chain), then all owners: the count and the XOR of the hashes of an owner's rows against
 * its digest row, in one transaction, since a row that has become unfindable is missed by nothing
 * else. A slice is a share of the store that makes a pass some 20,000 slices, an owner never cut.
 * On the applier's thread, so that no write comes between; reads only. */
#pragma once
#include "storage/inspect.h"

struct scrub {
    struct inspector inspector; /* report and self are the owner's */
    struct walk walk;           /* the first half of a pass */
    unsigned table;             /* those before it have ended */
    uint64_t owner;             /* the second half: next one to look at */
    bool pass_ended;
    uint64_t passes;
};

enum { SCRUB_SLICES = 20000, SCRUB_ROWS_MIN = 64 };

void scrub_init(struct scrub *scrub, const struct env *env,
                void (*report)(void *self, const struct finding *finding), void *self);
/* One slice. ERR_NO_MEMORY, ERR_IO, ERR_CORRUPT (the head is damaged); the pass begins anew. */
enum err scrub_slice(struct scrub *scrub) MUST_CHECK;
