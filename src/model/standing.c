#include "model/standing.h"

static enum standing person_standing(const struct principal *principal, const struct facts *facts,
                                     int32_t day)
{
    const struct person *person = facts_person(facts, principal->person);
    if (person == NULL || person->home == 0 || person->home != principal->institution ||
        person->status == PERSON_REVOKED || person->status == PERSON_DECEASED)
        return STANDING_OUT;
    return person_practising_on(person, day) ? STANDING_GOOD : STANDING_HELD;
}

static enum standing place_standing(const struct principal *principal, const struct facts *facts,
                                    int32_t day)
{
    const struct institution *place = facts_institution(facts, principal->institution);
    if (place == NULL)
        return STANDING_OUT;
    return institution_open_on(place, day) ? STANDING_GOOD : STANDING_HELD;
}

enum standing standing_of(const struct principal *principal, const struct facts *facts, int32_t day)
{
    switch (principal->kind) {
    case PRINCIPAL_PERSON: return person_standing(principal, facts, day);
    case PRINCIPAL_INSTITUTION: return place_standing(principal, facts, day);
    case PRINCIPAL_NONE:
    case PRINCIPAL_BUREAU:
    case PRINCIPAL_OPS:
    case PRINCIPAL_SYSTEM: break;
    }
    return STANDING_GOOD;
}

bool standing_admits(const struct session *session, const struct facts *facts, int32_t day)
{
    if (session->is_token)
        return true;
    enum standing now = standing_of(&session->principal, facts, day);
    return now != STANDING_OUT && !(now == STANDING_HELD && session->standing == STANDING_GOOD);
}
