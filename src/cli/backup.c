/* backup DIR: a copy of the store at one position, while it is served or not (API 9). */
#include "cli/cli.h"
#include "cli/on_site.h"
#include "model/civil.h"
#include "storage/backup.h"
#include <limits.h>
#include <string.h>
#include <unistd.h>

static int complain(const struct site *site, const char *folder, enum err err)
{
    const char *why =
        err == ERR_EXISTS      ? "is not empty: a backup makes a new folder"
        : err == ERR_NOT_FOUND ? "can't be made: there is no such parent folder"
        : err == ERR_DENIED    ? "can't be made: the user of the store may not write there"
        : err == ERR_NO_SPACE  ? "can't be written: no space is left, here or in the store"
        : err == ERR_CLOSED    ? "was given up: the server stops"
                               : err_sentence(err);
    (void)fprintf(site->errors, "backup: %s: %s\n", folder, why);
    return err == ERR_EXISTS || err == ERR_NOT_FOUND ? EXIT_BAD_INPUT : EXIT_WORLD;
}

/* argv[1] is an absolute path: whoever runs it may stand elsewhere. */
int backup_run(struct site *site, int argc, char **argv)
{
    if (argc != 2 || argv[1][0] != '/') {
        (void)fputs("backup: one absolute path is needed\n", site->errors);
        return EXIT_BAD_INPUT;
    }
    struct manifest manifest;
    char begun[INSTANT_MAX];
    struct backup_config config = {.folder = argv[1],
                                   .mib_s = (uint32_t)site->config->backup_mib_s,
                                   .now = site->now(site->self).ms,
                                   .stop = site->stop};
    enum err err = store_backup(site->store, &config, &manifest);
    if (err != ERR_OK) {
        return complain(site, argv[1], err);
    }
    (void)instant_print((struct wall){manifest.begun_at}, begun);
    (void)fprintf(site->out, "%llu bytes at position %llu, begun %s\n",
                  (unsigned long long)manifest.size, (unsigned long long)manifest.position, begun);
    return EXIT_DONE;
}

static bool absolute(const char *path, char out[PATH_MAX])
{
    char here[PATH_MAX];
    if (path[0] == '/') {
        return snprintf(out, PATH_MAX, "%s", path) < PATH_MAX;
    }
    return getcwd(here, sizeof here) != NULL &&
           snprintf(out, PATH_MAX, "%s/%s", here, path) < PATH_MAX;
}

int cli_backup(int argc, char **argv)
{
    const char *file = NULL;
    const char *words[WORDS_MAX];
    int words_count = 0;
    int code = EXIT_DONE;
    char folder[PATH_MAX];
    const struct option_ask asks[] = {{"config", &file, false}};
    static struct config config;
    if (!options_take(argc, argv, asks, 1, words, &words_count)) {
        return EXIT_BAD_INPUT;
    }
    if (words_count != 1 || words[0][0] == '\0' || !absolute(words[0], folder)) {
        (void)fputs("backup DIR --config FILE\n", stderr);
        return EXIT_BAD_INPUT;
    }
    if (!options_config(file, &config, &code)) {
        return code;
    }
    return on_site(&config, 2, (char *[]){argv[0], folder, NULL}, NULL);
}
