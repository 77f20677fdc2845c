/* What the store knows at a position of the log: kept in `meta` by each apply, carried on by the
 * committer (DESIGN 5 *Order*, *The applier*). A position is the number of a group, from 1; 0 is
 * the state of a new store. */
#pragma once
#include "rt/table.h"
#include "storage/env.h"
#include "storage/row.h"

struct head {
    uint64_t position;   /* of the last group that is in it */
    uint64_t generation; /* of the segment which that group lies in; 0: in none that need exist */
    uint8_t link[ROW_LINK_SIZE]; /* of the last audit record; zeroes before the first */
    uint64_t next[TABLE_MAX];    /* next number of each appended table, from 1 */
};

void head_init(struct head *head);
/* ERR_CORRUPT, ERR_VERSION (names a table this program does not know). */
enum err head_read(const struct env *env, MDB_txn *txn, struct head *head) MUST_CHECK;
enum err head_write(const struct env *env, MDB_txn *txn, const struct head *head) MUST_CHECK;
/* Takes note of a row that is put: numbers go on behind it, the chain at its link. False: not a row
 * that a committer writes next (a gap in the numbers, no link). */
bool head_follow(struct head *head, struct bytes stored_key, struct bytes value);
