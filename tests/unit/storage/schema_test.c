#include "storage/schema.h"
#include "tests/unit/storage/rig.h"
#include <string.h>

/* Sets the format number behind the store's back. */
static void set_format(struct rig *rig, uint32_t format)
{
    struct env env;
    uint8_t id[STORE_ID_SIZE];
    uint32_t was = 0;
    T_OK(env_open(&env, rig->config.directory, 1, false));
    T_OK(schema_open(&env, id, &was));
    T_EQ_UINT(was, SCHEMA_FORMAT);
    MDB_txn *txn = NULL;
    T_EQ_INT(mdb_txn_begin(env.mdb, NULL, 0, &txn), 0);
    uint8_t data[4];
    struct writer writer = writer_on(data, sizeof data);
    write_u32(&writer, format);
    char name[] = "format";
    MDB_val key = {strlen(name), name}, value = {sizeof data, data};
    T_EQ_INT(mdb_put(txn, env.meta, &key, &value, 0), 0);
    T_EQ_INT(mdb_txn_commit(txn), 0);
    env_close(&env);
}

TEST(a_newer_store_is_refused_and_left_alone)
{
    struct rig rig;
    rig_begin(&rig, "s");
    rig_write_groups(&rig, 0, 2);
    rig_close(&rig);
    set_format(&rig, SCHEMA_FORMAT + 1);
    T_ERR(rig_open(&rig), ERR_VERSION);
    T_ERR(rig_open(&rig), ERR_VERSION);
    rig_end(&rig);
}

TEST(a_store_without_a_format_is_no_store)
{
    struct rig rig;
    rig_begin(&rig, "s");
    rig_close(&rig);
    set_format(&rig, 0);
    T_ERR(rig_open(&rig), ERR_CORRUPT);
    rig_end(&rig);
}

static unsigned ran[4];

static enum err note_two(struct env *env, MDB_txn *txn)
{
    T_TRUE(env != NULL && txn != NULL);
    T_EQ_UINT(ran[3], 0);
    ran[2]++;
    return ERR_OK;
}

static enum err note_three(struct env *env, MDB_txn *txn)
{
    T_TRUE(env != NULL && txn != NULL);
    T_EQ_UINT(ran[2], 1);
    ran[3]++;
    return ERR_OK;
}

static enum err note_never(struct env *env, MDB_txn *txn)
{
    (void)env;
    (void)txn;
    T_FAIL("a step that has been taken is not taken again");
}

static enum err note_failing(struct env *env, MDB_txn *txn)
{
    (void)env;
    (void)txn;
    return ERR_CORRUPT;
}

static struct env open_env(struct rig *rig, uint32_t *format)
{
    struct env env;
    uint8_t id[STORE_ID_SIZE];
    rig_init(rig, "s");
    T_OK(store_create(rig->config.directory));
    T_OK(env_open(&env, rig->config.directory, 1, false));
    T_OK(schema_open(&env, id, format));
    return env;
}

static uint32_t format_now(struct env *env)
{
    MDB_txn *txn = NULL;
    T_EQ_INT(mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &txn), 0);
    char name[] = "format";
    MDB_val key = {strlen(name), name}, value;
    T_EQ_INT(mdb_get(txn, env->meta, &key, &value), 0);
    struct reader reader = reader_of(bytes_of(value.mv_data, value.mv_size));
    uint32_t format = read_u32(&reader);
    mdb_txn_abort(txn);
    return format;
}

TEST(steps_run_in_order_from_the_number_that_is_there)
{
    static const struct schema_step steps[] = {
        {1, "one", note_never}, {2, "two", note_two}, {3, "three", note_three}};
    struct rig rig;
    uint32_t format = 0;
    struct env env = open_env(&rig, &format);
    T_EQ_UINT(format, SCHEMA_FORMAT);
    T_OK(schema_run(&env, 1, steps, 3));
    T_EQ_UINT(ran[2], 1);
    T_EQ_UINT(ran[3], 1);
    T_EQ_UINT(format_now(&env), 3);
    T_OK(schema_run(&env, 3, steps, 3));
    T_EQ_UINT(ran[3], 1);
    env_close(&env);
    rig_end(&rig);
}

TEST(a_failing_step_changes_nothing)
{
    static const struct schema_step steps[] = {
        {1, "one", note_never}, {2, "two", note_two}, {3, "three", note_failing}};
    struct rig rig;
    uint32_t format = 0;
    struct env env = open_env(&rig, &format);
    T_ERR(schema_run(&env, 1, steps, 3), ERR_CORRUPT);
    T_EQ_UINT(format_now(&env), SCHEMA_FORMAT);
    env_close(&env);
    rig_end(&rig);
}

T_LIST(schema_test, T(a_newer_store_is_refused_and_left_alone),
       T(a_store_without_a_format_is_no_store), T(steps_run_in_order_from_the_number_that_is_there),
       T(a_failing_step_changes_nothing));
