/* What clients want (an ask), each time they send it (a call), and what they learn: the language of
 * requests and answers in which clients and oracle think. */
#pragma once
#include "model/line.h"
#include "model/line_codec.h"
#include "rt/msg.h"

enum ask_kind {
    ASK_CREATE,
    ASK_EDIT, /* of a case's lines, or a line (by_line), or a new line (by_line, n 0) */
    ASK_DELETE_CASE,
    ASK_DELETE_LINE,
    ASK_SUBMIT, /* a line, or a case (n 0) */
    ASK_WITHDRAW,
    ASK_DECIDE,
    ASK_UPLOAD_ADD,    /* a sheet of what is wanted */
    ASK_UPLOAD_IMPORT, /* its rows become lines */
    ASK_UPLOAD_DELETE,
    ASK_TOKEN_ADD,
    ASK_TOKEN_REVOKE,
    ASK_CHALLENGE,
    ASK_PROOF,
    ASK_TOUCH,
    ASK_LOGOUT,
    ASK_BIND,
    ASK_ENROL,
    ASK_KINDS
};

enum { WANTED_MAX = 3, ITEMS_MAX = 12, INTERVALS_MAX = 12, RUNS_MAX = 4 };

enum fault {
    FAULT_NONE,
    FAULT_FOREIGN_PERSON, /* refuses a draft too */
    FAULT_NO_TARGET,      /* refuses a draft too */
    FAULT_SAME_PLACE,     /* refuses a submit */
    FAULT_IN_THE_PAST,
    FAULT_NO_PURPOSE
};

struct when { /* a time in the client's words; weekly: from first_day, `count` weeks */
    enum time_mode mode;
    int32_t first_day;
    uint16_t from, to; /* minutes of the day */
    uint8_t count;     /* continuous: days; recurring: weeks; dates: every other day */
};
struct interval {
    int64_t start, end; /* local minutes */
};
uint32_t when_intervals(const struct when *when, struct interval out[INTERVALS_MAX]);

struct wanted {       /* one line as a client wants it */
    uint16_t n;       /* of an edit; 0: a new line */
    uint32_t version; /* of an edit */
    uint64_t person, target;
    uint8_t purpose;
    struct when when;
    enum fault fault;
};
bool fault_refuses_draft(enum fault fault);

struct item { /* a line that a command means, as the client saw it */
    struct line_id line;
    uint32_t version;
    enum move move;
};

struct done { /* a success, as it was answered */
    struct case_id made;
    uint16_t status, n;
};

struct ask {
    uint32_t number; /* 1.. */
    uint32_t client;
    enum ask_kind kind;
    uint32_t session; /* number in the ledger of sessions; 0: none needed */
    uint32_t key;     /* 0: none */
    uint32_t body;    /* tells bodies of one key apart */
    bool foreign;     /* somebody else's thing: must be answered as if it did not exist */
    bool faulty;      /* a log-in with a wrong signature, a sheet that can't be read */
    bool first_use;   /* a log-in by claim to an ID number (AUTH 5.3); `home` is the person */
    uint64_t home;
    struct line_id line; /* n 0: the case */
    uint32_t version;
    bool by_line, submit;
    bool all;        /* an import: all rows or none */
    bool guesses;    /* an import: its version is what it may become */
    bool over;       /* an import: of a sheet that is seen to be imported */
    uint32_t file;   /* a sheet: the ask whose file this is, byte for byte (by its digest) */
    uint64_t upload; /* import, delete: which, and the ask that sent it */
    uint32_t sheet;
    uint8_t wanted_count, items_count;
    struct wanted wanted[WANTED_MAX];
    struct item items[ITEMS_MAX];
    uint32_t subject;    /* a log-in, binding, enrolment: which client's card */
    uint8_t id[16];      /* of a challenge */
    struct bytes tbs;    /* to sign; in the world's arena */
    uint32_t ends_seen;  /* a log-in: log-outs of the subject when it was sent */
    uint32_t replaces;   /* a log-in: the session that must end with it; 0: not known */
    struct digest fresh; /* secret of the session or token to begin; of the one to end */
    /* what is known */
    uint32_t calls_open, posted;
    uint32_t rival; /* an ask with the same key and another body; 0: none */
    bool unknown;   /* a call's outcome is not known: it may have an effect */
    bool done;
    bool retried;
    struct done answer;
    bool item_done[ITEMS_MAX];
    /* a sheet, in a look at the whole: its number, and the lines that were made of it */
    uint64_t number_seen;
    struct case_id case_seen;
    uint16_t lines_seen;
};

enum call_state { CALL_OPEN, CALL_ANSWERED, CALL_UNKNOWN };

struct call {
    uint32_t ask;
    uint32_t epoch;
    uint16_t loop;
    enum call_state state;
};

const char *ask_kind_name(enum ask_kind kind);
/* A letter of this ask for its actor, as a door would make it. */
struct letter *ask_letter(const struct ask *ask, const struct principal *principal,
                          struct ticket ticket);
/* Draft `place` of what the ask wants. */
void ask_draft(const struct ask *ask, uint32_t place, struct arena *arena,
               struct line_draft *draft);
struct digest ask_digest(uint32_t a, uint32_t b);
/* Every draft's note names its ask and place, so that a row tells who wanted it. */
enum { NOTE_SIZE = 24 };
void note_print(uint32_t ask, uint32_t place, char out[NOTE_SIZE]);
bool note_parse(struct bytes note, uint32_t *ask, uint32_t *place);
