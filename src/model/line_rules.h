/* The rules of filing (MISSION 1.5, API 1.2): a line as asked for, the facts, the day -> problems.
 *
 * Pure; any thread. Fields of the problems are pointers below `prefix` ("/lines/0"). Everything
 * that needs no look at other lines stands here; overlaps between lines are overlap.h's, called by
 * the actor and the door. Each rule in line_rules.c names its source (law's article, F-number,
 * DOMAIN section). */
#pragma once
#include "model/draft.h"
#include "model/facts.h"

struct filing { /* one line as the rules see it */
    uint64_t home;
    uint64_t person, target;
    uint16_t department;
    uint8_t purpose;
    bool has_note;
    uint8_t attachments;
    uint16_t times_count;
    const struct time_rule *times;
};

/* All filing codes of API 1.2 that need no other line, no quota: required, not_your_staff,
 * person_not_practising, home_not_open, profession_may_not_file, not_main_licence, licence_expired,
 * after_licence_end, unknown_institution, institution_not_open, same_institution,
 * unknown_department, unknown_purpose, purpose_not_allowed, attachment_required, in_the_past,
 * overlaps_self, and the form of times (end_before_start, too_many_occurrences, bad_rule for one
 * without any day). `times` has at most TIMES_MAX; overlaps_self carries the earlier time's index
 * in `with_index`. */
void line_rules_check(const struct filing *filing, const struct facts *facts, struct wall now,
                      const char *prefix, struct problems *out);
/* Warnings (place_not_lawful, short_lead, long_period): shown, never refused. */
void line_rules_warn(const struct filing *filing, const struct facts *facts, struct wall now,
                     const char *prefix, struct problems *out);

/* The reviewer's panel (MISSION 1.6, P40): one row a rule. `message` is chosen by rule and outcome
 * at the door; `value` and `limit` are its figures. */
enum check_rule {
    CHECK_LICENCE_VALID,
    CHECK_PERSON_PRACTISING,
    CHECK_HOME_OPEN,
    CHECK_PLACE_OPEN,
    CHECK_PROFESSION,
    CHECK_PURPOSE,
    CHECK_IN_FUTURE,
    CHECK_LEAD,
    CHECK_PERIOD,
    CHECK_CROSS_COUNTY,
    CHECK_PLACE_MEDICAL,
    CHECK_HEAD,
    CHECK_STAFF_LEFT,
    CHECK_PHARMACIST,
    CHECK_RULES
};
enum check_outcome { CHECK_PASS, CHECK_WARN, CHECK_FAIL };
struct check_item {
    enum check_rule rule;
    enum check_outcome outcome;
    int64_t value, limit;
};
const char *check_rule_name(enum check_rule rule);
const char *check_outcome_name(enum check_outcome outcome);
/* In line_review.c. Returns how many apply: CHECK_PHARMACIST only for pharmacists, what is the
 * person's only as long as he is own staff. */
uint32_t line_rules_review(const struct filing *filing, const struct facts *facts, struct wall now,
                           int64_t submitted_at, struct check_item out[CHECK_RULES]);
