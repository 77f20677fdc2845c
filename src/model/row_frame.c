#include "model/row_frame.h"
#include "base/check.h"

size_t row_frame_begin(struct writer *out, uint8_t format)
{
    CHECK(format != 0);
    size_t began = out->size;
    write_u8(out, format);
    return began;
}

void row_frame_end(struct writer *out, size_t began)
{
    if (out->failed)
        return;
    CHECK(began < out->size);
    write_u32(out, bytes_crc32c(0, bytes_of(out->data + began, out->size - began)));
}

enum err row_frame_open(struct bytes row, uint8_t format, struct reader *fields)
{
    CHECK(format != 0);
    if (row.size < ROW_FRAME_SIZE)
        return ERR_CORRUPT;
    size_t summed = row.size - 4;
    struct reader tail = reader_of(bytes_slice(row, summed, 4));
    if (read_u32(&tail) != bytes_crc32c(0, bytes_slice(row, 0, summed)))
        return ERR_CORRUPT;
    if (row.data[0] != format)
        return ERR_VERSION;
    *fields = reader_of(bytes_slice(row, 1, summed - 1));
    return ERR_OK;
}
