/* Arguments -> one command of cli/. */
#include "cli/cli.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *arguments, *sentence;
} commands[] = {
    {"serve", cli_serve, "--config FILE [--listen URL]", "run the server"},
    {"seed-demo", cli_seed_demo, "DIR [--institutions FILE] [--people N] [--lines N] [--seed N]",
     "make a demonstration with its own cards"},
    {"check-config", cli_check_config, "--config FILE [--print-config]", "read the settings"},
    {"import", cli_import, "institutions|people FILE --config FILE", "take registry records"},
    {"backup", cli_backup, "DIR --config FILE", "copy the store, served or not"},
    {"restore", cli_restore, "DIR [--serials-above N] --config FILE", "a new store from a backup"},
    {"verify", cli_verify, "--config FILE", "check database, indexes, audit chain"},
    {"token", cli_token, "add|list|revoke … --config FILE", "API tokens of an institution"},
    {"routes", cli_routes, "", "every route with the roles that may use it"},
    {"expand", cli_expand, "JSON", "a time -> its occurrences"},
    {"id-check", cli_id_check, "NUMBER", "a national ID or UI number"},
    {"xlsx-dump", cli_xlsx_dump, "FILE", "the first sheet of a workbook as CSV"},
    {"version", cli_version, "", "this program and its libraries"},
};

static void usage(FILE *out)
{
    (void)fputs("baobei COMMAND [ARGUMENT …]\n\n", out);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        (void)fprintf(out, "  %-13s %-62s %s\n", commands[i].name, commands[i].arguments,
                      commands[i].sentence);
    }
    (void)fputs("\n`baobei check-config --help` lists the settings.\n"
                "Exit codes: 0 done, 1 a negative finding, 2 bad input, 3 the world failed.\n",
                out);
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        usage(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return 0;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    (void)fprintf(stderr, "baobei: there is no command %s\n\n", argv[1]);
    usage(stderr);
    return 2;
}
