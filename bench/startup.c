/* startup: from exec to the first answer of the server on a store of any size, once after a clean
 * stop and once after SIGKILL in the middle of filings, when up to a second of rows lies in the log
 * only (DESIGN 5 *Recovery*).
 *
 * An answer is a 200 with data: an institution's counts, by its token. */
#include "base/check.h"
#include "bench/bench.h"
#include "bench/peak.h"
#include "bench/wire.h"
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_S = 120, TOKEN_ROOM = 64, BODY_ROOM = 4096, PATH_ROOM = 1024 };

struct starting {
    const char *server, *config, *token_file;
    struct wire_to to;
    char token[TOKEN_ROOM];
    pid_t pid; /* 0: not running */
};

/* The third word of the first line. */
static bool token_take(const char *path, char token[TOKEN_ROOM])
{
    FILE *file = fopen(path, "re");
    bool found = file != NULL && fscanf(file, "%*s %*s %63s", token) == 1;
    if (file != NULL) {
        (void)fclose(file);
    }
    return found;
}

static bool answers(const struct starting *starting)
{
    struct wire wire;
    char body[BODY_ROOM];
    unsigned status = 0;
    size_t size = 0;
    if (wire_open(&starting->to, &wire) != ERR_OK) {
        return false;
    }
    enum err err = wire_ask(&wire, "GET /api/v1/lines/counts", starting->token, &status, body,
                            sizeof body, &size);
    wire_close(&wire);
    return err == ERR_OK && status == 200;
}

static enum err server_start(struct starting *starting, double *took_ms)
{
    extern char **environ;
    char *words[] = {(char *)(uintptr_t)starting->server, (char *)(uintptr_t) "serve",
                     (char *)(uintptr_t) "--config", (char *)(uintptr_t)starting->config, NULL};
    posix_spawn_file_actions_t files;
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    uint64_t begun = bench_now_ns();
    int failed = posix_spawn(&starting->pid, starting->server, &files, NULL, words, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    if (failed != 0) {
        starting->pid = 0;
        return ERR_NOT_FOUND;
    }
    int process = pidfd_open(starting->pid, 0);
    enum err err = process < 0 ? ERR_IO : ERR_OK;
    bool up = false;
    while (err == ERR_OK && !up) {
        struct pollfd ended = {.fd = process, .events = POLLIN};
        up = answers(starting);
        if (!up && poll(&ended, 1, 1) != 0) {
            err = ERR_CLOSED; /* it ended */
        } else if (bench_now_ns() - begun > READY_S * UINT64_C(1000000000)) {
            err = ERR_TIMEOUT;
        }
    }
    *took_ms = (double)(bench_now_ns() - begun) / 1e6;
    if (process >= 0) {
        (void)close(process);
    }
    return err;
}

static enum err server_end(struct starting *starting, int number)
{
    int status = 0;
    (void)kill(starting->pid, number);
    pid_t ended = waitpid(starting->pid, &status, 0);
    CHECK(ended == starting->pid);
    starting->pid = 0;
    bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return number == SIGKILL || clean ? ERR_OK : ERR_IO;
}

static enum err startup_measure(struct bench *bench, struct starting *starting,
                                const struct peak_plan *plan)
{
    static struct peak_result load;
    double first_ms = 0;
    double clean_ms = 0;
    double killed_ms = 0;
    enum err err = server_start(starting, &first_ms); /* warms the page cache */
    err = err == ERR_OK ? server_end(starting, SIGTERM) : err;
    err = err == ERR_OK ? server_start(starting, &clean_ms) : err;
    err = err == ERR_OK ? peak_play(plan, &load) : err;
    err = err == ERR_OK ? server_end(starting, SIGKILL) : err;
    err = err == ERR_OK ? server_start(starting, &killed_ms) : err;
    if (starting->pid != 0) {
        enum err ended = server_end(starting, err == ERR_OK ? SIGTERM : SIGKILL);
        err = err == ERR_OK ? ended : err;
    }
    if (err == ERR_OK) {
        bench_result(bench, "first_ms", first_ms);
        bench_result(bench, "after_stop_ms", clean_ms);
        bench_result(bench, "after_kill_ms", killed_ms);
        bench_count(bench, "filed_before_kill", load.tallies[ACTION_FILE].done);
    }
    return err;
}

int bench_startup(int argc, char **argv)
{
    struct bench bench;
    struct starting starting = {0};
    struct peak_words words = {.mix = "file:100", .curve = "flat"};
    const struct option_ask asks[] = {
        PEAK_ASKS(words), {"server", &starting.server, false}, {"config", &starting.config, false}};
    if (!bench_begin(&bench, argc, argv, asks, ARRAY_COUNT(asks))) {
        return EXIT_BAD_INPUT;
    }
    struct peak_plan plan = {.connections = bench.full ? 64 : 16,
                             .rate = bench.full ? 2000 : 200,
                             .seconds = bench.full ? 3 : 1,
                             .follow = ACTIONS};
    if (starting.server == NULL || starting.config == NULL) {
        (void)fputs("startup --server PROGRAM --config FILE and the options of the load before the "
                    "kill:\n",
                    stderr);
    }
    bool settled =
        peak_settle(&plan, &bench, &words) && starting.server != NULL && starting.config != NULL;
    if (settled && !token_take(plan.token_file, starting.token)) {
        (void)fprintf(stderr, "%s: no token\n", plan.token_file);
        settled = false;
    }
    enum err err = settled ? wire_to_open(plan.url, plan.ca, &starting.to) : ERR_BAD_INPUT;
    err = err == ERR_OK ? startup_measure(&bench, &starting, &plan) : err;
    wire_to_close(&starting.to);
    return bench_end(&bench, err);
}
