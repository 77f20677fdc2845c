#include "verify_rows.h"
#include "base/check.h"
#include "model/registrant.h"
#include "model/row_keys.h"
#include "model/sessions.h"
#include "model/transfer.h"
#include "rt/payload.h"
#include <stdio.h>

enum { MEMORY_CHUNK = 64 * 1024 };

static bool bytes_are_there(struct verify_rows *verify, enum table table, struct bytes key)
{
    struct bytes value;
    return snapshot_get(verify->snapshot, table, key, &value) == ERR_OK;
}

static bool row_is_there(struct verify_rows *verify, enum table table, struct row_key key)
{
    return bytes_are_there(verify, table, row_key_bytes(&key));
}

static const char *check_case(struct verify_rows *verify, struct bytes key, struct bytes value)
{
    struct case_view view;
    struct case_record record = {0};
    if (!key_read_case(key, &record.id)) {
        return "case_key";
    }
    if (case_read(value, &record) != ERR_OK) {
        return "case_record";
    }
    /* All its lines with their bodies and decisions, as many as it says. */
    enum err err = query_case(verify->snapshot, record.id, &verify->memory, &view);
    return err != ERR_OK ? "case_lines" : record.lines == 0 ? "case_empty" : NULL;
}

static const char *check_line(struct verify_rows *verify, struct bytes key)
{
    struct line_id id;
    uint8_t part = 0;
    struct line_view view;
    struct case_record record;
    if (!key_read_line(key, &id, &part)) {
        return "line_key";
    }
    if (part > 0) {
        return NULL; /* looked at with its part 0 */
    }
    if (query_line(verify->snapshot, id, &verify->memory, &view) != ERR_OK) {
        return "line_record";
    }
    const struct line_state *state = &view.state;
    if (!line_id_equal(state->id, id) || id.n == 0) {
        return "line_id";
    }
    if (query_case_record(verify->snapshot, id.in, &record) != ERR_OK || id.n >= record.next_n) {
        return "line_without_case";
    }
    if (state->person != 0 &&
        !row_is_there(verify, TABLE_PERSON_LINE, key_of_person_line(state->person, id))) {
        return "line_without_person_index";
    }
    bool review = state->status == STATUS_UNDER_REVIEW;
    if (review != (state->due_day != DAY_NONE)) {
        return "line_due_day";
    }
    if (!row_is_there(verify, TABLE_HISTORY, key_of_history(id, state->version))) {
        return "line_without_history";
    }
    return NULL;
}

/* An index row must lead to a line that belongs there. */
static const char *check_index(struct verify_rows *verify, enum table table, struct bytes key)
{
    struct line_id id;
    uint64_t person = 0;
    uint32_t county = 0;
    int64_t created_at = 0;
    int32_t due = 0;
    struct line_state state;
    bool read = table == TABLE_PERSON_LINE   ? key_read_person_line(key, &person, &id)
                : table == TABLE_COUNTY_LINE ? key_read_county_line(key, &county, &created_at, &id)
                                             : key_read_queue(key, &county, &due, &created_at, &id);
    if (!read) {
        return "index_key";
    }
    if (query_line_state(verify->snapshot, id, &verify->memory, &state) != ERR_OK) {
        return "index_without_line";
    }
    if (table == TABLE_PERSON_LINE && state.person != person) {
        return "index_of_another_person";
    }
    struct case_record record;
    if (table != TABLE_PERSON_LINE &&
        (query_case_record(verify->snapshot, id.in, &record) != ERR_OK ||
         record.created_at != created_at)) {
        return "index_of_another_time";
    }
    if (table == TABLE_QUEUE && (state.status != STATUS_UNDER_REVIEW || state.due_day != due)) {
        return "queue_of_a_decided_line";
    }
    return NULL;
}

