#include "rt/transfer_job.h"
#include "base/check.h"
#include "model/civil.h"

/* ---- byte forms ---- */

static void line_write(struct writer *out, struct line_id line)
{
    write_u64(out, line.in.home);
    write_i32(out, line.in.day);
    write_u32(out, line.in.serial);
    write_u16(out, line.n);
}

static struct line_id line_read(struct reader *in)
{
    struct line_id line = {.in = {.home = read_u64(in)}};
    line.in.day = read_i32(in);
    line.in.serial = read_u32(in);
    line.n = read_u16(in);
    return line;
}

void transfer_ask_write(struct writer *out, const struct transfer_ask *ask)
{
    write_u8(out, (uint8_t)ask->look);
    write_u64(out, ask->transfer);
    write_u8(out, (uint8_t)ask->kind);
    write_u64(out, ask->mark);
    write_u64(out, ask->first);
    write_u64(out, ask->last);
    write_i32(out, ask->before);
    write_u64(out, ask->of);
    write_u16(out, ask->rows_max);
}

bool transfer_ask_read(struct bytes in, struct transfer_ask *ask)
{
    struct reader reader = reader_of(in);
    ask->look = (enum transfer_look)read_u8(&reader);
    ask->transfer = read_u64(&reader);
    ask->kind = (enum transfer_kind)read_u8(&reader);
    ask->mark = read_u64(&reader);
    ask->first = read_u64(&reader);
    ask->last = read_u64(&reader);
    ask->before = read_i32(&reader);
    ask->of = read_u64(&reader);
    ask->rows_max = read_u16(&reader);
    return reader_done(&reader) && ask->look <= LOOK_RESEND && ask->rows_max > 0 &&
           ask->rows_max <= TRANSFER_ROWS_MAX;
}

void transfer_row_write(struct writer *out, const struct transfer_row *row)
{
    write_u64(out, row->row);
    line_write(out, row->line);
    write_u32(out, row->version);
    write_u8(out, (uint8_t)row->action);
    write_i64(out, row->at);
}

bool transfer_row_read(struct reader *in, struct transfer_row *row)
{
    if (in->rest.size == 0) {
        return false;
    }
    row->row = read_u64(in);
    row->line = line_read(in);
    row->version = read_u32(in);
    row->action = (enum outbox_action)read_u8(in);
    row->at = read_i64(in);
    return !in->failed;
}

void transfer_found_write(struct writer *out, const struct transfer_found *found)
{
    write_u64(out, found->mark);
    write_i32(out, found->day);
    write_raw(out, bytes_of(found->sha256, sizeof found->sha256));
    write_sized32(out, found->rows);
    write_sized32(out, found->document);
}

bool transfer_found_read(struct bytes in, struct transfer_found *found)
{
    struct reader reader = reader_of(in);
    found->mark = read_u64(&reader);
    found->day = read_i32(&reader);
    read_copy(&reader, found->sha256, sizeof found->sha256);
    found->rows = read_sized32(&reader);
    found->document = read_sized32(&reader);
    return reader_done(&reader);
}

void transfer_answer_write(struct writer *out, const struct transfer_answer *answer)
{
    write_u8(out, (uint8_t)answer->said);
    write_u16(out, answer->status);
    write_sized32(out, answer->rows);
}

bool transfer_answer_read(struct bytes in, struct transfer_answer *answer)
{
    struct reader reader = reader_of(in);
    uint8_t said = read_u8(&reader);
    answer->said = (enum transfer_said)said;
    answer->status = read_u16(&reader);
    answer->rows = read_sized32(&reader);
    return reader_done(&reader) && said <= SAID_NOTHING;
}

void transfer_result_write(struct writer *out, const struct transfer_result *result)
{
    line_write(out, result->line);
    write_u32(out, result->version);
    write_u8(out, result->accepted ? 1 : 0);
    write_sized8(out, result->code);
}

