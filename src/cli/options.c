#include "cli/options.h"
#include <stdio.h>
#include <string.h>

static const struct option_ask *option_find(const char *name, const struct option_ask *asks,
                                            int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(asks[i].name, name) == 0) {
            return &asks[i];
        }
    }
    return NULL;
}

bool options_take(int argc, char **argv, const struct option_ask *asks, int asks_count,
                  const char *words[WORDS_MAX], int *words_count)
{
    *words_count = 0;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            if (*words_count == WORDS_MAX) {
                (void)fprintf(stderr, "%s: too many arguments\n", argv[0]);
                return false;
            }
            words[(*words_count)++] = argv[i];
            continue;
        }
        const struct option_ask *ask = option_find(argv[i] + 2, asks, asks_count);
        if (ask == NULL) {
            (void)fprintf(stderr, "%s: there is no option %s\n", argv[0], argv[i]);
            return false;
        }
        if (ask->flag) {
            *ask->value = "";
        } else if (i + 1 == argc) {
            (void)fprintf(stderr, "%s: %s needs a value\n", argv[0], argv[i]);
            return false;
        } else {
            *ask->value = argv[++i];
        }
    }
    return true;
}

int exit_of(enum err err)
{
    return err == ERR_OK ? EXIT_DONE : err == ERR_BAD_INPUT ? EXIT_BAD_INPUT : EXIT_WORLD;
}

bool options_config(const char *file, struct config *config, int *code)
{
    if (file == NULL) {
        (void)fputs("--config FILE is needed\n", stderr);
        *code = EXIT_BAD_INPUT;
        return false;
    }
    enum err err = config_load(file, config, stderr);
    *code = err == ERR_NOT_FOUND ? EXIT_BAD_INPUT : exit_of(err);
    return err == ERR_OK;
}
