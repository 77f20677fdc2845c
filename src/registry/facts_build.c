/* Rows in, tables out. The draft is the later snapshot itself: rows are appended to its arrays, and
 * facts_build only sorts and indexes what is there. */
#include "registry/facts_build.h"
#include "base/check.h"
#include "model/codes.h"
#include "registry/facts_private.h"
#include "registry/search_private.h"
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_CHUNK = (1 << 20) - (16 << 10), /* two fill a large page (base/pieces.h) */
    FIRST_ROWS = 256,
    FIRST_HOLIDAYS = 32
};

struct bureau_rules bureau_rules_default(void)
{
    return (struct bureau_rules){.due_days = 7, .max_period_days = 365};
}

void facts_builder_init(struct facts_builder *builder)
{
    builder->draft = NULL;
}

void facts_builder_deinit(struct facts_builder *builder)
{
    facts_free(builder->draft);
    builder->draft = NULL;
}

void facts_free(const struct facts *facts)
{
    if (facts == NULL)
        return;
    /* The const is a promise to readers; the one who frees was the one who built. */
    struct facts *own = (struct facts *)facts;
    search_index_free(own->search);
    map_deinit(&own->institutions_by_id);
    map_deinit(&own->people_by_id);
    map_deinit(&own->homes_by_id);
    free(own->institutions);
    free(own->people);
    free(own->by_lookup);
    free(own->staff);
    free(own->homes);
    free(own->holidays);
    arena_deinit(&own->text);
    free(own);
}

static enum err draft_ensure(struct facts_builder *builder)
{
    if (builder->draft != NULL)
        return ERR_OK;
    CHECK(codes_counties_count <= COUNTIES_MAX);
    struct facts *draft = calloc(1, sizeof *draft);
    if (draft == NULL)
        return ERR_NO_MEMORY;
    arena_init(&draft->text, TEXT_CHUNK, 0);
    map_init(&draft->institutions_by_id);
    map_init(&draft->people_by_id);
    map_init(&draft->homes_by_id);
    for (size_t i = 0; i < codes_counties_count; i++)
        draft->bureaus[i] = bureau_rules_default();
    builder->draft = draft;
    return ERR_OK;
}

/* Makes room for one more item; the capacity doubles. */
static enum err rows_grow(void *rows, uint32_t count, uint32_t *capacity, size_t item_size,
                          uint32_t first)
{
    if (count < *capacity)
        return ERR_OK;
    CHECK(*capacity <= UINT32_MAX / 2);
    uint32_t larger = *capacity == 0 ? first : *capacity * 2;
    void *old;
    memcpy(&old, rows, sizeof old);
    void *grown = realloc(old, larger * item_size);
    if (grown == NULL)
        return ERR_NO_MEMORY;
    memcpy(rows, &grown, sizeof grown);
    *capacity = larger;
    /* It was handed over by memcpy, which cppcheck does not follow. */
    // cppcheck-suppress memleak
    return ERR_OK;
}

static bool text_keep(struct facts *draft, struct bytes *text)
{
    if (text->size == 0) {
        *text = (struct bytes){NULL, 0};
        return true;
    }
    *text = arena_copy(&draft->text, *text);
    return text->data != NULL;
}

enum err facts_builder_add_institution(struct facts_builder *builder, const struct institution *row)
{
    enum err err = draft_ensure(builder);
    if (err != ERR_OK)
        return err;
    struct facts *draft = builder->draft;
    err = rows_grow(&draft->institutions, draft->institutions_count, &draft->institutions_capacity,
                    sizeof *draft->institutions, FIRST_ROWS);
    if (err != ERR_OK)
        return err;
    struct institution copy = *row;
    if (!text_keep(draft, &copy.name) || !text_keep(draft, &copy.district) ||
        !text_keep(draft, &copy.address) || !text_keep(draft, &copy.phone))
        return ERR_NO_MEMORY;
    uint32_t index;
    if (!map_get(&draft->institutions_by_id, row->id, &index)) {
        index = draft->institutions_count;
        err = map_put(&draft->institutions_by_id, row->id, index);
        if (err != ERR_OK)
            return err;
        draft->institutions_count++;
    }
    draft->institutions[index] = copy;
    return ERR_OK;
}

