/* Forms, each in a row_frame (format number in front, CRC-32C behind), big-endian:
 *
 *     run      number 8, kind 1, state 1, of 8, began 8, ended 8, day 4, first 8, last 8, rows 2,
 *              accepted 2, rejected 2, attempts 4, next 8, answer 2, sha256 32,
 *              n 1, n times (county 4, rows 2, accepted 2, rejected 2)
 *     memory   numbers 8, mark 8, night 4, everything 1, stopped 1, full next 8, full end 8,
 *              then the fields of a run
 *     sent     verdict 1, transfer 8, at 8, code sized8
 *     bad      row 8, transfer 8, version 4, at 8, code sized8 */
#include "model/transfer.h"
#include "base/check.h"
#include "model/civil.h"
#include "model/row_frame.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { RUN_FORMAT = 1, MEMORY_FORMAT = 1, SENT_FORMAT = 1, BAD_FORMAT = 1, KEY_DIGITS = 16 };

static void run_fields_write(struct writer *out, const struct transfer_run *run)
{
    write_u64(out, run->number);
    write_u8(out, (uint8_t)run->kind);
    write_u8(out, (uint8_t)run->state);
    write_u64(out, run->of);
    write_i64(out, run->began_at);
    write_i64(out, run->ended_at);
    write_i32(out, run->day);
    write_u64(out, run->first);
    write_u64(out, run->last);
    write_u16(out, run->rows);
    write_u16(out, run->accepted);
    write_u16(out, run->rejected);
    write_u32(out, run->attempts);
    write_i64(out, run->next_at);
    write_u16(out, run->answer);
    write_raw(out, bytes_of(run->sha256, sizeof run->sha256));
    CHECK(run->counties_count <= TRANSFER_COUNTIES_MAX);
    write_u8(out, (uint8_t)run->counties_count);
    for (uint16_t i = 0; i < run->counties_count; i++) {
        write_u32(out, run->counties[i].county);
        write_u16(out, run->counties[i].rows);
        write_u16(out, run->counties[i].accepted);
        write_u16(out, run->counties[i].rejected);
    }
}

static void run_fields_read(struct reader *in, struct transfer_run *run)
{
    *run = (struct transfer_run){.number = read_u64(in)};
    run->kind = (enum transfer_kind)read_u8(in);
    run->state = (enum transfer_state)read_u8(in);
    run->of = read_u64(in);
    run->began_at = read_i64(in);
    run->ended_at = read_i64(in);
    run->day = read_i32(in);
    run->first = read_u64(in);
    run->last = read_u64(in);
    run->rows = read_u16(in);
    run->accepted = read_u16(in);
    run->rejected = read_u16(in);
    run->attempts = read_u32(in);
    run->next_at = read_i64(in);
    run->answer = read_u16(in);
    read_copy(in, run->sha256, sizeof run->sha256);
    run->counties_count = read_u8(in);
    if (run->counties_count > TRANSFER_COUNTIES_MAX || run->rows > TRANSFER_ROWS_MAX ||
        run->kind > TRANSFER_FULL || run->state > TRANSFER_FAILED) {
        in->failed = true;
        return;
    }
    for (uint16_t i = 0; i < run->counties_count; i++) {
        run->counties[i].county = read_u32(in);
        run->counties[i].rows = read_u16(in);
        run->counties[i].accepted = read_u16(in);
        run->counties[i].rejected = read_u16(in);
    }
}

void transfer_run_write(struct writer *out, const struct transfer_run *run)
{
    size_t began = row_frame_begin(out, RUN_FORMAT);
    run_fields_write(out, run);
    row_frame_end(out, began);
}

enum err transfer_run_read(struct bytes row, struct transfer_run *run)
{
    struct reader in;
    struct transfer_run read;
    enum err err = row_frame_open(row, RUN_FORMAT, &in);
    if (err != ERR_OK)
        return err;
    run_fields_read(&in, &read);
    if (!reader_done(&in) || read.number == 0)
        return ERR_CORRUPT;
    *run = read;
    return ERR_OK;
}

void transfer_memory_write(struct writer *out, const struct transfer_memory *memory)
{
    size_t began = row_frame_begin(out, MEMORY_FORMAT);
    write_u64(out, memory->numbers);
    write_u64(out, memory->mark);
    write_i32(out, memory->night);
    write_u8(out, memory->everything ? 1 : 0);
    write_u8(out, memory->stopped ? 1 : 0);
    write_u64(out, memory->full_next);
    write_u64(out, memory->full_end);
    run_fields_write(out, &memory->open);
    row_frame_end(out, began);
}

enum err transfer_memory_read(struct bytes row, struct transfer_memory *memory)
{
    struct reader in;
    enum err err = row_frame_open(row, MEMORY_FORMAT, &in);
    if (err != ERR_OK)
        return err;
    struct transfer_memory read = {.numbers = read_u64(&in)};
    read.mark = read_u64(&in);
    read.night = read_i32(&in);
    read.everything = read_u8(&in) == 1;
    read.stopped = read_u8(&in) == 1;
    read.full_next = read_u64(&in);
    read.full_end = read_u64(&in);
    run_fields_read(&in, &read.open);
    if (!reader_done(&in))
        return ERR_CORRUPT;
    *memory = read;
    return ERR_OK;
}

