/* restore DIR: a new store from a backup (API 9). Offline only: it makes the data directory. */
#include "cli/cli.h"
#include "cli/options.h"
#include "model/civil.h"
#include "storage/backup.h"
#include <stdlib.h>
#include <time.h>

static int complain(const char *folder, const char *directory, enum err err)
{
    if (err == ERR_EXISTS) {
        (void)fprintf(stderr, "restore: %s is not empty: restore makes a new data directory\n",
                      directory);
        return EXIT_BAD_INPUT;
    }
    if (err == ERR_BUSY) {
        (void)fprintf(stderr, "restore: %s is in use by another process\n", directory);
        return EXIT_WORLD;
    }
    const char *why = err == ERR_NOT_FOUND   ? "there is no backup: it has no MANIFEST"
                      : err == ERR_BAD_INPUT ? "the backup is damaged: it does not fit its digests"
                      : err == ERR_VERSION
                          ? "the backup is of a newer format than this program knows"
                          : err_sentence(err);
    (void)fprintf(stderr, "restore: %s: %s\n", folder, why);
    bool input = err == ERR_NOT_FOUND || err == ERR_BAD_INPUT || err == ERR_VERSION;
    return input ? EXIT_BAD_INPUT : EXIT_WORLD;
}

enum { SERIALS_ABOVE_MAX = 100000000 };

/* NULL: 0, which stands for what is usual. */
static bool serials_parse(const char *text, uint32_t *serials)
{
    char *end = NULL;
    *serials = 0;
    if (text == NULL) {
        return true;
    }
    unsigned long number = strtoul(text, &end, 10);
    *serials = (uint32_t)number;
    return text[0] >= '1' && text[0] <= '9' && *end == '\0' && number >= RESTORE_SERIALS &&
           number <= SERIALS_ABOVE_MAX;
}

int cli_restore(int argc, char **argv)
{
    const char *file = NULL;
    const char *words[WORDS_MAX];
    int words_count = 0;
    int code = EXIT_DONE;
    const char *above = NULL;
    uint32_t serials = 0;
    const struct option_ask asks[] = {{"config", &file, false}, {"serials-above", &above, false}};
    static struct config config;
    if (!options_take(argc, argv, asks, 2, words, &words_count)) {
        return EXIT_BAD_INPUT;
    }
    if (words_count != 1 || !serials_parse(above, &serials)) {
        (void)fputs("restore DIR [--serials-above N, from 500000] --config FILE\n", stderr);
        return EXIT_BAD_INPUT;
    }
    if (!options_config(file, &config, &code)) {
        return code;
    }
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct restore_config restore = {.folder = words[0],
                                     .directory = config.data_directory,
                                     .floor_day = taipei_day((struct wall){now.tv_sec * 1000}),
                                     .floor = serials,
                                     .map_gib = (uint32_t)config.store_map_gib};
    struct restored restored;
    enum err err = store_restore(&restore, &restored);
    if (err != ERR_OK) {
        return complain(words[0], config.data_directory, err);
    }
    char begun[INSTANT_MAX];
    char day[DATE_MAX];
    (void)instant_print((struct wall){restored.manifest.begun_at}, begun);
    (void)date_print(restore.floor_day, day);
    (void)printf("%llu bytes at position %llu, of a backup begun %s\n"
                 "case numbers of %s go on at %u\n",
                 (unsigned long long)restored.manifest.size,
                 (unsigned long long)restored.manifest.position, begun, day, restored.floor + 1);
    return EXIT_DONE;
}