enum err facts_builder_add_person(struct facts_builder *builder, const struct person *row)
{
    enum err err = draft_ensure(builder);
    if (err != ERR_OK)
        return err;
    struct facts *draft = builder->draft;
    err = rows_grow(&draft->people, draft->people_count, &draft->people_capacity,
                    sizeof *draft->people, FIRST_ROWS);
    if (err != ERR_OK)
        return err;
    struct person copy = *row;
    if (!text_keep(draft, &copy.name) || !text_keep(draft, &copy.id_masked) ||
        !text_keep(draft, &copy.licence_word) || !text_keep(draft, &copy.licence_number) ||
        !text_keep(draft, &copy.sealed))
        return ERR_NO_MEMORY;
    uint32_t index;
    if (!map_get(&draft->people_by_id, row->id, &index)) {
        index = draft->people_count;
        err = map_put(&draft->people_by_id, row->id, index);
        if (err != ERR_OK)
            return err;
        draft->people_count++;
    }
    draft->people[index] = copy;
    return ERR_OK;
}

enum err facts_builder_add_holiday(struct facts_builder *builder, int32_t day)
{
    enum err err = draft_ensure(builder);
    if (err != ERR_OK)
        return err;
    struct facts *draft = builder->draft;
    err = rows_grow(&draft->holidays, draft->holidays_count, &draft->holidays_capacity,
                    sizeof *draft->holidays, FIRST_HOLIDAYS);
    if (err != ERR_OK)
        return err;
    draft->holidays[draft->holidays_count++] = day;
    return ERR_OK;
}

enum err facts_builder_set_bureau(struct facts_builder *builder, uint32_t county,
                                  const struct bureau_rules *rules)
{
    enum err err = draft_ensure(builder);
    if (err != ERR_OK)
        return err;
    const struct county *found = county_find(county);
    if (found == NULL)
        return ERR_NOT_FOUND;
    builder->draft->bureaus[found - codes_counties] = *rules;
    return ERR_OK;
}

enum err facts_builder_set_transfer(struct facts_builder *builder,
                                    const struct transfer_rules *rules)
{
    enum err err = draft_ensure(builder);
    if (err == ERR_OK)
        builder->draft->transfer = *rules;
    return err;
}

enum err facts_builder_add_all(struct facts_builder *builder, const struct facts *from)
{
    enum err err = draft_ensure(builder);
    for (uint32_t i = 0; err == ERR_OK && i < from->institutions_count; i++)
        err = facts_builder_add_institution(builder, &from->institutions[i]);
    for (uint32_t i = 0; err == ERR_OK && i < from->people_count; i++)
        err = facts_builder_add_person(builder, &from->people[i]);
    for (uint32_t i = 0; err == ERR_OK && i < from->holidays_count; i++)
        err = facts_builder_add_holiday(builder, from->holidays[i]);
    if (err == ERR_OK) {
        memcpy(builder->draft->bureaus, from->bureaus, sizeof from->bureaus);
        builder->draft->transfer = from->transfer;
    }
    return err;
}

static int day_order(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
    return (left > right) - (left < right);
}

static void holidays_sort(struct facts *draft)
{
    if (draft->holidays_count == 0)
        return;
    qsort(draft->holidays, draft->holidays_count, sizeof *draft->holidays, day_order);
    uint32_t kept = 1;
    for (uint32_t i = 1; i < draft->holidays_count; i++)
        if (draft->holidays[i] != draft->holidays[kept - 1])
            draft->holidays[kept++] = draft->holidays[i];
    draft->holidays_count = kept;
}

/* What is sorted instead of the people, who lie all over the memory: the first bytes of what they
 * are compared by. */
struct sort_key {
    uint64_t first;
    uint32_t person;
};

static uint64_t first_bytes(struct bytes bytes)
{
    uint64_t first = 0;
    for (size_t i = 0; i < sizeof first; i++)
        first = first << 8 | (i < bytes.size ? bytes.data[i] : 0);
    return first;
}

static struct bytes lookup_bytes(const struct person *person)
{
    return bytes_of(person->lookup.bytes, sizeof person->lookup.bytes);
}

static int lookup_order(const void *a, const void *b, void *people)
{
    const struct sort_key *left = a, *right = b;
    if (left->first != right->first)
        return left->first < right->first ? -1 : 1;
    const struct person *all = people;
    return bytes_compare(lookup_bytes(&all[left->person]), lookup_bytes(&all[right->person]));
}

