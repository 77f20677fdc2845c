/* check-config: every fault of a configuration, or the whole of it (API 9). */
#include "cli/cli.h"
#include "cli/options.h"
#include <stdio.h>

int cli_check_config(int argc, char **argv)
{
    const char *file = NULL;
    const char *print = NULL;
    const char *help = NULL;
    const char *words[WORDS_MAX];
    int words_count = 0;
    int code = EXIT_DONE;
    const struct option_ask asks[] = {
        {"config", &file, false}, {"print-config", &print, true}, {"help", &help, true}};
    static struct config config;
    if (!options_take(argc, argv, asks, 3, words, &words_count) || words_count > 0) {
        return EXIT_BAD_INPUT;
    }
    if (help != NULL) {
        (void)puts(
            "Settings, in the file as name = value below [section]; the environment variable\n"
            "BAOBEI_SECTION_NAME stands over the file:\n");
        config_help(stdout);
        return EXIT_DONE;
    }
    if (!options_config(file, &config, &code)) {
        return code;
    }
    if (print != NULL) {
        config_print(&config, stdout);
    }
    return exit_of(config_files(&config, stderr));
}
