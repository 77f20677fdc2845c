/* Lists and records over a snapshot: rows back into what they stand for (DESIGN 5 *Reads*).
 *
 * Worker threads, with an open snapshot. Everything returned lies in the caller's arena and
 * outlives the snapshot. ERR_NOT_FOUND, ERR_CORRUPT, ERR_NO_MEMORY (the arena's quota). Knows no
 * one's rights: who may see what is asked of model/allow.h by the caller. */
#pragma once
#include "model/line_codec.h"
#include "storage/query_audit.h"
#include "model/transfer.h"
#include "model/upload.h"
#include "storage/snapshot.h"

struct line_view {
    struct line_state state;
    struct line_body body;
    bool has_decision;
    struct history decision; /* of state.decided_version */
};

struct case_view {
    struct case_record record;
    struct line_view *lines; /* in order of n */
    uint16_t count;
};

enum err query_case_record(struct snapshot *snapshot, struct case_id id,
                           struct case_record *record) MUST_CHECK;
enum err query_case(struct snapshot *snapshot, struct case_id id, struct arena *arena,
                    struct case_view *view) MUST_CHECK;
enum err query_line_state(struct snapshot *snapshot, struct line_id id, struct arena *arena,
                          struct line_state *state) MUST_CHECK;
/* Body and decision of a state that was read. */
enum err query_line_rest(struct snapshot *snapshot, struct arena *arena,
                         struct line_view *view) MUST_CHECK;
enum err query_line(struct snapshot *snapshot, struct line_id id, struct arena *arena,
                    struct line_view *view) MUST_CHECK;
/* Oldest first. */
enum err query_history(struct snapshot *snapshot, struct line_id id, struct arena *arena,
                       struct history **items, uint32_t *count) MUST_CHECK;
/* The states of all lines of a person at a home, for overlaps and sums of hours. */
enum err query_person_states(struct snapshot *snapshot, uint64_t home, uint64_t person,
                             struct arena *arena, struct line_state **states,
                             uint32_t *count) MUST_CHECK;

/* ---- lists ---- */

enum list_of {
    LIST_HOME,   /* an institution's lines, newest first */
    LIST_PERSON, /* a person's at one home, newest first */
    LIST_COUNTY, /* of all homes of a county, newest first */
    LIST_QUEUE   /* a county's lines under review, oldest due first */
};

struct list_ask {
    enum list_of of;
    uint64_t home, person;
    uint32_t county;
    /* Does it belong to the list? NULL: all do. */
    bool (*accept)(void *self, const struct line_state *state);
    /* Set where that depends on nothing but the home: what is only counted is judged by its key,
     * and a home's whole list is as long as its counts say. */
    bool (*accept_home)(void *self, uint64_t home);
    void *self;
    struct bytes cursor; /* as given with an earlier page; empty: from the start */
    uint32_t skip;       /* of `page`; 0 with a cursor */
    uint32_t limit;      /* 1..200 */
};

enum { LIST_LOOK_MAX = 20000, LIST_TOTAL_MAX = 10000, CURSOR_MAX = 80 };

struct list_page {
    struct line_view *items;
    uint32_t count;
    char next_cursor[CURSOR_MAX]; /* empty: that was the last */
    uint32_t total;               /* exact, or LIST_TOTAL_MAX with total_is_min */
    bool total_is_min;
};

/* ERR_BAD_INPUT: the cursor is none of ours. Looks at no more than LIST_LOOK_MAX entries, then
 * gives what it has with a cursor (API 1). */
enum err query_lines(struct snapshot *snapshot, const struct list_ask *ask, struct arena *arena,
                     struct list_page *page) MUST_CHECK;

/* ---- transfers to NHI ---- */

struct transfer_page {
    struct transfer_run *items; /* newest first */
    uint32_t count;
    uint64_t next; /* the number that the next page begins with; 0: that was the last */
    uint32_t total;
    bool total_is_min;
};
struct transfer_rejection {
    struct line_id line;
    uint32_t version;
    struct bytes code;
};

/* Those from number `from` down (0: the newest), without the first `skip`, with rows of the county
 * (0: all; else only its share is counted). */
enum err query_transfers(struct snapshot *snapshot, uint32_t county, uint64_t from, uint32_t skip,
                         uint32_t limit, struct arena *arena,
                         struct transfer_page *page) MUST_CHECK;
enum err query_transfer(struct snapshot *snapshot, uint64_t number,
                        struct transfer_run *run) MUST_CHECK;
/* Its rows that stand rejected, by line. */
enum err query_rejections(struct snapshot *snapshot, uint64_t number, struct arena *arena,
                          struct transfer_rejection **items, uint32_t *count) MUST_CHECK;
/* What of it is a county's: counts of its own rows alone. False: nothing. */
bool transfer_share(struct transfer_run *run, uint32_t county);

/* ---- uploaded sheets ---- */

struct upload_list_ask {
    uint64_t home, person; /* person 0: all of the home */
    uint64_t from;         /* a number: from it down; 0: the newest */
    uint32_t skip, limit;
};
struct upload_page {
    struct upload_record *items; /* newest first */
    uint32_t count;
    uint64_t next; /* the number that the next page begins with; 0: that was the last */
    uint32_t total;
    bool total_is_min;
};
enum err query_upload(struct snapshot *snapshot, uint64_t home, uint64_t number,
                      struct arena *arena, struct upload_record *record) MUST_CHECK;
/* Empty where the part has no rows. */
enum err query_upload_part(struct snapshot *snapshot, const struct upload_record *record,
                           enum upload_part part, struct arena *arena,
                           struct bytes *out) MUST_CHECK;
enum err query_uploads(struct snapshot *snapshot, const struct upload_list_ask *ask,
                       struct arena *arena, struct upload_page *page) MUST_CHECK;

/* The five counts of an institution (index: request_status), exact. */
enum err query_counts(struct snapshot *snapshot, uint64_t home, uint32_t counts[6]) MUST_CHECK;
