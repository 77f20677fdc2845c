/* A spreadsheet as a source of cells: one interface, two readers (sheet_xlsx.h, sheet_csv.h),
 * sinks.
 *
 * Only the first sheet is read. Cells come row by row with rows counted from 1; cells without a
 * value don't come, except formulas without a cached value. Nothing that a sink was given counts
 * before the reader has returned SHEET_FINE: checksums are known only at the end of a part
 * (RELIABILITY 5). The readers hold no global state and may run on any thread; their memory is
 * bounded by the limits below whatever the file says. */
#pragma once
#include "base/bytes.h"

/* The closed list of answers; the names are the codes of API 5 where it has one. */
#define SHEET_FAULT_LIST(X)                                                                        \
    X(SHEET_FINE, "ok", "no fault")                                                                \
    X(SHEET_NOT_XLSX, "not_xlsx", "it is no .xlsx workbook, or no UTF-8 text")                     \
    X(SHEET_BROKEN, "broken_xlsx", "the workbook breaks its format")                               \
    X(SHEET_ENCRYPTED, "encrypted_xlsx", "the workbook is protected by a password")                \
    X(SHEET_MACRO, "macro_xlsx", "the workbook holds macros or embedded objects")                  \
    X(SHEET_TOO_LARGE, "xlsx_too_large", "the workbook is over a documented limit")                \
    X(SHEET_STOPPED, "stopped", "who asked for the cells wanted no more")                          \
    X(SHEET_NO_MEMORY, "no_memory", "the machine is out of memory")                                \
    X(SHEET_UNAVAILABLE, "unavailable", "the reader of sheets can't be started or reached")

#define SHEET_FAULT_ENUM(id, name, sentence) id,
enum sheet_fault { SHEET_FAULT_LIST(SHEET_FAULT_ENUM) };
#undef SHEET_FAULT_ENUM

const char *sheet_fault_name(enum sheet_fault fault);
const char *sheet_fault_sentence(enum sheet_fault fault);

/* IMPORT is strict: macros and embedded objects refuse the file, so do refs that repeat or go
 * back; only SHEET_ROWS_MAX rows of SHEET_COLUMNS_MAX columns are given. DUMP reads all. */
enum sheet_profile { SHEET_IMPORT, SHEET_DUMP };

enum {
    SHEET_FILE_MAX = 2 * 1024 * 1024,       /* of an import */
    SHEET_DUMP_FILE_MAX = 16 * 1024 * 1024, /* of a dump, which a person runs on his own file */
    SHEET_ROWS_MAX = 400,                   /* rows with a value that an import is given */
    SHEET_COLUMNS_MAX = 64,
    SHEET_TEXT_MAX = 32767,                   /* UTF-16 units in a cell, as in Excel */
    SHEET_IMPORT_TEXT_MAX = 2 * 1024 * 1024,  /* bytes of text of an import: all that CSV can be */
    SHEET_DUMP_OUTPUT_MAX = 64 * 1024 * 1024, /* bytes that a dump prints */
    SHEET_GRID_ROWS = 1048576,                /* Excel's own */
    SHEET_GRID_COLUMNS = 16384,
    SHEET_STAMP_MAX = 63,
    SHEET_TOLD_MAX = 240
};

enum sheet_kind {
    SHEET_EMPTY, /* a formula without a cached value */
    SHEET_TEXT,
    SHEET_NUMBER,
    SHEET_BOOLEAN,
    SHEET_ERROR, /* #N/A and the like */
    SHEET_DATE,
    SHEET_TIME,
    SHEET_DATE_TIME,
    SHEET_DURATION,
    SHEET_KINDS
};

/* What the format of a cell shows; a time format may stand on a serial with a date. */
enum sheet_format {
    SHEET_FORMAT_PLAIN,
    SHEET_FORMAT_DATE,
    SHEET_FORMAT_TIME,
    SHEET_FORMAT_DATE_TIME,
    SHEET_FORMAT_DURATION,
    SHEET_FORMATS
};

/* DATE: the date; TIME: the time; DATE_TIME: both. 1900-02-29 exists, as in Excel. */
struct sheet_civil {
    int32_t year;
    uint8_t month, day, hour, minute, second;
};

struct sheet_cell {
    uint32_t row, column; /* from 1 */
    enum sheet_kind kind;
    enum sheet_format format;
    bool formula;     /* a formula stands there; what is given is its cached value */
    bool digits_lost; /* a whole number of 16 digits or more: Excel keeps 15 */
    double number;    /* NUMBER, BOOLEAN 0 or 1, serial of dates and times */
    struct sheet_civil civil;
    struct bytes text; /* UTF-8, may hold NUL; as `xlsx-dump` prints it; "" for EMPTY. Borrowed */
};

struct sheet_range {
    uint32_t first_row, first_column, last_row, last_column;
};

struct sheet_sink {
    void *context;
    /* SHEET_FINE goes on; all else ends the reading with this answer. */
    enum sheet_fault (*on_cell)(void *context, const struct sheet_cell *cell);
    /* Merged cells: only the value of the first one counts. They come after all cells; NULL: not
     * wanted. */
    enum sheet_fault (*on_merge)(void *context, const struct sheet_range *range);
    /* Forget all that was given: the sheet comes once more from its beginning. NULL: it can't; then
     * the reading takes longer. */
    void (*on_restart)(void *context);
};

struct sheet_info {
    uint32_t rows; /* with a value within the columns; more than were given, too */
    char stamp[SHEET_STAMP_MAX + 1]; /* custom property `baobei-template`; "" if there is none */
};

/* The answer with a sentence that says what and where: printable ASCII whatever the file holds. */
struct sheet_told {
    enum sheet_fault fault;
    char text[SHEET_TOLD_MAX];
};

/* The first fault stays; gives told->fault. */
enum sheet_fault sheet_tell(struct sheet_told *told, enum sheet_fault fault, const char *format,
                            ...) __attribute__((format(printf, 3, 4)));

enum { SHEET_CELL_NAME_MAX = 12 };
/* "C5". */
const char *sheet_cell_name(uint32_t row, uint32_t column, char out[SHEET_CELL_NAME_MAX]);
/* "C5" or "c5" within the grid. */
bool sheet_cell_parse(const char *text, uint32_t *row, uint32_t *column);
/* "B2:D4", or "B2" alone; the first corner is the upper left. */
bool sheet_range_parse(const char *text, struct sheet_range *range);
