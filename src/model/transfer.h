/* What goes to NHI, and what became of it (DESIGN 16 *Transfer*; F202, F203): a transfer is one
 * document of outbox rows; each row is sent until it is answered, accepted or rejected.
 *
 * Rows (keys: row_keys.h; forms: head of transfer.c):
 *     TRANSFER        number            one transfer, as GET /ops/transfers shows it
 *     TRANSFER_STATE  1                 where the actor stands, and the transfer under way
 *     TRANSFER_SENT   outbox number     what NHI said of that row; none: not answered yet
 *     TRANSFER_BAD    line              its row that NHI rejected: later ones of the line wait
 *
 * Pure values; any thread. Readers return ERR_CORRUPT or ERR_VERSION and change nothing then. */
#pragma once
#include "base/bytes.h"
#include "base/instant.h"
#include "model/ids.h"

enum transfer_kind { TRANSFER_DELTA = 1, TRANSFER_FULL };
enum transfer_state {
    TRANSFER_BUILDING = 1, /* its rows are being looked for */
    TRANSFER_SENDING,      /* being sent, or waiting for the next attempt */
    TRANSFER_AWAITING,     /* NHI has it and will say later */
    TRANSFER_DONE,
    TRANSFER_FAILED /* NHI refused the document as a whole */
};
enum {
    TRANSFER_ROWS_MAX = 500,    /* rows of one document */
    TRANSFER_COUNTIES_MAX = 24, /* 22, and one for a home that is no more */
    TRANSFER_CODE_MAX = 16,     /* reject code of NHI, without the NUL */
    TRANSFER_ID_MAX = 16,
    TRANSFER_KEY_MAX = 48,
    TRANSFER_STATE_ROW_MAX = 800
};

struct transfer_rules { /* settings nhi.*; enabled false: nothing is sent */
    bool enabled;
    bool prompt;       /* a wake sends what there is; else rows go in the night behind their day */
    uint16_t minute;   /* of the day of Taipei, for the nightly run */
    uint8_t full_day;  /* of the month: the night of the full document; 0: none */
    uint16_t rows_max; /* 1 … TRANSFER_ROWS_MAX */
    uint16_t alarm_at; /* attempts in vain until somebody is called, and again after as many */
    uint32_t first_ms; /* pause after the first failure; doubled each time up to */
    uint32_t longest_ms;
};

struct transfer_county { /* what of it is of homes of one county */
    uint32_t county;     /* 0: of none */
    uint16_t rows, accepted, rejected;
};

struct transfer_run {
    uint64_t number; /* 0: none */
    enum transfer_kind kind;
    enum transfer_state state;
    uint64_t of;                /* the transfer whose rejected rows are sent again; 0 */
    int64_t began_at, ended_at; /* wall ms; 0: not yet */
    int32_t day;                /* of its rows, Asia/Taipei; DAY_NONE if they are of several */
    uint64_t first, last;       /* outbox numbers between which its rows lie */
    uint16_t rows, accepted, rejected;
    uint32_t attempts;
    int64_t next_at;    /* wall ms of the next attempt; 0: none is waited for */
    uint16_t answer;    /* HTTP status of the last answer; 0: none came */
    uint8_t sha256[32]; /* of the document last sent; zeros: none was */
    uint16_t counties_count;
    struct transfer_county counties[TRANSFER_COUNTIES_MAX];
};

struct transfer_memory { /* TRANSFER_STATE */
    uint64_t numbers;    /* last transfer number given */
    uint64_t mark;       /* every outbox row up to it has been answered */
    int32_t night;       /* last day whose nightly run has begun; DAY_NONE: none */
    bool everything;     /* an operator wants today's rows too */
    bool stopped;        /* a document was refused: nothing goes before the night or an operator */
    uint64_t full_next, full_end; /* of a full document: outbox numbers still to go */
    struct transfer_run open;     /* the one under way */
};

enum transfer_verdict { TRANSFER_ACCEPTED = 1, TRANSFER_REJECTED };
struct transfer_sent {
    enum transfer_verdict verdict;
    uint64_t transfer;
    int64_t at; /* wall ms */
    struct bytes code;
};

struct transfer_bad {
    uint64_t row; /* outbox number */
    uint64_t transfer;
    uint32_t version;
    int64_t at;
    struct bytes code;
};

void transfer_run_write(struct writer *out, const struct transfer_run *run);
enum err transfer_run_read(struct bytes row, struct transfer_run *run) MUST_CHECK;
void transfer_memory_write(struct writer *out, const struct transfer_memory *memory);
enum err transfer_memory_read(struct bytes row, struct transfer_memory *memory) MUST_CHECK;
void transfer_sent_write(struct writer *out, const struct transfer_sent *sent);
enum err transfer_sent_read(struct bytes row, struct transfer_sent *sent) MUST_CHECK;
void transfer_bad_write(struct writer *out, const struct transfer_bad *bad);
enum err transfer_bad_read(struct bytes row, struct transfer_bad *bad) MUST_CHECK;

/* `T00000007` */
size_t transfer_id_print(uint64_t number, char out[TRANSFER_ID_MAX]);
bool transfer_id_parse(struct bytes text, uint64_t *number);
/* The idempotency key of a document: the same content of the same transfer has the same key, at
 * whatever attempt and after whatever restart; other content has another. */
size_t transfer_key_print(uint64_t number, const uint8_t sha256[32], char out[TRANSFER_KEY_MAX]);
const char *transfer_kind_name(enum transfer_kind kind);
const char *transfer_state_name(enum transfer_state state);

/* Rows of a full document are still to go. */
bool transfer_full_pending(const struct transfer_memory *memory);
/* The pause before the next attempt. */
uint32_t transfer_pause_ms(const struct transfer_rules *rules, uint32_t attempts);
/* The newest day that a nightly run may send at `now`: yesterday from `minute` on, before it the
 * day before. */
int32_t transfer_night(const struct transfer_rules *rules, struct wall now);
/* Milliseconds from `now` to the next `minute` of the day. */
int64_t transfer_until_night(const struct transfer_rules *rules, struct wall now);
