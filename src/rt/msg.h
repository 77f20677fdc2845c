/* Every message that exists (DESIGN 3). What can happen: read this first.
 *
 * A message travels in a letter: the message and the arena that holds what it points to. A letter
 * has one owner; moving it to another thread moves the arena with it. What `receive` is given lives
 * until it returns. */
#pragma once
#include "base/instant.h"
#include "base/mpsc.h"
#include "model/draft.h"
#include "model/facts.h"
#include "model/sessions.h"
#include "model/transfer.h"
#include "model/upload.h"
#include "rt/table.h"

struct addr {
    enum actor_kind kind;
    uint64_t id;
};
/* Well-known addresses: these actors are one each. */
#define ADDR_AUTH     ((struct addr){ACTOR_AUTH, 1})
#define ADDR_REGISTRY ((struct addr){ACTOR_REGISTRY, 1})
#define ADDR_TRANSFER ((struct addr){ACTOR_TRANSFER, 1})

struct ticket { /* who waits for the answer; a stale one is dropped at the door */
    uint16_t loop, door;
    uint32_t slot, generation; /* generation 0: nobody waits */
};

enum outcome {
    OUTCOME_OK,
    OUTCOME_CREATED,
    OUTCOME_DELETED,
    OUTCOME_NOT_FOUND,
    OUTCOME_FORBIDDEN,
    OUTCOME_STALE,          /* 412: version moved on */
    OUTCOME_WRONG_STATE,    /* 409: body = struct state_reply */
    OUTCOME_INVALID,        /* 422: body = problems_write */
    OUTCOME_MISMATCH,       /* 422 idempotency_mismatch */
    OUTCOME_KEYS_FULL,      /* 429: more than 20,000 live keys */
    OUTCOME_OVERLOADED,     /* 503 */
    OUTCOME_READ_ONLY,      /* 503 */
    OUTCOME_STARTING,       /* 503 */
    OUTCOME_UNKNOWN,        /* 504: no answer in time */
    OUTCOME_AUTH_CHALLENGE, /* 401, AUTH 8 */
    OUTCOME_AUTH_CERT_PARSE,
    OUTCOME_AUTH_CERT_CHAIN,
    OUTCOME_AUTH_CERT_ALG,
    OUTCOME_AUTH_CERT_USAGE,
    OUTCOME_AUTH_CERT_POLICY,
    OUTCOME_AUTH_CERT_EXPIRED,
    OUTCOME_AUTH_REVOKED,
    OUTCOME_AUTH_REVOCATION_UNAVAILABLE,
    OUTCOME_AUTH_CARD_KIND,
    OUTCOME_AUTH_SIGNATURE,
    OUTCOME_AUTH_NOT_ENROLLED,
    OUTCOME_AUTH_ACCOUNT,
    OUTCOME_RATE_LIMITED,     /* 429: body = u32 seconds */
    OUTCOME_UPLOADED_BEFORE,  /* 409 already_imported: body = u64, the upload */
    OUTCOME_TOO_MANY_UPLOADS, /* 429 too_many_batches */
    OUTCOME_UPLOAD_FAULTS,    /* 422 batch_has_errors */
    OUTCOME_COUNT
};

enum job { /* work an actor may ask of the pool; functions are filled in by app_loops.c */
           JOB_NONE,
           JOB_PROOF,    /* input: proof codec (rt/payload.h); answer: proof result */
           JOB_TRANSFER, /* input: transfer_ask; answer: transfer_found (rt/transfer_job.h) */
           JOB_UPLOAD,   /* input: upload_ask; answer: upload_found (model/upload.h) */
           JOB_COUNT
};

enum outside { /* calls to the world outside (effect_outside); a function of app_loops.c makes them
                */
               OUTSIDE_NHI_SEND,  /* a document; answer: transfer_answer (rt/transfer_job.h) */
               OUTSIDE_NHI_RESULT /* the result of the document sent under this key */
};

enum alarm { /* somebody must be called; log and metric are the shell's (DESIGN 11) */
             ALARM_TRANSFER_STUCK,   /* number: the transfer that can't get through */
             ALARM_TRANSFER_REFUSED, /* number: the transfer whose document was refused */
             ALARM_TRANSFER_REJECTS, /* number: the transfer some rows of which were rejected */
             ALARM_COUNT
};
const char *alarm_name(enum alarm alarm);

