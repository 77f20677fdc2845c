#include "rt/payload.h"
#include "base/check.h"
#include <string.h>

enum { PAYLOAD_FORMAT = 1 }; /* first byte of everything that is stored */

static void case_id_write(struct writer *out, struct case_id id)
{
    write_u64(out, id.home);
    write_i32(out, id.day);
    write_u32(out, id.serial);
}

static struct case_id case_id_read(struct reader *in)
{
    struct case_id id = {0};
    id.home = read_u64(in);
    id.day = read_i32(in);
    id.serial = read_u32(in);
    return id;
}

static void line_write(struct writer *out, struct line_id id)
{
    case_id_write(out, id.in);
    write_u16(out, id.n);
}

static struct line_id line_read(struct reader *in)
{
    struct line_id id = {0};
    id.in = case_id_read(in);
    id.n = read_u16(in);
    return id;
}

static void digest_write(struct writer *out, const struct digest *digest)
{
    write_raw(out, bytes_of(digest->bytes, sizeof digest->bytes));
}

void done_reply_write(struct writer *out, const struct done_reply *reply)
{
    write_u8(out, reply->replay ? 1 : 0);
    write_u16(out, reply->status);
    case_id_write(out, reply->made);
    write_u16(out, reply->n);
    write_sized32(out, reply->rows);
}

bool done_reply_read(struct bytes in, struct done_reply *reply)
{
    struct reader reader = reader_of(in);
    reply->replay = read_u8(&reader) == 1;
    reply->status = read_u16(&reader);
    reply->made = case_id_read(&reader);
    reply->n = read_u16(&reader);
    reply->rows = read_sized32(&reader);
    return reader_done(&reader);
}

void payload_row_write(struct writer *out, const struct payload_row *row)
{
    write_u8(out, (uint8_t)row->table);
    write_sized8(out, row->key);
    write_sized32(out, row->value);
}

bool payload_row_read(struct reader *in, struct payload_row *row)
{
    if (in->rest.size == 0) {
        return false;
    }
    row->table = (enum table)read_u8(in);
    row->key = read_sized8(in);
    row->value = read_sized32(in);
    return !in->failed;
}

const char *decided_name(enum decided decided)
{
    switch (decided) {
    case DECIDED_DONE: return "done";
    case DECIDED_NOT_FOUND: return "not_found";
    case DECIDED_STALE: return "stale";
    case DECIDED_WRONG_STATE: return "wrong_state";
    case DECIDED_REASON_REQUIRED: return "reason_required";
    case DECIDED_OVERLOADED: return "overloaded";
    case DECIDED_UNKNOWN: return "unknown_outcome";
    }
    CHECK(false);
    return "";
}

void decided_write(struct writer *out, const struct decided_item *items, uint16_t count)
{
    for (uint16_t i = 0; i < count; i++) {
        write_u16(out, items[i].place);
        write_u8(out, (uint8_t)items[i].decided);
    }
}

bool decided_read(struct reader *in, struct decided_item *item)
{
    if (in->rest.size == 0) {
        return false;
    }
    item->place = read_u16(in);
    item->decided = (enum decided)read_u8(in);
    return !in->failed && item->decided <= DECIDED_UNKNOWN;
}

void challenge_reply_write(struct writer *out, const struct challenge_reply *reply)
{
    write_i64(out, reply->expires_at);
    write_sized16(out, reply->tbs);
}

bool challenge_reply_read(struct bytes in, struct challenge_reply *reply)
{
    struct reader reader = reader_of(in);
    reply->expires_at = read_i64(&reader);
    reply->tbs = read_sized16(&reader);
    return reader_done(&reader);
}

void login_reply_write(struct writer *out, const struct login_reply *reply)
{
    principal_write(out, &reply->principal);
    write_i64(out, reply->last_login_at);
    write_i64(out, reply->created_at);
    write_i64(out, reply->expires_at);
}

bool login_reply_read(struct bytes in, struct login_reply *reply)
{
    struct reader reader = reader_of(in);
    if (!principal_read(&reader, &reply->principal)) {
        return false;
    }
    reply->last_login_at = read_i64(&reader);
    reply->created_at = read_i64(&reader);
    reply->expires_at = read_i64(&reader);
    return reader_done(&reader);
}

void proof_input_write(struct writer *out, const struct proof_input *input)
{
    write_u8(out, (uint8_t)input->role);
    write_i64(out, input->now);
    write_sized16(out, input->tbs);
    write_sized16(out, input->certificate);
    write_sized16(out, input->signature);
}

bool proof_input_read(struct bytes in, struct proof_input *input)
{
    struct reader reader = reader_of(in);
    uint8_t role = read_u8(&reader);
    input->role = (enum card_role)role;
    input->now = read_i64(&reader);
    input->tbs = read_sized16(&reader);
    input->certificate = read_sized16(&reader);
    input->signature = read_sized16(&reader);
    return reader_done(&reader) && role >= ROLE_PERSON && role <= ROLE_OPS;
}

