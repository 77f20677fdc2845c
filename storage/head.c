/* The row `head` of `meta`: u64 position, u64 generation, 32 bytes link, u8 count of appended
 * tables, then per table u8 number of the table, u64 next; u32 CRC-32C over all before it. */
#include "storage/head.h"
#include "base/check.h"
#include <string.h>

enum { HEAD_SIZE_MAX = 8 + 8 + ROW_LINK_SIZE + 1 + TABLE_MAX * 9 + 4 };

static const char head_key[] = "head";

static bool table_is_appended(unsigned table)
{
    const struct table_info *info = table_info((enum table)table);
    return info != NULL && info->keys == KEYS_APPENDED;
}

void head_init(struct head *head)
{
    *head = (struct head){0};
    for (unsigned i = 0; i < TABLE_MAX; i++)
        head->next[i] = table_is_appended(i) ? 1 : 0;
}

enum err head_read(const struct env *env, MDB_txn *txn, struct head *head)
{
    MDB_val key = {sizeof head_key - 1, (void *)(uintptr_t)head_key}, value;
    int error = mdb_get(txn, env->meta, &key, &value);
    if (error != 0)
        return error == MDB_NOTFOUND ? ERR_CORRUPT : env_err(error);
    if (value.mv_size < 4 || value.mv_size > HEAD_SIZE_MAX)
        return ERR_CORRUPT;
    struct reader sum = reader_of(bytes_of((uint8_t *)value.mv_data + value.mv_size - 4, 4));
    struct bytes body = bytes_of(value.mv_data, value.mv_size - 4);
    if (read_u32(&sum) != bytes_crc32c(0, body))
        return ERR_CORRUPT;
    struct reader reader = reader_of(body);
    head_init(head);
    head->position = read_u64(&reader);
    head->generation = read_u64(&reader);
    read_copy(&reader, head->link, sizeof head->link);
    unsigned count = read_u8(&reader);
    for (unsigned i = 0; i < count && !reader.failed; i++) {
        unsigned table = read_u8(&reader);
        uint64_t next = read_u64(&reader);
        if (!table_is_appended(table))
            return ERR_VERSION;
        head->next[table] = next;
    }
    return reader_done(&reader) ? ERR_OK : ERR_CORRUPT;
}

enum err head_write(const struct env *env, MDB_txn *txn, const struct head *head)
{
    uint8_t data[HEAD_SIZE_MAX];
    uint8_t count = 0;
    for (unsigned i = 0; i < TABLE_MAX; i++)
        count = (uint8_t)(count + (table_is_appended(i) ? 1 : 0));
    struct writer writer = writer_on(data, sizeof data);
    write_u64(&writer, head->position);
    write_u64(&writer, head->generation);
    write_raw(&writer, bytes_of(head->link, sizeof head->link));
    write_u8(&writer, count);
    for (unsigned i = 0; i < TABLE_MAX; i++) {
        if (table_is_appended(i)) {
            write_u8(&writer, (uint8_t)i);
            write_u64(&writer, head->next[i]);
        }
    }
    write_u32(&writer, bytes_crc32c(0, writer_bytes(&writer)));
    CHECK(!writer.failed);
    MDB_val key = {sizeof head_key - 1, (void *)(uintptr_t)head_key}, value = {writer.size, data};
    return env_err(mdb_put(txn, env->meta, &key, &value, 0));
}

bool head_follow(struct head *head, struct bytes stored_key, struct bytes value)
{
    enum table table = stored_key_table(stored_key);
    if (!table_is_appended(table))
        return true;
    uint64_t number = 0;
    if (!stored_key_number(stored_key, &number) || number != head->next[table])
        return false;
    if (table == TABLE_AUDIT) {
        if (value.size < ROW_LINK_SIZE)
            return false;
        memcpy(head->link, value.data, ROW_LINK_SIZE);
    }
    head->next[table]++;
    return true;
}
