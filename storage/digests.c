#include "storage/digests.h"
#include "base/check.h"
#include "base/sha256.h"
#include "storage/row.h"
#include <stdlib.h>
#include <string.h>

enum { DIGEST_MARK = 'd' };

void digests_init(struct digests *digests)
{
    *digests = (struct digests){0};
    map_init(&digests->places);
}

void digests_deinit(struct digests *digests)
{
    map_deinit(&digests->places);
    free(digests->items);
    digests->items = NULL;
}

struct stored_key digests_key(uint64_t owner)
{
    uint8_t key[9];
    struct writer writer = writer_on(key, sizeof key);
    write_u8(&writer, DIGEST_MARK);
    write_u64(&writer, owner);
    return stored_key(TABLE_STORE, writer_bytes(&writer));
}

bool digest_is_key(struct bytes stored_key, uint64_t *owner)
{
    struct reader reader = reader_of(stored_key);
    uint8_t table = read_u8(&reader), mark = read_u8(&reader);
    *owner = read_u64(&reader);
    return reader_done(&reader) && table == TABLE_STORE && mark == DIGEST_MARK;
}

void digest_encode(const struct owner_digest *digest, uint8_t value[DIGEST_VALUE_SIZE])
{
    struct writer writer = writer_on(value, DIGEST_VALUE_SIZE);
    write_u64(&writer, digest->count);
    write_raw(&writer, bytes_of(digest->mix, sizeof digest->mix));
    CHECK(!writer.failed);
}

bool digest_decode(struct bytes value, uint64_t owner, struct owner_digest *digest)
{
    struct reader reader = reader_of(value);
    digest->owner = owner;
    digest->count = read_u64(&reader);
    read_copy(&reader, digest->mix, sizeof digest->mix);
    return reader_done(&reader);
}

bool digest_is_empty(const struct owner_digest *digest)
{
    static const uint8_t none[DIGEST_HASH_SIZE] = {0};
    return digest->count == 0 && memcmp(digest->mix, none, sizeof none) == 0;
}

static void hash_row(struct bytes stored_key, struct bytes value, uint8_t hash[DIGEST_HASH_SIZE])
{
    uint8_t size[2] = {(uint8_t)(stored_key.size >> 8), (uint8_t)stored_key.size};
    struct sha256 running;
    sha256_begin(&running);
    sha256_add(&running, bytes_of(size, sizeof size));
    sha256_add(&running, stored_key);
    sha256_add(&running, value);
    sha256_end(&running, hash);
}

static enum err find_or_add(struct digests *digests, uint64_t owner, struct owner_digest **out)
{
    uint32_t place = 0;
    if (map_get(&digests->places, owner, &place)) {
        *out = &digests->items[place];
        return ERR_OK;
    }
    if (digests->count == digests->capacity) {
        uint32_t capacity = digests->capacity == 0 ? 64 : digests->capacity * 2;
        struct owner_digest *more = realloc(digests->items, capacity * sizeof *more);
        if (more == NULL)
            return ERR_NO_MEMORY;
        digests->items = more;
        digests->capacity = capacity;
    }
    enum err err = map_put(&digests->places, owner, digests->count);
    if (err != ERR_OK)
        return err;
    *out = &digests->items[digests->count++];
    **out = (struct owner_digest){.owner = owner};
    return ERR_OK;
}

enum err digests_change(struct digests *digests, uint64_t owner, struct bytes stored_key,
                        struct bytes value, bool comes)
{
    struct owner_digest *digest = NULL;
    enum err err = find_or_add(digests, owner, &digest);
    if (err != ERR_OK)
        return err;
    uint8_t hash[DIGEST_HASH_SIZE];
    hash_row(stored_key, value, hash);
    for (unsigned i = 0; i < DIGEST_HASH_SIZE; i++)
        digest->mix[i] ^= hash[i];
    digest->count += comes ? 1 : UINT64_MAX;
    return ERR_OK;
}

static enum err store_one(const struct owner_digest *change, MDB_cursor *rows)
{
    struct stored_key key = digests_key(change->owner);
    struct owner_digest sum = *change;
    MDB_val k = {key.size, key.data}, v;
    int error = mdb_cursor_get(rows, &k, &v, MDB_SET_KEY);
    if (error == 0) {
        struct bytes value;
        struct owner_digest before;
        if (!row_decode(stored_key_bytes(&key), bytes_of(v.mv_data, v.mv_size), &value) ||
            !digest_decode(value, change->owner, &before))
            return ERR_CORRUPT;
        sum.count += before.count;
        for (unsigned i = 0; i < DIGEST_HASH_SIZE; i++)
            sum.mix[i] ^= before.mix[i];
    } else if (error != MDB_NOTFOUND) {
        return env_err(error);
    }
    if (digest_is_empty(&sum))
        return error == 0 ? env_err(mdb_cursor_del(rows, 0)) : ERR_OK;
    uint8_t value[DIGEST_VALUE_SIZE], row[ROW_CHECKSUM_SIZE + DIGEST_VALUE_SIZE];
    digest_encode(&sum, value);
    row_encode(row, stored_key_bytes(&key), bytes_of(value, sizeof value));
    k = (MDB_val){key.size, key.data};
    v = (MDB_val){sizeof row, row};
    return env_err(mdb_cursor_put(rows, &k, &v, 0));
}

enum err digests_store(const struct digests *digests, MDB_cursor *rows)
{
    for (uint32_t i = 0; i < digests->count; i++) {
        enum err err = store_one(&digests->items[i], rows);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}
