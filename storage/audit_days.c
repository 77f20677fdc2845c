#include "storage/audit_days.h"
#include "base/check.h"
#include "rt/payload.h"
#include "storage/row.h"

enum { DAY_MS = 24 * 60 * 60 * 1000, TAIPEI_MS = 8 * 60 * 60 * 1000, KEY_SIZE = 1 + 4 };

uint32_t audit_day(struct bytes record, uint32_t before)
{
    struct audit audit;
    if (!audit_read(record, &audit) || audit.at < 0)
        return before;
    uint32_t day = (uint32_t)((audit.at + TAIPEI_MS) / DAY_MS);
    return day > before ? day : before;
}

static struct stored_key day_key(uint32_t day)
{
    uint8_t key[KEY_SIZE];
    struct writer writer = writer_on(key, sizeof key);
    write_u8(&writer, AUDIT_DAY_MARK);
    write_u32(&writer, day);
    return stored_key(TABLE_STORE, writer_bytes(&writer));
}

bool audit_day_read(struct bytes key, struct bytes value, uint32_t *day, uint64_t *first)
{
    struct reader reader = reader_of(key), number = reader_of(value);
    uint8_t mark = read_u8(&reader);
    *day = read_u32(&reader);
    *first = read_u64(&number);
    return reader_done(&reader) && reader_done(&number) && mark == AUDIT_DAY_MARK;
}

/* The last day row is the last one before the mark behind it. */
static enum err read_last(struct audit_days *days, MDB_cursor *rows)
{
    uint8_t behind[] = {TABLE_STORE, AUDIT_DAY_MARK + 1};
    MDB_val k = {sizeof behind, behind}, v;
    int error = mdb_cursor_get(rows, &k, &v, MDB_SET_RANGE);
    error = mdb_cursor_get(rows, &k, &v, error == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
    if (error != 0 && error != MDB_NOTFOUND)
        return env_err(error);
    struct bytes key = bytes_of(k.mv_data, k.mv_size), value;
    uint64_t first = 0;
    days->known = true;
    days->day = 0;
    if (error == MDB_NOTFOUND || key.size != 1 + KEY_SIZE || key.data[0] != TABLE_STORE ||
        key.data[1] != AUDIT_DAY_MARK)
        return ERR_OK;
    if (!row_decode(key, bytes_of(v.mv_data, v.mv_size), &value) ||
        !audit_day_read(bytes_slice(key, 1, KEY_SIZE), value, &days->day, &first))
        return ERR_CORRUPT;
    return ERR_OK;
}

static enum err put_day(uint32_t day, uint64_t first, MDB_cursor *rows)
{
    uint8_t value[sizeof first], stored[ROW_CHECKSUM_SIZE + sizeof first];
    struct writer writer = writer_on(value, sizeof value);
    write_u64(&writer, first);
    struct stored_key key = day_key(day);
    row_encode(stored, stored_key_bytes(&key), writer_bytes(&writer));
    MDB_val k = {key.size, key.data}, v = {sizeof stored, stored};
    return env_err(mdb_cursor_put(rows, &k, &v, 0));
}

enum err audit_days_note(struct audit_days *days, MDB_cursor *rows, struct bytes stored_key,
                         struct bytes value)
{
    struct bytes record;
    uint64_t number = 0;
    enum err err = days->known ? ERR_OK : read_last(days, rows);
    if (err == ERR_OK)
        err = row_visible(stored_key, value, &record);
    if (err != ERR_OK)
        return err;
    uint32_t day = audit_day(record, days->day);
    if (day == days->day || !stored_key_number(stored_key, &number))
        return ERR_OK;
    days->day = day;
    return put_day(day, number, rows);
}

enum err audit_days_make(const struct env *env, MDB_txn *txn)
{
    MDB_cursor *records = NULL, *rows = NULL;
    struct audit_days days = {.known = true};
    enum err err = env_err(mdb_cursor_open(txn, env->rows, &records));
    if (err != ERR_OK)
        return err;
    err = env_err(mdb_cursor_open(txn, env->rows, &rows));
    uint8_t first = TABLE_AUDIT;
    MDB_val k = {sizeof first, &first}, v;
    int error = err == ERR_OK ? mdb_cursor_get(records, &k, &v, MDB_SET_RANGE) : MDB_NOTFOUND;
    while (error == 0 && err == ERR_OK) {
        struct bytes key = bytes_of(k.mv_data, k.mv_size), value;
        if (stored_key_table(key) != TABLE_AUDIT)
            break;
        if (!row_decode(key, bytes_of(v.mv_data, v.mv_size), &value))
            err = ERR_CORRUPT;
        else
            err = audit_days_note(&days, rows, key, value);
        error = mdb_cursor_get(records, &k, &v, MDB_NEXT);
    }
    if (rows != NULL)
        mdb_cursor_close(rows);
    mdb_cursor_close(records);
    return err != ERR_OK || error == 0 || error == MDB_NOTFOUND ? err : env_err(error);
}
