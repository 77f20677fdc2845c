/* A row's value as LMDB holds it: u32 CRC-32C over stored key and value, then the value.
 *
 * LMDB has no checksums of its own (RELIABILITY, first list). In table `audit` the value begins
 * with the record's link of 32 bytes, which readers of a snapshot don't see. Pure; any thread. */
#pragma once
#include "base/bytes.h"
#include "storage/keys.h"

enum {
    ROW_CHECKSUM_SIZE = 4,
    ROW_LINK_SIZE = 32,
    ROW_STORED_MAX = ROW_CHECKSUM_SIZE + ROW_LINK_SIZE + ROW_VALUE_MAX
};

/* Writes checksum and value to `to`, which has room for ROW_CHECKSUM_SIZE + value.size. */
void row_encode(uint8_t *to, struct bytes stored_key, struct bytes value);
/* False: damaged. The value is borrowed from `stored`, as far as it can be one. */
bool row_decode(struct bytes stored_key, struct bytes stored, struct bytes *value);
/* What readers see of a value: without the link in table `audit`. ERR_CORRUPT if it is too short.
 */
enum err row_visible(struct bytes stored_key, struct bytes value, struct bytes *visible) MUST_CHECK;
/* SHA-256(link before || record): one chain for the table `audit` (DESIGN 5 *Order*). */
void row_link(const uint8_t before[ROW_LINK_SIZE], struct bytes record,
              uint8_t link[ROW_LINK_SIZE]);
