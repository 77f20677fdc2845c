/* The Merkle tree of a day's audit records, in the shape of RFC 6962: a leaf is SHA-256(0x00, u64
 * number, record), a node SHA-256(0x01, left, right), the left subtree the largest full one that
 * leaves something for the right. Pure; any thread. */
#pragma once
#include "base/bytes.h"

enum { MERKLE_HASH_SIZE = 32, MERKLE_PATH_MAX = 30, MERKLE_LEAVES_MAX = 1 << MERKLE_PATH_MAX };

struct merkle_hash {
    uint8_t bytes[MERKLE_HASH_SIZE];
};

struct merkle_step {
    struct merkle_hash hash; /* of the sibling */
    bool left;               /* it stands left of the path */
};

struct merkle_hash merkle_leaf(uint64_t number, struct bytes record);
/* Of at least one leaf. */
struct merkle_hash merkle_root(const struct merkle_hash *leaves, size_t count);
/* From the leaf up; returns the number of steps. */
uint32_t merkle_path(const struct merkle_hash *leaves, size_t count, size_t index,
                     struct merkle_step path[MERKLE_PATH_MAX]);
