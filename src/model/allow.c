/* Who may do what, whole. What is not in this table is refused.
 *
 *     verb            person  institution  bureau  ops   right   the thing must be one's own
 *     public            x          x         x      x      -       no      (without a session too)
 *     session           x          x         x      x      -       no
 *     registry_read     x          x         x      x    read      no
 *     staff_read                   x                     read      yes
 *     me_read           x                                  -       yes
 *     case_read         x          x         x           read      yes
 *     case_file         x          x                     file      yes
 *     case_submit       x          x                     submit    yes
 *     upload_read       x          x                     read      yes (a person's: his)
 *     upload            x          x                     import    yes
 *     review_read                            x             -       yes
 *     review_decide                          x             -       yes
 *     audit_read         x          x         x      x    read      yes (an operator's is all)
 *     transfer_read                          x      x      -       no      (a bureau: its share)
 *     ops                                           x      -       no
 *
 * Rights are those of an API token or a delegate; a card session has all. A right that is missing
 * is not implied by another (API 8). One's own: a person's his line, an institution's its case, a
 * bureau's a home in its county. The server itself (system) may everything: it comes through no
 * door, its messages are its own (events, the demo), and no session row carries it. */
#include "model/allow.h"
#include "base/check.h"

enum { PERSON = 1, INSTITUTION = 2, BUREAU = 4, OPS = 8, ALL = 15 };

#define VERB_NAME(id, verb_text) [VERB_##id] = verb_text,
static const char *const names[VERB_COUNT] = {VERB_LIST(VERB_NAME)};
#undef VERB_NAME

static const struct {
    uint8_t kinds;
    uint8_t right; /* 0: none is needed */
    bool owned;
} table[VERB_COUNT] = {
    [VERB_PUBLIC] = {ALL, 0, false},
    [VERB_SESSION] = {ALL, 0, false},
    [VERB_REGISTRY_READ] = {ALL, RIGHT_READ, false},
    [VERB_STAFF_READ] = {INSTITUTION, RIGHT_READ, true},
    [VERB_ME_READ] = {PERSON, 0, true},
    [VERB_CASE_READ] = {PERSON | INSTITUTION | BUREAU, RIGHT_READ, true},
    [VERB_CASE_FILE] = {PERSON | INSTITUTION, RIGHT_FILE, true},
    [VERB_CASE_SUBMIT] = {PERSON | INSTITUTION, RIGHT_SUBMIT, true},
    [VERB_UPLOAD_READ] = {PERSON | INSTITUTION, RIGHT_READ, true},
    [VERB_UPLOAD] = {PERSON | INSTITUTION, RIGHT_IMPORT, true},
    [VERB_REVIEW_READ] = {BUREAU, 0, true},
    [VERB_REVIEW_DECIDE] = {BUREAU, 0, true},
    [VERB_AUDIT_READ] = {ALL, RIGHT_READ, true},
    [VERB_TRANSFER_READ] = {BUREAU | OPS, 0, false},
    [VERB_OPS] = {OPS, 0, false},
};

const char *verb_name(enum verb verb)
{
    CHECK(verb < VERB_COUNT);
    return names[verb];
}

static uint8_t kind_bit(enum principal_kind kind)
{
    switch (kind) {
    case PRINCIPAL_PERSON: return PERSON;
    case PRINCIPAL_INSTITUTION: return INSTITUTION;
    case PRINCIPAL_BUREAU: return BUREAU;
    case PRINCIPAL_OPS: return OPS;
    case PRINCIPAL_NONE:
    case PRINCIPAL_SYSTEM: return 0;
    }
    CHECK(false);
    return 0;
}

enum verdict allow_role(const struct principal *principal, enum verb verb)
{
    CHECK(verb < VERB_COUNT);
    if (verb == VERB_PUBLIC || principal->kind == PRINCIPAL_SYSTEM)
        return ALLOWED;
    if (principal->kind == PRINCIPAL_NONE)
        return DENIED_NO_SESSION;
    if ((table[verb].kinds & kind_bit(principal->kind)) == 0)
        return DENIED_ROLE;
    if ((principal->rights & table[verb].right) != table[verb].right)
        return DENIED_ROLE;
    return ALLOWED;
}

/* Zero names nobody, so two zeros are not the same owner. */
static bool same(uint64_t a, uint64_t b)
{
    return a != 0 && a == b;
}

static bool thing_is_own(const struct principal *principal, const struct thing *thing)
{
    switch (principal->kind) {
    case PRINCIPAL_PERSON: return same(principal->person, thing->person);
    case PRINCIPAL_INSTITUTION: return same(principal->institution, thing->home);
    case PRINCIPAL_BUREAU: return same(principal->county, thing->home_county);
    case PRINCIPAL_OPS:
    case PRINCIPAL_SYSTEM: return true;
    case PRINCIPAL_NONE: return false;
    }
    CHECK(false);
    return false;
}

enum verdict allow_thing(const struct principal *principal, enum verb verb,
                         const struct thing *thing)
{
    enum verdict verdict = allow_role(principal, verb);
    if (verdict != ALLOWED || !table[verb].owned)
        return verdict;
    return thing_is_own(principal, thing) ? ALLOWED : DENIED_THING;
}
