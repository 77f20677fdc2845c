/* The columns of the two templates (DOMAIN 6.1): names, order, what they need. Constant tables;
 * pure; any thread. */
#pragma once
#include "base/bytes.h"
#include <stdbool.h>
#include <stdint.h>

enum sheet_kind { SHEET_GENERAL, SHEET_RULE, SHEET_KINDS };

enum sheet_field {
    SHEET_ID_NO,
    SHEET_PERSON_NAME,
    SHEET_TARGET,
    SHEET_TARGET_NAME,
    SHEET_DEPARTMENT,
    SHEET_PURPOSE,
    SHEET_FROM_DATE, /* 支援開始日期, 期間起日 */
    SHEET_START_TIME,
    SHEET_TO_DATE, /* 支援結束日期, 期間迄日 */
    SHEET_END_TIME,
    SHEET_RULE_CODE,
    SHEET_NTH, /* 間隔/週次/日 */
    SHEET_WEEKDAY,
    SHEET_REMARK,
    SHEET_FIELDS
};
#define FIELD_BIT(field) (1U << (field))

struct sheet_column {
    enum sheet_field field;
    const char *name; /* as in the header, without the star */
    bool required;
    uint8_t width;        /* of the template's column, in characters */
    const char *help;     /* how to fill it in: the drop-down's note */
    const char *examples; /* for the sheet of explanations */
};

struct sheet_template {
    const char *stamp; /* general-1 */
    const char *title; /* the first sheet's name */
    const struct sheet_column *columns;
    uint8_t count;
};

const struct sheet_template *sheet_template_of(enum sheet_kind kind);
/* The column of a header cell: blanks, width, stars and what stands in brackets are left out. NULL:
 * not one of the template's. */
const struct sheet_column *sheet_column_find(enum sheet_kind kind, struct bytes header);
/* The annotated report's own column. */
#define SHEET_FAULT_COLUMN "錯誤說明"
bool sheet_is_fault_column(struct bytes header);

struct sheet_rule_name {
    char code; /* '1' … '5', the order of enum rule_kind */
    const char *zh;
};
extern const struct sheet_rule_name sheet_rule_names[];
extern const size_t sheet_rule_names_count;

/* A … Z, AA …; 0 is A. */
enum { COLUMN_NAME_MAX = 4 };
void sheet_column_name(uint16_t column, char out[COLUMN_NAME_MAX]);
