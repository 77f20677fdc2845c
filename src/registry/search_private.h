/* The index behind search.h: made with the snapshot by facts_build.c and freed with it. */
#pragma once
#include "base/err.h"
#include "base/map.h"
#include "model/ids.h"
#include "registry/fold.h"

struct facts;

/* Where in a text a pair of characters stands at best; kept in the low bits of a posting. */
enum search_place { PLACE_AT_START, PLACE_AT_WORD, PLACE_INSIDE };
enum { SEARCH_PLACE_BITS = 2, SEARCH_NAME_MAX = 100 };

struct search_list {
    uint32_t first, count; /* in search_index.postings */
};

/* What filters ask about an institution, beside the index so that a long list stays in the cache.
 */
struct search_traits {
    int32_t status_from;
    uint8_t county; /* index into codes_counties, or UINT8_MAX */
    uint8_t type, status;
};

/* Documents are the institutions in the order of results: open before closed, shorter names first,
 * then name, then code. What a query looks at lies in arrays in this order. */
struct search_index {
    uint32_t count;
    uint32_t *institution; /* document -> index into facts->institutions */
    uint32_t *names;       /* folded points of all names, one after another */
    uint32_t *name_at;     /* count + 1 offsets into names */
    struct search_traits *traits;
    uint64_t *masks; /* a bit for each point of the name, by its low six bits */
    uint8_t (*codes)[INSTITUTION_CODE_SIZE];

    struct map lists_by_pair; /* pair of points -> index into lists */
    struct search_list *lists;
    uint32_t *postings; /* document << SEARCH_PLACE_BITS | place, ascending in a list */
};

/* The key of a pair; codes have their own, so that digits in names and codes don't mix. */
uint64_t search_pair(uint32_t first, uint32_t second, bool of_code);
/* NULL if no text has this pair. */
const struct search_list *search_list_of(const struct search_index *index, uint64_t pair);
uint64_t search_mask(const uint32_t *points, size_t count);

/* Reads the institutions of a nearly finished snapshot. ERR_NO_MEMORY. */
enum err search_index_build(const struct facts *facts, struct search_index **out) MUST_CHECK;
void search_index_free(struct search_index *index); /* NULL is allowed */
