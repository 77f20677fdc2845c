#include "storage/log_scan.h"
#include "base/check.h"
#include "base/log.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err add_record(struct log_scan *scan, struct found_record found)
{
    if (scan->count == scan->capacity) {
        size_t capacity = scan->capacity == 0 ? 256 : scan->capacity * 2;
        struct found_record *more = realloc(scan->records, capacity * sizeof *more);
        if (more == NULL)
            return ERR_NO_MEMORY;
        scan->records = more;
        scan->capacity = capacity;
    }
    scan->records[scan->count++] = found;
    return ERR_OK;
}

/* A file is used again only when LMDB durably holds all that lay in it. So what is left of its
 * earlier use is at or below LMDB's position, or LMDB has gone back: a head page of it is damaged,
 * and it fell back on the one before. */
static enum err check_passed(const struct wal_record *record, const struct segment *segment,
                             size_t offset, uint64_t behind)
{
    if (record->generation > segment->number || record->position <= behind)
        return ERR_OK;
    LOG(LOG_ALARM, "store_behind_log", log_int("position", (int64_t)behind),
        log_int("passed", (int64_t)record->position), log_int("segment", (int64_t)segment->number),
        log_int("offset", (int64_t)offset));
    return ERR_CORRUPT;
}

/* A stretch of a segment in memory: small, since bytes that stay in the processor's cache are
 * looked at several times as fast, and as large as its largest record. Kept for the next segment.
 */
struct window {
    const struct segment *segment;
    uint8_t *data;
    size_t capacity, from, size,
        end; /* holds `size` bytes of the file from `from`; the file's end */
};

enum { WINDOW_SIZE = 256 * 1024 };

static enum err window_ensure(struct window *window, size_t capacity)
{
    if (capacity <= window->capacity)
        return ERR_OK;
    free(window->data);
    window->data = malloc(capacity);
    window->capacity = window->data == NULL ? 0 : capacity;
    window->size = 0;
    return window->data == NULL ? ERR_NO_MEMORY : ERR_OK;
}

/* Reads on from `at`, at least `size` bytes if the file has them. */
static enum err window_read(struct window *window, size_t at, size_t size)
{
    enum err err = window_ensure(window, size > WINDOW_SIZE ? size : WINDOW_SIZE);
    if (err != ERR_OK)
        return err;
    size_t left = window->end - at, wanted = left < window->capacity ? left : window->capacity;
    window->from = at;
    window->size = 0;
    while (window->size < wanted) {
        ssize_t got = pread(window->segment->fd, window->data + window->size, wanted - window->size,
                            (off_t)(at + window->size));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return ERR_IO;
        window->size += (size_t)got;
    }
    return ERR_OK;
}

static struct bytes window_bytes(const struct window *window, size_t at)
{
    size_t skipped = at - window->from;
    return skipped < window->size ? bytes_of(window->data + skipped, window->size - skipped)
                                  : bytes_of(NULL, 0);
}

/* What lies at `at`: a whole record if there is one. */
static enum err window_at(struct window *window, size_t at, struct bytes *bytes)
{
    enum err err = ERR_OK;
    if (window_bytes(window, at).size < WAL_HEAD_SIZE)
        err = window_read(window, at, WAL_HEAD_SIZE);
    size_t size = err == ERR_OK ? wal_claimed_size(window_bytes(window, at)) : 0;
    if (size > window_bytes(window, at).size && size <= window->end - at)
        err = window_read(window, at, size);
    if (err == ERR_OK)
        *bytes = window_bytes(window, at);
    return err;
}

static enum err keep_record(struct log_scan *scan, const struct wal_record *record,
                            const struct segment *segment, uint32_t index, size_t at,
                            uint64_t behind)
{
    if (record->generation != segment->number)
        return check_passed(record, segment, at, behind);
    if (record->position < behind)
        return ERR_OK;
    return add_record(scan, (struct found_record){.position = record->position,
                                                  .segment = index,
                                                  .offset = (uint32_t)at,
                                                  .size = record->size});
}

/* Records at and below `behind` are stepped over by their length but not kept, except the last one:
 * it says where the next was to be. */
