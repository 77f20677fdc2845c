#include "cli/on_site.h"
#include "base/check.h"
#include "site_rig.h"
#include "storage/store.h"
#include <string.h>
#include <time.h>

enum { READ_LONG_MS = 3600 * 1000 };

static const struct site_command commands[] = {
    {"backup", true, backup_run},
    {"verify", true, verify_run},
    {"import", false, import_run},
    {"token", false, token_run},
};

const struct site_command *site_command_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static struct wall wall_now(void *self)
{
    struct timespec now;
    (void)self;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (struct wall){now.tv_sec * 1000 + now.tv_nsec / 1000000};
}

static int complain(const char *command, const char *directory, enum err err)
{
    (void)fprintf(stderr, "%s: %s: %s\n", command, directory, store_sentence(err));
    return exit_of(err);
}

static void on_home(void *self, struct batch *batch, enum err status)
{
    (void)self;
    CHECK(batch == NULL && status != ERR_OK); /* nothing is committed here */
}

/* The store and nothing else: a verify must not need what it is to judge. */
static int run_alone(const struct config *config, const struct site_command *command, int argc,
                     char **argv)
{
    struct store *store = NULL;
    struct store_config open = {.directory = config->data_directory,
                                .segment_mib = (uint32_t)config->log_segment_mib,
                                .map_gib = (uint32_t)config->store_map_gib,
                                .apply_gap_ms = (uint32_t)config->store_apply_gap_ms,
                                .snapshot_ms = READ_LONG_MS,
                                .home = on_home};
    enum err err = store_open(&open, &store);
    if (err != ERR_OK) {
        return complain(argv[0], config->data_directory, err);
    }
    struct site site = {
        .out = stdout, .errors = stderr, .config = config, .store = store, .now = wall_now};
    int code = command->run(&site, argc, argv);
    store_close(store);
    return code;
}

static int run_on_rig(const struct config *config, const struct site_command *command, int argc,
                      char **argv, FILE *input)
{
    struct rig *rig = NULL;
    enum err err = rig_open(config, wall_now(NULL), &rig);
    if (err != ERR_OK) {
        return complain(argv[0], config->data_directory, err);
    }
    struct site site = site_of_rig(rig, config);
    site.input = input;
    int code = command->run(&site, argc, argv);
    rig_close(rig);
    return code;
}

int on_site(const struct config *config, int argc, char **argv, FILE *input)
{
    const struct site_command *command = site_command_find(argv[0]);
    CHECK(command != NULL);
    int code = EXIT_WORLD;
    if (ops_socket_ask(config->data_directory, argc, argv, input, &code)) {
        return code;
    }
    return command->alone ? run_alone(config, command, argc, argv)
                          : run_on_rig(config, command, argc, argv, input);
}
