#include "rt/msg.h"
#include "base/check.h"
#include <stdlib.h>
#include <string.h>

/* Most messages fit in one chunk; a 300-line case takes a few. */
enum { LETTER_CHUNK = 2048, LETTER_QUOTA = 8 << 20 };

struct letter *letter_new(void)
{
    struct letter *letter = calloc(1, sizeof *letter);
    if (letter == NULL) {
        return NULL;
    }
    arena_init(&letter->arena, LETTER_CHUNK, LETTER_QUOTA);
    return letter;
}

void letter_free(struct letter *letter)
{
    if (letter == NULL) {
        return;
    }
    arena_deinit(&letter->arena);
    free(letter);
}

/* Only what actors send to each other; messages of doors are built in the letter they travel in. */
struct letter *letter_copy(const struct msg *msg)
{
    struct letter *letter = letter_new();
    if (letter == NULL) {
        return NULL;
    }
    letter->msg = *msg;
    switch (msg->kind) {
    case MSG_DESK_CHANGE: {
        size_t count = msg->u.desk.changes_count;
        struct desk_change *changes = arena_array(&letter->arena, count, sizeof *changes);
        if (changes == NULL && count > 0) {
            letter_free(letter);
            return NULL;
        }
        if (count > 0) {
            memcpy(changes, msg->u.desk.changes, count * sizeof *changes);
        }
        letter->msg.u.desk.changes = changes;
        return letter;
    }
    case MSG_DESK_DONE:
    case MSG_WAKE: return letter;
    case MSG_RESTORE_ROW:
    case MSG_RESTORED:
    case MSG_TIMER:
    case MSG_WORK_DONE:
    case MSG_CASE_CREATE:
    case MSG_CASE_EDIT:
    case MSG_CASE_DELETE:
    case MSG_LINE_DELETE:
    case MSG_SUBMIT:
    case MSG_WITHDRAW:
    case MSG_DECIDE:
    case MSG_TOKEN_ADD:
    case MSG_TOKEN_REVOKE:
    case MSG_UPLOAD_ADD:
    case MSG_UPLOAD_IMPORT:
    case MSG_UPLOAD_DELETE:
    case MSG_CHALLENGE:
    case MSG_PROOF:
    case MSG_SESSION_TOUCH:
    case MSG_SESSION_END:
    case MSG_CARD_BIND:
    case MSG_ENROL:
    case MSG_SESSIONS_REVIEW:
    case MSG_REGISTRY_PUT:
    case MSG_OUTSIDE_DONE:
    case MSG_TRANSFER_RUN:
    case MSG_TRANSFER_RESEND:
    case MSG_KINDS: break;
    }
    CHECK(msg->kind == MSG_DESK_CHANGE); /* no actor sends this kind */
    return NULL;
}

bool addr_equal(struct addr a, struct addr b)
{
    return a.kind == b.kind && a.id == b.id;
}

uint64_t addr_hash(struct addr addr)
{
    /* Two rounds of a multiply-xorshift: neighbouring codes must not share a shard. */
    uint64_t hash = addr.id ^ ((uint64_t)addr.kind << 56);
    hash = (hash ^ (hash >> 32)) * 0xd6e8feb86659fd93u;
    hash = (hash ^ (hash >> 32)) * 0xd6e8feb86659fd93u;
    return hash ^ (hash >> 32);
}

uint16_t addr_shard(struct addr addr, uint16_t shards)
{
    CHECK(shards > 0);
    if (addr.kind == ACTOR_DESK) {
        CHECK(addr.id < shards);
        return (uint16_t)addr.id;
    }
    return (uint16_t)(addr_hash(addr) % shards);
}

