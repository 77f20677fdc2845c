/* What every stored row has in common: its format number in front, a CRC-32C of all before it
 * behind.
 *
 *     offset 0        u8   format (of that kind of row)
 *     1 … size - 5    the fields, big-endian
 *     size - 4        u32  CRC-32C of bytes 0 … size - 5
 *
 * Pure; any thread. */
#pragma once
#include "base/bytes.h"

enum { ROW_FRAME_SIZE = 1 + 4 };

/* Writes the format; gives the place where the row began, for row_frame_end. */
size_t row_frame_begin(struct writer *out, uint8_t format);
void row_frame_end(struct writer *out, size_t began);
/* Sets `fields` on the bytes between. ERR_CORRUPT: too short or the checksum differs. ERR_VERSION:
 * a sound row of another format, which a newer program wrote. The checksum is looked at first, so
 * that a damaged format byte is damage and not a version. */
enum err row_frame_open(struct bytes row, uint8_t format, struct reader *fields) MUST_CHECK;
