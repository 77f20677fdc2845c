#include "storage/env.h"
#include "tests/unit/storage/rig.h"
#include <errno.h>
#include <sys/stat.h>

static struct env open_env(struct rig *rig)
{
    struct env env;
    rig_init(rig, "s");
    T_OK(store_create(rig->config.directory));
    T_OK(env_open(&env, rig->config.directory, 1, false));
    return env;
}

static off_t data_size(const struct rig *rig)
{
    char path[TMP_PATH_MAX];
    struct stat status;
    rig_path(rig, path, "data.mdb");
    T_EQ_INT(stat(path, &status), 0);
    T_TRUE(status.st_blocks * 512 >= status.st_size); /* no holes: the space is taken */
    return status.st_size;
}

TEST(room_is_taken_beyond_the_last_page_and_only_once)
{
    struct rig rig;
    struct env env = open_env(&rig);
    off_t before = data_size(&rig);
    T_OK(env_reserve(&env, 1 << 20));
    off_t after = data_size(&rig);
    T_EQ_INT(after - before, (4 << 20) + (16 << 20));
    T_OK(env_reserve(&env, 1 << 20));
    T_EQ_INT(data_size(&rig), after);
    T_EQ_UINT(env_map_percent(&env), 0);
    env_close(&env);
    T_OK(rig_open(&rig)); /* a longer file is a good store */
    rig_write_groups(&rig, 0, 3);
    rig_end(&rig);
}

TEST(errors_of_lmdb_and_of_the_system_are_ours)
{
    T_ERR(env_err(0), ERR_OK);
    T_ERR(env_err(ENOSPC), ERR_NO_SPACE);
    T_ERR(env_err(EIO), ERR_IO);
    T_ERR(env_err(MDB_MAP_FULL), ERR_FULL);
    T_ERR(env_err(MDB_CORRUPTED), ERR_CORRUPT);
    T_ERR(env_err(MDB_NOTFOUND), ERR_NOT_FOUND);
    T_ERR(env_err(MDB_VERSION_MISMATCH), ERR_VERSION);
}

T_LIST(env_test, T(room_is_taken_beyond_the_last_page_and_only_once),
       T(errors_of_lmdb_and_of_the_system_are_ours));
