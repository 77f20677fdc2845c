#include "base/bytes.h"
#include "base/prng.h"
#include "tests/lib/t.h"
#include <stdlib.h>
#include <string.h>

TEST(comparing_is_memcmp_then_length)
{
    struct bytes none = {NULL, 0};
    T_TRUE(bytes_equal(none, BYTES_LITERAL("")));
    T_TRUE(bytes_equal(BYTES_LITERAL("abc"), bytes_from_text("abc")));
    T_FALSE(bytes_equal(BYTES_LITERAL("abc"), BYTES_LITERAL("abd")));
    T_FALSE(bytes_equal(BYTES_LITERAL("abc"), BYTES_LITERAL("ab")));
    T_EQ_INT(bytes_compare(BYTES_LITERAL("ab"), BYTES_LITERAL("abc")), -1);
    T_EQ_INT(bytes_compare(BYTES_LITERAL("abc"), BYTES_LITERAL("ab")), 1);
    T_EQ_INT(bytes_compare(BYTES_LITERAL("b"), BYTES_LITERAL("abc")), 1);
    T_EQ_INT(bytes_compare(BYTES_LITERAL("\x7f"), BYTES_LITERAL("\x80")), -1);
    T_EQ_INT(bytes_compare(none, none), 0);
    T_EQ_INT(bytes_compare(none, BYTES_LITERAL("a")), -1);
    T_TRUE(bytes_start_with(BYTES_LITERAL("abc"), BYTES_LITERAL("ab")));
    T_TRUE(bytes_start_with(BYTES_LITERAL("abc"), none));
    T_FALSE(bytes_start_with(BYTES_LITERAL("ab"), BYTES_LITERAL("abc")));
    T_TRUE(bytes_are_text(BYTES_LITERAL("abc"), "abc"));
    T_EQ_UINT(bytes_from_text(NULL).size, 0);
}

TEST(a_slice_stays_inside)
{
    struct bytes whole = BYTES_LITERAL("abcdef");
    T_EQ_BYTES(bytes_slice(whole, 2, 3), BYTES_LITERAL("cde"));
    T_EQ_BYTES(bytes_slice(whole, 6, 0), BYTES_LITERAL(""));
    T_EQ_UINT(bytes_slice((struct bytes){NULL, 0}, 0, 0).size, 0);
    T_ABORTS(bytes_slice(whole, 7, 0));
    T_ABORTS(bytes_slice(whole, 2, 5));
    T_ABORTS(bytes_slice(whole, 1, SIZE_MAX));
}

TEST(digests_of_zeroes_are_none)
{
    struct digest none = {{0}}, one = {{0}};
    one.bytes[15] = 1;
    T_TRUE(digest_is_none(&none));
    T_FALSE(digest_is_none(&one));
    T_TRUE(digest_equal(&one, &one));
    T_FALSE(digest_equal(&none, &one));
}

/* RFC 3720 B.4 and the check value of the CRC catalogue. */
TEST(crc32c_gives_the_known_vectors)
{
    uint8_t block[32];
    memset(block, 0, sizeof block);
    T_EQ_UINT(bytes_crc32c(0, bytes_of(block, 32)), 0x8a9136aa);
    memset(block, 0xff, sizeof block);
    T_EQ_UINT(bytes_crc32c(0, bytes_of(block, 32)), 0x62a8ab43);
    for (uint8_t i = 0; i < 32; i++)
        block[i] = i;
    T_EQ_UINT(bytes_crc32c(0, bytes_of(block, 32)), 0x46dd794e);
    for (uint8_t i = 0; i < 32; i++)
        block[i] = (uint8_t)(31 - i);
    T_EQ_UINT(bytes_crc32c(0, bytes_of(block, 32)), 0x113fdb5c);
    T_EQ_UINT(bytes_crc32c(0, BYTES_LITERAL("123456789")), 0xe3069283);
    T_EQ_UINT(bytes_crc32c(0, BYTES_LITERAL("")), 0);
}

