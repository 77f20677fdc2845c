/* Dispatch, restoring, and the keys of requests that were answered before. */
#include "actors/institution.h"
#include "actors/institution_private.h"
#include "base/check.h"
#include "rt/rules.h"
#include <string.h>

enum { INSTITUTION_QUOTA = 256 << 20, DONE_REPLY_ROOM = 64 };

static void institution_start(void *memory, struct addr self, struct arena *arena)
{
    struct institution_state *state = memory;
    CHECK(self.kind == ACTOR_INSTITUTION);
    state->id = self.id;
    state->memory = arena;
    state->serial_day = DAY_NONE;
    state->serial_old_day = DAY_NONE;
    state->floor_day = DAY_NONE;
    memory_init(state);
    index_init(&state->by_id, arena);
    index_init(&state->by_person, arena);
    index_init(&state->by_request, arena);
    desk_link_init(&state->desks, self, arena, TIMER_TOKEN_DESKS);
}

/* ---- restoring ---- */

/* Rows were written by this program and checked by their sums: what does not fit is a broken store,
 * which no answer can be built on. Where memory runs out a function just returns: the shard sees it
 * in the arena, and the load has failed. */
static void restore_line(struct institution_state *state)
{
    if (state->pending_parts == 0) {
        return;
    }
    struct line_state line;
    struct bytes row = bytes_of(state->pending_bytes, state->pending_size);
    enum err err = line_state_read(row, state->memory, &line);
    if (err == ERR_NO_MEMORY) {
        return;
    }
    CHECK(err == ERR_OK);
    CHECK(line_id_equal(line.id, state->pending));
    struct line_slot *slot = memory_add_line(state, &line);
    if (slot == NULL) {
        return;
    }
    slot->parts = state->pending_parts;
    state->pending_parts = 0;
    state->pending_size = 0;
}

static void restore_line_part(struct institution_state *state, struct bytes key, struct bytes value)
{
    struct line_id id;
    uint8_t part = 0;
    bool read = key_read_line(key, &id, &part);
    CHECK(read);
    if (part == 0) {
        restore_line(state);
        state->pending = id;
    }
    CHECK(part == state->pending_parts && line_id_equal(id, state->pending));
    if (state->pending_bytes == NULL) {
        state->pending_bytes = arena_alloc(state->memory, LINE_STATE_MAX);
        if (state->pending_bytes == NULL) {
            return;
        }
    }
    CHECK(state->pending_size + value.size <= LINE_STATE_MAX);
    memcpy(state->pending_bytes + state->pending_size, value.data, value.size);
    state->pending_size += value.size;
    state->pending_parts++;
}

static void restore_case(struct institution_state *state, struct bytes key, struct bytes value)
{
    struct case_record record = {0};
    bool read = key_read_case(key, &record.id);
    CHECK(read);
    enum err err = case_read(value, &record);
    CHECK(err == ERR_OK);
    (void)memory_add_case(state, &record);
}

static void restore_serial(struct institution_state *state, struct bytes key, struct bytes value)
{
    struct reader key_in = reader_of(key);
    (void)read_u64(&key_in);
    /* Days are stored with their sign bit flipped (row_keys.c). */
    int32_t day = (int32_t)(read_u32(&key_in) ^ 0x80000000u);
    struct reader in = reader_of(value);
    uint32_t last = read_u32(&in);
    CHECK(reader_done(&key_in) && reader_done(&in));
    state->serial_old_day = state->serial_day;
    state->serial_day = day;
    state->serial_last = last;
}

/* Of a store made by `restore`: numbers of that day up to it may have been given by the store that
 * is gone. */
static void restore_floor(struct institution_state *state, struct bytes value)
{
    struct reader in = reader_of(value);
    state->floor_day = (int32_t)(read_u32(&in) ^ 0x80000000u);
    state->floor_serial = read_u32(&in);
    CHECK(reader_done(&in));
}

