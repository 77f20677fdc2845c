#include "storage/group.h"
#include "base/check.h"
#include <string.h>

static size_t row_size(const struct op *op)
{
    size_t key = op->kind == OP_APPEND ? sizeof(uint64_t) : op->key.size;
    size_t table = stored_key_is_shelved(op->table) ? 2 : 1;
    size_t link = op->table == TABLE_AUDIT ? ROW_LINK_SIZE : 0;
    return WAL_ROW_HEAD_SIZE + table + key + link + op->value.size;
}

size_t group_batch_size(const struct batch *batch)
{
    size_t size = 0;
    for (uint32_t i = 0; i < batch->ops_count; i++)
        size += row_size(&batch->ops[i]);
    return size;
}

static void check_op(const struct op *op)
{
    const struct table_info *info = table_info(op->table);
    CHECK(info != NULL);
    CHECK(info->keys != KEYS_INTERNAL);
    CHECK((op->kind == OP_APPEND) == (info->keys == KEYS_APPENDED));
    CHECK(op->value.size <= ROW_VALUE_MAX);
    CHECK(op->kind == OP_APPEND ? op->key.size == 0
                                : op->key.size > 0 && op->key.size <= ROW_KEY_MAX);
    CHECK(op->kind != OP_ERASE || op->value.size == 0);
    CHECK(info->keys != KEYS_OWNED || op->key.size >= sizeof(uint64_t));
}

static void add_appended(struct writer *record, struct head *head, const struct op *op)
{
    uint8_t number[sizeof(uint64_t)], value[ROW_LINK_SIZE + ROW_VALUE_MAX];
    struct writer key_writer = writer_on(number, sizeof number);
    write_u64(&key_writer, head->next[op->table]++);
    struct stored_key key = stored_key(op->table, writer_bytes(&key_writer));
    struct wal_row row = {.stored_key = stored_key_bytes(&key), .value = op->value};
    if (op->table == TABLE_AUDIT) {
        row_link(head->link, op->value, head->link);
        struct writer linked = writer_on(value, sizeof value);
        write_raw(&linked, bytes_of(head->link, ROW_LINK_SIZE));
        write_raw(&linked, op->value);
        CHECK(!linked.failed);
        row.value = writer_bytes(&linked);
    }
    wal_put_row(record, &row);
}

uint32_t group_add(struct writer *record, struct head *head, const struct batch *batch)
{
    for (uint32_t i = 0; i < batch->ops_count; i++) {
        const struct op *op = &batch->ops[i];
        check_op(op);
        if (op->kind == OP_APPEND) {
            add_appended(record, head, op);
            continue;
        }
        struct stored_key key = stored_key(op->table, op->key);
        struct wal_row row = {.erased = op->kind == OP_ERASE,
                              .stored_key = stored_key_bytes(&key),
                              .value = op->value};
        wal_put_row(record, &row);
    }
    return batch->ops_count;
}
