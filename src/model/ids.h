/* Numbers that name things: parse, check digits, print, redact. Pure; any thread. */
#pragma once
#include "base/bytes.h"
#include <stdbool.h>
#include <stdint.h>

/* ---- institution codes: 10 characters [0-9A-Z], kept as a base-36 number (DESIGN 16) ---- */
enum { INSTITUTION_CODE_SIZE = 10 };
/* False unless it is exactly 10 characters of [0-9A-Z]. The check digit is not looked at: 187
 * genuine institutions fail it (DOMAIN 5.2). */
bool institution_code_parse(struct bytes text, uint64_t *id);
void institution_code_print(uint64_t id, char out[INSTITUTION_CODE_SIZE + 1]);
bool institution_code_check_digit_fits(struct bytes text); /* for typing hints only */

/* ---- national ID and UI numbers (DOMAIN 5.1) ---- */
enum id_no_kind { ID_NO_INVALID, ID_NO_NATIONAL, ID_NO_UI_NEW, ID_NO_UI_OLD };
enum { ID_NO_SIZE = 10 };
enum id_no_kind id_no_check(struct bytes text);                /* upper case, exactly 10 */
void id_no_mask(struct bytes id_no, char out[ID_NO_SIZE + 1]); /* A1234XXXX9 (F090) */
const char *id_no_kind_name(enum id_no_kind kind); /* national, ui_new, ui_old, invalid */

/* ---- cases and lines ---- */
struct case_id {
    uint64_t home;   /* institution id */
    int32_t day;     /* day number (civil.h) of the case number's date */
    uint32_t serial; /* 1.. of that institution's day */
};
struct line_id {
    struct case_id in;
    uint16_t n; /* 1..300 */
};
enum { CASE_NO_MAX = 40, LINE_ID_MAX = 48 };
/* `1150407-0401180014-0001`: ROC date 7 digits, home code, serial at least 4 digits (API 4.1).
 * Parsing accepts exactly what printing gives; anything else is false. */
bool case_no_parse(struct bytes text, struct case_id *id);
size_t case_no_print(struct case_id id, char out[CASE_NO_MAX]); /* length; NUL-terminated */
bool line_id_parse(struct bytes text, struct line_id *id);
size_t line_id_print(struct line_id id, char out[LINE_ID_MAX]);
bool case_id_equal(struct case_id a, struct case_id b);
bool line_id_equal(struct line_id a, struct line_id b);
int line_id_compare(struct line_id a, struct line_id b); /* home, day, serial, n */

/* ---- people: opaque ids, printed as `p` + 13 characters of base 32 (Crockford, lower case) ----
 */
enum { PERSON_ID_MAX = 16 };
bool person_id_parse(struct bytes text, uint64_t *id);
size_t person_id_print(uint64_t id, char out[PERSON_ID_MAX]);
