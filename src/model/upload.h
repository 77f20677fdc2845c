/* An uploaded sheet of lines (整批報備, API 5): what is kept of it, in four kinds of parts beside
 * one record. `upload` in code, since a batch is what a shard commits (rt/batch.h).
 *
 *     record     state and counts; read with the institution
 *     SHEET      the file as it came, sealed (it holds ID numbers)
 *     LINES      the rows that may be filed, upload_line after upload_line
 *     FAULTS     what the mapping found, sealed; its form is src/sheet's
 *     FINDINGS   what the institution found: upload_finding after upload_finding
 *
 * Writers fail their flag; readers are checked, views point into the source. Pure; any thread. */
#pragma once
#include "model/draft.h"
#include "model/principal.h"
#include "model/row_keys.h"

enum upload_kind { UPLOAD_GENERAL = 1, UPLOAD_RULE };
enum upload_state {
    UPLOAD_RECEIVED = 1, /* durable; being read */
    UPLOAD_READY,        /* every fault is known */
    UPLOAD_DONE,         /* imported */
    UPLOAD_FAILED        /* not one row can be read: `error` says why */
};
/* The codes of a failed upload (API 5). */
#define UPLOAD_ERROR_LIST(X)                                                                       \
    X(TOO_MANY_ROWS, "too_many_rows")                                                              \
    X(WRONG_TEMPLATE, "wrong_template")                                                            \
    X(BROKEN, "broken_xlsx")                                                                       \
    X(ENCRYPTED, "encrypted_xlsx")                                                                 \
    X(MACRO, "macro_xlsx")                                                                         \
    X(TOO_LARGE, "xlsx_too_large")                                                                 \
    X(NO_ROWS, "no_rows")                                                                          \
    X(NOT_READ, "not_read")
#define UPLOAD_ERROR_ENUM(id, name) UPLOAD_##id,
enum upload_error { UPLOAD_NO_ERROR, UPLOAD_ERROR_LIST(UPLOAD_ERROR_ENUM) UPLOAD_ERRORS };
#undef UPLOAD_ERROR_ENUM

enum upload_part { UPLOAD_SHEET = 1, UPLOAD_LINES, UPLOAD_FAULTS, UPLOAD_FINDINGS, UPLOAD_PARTS };

enum {
    UPLOAD_FILE_MAX = 2 << 20,
    UPLOAD_NAME_MAX = 255,  /* bytes */
    UPLOAD_TOLD_MAX = 1000, /* bytes of the sentence of an error */
    UPLOAD_VALUE_MAX = 400, /* bytes of a cell that a fault quotes */
    UPLOAD_OPEN_MAX = 20,   /* of one institution being read */
    UPLOAD_ROWS_MAX = 300,
    UPLOAD_FAULTS_MAX = 2000,
    UPLOAD_RECORD_MAX = 1900
};

struct upload_record {
    uint64_t home, number; /* number: ascending in a home; its id is the hexadecimal form */
    enum upload_kind kind;
    enum upload_state state;
    uint32_t version;
    struct principal uploader;
    int64_t created_at; /* wall ms */
    struct bytes name;  /* of the file; borrowed, as `told` */
    uint8_t sha256[32];
    uint32_t size;
    uint16_t parts[UPLOAD_PARTS]; /* rows that each kind of part takes */
    enum upload_error error;
    uint32_t error_count;      /* too_many_rows: how many there are */
    struct bytes told;         /* the sentence behind the error; may be empty */
    uint16_t rows, valid;      /* once READY */
    uint32_t faults, findings; /* how many there are of each, kept or not */
    struct case_id made;       /* DONE: serial 0 only if nothing was imported, which is refused */
    uint16_t imported, skipped;
};

const char *upload_kind_name(enum upload_kind kind); /* general, rule */
bool upload_kind_parse(struct bytes text, enum upload_kind *kind);
const char *upload_state_name(enum upload_state state);
const char *upload_error_name(enum upload_error error); /* NULL for none */
void upload_write(struct writer *out, const struct upload_record *record);
/* `home` stands in the key. */
enum err upload_read(struct bytes row, uint64_t home, struct upload_record *record) MUST_CHECK;

