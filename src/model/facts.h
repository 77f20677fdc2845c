/* What a decision may look up about people, places and rules: one immutable snapshot (DESIGN 16).
 *
 * Declared here, built and defined in src/registry. The shard stamps every message with the
 * snapshot its desk holds; like the time it is an input. Pure look-ups, any thread, no errors: NULL
 * is "no such". */
#pragma once
#include "model/registrant.h"
#include "model/transfer.h"

struct facts;

uint64_t facts_number(const struct facts *facts); /* counts snapshots; goes into the trace */
const struct institution *facts_institution(const struct facts *facts, uint64_t id);
const struct person *facts_person(const struct facts *facts, uint64_t id);
const struct person *facts_person_by_lookup(const struct facts *facts, const struct digest *lookup);
/* The people registered at a home, ordered by name then id. */
size_t facts_staff_count(const struct facts *facts, uint64_t home);
const struct person *facts_staff(const struct facts *facts, uint64_t home, size_t index);

struct bureau_rules {         /* a county's settings; defaults until the bureau sets them */
    uint16_t due_days;        /* working days to decide */
    uint16_t lead_days;       /* 0: only a warning below it */
    uint16_t max_period_days; /* over it: a warning to the reviewer */
    bool consent_needed;
};
const struct bureau_rules *facts_bureau(const struct facts *facts, uint32_t county);
/* How documents go to NHI (settings nhi.*). Never NULL; not enabled: nothing is sent. */
const struct transfer_rules *facts_transfer(const struct facts *facts);
const int32_t *facts_holidays(const struct facts *facts, size_t *count); /* sorted days off */
