/* Near misses, for the sentence behind an unknown code or name: did you mean …? */
#include "base/check.h"
#include "registry/facts_private.h"
#include "registry/search.h"
#include "registry/search_private.h"
#include <stdlib.h>
#include <string.h>

enum { LEAST_PER_CENT = 30, FREQUENT = 16, FREQUENT_LEAST = 50, SCALE = 1000 };

/* The best so far, best first; equal ones in the order in which they came. */
struct nearest {
    uint32_t documents[SEARCH_NEAR_MAX];
    uint32_t scores[SEARCH_NEAR_MAX];
    size_t count, max;
};

static void nearest_offer(struct nearest *nearest, uint32_t document, uint32_t score)
{
    size_t at = nearest->count;
    while (at > 0 && nearest->scores[at - 1] < score)
        at--;
    if (at >= nearest->max)
        return;
    if (nearest->count < nearest->max)
        nearest->count++;
    size_t moved = nearest->count - 1 - at;
    memmove(nearest->scores + at + 1, nearest->scores + at, moved * sizeof *nearest->scores);
    memmove(nearest->documents + at + 1, nearest->documents + at,
            moved * sizeof *nearest->documents);
    nearest->scores[at] = score;
    nearest->documents[at] = document;
}

/* More than two of the first eight characters differ. A look goes through all codes, and nearly
 * every one of them is that far. */
static bool is_far(const uint8_t *code, const uint8_t *typed)
{
    static const uint64_t low_bits = 0x7f7f7f7f7f7f7f7f;
    uint64_t left, right;
    memcpy(&left, code, sizeof left);
    memcpy(&right, typed, sizeof right);
    uint64_t bits = left ^ right;
    uint64_t different = (((bits & low_bits) + low_bits) | bits) & ~low_bits; /* its top bit */
    different &= different - 1;
    different &= different - 1;
    return different != 0;
}

/* Two exchanged neighbours, else one other character; 0 for anything further away. */
static uint32_t code_score(const uint8_t *code, const uint8_t *typed)
{
    size_t different = 0, first = 0, last = 0;
    if (is_far(code, typed))
        return 0;
    for (size_t i = 0; i < INSTITUTION_CODE_SIZE; i++) {
        if (code[i] == typed[i])
            continue;
        if (different++ == 0)
            first = i;
        last = i;
        if (different > 2)
            return 0;
    }
    if (different == 2 && last == first + 1 && code[first] == typed[last] &&
        code[last] == typed[first])
        return 2;
    return different == 1 ? 1 : different == 0 ? 3 : 0;
}

static void codes_offer(const struct search_index *index, const uint32_t *points, size_t count,
                        struct nearest *nearest)
{
    uint8_t typed[INSTITUTION_CODE_SIZE];
    size_t lost = INSTITUTION_CODE_SIZE - count; /* a sheet has taken the number's leading zero */
    for (size_t i = 0; i < INSTITUTION_CODE_SIZE; i++)
        typed[i] = i < lost ? '0' : (uint8_t)points[i - lost];
    for (uint32_t i = 0; i < index->count; i++) {
        uint32_t score = code_score(index->codes[i], typed);
        if (score > 0)
            nearest_offer(nearest, i, score);
    }
}

/* Counts one pair of the query in the documents that have it. A pair that nearly every name has
 * (診所) makes no two names alike by itself: it counts only where a rarer one was found before. */
static void pair_offer(const struct search_index *index, const struct search_list *list,
                       uint8_t *common, bool frequent)
{
    for (uint32_t k = 0; k < list->count; k++) {
        uint8_t *of = &common[index->postings[list->first + k] >> SEARCH_PLACE_BITS];
        if (*of < UINT8_MAX && (*of > 0 || !frequent))
            (*of)++;
    }
}

/* Dice's measure: twice the common pairs by all pairs. */
static void names_offer(const struct search_index *index, const uint32_t *points, size_t count,
                        struct nearest *nearest)
{
    if (count < 2)
        return;
    uint8_t *common = calloc(index->count + (size_t)1, 1);
    if (common == NULL)
        return;
    for (int frequent = 0; frequent <= 1; frequent++)
        for (size_t i = 0; i + 1 < count; i++) {
            const struct search_list *list =
                search_list_of(index, search_pair(points[i], points[i + 1], false));
            if (list != NULL &&
                (list->count > index->count / FREQUENT + FREQUENT_LEAST) == (frequent == 1))
                pair_offer(index, list, common, frequent == 1);
        }
    for (uint32_t i = 0; i < index->count; i++) {
        size_t size = index->name_at[i + 1] - index->name_at[i];
        if (common[i] == 0 || size < 2)
            continue;
        size_t score = 2 * SCALE * (size_t)common[i] / (count - 1 + size - 1);
        if (score >= LEAST_PER_CENT * SCALE / 100)
            nearest_offer(nearest, i, (uint32_t)score);
    }
    free(common);
}

size_t search_near(const struct facts *facts, struct bytes text, uint64_t *ids, size_t max)
{
    CHECK(max <= SEARCH_NEAR_MAX);
    const struct search_index *index = facts->search;
    uint32_t points[SEARCH_NAME_MAX];
    size_t count = fold_text(text, points, SEARCH_NAME_MAX);
    for (size_t i = 0; i < count; i++)
        points[i] &= FOLD_POINT;
    struct nearest nearest = {.max = max};
    bool code = fold_is_code(points, count) && count + 1 >= INSTITUTION_CODE_SIZE &&
                count <= INSTITUTION_CODE_SIZE;
    if (max == 0)
        return 0;
    if (code)
        codes_offer(index, points, count, &nearest);
    else
        names_offer(index, points, count, &nearest);
    for (size_t i = 0; i < nearest.count; i++)
        ids[i] = facts->institutions[index->institution[nearest.documents[i]]].id;
    return nearest.count;
}
