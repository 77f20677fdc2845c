/* Who plays in every simulated world: five homes in four counties, three people each, an officer a
 * county, and the facts about them as src/registry builds them. Built once a process; const. */
#pragma once
#include "model/facts.h"

enum { CAST_HOMES = 5, CAST_STAFF = 3, CAST_OFFICERS = 4 };

struct cast_home {
    uint64_t id;
    uint32_t county;
};
struct cast_person {
    uint64_t id;
    const char *id_no;
    struct digest lookup;
};
struct cast_officer {
    uint64_t id;
    uint32_t county;
};

extern const struct cast_home cast_homes[CAST_HOMES];
extern const struct cast_officer cast_officers[CAST_OFFICERS];
struct cast_person cast_person_of(uint32_t home, uint32_t index);
const struct cast_home *cast_home_find(uint64_t id); /* NULL: none of the cast */
/* Home of a person of the cast; 0: nobody's. */
uint64_t cast_home_of(uint64_t person);

/* Facts at a day: licences run from two years before to two years behind it. The caller frees them
 * with facts_free. */
const struct facts *cast_facts(int32_t today, const struct transfer_rules *transfer);

/* ---- cards: a number; what a card signs nobody else can ---- */

enum { CARD_SIGNATURE_SIZE = 8 };
uint64_t cast_card_of(uint32_t client); /* any client's number to its card */
void cast_sign(uint64_t card, struct bytes tbs, uint8_t out[CARD_SIGNATURE_SIZE]);
/* What the pool answers to JOB_PROOF (in: rt/payload's proof_input); written to `out`. */
void cast_prove(struct bytes input, struct writer *out);
struct digest cast_binding(uint64_t card);
