#include "model/line_codec.h"
#include "tests/lib/t.h"
#include <stdio.h>

static uint8_t room[64 * 1024];

#define TEXT(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)("" text), sizeof(text) - 1                                               \
    } /* a constant, unlike BYTES_LITERAL */

static const struct remark_on remarks[] = {
    {TEXT("/times/0"), TEXT("請更正結束時間")},
    {TEXT("/purpose"), TEXT("")},
};
static const struct history_change changes[] = {
    {TEXT("purpose"), TEXT("null"), TEXT("\"05\"")},
    {TEXT("times"), TEXT("[]"), TEXT("[{\"mode\":\"continuous\"}]")},
};

static struct history usual(void)
{
    struct history history = {.at = 1790000000000,
                              .actor = {.kind = PRINCIPAL_BUREAU,
                                        .method = METHOD_HCA,
                                        .rights = RIGHTS_ALL,
                                        .person = 7,
                                        .county = 63000,
                                        .session = 99},
                              .action = HISTORY_RETURN,
                              .version = 3,
                              .reason = BYTES_LITERAL("時間有誤"),
                              .document_no = BYTES_LITERAL("北市衛醫字第1號"),
                              .due_day = 20600,
                              .remarks_count = 2,
                              .changes_count = 2,
                              .remarks = remarks,
                              .changes = changes};
    snprintf(history.actor.name, sizeof history.actor.name, "王承辦");
    return history;
}

static struct bytes row_of(const struct history *history)
{
    struct writer out = writer_on(room, sizeof room);
    history_write(&out, history);
    T_FALSE(out.failed);
    return writer_bytes(&out);
}

TEST(an_entry_is_read_back)
{
    struct arena arena;
    arena_init(&arena, 4096, 0);
    struct history want = usual(), got;
    T_OK(history_read(row_of(&want), &arena, &got));
    T_TRUE(got.at == want.at && got.action == want.action && got.version == want.version);
    T_EQ_INT(got.due_day, want.due_day);
    T_EQ_INT(got.actor.kind, PRINCIPAL_BUREAU);
    T_EQ_UINT(got.actor.county, 63000);
    T_EQ_STR(got.actor.name, "王承辦");
    T_EQ_BYTES(got.reason, want.reason);
    T_EQ_BYTES(got.document_no, want.document_no);
    T_EQ_UINT(got.remarks_count, 2);
    T_EQ_UINT(got.changes_count, 2);
    for (int i = 0; i < 2; i++) {
        T_EQ_BYTES(got.remarks[i].field, remarks[i].field);
        T_EQ_BYTES(got.remarks[i].text, remarks[i].text);
        T_EQ_BYTES(got.changes[i].field, changes[i].field);
        T_EQ_BYTES(got.changes[i].before, changes[i].before);
        T_EQ_BYTES(got.changes[i].after, changes[i].after);
    }
    arena_deinit(&arena);
}

TEST(the_least_entry_is_read_back)
{
    struct arena arena;
    arena_init(&arena, 4096, 0);
    struct history want = {.action = HISTORY_CREATE, .due_day = DAY_NONE}, got;
    T_OK(history_read(row_of(&want), &arena, &got));
    T_EQ_INT(got.due_day, DAY_NONE);
    T_EQ_UINT(got.remarks_count + got.changes_count, 0);
    arena_deinit(&arena);
}

TEST(every_flipped_bit_and_every_cut_is_damage)
{
    struct arena arena;
    arena_init(&arena, 4096, 0);
    struct history want = usual(), got;
    struct bytes row = row_of(&want);
    for (size_t bit = 0; bit < row.size * 8; bit++) {
        room[bit / 8] ^= (uint8_t)(1u << bit % 8);
        T_ERR(history_read(row, &arena, &got), ERR_CORRUPT);
        room[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t size = 0; size < row.size; size++)
        T_ERR(history_read(bytes_slice(row, 0, size), &arena, &got), ERR_CORRUPT);
    arena_deinit(&arena);
}

/* Bytes with a sum that fits: each byte in turn gets other values; nothing may be read past the end
 * or taken for more memory than the row could need. The sanitizers watch. */
TEST(wrong_counts_with_a_fitting_sum_are_bounded)
{
    struct history want = usual(), got;
    struct bytes row = row_of(&want);
    unsigned refused = 0;
    for (size_t at = 1; at < row.size - 4; at++) {
        for (int value = 0; value < 256; value += 51) {
            uint8_t before = room[at];
            room[at] = (uint8_t)value;
            struct writer sum = writer_on(room + row.size - 4, 4);
            write_u32(&sum, bytes_crc32c(0, bytes_slice(row, 0, row.size - 4)));
            struct arena arena;
            arena_init(&arena, 1024, 16 * 1024);
            enum err err = history_read(row, &arena, &got);
            T_TRUE(err == ERR_OK || err == ERR_CORRUPT);
            refused += err != ERR_OK;
            arena_deinit(&arena);
            room[at] = before;
        }
    }
    T_TRUE(refused > 20);
}

TEST(a_small_arena_is_no_damage)
{
    struct history want = usual(), got;
    struct bytes row = row_of(&want);
    struct arena arena;
    arena_init(&arena, 16, 16);
    T_ERR(history_read(row, &arena, &got), ERR_NO_MEMORY);
    arena_deinit(&arena);
}

TEST(actions_have_the_names_of_the_contract)
{
    static const char *const names[] = {"create", "edit",   "submit", "withdraw", "approve",
                                        "reject", "return", "change", "cancel",   "revoke",
                                        "copy",   "expire", "event"};
    for (int i = 0; i < 13; i++)
        T_EQ_STR(history_action_name((enum history_action)(i + 1)), names[i]);
    T_ABORTS(history_action_name((enum history_action)14));
}

T_LIST(history_codec_test, T(an_entry_is_read_back), T(the_least_entry_is_read_back),
       T(every_flipped_bit_and_every_cut_is_damage), T(wrong_counts_with_a_fitting_sum_are_bounded),
       T(a_small_arena_is_no_damage), T(actions_have_the_names_of_the_contract));
