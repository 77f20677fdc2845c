/* Keys as they are stored.
 *
 * All rows lie in one LMDB database, so that one cursor, one merge and one sorted recent table
 * serve them all. Most tables: the table's number, then the row's own key, which is big-endian and
 * begins with the owner (model/row_keys.h): the rows of one actor in one table are one range.
 *
 * The tables of a case stand on two shelves. There its rows lie side by side, whatever their table:
 *
 *     shelf 1, home 8, day 4, serial 4, table 1, rest of the row's own key
 *
 * LMDB writes whole pages: a filing changes one page a shelf instead of one a table. One shelf
 * (CASE, LINE) is what lists and loading actors read, the other (BODY, HISTORY) is the trail, so
 * that they need not walk over it. Pure; any thread. */
#pragma once
#include "model/row_keys.h"
#include "rt/table.h"

enum {
    SHELF_PART = 16, /* of a row's own key: the case, in front of the table's number */
    /* table, or shelf and table; + 1: the least key behind the longest one */
    STORED_KEY_MAX = 2 + ROW_KEY_MAX + 1
};

struct stored_key {
    uint8_t data[STORED_KEY_MAX];
    uint8_t size;
};

/* A whole key: of a table on a shelf at least the case. */
struct stored_key stored_key(enum table table, struct bytes key);
/* The beginning of keys of that table; on a shelf, if it is shorter than a case, of other tables'
 * too. */
struct stored_key stored_key_prefix(enum table table, struct bytes prefix);
struct stored_key stored_key_copy(struct bytes stored); /* at most STORED_KEY_MAX - 1 bytes */
struct bytes stored_key_bytes(const struct stored_key *key);
/* The first byte of the table's stored keys: its shelf, or its own number. */
uint8_t stored_key_shelf(enum table table);
bool stored_key_is_shelved(enum table table);
/* The least key that is greater than all that begin with `prefix` (a stored key, so not empty). */
struct stored_key stored_key_end(struct bytes prefix);
/* The least key greater than `key`. */
struct stored_key stored_key_behind(struct bytes key);
/* Whose row it is. False for tables whose keys don't begin with an owner. */
bool stored_key_owner(struct bytes stored, uint64_t *owner);
/* The number of a row of an appended table. False if the key is not 8 bytes behind the table. */
bool stored_key_number(struct bytes stored, uint64_t *number);
/* TABLE_NONE: of no table, or not where that table's rows stand. */
enum table stored_key_table(struct bytes stored);
/* The row's own key, of a key that has a table; borrowed from `stored`, or put together in `room`.
 */
struct bytes stored_key_own(struct bytes stored, struct row_key *room);
