/* A registry of invented places and people for benchmarks in memory: every institution has the same
 * number of nurses who can file. One thread. */
#pragma once
#include "model/facts.h"

enum { TOWN_LICENCE_DAYS = 3000 };

/* Place `i` has the id TOWN_PLACE(i), its person `k` the id TOWN_PERSON(i, k). */
#define TOWN_PLACE(i)     (UINT64_C(1000) + (i))
#define TOWN_PERSON(i, k) ((UINT64_C(1) << 40) + (uint64_t)(i)*1000 + (k))

/* facts_free ends it. */
enum err town_build(uint32_t places, uint32_t people, int32_t today,
                    const struct facts **out) MUST_CHECK;
