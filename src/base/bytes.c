#include "base/bytes.h"
#include "base/check.h"
#include <endian.h>
#include <string.h>

struct bytes bytes_of(const void *data, size_t size)
{
    CHECK(data != NULL || size == 0);
    return (struct bytes){data, size};
}

struct bytes bytes_from_text(const char *text)
{
    return text == NULL ? (struct bytes){NULL, 0} : bytes_of(text, strlen(text));
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

int bytes_compare(struct bytes a, struct bytes b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    if (order != 0)
        return order < 0 ? -1 : 1;
    return (a.size > b.size) - (a.size < b.size);
}

bool bytes_start_with(struct bytes whole, struct bytes prefix)
{
    return prefix.size <= whole.size &&
           (prefix.size == 0 || memcmp(whole.data, prefix.data, prefix.size) == 0);
}

bool bytes_are_text(struct bytes bytes, const char *text)
{
    return bytes_equal(bytes, bytes_from_text(text));
}

struct bytes bytes_slice(struct bytes whole, size_t from, size_t size)
{
    CHECK(from <= whole.size);
    CHECK(size <= whole.size - from);
    if (whole.data == NULL)
        return whole; /* NULL + 0 is undefined in C17 */
    return (struct bytes){whole.data + from, size};
}

bool digest_is_none(const struct digest *digest)
{
    uint8_t any = 0;
    for (size_t i = 0; i < sizeof digest->bytes; i++)
        any |= digest->bytes[i];
    return any == 0;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* ---- reading ---- */

struct reader reader_of(struct bytes bytes)
{
    CHECK(bytes.data != NULL || bytes.size == 0);
    return (struct reader){bytes, false};
}

/* The next `size` bytes, or NULL after marking the reader as failed. Never NULL on success, also
 * for size 0, so that callers can tell. */
static const uint8_t *reader_take(struct reader *reader, size_t size)
{
    static const uint8_t nothing[1] = {0};
    if (reader->failed || size > reader->rest.size) {
        reader->failed = true;
        return NULL;
    }
    if (size == 0)
        return reader->rest.data == NULL ? nothing : reader->rest.data;
    const uint8_t *taken = reader->rest.data;
    reader->rest.data += size;
    reader->rest.size -= size;
    return taken;
}

/* Whole words, not byte by byte: keys and rows are mostly numbers. */
uint8_t read_u8(struct reader *reader)
{
    const uint8_t *taken = reader_take(reader, 1);
    return taken == NULL ? 0 : *taken;
}

uint16_t read_u16(struct reader *reader)
{
    uint16_t value = 0;
    const uint8_t *taken = reader_take(reader, sizeof value);
    if (taken != NULL)
        memcpy(&value, taken, sizeof value);
    return be16toh(value);
}

uint32_t read_u32(struct reader *reader)
{
    uint32_t value = 0;
    const uint8_t *taken = reader_take(reader, sizeof value);
    if (taken != NULL)
        memcpy(&value, taken, sizeof value);
    return be32toh(value);
}

uint64_t read_u64(struct reader *reader)
{
    uint64_t value = 0;
    const uint8_t *taken = reader_take(reader, sizeof value);
    if (taken != NULL)
        memcpy(&value, taken, sizeof value);
    return be64toh(value);
}

int64_t read_i64(struct reader *reader)
{
    return (int64_t)read_u64(reader);
}

int32_t read_i32(struct reader *reader)
{
    return (int32_t)read_u32(reader);
}

struct bytes read_raw(struct reader *reader, size_t size)
{
    const uint8_t *taken = reader_take(reader, size);
    return taken == NULL ? (struct bytes){NULL, 0} : (struct bytes){taken, size};
}

struct bytes read_sized8(struct reader *reader)
{
    return read_raw(reader, read_u8(reader));
}

struct bytes read_sized16(struct reader *reader)
{
    return read_raw(reader, read_u16(reader));
}

struct bytes read_sized32(struct reader *reader)
{
    return read_raw(reader, read_u32(reader));
}

void read_copy(struct reader *reader, void *to, size_t size)
{
    if (size == 0)
        return;
    CHECK(to != NULL);
    const uint8_t *taken = reader_take(reader, size);
    if (taken == NULL)
        memset(to, 0, size);
    else
        memcpy(to, taken, size);
}

bool reader_done(const struct reader *reader)
{
    return !reader->failed && reader->rest.size == 0;
}

/* ---- writing ---- */

struct writer writer_on(void *data, size_t capacity)
{
    CHECK(data != NULL || capacity == 0);
    return (struct writer){.data = data, .capacity = capacity};
}

static uint8_t *writer_room(struct writer *writer, size_t size)
{
    CHECK(writer->size <= writer->capacity);
    if (writer->failed || size > writer->capacity - writer->size) {
        writer->failed = true;
        return NULL;
    }
    if (size == 0)
        return NULL;
    uint8_t *room = writer->data + writer->size;
    writer->size += size;
    return room;
}

void write_u8(struct writer *writer, uint8_t value)
{
    uint8_t *room = writer_room(writer, 1);
    if (room != NULL)
        *room = value;
}

void write_u16(struct writer *writer, uint16_t value)
{
    uint16_t big = htobe16(value);
    uint8_t *room = writer_room(writer, sizeof big);
    if (room != NULL)
        memcpy(room, &big, sizeof big);
}

void write_u32(struct writer *writer, uint32_t value)
{
    uint32_t big = htobe32(value);
    uint8_t *room = writer_room(writer, sizeof big);
    if (room != NULL)
        memcpy(room, &big, sizeof big);
}

void write_u64(struct writer *writer, uint64_t value)
{
    uint64_t big = htobe64(value);
    uint8_t *room = writer_room(writer, sizeof big);
    if (room != NULL)
        memcpy(room, &big, sizeof big);
}

void write_i64(struct writer *writer, int64_t value)
{
    write_u64(writer, (uint64_t)value);
}

void write_i32(struct writer *writer, int32_t value)
{
    write_u32(writer, (uint32_t)value);
}

void write_raw(struct writer *writer, struct bytes bytes)
{
    uint8_t *room = writer_room(writer, bytes.size);
    if (room != NULL)
        memcpy(room, bytes.data, bytes.size);
}

void write_sized8(struct writer *writer, struct bytes bytes)
{
    writer->failed = writer->failed || bytes.size > UINT8_MAX;
    write_u8(writer, (uint8_t)bytes.size);
    write_raw(writer, bytes);
}

void write_sized16(struct writer *writer, struct bytes bytes)
{
    writer->failed = writer->failed || bytes.size > UINT16_MAX;
    write_u16(writer, (uint16_t)bytes.size);
    write_raw(writer, bytes);
}

void write_sized32(struct writer *writer, struct bytes bytes)
{
    writer->failed = writer->failed || bytes.size > UINT32_MAX;
    write_u32(writer, (uint32_t)bytes.size);
    write_raw(writer, bytes);
}

void write_text(struct writer *writer, const char *text)
{
    write_raw(writer, bytes_from_text(text));
}

void write_decimal_wide(struct writer *writer, uint64_t value, size_t width)
{
    char digits[20]; /* of UINT64_MAX */
    size_t at = sizeof digits;
    CHECK(width <= sizeof digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0 || sizeof digits - at < width);
    write_raw(writer, bytes_of(digits + at, sizeof digits - at));
}

void write_decimal(struct writer *writer, uint64_t value)
{
    write_decimal_wide(writer, value, 1);
}

void write_hex(struct writer *writer, struct bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.size; i++) {
        write_u8(writer, (uint8_t)digits[bytes.data[i] >> 4]);
        write_u8(writer, (uint8_t)digits[bytes.data[i] & 15]);
    }
}

struct bytes writer_bytes(const struct writer *writer)
{
    if (writer->failed)
        return (struct bytes){NULL, 0};
    return (struct bytes){writer->data, writer->size};
}