void transfer_sent_write(struct writer *out, const struct transfer_sent *sent)
{
    size_t began = row_frame_begin(out, SENT_FORMAT);
    write_u8(out, (uint8_t)sent->verdict);
    write_u64(out, sent->transfer);
    write_i64(out, sent->at);
    write_sized8(out, sent->code);
    row_frame_end(out, began);
}

enum err transfer_sent_read(struct bytes row, struct transfer_sent *sent)
{
    struct reader in;
    enum err err = row_frame_open(row, SENT_FORMAT, &in);
    if (err != ERR_OK)
        return err;
    struct transfer_sent read = {.verdict = (enum transfer_verdict)read_u8(&in)};
    read.transfer = read_u64(&in);
    read.at = read_i64(&in);
    read.code = read_sized8(&in);
    if (!reader_done(&in) || read.verdict < TRANSFER_ACCEPTED || read.verdict > TRANSFER_REJECTED)
        return ERR_CORRUPT;
    *sent = read;
    return ERR_OK;
}

void transfer_bad_write(struct writer *out, const struct transfer_bad *bad)
{
    size_t began = row_frame_begin(out, BAD_FORMAT);
    write_u64(out, bad->row);
    write_u64(out, bad->transfer);
    write_u32(out, bad->version);
    write_i64(out, bad->at);
    write_sized8(out, bad->code);
    row_frame_end(out, began);
}

enum err transfer_bad_read(struct bytes row, struct transfer_bad *bad)
{
    struct reader in;
    enum err err = row_frame_open(row, BAD_FORMAT, &in);
    if (err != ERR_OK)
        return err;
    struct transfer_bad read = {.row = read_u64(&in)};
    read.transfer = read_u64(&in);
    read.version = read_u32(&in);
    read.at = read_i64(&in);
    read.code = read_sized8(&in);
    if (!reader_done(&in) || read.row == 0)
        return ERR_CORRUPT;
    *bad = read;
    return ERR_OK;
}

/* ---- names ---- */

size_t transfer_id_print(uint64_t number, char out[TRANSFER_ID_MAX])
{
    CHECK(number > 0 && number <= UINT64_C(99999999999999));
    int size = snprintf(out, TRANSFER_ID_MAX, "T%08" PRIu64, number);
    CHECK(size > 0 && size < TRANSFER_ID_MAX);
    return (size_t)size;
}

bool transfer_id_parse(struct bytes text, uint64_t *number)
{
    if (text.size < 9 || text.size >= TRANSFER_ID_MAX || text.data[0] != 'T')
        return false;
    uint64_t read = 0;
    for (size_t i = 1; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        read = read * 10 + (uint64_t)(text.data[i] - '0');
    }
    char again[TRANSFER_ID_MAX];
    if (read == 0 || transfer_id_print(read, again) != text.size)
        return false; /* more zeros than printing gives */
    *number = read;
    return true;
}

size_t transfer_key_print(uint64_t number, const uint8_t sha256[32], char out[TRANSFER_KEY_MAX])
{
    char id[TRANSFER_ID_MAX];
    transfer_id_print(number, id);
    int size = snprintf(out, TRANSFER_KEY_MAX, "%s-", id);
    for (int i = 0; i < KEY_DIGITS / 2; i++)
        size += snprintf(out + size, (size_t)(TRANSFER_KEY_MAX - size), "%02x", sha256[i]);
    CHECK(size > 0 && size < TRANSFER_KEY_MAX);
    return (size_t)size;
}

const char *transfer_kind_name(enum transfer_kind kind)
{
    switch (kind) {
    case TRANSFER_DELTA: return "delta";
    case TRANSFER_FULL: return "full";
    }
    CHECK(false);
    return "";
}

const char *transfer_state_name(enum transfer_state state)
{
    switch (state) {
    case TRANSFER_BUILDING: return "building";
    case TRANSFER_SENDING: return "sending";
    case TRANSFER_AWAITING: return "awaiting_result";
    case TRANSFER_DONE: return "done";
    case TRANSFER_FAILED: return "failed";
    }
    CHECK(false);
    return "";
}

/* ---- when ---- */

bool transfer_full_pending(const struct transfer_memory *memory)
{
    return memory->full_next > 0 && memory->full_next <= memory->full_end;
}

uint32_t transfer_pause_ms(const struct transfer_rules *rules, uint32_t attempts)
{
    uint64_t pause = rules->first_ms;
    for (uint32_t i = 1; i < attempts && pause < rules->longest_ms; i++)
        pause *= 2;
    return pause < rules->longest_ms ? (uint32_t)pause : rules->longest_ms;
}

int32_t transfer_night(const struct transfer_rules *rules, struct wall now)
{
    int64_t local = taipei_local(now);
    int32_t day = taipei_day(now);
    int64_t minute = local - (int64_t)day * MINUTES_PER_DAY;
    return minute >= rules->minute ? day - 1 : day - 2;
}

int64_t transfer_until_night(const struct transfer_rules *rules, struct wall now)
{
    int64_t of_day = (now.ms + TAIPEI_OFFSET_MS) % (MINUTES_PER_DAY * INT64_C(60000));
    int64_t at = rules->minute * INT64_C(60000);
    return at > of_day ? at - of_day : at - of_day + MINUTES_PER_DAY * INT64_C(60000);
}
