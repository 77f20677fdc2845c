#include "model/overlap.h"
#include "base/arena.h"
#include "base/check.h"
#include "model/overlap_private.h"
#include <string.h>

static struct occurrence clash_common(struct occurrence a, struct occurrence b)
{
    return (struct occurrence){a.start > b.start ? a.start : b.start,
                               a.end < b.end ? a.end : b.end};
}

struct occurrence overlap_common(const struct overlap_clash *clash)
{
    struct occurrence common = clash_common(clash->asked, clash->held);
    CHECK(common.start < common.end);
    return common;
}

/* ---- two rules ---- */

/* Walks two rules in step. Within one rule occurrences come in order and never overlap, so the one
 * that ends first can clash with nothing more and is left behind; the other side leaps to it. */
struct pair {
    struct occurrence_cursor asked, held;
    struct occurrence asked_now, held_now;
    bool running;
};

static struct occurrence rule_span(const struct time_rule *rule)
{
    struct occurrence first, last;
    if (!occurrence_span(rule, &first, &last))
        return (struct occurrence){0, 0};
    return (struct occurrence){first.start, last.end};
}

static struct pair pair_begin(const struct time_rule *asked, const struct time_rule *held,
                              struct occurrence common)
{
    struct pair pair = {occurrence_begin(asked), occurrence_begin(held), {0, 0}, {0, 0}, false};
    occurrence_seek(&pair.asked, common.start);
    occurrence_seek(&pair.held, common.start);
    pair.running = occurrence_next(&pair.asked, &pair.asked_now) &&
                   occurrence_next(&pair.held, &pair.held_now);
    return pair;
}

static bool pair_advance(struct occurrence_cursor *cursor, struct occurrence *now, int64_t until)
{
    occurrence_seek(cursor, until);
    return occurrence_next(cursor, now);
}

/* The next two occurrences that share time, those that begin to at or after `before` left out. */
static bool pair_next(struct pair *pair, int64_t before, struct overlap_clash *clash)
{
    while (pair->running) {
        struct occurrence asked = pair->asked_now, held = pair->held_now;
        if (asked.start >= before || held.start >= before)
            return false;
        if (asked.end <= held.end)
            pair->running = pair_advance(&pair->asked, &pair->asked_now, held.start);
        else
            pair->running = pair_advance(&pair->held, &pair->held_now, asked.start);
        if (occurrences_clash(asked, held)) {
            clash->asked = asked;
            clash->held = held;
            return true;
        }
    }
    return false;
}

/* ---- a list of times against one line ---- */

/* Improves `best` (whose common part begins at `*before`) if `asked` meets the line earlier. */
static bool time_find(const struct time_rule *asked, uint16_t asked_time,
                      const struct overlap_entry *held, int64_t *before, struct overlap_clash *best)
{
    bool found = false;
    struct occurrence asked_span = rule_span(asked);
    for (uint16_t i = 0; i < held->times_count; i++) {
        struct occurrence held_span = rule_span(&held->times[i]);
        struct occurrence common = clash_common(asked_span, held_span);
        if (common.start >= common.end || common.start >= *before)
            continue;
        struct pair pair = pair_begin(asked, &held->times[i], common);
        struct overlap_clash clash = {.asked_time = asked_time, .held_time = i, .line = held->line};
        if (!pair_next(&pair, *before, &clash))
            continue;
        *best = clash;
        *before = overlap_common(&clash).start;
        found = true;
    }
    return found;
}

bool overlap_entry_find(const struct time_rule *times, uint16_t count,
                        const struct overlap_entry *held, int64_t *before,
                        struct overlap_clash *best)
{
    bool found = false;
    for (uint16_t t = 0; t < count; t++)
        found |= time_find(&times[t], t, held, before, best);
    return found;
}

bool overlap_in_line(const struct time_rule *times, uint16_t index, struct overlap_clash *clash)
{
    int64_t before = INT64_MAX;
    struct overlap_entry held = {.times = times, .times_count = index};
    return time_find(&times[index], index, &held, &before, clash);
}

/* ---- the set ---- */

void overlap_init(struct overlap_set *set, struct arena *arena)
{
    CHECK(arena != NULL);
    *set = (struct overlap_set){.arena = arena};
}

struct occurrence overlap_span(const struct time_rule *times, uint16_t count)
{
    struct occurrence span = {0, 0};
    for (uint16_t i = 0; i < count; i++) {
        struct occurrence one = rule_span(&times[i]);
        if (one.start >= one.end)
            continue;
        if (span.start >= span.end) {
            span = one;
            continue;
        }
        span.start = one.start < span.start ? one.start : span.start;
        span.end = one.end > span.end ? one.end : span.end;
    }
    return span;
}

bool overlap_insert(struct overlap_set *set, const struct overlap_line *line)
{
    CHECK(line->times != NULL || line->times_count == 0);
    if (set->count == set->capacity) {
        uint32_t capacity = set->capacity == 0 ? 16 : set->capacity * 2;
        struct overlap_entry *entries = arena_array(set->arena, capacity, sizeof *entries);
        if (entries == NULL)
            return false;
        if (set->count > 0)
            memcpy(entries, set->entries, set->count * sizeof *entries);
        set->entries = entries;
        set->capacity = capacity;
    }
    set->entries[set->count++] = (struct overlap_entry){
        .line = line->line,
        .times_count = line->times_count,
        .times = line->times,
        .span = overlap_span(line->times, line->times_count),
    };
    return true;
}

bool overlap_remove(struct overlap_set *set, uint32_t line)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->entries[i].line != line)
            continue;
        set->count--;
        memmove(&set->entries[i], &set->entries[i + 1], (set->count - i) * sizeof set->entries[i]);
        return true;
    }
    return false;
}

bool overlap_find(const struct overlap_set *set, const struct time_rule *times, uint16_t count,
                  struct overlap_clash *clash)
{
    struct occurrence span = overlap_span(times, count);
    int64_t before = INT64_MAX;
    bool found = false;
    for (uint32_t i = 0; i < set->count; i++) {
        const struct overlap_entry *entry = &set->entries[i];
        if (!occurrences_clash(span, entry->span))
            continue;
        found |= overlap_entry_find(times, count, entry, &before, clash);
    }
    return found;
}

/* All clashes between one asked time and one time of a line, from out[used] on. */
static uint32_t pair_list(const struct time_rule *asked, const struct time_rule *held,
                          struct overlap_clash what, struct overlap_clash *out, uint32_t used,
                          uint32_t max)
{
    struct occurrence common = clash_common(rule_span(asked), rule_span(held));
    if (common.start >= common.end)
        return used;
    struct pair pair = pair_begin(asked, held, common);
    while (used < max && pair_next(&pair, INT64_MAX, &what))
        out[used++] = what;
    return used;
}

uint32_t overlap_list(const struct overlap_set *set, const struct time_rule *times, uint16_t count,
                      struct overlap_clash *out, uint32_t max)
{
    struct occurrence span = overlap_span(times, count);
    uint32_t used = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        const struct overlap_entry *entry = &set->entries[i];
        if (!occurrences_clash(span, entry->span))
            continue;
        for (uint16_t t = 0; t < count; t++)
            for (uint16_t h = 0; h < entry->times_count; h++)
                used = pair_list(
                    &times[t], &entry->times[h],
                    (struct overlap_clash){.asked_time = t, .held_time = h, .line = entry->line},
                    out, used, max);
    }
    return used;
}
