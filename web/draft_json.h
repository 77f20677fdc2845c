/* A line as sent -> struct line_draft, for POST, PATCH and preview (API 4.1, 4.2).
 *
 * Faults that refuse even a draft go to `problems`; what only stops a submit is the rules' business
 * (line_rules.h), except where a caller asks for it with `strict`. Everything the draft points to
 * lies in the given arena (the letter's), so that it may outlive the request. Loop's thread. */
#pragma once
#include "model/draft.h"
#include "model/line_rules.h"
#include "storage/query.h"
#include "web/exchange.h"

struct draft_ask {
    struct exchange *x;
    struct arena *memory;         /* the letter's */
    struct problems *problems;    /* the answer's */
    uint64_t home;                /* whose staff may be named */
    const struct line_view *base; /* PATCH: what is there; NULL: a new line */
    bool takes_line_id;           /* PATCH of a case: the member `line_id` was read by the caller */
    bool preview;                 /* no remark, note or line_id */
};

/* False: the arena is exhausted (answer 503). Problems may have been added. */
bool draft_read(const struct draft_ask *ask, struct json_object *object,
                struct line_draft *draft) MUST_CHECK;
/* After reading, with no problem: encodes the body row and, of an edit, the changes for the
 * history. */
bool draft_seal(const struct draft_ask *ask, struct line_draft *draft) MUST_CHECK;
struct filing draft_as_filing(const struct line_draft *draft, uint64_t home);
