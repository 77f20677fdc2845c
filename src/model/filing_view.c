#include "model/filing_view.h"
#include "base/check.h"
#include <string.h>

enum { PURPOSE_TRAINING = 21, TRAINING_DAYS_MAX = 365 };

static int32_t day_of(int64_t minutes)
{
    int64_t day = minutes / MINUTES_PER_DAY - (minutes % MINUTES_PER_DAY < 0);
    CHECK(day > INT32_MIN && day < INT32_MAX);
    return (int32_t)day;
}

struct filing_view filing_view_of(const struct filing *filing, const struct facts *facts,
                                  struct wall now)
{
    CHECK(filing->home != 0);
    CHECK(filing->times_count <= TIMES_MAX);
    struct filing_view view = {.filing = filing, .facts = facts};
    view.today = taipei_day(now);
    view.now_local = taipei_local(now);
    view.home = facts_institution(facts, filing->home);
    if (view.home != NULL) {
        view.rules = facts_bureau(facts, view.home->county);
        CHECK(view.rules != NULL);
    }
    const struct person *person = filing->person == 0 ? NULL : facts_person(facts, filing->person);
    if (person != NULL && person->home == filing->home) {
        view.person = person;
        view.profession = profession_find(person->profession);
        CHECK(view.profession != NULL);
    }
    if (filing->target != 0)
        view.target = facts_institution(facts, filing->target);
    view.purpose = purpose_find(filing->purpose);
    view.has_span = times_span(filing->times, filing->times_count, &view.first, &view.last);
    if (view.has_span) {
        view.first_day = day_of(view.first);
        view.last_day = day_of(view.last - 1);
        CHECK(view.first_day <= view.last_day);
    }
    return view;
}

bool filing_home_open(const struct filing_view *view)
{
    return view->home != NULL && institution_open_on(view->home, view->today) &&
           (!view->has_span || institution_open_on(view->home, view->last_day));
}

bool filing_person_practising(const struct filing_view *view)
{
    return view->person != NULL && person_practising_on(view->person, view->today) &&
           (!view->has_span || person_practising_on(view->person, view->last_day));
}

bool filing_target_open(const struct filing_view *view)
{
    if (view->target == NULL)
        return false;
    if (!view->has_span)
        return institution_open_on(view->target, view->today);
    return institution_open_on(view->target, view->first_day) &&
           institution_open_on(view->target, view->last_day);
}

bool filing_in_another_county(const struct filing_view *view)
{
    return view->home != NULL && view->target != NULL && view->home->county != view->target->county;
}

/* ---- where a profession may practise ---- */

/* 醫療機構 are lawful for every profession; the rest by each law's article (DOMAIN 2.1). The care
 * institutions (長照, 護理之家) stand with those whose purpose 14 is support to them. */
static const char *const places_medical =
    "medical_center regional_hospital district_hospital clinic "
    "health_station";
static const struct {
    const char *professions, *types;
} places_lawful[] = {
    {"ABC", "long_term_care nursing_home rehabilitation_home"},             /* 醫師法 art. 8-2 */
    {"DE", "pharmacy"},                                                     /* 藥師法 art. 11 */
    {"FG", "home_nursing nursing_home long_term_care rehabilitation_home"}, /* not 檢驗所: 96.3.2 */
    {"HI", "midwifery"},                                    /* 助產人員法 art. 12 */
    {"JK", "laboratory"},                                   /* 醫事檢驗師法 art. 9 */
    {"ST", "radiology"},                                    /* 醫事放射師法 art. 9 */
    {"QU", "physical_therapy long_term_care nursing_home"}, /* 物理治療師法 art. 9 */
    {"RW", "occupational_therapy long_term_care nursing_home rehabilitation_home"},
    {"1", "speech_therapy long_term_care nursing_home"},   /* 語言治療師法 art. 9 */
    {"3", "audiology long_term_care nursing_home"},        /* 聽力師法 art. 9 */
    {"V", "home_respiratory long_term_care nursing_home"}, /* 呼吸治療師法 art. 10 */
    {"XY", "psychotherapy counselling rehabilitation_home long_term_care nursing_home"},
    {"Z", "nutrition long_term_care nursing_home"}, /* 營養師法 art. 10 */
    {"56", "optometry"},                            /* 驗光人員法 art. 9 */
};

/* Is `word` one of the words of `list`, which are separated by single blanks? */
static bool word_in(const char *list, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = list; at != NULL; at = strchr(at, ' ')) {
        at += *at == ' ';
        if (strncmp(at, word, size) == 0 && (at[size] == ' ' || at[size] == 0))
            return true;
    }
    return false;
}

bool filing_place_lawful(const struct filing_view *view)
{
    if (view->target == NULL || view->person == NULL || !view->target->medical ||
        !view->profession->may_file)
        return true;
    CHECK(view->target->type < codes_institution_types_count);
    const char *type = codes_institution_types[view->target->type].code;
    if (word_in(places_medical, type))
        return true;
    for (size_t i = 0; i < ARRAY_COUNT(places_lawful); i++) {
        if (profession_in(places_lawful[i].professions, view->person->profession) &&
            word_in(places_lawful[i].types, type))
            return true;
    }
    return false;
}

bool filing_by_pharmacist(const struct filing_view *view)
{
    return view->person != NULL && profession_in("DE", view->person->profession);
}

/* ---- lead and period ---- */

int64_t filing_lead_limit(const struct filing_view *view)
{
    CHECK(view->rules != NULL);
    return view->rules->lead_days > 0 ? view->rules->lead_days : 1;
}

int64_t filing_period_days(const struct filing_view *view)
{
    return view->has_span ? (int64_t)view->last_day - view->first_day + 1 : 0;
}

int64_t filing_period_limit(const struct filing_view *view)
{
    CHECK(view->rules != NULL);
    int64_t limit = view->rules->max_period_days;
    bool nurse = view->person != NULL && profession_in("FG", view->person->profession);
    if (nurse && view->filing->purpose == PURPOSE_TRAINING && limit > TRAINING_DAYS_MAX)
        return TRAINING_DAYS_MAX;
    return limit;
}
