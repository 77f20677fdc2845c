#include "tests/sim/ask.h"
#include "base/check.h"
#include "tests/sim/cast.h"
#include "tests/sim/sheets.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_ROOM = 1024 };

const char *ask_kind_name(enum ask_kind kind)
{
    static const char *const names[ASK_KINDS] = {
        "create",    "edit",       "delete_case",   "delete_line",   "submit",    "withdraw",
        "decide",    "upload_add", "upload_import", "upload_delete", "token_add", "token_revoke",
        "challenge", "proof",      "touch",         "logout",        "bind",      "enrol",
    };
    CHECK(kind < ASK_KINDS);
    return names[kind];
}

bool fault_refuses_draft(enum fault fault)
{
    return fault == FAULT_FOREIGN_PERSON || fault == FAULT_NO_TARGET;
}

/* ---- times, in the client's own arithmetic ---- */

uint32_t when_intervals(const struct when *when, struct interval out[INTERVALS_MAX])
{
    CHECK(when->count > 0 && when->count <= RUNS_MAX);
    int64_t midnight = (int64_t)when->first_day * 1440;
    switch (when->mode) {
    case TIME_CONTINUOUS:
        out[0].start = midnight + when->from;
        out[0].end = midnight + (int64_t)(when->count - 1) * 1440 + when->to;
        return 1;
    case TIME_RECURRING:
    case TIME_DATES: {
        int64_t step = when->mode == TIME_RECURRING ? 7 : 2;
        for (uint32_t i = 0; i < when->count; i++) {
            int64_t day = midnight + (int64_t)i * step * 1440;
            out[i] = (struct interval){day + when->from, day + when->to};
        }
        return when->count;
    }
    }
    return 0;
}

static struct time_rule when_rule(const struct when *when, struct arena *arena)
{
    struct time_rule rule = {.mode = when->mode};
    switch (when->mode) {
    case TIME_CONTINUOUS: {
        struct interval whole[INTERVALS_MAX];
        when_intervals(when, whole);
        rule.start = whole[0].start;
        rule.end = whole[0].end;
        break;
    }
    case TIME_RECURRING:
        rule.rule = RULE_WEEKLY;
        rule.weekdays = (uint8_t)(1u << (weekday_of(when->first_day) - 1));
        rule.from = when->first_day;
        rule.to = when->first_day + 7 * (when->count - 1) + 3;
        rule.at = when->from;
        rule.until = when->to;
        break;
    case TIME_DATES: {
        struct day_run *runs = arena_array(arena, when->count, sizeof *runs);
        CHECK(runs != NULL);
        for (uint32_t i = 0; i < when->count; i++) {
            runs[i] = (struct day_run){when->first_day + 2 * (int32_t)i, 1};
        }
        rule.runs = runs;
        rule.runs_count = when->count;
        rule.at = when->from;
        rule.until = when->to;
        break;
    }
    }
    return rule;
}

/* ---- names ---- */

void note_print(uint32_t ask, uint32_t place, char out[NOTE_SIZE])
{
    (void)snprintf(out, NOTE_SIZE, "r%u/%u", ask, place);
}

bool note_parse(struct bytes note, uint32_t *ask, uint32_t *place)
{
    char text[NOTE_SIZE] = {0};
    if (note.size == 0 || note.size >= sizeof text) {
        return false;
    }
    memcpy(text, note.data, note.size);
    char *end = NULL;
    *ask = (uint32_t)strtoul(text + 1, &end, 10);
    if (*end != '/') {
        return false;
    }
    *place = (uint32_t)strtoul(end + 1, NULL, 10);
    return true;
}

struct digest ask_digest(uint32_t a, uint32_t b)
{
    struct digest digest = {{0}};
    struct writer out = writer_on(digest.bytes, sizeof digest.bytes);
    write_u64(&out, (((uint64_t)a << 32) | b) * 0x9e3779b97f4a7c15u + 1);
    write_u32(&out, a);
    write_u32(&out, b + 1);
    return digest;
}

/* ---- letters ---- */

