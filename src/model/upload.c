/* Forms, big-endian:
 *
 *     record    in a row_frame: number 8, kind 1, state 1, version 4, created 8, size 4, sha256 32,
 *               parts 4 × 2, error 1, error count 4, rows 2, valid 2, faults 4, findings 4,
 *               made (day 4, serial 4), imported 2, skipped 2, uploader, name sized16, told sized16
 *     columns   5 × 2
 *     line      row 4, value sized16, person 8, target 8, department 2, purpose 1,
 *               body row sized32
 *     finding   row 4, column 2, code 1, value sized16, with row 4, has_with 1, with (day 4,
 *               serial 4, n 2)
 *     ask       home 8, number 8
 *     found     number 8, error 1, error count 4, told sized16, rows 2, faults 4, lines sized32,
 *               sealed faults sized32 */
#include "model/upload.h"
#include "base/check.h"
#include "model/row_frame.h"

enum { RECORD_FORMAT = 1 };

static const char *const kind_names[] = {[UPLOAD_GENERAL] = "general", [UPLOAD_RULE] = "rule"};
static const char *const state_names[] = {[UPLOAD_RECEIVED] = "received",
                                          [UPLOAD_READY] = "ready",
                                          [UPLOAD_DONE] = "done",
                                          [UPLOAD_FAILED] = "failed"};
#define UPLOAD_ERROR_NAME(id, name) [UPLOAD_##id] = (name),
static const char *const error_names[UPLOAD_ERRORS] = {UPLOAD_ERROR_LIST(UPLOAD_ERROR_NAME)};
#undef UPLOAD_ERROR_NAME

const char *upload_kind_name(enum upload_kind kind)
{
    CHECK(kind >= UPLOAD_GENERAL && kind <= UPLOAD_RULE);
    return kind_names[kind];
}

bool upload_kind_parse(struct bytes text, enum upload_kind *kind)
{
    for (enum upload_kind at = UPLOAD_GENERAL; at <= UPLOAD_RULE; at++) {
        if (bytes_are_text(text, kind_names[at])) {
            *kind = at;
            return true;
        }
    }
    return false;
}

const char *upload_state_name(enum upload_state state)
{
    CHECK(state >= UPLOAD_RECEIVED && state <= UPLOAD_FAILED);
    return state_names[state];
}

const char *upload_error_name(enum upload_error error)
{
    CHECK(error < UPLOAD_ERRORS);
    return error_names[error];
}

/* ---- the record ---- */

void upload_write(struct writer *out, const struct upload_record *record)
{
    size_t began = row_frame_begin(out, RECORD_FORMAT);
    write_u64(out, record->number);
    write_u8(out, (uint8_t)record->kind);
    write_u8(out, (uint8_t)record->state);
    write_u32(out, record->version);
    write_i64(out, record->created_at);
    write_u32(out, record->size);
    write_raw(out, bytes_of(record->sha256, sizeof record->sha256));
    for (int part = UPLOAD_SHEET; part < UPLOAD_PARTS; part++)
        write_u16(out, record->parts[part]);
    write_u8(out, (uint8_t)record->error);
    write_u32(out, record->error_count);
    write_u16(out, record->rows);
    write_u16(out, record->valid);
    write_u32(out, record->faults);
    write_u32(out, record->findings);
    write_i32(out, record->made.day);
    write_u32(out, record->made.serial);
    write_u16(out, record->imported);
    write_u16(out, record->skipped);
    principal_write(out, &record->uploader);
    write_sized16(out, record->name);
    write_sized16(out, record->told);
    row_frame_end(out, began);
}

static bool fields_read(struct reader *in, struct upload_record *record)
{
    record->number = read_u64(in);
    uint8_t kind = read_u8(in), state = read_u8(in);
    record->version = read_u32(in);
    record->created_at = read_i64(in);
    record->size = read_u32(in);
    read_copy(in, record->sha256, sizeof record->sha256);
    for (int part = UPLOAD_SHEET; part < UPLOAD_PARTS; part++)
        record->parts[part] = read_u16(in);
    uint8_t error = read_u8(in);
    record->error_count = read_u32(in);
    record->rows = read_u16(in);
    record->valid = read_u16(in);
    record->faults = read_u32(in);
    record->findings = read_u32(in);
    record->made.day = read_i32(in);
    record->made.serial = read_u32(in);
    record->imported = read_u16(in);
    record->skipped = read_u16(in);
    if (!principal_read(in, &record->uploader))
        return false;
    record->name = read_sized16(in);
    record->told = read_sized16(in);
    record->kind = (enum upload_kind)kind;
    record->state = (enum upload_state)state;
    record->error = (enum upload_error)error;
    return reader_done(in) && kind >= UPLOAD_GENERAL && kind <= UPLOAD_RULE &&
           state >= UPLOAD_RECEIVED && state <= UPLOAD_FAILED && error < UPLOAD_ERRORS &&
           record->name.size <= UPLOAD_NAME_MAX && record->told.size <= UPLOAD_TOLD_MAX;
}

