/* Many lines of one person at once: all occurrences pass in order of their starts, so two can clash
 * only if the earlier has not ended yet. The sweep finds which line meets which; the details of a
 * clash (which times of theirs) are then looked up between those two alone. */
#include "base/arena.h"
#include "base/check.h"
#include "model/overlap_private.h"

enum { NO_LINE = -1 };

struct source { /* one time of one line, at its present occurrence */
    struct occurrence_cursor cursor;
    struct occurrence now;
    uint32_t line; /* entries of the set first, then the body's lines, as they came */
};

struct open_line { /* a line of which an occurrence has begun and not ended */
    int64_t end;
    uint32_t line;
};

struct met { /* the earliest line met: by the start of the common part, then by order */
    int64_t start;
    int32_t line;
};

struct sweep {
    struct source *heap; /* by start, the earliest on top */
    uint32_t heap_count;
    struct open_line *open;
    uint32_t open_count;
    struct met *in_set, *in_body; /* of each line of the body */
    uint32_t held;                /* lines below this one are the set's */
};

/* ---- the heap ---- */

static bool starts_before(const struct source *a, const struct source *b)
{
    return a->now.start < b->now.start;
}

static void heap_sink(struct sweep *sweep, uint32_t at)
{
    struct source moved = sweep->heap[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= sweep->heap_count)
            break;
        if (child + 1 < sweep->heap_count &&
            starts_before(&sweep->heap[child + 1], &sweep->heap[child]))
            child++;
        if (!starts_before(&sweep->heap[child], &moved))
            break;
        sweep->heap[at] = sweep->heap[child];
        at = child;
    }
    sweep->heap[at] = moved;
}

static void heap_order(struct sweep *sweep)
{
    for (uint32_t at = sweep->heap_count / 2; at-- > 0;)
        heap_sink(sweep, at);
}

static void heap_advance(struct sweep *sweep, int64_t until)
{
    struct source *top = &sweep->heap[0];
    if (!occurrence_next(&top->cursor, &top->now) || top->now.start >= until) {
        *top = sweep->heap[--sweep->heap_count];
        if (sweep->heap_count == 0)
            return;
    }
    heap_sink(sweep, 0);
}

/* ---- who meets whom ---- */

static void keep_earliest(struct met *met, int64_t start, uint32_t line)
{
    bool better = met->line == NO_LINE || start < met->start ||
                  (start == met->start && (int32_t)line < met->line);
    if (better)
        *met = (struct met){start, (int32_t)line};
}

/* Two lines share time from `start` on: the one that stands behind has the clash. */
static void meet(struct sweep *sweep, uint32_t a, uint32_t b, int64_t start)
{
    uint32_t asked = a > b ? a : b, held = a > b ? b : a;
    if (a == b || asked < sweep->held)
        return;
    uint32_t at = asked - sweep->held;
    keep_earliest(held < sweep->held ? &sweep->in_set[at] : &sweep->in_body[at], start, held);
}

/* One entry a line: of its own occurrences that overlap, the last to end stays. */
static void open_add(struct sweep *sweep, uint32_t line, int64_t end)
{
    for (uint32_t i = 0; i < sweep->open_count; i++) {
        if (sweep->open[i].line != line)
            continue;
        sweep->open[i].end = end > sweep->open[i].end ? end : sweep->open[i].end;
        return;
    }
    sweep->open[sweep->open_count++] = (struct open_line){end, line};
}

static void occurrence_begins(struct sweep *sweep, const struct source *source)
{
    for (uint32_t i = 0; i < sweep->open_count;) {
        if (sweep->open[i].end <= source->now.start) {
            sweep->open[i] = sweep->open[--sweep->open_count];
            continue;
        }
        meet(sweep, sweep->open[i].line, source->line, source->now.start);
        i++;
    }
    open_add(sweep, source->line, source->now.end);
}

/* ---- the sweep ---- */

