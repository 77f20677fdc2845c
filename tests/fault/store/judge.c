#include "tests/fault/store/judge.h"
#include "base/check.h"
#include "storage/doctor.h"
#include "storage/parts.h"
#include "tests/fault/store/ops.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS_MAX = 60 };

struct opened {
    struct store *store;
    struct batch batch;
    pthread_mutex_t lock;
    pthread_cond_t home;
    bool away;
    char finding[VERDICT_SIZE];
};

static void on_home(void *self, struct batch *batch, enum err status)
{
    struct opened *opened = self;
    CHECK(batch == &opened->batch && status == ERR_OK);
    pthread_mutex_lock(&opened->lock);
    opened->away = false;
    pthread_cond_signal(&opened->home);
    pthread_mutex_unlock(&opened->lock);
}

static enum err open_store(struct opened *opened, const struct image *image)
{
    CHECK(pthread_mutex_init(&opened->lock, NULL) == 0);
    CHECK(pthread_cond_init(&opened->home, NULL) == 0);
    CHECK(batch_init(&opened->batch, 0) == ERR_OK);
    struct store_config config = {.directory = image->directory,
                                  .segment_mib = 1,
                                  .map_gib = 1,
                                  .apply_gap_ms = 3600 * 1000,
                                  .home = on_home,
                                  .self = opened};
    enum err err = store_open(&config, &opened->store);
    if (err != ERR_NOT_FOUND || image->acked > 0)
        return err;
    err = store_create(image->directory);
    return err == ERR_OK ? store_open(&config, &opened->store) : err;
}

static void report(void *self, const struct finding *finding)
{
    struct opened *opened = self;
    if (opened->finding[0] == '\0')
        snprintf(opened->finding, sizeof opened->finding, "%s: %s", finding->what,
                 finding->sentence);
}

static void write_one(struct opened *opened, uint64_t seed, uint64_t number)
{
    batch_begin(&opened->batch, number);
    ops_stage(&opened->batch, seed, number);
    opened->away = true;
    store_commit(opened->store, &opened->batch);
    pthread_mutex_lock(&opened->lock);
    while (opened->away)
        pthread_cond_wait(&opened->home, &opened->lock);
    pthread_mutex_unlock(&opened->lock);
}

static const char *compare(struct opened *opened, uint64_t seed, uint64_t count)
{
    struct snapshot *snapshot = NULL;
    struct ops_model model;
    ops_model(seed, count, &model);
    if (snapshot_open(opened->store, &snapshot) != ERR_OK)
        return "no snapshot";
    const char *wrong = ops_compare(snapshot, &model);
    snapshot_close(snapshot);
    return wrong;
}

static void examine(const struct image *image, char verdict[VERDICT_SIZE])
{
    struct opened opened = {0};
    enum err err = open_store(&opened, image);
    if (err != ERR_OK) {
        snprintf(verdict, VERDICT_SIZE, "bad open: %s", err_name(err));
        return;
    }
    uint64_t position = store_position(opened.store), rows = 0, bad = 0;
    const struct doctor doctor = {.self = &opened, .report = report};
    const char *wrong = NULL;
    if (position < image->acked || position > image->submitted)
        wrong = position < image->acked ? "acknowledged writes lost" : "writes never submitted";
    if (wrong == NULL && doctor_verify(opened.store, &doctor, &rows, &bad) != ERR_OK)
        wrong = "verify fails";
    if (wrong == NULL && bad > 0)
        wrong = opened.finding;
    if (wrong == NULL)
        wrong = compare(&opened, image->seed, position);
    if (wrong == NULL) {
        write_one(&opened, image->seed, position + 1);
        wrong = compare(&opened, image->seed, position + 1);
    }
    if (wrong != NULL) {
        snprintf(verdict, VERDICT_SIZE, "bad at %" PRIu64 ": %.200s", position, wrong);
        return;
    }
    store_close(opened.store);
    batch_deinit(&opened.batch);
    snprintf(verdict, VERDICT_SIZE, "good %" PRIu64, position);
}

void judge_silence(void)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0 && getenv("JUDGE_LOUD") == NULL)
        dup2(null, STDERR_FILENO);
}

void judge_crash(const struct image *image, char verdict[VERDICT_SIZE])
{
    int ends[2];
    fflush(NULL);
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        judge_silence();
        alarm(SECONDS_MAX);
        examine(image, verdict);
        _exit(write(ends[1], verdict, strlen(verdict)) > 0 ? 0 : 1);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], verdict, VERDICT_SIZE - 1);
    close(ends[0]);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    verdict[got > 0 ? got : 0] = '\0';
    if (WIFSIGNALED(status))
        snprintf(verdict, VERDICT_SIZE, "bad: signal %d", WTERMSIG(status));
    else if (got <= 0)
        snprintf(verdict, VERDICT_SIZE, "bad: exit code %d", WEXITSTATUS(status));
}
