/* Commands that work on a store: the running server is asked to run them, or, where none runs, they
 * run here under the directory's lock (DESIGN 16). The same function does the work either way. */
#pragma once
#include "cli/options.h"
#include "site.h"

/* By name; NULL: there is no such command. */
const struct site_command *site_command_find(const char *name);

/* Runs argv[0] on the store of this configuration: asks the server, else opens the store. `input`:
 * the file of `import`, borrowed; NULL: none. Returns the exit code. */
int on_site(const struct config *config, int argc, char **argv, FILE *input);

/* Asks the server that serves this data directory. False: there is none. *code is the exit code. */
bool ops_socket_ask(const char *directory, int argc, char **argv, FILE *input, int *code);

/* The commands' work. */
int backup_run(struct site *site, int argc, char **argv);
int import_run(struct site *site, int argc, char **argv);
int token_run(struct site *site, int argc, char **argv);
int verify_run(struct site *site, int argc, char **argv);
