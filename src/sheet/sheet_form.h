/* The columns of the two templates (DOMAIN 6.1): names, order, what they need. Constant tables;
 * pure; any thread. */
#pragma once
#include "base/bytes.h"
#include <stdbool.h>
#include <stdint.h>

enum form_kind { FORM_GENERAL, FORM_RULE, FORM_KINDS };

enum form_field {
    FORM_ID_NO,
    FORM_PERSON_NAME,
    FORM_TARGET,
    FORM_TARGET_NAME,
    FORM_DEPARTMENT,
    FORM_PURPOSE,
    FORM_FROM_DATE, /* 支援開始日期, 期間起日 */
    FORM_START_TIME,
    FORM_TO_DATE, /* 支援結束日期, 期間迄日 */
    FORM_END_TIME,
    FORM_RULE_CODE,
    FORM_NTH, /* 間隔/週次/日 */
    FORM_WEEKDAY,
    FORM_REMARK,
    FORM_FIELDS
};
#define FIELD_BIT(field) (1U << (field))

struct form_column {
    enum form_field field;
    const char *name; /* as in the header, without the star */
    bool required;
    uint8_t width;        /* of the template's column, in characters */
    const char *help;     /* how to fill it in: the drop-down's note */
    const char *examples; /* for the sheet of explanations */
};

struct form_template {
    const char *stamp;                        /* general-1 */
    const char *title;                        /* the first sheet's name */
    const struct form_column *const *columns; /* in the template's order */
    uint8_t count;
};

const struct form_template *form_template_of(enum form_kind kind);
/* NULL: the template has no such field. */
const struct form_column *form_column_of(enum form_kind kind, enum form_field field);
/* The column of a header cell: blanks, width, stars and what stands in brackets are left out. NULL:
 * not one of the template's. */
const struct form_column *form_column_find(enum form_kind kind, struct bytes header);
/* The annotated report's own column. */
#define FORM_FAULT_COLUMN "錯誤說明"
bool form_is_fault_column(struct bytes header);

struct form_rule_name {
    char code; /* '1' … '5', the order of enum rule_kind */
    const char *zh;
};
extern const struct form_rule_name form_rule_names[];
extern const size_t form_rule_names_count;

/* A … Z, AA …; 0 is A. */
enum { COLUMN_NAME_MAX = 4 };
void form_column_name(uint16_t column, char out[COLUMN_NAME_MAX]);