static const char *check_other(enum table table, struct bytes value)
{
    struct request_record request;
    struct session session;
    struct institution institution;
    struct person person;
    struct audit audit;
    struct outbox outbox;
    struct copy copy;
    struct transfer_run run;
    struct transfer_memory transfers;
    struct transfer_sent sent;
    struct transfer_bad bad;
    switch (table) {
    case TABLE_REQUEST: return request_read(value, &request) == ERR_OK ? NULL : "request_record";
    case TABLE_SESSION:
    case TABLE_TOKEN: return session_read(value, &session) == ERR_OK ? NULL : "session_record";
    case TABLE_INSTITUTION:
        return institution_read(value, &institution) == ERR_OK ? NULL : "institution_record";
    case TABLE_PERSON: return person_read(value, &person) == ERR_OK ? NULL : "person_record";
    case TABLE_AUDIT: return audit_read(value, &audit) ? NULL : "audit_record";
    case TABLE_OUTBOX: return outbox_read(value, &outbox) ? NULL : "outbox_record";
    case TABLE_COPY: return copy_read(value, &copy) ? NULL : "copy_record";
    case TABLE_SERIAL: return value.size == 4 ? NULL : "serial_record";
    case TABLE_TRANSFER: return transfer_run_read(value, &run) == ERR_OK ? NULL : "transfer_record";
    case TABLE_TRANSFER_STATE:
        return transfer_memory_read(value, &transfers) == ERR_OK ? NULL : "transfer_state_record";
    case TABLE_TRANSFER_BAD:
        return transfer_bad_read(value, &bad) == ERR_OK ? NULL : "transfer_bad_record";
    case TABLE_TRANSFER_SENT:
        return transfer_sent_read(value, &sent) == ERR_OK ? NULL : "transfer_sent_record";
    case TABLE_NONE:
    case TABLE_CASE:
    case TABLE_LINE:
    case TABLE_BODY:
    case TABLE_HISTORY:
    case TABLE_PERSON_LINE:
    case TABLE_QUEUE:
    case TABLE_COUNTY_LINE:
    case TABLE_COUNTS:
    case TABLE_REGISTRY_STATE:
    case TABLE_CARD:
    case TABLE_ENROLMENT:
    case TABLE_FAILURE:
    case TABLE_AUTH_STATE:
    case TABLE_WAITING:
    case TABLE_UPLOAD:
    case TABLE_UPLOAD_PART:
    case TABLE_STORE:
    case TABLE_MAX: break;
    }
    return NULL; /* looked at elsewhere, or without a form of its own */
}

/* Every part that the record counts is there. */
static const char *check_upload(struct verify_rows *verify, struct bytes key, struct bytes value)
{
    struct upload_record record;
    struct reader in = reader_of(key);
    uint64_t home = read_u64(&in);
    uint64_t number = read_u64(&in);
    if (upload_read(value, home, &record) != ERR_OK || !reader_done(&in) ||
        record.number != number) {
        return "upload_record";
    }
    for (enum upload_part part = UPLOAD_SHEET; part < UPLOAD_PARTS; part++) {
        for (uint16_t place = 0; place < record.parts[part]; place++) {
            struct row_key of = key_of_upload_part(home, number, part, place);
            if (!bytes_are_there(verify, TABLE_UPLOAD_PART, row_key_bytes(&of))) {
                return "upload_without_part";
            }
        }
    }
    return NULL;
}

static const char *on_row(void *self, enum table table, struct bytes key, struct bytes value)
{
    struct verify_rows *verify = self;
    arena_reset(&verify->memory);
    if (table == TABLE_CASE) {
        return check_case(verify, key, value);
    }
    if (table == TABLE_LINE) {
        return check_line(verify, key);
    }
    if (table == TABLE_UPLOAD) {
        return check_upload(verify, key, value);
    }
    if (table == TABLE_TRANSFER_SENT && !bytes_are_there(verify, TABLE_OUTBOX, key)) {
        return "sent_without_outbox";
    }
    if (table == TABLE_PERSON_LINE || table == TABLE_COUNTY_LINE || table == TABLE_QUEUE) {
        return check_index(verify, table, key);
    }
    return check_other(table, value);
}

