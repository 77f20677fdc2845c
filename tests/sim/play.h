/* One seed played from beginning to end, and its verdict. */
#pragma once
#include "tests/sim/world.h"

struct verdict {
    uint64_t seed;
    bool failed;
    char invariant[8];
    char failure[FAILURE_MAX];
    uint64_t hash;
    struct totals totals;
};

struct verdict play_seed(uint64_t seed, FILE *trace);
void totals_add(struct totals *into, const struct totals *from);
/* Each rule off in turn: it must be missed. Prints a table; 0 is good. */
int controls_run(uint64_t first, uint32_t seeds_max);
/* Golden traces, compared with the texts in `folder`; 0 is good. `write` makes them anew. */
int scenarios_run(const char *folder, bool write);
bool rule_parse(const char *name, enum rule *rule);
const char *rule_name(enum rule rule);
const char *rule_sentence(enum rule rule);
