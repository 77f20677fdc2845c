#include "storage/schema.h"
#include "base/check.h"
#include "base/log.h"
#include "base/prng.h"
#include "storage/audit_days.h"
#include "rt/msg.h"
#include "storage/head.h"
#include "storage/row.h"
#include "storage/schema_shelves.h"
#include <string.h>

static const char format_key[] = "format";
static const char id_key[] = "store_id";

static MDB_val text_val(const char *text)
{
    return (MDB_val){strlen(text), (void *)(uintptr_t)text};
}

static enum err put_format(struct env *env, MDB_txn *txn, uint32_t format)
{
    uint8_t data[4];
    struct writer writer = writer_on(data, sizeof data);
    write_u32(&writer, format);
    MDB_val key = text_val(format_key), value = {sizeof data, data};
    return env_err(mdb_put(txn, env->meta, &key, &value, 0));
}

enum err schema_new_id(const struct env *env, MDB_txn *txn)
{
    uint8_t id[STORE_ID_SIZE];
    entropy_fill(id, sizeof id);
    MDB_val key = text_val(id_key), value = {sizeof id, id};
    return env_err(mdb_put(txn, env->meta, &key, &value, 0));
}

/* Format 1: the databases, the store's id, the head of a store without a group. */
static enum err step_first(struct env *env, MDB_txn *txn)
{
    int error = mdb_dbi_open(txn, "meta", MDB_CREATE, &env->meta);
    if (error == 0)
        error = mdb_dbi_open(txn, "rows", MDB_CREATE, &env->rows);
    if (error != 0)
        return env_err(error);
    enum err err = schema_new_id(env, txn);
    if (err != ERR_OK)
        return err;
    struct head head;
    head_init(&head);
    return head_write(env, txn, &head);
}

static enum err step_days(struct env *env, MDB_txn *txn)
{
    return audit_days_make(env, txn);
}

/* Format 3: the transfer actor always waits (its nightly timer): its row is there from the start
 * (DESIGN 5 *Waiting is a row*). */
static enum err step_transfer_waits(struct env *env, MDB_txn *txn)
{
    static const uint8_t one = 1;
    struct row_key key = key_of_waiting(ACTOR_TRANSFER, ADDR_TRANSFER.id);
    struct stored_key stored = stored_key(TABLE_WAITING, row_key_bytes(&key));
    uint8_t value[ROW_CHECKSUM_SIZE + sizeof one];
    row_encode(value, stored_key_bytes(&stored), bytes_of(&one, sizeof one));
    MDB_val mdb_key = {stored.size, stored.data};
    MDB_val mdb_value = {sizeof value, value};
    return env_err(mdb_put(txn, env->rows, &mdb_key, &mdb_value, 0));
}

static const struct schema_step all_steps[] = {
    {1, "databases, id, head", step_first},
    {2, "where the audit's days begin", step_days},
    {3, "the transfer actor waits", step_transfer_waits},
    {4, "rows of a case side by side", schema_to_shelves},
};

enum err schema_run(struct env *env, uint32_t format, const struct schema_step *steps, size_t count)
{
    CHECK(format <= count);
    if (format == count)
        return ERR_OK;
    MDB_txn *txn = NULL;
    enum err err = env_err(mdb_txn_begin(env->mdb, NULL, 0, &txn));
    if (err != ERR_OK)
        return err;
    for (size_t i = format; i < count; i++) {
        CHECK(steps[i].to == i + 1);
        if (format > 0) /* a large store takes its time: say what it is doing */
            LOG(LOG_INFO, "store_schema_step_begun", log_int("to", steps[i].to),
                log_text("what", steps[i].what));
        err = steps[i].run(env, txn);
        if (err == ERR_OK)
            err = put_format(env, txn, steps[i].to);
        if (err != ERR_OK) {
            LOG(LOG_ALARM, "store_schema_step", log_int("to", steps[i].to),
                log_text("what", steps[i].what), log_text("err", err_name(err)));
            mdb_txn_abort(txn);
            return err;
        }
    }
    return env_err(mdb_txn_commit(txn));
}

/* A second, small commit: LMDB has two head pages and falls back on the older one where the newer
 * is damaged, and that must not be the store of before, which the log's rows no longer fit. */
static enum err settle_format(struct env *env)
{
    MDB_txn *txn = NULL;
    enum err err = env_err(mdb_txn_begin(env->mdb, NULL, 0, &txn));
    if (err != ERR_OK)
        return err;
    err = put_format(env, txn, SCHEMA_FORMAT);
    if (err == ERR_OK)
        return env_err(mdb_txn_commit(txn));
    mdb_txn_abort(txn);
    return err;
}

enum err schema_create(struct env *env)
{
    return schema_run(env, 0, all_steps, ARRAY_COUNT(all_steps));
}

enum err schema_upgrade(struct env *env, uint32_t format)
{
    CHECK(format > 0);
    CHECK(ARRAY_COUNT(all_steps) == SCHEMA_FORMAT);
    if (format == SCHEMA_FORMAT)
        return ERR_OK;
    enum err err = env_reserve_again(env); /* rather than to find out at the end of it */
    if (err == ERR_OK)
        err = schema_run(env, format, all_steps, ARRAY_COUNT(all_steps));
    return err == ERR_OK ? settle_format(env) : err;
}

static enum err read_identity(struct env *env, MDB_txn *txn, uint8_t store_id[STORE_ID_SIZE],
                              uint32_t *format)
{
    int error = mdb_dbi_open(txn, "meta", 0, &env->meta);
    if (error != 0)
        return error == MDB_NOTFOUND ? ERR_CORRUPT : env_err(error);
    MDB_val key = text_val(format_key), value;
    error = mdb_get(txn, env->meta, &key, &value);
    if (error != 0)
        return error == MDB_NOTFOUND ? ERR_CORRUPT : env_err(error);
    struct reader reader = reader_of(bytes_of(value.mv_data, value.mv_size));
    *format = read_u32(&reader);
    if (!reader_done(&reader) || *format == 0)
        return ERR_CORRUPT;
    if (*format > SCHEMA_FORMAT) {
        LOG(LOG_ALARM, "store_format_newer", log_int("store", *format),
            log_int("program", SCHEMA_FORMAT));
        return ERR_VERSION;
    }
    error = mdb_dbi_open(txn, "rows", 0, &env->rows);
    if (error != 0)
        return error == MDB_NOTFOUND ? ERR_CORRUPT : env_err(error);
    key = text_val(id_key);
    error = mdb_get(txn, env->meta, &key, &value);
    if (error != 0 || value.mv_size != STORE_ID_SIZE)
        return error == 0 || error == MDB_NOTFOUND ? ERR_CORRUPT : env_err(error);
    memcpy(store_id, value.mv_data, STORE_ID_SIZE);
    return ERR_OK;
}

enum err schema_open(struct env *env, uint8_t store_id[STORE_ID_SIZE], uint32_t *format)
{
    MDB_txn *txn = NULL;
    enum err err = env_err(mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &txn));
    if (err != ERR_OK)
        return err;
    err = read_identity(env, txn, store_id, format);
    if (err != ERR_OK) {
        mdb_txn_abort(txn);
        return err;
    }
    /* Handles opened in a transaction outlive it only if it commits. */
    return env_err(mdb_txn_commit(txn));
}
