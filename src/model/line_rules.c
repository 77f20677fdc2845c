/* What is refused at filing, each rule with its source. The order of the faults is that of the
 * members: person, place, department, purpose, attachments, times; all are found at once. A member
 * that is not known has its own fault, and what would need it is left out: no fault is a mere echo
 * of another. */
#include "model/line_rules.h"
#include "base/check.h"
#include "model/filing_view.h"
#include "model/overlap.h"

/* ---- the person ---- */

static void licence_check(const struct filing_view *view, const char *prefix, struct problems *out)
{
    const struct person *person = view->person;
    /* A licence without an end (DAY_NONE) is none: default closed. The last day is still valid
     * (5.3). */
    if (person->licence_to < view->today) {
        problems_add(out, CODE_LICENCE_EXPIRED, "%s/person_id", prefix);
        return;
    }
    /* Valid through the end (DOMAIN 8.1; MISSION 1.5). */
    int64_t end = ((int64_t)person->licence_to + 1) * MINUTES_PER_DAY;
    if (!view->has_span || view->last <= end)
        return;
    for (uint16_t i = 0; i < view->filing->times_count; i++) {
        struct occurrence last;
        if (occurrence_last(&view->filing->times[i], &last) && last.end > end)
            problems_add(out, CODE_AFTER_LICENCE_END, "%s/times/%u", prefix, i);
    }
}

static void person_check(const struct filing_view *view, const char *prefix, struct problems *out)
{
    /* 停/歇業 of the home: filing refused (DOMAIN 7). Asked also where the person is not known. */
    if (!filing_home_open(view))
        problems_add(out, CODE_HOME_NOT_OPEN, "%s/person_id", prefix);
    if (view->filing->person == 0) {
        problems_add(out, CODE_REQUIRED, "%s/person_id", prefix);
        return;
    }
    /* Own staff only, never across institutions (MISSION 1.4). Nothing more is said of others'
     * people. */
    if (view->person == NULL) {
        problems_add(out, CODE_NOT_YOUR_STAFF, "%s/person_id", prefix);
        return;
    }
    /* A person in 停業 can't file (96.9.3; KSBA 112-訴-420; DOMAIN 2.4). */
    if (!filing_person_practising(view))
        problems_add(out, CODE_PERSON_NOT_PRACTISING, "%s/person_id", prefix);
    /* 牙體技術師法 art. 11, 17 know no exception; L M N O P are not 醫事人員 (DOMAIN 2.1, 4.1). */
    if (!view->profession->may_file)
        problems_add(out, CODE_PROFESSION_MAY_NOT_FILE, "%s/person_id", prefix);
    /* 報備支援以主要證書為主 (F149; 登記辦法 art. 11). */
    if (!view->person->main)
        problems_add(out, CODE_NOT_MAIN_LICENCE, "%s/person_id", prefix);
    licence_check(view, prefix, out);
}

/* ---- the place and the department ---- */

static void target_check(const struct filing_view *view, const char *prefix, struct problems *out)
{
    const struct filing *filing = view->filing;
    if (filing->target == 0)
        problems_add(out, CODE_REQUIRED, "%s/target", prefix);
    else if (filing->target == filing->home) /* support is elsewhere (DOMAIN 8.1) */
        problems_add(out, CODE_SAME_INSTITUTION, "%s/target", prefix);
    else if (view->target == NULL) /* R14: the register decides, not the check digit */
        problems_add(out, CODE_UNKNOWN_INSTITUTION, "%s/target", prefix);
    else if (!filing_target_open(view)) /* DOMAIN 7, third row from below */
        problems_add(out, CODE_INSTITUTION_NOT_OPEN, "%s/target", prefix);
    /* Any department will do, also one the place does not have (設置標準 art. 21; DOMAIN 2.4). */
    if (filing->department != 0 && department_unpack(filing->department) == NULL)
        problems_add(out, CODE_UNKNOWN_DEPARTMENT, "%s/department", prefix);
}

/* ---- the purpose and what it needs (DOMAIN 6) ---- */

static uint8_t documents_needed(const struct filing_view *view)
{
    uint8_t needed = 0;
    for (uint8_t i = 0; i < view->purpose->documents_count; i++) {
        const struct purpose_document *document = &view->purpose->documents[i];
        if (profession_in(document->professions, view->person->profession) &&
            (!document->other_county || filing_in_another_county(view)))
            needed++;
    }
    return needed;
}

