/* The six steps, each of which may be cut short by a crash and is then done again:
 *
 *   1. take the data directory's LOCK (flock): the server and the offline commands do; nobody else
 * ever opens data.mdb                                                              (recover_lock)
 *   2. open LMDB, free dead readers, read the head: position P                     (env.c,
 * schema.c)
 *   3. read all good records behind P; one whose generation or store id is not the expected one is
 * old and counts as absent                                                        (log_scan.c)
 *   4. the first absent or bad record N: no good one above N: the tail was never acknowledged,
 * since one group is in flight at a time: cut. One: the log is damaged: refuse, with segment,
 * offset, position
 *   5. apply the records to LMDB, in transactions of some 16 MiB, synchronously: a good tail in the
 *      page cache may not be on the disk, so nothing is answered before this; begin a new segment,
 * in files that all are passed now
 *   6. the caller starts loops, wakes actors, opens the doors */
#include "storage/recover.h"
#include "base/check.h"
#include "base/log.h"
#include "storage/apply.h"
#include "storage/log_scan.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Small steps need little room at once: a store that ran on a full disk must come up on it too. */
enum { STEP_BYTES_MAX = 16 << 20, STEP_BYTES_MIN = 1 << 20, LOCK_MODE = 0600, LOG_MODE = 0700 };

enum err recover_lock(const char *directory, int *lock)
{
    char path[4096];
    int size = snprintf(path, sizeof path, "%s/LOCK", directory);
    if (size < 0 || (size_t)size >= sizeof path)
        return ERR_TOO_LARGE;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, LOCK_MODE);
    if (fd < 0) {
        bool absent = errno == ENOENT || errno == ENOTDIR;
        return absent ? ERR_NOT_FOUND : errno == ENOSPC ? ERR_NO_SPACE : ERR_IO;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        enum err err = errno == EWOULDBLOCK ? ERR_BUSY : ERR_IO;
        close(fd);
        return err;
    }
    *lock = fd;
    return ERR_OK;
}

/* ---- step 5: replay ---- */

struct replay {
    struct env *env;
    const uint8_t *store_id;
    const struct segment *segments;
    struct recent *table;
    struct head head;
    uint8_t *buffer;
    size_t buffer_size;
    uint64_t rows;
};

static enum err apply_step(struct replay *replay)
{
    replay->table->head = replay->head;
    enum err err = env_reserve(replay->env, replay->table->newest_bytes);
    uint64_t rows = 0;
    if (err == ERR_OK)
        err = apply_table(replay->env, replay->table, &rows);
    recent_free(replay->table);
    replay->table = NULL;
    return err;
}

static enum err insert_record(struct replay *replay, const struct wal_record *record)
{
    if (replay->table == NULL)
        replay->table = recent_new();
    if (replay->table == NULL)
        return ERR_NO_MEMORY;
    struct reader rows = reader_of(record->body);
    struct wal_row row;
    uint32_t count = 0;
    for (; wal_next_row(&rows, &row); count++) {
        if (!row.erased && !head_follow(&replay->head, row.stored_key, row.value))
            return ERR_CORRUPT;
        enum err err =
            recent_insert(replay->table, row.stored_key, row.value, row.erased, record->position);
        if (err != ERR_OK)
            return err;
    }
    if (!reader_done(&rows) || count != record->rows)
        return ERR_CORRUPT;
    replay->rows += count;
    replay->head.position = record->position;
    replay->head.generation = record->generation;
    return ERR_OK;
}

