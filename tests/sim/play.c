#include "tests/sim/play.h"
#include "tests/sim/oracle.h"
#include <string.h>

struct verdict play_seed(uint64_t seed, FILE *trace)
{
    struct plan plan = plan_of(seed);
    struct world *world = world_open(&plan, trace);
    world_play(world);
    struct verdict verdict = {
        .seed = seed, .failed = world->failed, .hash = world->hash, .totals = world->totals};
    memcpy(verdict.invariant, world->invariant, sizeof verdict.invariant);
    memcpy(verdict.failure, world->failure, sizeof verdict.failure);
    verdict.totals.segments_reused = world->disk.reused;
    world_close(world);
    return verdict;
}

void totals_add(struct totals *into, const struct totals *from)
{
    into->calls += from->calls;
    into->answers += from->answers;
    into->groups += from->groups;
    into->crashes += from->crashes;
    into->drops += from->drops;
    into->reloads += from->reloads;
    into->retries += from->retries;
    into->turns += from->turns;
    into->effects += from->effects;
    into->lost += from->lost;
    into->segments_reused += from->segments_reused;
    into->waits += from->waits;
    into->looks += from->looks;
    into->documents += from->documents;
    into->in_effect += from->in_effect;
    into->sheets += from->sheets;
    into->imports += from->imports;
}

#define RULE_NAME(id, text)     #id,
#define RULE_SENTENCE(id, text) text,
static const char *const rule_names[] = {RULE_LIST(RULE_NAME)};
static const char *const rule_sentences[] = {RULE_LIST(RULE_SENTENCE)};
#undef RULE_NAME
#undef RULE_SENTENCE

const char *rule_name(enum rule rule)
{
    return rule_names[rule];
}

const char *rule_sentence(enum rule rule)
{
    return rule_sentences[rule];
}

bool rule_parse(const char *name, enum rule *rule)
{
    for (int i = 0; i < RULE_COUNT; i++) {
        if (strcmp(rule_names[i], name) == 0) {
            *rule = (enum rule)i;
            return true;
        }
    }
    return false;
}
