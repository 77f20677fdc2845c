/* All good records of a log behind a position, wherever they lie: what recovery replays (or
 * refuses).
 *
 * Every 4 KiB of every segment is looked at, so that a good record behind a damaged one is found.
 * One thread. */
#pragma once
#include "storage/segment.h"
#include "storage/wal.h"

struct found_record {
    uint64_t position;
    uint32_t segment; /* index into the list of segments */
    uint32_t offset, size;
};

struct log_scan {
    struct found_record *records; /* ascending by position */
    size_t count, capacity;
    size_t replay; /* the first so many follow on `behind` without gap */
};

/* ERR_CORRUPT: a record is missing before a later good one, or stands twice, or a segment begins
 * with a record of another store (somebody put it there); logged with place. */
enum err log_scan(const struct segment *segments, size_t segments_count,
                  const uint8_t store_id[STORE_ID_SIZE], uint64_t behind,
                  void (*progress)(void *self, uint32_t percent), void *self,
                  struct log_scan *out) MUST_CHECK;
void log_scan_free(struct log_scan *scan);
