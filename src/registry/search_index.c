/* Building: fold the names, put the documents in order, give every pair of characters a number,
 * count, and fill the postings in one more pass. */
#include "base/check.h"
#include "model/codes.h"
#include "registry/facts_private.h"
#include "registry/search_private.h"
#include <stdlib.h>
#include <string.h>

#define PAIR_OF_CODE (UINT64_C(1) << 63)

/* One institution while documents are being ordered. */
struct entry {
    const struct institution *institution;
    uint32_t index;
    uint32_t name_at, name_size; /* in building.points */
};

struct building {
    const struct facts *facts;
    struct search_index *index;
    struct entry *entries;
    uint32_t *points; /* folded names in the order of the institutions */
    uint32_t *pairs;  /* list numbers of all pairs of all documents, in order */
    uint32_t pairs_count, lists_count, lists_capacity;
};

uint64_t search_pair(uint32_t first, uint32_t second, bool of_code)
{
    uint64_t pair = (uint64_t)(first & FOLD_POINT) << 32 | (second & FOLD_POINT);
    return of_code ? pair | PAIR_OF_CODE : pair;
}

const struct search_list *search_list_of(const struct search_index *index, uint64_t pair)
{
    uint32_t list;
    return map_get(&index->lists_by_pair, pair, &list) ? &index->lists[list] : NULL;
}

uint64_t search_mask(const uint32_t *points, size_t count)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < count; i++)
        mask |= UINT64_C(1) << (points[i] & 63);
    return mask;
}

void search_index_free(struct search_index *index)
{
    if (index == NULL)
        return;
    free(index->institution);
    free(index->names);
    free(index->name_at);
    free(index->traits);
    free(index->masks);
    free(index->codes);
    map_deinit(&index->lists_by_pair);
    free(index->lists);
    free(index->postings);
    free(index);
}

static int entry_order(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    bool left_closed = left->institution->status != PLACE_OPEN;
    bool right_closed = right->institution->status != PLACE_OPEN;
    if (left_closed != right_closed)
        return left_closed ? 1 : -1;
    if (left->name_size != right->name_size)
        return left->name_size < right->name_size ? -1 : 1;
    int order = bytes_compare(left->institution->name, right->institution->name);
    if (order != 0)
        return order;
    uint64_t left_id = left->institution->id, right_id = right->institution->id;
    return (left_id > right_id) - (left_id < right_id);
}

static enum err entries_fold(struct building *building)
{
    const struct facts *facts = building->facts;
    uint32_t count = facts->institutions_count;
    size_t points_max = 0;
    for (uint32_t i = 0; i < count;
         i++) /* a folded text may be longer than the text, but not in bytes */
        points_max += facts->institutions[i].name.size * 4 < SEARCH_NAME_MAX
                          ? facts->institutions[i].name.size * 4
                          : SEARCH_NAME_MAX;
    building->entries = malloc((count + (size_t)1) * sizeof *building->entries);
    building->points = malloc((points_max + 1) * sizeof *building->points);
    if (building->entries == NULL || building->points == NULL)
        return ERR_NO_MEMORY;
    uint32_t used = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct institution *institution = &facts->institutions[i];
        size_t room = institution->name.size * 4;
        size_t size = fold_text(institution->name, building->points + used,
                                room < SEARCH_NAME_MAX ? room : SEARCH_NAME_MAX);
        building->entries[i] = (struct entry){institution, i, used, (uint32_t)size};
        used += (uint32_t)size;
        CHECK(used <= points_max);
    }
    qsort(building->entries, count, sizeof *building->entries, entry_order);
    return ERR_OK;
}

static struct search_traits traits_of(const struct institution *institution)
{
    const struct county *county = county_find(institution->county);
    return (struct search_traits){.status_from = institution->status_from,
                                  .county = county == NULL ? UINT8_MAX
                                                           : (uint8_t)(county - codes_counties),
                                  .type = institution->type,
                                  .status = (uint8_t)institution->status};
}

/* The documents' arrays, in their order. */
static enum err documents_fill(struct building *building)
{
    struct search_index *index = building->index;
    uint32_t count = building->facts->institutions_count;
    size_t points = 0;
    for (uint32_t i = 0; i < count; i++)
        points += building->entries[i].name_size;
    index->institution = malloc((count + (size_t)1) * sizeof *index->institution);
    index->names = malloc((points + 1) * sizeof *index->names);
    index->name_at = malloc((count + (size_t)1) * sizeof *index->name_at);
    index->traits = malloc((count + (size_t)1) * sizeof *index->traits);
    index->masks = malloc((count + (size_t)1) * sizeof *index->masks);
    index->codes = malloc((count + (size_t)1) * sizeof *index->codes);
    if (index->institution == NULL || index->names == NULL || index->name_at == NULL ||
        index->traits == NULL || index->masks == NULL || index->codes == NULL)
        return ERR_NO_MEMORY;
    uint32_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct entry *entry = &building->entries[i];
        const uint32_t *name = building->points + entry->name_at;
        char code[INSTITUTION_CODE_SIZE + 1];
        institution_code_print(entry->institution->id, code);
        for (size_t k = 0; k < INSTITUTION_CODE_SIZE; k++)
            index->codes[i][k] =
                (uint8_t)(code[k] >= 'A' && code[k] <= 'Z' ? code[k] - 'A' + 'a' : code[k]);
        index->institution[i] = entry->index;
        index->traits[i] = traits_of(entry->institution);
        index->name_at[i] = at;
        index->masks[i] = search_mask(name, entry->name_size);
        memcpy(index->names + at, name, entry->name_size * sizeof *name);
        at += entry->name_size;
    }
    index->name_at[count] = at;
    index->count = count;
    return ERR_OK;
}

