#include "base/bytes.h"
#include "base/check.h"
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

static uint64_t reader_number(struct reader *reader, size_t size)
{
    CHECK(size <= 8);
    const uint8_t *taken = reader_take(reader, size);
    uint64_t value = 0;
    for (size_t i = 0; taken != NULL && i < size; i++)
        value = value << 8 | taken[i];
    return value;
}

uint8_t read_u8(struct reader *reader)
{
    return (uint8_t)reader_number(reader, 1);
}

uint16_t read_u16(struct reader *reader)
{
    return (uint16_t)reader_number(reader, 2);
}

uint32_t read_u32(struct reader *reader)
{
    return (uint32_t)reader_number(reader, 4);
}

uint64_t read_u64(struct reader *reader)
{
    return reader_number(reader, 8);
}

int64_t read_i64(struct reader *reader)
{
    return (int64_t)reader_number(reader, 8);
}

int32_t read_i32(struct reader *reader)
{
    return (int32_t)(uint32_t)reader_number(reader, 4);
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

static void writer_number(struct writer *writer, uint64_t value, size_t size)
{
    CHECK(size <= 8);
    uint8_t *room = writer_room(writer, size);
    for (size_t i = size; room != NULL && i > 0; i--) {
        room[i - 1] = (uint8_t)value;
        value >>= 8;
    }
}

void write_u8(struct writer *writer, uint8_t value)
{
    writer_number(writer, value, 1);
}

void write_u16(struct writer *writer, uint16_t value)
{
    writer_number(writer, value, 2);
}

void write_u32(struct writer *writer, uint32_t value)
{
    writer_number(writer, value, 4);
}

void write_u64(struct writer *writer, uint64_t value)
{
    writer_number(writer, value, 8);
}

void write_i64(struct writer *writer, int64_t value)
{
    writer_number(writer, (uint64_t)value, 8);
}

void write_i32(struct writer *writer, int32_t value)
{
    writer_number(writer, (uint32_t)value, 4);
}

void write_raw(struct writer *writer, struct bytes bytes)
{
    uint8_t *room = writer_room(writer, bytes.size);
    if (room != NULL)
        memcpy(room, bytes.data, bytes.size);
}

static void write_sized(struct writer *writer, struct bytes bytes, size_t length_size)
{
    if (bytes.size > UINT64_MAX >> (64 - 8 * length_size)) {
        writer->failed = true;
        return;
    }
    writer_number(writer, bytes.size, length_size);
    write_raw(writer, bytes);
}

void write_sized8(struct writer *writer, struct bytes bytes)
{
    write_sized(writer, bytes, 1);
}

void write_sized16(struct writer *writer, struct bytes bytes)
{
    write_sized(writer, bytes, 2);
}

void write_sized32(struct writer *writer, struct bytes bytes)
{
    write_sized(writer, bytes, 4);
}

void write_text(struct writer *writer, const char *text)
{
    write_raw(writer, bytes_from_text(text));
}

struct bytes writer_bytes(const struct writer *writer)
{
    if (writer->failed)
        return (struct bytes){NULL, 0};
    return (struct bytes){writer->data, writer->size};
}
