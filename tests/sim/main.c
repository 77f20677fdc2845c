/* simulator [--seeds N] [--first S] [--twice N] [--off RULE,…] [--trace]
 * simulator --controls [--seeds N] [--first S]
 * simulator --scenarios [--golden FOLDER] [--write]
 * simulator --regressions FILE
 *
 * Prints totals and one line `ok NAME` or `not ok NAME` for each thing it has shown. */
#include "base/check.h"
#include "tests/sim/play.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS_DEFAULT = 1000, TWICE_MAX = 1000, FAILURES_SHOWN = 10 };

struct options {
    uint64_t first;
    uint32_t seeds, twice;
    bool seeds_given, trace, controls, scenarios, write;
    const char *regressions, *golden;
};

static uint64_t playing; /* for the line printed when a CHECK fails */

static void say_seed(void *context)
{
    (void)context;
    (void)fprintf(stderr, "while playing seed %" PRIu64 "\n", playing);
}

static struct verdict play(uint64_t seed, FILE *trace)
{
    playing = seed;
    return play_seed(seed, trace);
}

static void say_failure(const struct verdict *verdict)
{
    printf("FAILED seed %" PRIu64 ": %s: %s\n", verdict->seed, verdict->invariant,
           verdict->failure);
}

static int say(bool good, const char *name)
{
    printf("%s %s\n", good ? "ok" : "not ok", name);
    return good ? 0 : 1;
}

static void say_totals(const struct totals *totals, uint32_t seeds)
{
    printf("%u seeds: %" PRIu64 " requests, %" PRIu64 " answers, %" PRIu64 " groups, %" PRIu64
           " crashes, %" PRIu64 " reloads, %" PRIu64 " retries, %" PRIu64 " drops\n",
           seeds, totals->calls, totals->answers, totals->groups, totals->crashes, totals->reloads,
           totals->retries, totals->drops);
    printf("  %" PRIu64 " turns, %" PRIu64 " effects, %" PRIu64 " answers lost on the way, %" PRIu64
           " segments reused, %" PRIu64 " waits for the applier, %" PRIu64 " looks at the whole\n",
           totals->turns, totals->effects, totals->lost, totals->segments_reused, totals->waits,
           totals->looks);
    printf("  %" PRIu64 " calls at NHI, %" PRIu64 " approvals in effect there, %" PRIu64
           " sheets, %" PRIu64 " imports\n",
           totals->documents, totals->in_effect, totals->sheets, totals->imports);
}

/* What DESIGN and the issue ask of a run: enough of everything, or it has shown nothing. */
static int say_enough(const struct totals *totals, uint64_t seeds, bool whole)
{
    int bad = 0;
    bad += say(totals->calls >= 300 * seeds, "requests_a_seed_at_least_300");
    bad += say(totals->crashes >= 7 * seeds, "crashes_a_seed_at_least_7");
    bad += say(totals->drops >= 2 * seeds, "dropped_batches_a_seed_at_least_2");
    bad += say(totals->reloads >= seeds, "reloads_a_seed_at_least_1");
    bad += say(totals->documents >= 5 * seeds, "calls_at_nhi_a_seed_at_least_5");
    bad += say(totals->in_effect >= 3 * seeds, "approvals_in_effect_a_seed_at_least_3");
    bad += say(totals->sheets >= 3 * seeds, "sheets_a_seed_at_least_3");
    bad += say(totals->imports >= seeds, "imports_a_seed_at_least_1");
    if (whole) {
        bad += say(totals->answers >= 200000, "answers_at_least_200000");
        bad += say(totals->crashes >= 5000, "crashes_at_least_5000");
    }
    return bad;
}

static int seeds_run(const struct options *options)
{
    struct totals totals = {0};
    uint32_t failed = 0;
    uint32_t differ = 0;
    for (uint32_t i = 0; i < options->seeds; i++) {
        struct verdict verdict = play(options->first + i, options->trace ? stdout : NULL);
        totals_add(&totals, &verdict.totals);
        if (verdict.failed) {
            failed++;
            if (failed <= FAILURES_SHOWN) {
                say_failure(&verdict);
            }
        }
        if (i < options->twice) {
            struct verdict again = play(options->first + i, NULL);
            differ += again.hash != verdict.hash ? 1 : 0;
        }
    }
    say_totals(&totals, options->seeds);
    printf("  %u of them failed; %u were played twice\n", failed,
           options->twice < options->seeds ? options->twice : options->seeds);
    int bad = say(failed == 0, "no_invariant_broke");
    bad += say(differ == 0, "same_seed_same_trace");
    bool any_off = false;
    for (int i = 0; i < RULE_COUNT; i++) {
        any_off = any_off || rules_off[i];
    }
    if (!any_off && options->seeds >= 20) {
        bad += say_enough(&totals, options->seeds, options->seeds >= SEEDS_DEFAULT);
    }
    return bad == 0 ? 0 : 1;
}

