/* The look-ups of model/facts.h over the tables that facts_build.c made. */
#include "model/facts.h"
#include "base/check.h"
#include "model/codes.h"
#include "registry/facts_build.h"
#include "registry/facts_private.h"
#include <string.h>

uint64_t facts_number(const struct facts *facts)
{
    return facts->number;
}

const struct institution *facts_institution(const struct facts *facts, uint64_t id)
{
    uint32_t index;
    if (!map_get(&facts->institutions_by_id, id, &index))
        return NULL;
    CHECK(index < facts->institutions_count);
    return &facts->institutions[index];
}

const struct person *facts_person(const struct facts *facts, uint64_t id)
{
    uint32_t index;
    if (!map_get(&facts->people_by_id, id, &index))
        return NULL;
    CHECK(index < facts->people_count);
    return &facts->people[index];
}

const struct person *facts_person_by_lookup(const struct facts *facts, const struct digest *lookup)
{
    if (digest_is_none(lookup))
        return NULL;
    size_t low = 0, high = facts->by_lookup_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct person *person = &facts->people[facts->by_lookup[middle]];
        int order = memcmp(person->lookup.bytes, lookup->bytes, sizeof lookup->bytes);
        if (order == 0)
            return person;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static const struct staff_range *staff_range_of(const struct facts *facts, uint64_t home)
{
    uint32_t index;
    return map_get(&facts->homes_by_id, home, &index) ? &facts->homes[index] : NULL;
}

size_t facts_staff_count(const struct facts *facts, uint64_t home)
{
    const struct staff_range *range = staff_range_of(facts, home);
    return range == NULL ? 0 : range->count;
}

const struct person *facts_staff(const struct facts *facts, uint64_t home, size_t index)
{
    const struct staff_range *range = staff_range_of(facts, home);
    if (range == NULL || index >= range->count)
        return NULL;
    CHECK(range->first + index < facts->staff_count);
    return &facts->people[facts->staff[range->first + index]];
}

const struct bureau_rules *facts_bureau(const struct facts *facts, uint32_t county)
{
    const struct county *found = county_find(county);
    return found == NULL ? NULL : &facts->bureaus[found - codes_counties];
}

const struct transfer_rules *facts_transfer(const struct facts *facts)
{
    return &facts->transfer;
}

const int32_t *facts_holidays(const struct facts *facts, size_t *count)
{
    *count = facts->holidays_count;
    return facts->holidays;
}

size_t facts_institution_count(const struct facts *facts)
{
    return facts->institutions_count;
}

const struct institution *facts_institution_at(const struct facts *facts, size_t index)
{
    CHECK(index < facts->institutions_count);
    return &facts->institutions[index];
}

size_t facts_person_count(const struct facts *facts)
{
    return facts->people_count;
}

const struct person *facts_person_at(const struct facts *facts, size_t index)
{
    CHECK(index < facts->people_count);
    return &facts->people[index];
}
