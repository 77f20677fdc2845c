#include "storage/row.h"
#include "base/check.h"
#include "base/sha256.h"
#include <string.h>

static uint32_t row_checksum(struct bytes stored_key, struct bytes value)
{
    return bytes_crc32c(bytes_crc32c(0, stored_key), value);
}

void row_encode(uint8_t *to, struct bytes stored_key, struct bytes value)
{
    struct writer writer = writer_on(to, ROW_CHECKSUM_SIZE + value.size);
    write_u32(&writer, row_checksum(stored_key, value));
    write_raw(&writer, value);
    CHECK(!writer.failed);
}

bool row_decode(struct bytes stored_key, struct bytes stored, struct bytes *value)
{
    /* A damaged size may reach behind the file: not a byte of it is looked at. */
    if (stored.size > ROW_STORED_MAX) {
        *value = bytes_of(NULL, 0);
        return false;
    }
    struct reader reader = reader_of(stored);
    uint32_t checksum = read_u32(&reader);
    *value = reader.rest;
    return !reader.failed && checksum == row_checksum(stored_key, *value);
}

enum err row_visible(struct bytes stored_key, struct bytes value, struct bytes *visible)
{
    *visible = value;
    if (stored_key_table(stored_key) != TABLE_AUDIT)
        return ERR_OK;
    if (value.size < ROW_LINK_SIZE)
        return ERR_CORRUPT;
    *visible = bytes_slice(value, ROW_LINK_SIZE, value.size - ROW_LINK_SIZE);
    return ERR_OK;
}

void row_link(const uint8_t before[ROW_LINK_SIZE], struct bytes record, uint8_t link[ROW_LINK_SIZE])
{
    struct sha256 hash;
    sha256_begin(&hash);
    sha256_add(&hash, bytes_of(before, ROW_LINK_SIZE));
    sha256_add(&hash, record);
    sha256_end(&hash, link);
}