enum msg_kind {
    MSG_RESTORE_ROW, /* one row of the actor, from a snapshot */
    MSG_RESTORED,    /* that was the last; effects are allowed now */
    MSG_WAKE,        /* a hint: look at your rows */
    MSG_TIMER,
    MSG_WORK_DONE,
    MSG_OUTSIDE_DONE,
    MSG_DESK_DONE, /* a desk confirms a change of sessions or tokens */
    /* institution */
    MSG_CASE_CREATE,
    MSG_CASE_EDIT, /* lines added or changed, one or many */
    MSG_CASE_DELETE,
    MSG_LINE_DELETE,
    MSG_SUBMIT, /* a case (n 0) or one line */
    MSG_WITHDRAW,
    MSG_DECIDE, /* items of one home */
    MSG_TOKEN_ADD,
    MSG_TOKEN_REVOKE,
    MSG_UPLOAD_ADD,    /* a sheet is there */
    MSG_UPLOAD_IMPORT, /* its rows become lines */
    MSG_UPLOAD_DELETE,
    /* auth */
    MSG_CHALLENGE,
    MSG_PROOF,
    MSG_SESSION_TOUCH,
    MSG_SESSION_END,
    MSG_CARD_BIND,
    MSG_ENROL,
    MSG_SESSIONS_REVIEW, /* end those that the registry no longer admits; answer: u8 1 if there are
                            more than had room */
    /* desk */
    MSG_DESK_CHANGE, /* sessions and tokens begun, changed, ended */
    /* registry */
    MSG_REGISTRY_PUT,
    /* transfer */
    MSG_TRANSFER_RUN,    /* an operator: now */
    MSG_TRANSFER_RESEND, /* an operator: that one again */
    MSG_KINDS
};

struct decision_item {
    uint16_t place; /* its place in the list asked for */
    struct line_id line;
    uint32_t version;
    enum move move; /* MOVE_APPROVE, MOVE_REJECT, MOVE_RETURN */
    struct bytes reason, document_no;
    int32_t due_day; /* return: date for correction; DAY_NONE */
    uint16_t remarks_count;
    const struct remark_on *remarks;
    struct digest request; /* (key, place); none without a key */
};

struct desk_change {
    uint64_t number;      /* the sender's, ascending */
    enum session_end how; /* SESSION_LIVE: put `session`; else end the one with its secret */
    struct session session;
};

enum card_role { ROLE_PERSON = 1, ROLE_INSTITUTION, ROLE_BUREAU, ROLE_OPS };

enum { TBS_MAX = 600, AUDIENCE_MAX = 120, CHALLENGE_ID_MAX = 24, NONCE_MAX = 44 };