/* Gives the pair a list if it has none, and counts it. */
static enum err pair_count(struct building *building, uint64_t pair)
{
    struct search_index *index = building->index;
    uint32_t list;
    if (!map_get(&index->lists_by_pair, pair, &list)) {
        list = building->lists_count;
        if (list == building->lists_capacity) {
            uint32_t larger = building->lists_capacity == 0 ? 4096 : building->lists_capacity * 2;
            struct search_list *grown = realloc(index->lists, larger * sizeof *grown);
            if (grown == NULL)
                return ERR_NO_MEMORY;
            index->lists = grown;
            building->lists_capacity = larger;
        }
        enum err err = map_put(&index->lists_by_pair, pair, list);
        if (err != ERR_OK)
            return err;
        index->lists[list] = (struct search_list){0};
        building->lists_count++;
    }
    index->lists[list].count++;
    building->pairs[building->pairs_count++] = list;
    return ERR_OK;
}

static enum err pairs_count(struct building *building)
{
    struct search_index *index = building->index;
    size_t most = index->name_at[index->count] + index->count * (size_t)INSTITUTION_CODE_SIZE;
    building->pairs = malloc((most + 1) * sizeof *building->pairs);
    if (building->pairs == NULL)
        return ERR_NO_MEMORY;
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < index->count; i++) {
        for (uint32_t at = index->name_at[i]; err == ERR_OK && at + 1 < index->name_at[i + 1]; at++)
            err = pair_count(building, search_pair(index->names[at], index->names[at + 1], false));
        for (size_t at = 0; err == ERR_OK && at + 1 < INSTITUTION_CODE_SIZE; at++)
            err = pair_count(building,
                             search_pair(index->codes[i][at], index->codes[i][at + 1], true));
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

/* A pair that stands twice in a text is one posting with the better place. */
static void posting_put(struct search_index *index, uint32_t list, uint32_t document,
                        enum search_place place)
{
    struct search_list *to = &index->lists[list];
    if (to->count > 0) {
        uint32_t *last = &index->postings[to->first + to->count - 1];
        if (*last >> SEARCH_PLACE_BITS == document) {
            if ((*last & 3) > place)
                *last = document << SEARCH_PLACE_BITS | place;
            return;
        }
    }
    index->postings[to->first + to->count++] = document << SEARCH_PLACE_BITS | place;
}

static enum err postings_fill(struct building *building)
{
    struct search_index *index = building->index;
    index->postings = malloc((building->pairs_count + (size_t)1) * sizeof *index->postings);
    if (index->postings == NULL)
        return ERR_NO_MEMORY;
    uint32_t first = 0;
    for (uint32_t i = 0; i < building->lists_count; i++) {
        index->lists[i].first = first;
        first += index->lists[i].count;
        index->lists[i].count = 0; /* counts up again while filling */
    }
    const uint32_t *pair = building->pairs;
    for (uint32_t i = 0; i < index->count; i++) {
        uint32_t start = index->name_at[i];
        for (uint32_t at = start; at + 1 < index->name_at[i + 1]; at++) {
            bool word = (index->names[at] & FOLD_WORD) != 0;
            posting_put(index, *pair++, i,
                        at == start ? PLACE_AT_START
                        : word      ? PLACE_AT_WORD
                                    : PLACE_INSIDE);
        }
        for (size_t at = 0; at + 1 < INSTITUTION_CODE_SIZE; at++)
            posting_put(index, *pair++, i, at == 0 ? PLACE_AT_START : PLACE_INSIDE);
    }
    CHECK(pair == building->pairs + building->pairs_count);
    return ERR_OK;
}

enum err search_index_build(const struct facts *facts, struct search_index **out)
{
    CHECK(facts->institutions_count < UINT32_MAX >> SEARCH_PLACE_BITS);
    struct building building = {.facts = facts, .index = calloc(1, sizeof *building.index)};
    if (building.index == NULL)
        return ERR_NO_MEMORY;
    map_init(&building.index->lists_by_pair);
    enum err err = entries_fold(&building);
    if (err == ERR_OK)
        err = documents_fill(&building);
    if (err == ERR_OK)
        err = pairs_count(&building);
    if (err == ERR_OK)
        err = postings_fill(&building);
    free(building.entries);
    free(building.points);
    free(building.pairs);
    if (err != ERR_OK) {
        search_index_free(building.index);
        return err;
    }
    *out = building.index;
    return ERR_OK;
}
