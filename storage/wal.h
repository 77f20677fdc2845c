/* The log's record: one group of rows, made durable by one sync (DESIGN 5 *The log*).
 *
 * The format stands byte by byte at the head of wal.c; the files that records lie in are
 * segment.h's. Pure; any thread. */
#pragma once
#include "base/bytes.h"
#include "rt/batch.h"
#include "storage/schema.h"

enum { WAL_BLOCK = 4096, WAL_HEAD_SIZE = 64, WAL_ROW_HEAD_SIZE = 6, WAL_FORMAT = 1 };

struct wal_place {
    uint8_t store_id[STORE_ID_SIZE];
    uint64_t position;   /* number of the group */
    uint64_t generation; /* number of the segment it is written to */
};

struct wal_record {
    uint64_t position, generation;
    uint32_t rows;
    uint32_t size;     /* in the file: a multiple of WAL_BLOCK */
    struct bytes body; /* rows, borrowed */
};

struct wal_row {
    bool erased;
    struct bytes stored_key, value; /* borrowed */
};

/* A writer for the rows of one record in `buffer`; then wal_seal. */
struct writer wal_begin(uint8_t *buffer, size_t capacity);
void wal_put_row(struct writer *writer, const struct wal_row *row);
/* Fills in the head and pads with zeroes. Returns the size to write; CHECKs that it fitted. */
uint32_t wal_seal(struct writer *writer, uint8_t *buffer, const struct wal_place *place,
                  uint32_t rows);
/* What `rows_size` bytes of rows take in the file. */
size_t wal_record_size(size_t rows_size);

/* How many bytes the record that may begin here says it has, head and rows; 0: none begins here.
 * Needs WAL_HEAD_SIZE bytes; nothing is checked but the magic. */
size_t wal_claimed_size(struct bytes bytes);
/* Is there a good record of this store and generation (0: of any) at the begin of `bytes`? */
bool wal_parse(struct bytes bytes, const uint8_t store_id[STORE_ID_SIZE], uint64_t generation,
               struct wal_record *record);
/* Does a good record of another store stand at the begin of `bytes`, of whatever generation? */
bool wal_is_foreign(struct bytes bytes, const uint8_t store_id[STORE_ID_SIZE]);
/* The next row of a record's body. False at the end or, with rows->failed, on bytes that are no
 * row. */
bool wal_next_row(struct reader *rows, struct wal_row *row);
