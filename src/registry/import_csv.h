/* CSV files of institutions and people into records, as they stream in (API 9, data/README.md).
 *
 * One owner, one thread (a worker or a command). Every faulty row is reported by line, column,
 * reason and value; sound rows go to the sink; a row with several faults reports them all. Views
 * given to the sink live until it returns. Values of personal columns never leave in a report. */
#pragma once
#include "model/registrant.h"
#include <stdio.h>

#define IMPORT_FAULT_LIST(X)                                                                       \
    /* of the file and its header */                                                               \
    X(NO_HEADER, "no_header", "there is no header row")                                            \
    X(MISSING_COLUMN, "missing_column", "the header lacks this column")                            \
    X(UNKNOWN_COLUMN, "unknown_column", "no such column is known")                                 \
    X(DUPLICATE_COLUMN, "duplicate_column", "the header has this column twice")                    \
    /* of a line */                                                                                \
    X(BAD_UTF8, "bad_utf8", "the line is not UTF-8")                                               \
    X(LINE_TOO_LONG, "line_too_long", "the line is longer than 8 KiB")                             \
    X(BAD_QUOTES, "bad_quotes", "a quotation mark stands where none may")                          \
    X(UNCLOSED_QUOTE, "unclosed_quote", "a quoted field does not end in its line")                 \
    X(TOO_FEW_COLUMNS, "too_few_columns", "the row has fewer fields than the header")              \
    X(TOO_MANY_COLUMNS, "too_many_columns", "the row has more fields than the header")             \
    X(DUPLICATE_ROW, "duplicate_row", "an earlier line of this file has the same code or number")  \
    /* of a field */                                                                               \
    X(REQUIRED, "required", "the field may not be empty")                                          \
    X(TOO_LONG, "too_long", "the text is too long")                                                \
    X(BAD_TEXT, "bad_text", "it has control or invisible characters")                              \
    X(BAD_CODE, "bad_code", "an institution code has 10 characters of 0-9 and A-Z")                \
    X(UNKNOWN_TYPE, "unknown_type", "no such type of institution")                                 \
    X(UNKNOWN_COUNTY, "unknown_county", "no such county")                                          \
    X(BAD_STATUS, "bad_status", "no such status")                                                  \
    X(BAD_DATE, "bad_date", "a date is YYYY-MM-DD")                                                \
    X(DATE_IN_FUTURE, "date_in_future", "the date lies in the future")                             \
    X(END_BEFORE_START, "end_before_start", "the licence ends before it begins")                   \
    X(BAD_NUMBER, "bad_number", "a whole number from 0 to 9999")                                   \
    X(BAD_BOOLEAN, "bad_boolean", "true or false")                                                 \
    X(BAD_ID_NO, "bad_id_no", "the ID number or its check digit is wrong")                         \
    X(UNKNOWN_PROFESSION, "unknown_profession", "no such profession")                              \
    X(UNKNOWN_DEPARTMENT, "unknown_department", "no such department")                              \
    X(UNKNOWN_INSTITUTION, "unknown_institution", "no institution has this code")                  \
    X(BAD_MOBILE, "bad_mobile", "a mobile number is 09 and eight digits")                          \
    X(BAD_EMAIL, "bad_email", "it is no e-mail address")

#define IMPORT_FAULT_ENUM(id, name, sentence) IMPORT_##id,
enum import_fault { IMPORT_FAULT_LIST(IMPORT_FAULT_ENUM) };
#undef IMPORT_FAULT_ENUM

const char *import_fault_name(enum import_fault fault);
const char *import_fault_sentence(enum import_fault fault); /* English */

enum { IMPORT_LINE_MAX = 8 * 1024, IMPORT_VALUE_MAX = 60 };

struct import_report {
    uint32_t line;      /* of the file, from 1 */
    const char *column; /* its name, or "" for faults of a whole line */
    enum import_fault fault;
    char value[4 * IMPORT_VALUE_MAX + 8]; /* as read, cut, hidden where it is personal */
};

struct person_import {
    struct bytes id_no, name;
    struct bytes birth_date, mobile, email; /* empty where unknown */
    char profession;
    bool main, head;
    uint16_t department; /* packed, 0 none */
    uint64_t home;       /* 0: none, for who no longer practises */
    struct bytes licence_word;
    struct bytes licence_number; /* empty where it is the ID number */
    bool licence_number_is_id;
    int32_t licence_from, licence_to;
    enum person_status status;
    int32_t status_from; /* day, or DAY_NONE */
};

enum import_kind { IMPORT_INSTITUTIONS, IMPORT_PEOPLE };

struct import_sink {
    void *context;
    /* One of the two, by kind. An error ends the import and comes back from import_feed. */
    enum err (*on_institution)(void *context, const struct institution *row);
    enum err (*on_person)(void *context, const struct person_import *row);
    void (*on_fault)(void *context, const struct import_report *report);
    /* May be NULL: then every home is taken. */
    bool (*home_is_known)(void *context, uint64_t id);
};

struct import_options {
    int32_t today;      /* birth dates after it are refused; DAY_NONE: not asked */
    uint64_t bytes_max; /* 0: 256 MiB */
};

struct import_summary {
    uint32_t rows, taken, refused; /* rows = taken + refused, without header and empty lines */
};

struct import;

struct import *import_open(enum import_kind kind, const struct import_options *options,
                           const struct import_sink *sink); /* NULL: out of memory */
/* Any cut of the file into chunks gives the same result. ERR_BAD_INPUT: the header is refused (and
 * reported), nothing is taken. ERR_TOO_LARGE, ERR_NO_MEMORY, or the sink's error. */
enum err import_feed(struct import *import, struct bytes chunk) MUST_CHECK;
/* The last line may lack its end. ERR_BAD_INPUT also for a file without a header. */
enum err import_finish(struct import *import, struct import_summary *summary) MUST_CHECK;
void import_close(struct import *import); /* NULL is allowed */

/* The columns in the order of API 9, for help texts. */
const char *import_columns(enum import_kind kind);

/* The whole of an open file, which stays the caller's. ERR_IO beside the above. Blocking. */
enum err import_stream(FILE *file, enum import_kind kind, const struct import_options *options,
                       const struct import_sink *sink, struct import_summary *summary) MUST_CHECK;
/* The whole of a file on disk. ERR_NOT_FOUND, ERR_IO beside the above. Blocking. */
enum err import_file(const char *path, enum import_kind kind, const struct import_options *options,
                     const struct import_sink *sink, struct import_summary *summary) MUST_CHECK;
