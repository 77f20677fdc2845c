#include "storage/schema_shelves.h"
#include "base/check.h"
#include "base/log.h"
#include "model/line_codec.h"
#include "storage/digests.h"
#include "storage/row.h"
#include <string.h>

struct moving {
    MDB_cursor *rows;
    struct digests digests;
    enum table table;
    struct bytes own; /* of the row: its key in format 3, without the table */
    struct bytes value;
    struct row_key key; /* in format 4 */
    bool damaged;       /* its checksum does not fit */
    unsigned told;
};

enum { TOLD_MAX = 100 }; /* lines in the log; verify names them all */

/* ---- the new key of a row ---- */

static enum err same_key(struct moving *moving)
{
    memcpy(moving->key.data, moving->own.data, moving->own.size);
    moving->key.size = (uint8_t)moving->own.size;
    return ERR_OK;
}

static int32_t read_day(struct reader *in)
{
    return (int32_t)(read_u32(in) ^ UINT32_C(0x80000000));
}

static enum err person_line_key(struct moving *moving)
{
    struct reader in = reader_of(moving->own);
    struct line_id id = {0};
    id.in.home = read_u64(&in);
    uint64_t person = read_u64(&in);
    id.in.day = read_day(&in);
    id.in.serial = read_u32(&in);
    id.n = read_u16(&in);
    moving->key = key_of_person_line(person, id);
    return reader_done(&in) ? ERR_OK : ERR_CORRUPT;
}

static enum err request_key(struct moving *moving)
{
    struct request_record record;
    struct reader in = reader_of(moving->own);
    uint64_t home = read_u64(&in);
    enum err err = moving->damaged ? ERR_CORRUPT : request_read(moving->value, &record);
    if (err != ERR_OK || record.at < 0 || in.failed)
        return ERR_CORRUPT;
    moving->key = key_of_request(home, record.at, &record.request);
    return ERR_OK;
}

/* The case's row has its new place already. *created_at: 0 if it is missing or damaged, which
 * verify will say; the line still stands in its queue. */
static enum err case_created_at(struct moving *moving, struct case_id id, int64_t *created_at)
{
    struct row_key own = key_of_case(id);
    struct stored_key key = stored_key(TABLE_CASE, row_key_bytes(&own));
    MDB_val k = {key.size, key.data}, v;
    struct bytes value;
    struct case_record record = {.id = id};
    int error = mdb_cursor_get(moving->rows, &k, &v, MDB_SET_KEY);
    if (error != 0)
        return error == MDB_NOTFOUND ? ERR_OK : env_err(error);
    if (row_decode(stored_key_bytes(&key), bytes_of(v.mv_data, v.mv_size), &value) &&
        case_read(value, &record) == ERR_OK && record.created_at >= 0)
        *created_at = record.created_at;
    return ERR_OK;
}

static enum err queue_key(struct moving *moving)
{
    struct reader in = reader_of(moving->own);
    struct line_id id = {0};
    uint32_t county = read_u32(&in);
    int32_t due = read_day(&in);
    id.in.home = read_u64(&in);
    id.in.day = read_day(&in);
    id.in.serial = read_u32(&in);
    id.n = read_u16(&in);
    if (!reader_done(&in))
        return ERR_CORRUPT;
    int64_t created_at = 0;
    enum err err = case_created_at(moving, id.in, &created_at);
    if (err == ERR_OK)
        moving->key = key_of_queue(county, due, created_at, id);
    return err;
}

/* ---- one row, one table ---- */

/* The digests of both keys. A damaged row keeps the part that it had when it was sound, so that
 * verify names its owner as before. */
static enum err change_digests(struct moving *moving, const struct stored_key *old,
                               const struct stored_key *new)
{
    uint64_t owner = 0;
    enum err err = ERR_OK;
    if (moving->damaged)
        return ERR_OK;
    if (stored_key_owner(stored_key_bytes(old), &owner))
        err = digests_change(&moving->digests, owner, stored_key_bytes(old), moving->value, false);
    if (err == ERR_OK && stored_key_owner(stored_key_bytes(new), &owner))
        err = digests_change(&moving->digests, owner, stored_key_bytes(new), moving->value, true);
    return err;
}

/* A damaged row's bytes go along as they are: its checksum fits the new key as little as the old.
 */