/* ---- sums ---- */

static bool home_sums_up(struct verify_rows *verify, uint64_t home, uint64_t *lines)
{
    uint32_t told[6];
    uint32_t counted[6] = {0};
    struct scan *scan = NULL;
    struct row_key prefix = key_of_u64(home);
    if (query_counts(verify->snapshot, home, told) != ERR_OK ||
        scan_open(verify->snapshot, TABLE_LINE, row_key_bytes(&prefix), false, &scan) != ERR_OK) {
        return false;
    }
    struct bytes key, value;
    bool sound = true;
    while (sound && scan_next(scan, &key, &value)) {
        struct line_id id;
        uint8_t part = 0;
        struct line_state state;
        arena_reset(&verify->memory);
        sound = key_read_line(key, &id, &part);
        if (sound && part == 0) {
            sound = query_line_state(verify->snapshot, id, &verify->memory, &state) == ERR_OK;
            counted[sound ? state.status : 0]++;
            (*lines)++;
        }
    }
    sound = sound && scan_err(scan) == ERR_OK;
    scan_close(scan);
    for (int status = STATUS_DRAFT; status <= STATUS_RETURNED; status++) {
        sound = sound && told[status] == counted[status];
    }
    return sound;
}

static uint64_t table_rows(struct verify_rows *verify, enum table table)
{
    struct scan *scan = NULL;
    struct bytes key, value;
    uint64_t rows = 0;
    if (scan_open(verify->snapshot, table, (struct bytes){0}, false, &scan) != ERR_OK) {
        return UINT64_MAX;
    }
    while (scan_next(scan, &key, &value)) {
        rows++;
    }
    scan_close(scan);
    return rows;
}

static void on_finding(void *self, const struct finding *finding)
{
    struct verify_rows *verify = self;
    (void)fprintf(verify->out, "%s\t%s\n", finding->what, finding->sentence);
}

static void on_begin(void *self, struct snapshot *snapshot)
{
    struct verify_rows *verify = self;
    verify->snapshot = snapshot;
    arena_init(&verify->memory, MEMORY_CHUNK, 0);
}

static uint64_t check_sums(struct verify_rows *verify)
{
    struct scan *scan = NULL;
    struct bytes key, value;
    uint64_t bad = 0;
    uint64_t lines = 0;
    if (scan_open(verify->snapshot, TABLE_COUNTS, (struct bytes){0}, false, &scan) != ERR_OK) {
        on_finding(verify, &(struct finding){"unreadable", "the counts can't be read"});
        return 1;
    }
    while (scan_next(scan, &key, &value)) {
        struct reader in = reader_of(key);
        uint64_t home = read_u64(&in);
        if (home_sums_up(verify, home, &lines)) {
            continue;
        }
        char code[INSTITUTION_CODE_SIZE + 1];
        char sentence[96];
        institution_code_print(home, code);
        (void)snprintf(sentence, sizeof sentence, "the counts of %s are not the sum of its lines",
                       code);
        on_finding(verify, &(struct finding){"counts", sentence});
        bad++;
    }
    scan_close(scan);
    if (table_rows(verify, TABLE_COUNTY_LINE) != lines) {
        on_finding(verify,
                   &(struct finding){"county_index", "it has more or fewer rows than lines"});
        bad++;
    }
    return bad;
}

static uint64_t on_end(void *self, bool examined)
{
    struct verify_rows *verify = self;
    uint64_t bad = examined ? check_sums(verify) : 0;
    arena_deinit(&verify->memory);
    verify->snapshot = NULL;
    return bad;
}

struct doctor verify_rows_doctor(struct verify_rows *verify)
{
    return (struct doctor){.self = verify,
                           .report = on_finding,
                           .begin = on_begin,
                           .check_row = on_row,
                           .end = on_end};
}
