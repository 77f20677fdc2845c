/* Forms, names and times of the transfers to NHI. F203 */
#include "model/transfer.h"
#include "model/civil.h"
#include "tests/lib/t.h"
#include <string.h>

static const struct transfer_rules rules = {.enabled = true,
                                            .minute = 120,
                                            .rows_max = 10,
                                            .alarm_at = 3,
                                            .first_ms = 1000,
                                            .longest_ms = 8000};

static struct transfer_run run_of(void)
{
    struct transfer_run run = {.number = 7,
                               .kind = TRANSFER_DELTA,
                               .state = TRANSFER_SENDING,
                               .of = 3,
                               .began_at = 11,
                               .ended_at = 12,
                               .day = 20550,
                               .first = 100,
                               .last = 120,
                               .rows = 9,
                               .accepted = 5,
                               .rejected = 2,
                               .attempts = 4,
                               .next_at = 99,
                               .answer = 503,
                               .counties_count = 2,
                               .counties = {{63000, 4, 3, 1}, {0, 5, 2, 1}}};
    memset(run.sha256, 0xab, sizeof run.sha256);
    return run;
}

TEST(a_transfer_comes_back_whole)
{
    uint8_t row[TRANSFER_STATE_ROW_MAX];
    struct writer out = writer_on(row, sizeof row);
    struct transfer_run run = run_of();
    struct transfer_run read;
    transfer_run_write(&out, &run);
    T_OK(transfer_run_read(writer_bytes(&out), &read));
    T_EQ_MEM(&read, &run, sizeof run);
    for (size_t i = 0; i < out.size; i++) {
        row[i] ^= 1;
        T_ERR(transfer_run_read(writer_bytes(&out), &read), ERR_CORRUPT);
        row[i] ^= 1;
    }
}

TEST(the_actors_row_comes_back_whole_and_fits)
{
    uint8_t row[TRANSFER_STATE_ROW_MAX];
    struct writer out = writer_on(row, sizeof row);
    struct transfer_memory memory = {.numbers = 9,
                                     .mark = 8,
                                     .night = -3,
                                     .everything = true,
                                     .stopped = true,
                                     .full_next = 2,
                                     .full_end = 5,
                                     .open = run_of()};
    struct transfer_memory read;
    memory.open.counties_count = TRANSFER_COUNTIES_MAX;
    transfer_memory_write(&out, &memory);
    T_FALSE(out.failed);
    T_OK(transfer_memory_read(writer_bytes(&out), &read));
    T_EQ_UINT(read.mark, 8);
    T_EQ_INT(read.night, -3);
    T_TRUE(read.everything && read.stopped && transfer_full_pending(&read));
    T_EQ_UINT(read.open.counties_count, TRANSFER_COUNTIES_MAX);
    T_EQ_UINT(read.open.number, 7);
}

TEST(marks_come_back)
{
    uint8_t row[128];
    struct transfer_sent sent;
    struct transfer_bad bad;
    struct writer out = writer_on(row, sizeof row);
    transfer_sent_write(&out, &(struct transfer_sent){.verdict = TRANSFER_REJECTED,
                                                      .transfer = 4,
                                                      .at = 5,
                                                      .code = BYTES_LITERAL("R01")});
    T_OK(transfer_sent_read(writer_bytes(&out), &sent));
    T_EQ_INT(sent.verdict, TRANSFER_REJECTED);
    T_EQ_BYTES(sent.code, BYTES_LITERAL("R01"));
    out = writer_on(row, sizeof row);
    transfer_bad_write(&out, &(struct transfer_bad){.row = 3, .transfer = 4, .version = 2});
    T_OK(transfer_bad_read(writer_bytes(&out), &bad));
    T_EQ_UINT(bad.row, 3);
    T_ERR(transfer_sent_read(writer_bytes(&out), &sent), ERR_CORRUPT);
}

TEST(ids_are_read_as_they_are_printed)
{
    char text[TRANSFER_ID_MAX];
    uint64_t number = 0;
    T_EQ_UINT(transfer_id_print(7, text), 9);
    T_EQ_STR(text, "T00000007");
    T_TRUE(transfer_id_parse(BYTES_LITERAL("T00000007"), &number));
    T_EQ_UINT(number, 7);
    T_TRUE(transfer_id_parse(BYTES_LITERAL("T123456789"), &number));
    T_FALSE(transfer_id_parse(BYTES_LITERAL("T00000000"), &number));
    T_FALSE(transfer_id_parse(BYTES_LITERAL("T000000007"), &number));
    T_FALSE(transfer_id_parse(BYTES_LITERAL("T0000007"), &number));
    T_FALSE(transfer_id_parse(BYTES_LITERAL("T0000000x"), &number));
    T_FALSE(transfer_id_parse(BYTES_LITERAL("T99999999999999999"), &number));
}

TEST(a_key_names_transfer_and_content)
{
    uint8_t sum[32] = {0x0a, 0xff};
    char one[TRANSFER_KEY_MAX], two[TRANSFER_KEY_MAX];
    transfer_key_print(7, sum, one);
    T_EQ_STR(one, "T00000007-0aff000000000000");
    sum[7] = 1;
    transfer_key_print(7, sum, two);
    T_TRUE(strcmp(one, two) != 0);
}

TEST(pauses_double_up_to_a_limit)
{
    T_EQ_UINT(transfer_pause_ms(&rules, 1), 1000);
    T_EQ_UINT(transfer_pause_ms(&rules, 2), 2000);
    T_EQ_UINT(transfer_pause_ms(&rules, 4), 8000);
    T_EQ_UINT(transfer_pause_ms(&rules, UINT32_MAX), 8000);
}

static struct wall taipei(int32_t day, int minute)
{
    return (struct wall){((int64_t)day * MINUTES_PER_DAY + minute) * 60000 - TAIPEI_OFFSET_MS};
}

TEST(a_night_is_over_at_its_minute)
{
    T_EQ_INT(transfer_night(&rules, taipei(20550, 119)), 20548);
    T_EQ_INT(transfer_night(&rules, taipei(20550, 120)), 20549);
    T_EQ_INT(transfer_night(&rules, taipei(20550, 1439)), 20549);
    T_EQ_INT(transfer_until_night(&rules, taipei(20550, 119)), 60000);
    T_EQ_INT(transfer_until_night(&rules, taipei(20550, 120)), 24 * 3600 * 1000);
}

T_LIST(transfer_test, T(a_transfer_comes_back_whole), T(the_actors_row_comes_back_whole_and_fits),
       T(marks_come_back), T(ids_are_read_as_they_are_printed), T(a_key_names_transfer_and_content),
       T(pauses_double_up_to_a_limit), T(a_night_is_over_at_its_minute));
