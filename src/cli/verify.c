/* verify: database, indexes, audit chain (API 9). */
#include "cli/cli.h"
#include "cli/on_site.h"
#include "verify_rows.h"

int verify_run(struct site *site, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    uint64_t rows = 0;
    uint64_t bad = 0;
    struct verify_rows checking = {.out = site->out};
    struct doctor doctor = verify_rows_doctor(&checking);
    doctor.stop = site->stop;
    enum err err = doctor_verify(site->store, &doctor, &rows, &bad);
    if (err != ERR_OK) {
        (void)fprintf(site->errors, "verify: %s\n", err_sentence(err));
        return exit_of(err);
    }
    (void)fprintf(site->out, "%llu rows, %llu findings\n", (unsigned long long)rows,
                  (unsigned long long)bad);
    return bad == 0 ? EXIT_DONE : EXIT_FINDING;
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
    return on_site(&config, 1, argv, NULL);
}
