#include "storage/env.h"
#include "base/check.h"
#include "base/log.h"
#include "storage/fatal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { DATABASES_MAX = 4, FILE_MODE = 0600 };

static const size_t reserve_least = 16u << 20;

enum err env_err(int mdb_error)
{
    switch (mdb_error) {
    case MDB_SUCCESS: return ERR_OK;
    case MDB_NOTFOUND:
    case ENOENT: return ERR_NOT_FOUND;
    case MDB_KEYEXIST: return ERR_EXISTS;
    case MDB_MAP_FULL:
    case MDB_READERS_FULL:
    case MDB_TXN_FULL: return ERR_FULL;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_PANIC: return ERR_CORRUPT;
    case MDB_VERSION_MISMATCH: return ERR_VERSION;
    case ENOSPC:
    case EDQUOT: return ERR_NO_SPACE;
    case ENOMEM: return ERR_NO_MEMORY;
    case EACCES:
    case EPERM: return ERR_DENIED;
    case EBUSY:
    case EAGAIN: return ERR_BUSY;
    default: return ERR_IO; /* errno values are not ours to list */
    }
}

/* LMDB found a page that can't be: nothing read from here on can be trusted, and LMDB gives no way
 * back. The line says that it was the disk and not the program. */
static void on_damaged_page(MDB_env *mdb, const char *message)
{
    (void)mdb;
    LOG(LOG_ALARM, "store_page_damaged", log_text("lmdb", message));
    fatal("store_page", EIO);
}

static size_t map_size(const char *data_path, uint32_t map_gib)
{
    struct stat status;
    size_t wanted = (size_t)map_gib << 30;
    if (stat(data_path, &status) != 0)
        return wanted;
    size_t page = 4096, least = ((size_t)status.st_size * 4 + page - 1) / page * page;
    return wanted > least ? wanted : least;
}

enum err env_open(struct env *env, const char *directory, uint32_t map_gib, bool make)
{
    CHECK(map_gib > 0);
    *env = (struct env){0};
    char data_path[4096];
    int size = snprintf(data_path, sizeof data_path, "%s/data.mdb", directory);
    if (size < 0 || (size_t)size >= sizeof data_path)
        return ERR_TOO_LARGE;
    struct stat status;
    if (!make && stat(data_path, &status) != 0)
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    int error = mdb_env_create(&env->mdb);
    if (error != 0)
        return env_err(error);
    error = mdb_env_set_assert(env->mdb, on_damaged_page);
    if (error == 0)
        error = mdb_env_set_mapsize(env->mdb, map_size(data_path, map_gib));
    if (error == 0)
        error = mdb_env_set_maxdbs(env->mdb, DATABASES_MAX);
    if (error == 0)
        error = mdb_env_set_maxreaders(env->mdb, ENV_READERS_MAX);
    if (error == 0)
        error = mdb_env_open(env->mdb, directory, MDB_NOTLS | MDB_NORDAHEAD, FILE_MODE);
    int fd = -1;
    if (error == 0)
        error = mdb_env_get_fd(env->mdb, &fd);
    if (error == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        error = errno;
    if (error != 0) {
        LOG(LOG_WARN, "store_env_open", log_text("directory", directory),
            log_text("error", mdb_strerror(error)));
        env_close(env);
        return env_err(error);
    }
    env_check_readers(env);
    return ERR_OK;
}

void env_close(struct env *env)
{
    if (env->mdb != NULL)
        mdb_env_close(env->mdb);
    env->mdb = NULL;
}

void env_check_readers(struct env *env)
{
    int dead = 0;
    int error = mdb_reader_check(env->mdb, &dead);
    if (error != 0 || dead > 0)
        LOG(LOG_INFO, "store_dead_readers", log_int("count", dead),
            log_text("error", mdb_strerror(error)));
}

/* Bytes up to and including the last page in use. */
static size_t env_used(const struct env *env, size_t *map)
{
    MDB_envinfo info;
    MDB_stat stat;
    int error = mdb_env_info(env->mdb, &info);
    CHECK(error == 0);
    error = mdb_env_stat(env->mdb, &stat);
    CHECK(error == 0);
    *map = info.me_mapsize;
    return (info.me_last_pgno + 1) * stat.ms_psize;
}

uint32_t env_map_percent(const struct env *env)
{
    size_t map = 0, used = env_used(env, &map);
    CHECK(map >= 100);
    return (uint32_t)(used / (map / 100));
}

enum err env_reserve_again(const struct env *env)
{
    size_t map = 0;
    return env_reserve(env, env_used(env, &map) / 4);
}

enum err env_reserve(const struct env *env, size_t bytes)
{
    size_t map = 0, used = env_used(env, &map);
    int fd = -1;
    int error = mdb_env_get_fd(env->mdb, &fd);
    CHECK(error == 0);
    do
        error = posix_fallocate(fd, (off_t)used, (off_t)(4 * bytes + reserve_least));
    while (error == EINTR);
    return env_err(error);
}
