/* A backup, in steps:
 *
 *   1. everything durable at this moment is applied: what was acknowledged before is in LMDB
 *   2. FOLDER.part is made
 *   3. mdb_env_copyfd2 writes LMDB's pages of one transaction into a pipe; a second thread takes
 * them out at the pace that was asked for, into the file and into its digest
 *   4. the file is synced, MANIFEST written and synced, the folder renamed, its parent synced
 *
 * A crash leaves FOLDER.part, which the next attempt takes away. LMDB holds its writer's lock only
 * while its two head pages go into the pipe. */
#include "storage/backup.h"
#include "base/check.h"
#include "base/sha256.h"
#include "storage/clock.h"
#include "storage/folder.h"
#include "storage/parts.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024, FILE_MODE = 0600 };

static const char *const backup_names[] = {"data.mdb", "MANIFEST", NULL};

/* What goes through the pipe, on its way into the file. */
struct mover {
    int from, to;
    const struct backup_config *config;
    struct sha256 hash;
    uint64_t size;
    enum err err;
    uint8_t chunk[CHUNK];
};

/* Rests until `size` bytes are due at this pace. */
static void keep_pace(int64_t begun_us, uint64_t size, uint32_t mib_s)
{
    if (mib_s == 0)
        return;
    int64_t due_us = begun_us + (int64_t)(size / 1024 * 1000000 / ((uint64_t)mib_s * 1024));
    int64_t wait_us = due_us - clock_us();
    struct timespec rest = {.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000};
    while (wait_us > 0 && nanosleep(&rest, &rest) != 0)
        CHECK(errno == EINTR);
}

static enum err write_chunk(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t wrote = write(fd, data, size);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return wrote == 0 ? ERR_IO : env_err(errno);
        data += wrote;
        size -= (size_t)wrote;
    }
    return ERR_OK;
}

static enum err mover_step(struct mover *mover, bool *end)
{
    const atomic_bool *stop = mover->config->stop;
    if (stop != NULL && atomic_load(stop))
        return ERR_CLOSED;
    ssize_t got = read(mover->from, mover->chunk, sizeof mover->chunk);
    if (got < 0)
        return errno == EINTR ? ERR_OK : ERR_IO;
    *end = got == 0;
    sha256_add(&mover->hash, bytes_of(mover->chunk, (size_t)got));
    mover->size += (uint64_t)got;
    return write_chunk(mover->to, mover->chunk, (size_t)got);
}

static void *mover_run(void *self)
{
    struct mover *mover = self;
    int64_t begun_us = clock_us();
    for (bool end = false; !end && mover->err == ERR_OK;) {
        mover->err = mover_step(mover, &end);
        keep_pace(begun_us, mover->size, mover->config->mib_s);
    }
    close(mover->from); /* LMDB's thread, should it still write, is told so */
    return NULL;
}

/* A pipe without a reader is an error for the one who writes, not the end of the process. */
static enum err copy_quietly(MDB_env *mdb, int to)
{
    sigset_t broken, before;
    (void)sigemptyset(&broken);
    (void)sigaddset(&broken, SIGPIPE);
    int failed = pthread_sigmask(SIG_BLOCK, &broken, &before);
    CHECK(failed == 0);
    enum err err = env_err(mdb_env_copyfd2(mdb, to, 0));
    if (sigismember(&before, SIGPIPE) == 0) {
        (void)sigtimedwait(&broken, NULL, &(struct timespec){0});
    }
    failed = pthread_sigmask(SIG_SETMASK, &before, NULL);
    CHECK(failed == 0);
    return err;
}

/* Steps 3 and the sync of 4. */
static enum err copy_pages(struct env *env, struct mover *mover, struct manifest *manifest)
{
    int pipe_ends[2];
    if (pipe2(pipe_ends, O_CLOEXEC) != 0)
        return env_err(errno);
    mover->from = pipe_ends[0];
    sha256_begin(&mover->hash);
    pthread_t thread;
    enum err err = ERR_NO_MEMORY;
    if (pthread_create(&thread, NULL, mover_run, mover) == 0) {
        err = copy_quietly(env->mdb, pipe_ends[1]);
        close(pipe_ends[1]);
        pthread_join(thread, NULL);
        err = mover->err != ERR_OK ? mover->err : err;
    } else {
        close(pipe_ends[0]);
        close(pipe_ends[1]);
    }
    sha256_end(&mover->hash, manifest->sha256);
    manifest->size = mover->size;
    if (err == ERR_OK && fsync(mover->to) != 0)
        err = ERR_SYNC;
    return err;
}

/* The position that the copy stands at; the copy is not the running store's file. */
static enum err copy_position(const char *data, struct manifest *manifest)
{
    struct env env = {0};
    struct head head;
    MDB_txn *txn = NULL;
    enum err err = env_err(mdb_env_create(&env.mdb));
    if (err != ERR_OK)
        return err;
    err = env_err(mdb_env_set_maxdbs(env.mdb, 2));
    if (err == ERR_OK)
        err = env_err(mdb_env_open(env.mdb, data, MDB_RDONLY | MDB_NOLOCK | MDB_NOSUBDIR, 0));
    if (err == ERR_OK)
        err = schema_open(&env, manifest->store_id, &manifest->store_format);
    if (err == ERR_OK)
        err = env_err(mdb_txn_begin(env.mdb, NULL, MDB_RDONLY, &txn));
    if (err == ERR_OK) {
        err = head_read(&env, txn, &head);
        mdb_txn_abort(txn);
    }
    if (err == ERR_OK)
        manifest->position = head.position;
    env_close(&env);
    return err;
}

static enum err copy_into(struct store *store, const char *aside,
                          const struct backup_config *config, struct manifest *manifest)
{
    char path[FOLDER_PATH], text[MANIFEST_MAX];
    enum err err = folder_join(path, aside, "data.mdb");
    if (err != ERR_OK)
        return err;
    struct mover *mover = calloc(1, sizeof *mover);
    if (mover == NULL)
        return ERR_NO_MEMORY;
    mover->config = config;
    mover->to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    err = mover->to < 0 ? env_err(errno) : copy_pages(&store->env, mover, manifest);
    if (mover->to >= 0)
        close(mover->to);
    free(mover);
    if (err == ERR_OK)
        err = copy_position(path, manifest);
    size_t size = err == ERR_OK ? manifest_print(manifest, text) : 0;
    if (err == ERR_OK)
        err = folder_join(path, aside, "MANIFEST");
    return err == ERR_OK ? folder_write(path, bytes_of(text, size)) : err;
}

enum err store_backup(struct store *store, const struct backup_config *config, struct manifest *out)
{
    char aside[FOLDER_PATH];
    uint64_t durable = store_position(store);
    enum err err = folder_aside(aside, config->folder);
    if (err == ERR_OK)
        err = folder_is_free(config->folder);
    if (err == ERR_OK)
        err = store_apply_now(store);
    if (err == ERR_OK)
        err = folder_make(aside, backup_names);
    if (err != ERR_OK)
        return err;
    *out = (struct manifest){.begun_at = config->now};
    err = copy_into(store, aside, config, out);
    if (err == ERR_OK) {
        CHECK(out->position >= durable);
        err = folder_place(aside, config->folder);
    }
    if (err != ERR_OK)
        folder_remove(aside, backup_names);
    return err;
}