static enum err read_record(struct replay *replay, const struct found_record *found,
                            struct wal_record *record)
{
    if (found->size > replay->buffer_size) {
        uint8_t *larger = realloc(replay->buffer, found->size);
        if (larger == NULL)
            return ERR_NO_MEMORY;
        replay->buffer = larger;
        replay->buffer_size = found->size;
    }
    const struct segment *segment = &replay->segments[found->segment];
    for (size_t done = 0; done < found->size;) {
        ssize_t got = pread(segment->fd, replay->buffer + done, found->size - done,
                            (off_t)found->offset + (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return ERR_IO;
        done += (size_t)got;
    }
    bool good =
        wal_parse(bytes_of(replay->buffer, found->size), replay->store_id, segment->number, record);
    return good && record->position == found->position ? ERR_OK : ERR_IO;
}

/* Reads records from `*at` on and applies them as one step; `*at` is then behind them, and
 * unchanged with an error. */
static enum err replay_step(struct replay *replay, const struct log_scan *scan, size_t step_bytes,
                            void (*progress)(void *self, uint32_t percent), void *self, size_t *at)
{
    size_t first = scan->count - scan->replay;
    struct head head = replay->head;
    uint64_t rows = replay->rows;
    size_t next = *at;
    bool full = false;
    enum err err = ERR_OK;
    while (err == ERR_OK && !full) {
        struct wal_record record;
        err = read_record(replay, &scan->records[next], &record);
        if (err == ERR_OK)
            err = insert_record(replay, &record);
        next++;
        if (err == ERR_OK &&
            progress != NULL) /* of reading: the last step is still to be applied */
            progress(self, (uint32_t)(50 + 49 * (next - first) / scan->replay));
        full = err == ERR_OK && (replay->table->bytes >= step_bytes || next == scan->count);
    }
    if (err == ERR_OK)
        err = apply_step(replay);
    if (err == ERR_OK) {
        *at = next;
        return ERR_OK;
    }
    enum log_level level =
        err == ERR_NO_SPACE && step_bytes > STEP_BYTES_MIN ? LOG_WARN : LOG_ALARM;
    LOG(level, "log_replay", log_text("err", err_name(err)),
        log_int("position", (int64_t)scan->records[next - 1].position));
    replay->head = head;
    replay->rows = rows;
    return err;
}

static enum err replay_all(struct replay *replay, const struct log_scan *scan,
                           void (*progress)(void *self, uint32_t percent), void *self)
{
    size_t step_bytes = STEP_BYTES_MAX;
    for (size_t at = scan->count - scan->replay; at < scan->count;) {
        enum err err = replay_step(replay, scan, step_bytes, progress, self, &at);
        if (err == ERR_NO_SPACE && step_bytes > STEP_BYTES_MIN) {
            step_bytes /= 4;
            continue;
        }
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err replay_log(struct env *env, const uint8_t *store_id, const struct segment *segments,
                           const struct log_scan *scan,
                           void (*progress)(void *self, uint32_t percent), void *self,
                           struct recovered *out)
{
    struct replay replay = {
        .env = env, .store_id = store_id, .segments = segments, .head = out->head};
    enum err err = replay_all(&replay, scan, progress, self);
    if (replay.table != NULL)
        recent_free(replay.table);
    free(replay.buffer);
    out->head = replay.head;
    out->replayed_groups = scan->replay;
    out->replayed_rows = replay.rows;
    return err;
}

/* ---- the log's files ---- */

static enum err open_log_directory(const char *directory, int *out)
{
    int parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0)
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    enum err err = ERR_OK;
    if (mkdirat(parent, "log", LOG_MODE) == 0) {
        if (fsync(parent) != 0)
            err = ERR_SYNC;
    } else if (errno != EEXIST) {
        err = errno == ENOSPC ? ERR_NO_SPACE : ERR_IO;
    }
    *out = err == ERR_OK ? openat(parent, "log", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    close(parent);
    if (err == ERR_OK && *out < 0)
        err = ERR_IO;
    return err;
}

/* All files are passed: one becomes the new segment, the others go ahead or away. Takes over
 * `list`'s files. */
static enum err begin_segment(struct segment *list, size_t count, struct recovered *out)
{
    struct segments *segments = &out->segments;
    segments->last_number = out->head.generation;
    if (count > 0 && list[count - 1].number > segments->last_number)
        segments->last_number = list[count - 1].number;
    enum err err = ERR_OK;
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        bool usable = err == ERR_OK && fstat(list[i].fd, &status) == 0 &&
                      status.st_size == segments->size && segments->ahead_count < SEGMENTS_AHEAD;
        uint64_t number = segments->last_number + 1;
        if (usable) {
            err = segment_recycle(segments->directory, &list[i], number);
        } else if (err == ERR_OK) {
            segment_unlink(segments->directory, &list[i]);
            continue;
        }
        if (err != ERR_OK) {
            segment_close(&list[i]);
            continue;
        }
        segments->last_number = number;
        if (out->current.number == 0)
            out->current = list[i];
        else
            segments_add(segments, list[i]);
    }
    if (err == ERR_OK && out->current.number == 0) {
        err = segment_make(segments->directory, segments->last_number + 1, segments->size,
                           &out->current);
        segments->last_number++;
    }
    return err;
}

static enum err read_head(struct env *env, struct head *head)
{
    MDB_txn *txn = NULL;
    enum err err = env_err(mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &txn));
    if (err != ERR_OK)
        return err;
    err = head_read(env, txn, head);
    mdb_txn_abort(txn);
    return err;
}

/* The segment that LMDB's last group lies in has a file, under its number or a later one: else the
 * log was taken away, and acknowledged groups with it. */
static enum err check_presence(const struct head *head, const struct segment *list, size_t count)
{
    if (head->generation == 0 || (count > 0 && list[count - 1].number >= head->generation))
        return ERR_OK;
    LOG(LOG_ALARM, "log_missing", log_int("segment", (int64_t)head->generation),
        log_int("position", (int64_t)head->position));
    return ERR_CORRUPT;
}

enum err recover_log(struct env *env, const char *directory, uint32_t segment_size,
                     const uint8_t store_id[STORE_ID_SIZE],
                     void (*progress)(void *self, uint32_t percent), void *self,
                     struct recovered *out)
{
    *out = (struct recovered){.segments = {.directory = -1, .size = segment_size}};
    struct segment *list = NULL;
    size_t count = 0;
    struct log_scan scan = {0};
    enum err err = read_head(env, &out->head);
    uint64_t position = out->head.position;
    if (err == ERR_OK)
        err = open_log_directory(directory, &out->segments.directory);
    if (err == ERR_OK)
        err = segment_list(out->segments.directory, &list, &count);
    if (err == ERR_OK)
        err = check_presence(&out->head, list, count);
    if (err == ERR_OK)
        err = log_scan(list, count, store_id, position, progress, self, &scan);
    if (err == ERR_OK)
        err = replay_log(env, store_id, list, &scan, progress, self, out);
    log_scan_free(&scan);
    if (err == ERR_OK)
        err = begin_segment(list, count, out);
    else
        for (size_t i = 0; i < count; i++)
            segment_close(&list[i]);
    free(list);
    if (err != ERR_OK) {
        segment_close(&out->current);
        segments_close(&out->segments);
        return err;
    }
    LOG(LOG_INFO, "log_recovered", log_int("from", (int64_t)position),
        log_int("position", (int64_t)out->head.position),
        log_int("groups", (int64_t)out->replayed_groups),
        log_int("rows", (int64_t)out->replayed_rows));
    return ERR_OK;
}
