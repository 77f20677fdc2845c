/* Records of the log as recovery reads them: as they are, and with a checksum that holds, since no
 * fuzzer guesses one (DESIGN 5 *The log*). Rows of LMDB besides. */
#include "storage/row.h"
#include "storage/wal.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

static const uint8_t store_id[STORE_ID_SIZE] = "fuzzed store id";

enum { ROWS_MAX = 16 * 1024, CHECKSUM_AT = 8, CHECKSUM_END = 12 };

static uint32_t rows_look(struct bytes body)
{
    struct reader rows = reader_of(body);
    struct wal_row row;
    uint32_t count = 0;
    while (wal_next_row(&rows, &row)) {
        CHECK(row.stored_key.size > 1 && row.stored_key.size < STORED_KEY_MAX);
        CHECK(!row.erased || row.value.size == 0);
        struct bytes visible;
        uint8_t stored[ROW_CHECKSUM_SIZE + UINT16_MAX];
        struct bytes back;
        (void)row_visible(row.stored_key, row.value, &visible);
        row_encode(stored, row.stored_key, row.value);
        bool good =
            row_decode(row.stored_key, bytes_of(stored, ROW_CHECKSUM_SIZE + row.value.size), &back);
        CHECK(good && bytes_equal(back, row.value));
        count++;
    }
    return count;
}

static void record_look(struct bytes bytes)
{
    struct wal_record record;
    if (!wal_parse(bytes, store_id, 1, &record))
        return;
    CHECK(record.body.size <= bytes.size && record.size % WAL_BLOCK == 0);
    (void)rows_look(record.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t record[ROWS_MAX + 2 * WAL_BLOCK];
    struct bytes value;
    if (size > ROWS_MAX)
        return 0;
    record_look(bytes_of(data, size));
    (void)row_decode(BYTES_LITERAL("\x01key"), bytes_of(data, size), &value);
    /* The input as the rows of a whole record, and as a whole record whose checksum holds. */
    struct writer writer = wal_begin(record, sizeof record);
    write_raw(&writer, bytes_of(data, size));
    if (size > 0) {
        struct wal_place place = {.position = 1, .generation = 1};
        memcpy(place.store_id, store_id, sizeof place.store_id);
        (void)wal_seal(&writer, record, &place, 1);
        record_look(bytes_of(record, writer.size));
    }
    if (size < WAL_HEAD_SIZE)
        return 0;
    memcpy(record, data, size);
    uint32_t length = (uint32_t)record[48] << 24 | (uint32_t)record[49] << 16 |
                      (uint32_t)record[50] << 8 | record[51];
    if (length > size || length < CHECKSUM_END)
        return 0;
    uint32_t crc = bytes_crc32c(0, bytes_of(record, CHECKSUM_AT));
    crc = bytes_crc32c(crc, bytes_of(record + CHECKSUM_END, length - CHECKSUM_END));
    struct writer checksum = writer_on(record + CHECKSUM_AT, 4);
    write_u32(&checksum, crc);
    record_look(bytes_of(record, size));
    return 0;
}
