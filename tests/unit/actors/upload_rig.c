#include "tests/unit/actors/upload_rig.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <string.h>

enum { TEXT_ROOM = 2048, PART_ROOM = 64 * 1024 };

void up_open(struct up_rig *up)
{
    case_open(&up->cases);
    up->number = 0;
    up->lines = (struct bytes){0};
}

void up_close(struct up_rig *up)
{
    case_close(&up->cases);
}

/* ---- asking ---- */

static enum outcome up_ask(struct up_rig *up, struct msg *msg)
{
    msg->principal = up->cases.who;
    msg->request = up->cases.key;
    msg->body = up->cases.body;
    enum outcome outcome = rig_ask(&up->cases.rig, msg);
    if (outcome == OUTCOME_OK || outcome == OUTCOME_DELETED) {
        T_TRUE(done_reply_read(up->cases.rig.replies[0].body, &up->cases.done));
    } else if (outcome != OUTCOME_UPLOAD_FAULTS) {
        T_EQ_UINT(up->cases.rig.changes, 0); /* a refusal changes nothing */
    }
    return outcome;
}

enum outcome up_add(struct up_rig *up, uint8_t sha)
{
    static uint8_t sealed[UP_SHEET];
    memset(sealed, sha, sizeof sealed);
    struct msg msg = {.kind = MSG_UPLOAD_ADD,
                      .u.upload = {.kind = UPLOAD_GENERAL,
                                   .size = 4400,
                                   .name = BYTES_LITERAL("十二月.xlsx"),
                                   .sealed = bytes_of(sealed, sizeof sealed)}};
    memset(msg.u.upload.sha256, sha, sizeof msg.u.upload.sha256);
    enum outcome outcome = up_ask(up, &msg);
    if (outcome == OUTCOME_OK) {
        struct case_id made = up->cases.done.made;
        T_EQ_UINT(up->cases.done.status, 202);
        up->number = (uint64_t)(uint32_t)made.day << 32 | made.serial;
    }
    return outcome;
}

enum outcome up_import(struct up_rig *up, uint64_t number, struct up_import how)
{
    uint32_t version = up_there(up, number) ? up_record(up, number).version : 0;
    how.version = how.version == 0 ? version : how.version;
    struct msg msg = {
        .kind = MSG_UPLOAD_IMPORT,
        .u.upload = {.number = number,
                     .version = how.version,
                     .read_version = how.read_version == 0 ? how.version : how.read_version,
                     .all = how.all,
                     .submit = how.submit}};
    msg.u.upload.lines = up_parts(up, number, UPLOAD_LINES) == 0 ? (struct bytes){0} : up->lines;
    return up_ask(up, &msg);
}

enum outcome up_delete(struct up_rig *up, uint64_t number, uint32_t version)
{
    struct msg msg = {.kind = MSG_UPLOAD_DELETE,
                      .u.upload = {.number = number, .version = version}};
    return up_ask(up, &msg);
}

/* ---- the pool ---- */

static void up_answered(struct up_rig *up, const struct upload_found *found)
{
    uint8_t *room = arena_alloc(&up->cases.rig.kept, PART_ROOM);
    struct writer out = writer_on(room, PART_ROOM);
    upload_found_write(&out, found);
    T_FALSE(out.failed);
    struct msg msg = {.kind = MSG_WORK_DONE,
                      .u.work = {.tag = 1, .err = ERR_OK, .result = writer_bytes(&out)}};
    rig_receive(&up->cases.rig, &msg);
    T_EQ_UINT(up->cases.rig.replies_count, 0);
}

void up_found(struct up_rig *up, uint64_t number, const struct asked *lines, uint16_t count,
              uint16_t rows)
{
    uint8_t *room = arena_alloc(&up->cases.rig.kept, PART_ROOM);
    struct writer out = writer_on(room, PART_ROOM);
    upload_columns_write(&out, &(struct upload_columns){1, 3, 5, 6, 7});
    for (uint16_t i = 0; i < count; i++) {
        struct upload_line line = {.row = 2u + i,
                                   .quoted = {[QUOTED_START] = BYTES_LITERAL("1150417"),
                                              [QUOTED_TARGET] = BYTES_LITERAL("a place"),
                                              [QUOTED_PURPOSE] = BYTES_LITERAL("13")}};
        case_draft(&up->cases, &lines[i], &line.draft);
        upload_line_write(&out, &line);
    }
    T_FALSE(out.failed);
    up->lines = writer_bytes(&out);
    up_answered(up, &(struct upload_found){.number = number,
                                           .rows = rows,
                                           .faults = 2u * (rows - count),
                                           .lines = up->lines,
                                           .sealed_faults = rows > count ? BYTES_LITERAL("sealed")
                                                                         : (struct bytes){0}});
}