/* A line a seed that once failed: `SEED why`; `#` begins a comment. */
static int regressions_run(const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        (void)fprintf(stderr, "can't read %s\n", path);
        return 1;
    }
    char line[256];
    uint32_t played = 0;
    uint32_t failed = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        char *end = NULL;
        uint64_t seed = strtoull(line, &end, 10);
        if (end == line) {
            continue;
        }
        struct verdict verdict = play(seed, NULL);
        played++;
        if (verdict.failed) {
            failed++;
            say_failure(&verdict);
        }
    }
    (void)fclose(file);
    printf("%u seeds that once failed\n", played);
    return say(failed == 0 && played > 0, "regressions");
}

/* ---- arguments ---- */

static int usage(const char *what)
{
    (void)fprintf(stderr,
                  "%s\nusage: simulator [--seeds N] [--first S] [--twice N] [--off RULE,...] "
                  "[--trace]\n"
                  "       simulator --controls [--seeds N] [--first S]\n"
                  "       simulator --scenarios [--golden FOLDER] [--write]\n"
                  "       simulator --regressions FILE\nrules:\n",
                  what);
    for (int i = 0; i < RULE_COUNT; i++) {
        (void)fprintf(stderr, "  %-18s %s\n", rule_name((enum rule)i), rule_sentence((enum rule)i));
    }
    return 2;
}

static bool off_parse(const char *names)
{
    while (*names != '\0') {
        char name[64];
        size_t size = strcspn(names, ",");
        enum rule rule;
        (void)snprintf(name, sizeof name, "%.*s", (int)size, names);
        if (!rule_parse(name, &rule)) {
            return false;
        }
        rules_off[rule] = true;
        names += size + (names[size] == ',' ? 1 : 0);
    }
    return true;
}

static bool flag_parse(struct options *options, const char *flag)
{
    if (strcmp(flag, "--trace") == 0) {
        options->trace = true;
    } else if (strcmp(flag, "--controls") == 0) {
        options->controls = true;
    } else if (strcmp(flag, "--scenarios") == 0) {
        options->scenarios = true;
    } else if (strcmp(flag, "--write") == 0) {
        options->write = true;
    } else {
        return false;
    }
    return true;
}

static bool value_parse(struct options *options, const char *flag, const char *value)
{
    if (value == NULL) {
        return false;
    }
    if (strcmp(flag, "--seeds") == 0) {
        options->seeds = (uint32_t)strtoul(value, NULL, 10);
        options->seeds_given = true;
    } else if (strcmp(flag, "--first") == 0) {
        options->first = strtoull(value, NULL, 10);
    } else if (strcmp(flag, "--twice") == 0) {
        options->twice = (uint32_t)strtoul(value, NULL, 10);
    } else if (strcmp(flag, "--golden") == 0) {
        options->golden = value;
    } else if (strcmp(flag, "--regressions") == 0) {
        options->regressions = value;
    } else {
        return strcmp(flag, "--off") == 0 && off_parse(value);
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options options = {
        .first = 1, .seeds = SEEDS_DEFAULT, .twice = TWICE_MAX, .golden = "tests/sim/golden"};
    for (int i = 1; i < argc; i++) {
        if (flag_parse(&options, argv[i])) {
            continue;
        }
        if (!value_parse(&options, argv[i], i + 1 < argc ? argv[i + 1] : NULL)) {
            return usage(argv[i]);
        }
        i++;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    check_on_fail(say_seed, NULL);
    if (options.controls) {
        return controls_run(options.first, options.seeds_given ? options.seeds : 500);
    }
    if (options.scenarios) {
        return scenarios_run(options.golden, options.write);
    }
    if (options.regressions != NULL) {
        return regressions_run(options.regressions);
    }
    return seeds_run(&options);
}
