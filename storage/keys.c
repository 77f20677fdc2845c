#include "storage/keys.h"
#include "base/check.h"
#include <string.h>

enum { TABLE_AT = 1 + SHELF_PART }; /* of a key on a shelf */

uint8_t stored_key_shelf(enum table table)
{
    switch ((int)table) {
    case TABLE_CASE:
    case TABLE_LINE: return TABLE_CASE;
    case TABLE_BODY:
    case TABLE_HISTORY: return TABLE_BODY;
    default: return (uint8_t)table;
    }
}

bool stored_key_is_shelved(enum table table)
{
    return stored_key_shelf(table) == TABLE_CASE || stored_key_shelf(table) == TABLE_BODY;
}

struct stored_key stored_key_prefix(enum table table, struct bytes prefix)
{
    CHECK(table > TABLE_NONE && table < TABLE_MAX);
    CHECK(prefix.size <= ROW_KEY_MAX);
    struct stored_key stored = {0};
    struct writer out = writer_on(stored.data, sizeof stored.data);
    write_u8(&out, stored_key_shelf(table));
    if (stored_key_is_shelved(table) && prefix.size >= SHELF_PART) {
        write_raw(&out, bytes_slice(prefix, 0, SHELF_PART));
        write_u8(&out, (uint8_t)table);
        write_raw(&out, bytes_slice(prefix, SHELF_PART, prefix.size - SHELF_PART));
    } else {
        write_raw(&out, prefix);
    }
    CHECK(!out.failed);
    stored.size = (uint8_t)out.size;
    return stored;
}

struct stored_key stored_key(enum table table, struct bytes key)
{
    CHECK(!stored_key_is_shelved(table) || key.size >= SHELF_PART);
    return stored_key_prefix(table, key);
}

struct stored_key stored_key_copy(struct bytes stored)
{
    struct stored_key key = {.size = (uint8_t)stored.size};
    CHECK(stored.size > 0 && stored.size < STORED_KEY_MAX);
    memcpy(key.data, stored.data, stored.size);
    return key;
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
    enum table table = (enum table)stored.data[0];
    if (stored_key_is_shelved(table))
        table = stored.size > TABLE_AT ? (enum table)stored.data[TABLE_AT] : TABLE_NONE;
    return stored_key_shelf(table) == stored.data[0] ? table : TABLE_NONE;
}

struct bytes stored_key_own(struct bytes stored, struct row_key *room)
{
    if (!stored_key_is_shelved((enum table)stored.data[0]))
        return bytes_slice(stored, 1, stored.size - 1);
    CHECK(stored.size > TABLE_AT);
    struct writer out = writer_on(room->data, sizeof room->data);
    write_raw(&out, bytes_slice(stored, 1, SHELF_PART));
    write_raw(&out, bytes_slice(stored, TABLE_AT + 1, stored.size - TABLE_AT - 1));
    CHECK(!out.failed);
    room->size = (uint8_t)out.size;
    return row_key_bytes(room);
}

/* By the first byte alone: a shelf's tables are all of one kind, and a log of format 3, which knew
 * no shelves, is replayed before the store is brought up (schema.c). */
bool stored_key_owner(struct bytes stored, uint64_t *owner)
{
    CHECK(stored.size > 0);
    const struct table_info *info = table_info((enum table)stored.data[0]);
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