static uint32_t crc_bit_by_bit(struct bytes bytes)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < bytes.size; i++) {
        crc ^= bytes.data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

TEST(crc32c_is_the_same_whole_in_pieces_and_by_definition)
{
    struct prng prng;
    prng_seed(&prng, 1);
    uint8_t data[300];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)prng_next(&prng);
    for (int round = 0; round < 2000; round++) {
        size_t from = prng_below(&prng, 100), size = prng_below(&prng, sizeof data - from);
        struct bytes whole = bytes_of(data + from, size);
        size_t cut = prng_below(&prng, size + 1);
        uint32_t first = bytes_crc32c(0, bytes_slice(whole, 0, cut));
        T_EQ_UINT(bytes_crc32c(first, bytes_slice(whole, cut, size - cut)), crc_bit_by_bit(whole));
        T_EQ_UINT(bytes_crc32c(0, whole), crc_bit_by_bit(whole));
    }
}

TEST(what_is_written_is_read)
{
    uint8_t memory[128];
    struct writer out = writer_on(memory, sizeof memory);
    write_u8(&out, 0xfe);
    write_u16(&out, 0xfedc);
    write_u32(&out, 0xfedcba98);
    write_u64(&out, 0xfedcba9876543210);
    write_i32(&out, INT32_MIN);
    write_i64(&out, -2);
    write_raw(&out, BYTES_LITERAL("raw"));
    write_sized8(&out, BYTES_LITERAL("eight"));
    write_sized16(&out, BYTES_LITERAL(""));
    write_sized32(&out, BYTES_LITERAL("thirty-two"));
    write_text(&out, "text");
    T_FALSE(out.failed);
    struct reader in = reader_of(writer_bytes(&out));
    T_EQ_UINT(read_u8(&in), 0xfe);
    T_EQ_UINT(read_u16(&in), 0xfedc);
    T_EQ_UINT(read_u32(&in), 0xfedcba98);
    T_EQ_UINT(read_u64(&in), 0xfedcba9876543210);
    T_EQ_INT(read_i32(&in), INT32_MIN);
    T_EQ_INT(read_i64(&in), -2);
    T_EQ_BYTES(read_raw(&in, 3), BYTES_LITERAL("raw"));
    T_EQ_BYTES(read_sized8(&in), BYTES_LITERAL("eight"));
    T_EQ_BYTES(read_sized16(&in), BYTES_LITERAL(""));
    T_EQ_BYTES(read_sized32(&in), BYTES_LITERAL("thirty-two"));
    T_FALSE(reader_done(&in));
    char text[4];
    read_copy(&in, text, 4);
    T_EQ_MEM(text, "text", 4);
    T_TRUE(reader_done(&in));
}

