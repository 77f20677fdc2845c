/* Two places at the same time (P06): clashes between times over all their occurrences.
 *
 * Occurrences are half-open: 08:00-12:00 and 12:00-17:00 do not clash. Rules are never expanded;
 * two of them are compared by cursors that leap over what can't clash, so a person's few hundred
 * lines of up to 1,000 occurrences each cost no memory beyond their rules. Times that are
 * incomplete or reversed have no occurrences and clash with nothing.
 *
 * An overlap_set is one person's occupied time. Memory from the caller's arena (the turn's, or the
 * actor's); the rules of a line are borrowed and must outlive it in the set. Pure; one owner. */
#pragma once
#include "model/recurrence.h"

struct arena;

struct overlap_line { /* one line as the check sees it */
    uint32_t line;    /* the caller's handle, given back in a clash */
    uint16_t times_count;
    const struct time_rule *times; /* borrowed */
};

struct overlap_clash {
    struct occurrence asked, held; /* the two occurrences that share time */
    uint16_t asked_time;           /* index in the times that were asked about */
    uint16_t held_time;            /* index in the times of the line held */
    uint32_t line;                 /* handle of the line held */
};
/* The common part: [later start, earlier end). Never empty. */
struct occurrence overlap_common(const struct overlap_clash *clash);

struct overlap_entry; /* private: a line and its span */
struct overlap_set {
    struct arena *arena;
    struct overlap_entry *entries; /* in order of insertion */
    uint32_t count, capacity;
};

void overlap_init(struct overlap_set *set, struct arena *arena);
/* False: the arena is exhausted and the set unchanged. */
bool overlap_insert(struct overlap_set *set, const struct overlap_line *line);
/* False if no line has that handle. Keeps the order of the rest. */
bool overlap_remove(struct overlap_set *set, uint32_t line);

/* The earliest clash of these times with the set: least start of the common part, then the line
 * that was inserted first, then the order of times. */
bool overlap_find(const struct overlap_set *set, const struct time_rule *times, uint16_t count,
                  struct overlap_clash *clash);
/* All clashes, for the preview: line by line in order of insertion, in order of time between two
 * rules. Returns how many were written, at most `max`. */
uint32_t overlap_list(const struct overlap_set *set, const struct time_rule *times, uint16_t count,
                      struct overlap_clash *out, uint32_t max);

/* Several times of one line (`overlaps_self`): does the time at `index` clash with one that stands
 * before it in the list? The earliest such clash; `held_time` is the other, `line` is 0. */
bool overlap_in_line(const struct time_rule *times, uint16_t index, struct overlap_clash *clash);

/* Several lines of one person in one body (`overlaps_case`), each against the set and against those
 * that stand before it. A sweep over the occurrences of all in order of time: n occurrences cost
 * n log n, however they are spread over lines. */
struct overlap_verdict {
    bool with_set, with_line; /* the second is looked for only where the first is not */
    struct overlap_clash clash;
    /* with_set: `line` is the handle in the set, the clash is overlap_find's. with_line: `line` is
     * the handle of the line that stands before; the earliest such clash. */
};
/* verdicts[0..count). Working memory from the set's arena. False: it is exhausted. */
bool overlap_body(const struct overlap_set *set, const struct overlap_line *lines, uint32_t count,
                  struct overlap_verdict *verdicts);
