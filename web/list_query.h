/* The filters of lists of lines: read from the query, judged on a line's state (API 1, 4.4). */
#pragma once
#include "storage/query.h"
#include "web/exchange.h"

struct list_query {
    const struct exchange *x;
    uint32_t statuses, kinds, forces; /* bit sets; 0: all */
    uint64_t person, target;
    uint32_t county; /* of the supported place */
    int32_t from, to;
    enum principal_kind created_by;
    int32_t submitted_from, submitted_to;
    uint32_t *q; /* folded points */
    size_t q_count;
    uint32_t page; /* 0: none asked */
    bool overdue;
    bool nothing;  /* a filter that no line can fit */
    uint64_t home; /* the last that was asked about, and whether the caller may see its lines */
    bool home_visible;
};

#define LIST_QUERY_NAMES                                                                           \
    "status kind force q person_id target county from to created_by submitted_from submitted_to "  \
    "limit cursor page"

/* False: answered 400 bad_query. Fills accept, self, cursor, skip, limit of `ask`. */
bool list_query_read(struct exchange *x, struct list_query *query, struct list_ask *ask) MUST_CHECK;
/* The page. With the scope in `ask` and all filters settled. */
enum err list_query_run(struct list_query *query, struct snapshot *snapshot, struct list_ask *ask,
                        struct list_page *page) MUST_CHECK;
/* next_cursor, page, total, total_is_min. */
void list_page_put(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct list_page *page,
                   uint32_t asked);
/* The filter `q` alone. False: answered 400. */
bool list_text_read(struct exchange *x, struct list_query *query) MUST_CHECK;
bool list_text_fits(const struct list_query *query, struct bytes text);
void list_scope(const struct exchange *x, struct list_ask *ask);