void ask_draft(const struct ask *ask, uint32_t place, struct arena *arena, struct line_draft *draft)
{
    const struct wanted *wanted = &ask->wanted[place];
    struct time_rule *time = arena_array(arena, 1, sizeof *time);
    char *note = arena_alloc_zero(arena, NOTE_SIZE);
    uint8_t *row = arena_alloc(arena, BODY_ROOM);
    CHECK(time != NULL && note != NULL && row != NULL);
    *time = when_rule(&wanted->when, arena);
    note_print(ask->number, place, note);
    *draft = (struct line_draft){
        .given = DRAFT_ALL,
        .person = wanted->person,
        .target = wanted->target,
        .purpose = wanted->purpose,
        .body = {.note = bytes_from_text(note), .times_count = 1, .times = time},
        .n = wanted->n,
        .version = wanted->version};
    struct writer out = writer_on(row, BODY_ROOM);
    line_body_write(&out, &draft->body);
    CHECK(!out.failed);
    draft->body_row = writer_bytes(&out);
}

static struct line_draft *letter_drafts(struct letter *letter, const struct ask *ask)
{
    struct line_draft *drafts = arena_array(&letter->arena, ask->wanted_count, sizeof *drafts);
    CHECK(drafts != NULL);
    for (uint32_t i = 0; i < ask->wanted_count; i++) {
        ask_draft(ask, i, &letter->arena, &drafts[i]);
    }
    return drafts;
}

static void letter_decide(struct letter *letter, const struct ask *ask)
{
    struct decision_item *items = arena_array(&letter->arena, ask->items_count, sizeof *items);
    CHECK(items != NULL);
    for (uint16_t i = 0; i < ask->items_count; i++) {
        items[i] = (struct decision_item){.place = i,
                                          .line = ask->items[i].line,
                                          .version = ask->items[i].version,
                                          .move = ask->items[i].move,
                                          .due_day = DAY_NONE};
        if (ask->items[i].move != MOVE_APPROVE) {
            items[i].reason = BYTES_LITERAL("理由");
        }
        if (ask->key != 0) {
            items[i].request = ask_digest(ask->key, 100u + i);
        }
    }
    letter->msg.u.decide.items = items;
    letter->msg.u.decide.items_count = ask->items_count;
}

static void letter_file(struct letter *letter, const struct ask *ask)
{
    letter->msg.u.file.id = ask->line.in;
    letter->msg.u.file.version = ask->version;
    letter->msg.u.file.by_line = ask->by_line;
    letter->msg.u.file.submit = ask->submit;
    letter->msg.u.file.lines = letter_drafts(letter, ask);
    letter->msg.u.file.lines_count = ask->wanted_count;
}

static void letter_sheet(struct letter *letter, const struct ask *ask)
{
    struct msg *msg = &letter->msg;
    msg->u.upload.kind = UPLOAD_GENERAL;
    msg->u.upload.name = BYTES_LITERAL("sheet.xlsx");
    msg->u.upload.sealed = sheet_file(ask, &letter->arena);
    msg->u.upload.size = (uint32_t)msg->u.upload.sealed.size;
    memcpy(msg->u.upload.sha256, ask_digest(ask->file, 3).bytes, sizeof(struct digest));
}

static void letter_challenge(struct msg *msg, const struct ask *ask)
{
    msg->u.challenge.role = (enum card_role)ask->version;
    memcpy(msg->u.challenge.id, ask->id, sizeof ask->id);
    memset(msg->u.challenge.nonce, (int)ask->number, sizeof msg->u.challenge.nonce);
    msg->u.challenge.pre_session = ask_digest(ask->subject, 7);
    msg->u.challenge.audience = BYTES_LITERAL("https://baobei.example");
    if (ask->first_use) {
        struct cast_person person = cast_person_of((uint32_t)(ask->home - 100) / 10, 0);
        msg->u.challenge.id_no = person.lookup;
        msg->u.challenge.id_no_text = bytes_from_text(person.id_no);
    }
}

static void letter_proof(struct letter *letter, const struct ask *ask)
{
    struct msg *msg = &letter->msg;
    uint64_t card = cast_card_of(ask->subject);
    uint8_t *signature = arena_alloc(&letter->arena, CARD_SIGNATURE_SIZE);
    uint8_t *certificate = arena_alloc(&letter->arena, 16);
    CHECK(signature != NULL && certificate != NULL);
    cast_sign(card + (ask->faulty ? 1 : 0), ask->tbs, signature);
    struct writer out = writer_on(certificate, 16);
    write_u64(&out, card);
    write_sized8(&out, BYTES_LITERAL("6789"));
    memcpy(msg->u.proof.id, ask->id, sizeof ask->id);
    msg->u.proof.pre_session = ask_digest(ask->subject, 7);
    msg->u.proof.audience = BYTES_LITERAL("https://baobei.example");
    msg->u.proof.certificate = writer_bytes(&out);
    msg->u.proof.signature = bytes_of(signature, CARD_SIGNATURE_SIZE);
    memcpy(msg->u.proof.secret_hash, ask->fresh.bytes, sizeof ask->fresh.bytes);
}