enum err upload_read(struct bytes row, uint64_t home, struct upload_record *record)
{
    struct reader in;
    enum err err = row_frame_open(row, RECORD_FORMAT, &in);
    if (err != ERR_OK)
        return err;
    struct upload_record read = {.home = home, .made.home = home};
    if (!fields_read(&in, &read))
        return ERR_CORRUPT;
    *record = read;
    return ERR_OK;
}

/* ---- ids and keys ---- */

void upload_id_print(uint64_t number, char out[UPLOAD_ID_SIZE + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = UPLOAD_ID_SIZE; i-- > 0; number >>= 4)
        out[i] = digits[number & 15];
    out[UPLOAD_ID_SIZE] = '\0';
}

bool upload_id_parse(struct bytes text, uint64_t *number)
{
    if (text.size != UPLOAD_ID_SIZE)
        return false;
    uint64_t read = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return false;
        read = read << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    *number = read;
    return read != 0;
}

static struct row_key key_made(struct row_key *key, const struct writer *out)
{
    CHECK(!out->failed);
    key->size = (uint8_t)out->size;
    return *key;
}

struct row_key key_of_upload(uint64_t home, uint64_t number)
{
    struct row_key key;
    struct writer out = writer_on(key.data, sizeof key.data);
    write_u64(&out, home);
    write_u64(&out, number);
    return key_made(&key, &out);
}

struct row_key key_of_upload_part(uint64_t home, uint64_t number, enum upload_part part,
                                  uint16_t place)
{
    struct row_key key;
    struct writer out = writer_on(key.data, sizeof key.data);
    write_u64(&out, home);
    write_u64(&out, number);
    write_u8(&out, (uint8_t)part);
    write_u16(&out, place);
    return key_made(&key, &out);
}

/* ---- parts ---- */

void upload_columns_write(struct writer *out, const struct upload_columns *columns)
{
    write_u16(out, columns->person);
    write_u16(out, columns->target);
    write_u16(out, columns->department);
    write_u16(out, columns->purpose);
    write_u16(out, columns->start);
}

void upload_columns_read(struct reader *in, struct upload_columns *columns)
{
    columns->person = read_u16(in);
    columns->target = read_u16(in);
    columns->department = read_u16(in);
    columns->purpose = read_u16(in);
    columns->start = read_u16(in);
}

struct bytes upload_value(struct bytes text)
{
    size_t size = text.size < UPLOAD_VALUE_MAX ? text.size : UPLOAD_VALUE_MAX;
    while (size > 0 && size < text.size && (text.data[size] & 0xc0) == 0x80)
        size--;
    return bytes_slice(text, 0, size);
}

void upload_line_write(struct writer *out, const struct upload_line *line)
{
    write_u32(out, line->row);
    for (int i = 0; i < QUOTED_COUNT; i++)
        write_sized16(out, line->quoted[i]);
    write_u64(out, line->draft.person);
    write_u64(out, line->draft.target);
    write_u16(out, line->draft.department);
    write_u8(out, line->draft.purpose);
    write_sized32(out, line->draft.body_row);
}

bool upload_line_read(struct reader *in, struct upload_line *line)
{
    if (in->failed || in->rest.size == 0)
        return false;
    *line = (struct upload_line){.row = read_u32(in)};
    for (int i = 0; i < QUOTED_COUNT; i++)
        line->quoted[i] = read_sized16(in);
    line->draft.given = DRAFT_ALL;
    line->draft.person = read_u64(in);
    line->draft.target = read_u64(in);
    line->draft.department = read_u16(in);
    line->draft.purpose = read_u8(in);
    line->draft.body_row = read_sized32(in);
    return !in->failed;
}

enum err upload_line_body(struct line_draft *draft, struct arena *arena)
{
    return line_body_read(draft->body_row, arena, &draft->body);
}

