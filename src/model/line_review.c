/* The reviewer's panel: the hard rules once more, as they stand today, and what the bureau weighs
 * (DOMAIN 8.1; 藥師於執業處所外執行業務管理辦法 art. 2, 3). `fail` is a rule of law that does not
 * hold, `warn` a fact to look at; nothing here decides. Figures of a rule: value against limit. */
#include "base/check.h"
#include "model/filing_view.h"
#include "model/line_rules.h"

const char *check_rule_name(enum check_rule rule)
{
    switch (rule) {
    case CHECK_LICENCE_VALID: return "licence_valid";
    case CHECK_PERSON_PRACTISING: return "person_practising";
    case CHECK_HOME_OPEN: return "home_open";
    case CHECK_PLACE_OPEN: return "place_open";
    case CHECK_PROFESSION: return "profession";
    case CHECK_PURPOSE: return "purpose";
    case CHECK_IN_FUTURE: return "in_future";
    case CHECK_LEAD: return "lead";
    case CHECK_PERIOD: return "period";
    case CHECK_CROSS_COUNTY: return "cross_county";
    case CHECK_PLACE_MEDICAL: return "place_medical";
    case CHECK_HEAD: return "head";
    case CHECK_STAFF_LEFT: return "staff_left";
    case CHECK_PHARMACIST: return "pharmacist";
    case CHECK_RULES: break;
    }
    CHECK(false);
    return NULL;
}

const char *check_outcome_name(enum check_outcome outcome)
{
    switch (outcome) {
    case CHECK_PASS: return "pass";
    case CHECK_WARN: return "warn";
    case CHECK_FAIL: return "fail";
    }
    CHECK(false);
    return NULL;
}

struct panel {
    struct check_item *items;
    uint32_t count;
};

static void panel_add(struct panel *panel, enum check_rule rule, enum check_outcome outcome,
                      int64_t value, int64_t limit)
{
    CHECK(panel->count < CHECK_RULES);
    panel->items[panel->count++] = (struct check_item){rule, outcome, value, limit};
}

static enum check_outcome fail_unless(bool holds)
{
    return holds ? CHECK_PASS : CHECK_FAIL;
}

static enum check_outcome warn_unless(bool holds)
{
    return holds ? CHECK_PASS : CHECK_WARN;
}

/* Those of the same profession (pharmacists of both kinds together: art. 3) who practise at the
 * home today, without the one who goes. */
static int64_t staff_left(const struct filing_view *view)
{
    int64_t left = 0;
    size_t count = facts_staff_count(view->facts, view->filing->home);
    for (size_t i = 0; i < count; i++) {
        const struct person *other = facts_staff(view->facts, view->filing->home, i);
        CHECK(other != NULL);
        bool same = filing_by_pharmacist(view) ? profession_in("DE", other->profession)
                                               : other->profession == view->person->profession;
        if (same && other->id != view->person->id && person_practising_on(other, view->today))
            left++;
    }
    return left;
}

static void person_review(const struct filing_view *view, struct panel *panel)
{
    const struct person *person = view->person;
    int32_t until = view->has_span && view->last_day > view->today ? view->last_day : view->today;
    panel_add(panel, CHECK_LICENCE_VALID,
              fail_unless(person != NULL && person->licence_to >= until),
              person != NULL ? person->licence_to : DAY_NONE, until);
    panel_add(panel, CHECK_PERSON_PRACTISING, fail_unless(filing_person_practising(view)), 0, 0);
    panel_add(panel, CHECK_HOME_OPEN, fail_unless(filing_home_open(view)), 0, 0);
    panel_add(panel, CHECK_PLACE_OPEN, fail_unless(filing_target_open(view)), 0, 0);
    bool may_file = person != NULL && view->profession->may_file && person->main;
    panel_add(panel, CHECK_PROFESSION, fail_unless(may_file), 0, 0);
    bool fits = person != NULL && view->purpose != NULL &&
                profession_in(view->purpose->professions, person->profession);
    panel_add(panel, CHECK_PURPOSE, fail_unless(fits), view->filing->purpose, 0);
}

static void time_review(const struct filing_view *view, int64_t submitted_at, struct panel *panel)
{
    struct wall submitted = {submitted_at};
    int64_t submitted_local = taipei_local(submitted);
    /* Filed before the work, but already begun while the bureau looks at it: only a warning. */
    enum check_outcome future = fail_unless(view->has_span && view->first > submitted_local);
    if (future == CHECK_PASS && view->first <= view->now_local)
        future = CHECK_WARN;
    panel_add(panel, CHECK_IN_FUTURE, future, view->first, submitted_local);
    int64_t lead = view->has_span ? (int64_t)view->first_day - taipei_day(submitted) : 0;
    int64_t lead_limit = view->rules != NULL ? filing_lead_limit(view) : 0;
    panel_add(panel, CHECK_LEAD, warn_unless(lead >= lead_limit), lead, lead_limit);
    int64_t days = filing_period_days(view);
    int64_t days_limit = view->rules != NULL ? filing_period_limit(view) : 0;
    panel_add(panel, CHECK_PERIOD, warn_unless(days <= days_limit), days, days_limit);
}

static void place_review(const struct filing_view *view, struct panel *panel)
{
    int64_t home_county = view->home != NULL ? view->home->county : 0;
    int64_t county = view->target != NULL ? view->target->county : 0;
    panel_add(panel, CHECK_CROSS_COUNTY, warn_unless(!filing_in_another_county(view)), county,
              home_county);
    bool usual = view->target != NULL && view->target->medical && filing_place_lawful(view);
    panel_add(panel, CHECK_PLACE_MEDICAL, warn_unless(usual),
              view->target != NULL && view->target->medical, 1);
}

static void home_review(const struct filing_view *view, struct panel *panel)
{
    if (view->person == NULL)
        return;
    /* The head must direct the home; absent, a deputy is needed (醫療法 art. 18, 19). */
    panel_add(panel, CHECK_HEAD, warn_unless(!view->person->head), view->person->head, 0);
    int64_t left = staff_left(view);
    panel_add(panel, CHECK_STAFF_LEFT, warn_unless(left >= 1), left, 1);
    if (filing_by_pharmacist(view)) { /* the supported place has one of its own: art. 3 I */
        int64_t there = view->target != NULL ? view->target->full_time_pharmacists : 0;
        panel_add(panel, CHECK_PHARMACIST, warn_unless(there >= 1), there, 1);
    }
}

uint32_t line_rules_review(const struct filing *filing, const struct facts *facts, struct wall now,
                           int64_t submitted_at, struct check_item out[CHECK_RULES])
{
    struct filing_view view = filing_view_of(filing, facts, now);
    struct panel panel = {out, 0};
    person_review(&view, &panel);
    time_review(&view, submitted_at, &panel);
    place_review(&view, &panel);
    home_review(&view, &panel);
    return panel.count;
}