static void purpose_check(const struct filing_view *view, const char *prefix, struct problems *out)
{
    const struct filing *filing = view->filing;
    if (filing->purpose == 0) {
        problems_add(out, CODE_REQUIRED, "%s/purpose", prefix);
        return;
    }
    if (view->purpose == NULL) {
        problems_add(out, CODE_UNKNOWN_PURPOSE, "%s/purpose", prefix);
        return;
    }
    if (view->purpose->note_required && !filing->has_note)
        problems_add(out, CODE_REQUIRED, "%s/purpose_note", prefix);
    /* Who may not file at all has no purpose either: that fault was told. */
    if (view->person == NULL || !view->profession->may_file)
        return;
    /* Pharmacists: five reasons and no others (藥師法 art. 11 I; F151). */
    if (!profession_in(view->purpose->professions, view->person->profession))
        problems_add(out, CODE_PURPOSE_NOT_ALLOWED, "%s/purpose", prefix);
    /* An attachment has no kind: as many as documents are named (DOMAIN 6). */
    else if (filing->attachments < documents_needed(view))
        problems_add(out, CODE_ATTACHMENT_REQUIRED, "%s/attachments", prefix);
}

/* ---- the times ---- */

static void time_check(const struct filing_view *view, uint16_t index, const char *prefix,
                       struct problems *out)
{
    const struct time_rule *time = &view->filing->times[index];
    const char *member;
    if (view->filing->times_count == 1 && view->has_span && view->first > view->now_local)
        return; /* nearly every line: one time, whole and still to come */
    for (uint32_t i = 0; (member = time_missing(time, i)) != NULL; i++)
        problems_add(out, CODE_REQUIRED, "%s/times/%u%s", prefix, index, member);
    member = time_reversed(time);
    if (member != NULL)
        problems_add(out, CODE_END_BEFORE_START, "%s/times/%u%s", prefix, index, member);
    if (!time_is_whole(time))
        return;
    struct occurrence first;
    if (!occurrence_first(time, &first)) {
        /* Whole, but its period has no such day: nothing would be filed by it. */
        problems_add(out, CODE_BAD_RULE, "%s/times/%u/rule", prefix, index);
        return;
    }
    /* 事先報准: before the work, not at its beginning (DOMAIN 2.5; MISSION 1.5). */
    if (first.start <= view->now_local)
        problems_add(out, CODE_IN_THE_PAST, "%s/times/%u", prefix, index);
}

/* A line expands to at most 1,000 occurrences (API 4.1); told at the time that goes over it. */
static bool occurrences_check(const struct filing_view *view, const char *prefix,
                              struct problems *out)
{
    const struct filing *filing = view->filing;
    uint32_t total = 0;
    /* A time has one a day at most: hardly any has to be counted. */
    if (filing_period_days(view) * filing->times_count <= OCCURRENCES_MAX)
        return true;
    for (uint16_t i = 0; i < filing->times_count; i++) {
        total += occurrence_count(&filing->times[i], OCCURRENCES_MAX);
        if (total > OCCURRENCES_MAX) {
            problems_add(out, CODE_TOO_MANY_OCCURRENCES, "%s/times/%u", prefix, i);
            return false;
        }
    }
    return true;
}

static void times_check(const struct filing_view *view, const char *prefix, struct problems *out)
{
    const struct filing *filing = view->filing;
    if (filing->times_count == 0) {
        problems_add(out, CODE_REQUIRED, "%s/times", prefix);
        return;
    }
    for (uint16_t i = 0; i < filing->times_count; i++)
        time_check(view, i, prefix, out);
    /* Without a bound on the occurrences their comparison has none either. */
    if (!occurrences_check(view, prefix, out))
        return;
    for (uint16_t i = 1; i < filing->times_count; i++) {
        struct overlap_clash clash;
        if (!overlap_in_line(filing->times, i, &clash))
            continue;
        struct problem *problem = problems_add(out, CODE_OVERLAPS_SELF, "%s/times/%u", prefix, i);
        struct occurrence common = overlap_common(&clash);
        problem->with_index = clash.held_time;
        problem->start = common.start;
        problem->end = common.end;
    }
}

void line_rules_check(const struct filing *filing, const struct facts *facts, struct wall now,
                      const char *prefix, struct problems *out)
{
    CHECK(prefix != NULL);
    struct filing_view view = filing_view_of(filing, facts, now);
    person_check(&view, prefix, out);
    target_check(&view, prefix, out);
    purpose_check(&view, prefix, out);
    times_check(&view, prefix, out);
}

/* ---- warnings ---- */

void line_rules_warn(const struct filing *filing, const struct facts *facts, struct wall now,
                     const char *prefix, struct problems *out)
{
    CHECK(prefix != NULL);
    struct filing_view view = filing_view_of(filing, facts, now);
    /* Warn at filing, decide at review (DOMAIN 6, "Allowed-target matrix"). */
    if (!filing_place_lawful(&view))
        problems_add(out, CODE_PLACE_NOT_LAWFUL, "%s/target", prefix);
    if (!view.has_span || view.rules == NULL)
        return;
    if ((int64_t)view.first_day - view.today < filing_lead_limit(&view))
        problems_add(out, CODE_SHORT_LEAD, "%s/times", prefix);
    if (filing_period_days(&view) >
        filing_period_limit(&view)) /* 支援期間是否過長: 辦法 art. 2 II */
        problems_add(out, CODE_LONG_PERIOD, "%s/times", prefix);
}
