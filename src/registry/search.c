#include "registry/search.h"
#include "base/check.h"
#include "model/codes.h"
#include "model/text.h"
#include "registry/facts_private.h"
#include "registry/search_private.h"
#include <string.h>

enum { TERMS_MAX = 6, POINTS_MAX = 2 * SEARCH_POINTS_MAX };

/* The kinds of a match, best first. */
enum match {
    MATCH_CODE,
    MATCH_CODE_START,
    MATCH_NAME,
    MATCH_NAME_START,
    MATCH_NAME_WORD,
    MATCH_NAME_INSIDE,
    MATCH_CODE_INSIDE,
    MATCHES,
    MATCH_NONE = MATCHES
};

/* The folded query; terms are what blanks part. */
struct terms {
    uint32_t points[POINTS_MAX];
    size_t points_count;
    struct term {
        size_t first, count;
        bool code; /* digits and letters: may stand in a code */
    } terms[TERMS_MAX];
    size_t count;
    bool all_code; /* a single term of digits and letters */
};

static bool is_blank(uint32_t c)
{
    return c == ' ' || c == '\t' || c == 0x3000 || c == 0xa0;
}

/* Characters between the first and the last that is no blank, as they were typed. */
static size_t typed_count(struct bytes text)
{
    size_t count = 0, until_last = 0;
    uint32_t c;
    while (text_next(&text, &c)) {
        if (count == 0 && is_blank(c))
            continue;
        count++;
        if (!is_blank(c))
            until_last = count;
    }
    return until_last;
}

static enum err terms_read(struct bytes text, struct terms *terms)
{
    size_t typed = typed_count(text);
    if (typed < SEARCH_POINTS_MIN || !text_is_utf8(text))
        return ERR_BAD_INPUT;
    if (typed > SEARCH_POINTS_MAX)
        return ERR_TOO_LARGE;
    *terms = (struct terms){0};
    for (struct bytes rest = text; rest.size > 0 && terms->count < TERMS_MAX;) {
        struct bytes start = rest, before = rest;
        uint32_t c;
        while (text_next(&rest, &c) && !is_blank(c))
            before = rest;
        struct bytes word = bytes_slice(start, 0, start.size - before.size);
        struct term *term = &terms->terms[terms->count];
        term->first = terms->points_count;
        term->count = fold_text(word, terms->points + term->first, POINTS_MAX - term->first);
        terms->points_count += term->count;
        terms->count += term->count > 0;
    }
    for (size_t i = 0; i < terms->points_count; i++)
        terms->points[i] &= FOLD_POINT;
    bool pairless = true;
    for (size_t i = 0; i < terms->count; i++)
        pairless = pairless && terms->terms[i].count < 2;
    if (pairless) { /* single characters with blanks between: a name written widely */
        terms->terms[0].count = terms->points_count;
        terms->count = 1;
    }
    if (terms->points_count < SEARCH_POINTS_MIN)
        return ERR_BAD_INPUT;
    for (size_t i = 0; i < terms->count; i++)
        terms->terms[i].code =
            fold_is_code(terms->points + terms->terms[i].first, terms->terms[i].count);
    terms->all_code = terms->count == 1 && terms->terms[0].code;
    return ERR_OK;
}

/* Postings of names and of codes, merged by document. */
struct candidates {
    const uint32_t *names, *names_end, *codes, *codes_end;
    /* The term is this one pair: the posting's place is then the match. */
    bool whole;
};

static size_t shortest_list(const struct search_index *index, const uint32_t *points, size_t count,
                            bool of_code, const uint32_t **first)
{
    size_t shortest = SIZE_MAX;
    *first = index->postings;
    for (size_t i = 0; i + 1 < count; i++) {
        const struct search_list *list =
            search_list_of(index, search_pair(points[i], points[i + 1], of_code));
        if (list == NULL)
            return 0;
        if (list->count < shortest) {
            shortest = list->count;
            *first = index->postings + list->first;
        }
    }
    return shortest;
}

