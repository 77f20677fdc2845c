/* Where in the audit table each day begins: a row of table `store`, key 'a', u32 day (from 1970, in
 * Asia/Taipei); value u64 number of its first record.
 *
 * Put by the applier with the record that begins the day. Days follow the numbers: a record belongs
 * to the day of its own time or, if that lies before, to the day of the record before it; so a
 * clock that goes back at midnight makes no day begin twice. A record that can't be read begins
 * none. */
#pragma once
#include "storage/env.h"
#include "storage/keys.h"

struct audit_days { /* of one transaction */
    bool known;
    uint32_t day; /* of the last record; 0 before the first */
};

/* The day of a record as readers see it, given the day of the one before it. */
uint32_t audit_day(struct bytes record, uint32_t before);
/* Takes note of an audit row that is put, in the order of numbers; value with its link. Moves the
 * cursor. */
enum err audit_days_note(struct audit_days *days, MDB_cursor *rows, struct bytes stored_key,
                         struct bytes value) MUST_CHECK;
/* The same for all records that are there: a store of format 1. */
enum err audit_days_make(const struct env *env, MDB_txn *txn) MUST_CHECK;
bool audit_day_read(struct bytes key, struct bytes value, uint32_t *day, uint64_t *first);
enum { AUDIT_DAY_MARK = 'a' };
