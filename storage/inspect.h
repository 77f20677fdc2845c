/* One stored row under the loupe: what verify (doctor.c) and the background scrub (scrub.c) both
 * look at, and how they name what they find.
 *
 * A row must have a table, a shape, a checksum that fits, and be found by its key: one that a walk
 * meets but a look-up does not is lost to its readers (RELIABILITY 6). Inside one read transaction;
 * one thread. */
#pragma once
#include "storage/digests.h"
#include "storage/head.h"

struct finding {
    /* A stable name: row_shape, row_checksum, row_unfindable, table, key, appended_gap,
     * appended_head, audit_chain, audit_head, owner_digest, pages, not_compared, or what
     * doctor.check_row said.
     */
    const char *what;
    const char *sentence; /* says which record; lives until report returns */
};

struct inspector {
    void *self;
    void (*report)(void *self, const struct finding *finding);
    const struct env *env;
    /* Two transactions, since LMDB ends one by an error: a search that is misled onto a damaged
       page must not end the walk, whose cursor still gives the rows. Of the same state until then.
     */
    MDB_txn *txn; /* the walk's, with its cursor */
    MDB_cursor *cursor;
    MDB_txn *probe;     /* for look-ups by key; NULL: ended, the next one begins it */
    bool is_anew;       /* the walk's has ended, too, and its state is a later one now */
    bool is_cut;        /* rows could not be reached: what all add up to says nothing */
    struct head walked; /* what the appended rows add up to, in the order of their keys */
    uint64_t rows, bad;
};

/* How far a walk over all rows has come. */
struct walk {
    struct stored_key at; /* last row, or a table's number alone; size 0: nothing yet */
    bool ended;
    void *self;
    /* A row with a table and a shape; a damaged value is given all the same, so that what follows
     * from it is found too. Errors end the walk. */
    enum err (*each)(void *self, struct bytes key, struct bytes value);
};

enum { FINDING_SENTENCE_SIZE = 256 };

/* The read transactions and the cursor. */
enum err inspect_begin(struct inspector *inspector) MUST_CHECK;
void inspect_close(struct inspector *inspector);

__attribute__((format(printf, 3, 4))) void inspect_find(struct inspector *inspector,
                                                        const char *what, const char *format, ...);
/* A row's name in sentences: the table's name and the key in hex. */
void inspect_name(struct bytes stored_key, char name[FINDING_SENTENCE_SIZE]);
/* On by at most so many rows, behind damage by up to 100,000 more: it ends on a row that a search
 * finds, and where that is misled by an error the next row is looked for from the first on. What
 * LMDB's pages don't give is reported as not reachable and stepped over, to the next table. */
enum err inspect_walk(struct inspector *inspector, struct walk *walk, uint64_t rows) MUST_CHECK;
/* A row of an appended table, in order: its number, and in `audit` its link. */
void inspect_appended(struct inspector *inspector, struct bytes key, struct bytes value);
/* Where an appended table ends, against the head: cut off at its end, a chain is still a chain. */
void inspect_end(struct inspector *inspector, enum table table, const struct head *head);
/* Adds up all rows of an owner and compares. Rows that can't be reached are not there. */
enum err inspect_owner(struct inspector *inspector, uint64_t owner, uint64_t *rows) MUST_CHECK;
/* The least owner at or above `from` that has a row or a digest; UINT64_MAX: none. */
enum err inspect_next_owner(struct inspector *inspector, uint64_t from, uint64_t *owner) MUST_CHECK;