/* The term with the fewest documents to look at. */
static struct candidates candidates_of(const struct search_index *index, const struct terms *terms)
{
    struct candidates best = {0};
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < terms->count; i++) {
        const struct term *term = &terms->terms[i];
        const uint32_t *points = terms->points + term->first, *names, *codes = index->postings;
        if (term->count < 2)
            continue;
        size_t name_count = shortest_list(index, points, term->count, false, &names);
        size_t code_count =
            fold_is_code(points, term->count) && term->count <= INSTITUTION_CODE_SIZE
                ? shortest_list(index, points, term->count, true, &codes)
                : 0;
        if (name_count + code_count >= least)
            continue;
        least = name_count + code_count;
        best = (struct candidates){names, names + name_count, codes, codes + code_count,
                                   terms->count == 1 && term->count == 2};
    }
    CHECK(least != SIZE_MAX);
    return best;
}

static enum match name_match(const struct search_index *index, uint32_t document,
                             const uint32_t *points, size_t count)
{
    const uint32_t *name = index->names + index->name_at[document];
    size_t size = index->name_at[document + 1] - index->name_at[document];
    enum match best = MATCH_NONE;
    for (size_t at = 0; at + count <= size; at++) {
        size_t same = 0;
        while (same < count && (name[at + same] & FOLD_POINT) == points[same])
            same++;
        if (same < count)
            continue;
        if (at == 0)
            return count == size ? MATCH_NAME : MATCH_NAME_START;
        if ((name[at] & FOLD_WORD) != 0)
            return MATCH_NAME_WORD;
        best = MATCH_NAME_INSIDE;
    }
    return best;
}

static enum match code_match(const struct search_index *index, uint32_t document,
                             const uint32_t *points, size_t count)
{
    const uint8_t *code = index->codes[document];
    for (size_t at = 0; at + count <= INSTITUTION_CODE_SIZE; at++) {
        size_t same = 0;
        while (same < count && code[at + same] == points[same])
            same++;
        if (same == count)
            return at > 0                           ? MATCH_CODE_INSIDE
                   : count == INSTITUTION_CODE_SIZE ? MATCH_CODE
                                                    : MATCH_CODE_START;
    }
    return MATCH_NONE;
}

static enum match better(enum match a, enum match b)
{
    return a < b ? a : b;
}

/* All terms must occur; the first one says how well it matches. */
static enum match document_match(const struct search_index *index, uint32_t document,
                                 const struct terms *terms)
{
    enum match match = MATCH_NONE;
    for (size_t i = 0; i < terms->count; i++) {
        const struct term *term = &terms->terms[i];
        const uint32_t *points = terms->points + term->first;
        enum match name = name_match(index, document, points, term->count);
        enum match code =
            term->code ? code_match(index, document, points, term->count) : MATCH_NONE;
        if (name == MATCH_NONE && code == MATCH_NONE)
            return MATCH_NONE;
        if (i == 0)
            match = better(name, code);
    }
    size_t size = index->name_at[document + 1] - index->name_at[document];
    if (terms->count > 1 && size == terms->points_count &&
        name_match(index, document, terms->points, terms->points_count) == MATCH_NAME)
        return MATCH_NAME; /* the whole name, written with blanks in it */
    return match;
}

static enum match place_match(const struct search_index *index, uint32_t posting, bool of_code,
                              const struct terms *terms)
{
    uint32_t document = posting >> SEARCH_PLACE_BITS;
    switch ((enum search_place)(posting & ((1u << SEARCH_PLACE_BITS) - 1))) {
    case PLACE_AT_START:
        if (of_code)
            return MATCH_CODE_START;
        return index->name_at[document + 1] - index->name_at[document] == terms->points_count
                   ? MATCH_NAME
                   : MATCH_NAME_START;
    case PLACE_AT_WORD: return MATCH_NAME_WORD;
    case PLACE_INSIDE: return of_code ? MATCH_CODE_INSIDE : MATCH_NAME_INSIDE;
    }
    CHECK(false);
    return MATCH_NONE;
}

/* The next document of either list, in ascending order, and how it matches. */
static bool candidates_next(struct candidates *candidates, const struct search_index *index,
                            const struct terms *terms, uint32_t *document, enum match *match)
{
    bool name = candidates->names < candidates->names_end;
    bool code = candidates->codes < candidates->codes_end;
    if (!name && !code)
        return false;
    uint32_t name_document = name ? *candidates->names >> SEARCH_PLACE_BITS : UINT32_MAX;
    uint32_t code_document = code ? *candidates->codes >> SEARCH_PLACE_BITS : UINT32_MAX;
    *document = name_document < code_document ? name_document : code_document;
    *match = MATCH_NONE;
    if (!candidates->whole)
        *match = document_match(index, *document, terms);
    if (name_document == *document) {
        if (candidates->whole)
            *match = place_match(index, *candidates->names, false, terms);
        candidates->names++;
    }
    if (code_document == *document) {
        if (candidates->whole)
            *match = better(*match, place_match(index, *candidates->codes, true, terms));
        candidates->codes++;
    }
    return true;
}

