/* verify: is everything in this store as it must be? (RELIABILITY 4, 6)
 *
 * On a store that the caller has opened and that nobody writes to meanwhile (offline: store_open
 * took the directory's lock and recovered). Everything durable is applied first, then every row is
 * read once. Checks the structure (inspect.h: tables, shapes of keys, checksums of all rows, each
 * found by its key), numbers without gap in appended tables, the audit chain up to its head, the
 * owners' digests, and the records' invariants through `check_row`, which the caller gives, since
 * storage knows no records. */
#pragma once
#include "storage/inspect.h"
#include "storage/snapshot.h"

struct doctor {
    void *self;
    void (*report)(void *self, const struct finding *finding);
    /* NULL if the record is good, else the stable name of what is wrong with it. The value is as
     * readers see it. May be NULL. */
    const char *(*check_row)(void *self, enum table table, struct bytes key, struct bytes value);
};

/* Number of rows read, of findings in *bad. ERR_NO_SPACE (what is durable can't be applied),
 * ERR_IO, ERR_NO_MEMORY, ERR_CORRUPT (LMDB's own pages). */
enum err doctor_verify(struct store *store, const struct doctor *doctor, uint64_t *rows,
                       uint64_t *bad) MUST_CHECK;