void upload_finding_write(struct writer *out, const struct upload_finding *finding)
{
    write_u32(out, finding->row);
    write_u16(out, finding->column);
    write_u8(out, (uint8_t)finding->code);
    write_sized16(out, finding->value);
    write_u32(out, finding->with_row);
    write_u8(out, finding->has_with ? 1 : 0);
    write_i32(out, finding->with.in.day);
    write_u32(out, finding->with.in.serial);
    write_u16(out, finding->with.n);
}

bool upload_finding_read(struct reader *in, struct upload_finding *finding)
{
    if (in->failed || in->rest.size == 0)
        return false;
    *finding = (struct upload_finding){.row = read_u32(in)};
    finding->column = read_u16(in);
    uint8_t code = read_u8(in);
    finding->value = read_sized16(in);
    finding->with_row = read_u32(in);
    finding->has_with = read_u8(in) == 1;
    finding->with.in.day = read_i32(in);
    finding->with.in.serial = read_u32(in);
    finding->with.n = read_u16(in);
    finding->code = (enum code)code;
    if (code == CODE_NONE || code >= CODE_COUNT)
        in->failed = true;
    return !in->failed;
}

enum upload_place upload_place_of(enum code code)
{
    static const enum upload_place places[CODE_COUNT] = {
        [CODE_NOT_YOUR_STAFF] = UPLOAD_AT_PERSON,
        [CODE_PERSON_NOT_PRACTISING] = UPLOAD_AT_PERSON,
        [CODE_PROFESSION_MAY_NOT_FILE] = UPLOAD_AT_PERSON,
        [CODE_NOT_MAIN_LICENCE] = UPLOAD_AT_PERSON,
        [CODE_LICENCE_EXPIRED] = UPLOAD_AT_PERSON,
        [CODE_HOME_NOT_OPEN] = UPLOAD_AT_PERSON,
        [CODE_UNKNOWN_INSTITUTION] = UPLOAD_AT_TARGET,
        [CODE_INSTITUTION_NOT_OPEN] = UPLOAD_AT_TARGET,
        [CODE_SAME_INSTITUTION] = UPLOAD_AT_TARGET,
        [CODE_UNKNOWN_DEPARTMENT] = UPLOAD_AT_DEPARTMENT,
        [CODE_UNKNOWN_PURPOSE] = UPLOAD_AT_PURPOSE,
        [CODE_PURPOSE_NOT_ALLOWED] = UPLOAD_AT_PURPOSE,
        [CODE_ATTACHMENT_REQUIRED] = UPLOAD_AT_PURPOSE,
    };
    CHECK(code < CODE_COUNT);
    return places[code];
}

/* ---- the work ---- */

void upload_ask_write(struct writer *out, const struct upload_ask *ask)
{
    write_u64(out, ask->home);
    write_u64(out, ask->number);
}

bool upload_ask_read(struct bytes in, struct upload_ask *ask)
{
    struct reader reader = reader_of(in);
    ask->home = read_u64(&reader);
    ask->number = read_u64(&reader);
    return reader_done(&reader);
}

void upload_found_counts_write(struct writer *out, const struct upload_found *found)
{
    write_u64(out, found->number);
    write_u8(out, (uint8_t)found->error);
    write_u32(out, found->error_count);
    write_sized16(out, found->told);
    write_u16(out, found->rows);
    write_u32(out, found->faults);
}

size_t upload_piece_begin(struct writer *out)
{
    write_u32(out, 0);
    return out->size;
}

void upload_piece_end(struct writer *out, size_t begun)
{
    if (out->failed)
        return;
    CHECK(begun >= sizeof(uint32_t) && begun <= out->size);
    struct writer size = writer_on(out->data + begun - sizeof(uint32_t), sizeof(uint32_t));
    write_u32(&size, (uint32_t)(out->size - begun));
}

void upload_found_write(struct writer *out, const struct upload_found *found)
{
    upload_found_counts_write(out, found);
    write_sized32(out, found->lines);
    write_sized32(out, found->sealed_faults);
}

bool upload_found_read(struct bytes in, struct upload_found *found)
{
    struct reader reader = reader_of(in);
    found->number = read_u64(&reader);
    uint8_t error = read_u8(&reader);
    found->error = (enum upload_error)error;
    found->error_count = read_u32(&reader);
    found->told = read_sized16(&reader);
    found->rows = read_u16(&reader);
    found->faults = read_u32(&reader);
    found->lines = read_sized32(&reader);
    found->sealed_faults = read_sized32(&reader);
    return reader_done(&reader) && error < UPLOAD_ERRORS && found->rows <= UPLOAD_ROWS_MAX &&
           found->told.size <= UPLOAD_TOLD_MAX;
}
