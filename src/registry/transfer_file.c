#include "registry/transfer_file.h"
#include "base/check.h"
#include "model/civil.h"
#include "model/codes.h"
#include <csv.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { RESULT_COLUMNS = 5, NUMBER_MAX = 24 };

/* ---- out ---- */

struct csv_row {
    struct writer *out;
    bool begun;
};

static void put(struct csv_row *row, struct bytes text)
{
    if (row->begun) {
        write_u8(row->out, ',');
    }
    row->begun = true;
    struct writer *out = row->out;
    size_t room = out->capacity - out->size;
    if (out->failed) {
        return;
    }
    size_t size = csv_write(out->data + out->size, room,
                            text.data == NULL ? (const uint8_t *)"" : text.data, text.size);
    if (size > room) {
        out->failed = true;
    } else {
        out->size += size;
    }
}

static void put_text(struct csv_row *row, const char *text)
{
    put(row, bytes_from_text(text));
}

static void put_number(struct csv_row *row, uint64_t number)
{
    char text[NUMBER_MAX];
    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    put_text(row, text);
}

static void put_code(struct csv_row *row, uint64_t institution)
{
    char code[INSTITUTION_CODE_SIZE + 1];
    institution_code_print(institution, code);
    put_text(row, code);
}

static void put_roc(struct csv_row *row, int32_t day)
{
    char text[ROC_MAX + 1];
    roc_print(day, text);
    put_text(row, text);
}

/* Date and HHMM of a local minute; an end at 24:00 is the next day's 0000. */
static void put_local(struct csv_row *row, int64_t minutes)
{
    int32_t day = (int32_t)(minutes / MINUTES_PER_DAY);
    int minute = (int)(minutes - (int64_t)day * MINUTES_PER_DAY);
    char text[16];
    (void)snprintf(text, sizeof text, "%02d%02d", minute / 60, minute % 60);
    put_roc(row, day);
    put_text(row, text);
}

static void end(struct csv_row *row)
{
    write_text(row->out, "\r\n");
}

void transfer_columns_write(struct writer *out)
{
    static const char *const columns[] = {
        "CASE_NO",     "SEQ",        "VERSION",    "ACTION",       "PRSN_ID",     "PRSN_TYPE",
        "PRSN_NAME",   "HOSP_ID",    "PT_HOSP_ID", "PT_HOSP_NAME", "FUNC_TYPE",   "PURPOSE",
        "START_DATE",  "START_TIME", "END_DATE",   "END_TIME",     "OCCURRENCES", "APPROVE_DATE",
        "APPROVE_ORG", "DOC_NO",     "TXN_TIME"};
    struct csv_row row = {out, false};
    for (size_t i = 0; i < ARRAY_COUNT(columns); i++) {
        put_text(&row, columns[i]);
    }
    end(&row);
}

static const char *action_name(enum outbox_action action)
{
    switch (action) {
    case OUTBOX_ADD: return "A";
    case OUTBOX_CHANGE: return "C";
    case OUTBOX_END: return "D";
    }
    CHECK(false);
    return "";
}

void transfer_record_write(struct writer *out, const struct transfer_record *record)
{
    char text[LINE_ID_MAX];
    struct csv_row row = {out, false};
    case_no_print(record->line.in, text);
    put_text(&row, text);
    put_number(&row, record->line.n);
    put_number(&row, record->version);
    put_text(&row, action_name(record->action));
    put(&row, record->id_no);
    put(&row, bytes_of(&record->profession, 1));
    put(&row, record->name);
    put_code(&row, record->home);
    put_code(&row, record->target);
    put(&row, record->target_medical ? (struct bytes){0} : record->target_name);
    const struct department *department = department_unpack(record->department);
    put_text(&row, department == NULL ? "" : department->code);
    (void)snprintf(text, sizeof text, "%02u", record->purpose);
    put_text(&row, text);
    put_local(&row, record->first);
    put_local(&row, record->last);
    put_number(&row, record->occurrences);
    put_roc(&row, taipei_day((struct wall){record->decided_at}));
    put(&row, record->bureau);
    put(&row, record->document_no);
    char instant[INSTANT_MAX];
    instant_print((struct wall){record->at}, instant);
    put_text(&row, instant);
    end(&row);
}

void transfer_manifest_write(struct writer *out, uint64_t transfer, enum transfer_kind kind,
                             uint32_t rows, const uint8_t sha256[32])
{
    char text[2 * 32 + 1];
    struct csv_row row = {out, false};
    put_text(&row, "MANIFEST");
    transfer_id_print(transfer, text);
    put_text(&row, text);
    put_text(&row, transfer_kind_name(kind));
    put_number(&row, rows);
    for (int i = 0; i < 32; i++) {
        (void)snprintf(text + 2 * (size_t)i, 3, "%02x", sha256[i]);
    }
    put_text(&row, text);
    end(&row);
}

/* ---- in ---- */

struct parsing {
    struct writer *out;
    struct transfer_result result;
    char code[TRANSFER_CODE_MAX + 1];
    size_t code_size;
    uint32_t line, column;
    bool bad;
};

static bool number_parse(struct bytes text, uint32_t max, uint32_t *number)
{
    uint64_t read = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || read > max) {
            return false;
        }
        read = read * 10 + (uint64_t)(text.data[i] - '0');
    }
    *number = (uint32_t)read;
    return text.size > 0 && text.size < 11 && read > 0 && read <= max;
}

static bool field_take(struct parsing *parsing, struct bytes text)
{
    static const char *const names[RESULT_COLUMNS] = {"CASE_NO", "SEQ", "VERSION", "RESULT",
                                                      "CODE"};
    struct transfer_result *result = &parsing->result;
    uint32_t number = 0;
    if (parsing->column >= RESULT_COLUMNS) {
        return false;
    }
    if (parsing->line == 0) {
        return bytes_are_text(text, names[parsing->column]);
    }
    switch (parsing->column) {
    case 0: return case_no_parse(text, &result->line.in);
    case 1:
        if (!number_parse(text, UINT16_MAX, &number)) {
            return false;
        }
        result->line.n = (uint16_t)number;
        return true;
    case 2: return number_parse(text, UINT32_MAX, &result->version);
    case 3:
        result->accepted = bytes_are_text(text, "A");
        return result->accepted || bytes_are_text(text, "R");
    default:
        if (text.size > TRANSFER_CODE_MAX) {
            return false;
        }
        if (text.size > 0) {
            memcpy(parsing->code, text.data, text.size);
        }
        parsing->code_size = text.size;
        return true;
    }
}

static void on_field(void *data, size_t size, void *self)
{
    struct parsing *parsing = self;
    parsing->bad = parsing->bad || !field_take(parsing, bytes_of(data, size));
    parsing->column++;
}

static void on_line(int how, void *self)
{
    struct parsing *parsing = self;
    (void)how;
    parsing->bad = parsing->bad || parsing->column != RESULT_COLUMNS;
    if (!parsing->bad && parsing->line > 0) {
        parsing->result.code = bytes_of(parsing->code, parsing->code_size);
        transfer_result_write(parsing->out, &parsing->result);
    }
    parsing->line++;
    parsing->column = 0;
}

bool transfer_results_parse(struct bytes csv, struct writer *out)
{
    struct csv_parser parser;
    struct parsing parsing = {.out = out};
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        return false;
    }
    bool whole = csv_parse(&parser, csv.data, csv.size, on_field, on_line, &parsing) == csv.size &&
                 csv_fini(&parser, on_field, on_line, &parsing) == 0;
    csv_free(&parser);
    return whole && !parsing.bad && !out->failed && parsing.line > 0;
}
