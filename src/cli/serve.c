/* serve: start, wait for a signal, stop gracefully (API 9). */
#include "app.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/heap.h"
#include "cli/on_site.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static enum log_level level_of(const char *name)
{
    return strcmp(name, "debug") == 0  ? LOG_DEBUG
           : strcmp(name, "info") == 0 ? LOG_INFO
           : strcmp(name, "warn") == 0 ? LOG_WARN
                                       : LOG_ALARM;
}

/* A connection is a descriptor: as many as the machine lets us have. */
static void raise_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* libuv's own default, four threads for everybody, would be held by the sheets of two loops. */
static bool pool_set(const struct config *config)
{
    char threads[12];
    (void)snprintf(threads, sizeof threads, "%u", app_pool_threads(config));
    return setenv("UV_THREADPOOL_SIZE", threads, 1) == 0;
}

int cli_serve(int argc, char **argv)
{
    const char *file = NULL;
    const char *listen = NULL;
    const char *words[WORDS_MAX];
    int words_count = 0;
    int code = EXIT_DONE;
    const struct option_ask asks[] = {{"config", &file, false}, {"listen", &listen, false}};
    static struct config config;
    heap_begin(argc, argv);
    if (!options_take(argc, argv, asks, 2, words, &words_count) || words_count > 0) {
        return EXIT_BAD_INPUT;
    }
    if (!options_config(file, &config, &code)) {
        return code;
    }
    if (listen != NULL) {
        (void)snprintf(config.server_listen, sizeof config.server_listen, "%s", listen);
    }
    /* Blocked before any thread is made, so that only this one takes them. */
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    raise_files();
    if (!pool_set(&config)) {
        return EXIT_WORLD;
    }
    if (log_start(level_of(config.log_level)) != ERR_OK) {
        return EXIT_WORLD;
    }
    struct app *app = NULL;
    enum err err = app_start(&config, site_command_find, &app);
    if (err == ERR_OK) {
        heap_settle();
        int signal_taken = 0;
        (void)sigwait(&signals, &signal_taken);
        LOG(LOG_INFO, "stopping", log_int("signal", signal_taken));
        app_stop(app);
        LOG(LOG_INFO, "stopped", log_int("signal", signal_taken));
    }
    log_stop();
    return exit_of(err);
}
