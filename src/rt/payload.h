/* Byte forms of what crosses between actors, doors and the pool as plain bytes: bodies of replies,
 * inputs and results of work, audit and outbox records. Writers fail their flag; readers are
 * checked, views point into the source. Pure; any thread. */
#pragma once
#include "rt/msg.h"

/* ---- replies of the institution actor ---- */

struct done_reply {      /* OK, CREATED, DELETED */
    bool replay;         /* the key was known: the same again */
    uint16_t status;     /* HTTP status of the first answer */
    struct case_id made; /* serial 0: nothing left (a delete) */
    uint16_t n;          /* a line of it; 0: the case */
    struct bytes rows;   /* CASE_CREATE: payload_row_write of each row put, so that the door can
                            render   without reading (DESIGN 5 *Two rows a line*); else empty */
};
void done_reply_write(struct writer *out, const struct done_reply *reply);
bool done_reply_read(struct bytes in, struct done_reply *reply);

struct payload_row {
    enum table table;
    struct bytes key, value;
};
void payload_row_write(struct writer *out, const struct payload_row *row);
bool payload_row_read(struct reader *in, struct payload_row *row);

/* WRONG_STATE carries the state: one byte, a request_status. */

enum decided { /* of one item of a bulk decision */
               DECIDED_DONE,
               DECIDED_NOT_FOUND,
               DECIDED_STALE,
               DECIDED_WRONG_STATE,
               DECIDED_REASON_REQUIRED,
               DECIDED_OVERLOADED,
               DECIDED_UNKNOWN
};
const char *decided_name(enum decided decided); /* the `code` of API 6 */
struct decided_item {
    uint16_t place;
    enum decided decided;
};
void decided_write(struct writer *out, const struct decided_item *items, uint16_t count);
bool decided_read(struct reader *in, struct decided_item *item); /* false at the end */

/* ---- auth ---- */

struct challenge_reply {
    struct bytes tbs; /* exact bytes to sign, AUTH 5.2 */
    int64_t expires_at;
};
void challenge_reply_write(struct writer *out, const struct challenge_reply *reply);
bool challenge_reply_read(struct bytes in, struct challenge_reply *reply);

struct login_reply {
    struct principal principal;
    int64_t last_login_at; /* 0: the first time */
    int64_t created_at, expires_at;
};
void login_reply_write(struct writer *out, const struct login_reply *reply);
bool login_reply_read(struct bytes in, struct login_reply *reply);

/* JOB_PROOF: AUTH 5.1 rows 5 to 12, done on the pool by src/proof. */
struct proof_input {
    enum card_role role;
    int64_t now; /* wall ms */
    struct bytes tbs, certificate, signature;
};
void proof_input_write(struct writer *out, const struct proof_input *input);
bool proof_input_read(struct bytes in, struct proof_input *input);

struct proof_output {
    enum outcome outcome;     /* OK, or the first check that failed */
    struct digest card;       /* binding key: AKI and subject serial number */
    struct bytes name;        /* CN of a person, O of an institution */
    struct bytes id_tail;     /* last four of the ID number, where the certificate has it */
    struct bytes fingerprint; /* SHA-256 of the certificate */
};
void proof_output_write(struct writer *out, const struct proof_output *output);
bool proof_output_read(struct bytes in, struct proof_output *output);

/* ---- records that are appended ---- */

enum audit_action {
    AUDIT_FILE = 1,
    AUDIT_EDIT,
    AUDIT_DELETE,
    AUDIT_SUBMIT,
    AUDIT_WITHDRAW,
    AUDIT_APPROVE,
    AUDIT_REJECT,
    AUDIT_RETURN,
    AUDIT_LOGIN,
    AUDIT_LOGOUT,
    AUDIT_LOCK,
    AUDIT_CARD_BIND,
    AUDIT_ENROL,
    AUDIT_TOKEN_ADD,
    AUDIT_TOKEN_REVOKE,
    AUDIT_REGISTRY,
    AUDIT_TRANSFER,
    AUDIT_UPLOAD,
    AUDIT_IMPORT,
    AUDIT_UPLOAD_DELETE
};
struct audit {
    int64_t at;
    struct principal actor;
    enum audit_action action;
    struct line_id line; /* serial 0: not about a case; n 0: the case */
    uint32_t version;
    uint64_t subject;      /* person, institution, session… by action */
    struct bytes evidence; /* log-in: fingerprint of the certificate */
};
const char *audit_action_name(enum audit_action action);
void audit_write(struct writer *out, const struct audit *audit);
bool audit_read(struct bytes in, struct audit *audit);

enum outbox_action { OUTBOX_ADD = 1, OUTBOX_CHANGE, OUTBOX_END };
struct outbox { /* what NHI must hear; numbers and names are put in when a document is built */
    int64_t at;
    enum outbox_action action;
    struct line_id line;
    uint32_t version;
};
void outbox_write(struct writer *out, const struct outbox *outbox);
bool outbox_read(struct bytes in, struct outbox *outbox);

struct copy { /* 副知 to another county's bureau (P41) */
    int64_t at;
    uint32_t county;
    struct line_id line;
    uint32_t version;
};
void copy_write(struct writer *out, const struct copy *copy);
bool copy_read(struct bytes in, struct copy *copy);
