#include "base/prng.h"
#include "storage/keys.h"
#include "storage/row.h"
#include "storage/wal.h"
#include "tests/lib/t.h"
#include <string.h>

static const struct wal_place place = {
    .store_id = "0123456789abcde", .position = 9, .generation = 4};

static uint32_t make_record(uint8_t *buffer, size_t capacity)
{
    struct writer writer = wal_begin(buffer, capacity);
    struct stored_key key = stored_key(TABLE_QUEUE, BYTES_LITERAL("key"));
    wal_put_row(&writer, &(struct wal_row){.stored_key = stored_key_bytes(&key),
                                           .value = BYTES_LITERAL("value")});
    wal_put_row(&writer, &(struct wal_row){.erased = true, .stored_key = stored_key_bytes(&key)});
    return wal_seal(&writer, buffer, &place, 2);
}

TEST(a_record_is_read_as_it_was_written)
{
    uint8_t buffer[2 * WAL_BLOCK];
    memset(buffer, 0xee, sizeof buffer);
    uint32_t size = make_record(buffer, sizeof buffer);
    T_EQ_UINT(size, WAL_BLOCK);
    T_EQ_UINT(buffer[WAL_BLOCK - 1], 0);
    struct wal_record record;
    T_TRUE(wal_parse(bytes_of(buffer, size), place.store_id, 4, &record));
    T_EQ_UINT(record.position, 9);
    T_EQ_UINT(record.rows, 2);
    T_EQ_UINT(record.size, size);
    struct reader rows = reader_of(record.body);
    struct wal_row row;
    T_TRUE(wal_next_row(&rows, &row));
    T_FALSE(row.erased);
    T_EQ_BYTES(row.value, BYTES_LITERAL("value"));
    T_TRUE(wal_next_row(&rows, &row));
    T_TRUE(row.erased);
    T_FALSE(wal_next_row(&rows, &row));
    T_TRUE(reader_done(&rows));
}

TEST(a_flipped_bit_anywhere_makes_it_no_record)
{
    uint8_t buffer[WAL_BLOCK];
    make_record(buffer, sizeof buffer);
    struct wal_record record;
    T_TRUE(wal_parse(bytes_of(buffer, sizeof buffer), place.store_id, 4, &record));
    size_t length = WAL_HEAD_SIZE + record.body.size;
    for (size_t i = 0; i < length * 8; i++) {
        buffer[i / 8] ^= (uint8_t)(1u << i % 8);
        if (wal_parse(bytes_of(buffer, sizeof buffer), place.store_id, 4, &record))
            T_FAIL("bit %zu", i);
        buffer[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    T_TRUE(wal_parse(bytes_of(buffer, sizeof buffer), place.store_id, 4, &record));
}

/* Nobody writes one, and the store would not read it again (found by log_fuzz). */
TEST(a_value_longer_than_any_row_is_no_row)
{
    static uint8_t value[ROW_STORED_MAX], bytes[ROW_STORED_MAX + 64];
    for (size_t more = 0; more < 2; more++) {
        struct writer writer = writer_on(bytes, sizeof bytes);
        size_t size = ROW_STORED_MAX - ROW_CHECKSUM_SIZE + more;
        wal_put_row(&writer, &(struct wal_row){.stored_key = BYTES_LITERAL("\x01key"),
                                               .value = bytes_of(value, size)});
        struct reader rows = reader_of(writer_bytes(&writer));
        struct wal_row row;
        T_EQ_INT(wal_next_row(&rows, &row), more == 0);
        T_EQ_INT(rows.failed, more != 0);
    }
}

TEST(another_store_or_generation_or_a_cut_record_is_absent)
{
    uint8_t buffer[WAL_BLOCK];
    make_record(buffer, sizeof buffer);
    struct wal_record record;
    uint8_t other[STORE_ID_SIZE] = "another store";
    T_FALSE(wal_parse(bytes_of(buffer, sizeof buffer), other, 4, &record));
    T_FALSE(wal_parse(bytes_of(buffer, sizeof buffer), place.store_id, 3, &record));
    T_FALSE(wal_parse(bytes_of(buffer, sizeof buffer), place.store_id, 5, &record));
    for (size_t size = 0; size < 80; size++)
        T_FALSE(wal_parse(bytes_of(buffer, size), place.store_id, 4, &record));
}

TEST(random_bytes_are_never_rows_read_past_their_end)
{
    struct prng prng;
    prng_seed(&prng, 5);
    unsigned good = 0;
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t bytes[40];
        size_t size = prng_below(&prng, sizeof bytes);
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)prng_below(&prng, 4);
        struct reader rows = reader_of(bytes_of(bytes, size));
        struct wal_row row;
        while (wal_next_row(&rows, &row)) {
            T_TRUE(row.stored_key.size + row.value.size <= size);
            good++;
        }
    }
    T_TRUE(good > 100);
}

T_LIST(wal_test, T(a_record_is_read_as_it_was_written),
       T(a_flipped_bit_anywhere_makes_it_no_record), T(a_value_longer_than_any_row_is_no_row),
       T(another_store_or_generation_or_a_cut_record_is_absent),
       T(random_bytes_are_never_rows_read_past_their_end));
