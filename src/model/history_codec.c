/* HISTORY, in the frame of row_frame.h, format 1:
 *
 *     at 8 (wall ms), actor (principal.c), action 1, version 4
 *     reason 2 + n, document number 2 + n, due 4 (day)
 *     remarks 2, each: field 2 + n, text 2 + n
 *     changes 2, each: field 2 + n, before 4 + n, after 4 + n
 *
 * Before and after may be the times of a line as JSON, hence their longer sizes. */
#include "base/check.h"
#include "model/line_codec.h"
#include "model/row_frame.h"

enum { HISTORY_FORMAT = 1 };

const char *history_action_name(enum history_action action)
{
    switch (action) {
    case HISTORY_CREATE: return "create";
    case HISTORY_EDIT: return "edit";
    case HISTORY_SUBMIT: return "submit";
    case HISTORY_WITHDRAW: return "withdraw";
    case HISTORY_APPROVE: return "approve";
    case HISTORY_REJECT: return "reject";
    case HISTORY_RETURN: return "return";
    case HISTORY_CHANGE: return "change";
    case HISTORY_CANCEL: return "cancel";
    case HISTORY_REVOKE: return "revoke";
    case HISTORY_COPY: return "copy";
    case HISTORY_EXPIRE: return "expire";
    case HISTORY_EVENT: return "event";
    }
    CHECK(false);
    return NULL;
}

void history_write(struct writer *out, const struct history *history)
{
    CHECK(history->action >= HISTORY_CREATE && history->action <= HISTORY_EVENT);
    CHECK(history->remarks != NULL || history->remarks_count == 0);
    CHECK(history->changes != NULL || history->changes_count == 0);
    size_t began = row_frame_begin(out, HISTORY_FORMAT);
    write_i64(out, history->at);
    principal_write(out, &history->actor);
    write_u8(out, (uint8_t)history->action);
    write_u32(out, history->version);
    write_sized16(out, history->reason);
    write_sized16(out, history->document_no);
    write_i32(out, history->due_day);
    write_u16(out, history->remarks_count);
    for (uint16_t i = 0; i < history->remarks_count; i++) {
        write_sized16(out, history->remarks[i].field);
        write_sized16(out, history->remarks[i].text);
    }
    write_u16(out, history->changes_count);
    for (uint16_t i = 0; i < history->changes_count; i++) {
        write_sized16(out, history->changes[i].field);
        write_sized32(out, history->changes[i].before);
        write_sized32(out, history->changes[i].after);
    }
    row_frame_end(out, began);
}

/* A count is believed only as far as the bytes that are left can hold such items. */
static bool count_fits(const struct reader *in, uint16_t count, size_t least_size)
{
    return !in->failed && count <= in->rest.size / least_size;
}

static enum err remarks_get(struct reader *in, struct arena *arena, struct history *history)
{
    uint16_t count = read_u16(in);
    if (!count_fits(in, count, 4))
        return ERR_CORRUPT;
    if (count == 0)
        return ERR_OK;
    struct remark_on *remarks = arena_array(arena, count, sizeof *remarks);
    if (remarks == NULL)
        return ERR_NO_MEMORY;
    for (uint16_t i = 0; i < count; i++) {
        remarks[i].field = read_sized16(in);
        remarks[i].text = read_sized16(in);
    }
    history->remarks = remarks;
    history->remarks_count = count;
    return in->failed ? ERR_CORRUPT : ERR_OK;
}

static enum err changes_get(struct reader *in, struct arena *arena, struct history *history)
{
    uint16_t count = read_u16(in);
    if (!count_fits(in, count, 10))
        return ERR_CORRUPT;
    if (count == 0)
        return ERR_OK;
    struct history_change *changes = arena_array(arena, count, sizeof *changes);
    if (changes == NULL)
        return ERR_NO_MEMORY;
    for (uint16_t i = 0; i < count; i++) {
        changes[i].field = read_sized16(in);
        changes[i].before = read_sized32(in);
        changes[i].after = read_sized32(in);
    }
    history->changes = changes;
    history->changes_count = count;
    return in->failed ? ERR_CORRUPT : ERR_OK;
}

enum err history_read(struct bytes row, struct arena *arena, struct history *history)
{
    struct reader in;
    enum err err = row_frame_open(row, HISTORY_FORMAT, &in);
    if (err != ERR_OK)
        return err;
    struct history read = {0};
    read.at = read_i64(&in);
    if (!principal_read(&in, &read.actor))
        return ERR_CORRUPT;
    uint8_t action = read_u8(&in);
    read.version = read_u32(&in);
    read.reason = read_sized16(&in);
    read.document_no = read_sized16(&in);
    read.due_day = read_i32(&in);
    if (in.failed || action < HISTORY_CREATE || action > HISTORY_EVENT)
        return ERR_CORRUPT;
    read.action = (enum history_action)action;
    err = remarks_get(&in, arena, &read);
    if (err == ERR_OK)
        err = changes_get(&in, arena, &read);
    if (err != ERR_OK)
        return err;
    if (!reader_done(&in))
        return ERR_CORRUPT;
    *history = read;
    return ERR_OK;
}