const char *msg_kind_name(enum msg_kind kind)
{
    static const char *const names[MSG_KINDS] = {
        [MSG_RESTORE_ROW] = "restore_row",
        [MSG_RESTORED] = "restored",
        [MSG_WAKE] = "wake",
        [MSG_TIMER] = "timer",
        [MSG_WORK_DONE] = "work_done",
        [MSG_DESK_DONE] = "desk_done",
        [MSG_CASE_CREATE] = "case_create",
        [MSG_CASE_EDIT] = "case_edit",
        [MSG_CASE_DELETE] = "case_delete",
        [MSG_LINE_DELETE] = "line_delete",
        [MSG_SUBMIT] = "submit",
        [MSG_WITHDRAW] = "withdraw",
        [MSG_DECIDE] = "decide",
        [MSG_TOKEN_ADD] = "token_add",
        [MSG_TOKEN_REVOKE] = "token_revoke",
        [MSG_UPLOAD_ADD] = "upload_add",
        [MSG_UPLOAD_IMPORT] = "upload_import",
        [MSG_UPLOAD_DELETE] = "upload_delete",
        [MSG_CHALLENGE] = "challenge",
        [MSG_PROOF] = "proof",
        [MSG_SESSION_TOUCH] = "session_touch",
        [MSG_SESSION_END] = "session_end",
        [MSG_CARD_BIND] = "card_bind",
        [MSG_ENROL] = "enrol",
        [MSG_SESSIONS_REVIEW] = "sessions_review",
        [MSG_DESK_CHANGE] = "desk_change",
        [MSG_REGISTRY_PUT] = "registry_put",
        [MSG_OUTSIDE_DONE] = "outside_done",
        [MSG_TRANSFER_RUN] = "transfer_run",
        [MSG_TRANSFER_RESEND] = "transfer_resend",
    };
    CHECK(kind < MSG_KINDS);
    return names[kind];
}

const char *alarm_name(enum alarm alarm)
{
    switch (alarm) {
    case ALARM_TRANSFER_STUCK: return "transfer_stuck";
    case ALARM_TRANSFER_REFUSED: return "transfer_refused";
    case ALARM_TRANSFER_REJECTS: return "transfer_rejects";
    case ALARM_COUNT: break;
    }
    CHECK(false);
    return "";
}

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[OUTCOME_COUNT] = {
        [OUTCOME_OK] = "ok",
        [OUTCOME_CREATED] = "created",
        [OUTCOME_DELETED] = "deleted",
        [OUTCOME_NOT_FOUND] = "not_found",
        [OUTCOME_FORBIDDEN] = "forbidden",
        [OUTCOME_STALE] = "stale",
        [OUTCOME_WRONG_STATE] = "wrong_state",
        [OUTCOME_INVALID] = "invalid",
        [OUTCOME_MISMATCH] = "idempotency_mismatch",
        [OUTCOME_KEYS_FULL] = "keys_full",
        [OUTCOME_OVERLOADED] = "overloaded",
        [OUTCOME_READ_ONLY] = "read_only",
        [OUTCOME_STARTING] = "starting",
        [OUTCOME_UNKNOWN] = "unknown_outcome",
        [OUTCOME_AUTH_CHALLENGE] = "auth_challenge",
        [OUTCOME_AUTH_CERT_PARSE] = "auth_cert_parse",
        [OUTCOME_AUTH_CERT_CHAIN] = "auth_cert_chain",
        [OUTCOME_AUTH_CERT_ALG] = "auth_cert_alg",
        [OUTCOME_AUTH_CERT_USAGE] = "auth_cert_usage",
        [OUTCOME_AUTH_CERT_POLICY] = "auth_cert_policy",
        [OUTCOME_AUTH_CERT_EXPIRED] = "auth_cert_expired",
        [OUTCOME_AUTH_REVOKED] = "auth_revoked",
        [OUTCOME_AUTH_REVOCATION_UNAVAILABLE] = "auth_revocation_unavailable",
        [OUTCOME_AUTH_CARD_KIND] = "auth_card_kind",
        [OUTCOME_AUTH_SIGNATURE] = "auth_signature",
        [OUTCOME_AUTH_NOT_ENROLLED] = "auth_not_enrolled",
        [OUTCOME_AUTH_ACCOUNT] = "auth_account",
        [OUTCOME_RATE_LIMITED] = "rate_limited",
        [OUTCOME_UPLOADED_BEFORE] = "already_imported",
        [OUTCOME_TOO_MANY_UPLOADS] = "too_many_batches",
        [OUTCOME_UPLOAD_FAULTS] = "batch_has_errors",
    };
    CHECK(outcome < OUTCOME_COUNT);
    return names[outcome];
}

bool msg_is_batch(const struct msg *msg)
{
    bool checks = msg->kind == MSG_WORK_DONE && msg->to.kind == ACTOR_INSTITUTION;
    return checks || msg->kind == MSG_UPLOAD_ADD || msg->kind == MSG_UPLOAD_IMPORT;
}

bool msg_from_door(enum msg_kind kind)
{
    return kind >= MSG_CASE_CREATE && kind != MSG_DESK_CHANGE;
}
