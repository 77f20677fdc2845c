/* What the commands share: options of the form --name VALUE, the configuration, exit codes. */
#pragma once
#include "config.h"

enum { EXIT_DONE = 0, EXIT_FINDING = 1, EXIT_BAD_INPUT = 2, EXIT_WORLD = 3 };
enum { WORDS_MAX = 8, OPTIONS_MAX = 16 };

struct option_ask {
    const char *name;   /* without the dashes */
    const char **value; /* where it goes; a flag: set to "" */
    bool flag;
};

/* Takes known options out, leaves words. False: a sentence was printed (exit 2). */
bool options_take(int argc, char **argv, const struct option_ask *asks, int asks_count,
                  const char *words[WORDS_MAX], int *words_count);
/* Loads the file of --config; NULL is an error. False: printed; *code is the exit code. */
bool options_config(const char *file, struct config *config, int *code);
int exit_of(enum err err); /* 2 for bad input, 3 for the world */