static void restore_upload(struct institution_state *state, struct bytes value)
{
    struct upload_record record;
    enum err err = upload_read(value, state->id, &record);
    CHECK(err == ERR_OK);
    struct upload_slot *slot = memory_add_upload(state, &record);
    CHECK(slot != NULL);
}

static void restore_row(struct institution_state *state, const struct msg *in)
{
    struct bytes key = in->u.row.key;
    struct bytes value = in->u.row.value;
    if (in->u.row.table == TABLE_CASE) {
        restore_case(state, key, value);
    } else if (in->u.row.table == TABLE_LINE) {
        restore_line_part(state, key, value);
    } else if (in->u.row.table == TABLE_REQUEST) {
        struct request_record record;
        enum err err = request_read(value, &record);
        CHECK(err == ERR_OK);
        (void)memory_add_request(state, &record);
    } else if (in->u.row.table == TABLE_SERIAL) {
        restore_serial(state, key, value);
    } else if (in->u.row.table == TABLE_UPLOAD) {
        restore_upload(state, value);
    } else if (in->u.row.table == TABLE_STORE) {
        restore_floor(state, value);
    } else {
        CHECK(in->u.row.table == TABLE_COUNTS); /* counted again from the lines */
    }
}

static void restored(struct turn *turn)
{
    struct institution_state *state = turn->state;
    CHECK(!state->restored);
    desk_link_begin(&state->desks, turn->in);
    restore_line(state);
    memory_sort_requests(state);
    state->restored = true;
    if (RULE(READ_AGAIN)) {
        upload_go_on(turn);
    }
}

/* ---- answers ---- */

void answer(struct turn *turn, enum outcome outcome)
{
    effect_reply(turn->out, turn->in->ticket, outcome, (struct bytes){0});
}

void answer_done(struct turn *turn, enum outcome outcome, const struct done_reply *reply)
{
    size_t size = DONE_REPLY_ROOM + reply->rows.size;
    uint8_t *body = effect_alloc(turn->out, size);
    if (body == NULL) {
        return;
    }
    struct writer out = writer_on(body, size);
    done_reply_write(&out, reply);
    CHECK(!out.failed);
    effect_reply(turn->out, turn->in->ticket, outcome, writer_bytes(&out));
}

void answer_state(struct turn *turn, enum request_status status)
{
    uint8_t body = (uint8_t)status;
    effect_reply(turn->out, turn->in->ticket, OUTCOME_WRONG_STATE, bytes_of(&body, 1));
}

void answer_problems(struct turn *turn, const struct problems *problems)
{
    CHECK(problems->count > 0);
    size_t size = 64 + (size_t)problems->count * (sizeof(struct problem) + 16);
    uint8_t *body = effect_alloc(turn->out, size);
    if (body == NULL) {
        return;
    }
    struct writer out = writer_on(body, size);
    problems_write(&out, problems);
    CHECK(!out.failed);
    effect_reply(turn->out, turn->in->ticket, OUTCOME_INVALID, writer_bytes(&out));
}

static enum outcome outcome_of_status(uint16_t status)
{
    return status == 201 ? OUTCOME_CREATED : status == 204 ? OUTCOME_DELETED : OUTCOME_OK;
}

bool keys_full(const struct turn *turn)
{
    const struct institution_state *state = turn->state;
    if (state->requests_count < REQUEST_KEYS_MAX) {
        return false;
    }
    const struct request_record *oldest = &state->requests[state->requests_first].record;
    return oldest->at + REQUEST_KEEP_MS > turn->in->now.ms; /* else the new one pushes it out */
}