void up_refused(struct up_rig *up, uint64_t number, enum upload_error error, const char *told)
{
    up_answered(up, &(struct upload_found){.number = number,
                                           .error = error,
                                           .error_count = 301,
                                           .told = bytes_from_text(told)});
}

void up_work_fails(struct up_rig *up)
{
    struct msg msg = {.kind = MSG_WORK_DONE, .u.work = {.tag = 1, .err = ERR_CLOSED}};
    rig_receive(&up->cases.rig, &msg);
}

/* ---- looking ---- */

static const struct rig_row *row_of(const struct up_rig *up, uint64_t number)
{
    struct row_key key = key_of_upload(RIG_HOME, number);
    return rig_row(&up->cases.rig, TABLE_UPLOAD, row_key_bytes(&key));
}

bool up_there(const struct up_rig *up, uint64_t number)
{
    return row_of(up, number) != NULL;
}

struct upload_record up_record(struct up_rig *up, uint64_t number)
{
    const struct rig_row *row = row_of(up, number);
    struct upload_record record;
    T_TRUE(row != NULL);
    T_OK(upload_read(row->value, RIG_HOME, &record));
    T_EQ_UINT(record.number, number);
    for (int part = UPLOAD_SHEET; part < UPLOAD_PARTS; part++) {
        T_EQ_UINT(record.parts[part], up_parts(up, number, part));
    }
    return record;
}

uint32_t up_parts(const struct up_rig *up, uint64_t number, int part)
{
    struct row_key key = key_of_upload(RIG_HOME, number);
    uint32_t count = 0;
    for (uint32_t i = 0; i < up->cases.rig.rows_count; i++) {
        const struct rig_row *row = &up->cases.rig.rows[i];
        count += row->table == TABLE_UPLOAD_PART && !row->gone &&
                 bytes_start_with(row->key, row_key_bytes(&key)) &&
                 (part == 0 || row->key.data[16] == part);
    }
    return count;
}

const char *up_findings(struct up_rig *up, uint64_t number)
{
    static char text[TEXT_ROOM];
    struct row_key key = key_of_upload_part(RIG_HOME, number, UPLOAD_FINDINGS, 0);
    const struct rig_row *row = rig_row(&up->cases.rig, TABLE_UPLOAD_PART, row_key_bytes(&key));
    struct reader in = reader_of(row == NULL ? (struct bytes){0} : row->value);
    struct upload_finding finding;
    size_t used = 0;
    text[0] = '\0';
    while (upload_finding_read(&in, &finding) && used < sizeof text) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%u %u %s", finding.row,
                                 finding.column, code_name(finding.code));
        if (finding.with_row != 0 || finding.has_with) {
            used += (size_t)snprintf(text + used, sizeof text - used, " %s %u",
                                     finding.has_with ? "line" : "row",
                                     finding.has_with ? finding.with.n : finding.with_row);
        }
        struct reader person = reader_of(finding.value);
        if (upload_place_of(finding.code) == UPLOAD_AT_PERSON) {
            used += (size_t)snprintf(text + used, sizeof text - used, " person %u\n",
                                     (unsigned)read_u64(&person));
            T_TRUE(reader_done(&person));
            continue;
        }
        used += (size_t)snprintf(text + used, sizeof text - used, " %.*s\n",
                                 (int)finding.value.size, (const char *)finding.value.data);
    }
    T_TRUE(reader_done(&in));
    return text;
}

bool up_waits(const struct up_rig *up)
{
    struct row_key key = key_of_waiting(ACTOR_INSTITUTION, RIG_HOME);
    return rig_row(&up->cases.rig, TABLE_WAITING, row_key_bytes(&key)) != NULL;
}

uint64_t up_asked(const struct up_rig *up)
{
    struct upload_ask ask;
    if (up->cases.rig.works_count == 0) {
        return 0;
    }
    T_EQ_UINT(up->cases.rig.works_count, 1);
    T_TRUE(upload_ask_read(up->cases.rig.work, &ask));
    T_EQ_UINT(ask.home, RIG_HOME);
    return ask.number;
}

struct upload_record up_told(const struct up_rig *up)
{
    struct reader in = reader_of(up->cases.done.rows);
    struct payload_row row;
    struct upload_record record;
    T_TRUE(payload_row_read(&in, &row));
    T_TRUE(row.table == TABLE_UPLOAD && reader_done(&in));
    T_OK(upload_read(row.value, RIG_HOME, &record));
    return record;
}

enum audit_action up_audit(const struct up_rig *up, uint32_t from_end, struct audit *audit)
{
    uint32_t count = rig_count(&up->cases.rig, TABLE_AUDIT);
    T_TRUE(from_end < count);
    const struct rig_row *row = rig_row_at(&up->cases.rig, TABLE_AUDIT, count - 1 - from_end);
    T_TRUE(audit_read(row->value, audit));
    return audit->action;
}
