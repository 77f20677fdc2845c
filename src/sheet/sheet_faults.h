/* A fault of one cell: where, which code of API 1.2, why exactly, and the value as it was read; and
 * the sentence that tells a person how to mend it, made when it is shown. Pure; any thread. */
#pragma once
#include "model/facts.h"
#include "model/problem.h"
#include "sheet/sheet_form.h"

/* Causes that a code alone does not tell. The sentences stand in sheet_faults.c, in this order. */
enum fault_why {
    WHY_CODE, /* the code says it all */
    WHY_BOOLEAN,
    WHY_ERROR_VALUE,
    WHY_DATE_CELL,
    WHY_DIGITS_LOST,
    WHY_UNSEEN,
    WHY_ID_SIZE,
    WHY_ID_FORM,
    WHY_ID_LOOKALIKE, /* `number` is the character's place, from 1 */
    WHY_ID_CHECK,
    WHY_PLACE_FORM,
    WHY_PLACE_CHECK,
    WHY_CODE_NAME, /* 05 手術: which of them? */
    WHY_ONLY_NAME, /* 麻醉: `suggest` is its code */
    WHY_DATE_NONE,
    WHY_DATE_TIME, /* a date cell with hours */
    WHY_TIME_NONE,
    WHY_TIME_START, /* 24:00 */
    WHY_TIME_SECONDS,
    WHY_TIME_DATE, /* a time cell with a date */
    WHY_RULE_CODE,
    WHY_NTH_OF_MONTH,
    WHY_DAY_OF_MONTH,
    WHY_EVERY_WEEKS,
    WHY_EVERY_DAYS,
    WHY_NTH_UNUSED,
    WHY_WEEKDAY_FORM,
    WHY_WEEKDAY_ONE,
    WHY_WEEKDAY_TWICE,
    WHY_WEEKDAY_UNUSED,
    WHY_NO_SUCH_DAY, /* a rule without any day in its period */
    WHY_NOTE_LONG,   /* a remark that is the purpose's note */
    WHY_NOTE_EMPTY,
    WHY_PLACE_NAME,
    WHY_COUNT
};

enum { FAULT_NEAR_MAX = 3, FAULT_SENTENCE_MAX = 1024 };

struct cell_fault {
    uint32_t row;    /* the sheet's own number */
    uint16_t column; /* 0 = A */
    enum form_field field;
    enum code code;
    enum fault_why why;
    struct bytes value; /* borrowed from the table of cells; empty: nothing was there */
    uint16_t number;    /* WHY_ID_LOOKALIKE */
    char suggest[3];    /* WHY_ONLY_NAME */
    uint8_t near_count; /* unknown_institution: what may have been meant */
    uint64_t near[FAULT_NEAR_MAX];
    uint32_t with_row;   /* overlaps_row, duplicate_row; 0: none */
    bool has_with;       /* overlaps_case */
    struct line_id with; /* the other line */
};

enum fault_language { FAULT_ZH, FAULT_EN };

/* How to mend it, one sentence. `facts` names the near matches; NULL leaves them out. */
void cell_fault_sentence(const struct cell_fault *fault, const struct facts *facts,
                         enum fault_language language, struct writer *out);
/* C5, AA300. */
enum { CELL_NAME_MAX = 16 };
void cell_fault_name(const struct cell_fault *fault, char out[CELL_NAME_MAX]);

/* The fields a problem of the rules speaks of: `at` is where it stands (API 5: faults of a row's
 * time at its start date); it only echoes a fault that one of `of` has already. `member` is the
 * pointer below the line: "/target", "/times/0/end". */
struct fault_place {
    enum form_field at;
    uint32_t of; /* FIELD_BIT … */
};
struct fault_place fault_place_of(enum form_kind kind, const char *member);
