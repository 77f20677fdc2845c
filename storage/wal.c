/* A record, at a multiple of 4 KiB in its segment, never over its end. Integers are big-endian.
 *
 *   offset  size
 *        0     8  magic "BAOBEILG"
 *        8     4  CRC-32C over bytes 0..7 and all from 12 to the end of the rows
 *       12     2  format, 1
 *       14     2  zero
 *       16    16  store id
 *       32     8  position: number of the group, from 1, without gap
 *       40     8  generation: number of the segment
 *       48     4  length: head and rows, without padding
 *       52     4  rows
 *       56     8  zero
 *       64     …  rows, each:
 *                   1  kind: 1 put, 2 erase
 *                   1  zero
 *                   2  size of the stored key (keys.h)
 *                   2  size of the value; 0 for erase
 *                   …  stored key, value
 *        …     …  zeroes up to the next multiple of 4 KiB
 *
 * Appended rows stand with the number that they were given and, in `audit`, with their link: replay
 * repeats both instead of making them anew. A record whose store id or generation is another one is
 * old and counts as absent: a segment's earlier use. (A segment that begins with another store's is
 * refused: log_scan.c.) */
#include "storage/wal.h"
#include "base/check.h"
#include "storage/keys.h"
#include "storage/row.h"
#include <string.h>

static const char magic[8] = {'B', 'A', 'O', 'B', 'E', 'I', 'L', 'G'};

enum {
    CHECKSUM_AT = 8,
    CHECKSUM_END = 12,
    ID_AT = 16,
    LENGTH_AT = 48,
    KIND_PUT = 1,
    KIND_ERASE = 2
};

size_t wal_record_size(size_t rows_size)
{
    CHECK(rows_size < SIZE_MAX - WAL_HEAD_SIZE - WAL_BLOCK);
    return (WAL_HEAD_SIZE + rows_size + WAL_BLOCK - 1) / WAL_BLOCK * WAL_BLOCK;
}

struct writer wal_begin(uint8_t *buffer, size_t capacity)
{
    CHECK(capacity >= WAL_BLOCK);
    struct writer writer = writer_on(buffer, capacity);
    static const uint8_t blank[WAL_HEAD_SIZE] = {0};
    write_raw(&writer, bytes_of(blank, sizeof blank));
    return writer;
}

void wal_put_row(struct writer *writer, const struct wal_row *row)
{
    CHECK(row->stored_key.size > 1 && row->stored_key.size < STORED_KEY_MAX);
    CHECK(row->value.size <= UINT16_MAX);
    CHECK(!row->erased || row->value.size == 0);
    write_u8(writer, row->erased ? KIND_ERASE : KIND_PUT);
    write_u8(writer, 0);
    write_u16(writer, (uint16_t)row->stored_key.size);
    write_u16(writer, (uint16_t)row->value.size);
    write_raw(writer, row->stored_key);
    write_raw(writer, row->value);
}

static uint32_t record_checksum(struct bytes record)
{
    uint32_t crc = bytes_crc32c(0, bytes_slice(record, 0, CHECKSUM_AT));
    return bytes_crc32c(crc, bytes_slice(record, CHECKSUM_END, record.size - CHECKSUM_END));
}

uint32_t wal_seal(struct writer *writer, uint8_t *buffer, const struct wal_place *place,
                  uint32_t rows)
{
    CHECK(!writer->failed && writer->data == buffer);
    CHECK(place->position > 0 && place->generation > 0 && rows > 0);
    size_t length = writer->size, size = wal_record_size(length - WAL_HEAD_SIZE);
    CHECK(size <= writer->capacity && size <= UINT32_MAX);
    memset(buffer + length, 0, size - length);
    struct writer head = writer_on(buffer, WAL_HEAD_SIZE);
    write_raw(&head, bytes_of(magic, sizeof magic));
    write_u32(&head, 0);
    write_u16(&head, WAL_FORMAT);
    write_u16(&head, 0);
    write_raw(&head, bytes_of(place->store_id, STORE_ID_SIZE));
    write_u64(&head, place->position);
    write_u64(&head, place->generation);
    write_u32(&head, (uint32_t)length);
    write_u32(&head, rows);
    write_u64(&head, 0);
    CHECK(!head.failed && head.size == WAL_HEAD_SIZE);
    struct writer checksum = writer_on(buffer + CHECKSUM_AT, CHECKSUM_END - CHECKSUM_AT);
    write_u32(&checksum, record_checksum(bytes_of(buffer, length)));
    return (uint32_t)size;
}

size_t wal_claimed_size(struct bytes bytes)
{
    if (bytes.size < WAL_HEAD_SIZE || memcmp(bytes.data, magic, sizeof magic) != 0)
        return 0;
    struct reader length = reader_of(bytes_slice(bytes, LENGTH_AT, sizeof(uint32_t)));
    return read_u32(&length);
}

bool wal_parse(struct bytes bytes, const uint8_t store_id[STORE_ID_SIZE], uint64_t generation,
               struct wal_record *record)
{
    struct reader head = reader_of(bytes);
    struct bytes found_magic = read_raw(&head, sizeof magic);
    if (head.failed || memcmp(found_magic.data, magic, sizeof magic) != 0)
        return false;
    uint32_t checksum = read_u32(&head);
    uint16_t format = read_u16(&head);
    read_u16(&head);
    struct bytes id = read_raw(&head, STORE_ID_SIZE);
    record->position = read_u64(&head);
    record->generation = read_u64(&head);
    uint32_t length = read_u32(&head);
    record->rows = read_u32(&head);
    if (head.failed || format != WAL_FORMAT || memcmp(id.data, store_id, STORE_ID_SIZE) != 0)
        return false;
    if ((generation != 0 && record->generation != generation) || record->position == 0)
        return false;
    if (length <= WAL_HEAD_SIZE || length > bytes.size)
        return false;
    if (checksum != record_checksum(bytes_slice(bytes, 0, length)))
        return false;
    record->body = bytes_slice(bytes, WAL_HEAD_SIZE, length - WAL_HEAD_SIZE);
    record->size = (uint32_t)wal_record_size(record->body.size);
    return true;
}

bool wal_is_foreign(struct bytes bytes, const uint8_t store_id[STORE_ID_SIZE])
{
    struct wal_record record;
    struct reader head = reader_of(bytes);
    read_raw(&head, ID_AT);
    struct bytes id = read_raw(&head, STORE_ID_SIZE);
    read_u64(&head);
    uint64_t generation = read_u64(&head);
    return !head.failed && memcmp(id.data, store_id, STORE_ID_SIZE) != 0 &&
           wal_parse(bytes, id.data, generation, &record);
}

bool wal_next_row(struct reader *rows, struct wal_row *row)
{
    if (rows->failed || rows->rest.size == 0)
        return false;
    uint8_t kind = read_u8(rows);
    read_u8(rows);
    uint16_t key_size = read_u16(rows), value_size = read_u16(rows);
    row->erased = kind == KIND_ERASE;
    row->stored_key = read_raw(rows, key_size);
    row->value = read_raw(rows, value_size);
    bool good = (kind == KIND_PUT || (kind == KIND_ERASE && value_size == 0)) && key_size > 1 &&
                key_size < STORED_KEY_MAX && value_size <= ROW_STORED_MAX - ROW_CHECKSUM_SIZE;
    if (!good)
        rows->failed = true;
    return !rows->failed;
}