enum { UPLOAD_ID_SIZE = 16 };
void upload_id_print(uint64_t number, char out[UPLOAD_ID_SIZE + 1]);
bool upload_id_parse(struct bytes text, uint64_t *number);

struct row_key key_of_upload(uint64_t home, uint64_t number); /* UPLOAD */
/* UPLOAD_PART: home, number, kind of part, its place. */
struct row_key key_of_upload_part(uint64_t home, uint64_t number, enum upload_part part,
                                  uint16_t place);

/* Where faults are shown: those of a row's time at its start date. In front of the part LINES. */
struct upload_columns {
    uint16_t person, target, department, purpose, start;
};
void upload_columns_write(struct writer *out, const struct upload_columns *columns);
void upload_columns_read(struct reader *in, struct upload_columns *columns);
enum { UPLOAD_COLUMNS_SIZE = 10 };

/* A cell as faults quote it: what is longer (a cell may hold 96 KiB) ends at the last whole
 * character that fits. */
struct bytes upload_value(struct bytes text);

/* The cells of a row that a finding may quote. Whose row it is lies in the sealed sheet alone. */
enum upload_quoted { QUOTED_START, QUOTED_TARGET, QUOTED_DEPARTMENT, QUOTED_PURPOSE, QUOTED_COUNT };

/* Under which column a finding of this code stands: that of what it is about. */
enum upload_place {
    UPLOAD_AT_START, /* all about the time of a row */
    UPLOAD_AT_PERSON,
    UPLOAD_AT_TARGET,
    UPLOAD_AT_DEPARTMENT,
    UPLOAD_AT_PURPOSE
};
enum upload_place upload_place_of(enum code code);

/* A row of the sheet that had no fault by itself. */
struct upload_line {
    uint32_t row;                      /* the sheet's own number */
    struct bytes quoted[QUOTED_COUNT]; /* as upload_value cuts them; empty: nothing stands there */
    struct line_draft draft;           /* person, target, department, purpose, body_row; body by
                                          upload_line_body */
};
void upload_line_write(struct writer *out, const struct upload_line *line);
bool upload_line_read(struct reader *in, struct upload_line *line); /* false at the end */
enum { UPLOAD_LINE_ROOM = 64 }; /* beside the quoted cells and body_row */
/* Decodes the body that the row holds into `draft`. */
enum err upload_line_body(struct line_draft *draft, struct arena *arena) MUST_CHECK;

/* What only the institution can know: overlaps, and rules at the moment of the check. */
struct upload_finding {
    uint32_t row;
    uint16_t column;
    enum code code;
    struct bytes value; /* as quoted; UPLOAD_AT_PERSON: the person's id (u64), for a finding lies in
                           the open */
    uint32_t with_row;  /* another row of the sheet; 0: none */
    bool has_with;
    struct line_id with; /* another line of the person */
};
void upload_finding_write(struct writer *out, const struct upload_finding *finding);
bool upload_finding_read(struct reader *in, struct upload_finding *finding);

/* JOB_UPLOAD: which upload. Its answer: what reading it gave. */
struct upload_ask {
    uint64_t home, number;
};
void upload_ask_write(struct writer *out, const struct upload_ask *ask);
bool upload_ask_read(struct bytes in, struct upload_ask *ask);

struct upload_found {
    uint64_t number;
    enum upload_error error;
    uint32_t error_count;
    struct bytes told;
    uint16_t rows;
    uint32_t faults;
    struct bytes lines, sealed_faults;
};
void upload_found_write(struct writer *out, const struct upload_found *found);
/* The same piece by piece, so that what is large stands nowhere twice: all but lines and faults,
 * then those two, each written between piece_begin and piece_end. */
void upload_found_counts_write(struct writer *out, const struct upload_found *found);
size_t upload_piece_begin(struct writer *out);
void upload_piece_end(struct writer *out, size_t begun);
bool upload_found_read(struct bytes in, struct upload_found *found);
enum { UPLOAD_FOUND_ROOM = 64 };
