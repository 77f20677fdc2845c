/* The demo's institutions and people: plainly fictional, of the shape of the real lists
 * (data/README.md).
 *
 * Deterministic: the same settings give the same rows. Codes have a township (digits 5 and 6) that
 * no real one has, phone numbers a first digit and e-mails a domain that are never given out, ID
 * numbers are of a range that was never reached. One owner, one thread; errors are the sink's. */
#pragma once
#include "model/facts.h"
#include "registry/import_csv.h"

struct demo_world {
    uint64_t seed;
    uint32_t institutions; /* 30,000 */
    uint32_t people;       /* 60,000; at most a million */
    int32_t today;
};
enum { DEMO_INSTITUTIONS = 30000, DEMO_PEOPLE = 60000, DEMO_PEOPLE_MAX = 1000000 };

/* Views live until the call returns. */
enum err demo_institutions(const struct demo_world *world,
                           enum err (*take)(void *context, const struct institution *row),
                           void *context) MUST_CHECK;
/* Spread over the institutions of `facts` (the demo's or the real list's) by their size; every
 * profession occurs from about 2,000 people on. */
enum err demo_people(const struct demo_world *world, const struct facts *facts,
                     enum err (*take)(void *context, const struct person_import *row),
                     void *context) MUST_CHECK;