static enum err scan_window(struct log_scan *scan, struct window *window, uint32_t index,
                            const uint8_t store_id[STORE_ID_SIZE], uint64_t behind)
{
    const struct segment *segment = window->segment;
    enum err err = ERR_OK;
    for (size_t at = 0; err == ERR_OK && at + WAL_HEAD_SIZE <= window->end;) {
        struct bytes bytes;
        struct wal_record record;
        err = window_at(window, at, &bytes);
        if (err != ERR_OK)
            break;
        bool good = wal_parse(bytes, store_id, 0, &record);
        if (good)
            err = keep_record(scan, &record, segment, index, at, behind);
        at += good && record.generation == segment->number ? record.size : WAL_BLOCK;
    }
    return err;
}

static enum err scan_segment(struct log_scan *scan, struct window *window, uint32_t index,
                             const uint8_t store_id[STORE_ID_SIZE], uint64_t behind)
{
    struct stat status;
    if (fstat(window->segment->fd, &status) != 0)
        return ERR_IO;
    if (status.st_size == 0)
        return ERR_OK;
    if (status.st_size > UINT32_MAX)
        return ERR_TOO_LARGE;
    window->end = (size_t)status.st_size;
    window->from = window->size = 0;
    struct bytes first;
    enum err err = window_at(window, 0, &first);
    /* Behind our own records a foreign one is only what a disk may leave; in the first place it is
     * another store's log, and ours may be the one that is missing. */
    if (err == ERR_OK && wal_is_foreign(first, store_id)) {
        LOG(LOG_ALARM, "log_of_another_store",
            log_int("segment", (int64_t)window->segment->number));
        err = ERR_CORRUPT;
    }
    return err == ERR_OK ? scan_window(scan, window, index, store_id, behind) : err;
}

static int by_position(const void *left, const void *right)
{
    const struct found_record *a = left, *b = right;
    return a->position < b->position ? -1 : a->position > b->position;
}

/* The log line that a person repairs by: which record is not there, and where it was to be. */
static enum err refuse(const struct log_scan *scan, const struct segment *segments,
                       uint64_t missing, size_t later)
{
    const struct found_record *before = later > 0 ? &scan->records[later - 1] : NULL;
    const struct found_record *behind = &scan->records[later];
    uint64_t number = segments[before != NULL ? before->segment : behind->segment].number;
    LOG(LOG_ALARM, "log_damaged", log_int("position", (int64_t)missing),
        log_int("segment", (int64_t)number),
        log_int("offset", before != NULL ? (int64_t)before->offset + before->size : 0),
        log_int("later_position", (int64_t)behind->position),
        log_int("later_segment", (int64_t)segments[behind->segment].number),
        log_int("later_offset", behind->offset));
    return ERR_CORRUPT;
}

/* Sorted records must go on one by one from `behind`. */
static enum err check_sequence(struct log_scan *scan, const struct segment *segments,
                               uint64_t behind)
{
    uint64_t expected = behind + 1;
    for (size_t i = 0; i < scan->count; i++) {
        if (scan->records[i].position == behind && i == 0)
            continue;
        if (scan->records[i].position != expected)
            return refuse(scan, segments, expected, i);
        expected++;
    }
    scan->replay = (size_t)(expected - behind - 1);
    return ERR_OK;
}

enum err log_scan(const struct segment *segments, size_t segments_count,
                  const uint8_t store_id[STORE_ID_SIZE], uint64_t behind,
                  void (*progress)(void *self, uint32_t percent), void *self, struct log_scan *out)
{
    *out = (struct log_scan){0};
    struct window window = {0};
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < segments_count && err == ERR_OK; i++) {
        window.segment = &segments[i];
        err = scan_segment(out, &window, i, store_id, behind);
        if (progress != NULL)
            progress(self, (uint32_t)(50 * (uint64_t)(i + 1) / segments_count));
    }
    free(window.data);
    if (err == ERR_OK && out->count > 1)
        qsort(out->records, out->count, sizeof *out->records, by_position);
    if (err == ERR_OK)
        err = check_sequence(out, segments, behind);
    if (err != ERR_OK)
        log_scan_free(out);
    return err;
}

void log_scan_free(struct log_scan *scan)
{
    free(scan->records);
    scan->records = NULL;
    scan->count = scan->replay = 0;
}
