/* What passes between the transfer actor, the pool and the world outside, as plain bytes; and the
 * choice of the rows of a document, which is the same code over a store's snapshot
 * (src/transfer_look.c) and over the simulator's.
 *
 * Writers fail their flag; readers are checked, views point into the source. Pure; any thread. */
#pragma once
#include "model/transfer.h"
#include "rt/payload.h"

/* ---- JOB_TRANSFER ---- */

enum transfer_look {
    LOOK_DUE,    /* unanswered rows behind the mark */
    LOOK_FULL,   /* accepted rows from `first` to `last` */
    LOOK_RESEND, /* the rejected rows of transfer `of` */
};

struct transfer_ask {
    enum transfer_look look;
    uint64_t transfer; /* its number, for the manifest */
    enum transfer_kind kind;
    uint64_t mark;        /* rows up to it are answered */
    uint64_t first, last; /* only rows between; last 0: to the end */
    int32_t before;       /* only rows of days before it; INT32_MAX: all */
    uint64_t of;
    uint16_t rows_max;
};

struct transfer_row {
    uint64_t row; /* outbox number */
    struct line_id line;
    uint32_t version;
    enum outbox_action action;
    int64_t at;
};

struct transfer_found {
    uint64_t mark; /* as far as this look has seen everything answered */
    int32_t day;   /* of the rows, DAY_NONE: of several */
    uint8_t sha256[32];
    struct bytes rows; /* transfer_row_read; empty: nothing is due */
    struct bytes document;
};

void transfer_ask_write(struct writer *out, const struct transfer_ask *ask);
bool transfer_ask_read(struct bytes in, struct transfer_ask *ask);
void transfer_row_write(struct writer *out, const struct transfer_row *row);
bool transfer_row_read(struct reader *in, struct transfer_row *row); /* false at the end */
void transfer_found_write(struct writer *out, const struct transfer_found *found);
bool transfer_found_read(struct bytes in, struct transfer_found *found);
enum { TRANSFER_ROW_SIZE = 8 + 18 + 4 + 1 + 8, TRANSFER_FOUND_ROOM = 64 };

/* ---- answers from outside ---- */

enum transfer_said {
    SAID_RESULT,  /* row by row */
    SAID_LATER,   /* it has the document; the result is not ready */
    SAID_UNKNOWN, /* it has no document of that key */
    SAID_REFUSED, /* it does not want this document, whole */
    SAID_NOTHING  /* no connection, no answer in time, or one that makes no sense */
};
struct transfer_answer {
    enum transfer_said said;
    uint16_t status;   /* HTTP; 0: none */
    struct bytes rows; /* RESULT: transfer_result_read */
};
struct transfer_result {
    struct line_id line;
    uint32_t version;
    bool accepted;
    struct bytes code; /* of a rejection */
};
void transfer_answer_write(struct writer *out, const struct transfer_answer *answer);
bool transfer_answer_read(struct bytes in, struct transfer_answer *answer);
void transfer_result_write(struct writer *out, const struct transfer_result *result);
bool transfer_result_read(struct reader *in, struct transfer_result *result); /* false at the end */
enum { TRANSFER_RESULT_SIZE = 18 + 4 + 1 + 1 + TRANSFER_CODE_MAX, TRANSFER_ANSWER_ROOM = 16 };

/* ---- choosing the rows ---- */

struct transfer_source { /* a snapshot */
    void *self;
    /* Outbox rows from number `from` on, ascending; then row by row. */
    void (*seek)(void *self, uint64_t from);
    bool (*next)(void *self, uint64_t *number, struct bytes *value);
    bool (*sent)(void *self, uint64_t number, struct transfer_sent *sent);
    /* The row of that outbox number; the rejected row of that line. */
    bool (*row)(void *self, uint64_t number, struct bytes *value);
    bool (*bad)(void *self, struct line_id line, struct transfer_bad *bad);
    bool (*next_bad)(void *self, struct transfer_bad *bad); /* all lines' */
};

/* Puts the rows of the next document into `rows` (room for ask->rows_max), in the order of their
 * numbers, and returns how many. A document holds rows of one day (RELIABILITY I8) and of each line
 * at most one, the oldest unanswered; behind a rejected one a line's later rows wait, so that no
 * row is in effect before an earlier one of its line. */
uint16_t transfer_choose(const struct transfer_ask *ask, const struct transfer_source *source,
                         struct transfer_row *rows, uint64_t *mark, int32_t *day);
