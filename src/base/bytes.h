/* Borrowed bytes, a checked reading cursor and a bounded writer.
 *
 * Nothing here owns memory. A reader or writer that has run over its end becomes `failed` and stays
 * so: callers read or write a whole record and look at the flag once. Integers are big-endian, so
 * that keys sort as numbers. Any thread, no errors but the flag. */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    const uint8_t *data;
    size_t size;
};

/* 16 bytes of a SHA-256: names a request or a body (DESIGN 3). All zero means "none". */
struct digest {
    uint8_t bytes[16];
};

#define BYTES_LITERAL(text) ((struct bytes){(const uint8_t *)("" text), sizeof(text) - 1})

struct bytes bytes_of(const void *data, size_t size);
struct bytes bytes_from_text(const char *text); /* NUL-terminated; NULL gives empty */
bool bytes_equal(struct bytes a, struct bytes b);
int bytes_compare(struct bytes a, struct bytes b); /* memcmp order, shorter first */
bool bytes_start_with(struct bytes whole, struct bytes prefix);
bool bytes_are_text(struct bytes bytes, const char *text);
struct bytes bytes_slice(struct bytes whole, size_t from, size_t size); /* CHECKs the range */
uint32_t bytes_crc32c(uint32_t crc, struct bytes bytes);                /* start with 0 */
bool digest_is_none(const struct digest *digest);
bool digest_equal(const struct digest *a, const struct digest *b);

struct reader {
    struct bytes rest;
    bool failed;
};

struct reader reader_of(struct bytes bytes);
uint8_t read_u8(struct reader *reader);
uint16_t read_u16(struct reader *reader);
uint32_t read_u32(struct reader *reader);
uint64_t read_u64(struct reader *reader);
int64_t read_i64(struct reader *reader);
int32_t read_i32(struct reader *reader);
struct bytes read_raw(struct reader *reader, size_t size); /* borrowed from the source */
struct bytes read_sized8(struct reader *reader);           /* u8 length, then bytes */
struct bytes read_sized16(struct reader *reader);          /* u16 length, then bytes */
struct bytes read_sized32(struct reader *reader);
void read_copy(struct reader *reader, void *to, size_t size); /* zeroes `to` on failure */
bool reader_done(const struct reader *reader);                /* not failed and nothing left */

struct writer {
    uint8_t *data;
    size_t size, capacity;
    bool failed;
};

struct writer writer_on(void *data, size_t capacity);
void write_u8(struct writer *writer, uint8_t value);
void write_u16(struct writer *writer, uint16_t value);
void write_u32(struct writer *writer, uint32_t value);
void write_u64(struct writer *writer, uint64_t value);
void write_i64(struct writer *writer, int64_t value);
void write_i32(struct writer *writer, int32_t value);
void write_raw(struct writer *writer, struct bytes bytes);
void write_sized8(struct writer *writer, struct bytes bytes);  /* fails above 255 */
void write_sized16(struct writer *writer, struct bytes bytes); /* fails above 65535 */
void write_sized32(struct writer *writer, struct bytes bytes);
void write_text(struct writer *writer, const char *text); /* without the NUL */
void write_decimal(struct writer *writer, uint64_t value);
/* With leading zeroes up to `width` digits. */
void write_decimal_wide(struct writer *writer, uint64_t value, size_t width);
void write_hex(struct writer *writer, struct bytes bytes); /* two lower-case digits a byte */
struct bytes writer_bytes(const struct writer *writer);    /* what was written; empty if failed */
