/* kill -9 at random moments, inside recovery too: what was acknowledged over a pipe is there, whole
 * and in order, and the store is sound. The ledger is the parent's; the store is only ever open in
 * children. */
#include "base/prng.h"
#include "storage/doctor.h"
#include "tests/unit/storage/rig.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 20, ROWS_MAX = 12 };

struct plan {                 /* of one child's life */
    uint64_t acknowledged;    /* groups that must be there */
    unsigned die_in_recovery; /* at this call of progress; 0: not */
    uint32_t apply_gap_ms;
    unsigned acks; /* killed when the parent has read so many */
    int pipe[2];
};

/* Group n writes rows (n % 5, 0 … n % ROWS_MAX) with n, erases (n % 5 + 1, 0) and appends to the
 * audit log; so the state after group n can be told from n alone. */
static void stage_group(struct rig *rig, uint64_t n)
{
    for (uint32_t i = 0; i <= n % ROWS_MAX; i++) {
        struct row_key key = rig_key(n % 5, i);
        rig_put(rig, TABLE_CASE, rig_key_bytes(&key), bytes_of(&n, sizeof n));
    }
    struct row_key erased = rig_key(n % 5 + 1, 0);
    rig_erase(rig, TABLE_CASE, rig_key_bytes(&erased));
    rig_append(rig, TABLE_AUDIT, bytes_of(&n, sizeof n));
}

/* The last group up to `position` that wrote or erased this key; 0: absent. */
static uint64_t expected_value(uint64_t position, uint64_t owner, uint32_t i)
{
    for (uint64_t n = position; n > 0; n--) {
        if (i == 0 && n % 5 + 1 == owner)
            return 0;
        if (n % 5 == owner && i <= n % ROWS_MAX)
            return n;
    }
    return 0;
}

static void report_finding(void *self, const struct finding *finding)
{
    (void)self;
    T_FAIL("%s: %s", finding->what, finding->sentence);
}

static void check_state(struct rig *rig, uint64_t acknowledged)
{
    uint64_t position = store_position(rig->store);
    T_TRUE(position >= acknowledged);
    T_TRUE(position <= acknowledged + 1); /* one group in flight */
    for (uint64_t owner = 0; owner < 6; owner++) {
        for (uint32_t i = 0; i < ROWS_MAX; i++) {
            struct row_key key = rig_key(owner, i);
            uint64_t value = expected_value(position, owner, i);
            if (value == 0)
                rig_expect_none(rig, TABLE_CASE, rig_key_bytes(&key));
            else
                rig_expect(rig, TABLE_CASE, rig_key_bytes(&key), bytes_of(&value, sizeof value));
        }
    }
    T_EQ_UINT(rig_count(rig, TABLE_AUDIT, bytes_of(NULL, 0)), position);
}

static unsigned progress_calls, die_at_call;

static void die_sometimes(void *self, uint32_t percent)
{
    (void)self;
    (void)percent;
    if (++progress_calls == die_at_call)
        raise(SIGKILL);
}

/* Opens, checks, then writes and acknowledges until it is killed. */
_Noreturn static void live(struct rig *rig, const struct plan *plan)
{
    die_at_call = plan->die_in_recovery;
    rig->config.progress = die_sometimes;
    rig->config.apply_gap_ms = plan->apply_gap_ms;
    close(plan->pipe[0]);
    T_OK(rig_open(rig));
    check_state(rig, plan->acknowledged);
    uint64_t n = store_position(rig->store);
    T_EQ_INT(write(plan->pipe[1], &n, sizeof n), sizeof n); /* what was in doubt is settled */
    for (;;) {
        stage_group(rig, ++n);
        T_OK(rig_commit(rig));
        T_EQ_INT(write(plan->pipe[1], &n, sizeof n), sizeof n);
    }
}

/* Lets a child live and dies it; returns what it acknowledged last. */
static uint64_t one_life(struct rig *rig, struct plan *plan)
{
    T_EQ_INT(pipe(plan->pipe), 0);
    fflush(NULL);
    pid_t child = fork();
    T_TRUE(child >= 0);
    if (child == 0)
        live(rig, plan);
    close(plan->pipe[1]);
    uint64_t last = plan->acknowledged, n = 0;
    unsigned seen = 0;
    while (read(plan->pipe[0], &n, sizeof n) == (ssize_t)sizeof n) {
        T_TRUE(n == last + 1 || (seen == 0 && n >= last));
        last = n;
        if (seen++ == plan->acks)
            kill(child, SIGKILL);
    }
    close(plan->pipe[0]);
    int status = 0;
    T_EQ_INT(waitpid(child, &status, 0), child);
    T_TRUE(WIFSIGNALED(status));
    T_EQ_INT(WTERMSIG(status), SIGKILL);
    return last;
}

static void verify_whole(struct rig *rig)
{
    struct doctor doctor = {.report = report_finding};
    uint64_t rows = 0, bad = 0;
    T_OK(doctor_verify(rig->store, &doctor, &rows, &bad));
    T_EQ_UINT(bad, 0);
}

TEST(what_was_acknowledged_survives_kills_at_any_moment)
{
    struct rig rig;
    struct prng prng;
    uint64_t acknowledged = 0;
    unsigned died_in_recovery = 0;
    prng_seed(&prng, 11);
    rig_init(&rig, "s");
    T_OK(store_create(rig.config.directory));
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct plan plan = {.acknowledged = acknowledged,
                            .apply_gap_ms = prng_chance(&prng, 2) ? 1 : 3600 * 1000,
                            .acks = (unsigned)prng_below(&prng, 60)};
        if (prng_chance(&prng, 3))
            plan.die_in_recovery = 1 + (unsigned)prng_below(&prng, 40);
        uint64_t last = one_life(&rig, &plan);
        died_in_recovery += plan.die_in_recovery > 0 && last == acknowledged;
        acknowledged = last;
    }
    T_TRUE(died_in_recovery > 0);
    T_TRUE(acknowledged > ROUNDS);
    T_OK(rig_open(&rig));
    check_state(&rig, acknowledged);
    verify_whole(&rig);
    rig_end(&rig);
}

T_LIST(crash_test, T(what_was_acknowledged_survives_kills_at_any_moment));