TEST(integers_are_big_endian)
{
    uint8_t memory[8];
    struct writer out = writer_on(memory, sizeof memory);
    write_u64(&out, 0x0102030405060708);
    T_EQ_MEM(memory, "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
}

TEST(a_read_past_the_end_fails_for_good)
{
    struct reader in = reader_of(BYTES_LITERAL("abc"));
    T_EQ_UINT(read_u32(&in), 0);
    T_TRUE(in.failed);
    T_EQ_UINT(read_u8(&in), 0); /* there are bytes, but the record is lost */
    T_TRUE(read_raw(&in, 0).data == NULL);
    uint8_t to[2] = {7, 7};
    read_copy(&in, to, 2);
    T_EQ_INT(to[0] | to[1], 0);
    T_FALSE(reader_done(&in));
    in = reader_of(BYTES_LITERAL("\x05xy"));
    T_TRUE(read_sized8(&in).data == NULL);
    T_TRUE(in.failed);
    in = reader_of((struct bytes){NULL, 0});
    T_TRUE(reader_done(&in));
    T_EQ_UINT(read_raw(&in, 0).size, 0);
    T_FALSE(in.failed);
    T_EQ_UINT(read_raw(&in, SIZE_MAX).size, 0);
    T_TRUE(in.failed);
}

TEST(a_write_past_the_end_fails_for_good)
{
    uint8_t memory[4] = {0};
    struct writer out = writer_on(memory, 3);
    write_u16(&out, 1);
    write_u16(&out, 2);
    T_TRUE(out.failed);
    T_EQ_UINT(out.size, 2);
    write_u8(&out, 3); /* would fit, but the record is lost */
    T_EQ_UINT(out.size, 2);
    T_EQ_UINT(memory[2] | memory[3], 0);
    T_EQ_UINT(writer_bytes(&out).size, 0);
    T_TRUE(writer_bytes(&out).data == NULL);
    out = writer_on(NULL, 0);
    write_raw(&out, (struct bytes){NULL, 0});
    T_FALSE(out.failed);
    write_u8(&out, 1);
    T_TRUE(out.failed);
}

TEST(sizes_have_limits)
{
    static uint8_t memory[70000], big[65536];
    struct writer out = writer_on(memory, sizeof memory);
    write_sized8(&out, bytes_of(big, 255));
    T_FALSE(out.failed);
    write_sized8(&out, bytes_of(big, 256));
    T_TRUE(out.failed);
    out = writer_on(memory, sizeof memory);
    write_sized16(&out, bytes_of(big, 65535));
    T_FALSE(out.failed);
    out = writer_on(memory, sizeof memory);
    write_sized16(&out, bytes_of(big, 65536));
    T_TRUE(out.failed);
}

TEST(numbers_and_bytes_are_written_as_digits)
{
    char memory[64];
    struct writer out = writer_on(memory, sizeof memory);
    write_decimal(&out, 0);
    write_text(&out, " ");
    write_decimal(&out, 1050);
    write_text(&out, " ");
    write_decimal(&out, UINT64_MAX);
    T_EQ_BYTES(writer_bytes(&out), BYTES_LITERAL("0 1050 18446744073709551615"));
    out = writer_on(memory, sizeof memory);
    write_hex(&out, BYTES_LITERAL(""));
    write_hex(&out, bytes_of("\x00\x0f\xa0\xff", 4));
    T_EQ_BYTES(writer_bytes(&out), BYTES_LITERAL("000fa0ff"));
    out = writer_on(memory, 3);
    write_decimal(&out, 1050); /* whole or not at all */
    T_TRUE(out.failed);
    T_EQ_UINT(out.size, 0);
    out = writer_on(memory, 3);
    write_hex(&out, BYTES_LITERAL("ab"));
    T_TRUE(out.failed);
}

/* Random reads of random bytes: never outside (ASan watches a block of exact size), and the flag
 * tells exactly whether the sum of the sizes was there. */
TEST(random_reads_stay_inside)
{
    struct prng prng;
    prng_seed(&prng, 2);
    for (int round = 0; round < 5000; round++) {
        size_t size = prng_below(&prng, 40);
        uint8_t *block = malloc(size + 1);
        uint8_t *data = block + 1; /* so that the end is the end of the block */
        for (size_t i = 0; i < size; i++)
            data[i] = (uint8_t)prng_below(&prng, 4);
        struct reader in = reader_of(bytes_of(data, size));
        while (!in.failed) {
            size_t before = in.rest.size;
            struct bytes got = {NULL, 0};
            switch (prng_below(&prng, 6)) {
            case 0: read_u8(&in); break;
            case 1: read_u64(&in); break;
            case 2: got = read_sized8(&in); break;
            case 3: got = read_sized16(&in); break;
            case 4: got = read_sized32(&in); break;
            default: got = read_raw(&in, 1 + prng_below(&prng, 5)); break;
            }
            T_TRUE(in.rest.size <= before);
            T_TRUE(got.size == 0 || (got.data >= data && got.data + got.size <= data + size));
            T_TRUE(in.failed || in.rest.data + in.rest.size == data + size);
        }
        free(block);
    }
}

T_LIST(bytes_test, T(comparing_is_memcmp_then_length), T(a_slice_stays_inside),
       T(digests_of_zeroes_are_none), T(crc32c_gives_the_known_vectors),
       T(crc32c_is_the_same_whole_in_pieces_and_by_definition), T(what_is_written_is_read),
       T(integers_are_big_endian), T(a_read_past_the_end_fails_for_good),
       T(a_write_past_the_end_fails_for_good), T(sizes_have_limits),
       T(numbers_and_bytes_are_written_as_digits), T(random_reads_stay_inside));
