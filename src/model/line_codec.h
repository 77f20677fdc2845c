/* Versioned byte forms of a case, a line's state and body, a history entry, an idempotency record,
 * a session, a token: each with its format number in front and a CRC-32C behind, written out field
 * by field at the heads of line_codec.c, history_codec.c, sessions.c. Readers take memory for
 * arrays from `arena` and leave texts as views into `row`; they return ERR_CORRUPT, ERR_VERSION or
 * ERR_NO_MEMORY and change nothing then. */
#pragma once
#include "base/arena.h"
#include "model/line.h"

void case_write(struct writer *out, const struct case_record *record);
enum err case_read(struct bytes row, struct case_record *record) MUST_CHECK; /* id: from the key */
void line_state_write(struct writer *out, const struct line_state *line);
/* The id stands in the row too: compare it with the key where a wrong row would do harm. */
enum err line_state_read(struct bytes row, struct arena *arena, struct line_state *line) MUST_CHECK;
void line_body_write(struct writer *out, const struct line_body *body);
/* The row of a body whose texts and times are within their limits; data NULL without memory. */
struct bytes line_body_row(const struct line_body *body, struct arena *arena) MUST_CHECK;
enum err line_body_read(struct bytes row, struct arena *arena, struct line_body *body) MUST_CHECK;

enum history_action {
    HISTORY_CREATE = 1,
    HISTORY_EDIT,
    HISTORY_SUBMIT,
    HISTORY_WITHDRAW,
    HISTORY_APPROVE,
    HISTORY_REJECT,
    HISTORY_RETURN,
    HISTORY_CHANGE,
    HISTORY_CANCEL,
    HISTORY_REVOKE,
    HISTORY_COPY,
    HISTORY_EXPIRE,
    HISTORY_EVENT
};
const char *history_action_name(enum history_action action);

struct history_change {
    struct bytes field, before, after; /* JSON texts of the member's value; "null" for none */
};
struct remark_on {
    struct bytes field, text;
};
struct history { /* one entry: (line, version) */
    int64_t at;  /* wall ms */
    struct principal actor;
    enum history_action action;
    uint32_t version;
    struct bytes reason, document_no; /* decisions */
    int32_t due_day;                  /* a return's date for correction; DAY_NONE */
    uint16_t remarks_count, changes_count;
    const struct remark_on *remarks;
    const struct history_change *changes;
};
void history_write(struct writer *out, const struct history *history);
enum err history_read(struct bytes row, struct arena *arena, struct history *history) MUST_CHECK;

struct request_record { /* idempotency: remembered 24 h (API 1) */
    struct digest request, body;
    int64_t at;          /* wall ms */
    uint16_t status;     /* the HTTP status of the answer */
    struct case_id made; /* what it made or touched; serial 0: nothing */
    uint16_t n;          /* a line of it; 0: the case */
};
enum { REQUEST_RECORD_MAX = 80 };
void request_write(struct writer *out, const struct request_record *record);
enum err request_read(struct bytes row, struct request_record *record) MUST_CHECK;
