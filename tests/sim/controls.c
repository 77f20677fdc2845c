/* Does the simulator show its worth? Each protecting rule is switched off in turn; the oracle must
 * miss it, by name of an invariant (issue "The simulator"). Each seed is played in a child of its
 * own: without a rule the server may well end itself by a CHECK, which does not count as seen by
 * the oracle. */
#include "base/check.h"
#include "tests/sim/play.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SEEDS_AT_LEAST = 40, INVARIANTS_MAX = 16 };

struct tally {
    uint32_t played, failed, checks;
    uint32_t count;
    struct {
        char invariant[8];
        uint32_t times;
    } by[INVARIANTS_MAX];
    char example[FAILURE_MAX];
    uint64_t example_seed;
};

static void tally_add(struct tally *tally, const struct verdict *verdict)
{
    tally->failed++;
    if (tally->example[0] == '\0') {
        memcpy(tally->example, verdict->failure, sizeof tally->example);
        tally->example_seed = verdict->seed;
    }
    uint32_t at = 0;
    while (at < tally->count && strcmp(tally->by[at].invariant, verdict->invariant) != 0) {
        at++;
    }
    if (at == tally->count) {
        CHECK(at < INVARIANTS_MAX);
        memcpy(tally->by[at].invariant, verdict->invariant, sizeof tally->by[at].invariant);
        tally->count++;
    }
    tally->by[at].times++;
}

/* In the child: play, write the verdict, go without cleaning up. */
static _Noreturn void child_play(int out, uint64_t seed)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)dup2(nowhere, STDERR_FILENO);
    struct verdict verdict = play_seed(seed, NULL);
    ssize_t written = write(out, &verdict, sizeof verdict);
    _exit(written == (ssize_t)sizeof verdict ? 0 : 1);
}

static void control_seed(struct tally *tally, uint64_t seed)
{
    int pipes[2];
    if (pipe(pipes) != 0) {
        CHECK(false);
    }
    (void)fflush(stdout);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        child_play(pipes[1], seed);
    }
    (void)close(pipes[1]);
    struct verdict verdict;
    ssize_t size = read(pipes[0], &verdict, sizeof verdict);
    (void)close(pipes[0]);
    int status = 0;
    (void)waitpid(child, &status, 0);
    tally->played++;
    if (size != (ssize_t)sizeof verdict) {
        tally->checks++;
    } else if (verdict.failed) {
        tally_add(tally, &verdict);
    }
}

static int control_rule(enum rule rule, uint64_t first, uint32_t seeds_max)
{
    struct tally tally = {0};
    rules_off[rule] = true;
    for (uint32_t i = 0; i < seeds_max && (i < SEEDS_AT_LEAST || tally.failed == 0); i++) {
        control_seed(&tally, first + i);
    }
    rules_off[rule] = false;
    char by[128] = "";
    for (uint32_t i = 0; i < tally.count; i++) {
        size_t used = strlen(by);
        (void)snprintf(by + used, sizeof by - used, " %s:%u", tally.by[i].invariant,
                       tally.by[i].times);
    }
    printf("%-18s off: %4u of %4u seeds fail %-28s CHECK: %u\n", rule_name(rule), tally.failed,
           tally.played, by, tally.checks);
    if (tally.failed > 0) {
        printf("    seed %" PRIu64 ": %s\n", tally.example_seed, tally.example);
    }
    printf("%s control.%s\n", tally.failed > 0 ? "ok" : "not ok", rule_name(rule));
    return tally.failed > 0 ? 0 : 1;
}

int controls_run(uint64_t first, uint32_t seeds_max)
{
    int bad = 0;
    for (int rule = 0; rule < RULE_COUNT; rule++) {
        bad += control_rule((enum rule)rule, first, seeds_max);
    }
    return bad == 0 ? 0 : 1;
}
