/* Start: lock, environment, schema, recovery, migrations, applier, committer. Stop: the same
 * backwards.
 *
 * A new store is made aside (DIR/new), synced, and its one file renamed into place: data.mdb is
 * there whole or not at all (made in place, a crash leaves a file that LMDB can't read). */
#include "base/check.h"
#include "base/log.h"
#include "storage/parts.h"
#include "storage/recover.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, DIRECTORY_MODE = 0700, SEGMENT_MIB_MIN = 1, SEGMENT_MIB_MAX = 1024 };

/* ---- making one ---- */

static enum err join(char path[PATH_SIZE], const char *directory, const char *name)
{
    int size = snprintf(path, PATH_SIZE, "%s/%s", directory, name);
    return size > 0 && size < PATH_SIZE ? ERR_OK : ERR_TOO_LARGE;
}

static enum err errno_err(void)
{
    return env_err(errno);
}

static enum err sync_path(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno_err();
    enum err err = fsync(fd) == 0 ? ERR_OK : ERR_SYNC;
    close(fd);
    return err;
}

static enum err make_directory(const char *path)
{
    if (mkdir(path, DIRECTORY_MODE) == 0 || errno == EEXIST)
        return ERR_OK;
    return errno_err();
}

static void remove_aside(const char *aside)
{
    static const char *const names[] = {"data.mdb", "lock.mdb"};
    char path[PATH_SIZE];
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (join(path, aside, names[i]) == ERR_OK)
            unlink(path);
    rmdir(aside);
}

static enum err make_aside(const char *aside)
{
    enum err err = make_directory(aside);
    if (err != ERR_OK)
        return err;
    struct env env;
    err = env_open(&env, aside, 1, true);
    if (err != ERR_OK)
        return err;
    err = schema_create(&env);
    env_close(&env);
    char data[PATH_SIZE];
    if (err == ERR_OK)
        err = join(data, aside, "data.mdb");
    return err == ERR_OK ? sync_path(data) : err;
}

static enum err make_locked(const char *directory)
{
    char data[PATH_SIZE], aside[PATH_SIZE], aside_data[PATH_SIZE], parent[PATH_SIZE];
    enum err err = join(data, directory, "data.mdb");
    if (err == ERR_OK)
        err = join(aside, directory, "new");
    if (err == ERR_OK)
        err = join(aside_data, aside, "data.mdb");
    if (err == ERR_OK)
        err = join(parent, directory, "..");
    if (err != ERR_OK)
        return err;
    if (access(data, F_OK) == 0)
        return ERR_EXISTS;
    remove_aside(aside);
    err = make_aside(aside);
    if (err == ERR_OK && rename(aside_data, data) != 0)
        err = errno_err();
    remove_aside(aside);
    if (err == ERR_OK)
        err = sync_path(directory);
    if (err == ERR_OK)
        err = sync_path(parent);
    return err;
}

enum err store_create(const char *directory)
{
    enum err err = make_directory(directory);
    int lock = -1;
    if (err == ERR_OK)
        err = recover_lock(directory, &lock);
    if (err != ERR_OK)
        return err;
    err = make_locked(directory);
    close(lock);
    return err;
}

/* ---- opening ---- */

static void on_progress(void *self)
{
    struct store *store = self;
    committer_wake(&store->committer);
}

static enum err read_floor(struct store *store)
{
    MDB_txn *txn = NULL;
    enum err err = env_err(mdb_txn_begin(store->env.mdb, NULL, MDB_RDONLY, &txn));
    if (err != ERR_OK)
        return err;
    err = floor_read(&store->env, txn, &store->floor);
    mdb_txn_abort(txn);
    return err;
}

/* Everything up to a store that stands still: nothing runs yet. */
static enum err open_parts(struct store *store, struct recovered *recovered)
{
    const struct store_config *config = &store->config;
    uint32_t format = 0;
    enum err err = env_open(&store->env, config->directory, config->map_gib, false);
    if (err == ERR_OK)
        err = schema_open(&store->env, store->id, &format);
    if (err == ERR_OK)
        err = read_floor(store);
    if (err == ERR_OK)
        err = recover_log(&store->env, config->directory, config->segment_mib << 20, store->id,
                          config->progress, config->self, recovered);
    if (err != ERR_OK)
        return err;
    err = schema_upgrade(&store->env, format);
    if (err == ERR_OK)
        err = recent_set_init(&store->recents, recovered->head.position);
    if (err != ERR_OK) {
        segment_close(&recovered->current);
        segments_close(&recovered->segments);
    }
    return err;
}