static void source_add(struct sweep *sweep, const struct time_rule *times, uint16_t count,
                       uint32_t line, struct occurrence within)
{
    for (uint16_t t = 0; t < count; t++) {
        struct source source = {.cursor = occurrence_begin(&times[t]), .line = line};
        occurrence_seek(&source.cursor, within.start);
        if (occurrence_next(&source.cursor, &source.now) && source.now.start < within.end)
            sweep->heap[sweep->heap_count++] = source;
    }
}

static bool sweep_allocate(struct sweep *sweep, const struct overlap_set *set,
                           const struct overlap_line *lines, uint32_t count)
{
    size_t sources = 0;
    for (uint32_t i = 0; i < set->count; i++)
        sources += set->entries[i].times_count;
    for (uint32_t i = 0; i < count; i++)
        sources += lines[i].times_count;
    sweep->heap = arena_array(set->arena, sources, sizeof *sweep->heap);
    sweep->open = arena_array(set->arena, (size_t)set->count + count, sizeof *sweep->open);
    sweep->in_set = arena_array(set->arena, count, sizeof *sweep->in_set);
    sweep->in_body = arena_array(set->arena, count, sizeof *sweep->in_body);
    return sweep->heap != NULL && sweep->open != NULL && sweep->in_set != NULL &&
           sweep->in_body != NULL;
}

static struct occurrence body_span(const struct overlap_line *lines, uint32_t count)
{
    struct occurrence all = {INT64_MAX, INT64_MIN};
    for (uint32_t i = 0; i < count; i++) {
        struct occurrence span = overlap_span(lines[i].times, lines[i].times_count);
        if (span.start >= span.end)
            continue;
        all.start = span.start < all.start ? span.start : all.start;
        all.end = span.end > all.end ? span.end : all.end;
    }
    return all;
}

static void sweep_run(struct sweep *sweep, const struct overlap_set *set,
                      const struct overlap_line *lines, uint32_t count)
{
    struct occurrence within = body_span(lines, count);
    for (uint32_t i = 0; i < set->count; i++)
        if (occurrences_clash(set->entries[i].span, within))
            source_add(sweep, set->entries[i].times, set->entries[i].times_count, i, within);
    for (uint32_t i = 0; i < count; i++)
        source_add(sweep, lines[i].times, lines[i].times_count, sweep->held + i, within);
    heap_order(sweep);
    while (sweep->heap_count > 0) {
        occurrence_begins(sweep, &sweep->heap[0]);
        heap_advance(sweep, within.end);
    }
}

static struct overlap_entry entry_of(const struct overlap_set *set,
                                     const struct overlap_line *lines, uint32_t line)
{
    if (line < set->count)
        return set->entries[line];
    const struct overlap_line *held = &lines[line - set->count];
    return (struct overlap_entry){
        .line = held->line, .times_count = held->times_count, .times = held->times};
}

bool overlap_body(const struct overlap_set *set, const struct overlap_line *lines, uint32_t count,
                  struct overlap_verdict *verdicts)
{
    struct sweep sweep = {.held = set->count};
    if (count == 0)
        return true;
    if (count == 1) { /* the usual case: the cursors of two rules leap */
        verdicts[0] = (struct overlap_verdict){0};
        verdicts[0].with_set =
            overlap_find(set, lines[0].times, lines[0].times_count, &verdicts[0].clash);
        return true;
    }
    if (!sweep_allocate(&sweep, set, lines, count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        sweep.in_set[i] = sweep.in_body[i] = (struct met){0, NO_LINE};
    sweep_run(&sweep, set, lines, count);
    for (uint32_t i = 0; i < count; i++) {
        verdicts[i] = (struct overlap_verdict){.with_set = sweep.in_set[i].line != NO_LINE};
        verdicts[i].with_line = !verdicts[i].with_set && sweep.in_body[i].line != NO_LINE;
        if (!verdicts[i].with_set && !verdicts[i].with_line)
            continue;
        struct met met = verdicts[i].with_set ? sweep.in_set[i] : sweep.in_body[i];
        struct overlap_entry held = entry_of(set, lines, (uint32_t)met.line);
        int64_t before = INT64_MAX;
        bool found = overlap_entry_find(lines[i].times, lines[i].times_count, &held, &before,
                                        &verdicts[i].clash);
        CHECK(found && before == met.start);
    }
    return true;
}