static enum msg_kind letter_kind(enum ask_kind kind)
{
    static const enum msg_kind kinds[ASK_KINDS] = {
        [ASK_CREATE] = MSG_CASE_CREATE,
        [ASK_EDIT] = MSG_CASE_EDIT,
        [ASK_DELETE_CASE] = MSG_CASE_DELETE,
        [ASK_DELETE_LINE] = MSG_LINE_DELETE,
        [ASK_SUBMIT] = MSG_SUBMIT,
        [ASK_WITHDRAW] = MSG_WITHDRAW,
        [ASK_DECIDE] = MSG_DECIDE,
        [ASK_UPLOAD_ADD] = MSG_UPLOAD_ADD,
        [ASK_UPLOAD_IMPORT] = MSG_UPLOAD_IMPORT,
        [ASK_UPLOAD_DELETE] = MSG_UPLOAD_DELETE,
        [ASK_TOKEN_ADD] = MSG_TOKEN_ADD,
        [ASK_TOKEN_REVOKE] = MSG_TOKEN_REVOKE,
        [ASK_CHALLENGE] = MSG_CHALLENGE,
        [ASK_PROOF] = MSG_PROOF,
        [ASK_TOUCH] = MSG_SESSION_TOUCH,
        [ASK_LOGOUT] = MSG_SESSION_END,
        [ASK_BIND] = MSG_CARD_BIND,
        [ASK_ENROL] = MSG_ENROL,
    };
    return kinds[kind];
}

static void letter_fill(struct letter *letter, const struct ask *ask)
{
    struct msg *msg = &letter->msg;
    switch (ask->kind) {
    case ASK_CREATE:
    case ASK_EDIT: letter_file(letter, ask); return;
    case ASK_DELETE_CASE:
    case ASK_DELETE_LINE:
    case ASK_SUBMIT:
    case ASK_WITHDRAW:
        msg->u.command.id = ask->line;
        msg->u.command.version = ask->version;
        return;
    case ASK_DECIDE: letter_decide(letter, ask); return;
    case ASK_UPLOAD_ADD: letter_sheet(letter, ask); return;
    case ASK_UPLOAD_IMPORT:
    case ASK_UPLOAD_DELETE: /* with the lines that the door reads (sheets.c) */
        msg->u.upload.number = ask->upload;
        msg->u.upload.version = ask->version;
        msg->u.upload.all = ask->all;
        msg->u.upload.submit = ask->submit;
        return;
    case ASK_TOKEN_ADD:
    case ASK_TOKEN_REVOKE:
        msg->u.token.secret = ask->fresh;
        msg->u.token.id = ask->number;
        msg->u.token.rights = RIGHTS_ALL;
        return;
    case ASK_CHALLENGE: letter_challenge(msg, ask); return;
    case ASK_PROOF: letter_proof(letter, ask); return;
    case ASK_TOUCH:
    case ASK_LOGOUT: msg->u.session.secret = ask->fresh; return;
    case ASK_BIND:
        msg->u.bind.card = cast_binding(cast_card_of(ask->subject));
        msg->u.bind.role = (enum card_role)ask->version;
        msg->u.bind.subject = ask->home;
        return;
    case ASK_ENROL:
        msg->u.enrol.role = ROLE_BUREAU;
        msg->u.enrol.subject = ask->home;
        msg->u.enrol.county = ask->version;
        msg->u.enrol.name = BYTES_LITERAL("王審核");
        return;
    case ASK_KINDS: break;
    }
    CHECK(false);
}

struct letter *ask_letter(const struct ask *ask, const struct principal *principal,
                          struct ticket ticket)
{
    struct letter *letter = letter_new();
    CHECK(letter != NULL);
    struct msg *msg = &letter->msg;
    msg->kind = letter_kind(ask->kind);
    msg->to = ask->kind >= ASK_CHALLENGE ? ADDR_AUTH : (struct addr){ACTOR_INSTITUTION, ask->home};
    msg->ticket = ticket;
    msg->principal = *principal;
    if (ask->key != 0) {
        msg->request = ask_digest(ask->key, 0);
        msg->body = ask_digest(ask->body, 1);
    }
    letter_fill(letter, ask);
    return letter;
}
