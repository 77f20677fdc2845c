/* verify: database, indexes, audit chain (API 9). Offline for now. */
#include "base/check.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "storage/doctor.h"
#include "verify_rows.h"
#include <stdio.h>

static void on_finding(void *self, const struct finding *finding)
{
    (void)self;
    (void)printf("%s\t%s\n", finding->what, finding->sentence);
}

static void on_home(void *self, struct batch *batch, enum err status)
{
    (void)self;
    CHECK(batch == NULL && status != ERR_OK); /* nothing is committed here */
}

int cli_verify(int argc, char **argv)
{
    const char *file = NULL;
    const char *words[WORDS_MAX];
    int words_count = 0;
    int code = EXIT_DONE;
    const struct option_ask asks[] = {{"config", &file, false}};
    static struct config config;
    if (!options_take(argc, argv, asks, 1, words, &words_count) || words_count > 0) {
        return EXIT_BAD_INPUT;
    }
    if (!options_config(file, &config, &code)) {
        return code;
    }
    struct store *store = NULL;
    struct store_config open = {.directory = config.data_directory,
                                .segment_mib = (uint32_t)config.log_segment_mib,
                                .map_gib = (uint32_t)config.store_map_gib,
                                .apply_gap_ms = (uint32_t)config.store_apply_gap_ms,
                                .snapshot_ms = 3600 * 1000, /* everything is read at once */
                                .home = on_home};
    enum err err = store_open(&open, &store);
    if (err != ERR_OK) {
        (void)fprintf(stderr, "verify: %s: %s\n", config.data_directory, err_sentence(err));
        return exit_of(err);
    }
    uint64_t rows = 0;
    uint64_t bad = 0;
    struct verify_rows checking;
    verify_rows_init(&checking, store);
    struct doctor doctor = {
        .self = &checking, .report = on_finding, .check_row = verify_rows_check};
    err = doctor_verify(store, &doctor, &rows, &bad);
    if (err == ERR_OK) {
        bad += verify_rows_finish(&checking, &doctor);
    }
    verify_rows_deinit(&checking);
    store_close(store);
    if (err != ERR_OK) {
        (void)fprintf(stderr, "verify: %s\n", err_sentence(err));
        return exit_of(err);
    }
    (void)printf("%llu rows, %llu findings\n", (unsigned long long)rows, (unsigned long long)bad);
    return bad == 0 ? EXIT_DONE : EXIT_FINDING;
}
