/* verify: is everything in this store as it must be? (RELIABILITY 4, 6)
 *
 * On a store that the caller has opened, running or not: everything durable is applied first, then
 * every row is read once from one snapshot of LMDB, whatever is written meanwhile (behind a damaged
 * page from a later one if something was, and then rows are not compared with each other). Checks
 * the structure
 * (inspect.h: tables, shapes of keys, checksums of all rows, each found by its key), numbers
 * without gap in appended tables, the audit chain up to its head, the owners' digests, and the
 * records' invariants through `check_row`, which the caller gives, since storage knows no records.
 */
#pragma once
#include "storage/inspect.h"
#include "storage/snapshot.h"
#include <stdatomic.h>

struct doctor {
    void *self;
    void (*report)(void *self, const struct finding *finding);
    /* The snapshot that is examined, before its first row; borrowed until `end` has returned. May
     * be NULL. */
    void (*begin)(void *self, struct snapshot *snapshot);
    /* NULL if the record is good, else the stable name of what is wrong with it. The value is as
     * readers see it. May be NULL. */
    const char *(*check_row)(void *self, enum table table, struct bytes key, struct bytes value);
    /* Behind the last row, or behind an error (`examined` false): what all rows together add up to;
     * reports what is wrong with it, returns how many. Comes once for each `begin`. May be NULL. */
    uint64_t (*end)(void *self, bool examined);
    const atomic_bool *stop; /* set: the examination ends with ERR_CLOSED. May be NULL */
};

/* Blocking, long: no loop, not while a snapshot is held. Number of rows read, of findings in *bad.
 * ERR_NO_SPACE (what is durable can't be applied), ERR_IO, ERR_NO_MEMORY, ERR_CORRUPT (LMDB's own
 * pages), ERR_CLOSED (`stop`). */
enum err doctor_verify(struct store *store, const struct doctor *doctor, uint64_t *rows,
                       uint64_t *bad) MUST_CHECK;