bool transfer_result_read(struct reader *in, struct transfer_result *result)
{
    if (in->rest.size == 0) {
        return false;
    }
    result->line = line_read(in);
    result->version = read_u32(in);
    result->accepted = read_u8(in) == 1;
    result->code = read_sized8(in);
    return !in->failed && result->code.size <= TRANSFER_CODE_MAX;
}

/* ---- choosing ---- */

struct choice {
    const struct transfer_ask *ask;
    const struct transfer_source *source;
    struct transfer_row *rows;
    uint16_t count;
    int32_t day;
};

static bool row_of(uint64_t number, struct bytes value, struct transfer_row *row)
{
    struct outbox outbox;
    if (!outbox_read(value, &outbox)) {
        return false;
    }
    *row = (struct transfer_row){.row = number,
                                 .line = outbox.line,
                                 .version = outbox.version,
                                 .action = outbox.action,
                                 .at = outbox.at};
    return true;
}

static bool has_line(const struct choice *choice, struct line_id line)
{
    for (uint16_t i = 0; i < choice->count; i++) {
        if (line_id_equal(choice->rows[i].line, line)) {
            return true;
        }
    }
    return false;
}

/* False: the document ends here. */
static bool take_due(struct choice *choice, const struct transfer_row *row)
{
    int32_t day = taipei_day((struct wall){row->at});
    struct transfer_bad bad;
    if (day >= choice->ask->before || (choice->count > 0 && day != choice->day) ||
        choice->count == choice->ask->rows_max) {
        return false;
    }
    if (!has_line(choice, row->line) &&
        !choice->source->bad(choice->source->self, row->line, &bad)) {
        choice->day = day;
        choice->rows[choice->count++] = *row;
    }
    return true;
}

static void choose_due(struct choice *choice, uint64_t *mark)
{
    const struct transfer_source *source = choice->source;
    uint64_t number = 0;
    struct bytes value;
    source->seek(source->self, *mark + 1);
    while (source->next(source->self, &number, &value)) {
        struct transfer_sent sent;
        struct transfer_row row;
        if (source->sent(source->self, number, &sent)) {
            *mark = number == *mark + 1 ? number : *mark;
        } else if (choice->ask->last != 0 && number > choice->ask->last) {
            return;
        } else if (!row_of(number, value, &row)) {
            return; /* of a newer program, or damaged: nothing may overtake it */
        } else if (number >= choice->ask->first && !take_due(choice, &row)) {
            return;
        }
    }
}

static void choose_full(struct choice *choice)
{
    const struct transfer_source *source = choice->source;
    uint64_t number = 0;
    struct bytes value;
    source->seek(source->self, choice->ask->first);
    while (choice->count < choice->ask->rows_max && source->next(source->self, &number, &value) &&
           number <= choice->ask->last) {
        struct transfer_sent sent;
        struct transfer_row row;
        if (source->sent(source->self, number, &sent) && sent.verdict == TRANSFER_ACCEPTED &&
            row_of(number, value, &row)) {
            choice->rows[choice->count++] = row;
        }
    }
}

static void choose_rejected(struct choice *choice)
{
    const struct transfer_source *source = choice->source;
    struct transfer_bad bad;
    while (choice->count < choice->ask->rows_max && source->next_bad(source->self, &bad)) {
        struct bytes value;
        struct transfer_row row;
        if (bad.transfer == choice->ask->of && source->row(source->self, bad.row, &value) &&
            row_of(bad.row, value, &row)) {
            choice->rows[choice->count++] = row;
        }
    }
}

uint16_t transfer_choose(const struct transfer_ask *ask, const struct transfer_source *source,
                         struct transfer_row *rows, uint64_t *mark, int32_t *day)
{
    struct choice choice = {.ask = ask, .source = source, .rows = rows, .day = DAY_NONE};
    *mark = ask->mark;
    switch (ask->look) {
    case LOOK_DUE: choose_due(&choice, mark); break;
    case LOOK_FULL: choose_full(&choice); break;
    case LOOK_RESEND: choose_rejected(&choice); break;
    }
    *day = choice.day;
    return choice.count;
}