static enum err put_anew(struct moving *moving, const struct stored_key *old, struct bytes row)
{
    struct stored_key key = stored_key(moving->table, row_key_bytes(&moving->key));
    uint8_t stored[ROW_STORED_MAX];
    MDB_val k = {key.size, key.data}, v = {row.size, stored};
    if (moving->damaged)
        memcpy(stored, row.data, row.size);
    else
        row_encode(stored, stored_key_bytes(&key), moving->value);
    enum err err = change_digests(moving, old, &key);
    if (err == ERR_OK)
        err = env_err(mdb_cursor_del(moving->rows, 0));
    return err == ERR_OK ? env_err(mdb_cursor_put(moving->rows, &k, &v, MDB_NOOVERWRITE)) : err;
}

static void tell_damaged(struct moving *moving, const struct stored_key *old)
{
    char key[2 * STORED_KEY_MAX + 1];
    struct writer out = writer_on(key, sizeof key);
    write_hex(&out, stored_key_bytes(old));
    write_u8(&out, 0);
    if (moving->told++ < TOLD_MAX)
        LOG(LOG_ALARM, "store_row_damaged", log_text("key", key));
}

/* The cursor stands on it; `row` is a copy of its value, since LMDB's moves. */
static enum err move_row(struct moving *moving, const struct stored_key *old, struct bytes row,
                         enum err (*new_key)(struct moving *moving))
{
    moving->damaged = !row_decode(stored_key_bytes(old), row, &moving->value);
    moving->own = bytes_slice(stored_key_bytes(old), 1, old->size - 1u);
    enum err err = new_key(moving);
    if (moving->damaged || err == ERR_CORRUPT)
        tell_damaged(moving, old);
    if (err == ERR_CORRUPT)
        return ERR_OK; /* no key can be made for it: it stays, as unreadable as it was */
    if (err != ERR_OK)
        return err;
    MDB_val k = {old->size, (void *)(uintptr_t)old->data}, v;
    int error = mdb_cursor_get(moving->rows, &k, &v, MDB_SET_KEY);
    return error == 0 ? put_anew(moving, old, row) : env_err(error);
}

/* Rows that have moved already are longer: they may lie in the same range. */
static enum err move_table(struct moving *moving, enum table table, size_t old_size,
                           enum err (*new_key)(struct moving *moving))
{
    struct stored_key at = {.data = {(uint8_t)table}, .size = 1};
    moving->table = table;
    for (;;) {
        MDB_val k = {at.size, at.data}, v;
        int error = mdb_cursor_get(moving->rows, &k, &v, MDB_SET_RANGE);
        if (error != 0)
            return error == MDB_NOTFOUND ? ERR_OK : env_err(error);
        struct bytes key = bytes_of(k.mv_data, k.mv_size);
        if (key.data[0] != table)
            return ERR_OK;
        if (key.size >= STORED_KEY_MAX)
            return ERR_CORRUPT;
        at = stored_key_copy(key);
        if (key.size == old_size && v.mv_size <= ROW_STORED_MAX) {
            uint8_t copy[ROW_STORED_MAX];
            memcpy(copy, v.mv_data, v.mv_size);
            enum err err = move_row(moving, &at, bytes_of(copy, v.mv_size), new_key);
            if (err != ERR_OK)
                return err;
        }
        at = stored_key_behind(stored_key_bytes(&at));
    }
}

enum err schema_to_shelves(struct env *env, MDB_txn *txn)
{
    static const struct {
        enum table table;
        size_t old_size; /* of a stored key */
        enum err (*new_key)(struct moving *moving);
    } tables[] = {
        {TABLE_CASE, 17, same_key},       {TABLE_LINE, 20, same_key},
        {TABLE_BODY, 24, same_key},       {TABLE_HISTORY, 24, same_key},
        {TABLE_QUEUE, 27, queue_key},     {TABLE_PERSON_LINE, 27, person_line_key},
        {TABLE_REQUEST, 25, request_key},
    };
    struct moving moving = {0};
    enum err err = env_err(mdb_cursor_open(txn, env->rows, &moving.rows));
    if (err != ERR_OK)
        return err;
    digests_init(&moving.digests);
    for (size_t i = 0; i < ARRAY_COUNT(tables) && err == ERR_OK; i++)
        err = move_table(&moving, tables[i].table, tables[i].old_size, tables[i].new_key);
    if (err == ERR_OK)
        err = digests_store(&moving.digests, moving.rows);
    digests_deinit(&moving.digests);
    mdb_cursor_close(moving.rows);
    return err;
}
