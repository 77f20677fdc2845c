#include "storage/log_scan.h"
#include "base/check.h"
#include "base/log.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
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

/* Records at and below `behind` are stepped over by their length but not kept, except the last one:
 * it says where the next was to be. */
static enum err scan_bytes(struct log_scan *scan, struct bytes bytes, const struct segment *segment,
                           uint32_t index, const uint8_t store_id[STORE_ID_SIZE], uint64_t behind)
{
    for (size_t at = 0; at + WAL_HEAD_SIZE <= bytes.size;) {
        struct wal_record record;
        if (!wal_parse(bytes_slice(bytes, at, bytes.size - at), store_id, 0, &record)) {
            at += WAL_BLOCK;
            continue;
        }
        if (record.generation != segment->number) {
            enum err err = check_passed(&record, segment, at, behind);
            if (err != ERR_OK)
                return err;
            at += WAL_BLOCK;
            continue;
        }
        if (record.position >= behind) {
            enum err err = add_record(scan, (struct found_record){.position = record.position,
                                                                  .segment = index,
                                                                  .offset = (uint32_t)at,
                                                                  .size = record.size});
            if (err != ERR_OK)
                return err;
        }
        at += record.size;
    }
    return ERR_OK;
}

/* Memory for one segment at a time, kept for the next: fresh pages cost more than reading. */
struct scan_buffer {
    uint8_t *data;
    size_t size;
};

static void buffer_free(struct scan_buffer *buffer)
{
    if (buffer->data != NULL)
        munmap(buffer->data, buffer->size);
    *buffer = (struct scan_buffer){0};
}

static enum err buffer_ensure(struct scan_buffer *buffer, size_t size)
{
    if (size <= buffer->size)
        return ERR_OK;
    buffer_free(buffer);
    void *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED)
        return ERR_NO_MEMORY;
    *buffer = (struct scan_buffer){data, size};
    return ERR_OK;
}

static enum err scan_segment(struct log_scan *scan, const struct segment *segment, uint32_t index,
                             const uint8_t store_id[STORE_ID_SIZE], uint64_t behind,
                             struct scan_buffer *buffer)
{
    struct stat status;
    if (fstat(segment->fd, &status) != 0)
        return ERR_IO;
    if (status.st_size == 0)
        return ERR_OK;
    if (status.st_size > UINT32_MAX)
        return ERR_TOO_LARGE;
    size_t size = (size_t)status.st_size;
    enum err err = buffer_ensure(buffer, size);
    for (size_t done = 0; err == ERR_OK && done < size;) {
        ssize_t got = pread(segment->fd, buffer->data + done, size - done, (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            err = ERR_IO;
        else
            done += (size_t)got;
    }
    /* Behind our own records a foreign one is only what a disk may leave; in the first place it is
     * another store's log, and ours may be the one that is missing. */
    if (err == ERR_OK && wal_is_foreign(bytes_of(buffer->data, size), store_id)) {
        LOG(LOG_ALARM, "log_of_another_store", log_int("segment", (int64_t)segment->number));
        err = ERR_CORRUPT;
    }
    if (err == ERR_OK)
        err = scan_bytes(scan, bytes_of(buffer->data, size), segment, index, store_id, behind);
    return err;
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
    struct scan_buffer buffer = {0};
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < segments_count && err == ERR_OK; i++) {
        err = scan_segment(out, &segments[i], i, store_id, behind, &buffer);
        if (progress != NULL)
            progress(self, (uint32_t)(50 * (uint64_t)(i + 1) / segments_count));
    }
    buffer_free(&buffer);
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
