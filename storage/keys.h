/* Keys as they are stored: the table's number in front of the row's own key.
 *
 * All rows lie in one LMDB database, so that one cursor, one merge and one sorted recent table
 * serve them all. Row keys are big-endian and begin with the owner (model/row_keys.h): the rows of
 * one actor in one table are one range. Pure; any thread. */
#pragma once
#include "model/row_keys.h"
#include "rt/table.h"

enum { STORED_KEY_MAX = 1 + ROW_KEY_MAX + 1 }; /* + 1: the least key behind the longest one */

struct stored_key {
    uint8_t data[STORED_KEY_MAX];
    uint8_t size;
};

struct stored_key stored_key(enum table table, struct bytes key);
struct bytes stored_key_bytes(const struct stored_key *key);
/* The least key that is greater than all that begin with `prefix` (a stored key, so not empty). */
struct stored_key stored_key_end(struct bytes prefix);
/* The least key greater than `key`. */
struct stored_key stored_key_behind(struct bytes key);
/* Whose row it is. False for tables whose keys don't begin with an owner. */
bool stored_key_owner(struct bytes stored, uint64_t *owner);
/* The number of a row of an appended table. False if the key is not 8 bytes behind the table. */
bool stored_key_number(struct bytes stored, uint64_t *number);
enum table stored_key_table(struct bytes stored);
