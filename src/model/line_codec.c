/* Each row stands in the frame of row_frame.h: format (1 for all of these) in front, CRC-32C
 * behind. Between them, big-endian, sizes in bytes:
 *
 *     CASE      version 4, created by 1, created at 8 (wall ms), next n 2, lines 2
 *
 *     LINE      home 8, day 4, serial 4, n 2      the id again: a row under a wrong key is noticed
 *               flags 1                           1 has a note, 2 registered
 *               kind 1, status 1, ended 1, created by 1
 *               person 8, target 8, department 2, purpose 1, attachments 1
 *               version 4, body version 4, decided version 4
 *               ended from 4 (day), due 4 (day)
 *               submitted at 8, decided at 8 (wall ms)
 *               times 1, then each as in time_code.c
 *
 *     BODY      note 2 + n, remark 2 + n, times 1, then each
 *
 *     REQUEST   request 16, body 16, at 8, status 2, made: home 8, day 4, serial 4; n 2
 *
 * 85 bytes and the times make a LINE: 106 for one weekly time. HISTORY stands in
 * history_codec.c. Readers judge every field: a sum that fits does not make a kind 9 exist. */
#include "model/line_codec.h"
#include "base/check.h"
#include "model/row_frame.h"

enum { CASE_FORMAT = 1, LINE_FORMAT = 1, BODY_FORMAT = 1, REQUEST_FORMAT = 1 };
enum { LINE_HAS_NOTE = 1, LINE_REGISTERED = 2, LINE_FLAGS = 3 };
enum { UTF8_POINT_MAX = 4, BODY_FRAME_ROOM = 16 };

void case_write(struct writer *out, const struct case_record *record)
{
    CHECK(record->created_by <= PRINCIPAL_SYSTEM);
    CHECK(record->lines <= LINES_MAX);
    size_t began = row_frame_begin(out, CASE_FORMAT);
    write_u32(out, record->version);
    write_u8(out, (uint8_t)record->created_by);
    write_i64(out, record->created_at);
    write_u16(out, record->next_n);
    write_u16(out, record->lines);
    row_frame_end(out, began);
}

enum err case_read(struct bytes row, struct case_record *record)
{
    struct reader in;
    enum err err = row_frame_open(row, CASE_FORMAT, &in);
    if (err != ERR_OK)
        return err;
    struct case_record read = {.id = record->id};
    read.version = read_u32(&in);
    uint8_t created_by = read_u8(&in);
    read.created_at = read_i64(&in);
    read.next_n = read_u16(&in);
    read.lines = read_u16(&in);
    if (!reader_done(&in) || created_by > PRINCIPAL_SYSTEM || read.lines > LINES_MAX)
        return ERR_CORRUPT;
    read.created_by = (enum principal_kind)created_by;
    *record = read;
    return ERR_OK;
}

/* ---- times, in both rows of a line ---- */

static void times_put(struct writer *out, const struct time_rule *times, uint16_t count)
{
    CHECK(count <= TIMES_MAX);
    CHECK(times != NULL || count == 0);
    write_u8(out, (uint8_t)count);
    for (uint16_t i = 0; i < count; i++)
        time_write(out, &times[i]);
}

/* time_read's "no" is damage or a full arena. */
static enum err times_fault(const struct arena *arena)
{
    return arena->dry ? ERR_NO_MEMORY : ERR_CORRUPT;
}

static enum err times_get(struct reader *in, struct arena *arena, const struct time_rule **times,
                          uint16_t *count)
{
    uint8_t read_count = read_u8(in);
    if (in->failed || read_count > TIMES_MAX)
        return ERR_CORRUPT;
    *times = NULL;
    *count = read_count;
    if (read_count == 0)
        return ERR_OK;
    struct time_rule *rules = arena_array(arena, read_count, sizeof *rules);
    if (rules == NULL)
        return ERR_NO_MEMORY;
    for (uint8_t i = 0; i < read_count; i++) {
        if (!time_read(in, arena, &rules[i]))
            return times_fault(arena);
    }
    *times = rules;
    return ERR_OK;
}

/* ---- a line's state ---- */

static void line_id_put(struct writer *out, struct line_id id)
{
    write_u64(out, id.in.home);
    write_i32(out, id.in.day);
    write_u32(out, id.in.serial);
    write_u16(out, id.n);
}

static struct line_id line_id_get(struct reader *in)
{
    struct line_id id = {0};
    id.in.home = read_u64(in);
    id.in.day = read_i32(in);
    id.in.serial = read_u32(in);
    id.n = read_u16(in);
    return id;
}

void line_state_write(struct writer *out, const struct line_state *line)
{
    CHECK(line->kind >= REQUEST_REGISTER && line->kind <= REQUEST_CANCEL);
    CHECK(line->status >= STATUS_DRAFT && line->status <= STATUS_RETURNED);
    CHECK(line->ended <= ENDED_CANCELLED);
    CHECK(line->created_by <= PRINCIPAL_SYSTEM);
    size_t began = row_frame_begin(out, LINE_FORMAT);
    line_id_put(out, line->id);
    write_u8(out, (uint8_t)((line->has_note ? LINE_HAS_NOTE : 0) |
                            (line->registered ? LINE_REGISTERED : 0)));
    write_u8(out, (uint8_t)line->kind);
    write_u8(out, (uint8_t)line->status);
    write_u8(out, (uint8_t)line->ended);
    write_u8(out, (uint8_t)line->created_by);
    write_u64(out, line->person);
    write_u64(out, line->target);
    write_u16(out, line->department);
    write_u8(out, line->purpose);
    write_u8(out, line->attachments);
    write_u32(out, line->version);
    write_u32(out, line->body_version);
    write_u32(out, line->decided_version);
    write_i32(out, line->ended_from);
    write_i32(out, line->due_day);
    write_i64(out, line->submitted_at);
    write_i64(out, line->decided_at);
    times_put(out, line->times, line->times_count);
    row_frame_end(out, began);
    if (!out->failed && out->size - began > LINE_STATE_MAX)
        out->failed = true; /* the parts of a LINE and an actor's quota count on it */
}

