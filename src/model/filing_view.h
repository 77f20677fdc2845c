/* A filing together with what the facts say of it: looked up once, judged by line_rules.c (at
 * filing) and line_review.c (for the reviewer). Borrowed: the filing, the facts. Pure; any
 * thread. */
#pragma once
#include "model/codes.h"
#include "model/line_rules.h"

struct filing_view {
    const struct filing *filing;
    const struct facts *facts;
    const struct person *person;         /* own staff of the home, else NULL */
    const struct profession *profession; /* NULL as long as the person is */
    const struct institution *home;      /* NULL: unknown */
    const struct institution *target;    /* NULL: not chosen or unknown */
    const struct purpose *purpose;       /* NULL: not chosen or unknown */
    const struct bureau_rules *rules;    /* of the home's county; NULL as long as the home is */
    int32_t today;                       /* Asia/Taipei (R19) */
    int64_t now_local;                   /* minutes, rounded down */
    bool has_span;                       /* there is at least one occurrence */
    int64_t first, last;                 /* first start, last end, local minutes */
    int32_t first_day, last_day;         /* first and last day on which there is support */
};

struct filing_view filing_view_of(const struct filing *filing, const struct facts *facts,
                                  struct wall now);
/* Open or practising today and through the last day of support: what is known to end before that
 * can't be filed (the event that ends it will not come a second time). */
bool filing_home_open(const struct filing_view *view);
bool filing_person_practising(const struct filing_view *view);
/* The place must be open when it is used; whether it is open today only matters without times. */
bool filing_target_open(const struct filing_view *view);
bool filing_in_another_county(const struct filing_view *view);
/* Is a place of this type one where this profession may practise by its own law (DOMAIN 2.1, column
 * "Place rule")? Non-medical places always are: MOHW's lists of recognised ones are open. */
bool filing_place_lawful(const struct filing_view *view);
bool filing_by_pharmacist(const struct filing_view *view);
/* Least days from today to the first day. No law names one, a bureau may (DOMAIN 2.5); without its
 * word only a start on the same day is short. */
int64_t filing_lead_limit(const struct filing_view *view);
/* Days from the first to the last, both counted. 0 without times. */
int64_t filing_period_days(const struct filing_view *view);
/* The longest period the bureau lets pass without a remark; training of nurses is at most a year
 * whatever the bureau says (87.6.22). */
int64_t filing_period_limit(const struct filing_view *view);
