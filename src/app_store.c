/* The store as the program opens it: whom it tells what. */
#include "app_private.h"
#include "base/check.h"
#include "base/log.h"
#include <signal.h>
#include <time.h>

static void on_home(void *self, struct batch *batch, enum err status)
{
    struct app *app = self;
    CHECK(batch->shard < app->loops_count);
    loop_home(app->loops[batch->shard], batch, status);
}

static void on_read_only(void *self, bool read_only)
{
    struct app *app = self;
    LOG(LOG_ALARM, read_only ? "read_only" : "read_only_over", log_int("loops", app->loops_count));
    for (uint16_t i = 0; i < app->loops_count; i++) {
        loop_wake(app->loops[i]);
    }
}

static void on_progress(void *self, uint32_t percent)
{
    struct app *app = self;
    if (app->ops != NULL) {
        ops_progress(app->ops, percent);
    }
}

/* Waits a second for the signals that serve.c has blocked; true: one of them came. */
static bool asked_to_stop(void)
{
    sigset_t stops;
    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGTERM);
    (void)sigaddset(&stops, SIGINT);
    return sigtimedwait(&stops, NULL, &(struct timespec){.tv_sec = 1}) > 0;
}

enum err app_store_open(struct app *app)
{
    struct store_config config = {.directory = app->config.data_directory,
                                  .segment_mib = (uint32_t)app->config.log_segment_mib,
                                  .map_gib = (uint32_t)app->config.store_map_gib,
                                  .apply_gap_ms = (uint32_t)app->config.store_apply_gap_ms,
                                  .scrub_gap_ms = (uint32_t)app->config.store_scrub_gap_ms,
                                  .snapshot_ms = (uint32_t)app->config.store_snapshot_ms,
                                  .sync_delay_ms = (uint32_t)app->config.test_sync_delay_ms,
                                  .home = on_home,
                                  .read_only = on_read_only,
                                  .progress = on_progress,
                                  .self = app};
    enum err err = store_open(&config, &app->store);
    /* A start on a full disk serves nothing until replay has succeeded, and tries again each second
     * (DESIGN 5 failure table). /readyz says so meanwhile. */
    while (err == ERR_NO_SPACE && !asked_to_stop()) {
        LOG(LOG_ALARM, "no_space_to_start", log_text("directory", app->config.data_directory));
        err = store_open(&config, &app->store);
    }
    if (err != ERR_OK) {
        LOG(LOG_ALARM, "store_not_opened", log_text("directory", app->config.data_directory),
            log_text("why", store_sentence(err)));
    }
    return err;
}