struct msg {
    enum msg_kind kind;
    struct addr to, from;
    uint64_t sequence; /* of sends: sender's number; answers name it */
    struct ticket ticket;
    struct principal principal;
    /* stamped by the shard at delivery */
    struct wall now;
    struct tick tick;
    uint64_t entropy;
    const struct facts *facts;
    uint16_t loops;
    uint32_t incarnation; /* of the receiver: grows with each time it is loaded */
    /* idempotency: first 16 bytes of SHA-256(subject, key) and of SHA-256(method, path, raw body)
     */
    struct digest request, body;
    union {
        struct {
            enum table table;
            struct bytes key, value;
        } row; /* RESTORE_ROW */
        struct {
            uint32_t tag;
            uint32_t incarnation;
        } timer;
        struct {
            uint32_t tag;
            uint32_t incarnation;
            enum err err;
            struct bytes result;
        } work;  /* WORK_DONE, OUTSIDE_DONE (err ERR_OK: `result` is what the other end said) */
        struct { /* DESK_DONE: everything up to `sequence` (of the message) is in force */
            uint16_t loop;
        } desk_done;
        struct {               /* CASE_CREATE, CASE_EDIT */
            struct case_id id; /* EDIT: which */
            uint32_t version;  /* EDIT: the case's (by_line false) */
            bool by_line;      /* EDIT of one line: the line's version is in the draft */
            bool submit;
            uint16_t lines_count;
            const struct line_draft *lines;
        } file;
        struct {               /* CASE_DELETE, LINE_DELETE, SUBMIT, WITHDRAW */
            struct line_id id; /* n 0: the whole case */
            uint32_t version;
        } command;
        struct {
            uint16_t items_count;
            const struct decision_item *items;
        } decide;
        struct { /* TOKEN_ADD, TOKEN_REVOKE */
            struct digest secret;
            uint64_t id;
            uint8_t rights;
            int64_t expires_at; /* wall ms, 0 never */
            struct bytes name;
            uint8_t csrf[32];
        } token;
        struct {                /* UPLOAD_ADD, UPLOAD_IMPORT, UPLOAD_DELETE */
            uint64_t number;    /* IMPORT, DELETE: which */
            uint32_t version;   /* IMPORT, DELETE; IMPORT of one that is done: not looked at */
            bool all;           /* IMPORT: all rows or none */
            bool submit;        /* IMPORT */
            struct bytes lines; /* IMPORT: part LINES, as the door read it at `read_version` */
            uint32_t read_version;
            enum upload_kind kind; /* ADD, from here on */
            uint32_t size;
            uint8_t sha256[32];
            struct bytes name, sealed;
        } upload;
        struct { /* CHALLENGE: everything random comes from the door */
            enum card_role role;
            uint8_t id[16], nonce[32];
            struct digest pre_session; /* binds to the browser */
            uint8_t sb[32];            /* SHA-256("eus-pre" || pre-session secret) */
            struct bytes audience;     /* the Origin */
            struct digest id_no;       /* enrolment: look-up HMAC; none without */
            struct bytes id_no_text;   /* goes into the TBS */
            struct digest address;     /* HMAC of where it comes from; none: not limited by it */
            uint32_t per_minute;       /* so many challenges an address */
        } challenge;
        struct { /* PROOF */
            uint8_t id[16];
            struct digest pre_session;
            struct bytes audience;
            struct bytes certificate, signature;
            uint8_t secret_hash[16]; /* of the new session's cookie, made by the door */
            uint8_t csrf[32];
        } proof;
        struct { /* SESSION_TOUCH, SESSION_END */
            struct digest secret;
            uint64_t session; /* END: another one of the same subject, by id; 0: `secret` */
        } session;
        struct {                /* CARD_BIND */
            struct digest card; /* proof.h: binding key */
            enum card_role role;
            uint64_t subject; /* person id, institution id, or officer's person id */
        } bind;
        struct { /* ENROL: a person as officer of a bureau, or operator */
            enum card_role role;
            uint64_t subject;
            uint32_t county;
            struct bytes name;
        } enrol;
        struct { /* DESK_CHANGE: all changes not yet confirmed, oldest first; the last one's number
                    is the message's sequence. A later message of the same sender holds those of the
                    earlier ones that are still open, so it may replace them (DESIGN 10). */
            uint32_t changes_count;
            const struct desk_change *changes;
        } desk;
        struct { /* REGISTRY_PUT: encoded rows, changed ones only */
            uint32_t institutions_count, people_count;
            const struct institution *institutions;
            const struct person *people;
        } registry;
        struct {                     /* TRANSFER_RUN, TRANSFER_RESEND */
            enum transfer_kind kind; /* RUN */
            uint64_t number;         /* RESEND: which, and what the door read of it */
            enum transfer_state state;
            uint32_t rejected;
        } transfer;
    } u;
};

struct letter {
    struct mpsc_node node;
    struct letter *next; /* in a mailbox */
    struct msg msg;
    struct arena arena;
};

/* A letter with a zeroed message; NULL without memory. Any thread. */
struct letter *letter_new(void);
void letter_free(struct letter *letter);
/* Copies what a message points to into a letter of its own (sends). NULL without memory. */
struct letter *letter_copy(const struct msg *msg);

bool addr_equal(struct addr a, struct addr b);
uint64_t addr_hash(struct addr addr);
/* The shard an actor lives on: desks on the loop of their number, others by hash (DESIGN 6). */
uint16_t addr_shard(struct addr addr, uint16_t shards);
const char *msg_kind_name(enum msg_kind kind);
const char *outcome_name(enum outcome outcome);
bool msg_from_door(enum msg_kind kind); /* counts against the mailbox's bound */
/* Of a whole sheet: whoever sends one waits for it anyway, and lets others go first (DESIGN 15). */
bool msg_is_batch(const struct msg *msg);