struct line_codes { /* the enums as bytes, before they are judged */
    uint8_t flags, kind, status, ended, created_by;
};

static bool line_codes_hold(const struct line_codes *codes)
{
    return (codes->flags & ~LINE_FLAGS) == 0 && codes->kind >= REQUEST_REGISTER &&
           codes->kind <= REQUEST_CANCEL && codes->status >= STATUS_DRAFT &&
           codes->status <= STATUS_RETURNED && codes->ended <= ENDED_CANCELLED &&
           codes->created_by <= PRINCIPAL_SYSTEM;
}

enum err line_state_read(struct bytes row, struct arena *arena, struct line_state *line)
{
    struct reader in;
    enum err err = row_frame_open(row, LINE_FORMAT, &in);
    if (err != ERR_OK)
        return err;
    struct line_state read = {0};
    struct line_codes codes;
    read.id = line_id_get(&in);
    codes.flags = read_u8(&in);
    codes.kind = read_u8(&in);
    codes.status = read_u8(&in);
    codes.ended = read_u8(&in);
    codes.created_by = read_u8(&in);
    read.person = read_u64(&in);
    read.target = read_u64(&in);
    read.department = read_u16(&in);
    read.purpose = read_u8(&in);
    read.attachments = read_u8(&in);
    read.version = read_u32(&in);
    read.body_version = read_u32(&in);
    read.decided_version = read_u32(&in);
    read.ended_from = read_i32(&in);
    read.due_day = read_i32(&in);
    read.submitted_at = read_i64(&in);
    read.decided_at = read_i64(&in);
    if (in.failed || !line_codes_hold(&codes))
        return ERR_CORRUPT;
    err = times_get(&in, arena, &read.times, &read.times_count);
    if (err != ERR_OK)
        return err;
    if (!reader_done(&in))
        return ERR_CORRUPT;
    read.has_note = (codes.flags & LINE_HAS_NOTE) != 0;
    read.registered = (codes.flags & LINE_REGISTERED) != 0;
    read.kind = (enum request_kind)codes.kind;
    read.status = (enum request_status)codes.status;
    read.ended = (enum ended)codes.ended;
    read.created_by = (enum principal_kind)codes.created_by;
    *line = read;
    return ERR_OK;
}

/* ---- a line's body ---- */

void line_body_write(struct writer *out, const struct line_body *body)
{
    size_t began = row_frame_begin(out, BODY_FORMAT);
    write_sized16(out, body->note);
    write_sized16(out, body->remark);
    times_put(out, body->times, body->times_count);
    row_frame_end(out, began);
}

struct bytes line_body_row(const struct line_body *body, struct arena *arena)
{
    uint8_t room[TIME_CODE_MAX + (NOTE_MAX + REMARK_MAX) * UTF8_POINT_MAX + BODY_FRAME_ROOM];
    struct writer out = writer_on(room, sizeof room);
    line_body_write(&out, body);
    CHECK(!out.failed);
    return arena_copy(arena, writer_bytes(&out));
}

enum err line_body_read(struct bytes row, struct arena *arena, struct line_body *body)
{
    struct reader in;
    enum err err = row_frame_open(row, BODY_FORMAT, &in);
    if (err != ERR_OK)
        return err;
    struct line_body read = {0};
    read.note = read_sized16(&in);
    read.remark = read_sized16(&in);
    if (in.failed)
        return ERR_CORRUPT;
    err = times_get(&in, arena, &read.times, &read.times_count);
    if (err != ERR_OK)
        return err;
    if (!reader_done(&in))
        return ERR_CORRUPT;
    *body = read;
    return ERR_OK;
}

/* ---- an idempotency record ---- */

void request_write(struct writer *out, const struct request_record *record)
{
    CHECK(!digest_is_none(&record->request));
    CHECK(record->status >= 200 && record->status < 300); /* only those are remembered (API 1) */
    size_t began = row_frame_begin(out, REQUEST_FORMAT);
    write_raw(out, bytes_of(record->request.bytes, sizeof record->request.bytes));
    write_raw(out, bytes_of(record->body.bytes, sizeof record->body.bytes));
    write_i64(out, record->at);
    write_u16(out, record->status);
    line_id_put(out, (struct line_id){record->made, record->n});
    row_frame_end(out, began);
    CHECK(out->failed || out->size - began <= REQUEST_RECORD_MAX);
}

enum err request_read(struct bytes row, struct request_record *record)
{
    struct reader in;
    enum err err = row_frame_open(row, REQUEST_FORMAT, &in);
    if (err != ERR_OK)
        return err;
    struct request_record read = {0};
    read_copy(&in, read.request.bytes, sizeof read.request.bytes);
    read_copy(&in, read.body.bytes, sizeof read.body.bytes);
    read.at = read_i64(&in);
    read.status = read_u16(&in);
    struct line_id made = line_id_get(&in);
    read.made = made.in;
    read.n = made.n;
    if (!reader_done(&in) || digest_is_none(&read.request) || read.status < 200 ||
        read.status >= 300)
        return ERR_CORRUPT;
    *record = read;
    return ERR_OK;
}
