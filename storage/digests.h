/* Per owner the count of its rows and the XOR of their hashes (RELIABILITY 4; DESIGN 5).
 *
 * For tables whose keys begin with the owner's id: changed in the same transaction as the rows, so
 * that `verify` finds a row that was lost, added or altered behind the store's back. A row of table
 * `store`: key 'd', u64 owner; value u64 count, 32 bytes XOR of SHA-256(u16 size of key, stored
 * key, value). One thread. */
#pragma once
#include "base/map.h"
#include "storage/env.h"
#include "storage/keys.h"

enum { DIGEST_HASH_SIZE = 32, DIGEST_VALUE_SIZE = 8 + DIGEST_HASH_SIZE };

struct owner_digest {
    uint64_t owner;
    uint64_t count; /* of a change: modulo 2^64, so that it may be negative */
    uint8_t mix[DIGEST_HASH_SIZE];
};

struct digests {
    struct map places; /* owner -> index of items */
    struct owner_digest *items;
    uint32_t count, capacity;
};

void digests_init(struct digests *digests);
void digests_deinit(struct digests *digests);
/* A row comes or goes. ERR_NO_MEMORY. */
enum err digests_change(struct digests *digests, uint64_t owner, struct bytes stored_key,
                        struct bytes value, bool comes) MUST_CHECK;
/* Adds what was collected to the stored rows. Through a cursor on `rows`. */
enum err digests_store(const struct digests *digests, MDB_cursor *rows) MUST_CHECK;

struct stored_key digests_key(uint64_t owner);
bool digest_is_key(struct bytes stored_key, uint64_t *owner);
void digest_encode(const struct owner_digest *digest, uint8_t value[DIGEST_VALUE_SIZE]);
bool digest_decode(struct bytes value, uint64_t owner, struct owner_digest *digest);
bool digest_is_empty(const struct owner_digest *digest);