bool answered_before(struct turn *turn)
{
    const struct digest *request = &turn->in->request;
    if (digest_is_none(request)) {
        return false;
    }
    const struct request_slot *known = memory_request(turn->state, request);
    if (known == NULL) {
        if (!keys_full(turn)) {
            return false;
        }
        answer(turn, OUTCOME_KEYS_FULL);
        return true;
    }
    if (known->record.at + REQUEST_KEEP_MS <= turn->in->now.ms) {
        /* Over a day old: a key may be used anew. Its old row goes with those of its age. */
        memory_forget_request(turn->state, request);
        return false;
    }
    if (!digest_equal(&known->record.body, &turn->in->body)) {
        answer(turn, OUTCOME_MISMATCH);
        return true;
    }
    struct done_reply reply = {.replay = true,
                               .status = known->record.status,
                               .made = known->record.made,
                               .n = known->record.n};
    answer_done(turn, outcome_of_status(reply.status), &reply);
    return true;
}

bool may_touch(const struct turn *turn, enum verb verb, const struct line_state *line)
{
    struct thing thing = {.home = turn->state->id,
                          .home_county = home_county(turn),
                          .person = line == NULL ? 0 : line->person};
    return allow_thing(&turn->in->principal, verb, &thing) == ALLOWED;
}

/* A case's version grows with every change of it or of any of its lines (API 4.1). */
void touch_case(struct turn *turn, struct case_slot *slot)
{
    slot->record.version++;
    rows_case(turn, &slot->record);
}

static void institution_receive(void *memory, const struct msg *in, struct effects *out)
{
    struct institution_state *state = memory;
    struct turn turn = {.state = state, .in = in, .out = out};
    switch (in->kind) {
    case MSG_RESTORE_ROW: restore_row(state, in); return;
    case MSG_RESTORED: restored(&turn); return;
    case MSG_CASE_CREATE: file_create(&turn); return;
    case MSG_CASE_EDIT: file_edit(&turn); return;
    case MSG_CASE_DELETE: file_delete_case(&turn); return;
    case MSG_LINE_DELETE: file_delete_line(&turn); return;
    case MSG_SUBMIT: submit_lines(&turn); return;
    case MSG_WITHDRAW: withdraw_line(&turn); return;
    case MSG_DECIDE: review_decide(&turn); return;
    case MSG_TOKEN_ADD:
    case MSG_TOKEN_REVOKE: token_change(&turn); return;
    case MSG_WAKE: return;
    case MSG_DESK_DONE: desk_link_confirmed(&state->desks, in, out); return;
    case MSG_UPLOAD_ADD: upload_add(&turn); return;
    case MSG_UPLOAD_IMPORT: upload_import(&turn); return;
    case MSG_UPLOAD_DELETE: upload_delete(&turn); return;
    case MSG_WORK_DONE: upload_take(&turn); return;
    case MSG_TIMER:
        if (in->u.timer.tag == TIMER_UPLOADS) {
            upload_go_on(&turn);
            return;
        }
        CHECK(in->u.timer.tag == TIMER_TOKEN_DESKS);
        desk_link_timer(&state->desks, in, out);
        return;
    case MSG_CHALLENGE:
    case MSG_PROOF:
    case MSG_SESSION_TOUCH:
    case MSG_SESSION_END:
    case MSG_CARD_BIND:
    case MSG_ENROL:
    case MSG_SESSIONS_REVIEW:
    case MSG_DESK_CHANGE:
    case MSG_REGISTRY_PUT:
    case MSG_OUTSIDE_DONE:
    case MSG_TRANSFER_RUN:
    case MSG_TRANSFER_RESEND:
    case MSG_KINDS: break;
    }
    CHECK(in->kind < MSG_KINDS && false);
}

static bool institution_sound(const void *memory)
{
    const struct institution_state *state = memory;
    uint32_t lines = 0;
    for (int status = 0; status <= STATUS_RETURNED; status++) {
        lines += state->counts[status];
    }
    return lines <= state->lines.count && state->requests_count <= REQUEST_KEYS_MAX + 1 &&
           state->counts[0] == 0;
}

const struct actor_ops institution_ops = {
    .name = "institution",
    .state_size = sizeof(struct institution_state),
    .memory_quota = INSTITUTION_QUOTA,
    .start = institution_start,
    .receive = institution_receive,
    .sound = institution_sound,
};