/* The query's filters as the index has them. */
struct filter {
    bool any; /* everything passes */
    uint8_t county;
    int type;
    enum search_open open;
    int32_t day;
};

static struct filter filter_of(const struct search_query *query)
{
    const struct county *county = query->county == 0 ? NULL : county_find(query->county);
    CHECK(query->county == 0 || county != NULL);
    return (struct filter){
        .any = county == NULL && query->type == SEARCH_ANY_TYPE && query->open == SEARCH_ALL,
        .county = county == NULL ? UINT8_MAX : (uint8_t)(county - codes_counties),
        .type = query->type,
        .open = query->open,
        .day = query->day};
}

static bool filter_passes(const struct filter *filter, const struct search_index *index,
                          uint32_t document)
{
    if (filter->any)
        return true;
    const struct search_traits *traits = &index->traits[document];
    if ((filter->county != UINT8_MAX && traits->county != filter->county) ||
        (filter->type != SEARCH_ANY_TYPE && traits->type != filter->type))
        return false;
    if (filter->open == SEARCH_ALL)
        return true;
    struct institution as_far = {.status = (enum place_status)traits->status,
                                 .status_from = traits->status_from};
    return institution_open_on(&as_far, filter->day) == (filter->open == SEARCH_OPEN);
}

/* The name has the characters of the query in this order, others between them. */
static bool is_scattered(const struct search_index *index, uint32_t document,
                         const struct terms *terms)
{
    size_t found = 0;
    for (uint32_t at = index->name_at[document];
         at < index->name_at[document + 1] && found < terms->points_count; at++)
        found += (index->names[at] & FOLD_POINT) == terms->points[found];
    return found == terms->points_count;
}

struct page {
    size_t offset, limit, count;
    uint64_t *ids;
};

static void page_put(struct page *page, const struct facts *facts, uint32_t document, size_t place)
{
    if (place < page->offset || place - page->offset >= page->limit)
        return;
    page->ids[place - page->offset] = facts->institutions[facts->search->institution[document]].id;
    page->count++;
}

static size_t scattered_collect(const struct facts *facts, const struct filter *filter,
                                const struct terms *terms, struct page *page)
{
    const struct search_index *index = facts->search;
    uint64_t mask = search_mask(terms->points, terms->points_count);
    size_t total = 0;
    for (uint32_t i = 0; i < index->count; i++)
        if ((index->masks[i] & mask) == mask && is_scattered(index, i, terms) &&
            filter_passes(filter, index, i))
            page_put(page, facts, i, total++);
    return total;
}

enum err search_institutions(const struct facts *facts, const struct search_query *query,
                             size_t offset, size_t limit, uint64_t *ids, size_t *count,
                             size_t *total)
{
    CHECK(limit <= SEARCH_LIMIT_MAX);
    const struct search_index *index = facts->search;
    struct terms terms;
    enum err err = terms_read(query->text, &terms);
    if (err != ERR_OK)
        return err;
    struct filter filter = filter_of(query);
    struct page page = {.offset = offset, .limit = limit, .ids = ids};
    struct candidates all = candidates_of(index, &terms), again = all;
    size_t of_kind[MATCHES] = {0}, place[MATCHES] = {0}, sum = 0;
    uint32_t document;
    enum match match;
    /* Twice over the same lists: first how many of each kind, then whoever falls on the page. */
    while (candidates_next(&all, index, &terms, &document, &match))
        if (match != MATCH_NONE && filter_passes(&filter, index, document))
            of_kind[match]++;
    for (size_t i = 0; i < MATCHES; i++) {
        place[i] = sum;
        sum += of_kind[i];
    }
    size_t wanted = sum <= offset ? 0 : sum - offset < limit ? sum - offset : limit;
    while (page.count < wanted && candidates_next(&again, index, &terms, &document, &match))
        if (match != MATCH_NONE && filter_passes(&filter, index, document))
            page_put(&page, facts, document, place[match]++);
    if (sum == 0 && !terms.all_code)
        sum = scattered_collect(facts, &filter, &terms, &page);
    *count = page.count;
    *total = sum;
    return ERR_OK;
}
