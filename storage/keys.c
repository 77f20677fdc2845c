#include "storage/keys.h"
#include "base/check.h"
#include <string.h>

struct stored_key stored_key(enum table table, struct bytes key)
{
    CHECK(table > TABLE_NONE && table < TABLE_MAX);
    CHECK(key.size <= ROW_KEY_MAX);
    struct stored_key stored = {.size = (uint8_t)(1 + key.size)};
    stored.data[0] = (uint8_t)table;
    if (key.size > 0)
        memcpy(stored.data + 1, key.data, key.size);
    return stored;
}

struct bytes stored_key_bytes(const struct stored_key *key)
{
    return bytes_of(key->data, key->size);
}

struct stored_key stored_key_end(struct bytes prefix)
{
    CHECK(prefix.size > 0 && prefix.size <= STORED_KEY_MAX);
    struct stored_key end = {.size = (uint8_t)prefix.size};
    memcpy(end.data, prefix.data, prefix.size);
    while (end.data[end.size - 1] == UINT8_MAX) {
        end.size--;
        CHECK(end.size > 0); /* no table has the number 255 */
    }
    end.data[end.size - 1]++;
    return end;
}

struct stored_key stored_key_behind(struct bytes key)
{
    CHECK(key.size < STORED_KEY_MAX);
    struct stored_key behind = {.size = (uint8_t)(key.size + 1)};
    memcpy(behind.data, key.data, key.size);
    behind.data[key.size] = 0;
    return behind;
}

enum table stored_key_table(struct bytes stored)
{
    CHECK(stored.size > 0);
    return (enum table)stored.data[0];
}

bool stored_key_owner(struct bytes stored, uint64_t *owner)
{
    const struct table_info *info = table_info(stored_key_table(stored));
    if (info == NULL || info->keys != KEYS_OWNED)
        return false;
    struct reader reader = reader_of(bytes_slice(stored, 1, stored.size - 1));
    *owner = read_u64(&reader);
    return !reader.failed;
}

bool stored_key_number(struct bytes stored, uint64_t *number)
{
    CHECK(stored.size > 0);
    struct reader reader = reader_of(bytes_slice(stored, 1, stored.size - 1));
    *number = read_u64(&reader);
    return reader_done(&reader);
}
