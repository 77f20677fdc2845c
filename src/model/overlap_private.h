/* What overlap.c and overlap_sweep.c share. */
#pragma once
#include "model/overlap.h"

struct overlap_entry {
    uint32_t line;
    uint16_t times_count;
    const struct time_rule *times;
    struct occurrence span; /* overlap_span of its times */
};

static inline bool occurrences_clash(struct occurrence a, struct occurrence b)
{
    return a.start < b.end && b.start < a.end;
}

/* From the first start to the last end; empty without occurrences. */
struct occurrence overlap_span(const struct time_rule *times, uint16_t count);

/* Improves `best` (whose common part begins at `*before`) if the times meet the line earlier. */
bool overlap_entry_find(const struct time_rule *times, uint16_t count,
                        const struct overlap_entry *held, int64_t *before,
                        struct overlap_clash *best);
