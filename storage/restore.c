/* A restore, in steps:
 *
 *   1. the target is free: not there, or an empty directory
 *   2. MANIFEST is read; data.mdb is copied to DIRECTORY.part, its digest compared on the way
 *   3. in one transaction of the copy: a new store id (records of the old log mean nothing to it),
 *      the head without a segment (the log begins empty, at the copy's position), the floor
 *   4. synced, renamed, the parent synced
 *
 * A crash leaves DIRECTORY.part, which the next attempt takes away. */
#include "base/check.h"
#include "base/sha256.h"
#include "base/prng.h"
#include "storage/backup.h"
#include "storage/floor.h"
#include "storage/folder.h"
#include "storage/head.h"
#include "storage/recover.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024, FILE_MODE = 0600 };

static const char *const store_names[] = {"data.mdb", "lock.mdb", NULL};

/* In use says more than not empty. */
static enum err target_is_free(const char *directory)
{
    enum err err = folder_is_free(directory);
    if (err != ERR_EXISTS)
        return err;
    char lock_path[FOLDER_PATH];
    int lock = -1;
    if (folder_join(lock_path, directory, "LOCK") != ERR_OK || access(lock_path, F_OK) != 0)
        return err; /* no store, and none is begun there */
    if (recover_lock(directory, &lock) == ERR_BUSY)
        return ERR_BUSY;
    if (lock >= 0)
        close(lock);
    return err;
}

static enum err read_manifest(const char *folder, struct manifest *manifest)
{
    char path[FOLDER_PATH];
    uint8_t text[MANIFEST_MAX + 1];
    enum err err = folder_join(path, folder, "MANIFEST");
    if (err != ERR_OK)
        return err;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOTDIR ? ERR_NOT_FOUND : env_err(errno);
    size_t size = 0;
    ssize_t got = 0;
    while (size < sizeof text && (got = read(fd, text + size, sizeof text - size)) != 0) {
        if (got > 0)
            size += (size_t)got;
        else if (errno != EINTR)
            break;
    }
    close(fd);
    return got < 0 ? ERR_IO : manifest_read(bytes_of(text, size), manifest);
}

struct copying {
    struct sha256 hash;
    uint64_t size;
    uint8_t chunk[CHUNK];
};

static enum err copy_chunks(struct copying *copying, int from, int to)
{
    for (;;) {
        ssize_t got = read(from, copying->chunk, sizeof copying->chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0 ? ERR_OK : ERR_IO;
        sha256_add(&copying->hash, bytes_of(copying->chunk, (size_t)got));
        copying->size += (uint64_t)got;
        for (ssize_t done = 0; done < got;) {
            ssize_t wrote = write(to, copying->chunk + done, (size_t)(got - done));
            if (wrote > 0)
                done += wrote;
            else if (wrote == 0 || errno != EINTR)
                return wrote == 0 ? ERR_IO : env_err(errno);
        }
    }
}

static enum err copy_checked(int from, int to, const struct manifest *manifest)
{
    uint8_t sum[MANIFEST_HASH];
    struct copying *copying = calloc(1, sizeof *copying);
    if (copying == NULL)
        return ERR_NO_MEMORY;
    sha256_begin(&copying->hash);
    enum err err = copy_chunks(copying, from, to);
    sha256_end(&copying->hash, sum);
    bool same = copying->size == manifest->size && memcmp(sum, manifest->sha256, sizeof sum) == 0;
    free(copying);
    if (err == ERR_OK && !same)
        err = ERR_BAD_INPUT;
    if (err == ERR_OK && fsync(to) != 0)
        err = ERR_SYNC;
    return err;
}

static enum err copy_data(const char *folder, const char *aside, const struct manifest *manifest)
{
    char from_path[FOLDER_PATH], to_path[FOLDER_PATH];
    enum err err = folder_join(from_path, folder, "data.mdb");
    if (err == ERR_OK)
        err = folder_join(to_path, aside, "data.mdb");
    if (err != ERR_OK)
        return err;
    int from = open(from_path, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return errno == ENOENT ? ERR_BAD_INPUT : env_err(errno);
    int to = open(to_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    err = to < 0 ? env_err(errno) : copy_checked(from, to, manifest);
    if (to >= 0)
        close(to);
    close(from);
    return err;
}

/* A store that was restored today has given numbers above its floor, maybe more than the backup
 * knows of. */
static enum err raise_floor(const struct env *env, MDB_txn *txn,
                            const struct restore_config *config, uint32_t *serial)
{
    struct serial_floor before;
    enum err err = floor_read(env, txn, &before);
    if (err != ERR_OK)
        return err;
    bool again = before.set && before.day == config->floor_day && before.serial >= RESTORE_SERIALS;
    *serial = again ? before.serial + RESTORE_STEP : RESTORE_SERIALS;
    *serial = config->floor > *serial ? config->floor : *serial;
    struct serial_floor floor = {.set = true, .day = config->floor_day, .serial = *serial};
    return floor_write(env, txn, &floor);
}

static enum err begin_anew(const struct env *env, MDB_txn *txn, const struct restore_config *config,
                           uint32_t *serial)
{
    struct head head;
    enum err err = head_read(env, txn, &head);
    if (err != ERR_OK)
        return err;
    head.generation = 0;
    err = head_write(env, txn, &head);
    if (err == ERR_OK)
        err = schema_new_id(env, txn);
    return err == ERR_OK ? raise_floor(env, txn, config, serial) : err;
}

static enum err make_own(const char *aside, const struct restore_config *config,
                         struct restored *out)
{
    struct env env;
    uint8_t id[STORE_ID_SIZE];
    uint32_t format = 0;
    MDB_txn *txn = NULL;
    enum err err = env_open(&env, aside, config->map_gib, false);
    if (err != ERR_OK)
        return err;
    err = schema_open(&env, id, &format);
    if (err == ERR_OK)
        err = env_err(mdb_txn_begin(env.mdb, NULL, 0, &txn));
    if (err == ERR_OK) {
        err = begin_anew(&env, txn, config, &out->floor);
        if (err == ERR_OK)
            err = env_err(mdb_txn_commit(txn));
        else
            mdb_txn_abort(txn);
    }
    env_close(&env);
    return err;
}

enum err store_restore(const struct restore_config *config, struct restored *out)
{
    char aside[FOLDER_PATH], data[FOLDER_PATH], readers[FOLDER_PATH];
    enum err err = folder_aside(aside, config->directory);
    if (err == ERR_OK)
        err = folder_join(data, aside, "data.mdb");
    if (err == ERR_OK)
        err = folder_join(readers, aside, "lock.mdb");
    if (err == ERR_OK)
        err = target_is_free(config->directory);
    if (err == ERR_OK)
        err = read_manifest(config->folder, &out->manifest);
    if (err == ERR_OK)
        err = folder_make(aside, store_names);
    if (err != ERR_OK)
        return err;
    err = copy_data(config->folder, aside, &out->manifest);
    if (err == ERR_OK)
        err = make_own(aside, config, out);
    if (err == ERR_OK && unlink(readers) != 0 && errno != ENOENT)
        err = env_err(errno);
    if (err == ERR_OK)
        err = folder_sync(data);
    if (err == ERR_OK)
        err = folder_place(aside, config->directory);
    if (err != ERR_OK)
        folder_remove(aside, store_names);
    return err;
}
