/* A case (大案) and its lines (明細): records, statuses, and the table of legal moves.
 *
 * Two rows a line (DESIGN 5): line_state is what an actor keeps and decides on, line_body what is
 * shown and never read by an actor. Pure values; the rules of a move stand in line.c as a table
 * with its picture. */
#pragma once
#include "model/ids.h"
#include "model/principal.h"
#include "model/recurrence.h"

enum request_kind { REQUEST_REGISTER = 1, REQUEST_CHANGE = 2, REQUEST_CANCEL = 3 };
enum request_status {
    STATUS_DRAFT = 1,        /* 未送審 */
    STATUS_UNDER_REVIEW = 2, /* 審核中 */
    STATUS_APPROVED = 3,     /* 已核准 */
    STATUS_REJECTED = 4,     /* 不核准 */
    STATUS_RETURNED = 5      /* 退回 */
};
/* Computed at reading (R4): never stored. */
enum force {
    FORCE_NONE,
    FORCE_UPCOMING,
    FORCE_IN_FORCE,
    FORCE_EXPIRED,
    FORCE_TO_CANCEL,
    FORCE_CANCELLED
};
enum ended { ENDED_NOT, ENDED_TO_CANCEL, ENDED_CANCELLED };
enum move {
    MOVE_EDIT,
    MOVE_DELETE,
    MOVE_SUBMIT,
    MOVE_WITHDRAW,
    MOVE_APPROVE,
    MOVE_REJECT,
    MOVE_RETURN
};
enum { LINES_MAX = 300, NOTE_MAX = 200, REMARK_MAX = 500, LINE_STATE_MAX = 13 * 1024 };

struct case_record {
    struct case_id id;
    uint32_t version;
    enum principal_kind created_by; /* PERSON or INSTITUTION (建檔身份) */
    int64_t created_at;             /* wall ms */
    uint16_t next_n;                /* number of the next line, 1.. */
    uint16_t lines;                 /* lines that exist */
};

struct line_state {
    struct line_id id;
    uint64_t person; /* 0: not chosen */
    uint64_t target; /* 0: not chosen */
    uint16_t department;
    uint8_t purpose; /* 0: not chosen */
    bool has_note;
    uint8_t attachments;
    enum principal_kind created_by;
    uint32_t version, body_version; /* body_version: that of the body row in force */
    enum request_kind kind;
    enum request_status status;
    bool registered; /* a registration was approved: the line has legal force of its own */
    enum ended ended;
    int32_t ended_from;   /* day; DAY_NONE while ENDED_NOT */
    int64_t submitted_at; /* wall ms, 0: never */
    int64_t decided_at;
    uint32_t decided_version; /* version whose history row holds the decision; 0: none */
    int32_t due_day;          /* DAY_NONE unless under review */
    uint16_t times_count;
    const struct time_rule *times; /* borrowed: the actor's arena, or the reader's */
};

struct line_body { /* as sent; texts borrowed */
    struct bytes note, remark;
    uint16_t times_count;
    const struct time_rule *times;
};

/* May this move be made of a line in this state? The one table of API 4.2 and MISSION 1.3. */
bool line_may(const struct line_state *line, enum move move);
/* The status after a legal move (CHECKs legality); EDIT and DELETE keep it. */
enum request_status line_after(const struct line_state *line, enum move move);
/* Legal state on a day at a local minute (R4): needs the line's first and last occurrence. */
enum force line_force(const struct line_state *line, int64_t now_local);
/* First start and last end over all its times; false if there is no valid time. */
bool line_span(const struct line_state *line, int64_t *first, int64_t *last);
bool times_span(const struct time_rule *times, uint16_t count, int64_t *first, int64_t *last);
uint32_t times_occurrences(const struct time_rule *times, uint16_t count); /* at most max + 1 */
/* Counts for the overlap check: under review, or approved and neither ended nor over (F-, I4). */
bool line_occupies(const struct line_state *line);

const char *request_kind_name(enum request_kind kind);       /* register change cancel */
const char *request_status_name(enum request_status status); /* draft under_review … */
const char *force_name(enum force force);
bool request_status_parse(struct bytes text, enum request_status *status);
bool request_kind_parse(struct bytes text, enum request_kind *kind);
bool force_parse(struct bytes text, enum force *force);
