#include "storage/merkle.h"
#include "base/check.h"
#include "base/sha256.h"

/* Two parts behind a byte that tells leaves from nodes, so that none can stand for the other. */
static struct merkle_hash hash(uint8_t mark, struct bytes first, struct bytes second)
{
    struct merkle_hash out = {{0}};
    struct sha256 running;
    sha256_begin(&running);
    sha256_add(&running, bytes_of(&mark, sizeof mark));
    sha256_add(&running, first);
    sha256_add(&running, second);
    sha256_end(&running, out.bytes);
    return out;
}

struct merkle_hash merkle_leaf(uint64_t number, struct bytes record)
{
    uint8_t prefix[sizeof number];
    struct writer writer = writer_on(prefix, sizeof prefix);
    write_u64(&writer, number);
    return hash(0, writer_bytes(&writer), record);
}

static size_t split(size_t count)
{
    size_t left = 1;
    while (left * 2 < count)
        left *= 2;
    return left;
}

struct merkle_hash merkle_root(const struct merkle_hash *leaves, size_t count)
{
    CHECK(count > 0 && count <= MERKLE_LEAVES_MAX);
    if (count == 1)
        return leaves[0];
    size_t left = split(count);
    struct merkle_hash a = merkle_root(leaves, left), b = merkle_root(leaves + left, count - left);
    return hash(1, bytes_of(a.bytes, sizeof a.bytes), bytes_of(b.bytes, sizeof b.bytes));
}

uint32_t merkle_path(const struct merkle_hash *leaves, size_t count, size_t index,
                     struct merkle_step path[MERKLE_PATH_MAX])
{
    CHECK(index < count && count <= MERKLE_LEAVES_MAX);
    if (count == 1)
        return 0;
    size_t left = split(count);
    bool right = index >= left;
    uint32_t steps = right ? merkle_path(leaves + left, count - left, index - left, path)
                           : merkle_path(leaves, left, index, path);
    CHECK(steps < MERKLE_PATH_MAX);
    path[steps].left = right;
    path[steps].hash = right ? merkle_root(leaves, left) : merkle_root(leaves + left, count - left);
    return steps + 1;
}
