/* Finds institutions by name or code in a snapshot: an index of pairs of characters (DESIGN 16).
 *
 * Const data of the snapshot; any thread; no allocation in search_institutions. Names and codes are
 * folded (fold.h). Blanks part a query into words that must all occur. */
#pragma once
#include "model/facts.h"

enum search_open { SEARCH_ALL, SEARCH_OPEN, SEARCH_NOT_OPEN };
enum {
    SEARCH_POINTS_MIN = 2,
    SEARCH_POINTS_MAX = 12,
    SEARCH_ANY_TYPE = -1,
    SEARCH_LIMIT_MAX = 200
};

struct search_query {
    struct bytes text;
    uint32_t county; /* 0: all */
    int type;        /* index into codes_institution_types, or SEARCH_ANY_TYPE */
    enum search_open open;
    int32_t day; /* on which it is open */
};

/* Best match first: code equal, code begins; name equal, begins, a word of it begins, contains;
 * code contains. Within one kind those open, then shorter names, then names, then codes. If nothing
 * contains the query, names that have its characters in this order. `ids` takes up to `limit` (at
 * most SEARCH_LIMIT_MAX) from the `offset`th on, `total` is exact. ERR_BAD_INPUT under 2 characters
 * (blanks at the ends don't count), ERR_TOO_LARGE over 12. */
enum err search_institutions(const struct facts *facts, const struct search_query *query,
                             size_t offset, size_t limit, uint64_t *ids, size_t *count,
                             size_t *total) MUST_CHECK;

/* What may have been meant by a code or name that is unknown: codes that differ in one character,
 * by two exchanged, or by a lost leading zero; else names that share most pairs of characters.
 * Returns how many, at most `max` (up to 10), the nearest first; 0 also when memory is short. */
enum { SEARCH_NEAR_MAX = 10 };
size_t search_near(const struct facts *facts, struct bytes text, uint64_t *ids, size_t max);