static enum err start_threads(struct store *store, const struct recovered *recovered)
{
    applier_init(&store->applier, &store->env, &store->recents, &recovered->segments,
                 recovered->head.position, store->config.scrub_gap_ms);
    enum err err = committer_init(&store->committer, &store->config, &store->applier,
                                  &store->recents, store->id, recovered->current, &recovered->head);
    if (err != ERR_OK) {
        struct segment current = recovered->current;
        segment_close(&current);
        applier_deinit(&store->applier);
        return err;
    }
    store->applier.progress = store->recents.freed = on_progress;
    store->applier.self = store->recents.self = store;
    err = applier_start(&store->applier);
    if (err == ERR_OK) {
        err = committer_start(&store->committer);
        if (err != ERR_OK)
            applier_stop(&store->applier);
    }
    if (err != ERR_OK) {
        committer_deinit(&store->committer);
        applier_deinit(&store->applier);
    }
    return err;
}

static enum err find_store(const char *directory)
{
    char data[PATH_SIZE];
    enum err err = join(data, directory, "data.mdb");
    if (err == ERR_OK && access(data, F_OK) != 0)
        err = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : errno_err();
    return err;
}

static struct store *new_store(const struct store_config *config)
{
    struct store *store = malloc(sizeof *store);
    if (store == NULL)
        return NULL;
    memset(store, 0, sizeof *store);
    store->config = *config;
    store->lock = -1;
    if (store->config.segment_mib == 0)
        store->config.segment_mib = 64;
    if (store->config.map_gib == 0)
        store->config.map_gib = 256;
    if (store->config.apply_gap_ms == 0)
        store->config.apply_gap_ms = 1000;
    if (store->config.scrub_gap_ms == 0)
        store->config.scrub_gap_ms = 1000;
    if (store->config.snapshot_ms == 0)
        store->config.snapshot_ms = 250;
    CHECK(store->config.segment_mib >= SEGMENT_MIB_MIN);
    CHECK(store->config.segment_mib <= SEGMENT_MIB_MAX);
    return store;
}

enum err store_open(const struct store_config *config, struct store **out)
{
    CHECK(config->directory != NULL && config->home != NULL);
    enum err err = find_store(config->directory);
    if (err != ERR_OK)
        return err;
    struct store *store = new_store(config);
    if (store == NULL)
        return ERR_NO_MEMORY;
    struct recovered recovered = {0};
    err = recover_lock(config->directory, &store->lock);
    if (err == ERR_OK)
        err = open_parts(store, &recovered);
    if (err == ERR_OK)
        err = start_threads(store, &recovered);
    if (err != ERR_OK) {
        recent_set_deinit(&store->recents);
        env_close(&store->env);
        if (store->lock >= 0)
            close(store->lock);
        free(store);
        return err;
    }
    store->config.directory = NULL; /* the caller's; needed no more */
    *out = store;
    return ERR_OK;
}

const char *store_sentence(enum err err)
{
    return err == ERR_BUSY        ? "the data directory is in use by another process"
           : err == ERR_NOT_FOUND ? "there is no store in this directory"
           : err == ERR_VERSION   ? "the store is of a newer format than this program knows"
           : err == ERR_CORRUPT ? "the store or its log is damaged, or of another store: the line "
                                  "before says where"
                                : err_sentence(err);
}

void store_close(struct store *store)
{
    committer_stop(&store->committer);
    applier_stop(&store->applier);
    committer_deinit(&store->committer);
    applier_deinit(&store->applier);
    recent_set_deinit(&store->recents);
    env_close(&store->env);
    close(store->lock);
    free(store);
}

/* ---- running ---- */

void store_commit(struct store *store, struct batch *batch)
{
    committer_push(&store->committer, batch);
}

void store_quiet(struct store *store, uint16_t shard)
{
    committer_quiet(&store->committer, shard);
}

enum err store_apply_now(struct store *store)
{
    uint64_t position = recent_set_durable(&store->recents);
    committer_seal_now(&store->committer);
    return applier_wait(&store->applier, position) ? ERR_OK : ERR_NO_SPACE;
}

uint64_t store_position(const struct store *store)
{
    return recent_set_durable(&store->recents);
}

bool store_is_read_only(const struct store *store)
{
    return atomic_load(&store->committer.read_only);
}

bool store_is_crowded(const struct store *store)
{
    return recent_set_is_full(&store->recents);
}

void store_metrics(struct store *store, struct metrics *into)
{
    committer_metrics(&store->committer, into);
    applier_metrics(&store->applier, into);
}