/* Of one institution's staff: by name, then by id. */
static int staff_order(const void *a, const void *b, void *people)
{
    const struct sort_key *left = a, *right = b;
    if (left->first != right->first)
        return left->first < right->first ? -1 : 1;
    const struct person *all = people;
    int order = bytes_compare(all[left->person].name, all[right->person].name);
    if (order != 0)
        return order;
    uint64_t left_id = all[left->person].id, right_id = all[right->person].id;
    return (left_id > right_id) - (left_id < right_id);
}

static void lookups_index(struct facts *draft, struct sort_key *keys)
{
    for (uint32_t i = 0; i < draft->people_count; i++) {
        const struct person *person = &draft->people[i];
        if (!digest_is_none(&person->lookup))
            keys[draft->by_lookup_count++] =
                (struct sort_key){.first = first_bytes(lookup_bytes(person)), .person = i};
    }
    qsort_r(keys, draft->by_lookup_count, sizeof *keys, lookup_order, draft->people);
    for (uint32_t i = 0; i < draft->by_lookup_count; i++)
        draft->by_lookup[i] = keys[i].person;
}

/* Counts each institution's staff and gives it its range. People without a home (id 0) are nobody's
 * staff. */
static enum err homes_count(struct facts *draft, uint32_t *homes)
{
    *homes = 0;
    for (uint32_t i = 0; i < draft->people_count; i++) {
        uint64_t home = draft->people[i].home;
        uint32_t at = *homes;
        if (home == 0)
            continue;
        if (!map_get(&draft->homes_by_id, home, &at)) {
            enum err err = map_put(&draft->homes_by_id, home, at);
            if (err != ERR_OK)
                return err;
            draft->homes[(*homes)++] = (struct staff_range){0};
        }
        draft->homes[at].count++;
    }
    for (uint32_t at = 0; at < *homes; at++) {
        draft->homes[at].first = draft->staff_count;
        draft->staff_count += draft->homes[at].count;
    }
    return ERR_OK;
}

/* Institution by institution, and only then by name: many short sorts take less than a long one. */
static enum err staff_sort(struct facts *draft, struct sort_key *keys)
{
    uint32_t homes = 0;
    enum err err = homes_count(draft, &homes);
    if (err != ERR_OK)
        return err;
    for (uint32_t at = 0; at < homes; at++)
        draft->homes[at].count = 0;
    for (uint32_t i = 0; i < draft->people_count; i++) {
        const struct person *person = &draft->people[i];
        uint32_t at = 0;
        if (person->home == 0)
            continue;
        bool found = map_get(&draft->homes_by_id, person->home, &at);
        CHECK(found);
        keys[draft->homes[at].first + draft->homes[at].count++] =
            (struct sort_key){.first = first_bytes(person->name), .person = i};
    }
    for (uint32_t at = 0; at < homes; at++)
        qsort_r(keys + draft->homes[at].first, draft->homes[at].count, sizeof *keys, staff_order,
                draft->people);
    for (uint32_t i = 0; i < draft->staff_count; i++)
        draft->staff[i] = keys[i].person;
    return ERR_OK;
}

static enum err people_index(struct facts *draft)
{
    size_t count = draft->people_count;
    if (count == 0)
        return ERR_OK;
    draft->by_lookup = malloc(count * sizeof *draft->by_lookup);
    draft->staff = malloc(count * sizeof *draft->staff);
    draft->homes = malloc(count * sizeof *draft->homes);
    struct sort_key *keys = malloc(count * sizeof *keys);
    if (draft->by_lookup == NULL || draft->staff == NULL || draft->homes == NULL || keys == NULL) {
        free(keys);
        return ERR_NO_MEMORY;
    }
    lookups_index(draft, keys);
    enum err err = staff_sort(draft, keys);
    free(keys);
    return err;
}

enum err facts_build(struct facts_builder *builder, uint64_t number, const struct facts **out)
{
    enum err err = draft_ensure(builder);
    if (err != ERR_OK)
        return err;
    struct facts *draft = builder->draft;
    CHECK(draft->staff == NULL && draft->search == NULL);
    holidays_sort(draft);
    err = people_index(draft);
    if (err == ERR_OK)
        err = search_index_build(draft, &draft->search);
    if (err != ERR_OK) {
        facts_builder_deinit(builder);
        return err;
    }
    draft->number = number;
    builder->draft = NULL;
    *out = draft;
    return ERR_OK;
}
