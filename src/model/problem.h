/* Faults of content: a closed list of codes (API 1.2) with the member concerned. Never text: the
 * words are the page's, in the reader's language. */
#pragma once
#include "base/arena.h"
#include "model/ids.h"

#define CODE_LIST(X)                                                                               \
    X(REQUIRED, "required")                                                                        \
    X(BAD_TYPE, "bad_type")                                                                        \
    X(TOO_LONG, "too_long")                                                                        \
    X(BAD_TEXT, "bad_text")                                                                        \
    X(BAD_DATE, "bad_date")                                                                        \
    X(BAD_TIME, "bad_time")                                                                        \
    X(END_BEFORE_START, "end_before_start")                                                        \
    X(BAD_RULE, "bad_rule")                                                                        \
    X(TOO_MANY_OCCURRENCES, "too_many_occurrences")                                                \
    X(IMMUTABLE_FIELD, "immutable_field")                                                          \
    X(BAD_ID_NO, "bad_id_no")                                                                      \
    X(FORMULA, "formula")                                                                          \
    X(NOT_YOUR_STAFF, "not_your_staff")                                                            \
    X(NAME_MISMATCH, "name_mismatch")                                                              \
    X(PERSON_NOT_PRACTISING, "person_not_practising")                                              \
    X(HOME_NOT_OPEN, "home_not_open")                                                              \
    X(PROFESSION_MAY_NOT_FILE, "profession_may_not_file")                                          \
    X(NOT_MAIN_LICENCE, "not_main_licence")                                                        \
    X(LICENCE_EXPIRED, "licence_expired")                                                          \
    X(AFTER_LICENCE_END, "after_licence_end")                                                      \
    X(UNKNOWN_INSTITUTION, "unknown_institution")                                                  \
    X(INSTITUTION_NOT_OPEN, "institution_not_open")                                                \
    X(SAME_INSTITUTION, "same_institution")                                                        \
    X(UNKNOWN_DEPARTMENT, "unknown_department")                                                    \
    X(UNKNOWN_PURPOSE, "unknown_purpose")                                                          \
    X(PURPOSE_NOT_ALLOWED, "purpose_not_allowed")                                                  \
    X(ATTACHMENT_REQUIRED, "attachment_required")                                                  \
    X(IN_THE_PAST, "in_the_past")                                                                  \
    X(OVERLAPS_SELF, "overlaps_self")                                                              \
    X(OVERLAPS_CASE, "overlaps_case")                                                              \
    X(OVERLAPS_ROW, "overlaps_row")                                                                \
    X(DUPLICATE_ROW, "duplicate_row")                                                              \
    X(QUOTA_EXCEEDED, "quota_exceeded")                                                            \
    X(PLACE_NOT_LAWFUL, "place_not_lawful")                                                        \
    X(SHORT_LEAD, "short_lead")                                                                    \
    X(LONG_PERIOD, "long_period")                                                                  \
    X(QUOTA_NEAR, "quota_near")                                                                    \
    X(HOURS_HIGH, "hours_high")                                                                    \
    X(UNKNOWN_FIELD, "unknown_field")

#define CODE_ENUM(id, name) CODE_##id,
enum code { CODE_NONE, CODE_LIST(CODE_ENUM) CODE_COUNT };
#undef CODE_ENUM

const char *code_name(enum code code);
bool code_is_warning(enum code code);    /* PLACE_NOT_LAWFUL … HOURS_HIGH */
bool code_refuses_draft(enum code code); /* the list of API 4.2; `required` depends on the field */

enum { FIELD_MAX = 96, PROBLEMS_MAX = 2000 };

struct problem {
    enum code code;
    char field[FIELD_MAX]; /* JSON pointer */
    bool has_with;         /* overlaps_case: the other line */
    struct line_id with;   /* n is 0 for a line of the same body: with_index */
    uint16_t with_index;
    int64_t start, end; /* overlap: the two occurrences' common part, local minutes; else 0 */
};

/* The same with `required` judged by its field: only lines, target and person_id stop a draft (a
 * person's own person_id is filled in before the rules see the line, so it is never missing). */
bool problem_refuses_draft(const struct problem *problem);

/* A growing list in an arena; full (PROBLEMS_MAX) or out of memory: `truncated` is set, nothing is
 * written past. A truncated list still means "there are faults", also where its count is 0. */
struct problems {
    struct arena *arena;
    struct problem *items;
    uint32_t count, capacity;
    bool truncated;
};

void problems_init(struct problems *problems, struct arena *arena);
struct problem *problems_add(struct problems *problems, enum code code, const char *field_format,
                             ...)
    __attribute__((format(printf, 3, 4))); /* never NULL: a full list returns a spare */
/* Byte form, for replies. */
void problems_write(struct writer *out, const struct problems *problems);
bool problems_read(struct reader *in, struct problems *problems);
