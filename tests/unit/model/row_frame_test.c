#include "model/row_frame.h"
#include "tests/lib/t.h"

static struct bytes sealed(uint8_t *room, size_t size, uint8_t format, struct bytes fields)
{
    struct writer out = writer_on(room, size);
    size_t began = row_frame_begin(&out, format);
    write_raw(&out, fields);
    row_frame_end(&out, began);
    T_FALSE(out.failed);
    return writer_bytes(&out);
}

TEST(what_was_framed_is_read_back)
{
    uint8_t room[64];
    struct bytes fields = BYTES_LITERAL("fields");
    struct bytes row = sealed(room, sizeof room, 3, fields);
    T_EQ_UINT(row.size, ROW_FRAME_SIZE + 6);
    T_EQ_UINT(row.data[0], 3);
    struct reader in;
    T_OK(row_frame_open(row, 3, &in));
    T_EQ_BYTES(in.rest, fields);
}

TEST(a_frame_may_begin_behind_other_bytes)
{
    uint8_t room[64];
    struct writer out = writer_on(room, sizeof room);
    write_u32(&out, 7);
    size_t began = row_frame_begin(&out, 1);
    write_u16(&out, 9);
    row_frame_end(&out, began);
    struct bytes row = bytes_slice(writer_bytes(&out), 4, out.size - 4);
    struct reader in;
    T_OK(row_frame_open(row, 1, &in));
    T_EQ_UINT(read_u16(&in), 9);
}

TEST(every_flipped_bit_is_damage)
{
    uint8_t room[64];
    struct bytes row = sealed(room, sizeof room, 1, BYTES_LITERAL("some fields"));
    for (size_t bit = 0; bit < row.size * 8; bit++) {
        room[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct reader in;
        T_ERR(row_frame_open(row, 1, &in), ERR_CORRUPT);
        room[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

TEST(every_shorter_row_is_damage)
{
    uint8_t room[64];
    struct bytes row = sealed(room, sizeof room, 1, BYTES_LITERAL("some fields"));
    for (size_t size = 0; size < row.size; size++) {
        struct reader in;
        T_ERR(row_frame_open(bytes_slice(row, 0, size), 1, &in), ERR_CORRUPT);
    }
}

TEST(a_sound_row_of_another_format_is_a_version)
{
    uint8_t room[64];
    struct bytes row = sealed(room, sizeof room, 2, BYTES_LITERAL("of a newer program"));
    struct reader in;
    T_ERR(row_frame_open(row, 1, &in), ERR_VERSION);
}

TEST(a_full_writer_stays_failed)
{
    for (size_t size = 0; size < ROW_FRAME_SIZE + 2; size++) {
        uint8_t room[16];
        struct writer out = writer_on(room, size);
        size_t began = row_frame_begin(&out, 1);
        write_u16(&out, 1);
        row_frame_end(&out, began);
        T_TRUE(out.failed);
    }
}

T_LIST(row_frame_test, T(what_was_framed_is_read_back), T(a_frame_may_begin_behind_other_bytes),
       T(every_flipped_bit_is_damage), T(every_shorter_row_is_damage),
       T(a_sound_row_of_another_format_is_a_version), T(a_full_writer_stays_failed));
