#include "storage/apply.h"
#include "base/check.h"
#include "storage/audit_days.h"
#include "storage/digests.h"
#include <string.h>

/* The row as it is now leaves its owner's digest. */
static enum err digest_old(struct digests *digests, uint64_t owner, struct bytes key,
                           const MDB_val *old)
{
    struct bytes value;
    if (!row_decode(key, bytes_of(old->mv_data, old->mv_size), &value))
        return ERR_CORRUPT;
    return digests_change(digests, owner, key, value, false);
}

static enum err put_row(MDB_cursor *rows, struct bytes key, struct bytes value)
{
    MDB_val k = {key.size, (void *)(uintptr_t)key.data};
    MDB_val v = {ROW_CHECKSUM_SIZE + value.size, NULL};
    int error = mdb_cursor_put(rows, &k, &v, MDB_RESERVE);
    if (error == 0)
        row_encode(v.mv_data, key, value);
    return env_err(error);
}

static enum err apply_row(MDB_cursor *rows, struct digests *digests, struct audit_days *days,
                          const struct recent_node *node)
{
    struct bytes key = recent_key(node), value = recent_value(node);
    uint64_t owner = 0;
    bool owned = stored_key_owner(key, &owner), erased = recent_is_erased(node);
    enum err err = ERR_OK;
    bool there = false;
    if (owned || erased) {
        MDB_val k = {key.size, (void *)(uintptr_t)key.data}, old;
        int error = mdb_cursor_get(rows, &k, &old, MDB_SET_KEY);
        if (error != 0 && error != MDB_NOTFOUND)
            return env_err(error);
        there = error == 0;
        if (there && owned)
            err = digest_old(digests, owner, key, &old);
    }
    if (err == ERR_OK && erased && there)
        err = env_err(mdb_cursor_del(rows, 0));
    if (err == ERR_OK && !erased)
        err = put_row(rows, key, value);
    if (err == ERR_OK && !erased && owned)
        err = digests_change(digests, owner, key, value, true);
    if (err == ERR_OK && stored_key_table(key) == TABLE_AUDIT)
        err = audit_days_note(days, rows, key, value);
    return err;
}

static enum err apply_rows(MDB_cursor *cursor, struct digests *digests, const struct recent *table,
                           uint64_t *rows)
{
    struct audit_days days = {0};
    const struct recent_node *node = recent_from(table, bytes_of(NULL, 0));
    for (; node != NULL; node = recent_next_key(node)) {
        CHECK(recent_position(node) <= table->head.position);
        enum err err = apply_row(cursor, digests, &days, node);
        if (err != ERR_OK)
            return err;
        (*rows)++;
    }
    return digests_store(digests, cursor);
}

/* The table must go on where LMDB stands. */
static enum err check_order(struct env *env, MDB_txn *txn, const struct recent *table)
{
    struct head stored;
    enum err err = head_read(env, txn, &stored);
    if (err == ERR_OK)
        CHECK(stored.position < table->head.position);
    return err;
}

enum err apply_table(struct env *env, const struct recent *table, uint64_t *rows)
{
    CHECK(table->head.position > 0);
    *rows = 0;
    MDB_txn *txn = NULL;
    enum err err = env_err(mdb_txn_begin(env->mdb, NULL, 0, &txn));
    if (err != ERR_OK)
        return err;
    struct digests digests;
    digests_init(&digests);
    MDB_cursor *cursor = NULL;
    err = check_order(env, txn, table);
    if (err == ERR_OK)
        err = env_err(mdb_cursor_open(txn, env->rows, &cursor));
    if (err == ERR_OK) {
        err = apply_rows(cursor, &digests, table, rows);
        mdb_cursor_close(cursor);
    }
    if (err == ERR_OK)
        err = head_write(env, txn, &table->head);
    if (err == ERR_OK)
        err = env_err(mdb_txn_commit(txn));
    else
        mdb_txn_abort(txn);
    digests_deinit(&digests);
    return err;
}