void proof_output_write(struct writer *out, const struct proof_output *output)
{
    write_u8(out, (uint8_t)output->outcome);
    digest_write(out, &output->card);
    write_sized16(out, output->name);
    write_sized8(out, output->id_tail);
    write_sized8(out, output->fingerprint);
}

bool proof_output_read(struct bytes in, struct proof_output *output)
{
    struct reader reader = reader_of(in);
    uint8_t outcome = read_u8(&reader);
    output->outcome = (enum outcome)outcome;
    read_copy(&reader, output->card.bytes, sizeof output->card.bytes);
    output->name = read_sized16(&reader);
    output->id_tail = read_sized8(&reader);
    output->fingerprint = read_sized8(&reader);
    return reader_done(&reader) && outcome < OUTCOME_COUNT;
}

const char *audit_action_name(enum audit_action action)
{
    switch (action) {
    case AUDIT_FILE: return "file";
    case AUDIT_EDIT: return "edit";
    case AUDIT_DELETE: return "delete";
    case AUDIT_SUBMIT: return "submit";
    case AUDIT_WITHDRAW: return "withdraw";
    case AUDIT_APPROVE: return "approve";
    case AUDIT_REJECT: return "reject";
    case AUDIT_RETURN: return "return";
    case AUDIT_LOGIN: return "login";
    case AUDIT_LOGOUT: return "logout";
    case AUDIT_LOCK: return "lock";
    case AUDIT_CARD_BIND: return "card_bind";
    case AUDIT_ENROL: return "enrol";
    case AUDIT_TOKEN_ADD: return "token_add";
    case AUDIT_TOKEN_REVOKE: return "token_revoke";
    case AUDIT_REGISTRY: return "registry";
    case AUDIT_TRANSFER: return "transfer";
    case AUDIT_UPLOAD: return "upload";
    case AUDIT_IMPORT: return "import";
    case AUDIT_UPLOAD_DELETE: return "upload_delete";
    }
    CHECK(false);
    return "";
}

void audit_write(struct writer *out, const struct audit *audit)
{
    write_u8(out, PAYLOAD_FORMAT);
    write_i64(out, audit->at);
    principal_write(out, &audit->actor);
    write_u8(out, (uint8_t)audit->action);
    line_write(out, audit->line);
    write_u32(out, audit->version);
    write_u64(out, audit->subject);
    write_sized8(out, audit->evidence);
}

bool audit_read(struct bytes in, struct audit *audit)
{
    struct reader reader = reader_of(in);
    if (read_u8(&reader) != PAYLOAD_FORMAT) {
        return false;
    }
    audit->at = read_i64(&reader);
    if (!principal_read(&reader, &audit->actor)) {
        return false;
    }
    uint8_t action = read_u8(&reader);
    audit->action = (enum audit_action)action;
    audit->line = line_read(&reader);
    audit->version = read_u32(&reader);
    audit->subject = read_u64(&reader);
    audit->evidence = read_sized8(&reader);
    return reader_done(&reader) && action >= AUDIT_FILE && action <= AUDIT_UPLOAD_DELETE;
}

void outbox_write(struct writer *out, const struct outbox *outbox)
{
    write_u8(out, PAYLOAD_FORMAT);
    write_i64(out, outbox->at);
    write_u8(out, (uint8_t)outbox->action);
    line_write(out, outbox->line);
    write_u32(out, outbox->version);
}

bool outbox_read(struct bytes in, struct outbox *outbox)
{
    struct reader reader = reader_of(in);
    if (read_u8(&reader) != PAYLOAD_FORMAT) {
        return false;
    }
    outbox->at = read_i64(&reader);
    uint8_t action = read_u8(&reader);
    outbox->action = (enum outbox_action)action;
    outbox->line = line_read(&reader);
    outbox->version = read_u32(&reader);
    return reader_done(&reader) && action >= OUTBOX_ADD && action <= OUTBOX_END;
}

void copy_write(struct writer *out, const struct copy *copy)
{
    write_u8(out, PAYLOAD_FORMAT);
    write_i64(out, copy->at);
    write_u32(out, copy->county);
    line_write(out, copy->line);
    write_u32(out, copy->version);
}

bool copy_read(struct bytes in, struct copy *copy)
{
    struct reader reader = reader_of(in);
    if (read_u8(&reader) != PAYLOAD_FORMAT) {
        return false;
    }
    copy->at = read_i64(&reader);
    copy->county = read_u32(&reader);
    copy->line = line_read(&reader);
    copy->version = read_u32(&reader);
    return reader_done(&reader);
}
