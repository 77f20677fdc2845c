#include "base/arena.h"
#include "model/overlap.h"
#include "tests/lib/heap.h"
#include "tests/lib/t.h"
#include "tests/unit/model/rules_random.h"
#include <string.h>

enum { LINES = 12, TIMES = 3 };

struct random_line {
    struct random_time made[TIMES];
    struct time_rule times[TIMES];
    struct overlap_line line;
};

static void random_line(struct prng *prng, struct random_line *line, uint32_t handle)
{
    line->line.times_count = (uint16_t)(1 + prng_below(prng, TIMES));
    line->line.times = line->times;
    line->line.line = handle;
    for (uint16_t i = 0; i < line->line.times_count; i++) {
        random_time(prng, &line->made[i], 0, 20000, prng_chance(prng, 3) ? 200 : 20);
        line->times[i] = line->made[i].rule;
    }
}

/* What overlap_find says of a line against the set, then against the lines before it. */
static struct overlap_verdict by_pairs(const struct overlap_set *set,
                                       const struct overlap_line *lines, uint32_t at,
                                       struct arena *arena)
{
    struct overlap_verdict verdict = {0};
    const struct overlap_line *asked = &lines[at];
    verdict.with_set = overlap_find(set, asked->times, asked->times_count, &verdict.clash);
    if (verdict.with_set)
        return verdict;
    struct overlap_set before;
    overlap_init(&before, arena);
    for (uint32_t i = 0; i < at; i++)
        T_TRUE(overlap_insert(&before, &lines[i]));
    verdict.with_line = overlap_find(&before, asked->times, asked->times_count, &verdict.clash);
    return verdict;
}

static void expect_same(const struct overlap_verdict *got, const struct overlap_verdict *want)
{
    T_EQ_INT(got->with_set, want->with_set);
    T_EQ_INT(got->with_line, want->with_line);
    if (!want->with_set && !want->with_line)
        return;
    T_EQ_UINT(got->clash.line, want->clash.line);
    T_EQ_UINT(got->clash.asked_time, want->clash.asked_time);
    T_EQ_UINT(got->clash.held_time, want->clash.held_time);
    T_EQ_MEM(&got->clash.asked, &want->clash.asked, sizeof got->clash.asked);
    T_EQ_MEM(&got->clash.held, &want->clash.held, sizeof got->clash.held);
}

TEST(a_sweep_says_what_pairs_say)
{
    static struct random_line made[LINES];
    struct overlap_line body[LINES];
    struct prng prng;
    struct arena arena;
    prng_seed(&prng, 22);
    arena_init(&arena, 4096, 0);
    uint32_t kinds[3] = {0};
    for (int round = 0; round < 2000; round++) {
        struct overlap_set set;
        struct overlap_verdict got[LINES];
        uint32_t held = (uint32_t)prng_below(&prng, LINES);
        overlap_init(&set, &arena);
        for (uint32_t i = 0; i < LINES; i++)
            random_line(&prng, &made[i], i + 100);
        for (uint32_t i = 0; i < held; i++)
            T_TRUE(overlap_insert(&set, &made[i].line));
        for (uint32_t i = held; i < LINES; i++)
            body[i - held] = made[i].line;
        T_TRUE(overlap_body(&set, body, LINES - held, got));
        for (uint32_t i = 0; i < LINES - held; i++) {
            struct overlap_verdict want = by_pairs(&set, body, i, &arena);
            expect_same(&got[i], &want);
            kinds[want.with_set ? 0 : want.with_line ? 1 : 2]++;
        }
        arena_reset(&arena);
    }
    T_TRUE(kinds[0] > 500 && kinds[1] > 500 && kinds[2] > 500); /* of every kind */
    arena_deinit(&arena);
}

TEST(an_empty_body_and_drafts_clash_with_nothing)
{
    struct arena arena;
    struct overlap_set set;
    struct overlap_verdict got[2];
    struct time_rule missing = {.mode = TIME_CONTINUOUS, .start = 100, .end = LOCAL_NONE};
    struct overlap_line body[2] = {{1, 1, &missing}, {2, 0, NULL}};
    arena_init(&arena, 4096, 0);
    overlap_init(&set, &arena);
    T_TRUE(overlap_body(&set, NULL, 0, NULL));
    T_TRUE(overlap_insert(&set, &body[0]));
    T_TRUE(overlap_body(&set, body, 2, got));
    T_FALSE(got[0].with_set || got[0].with_line || got[1].with_set || got[1].with_line);
    arena_deinit(&arena);
}

/* 250 lines of 50 times of 20 days each that all interleave: 78 million pairs of rules. By pairs it
 * held a loop for seconds (the review of issue 3); nothing is timed here, the runner's limit under
 * sanitizers is what by-pairs would not keep. */
TEST(a_full_body_is_swept)
{
    enum { FULL = 250, EACH = 50 };
    static struct time_rule rules[FULL][EACH];
    static struct overlap_line body[FULL];
    static struct overlap_verdict got[FULL];
    struct arena arena;
    struct overlap_set set;
    arena_init(&arena, 1 << 16, 0);
    overlap_init(&set, &arena);
    for (uint32_t i = 0; i < FULL; i++) {
        for (uint32_t t = 0; t < EACH; t++)
            rules[i][t] = (struct time_rule){.mode = TIME_RECURRING,
                                             .rule = RULE_EVERY_N_DAYS,
                                             .every = EACH,
                                             .from = (int32_t)(20000 + t),
                                             .to = (int32_t)(20000 + t + 19 * EACH),
                                             .at = (uint16_t)(i * 5),
                                             .until = (uint16_t)(i * 5 + 5)};
        body[i] = (struct overlap_line){i, EACH, rules[i]};
    }
    T_TRUE(overlap_body(&set, body, FULL, got));
    for (uint32_t i = 0; i < FULL; i++)
        T_FALSE(got[i].with_set || got[i].with_line);
    rules[FULL - 1][EACH - 1].at--; /* one minute, on the last of all days too */
    T_TRUE(overlap_body(&set, body, FULL, got));
    T_TRUE(got[FULL - 1].with_line);
    T_EQ_UINT(got[FULL - 1].clash.line, FULL - 2);
    arena_deinit(&arena);
}

static void attempt(void *context)
{
    struct overlap_line *body = context;
    struct overlap_verdict got[2];
    struct overlap_set set;
    struct arena arena;
    arena_init(&arena, 256, 0);
    overlap_init(&set, &arena);
    bool done = overlap_body(&set, body, 2, got);
    T_EQ_INT(done, !heap_failed());
    if (done)
        T_TRUE(got[1].with_line);
    arena_deinit(&arena);
}

TEST(a_full_arena_is_told)
{
    struct time_rule day = {.mode = TIME_CONTINUOUS, .start = 100, .end = 200};
    struct overlap_line body[2] = {{1, 1, &day}, {2, 1, &day}};
    T_TRUE(heap_sweep(attempt, body) > 0);
}

T_LIST(overlap_sweep_test, T(a_sweep_says_what_pairs_say),
       T(an_empty_body_and_drafts_clash_with_nothing), T(a_full_body_is_swept),
       T(a_full_arena_is_told));
