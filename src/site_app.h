/* The running server as the site of operator's commands: what they ask goes to the running actors,
 * what they change in the registry to every loop (DESIGN 16 *Commands and the running server*).
 *
 * Two lanes. Commands that only read the store (`alone`: backup, verify) run one at a time; those
 * that work with the registry (import, token) too, beside them. */
#pragma once
#include "editions.h"
#include "site.h"

struct site_app;

struct site_app_config {
    const struct config *config;
    struct store *store;
    const struct seal_keys *keys;
    struct editions *editions;
    struct loop *const *loops; /* opened, not started */
    const struct site_command *(*find)(const char *name);
};

/* Registers for answers at the first loop. ERR_NO_MEMORY. */
enum err site_app_open(const struct site_app_config *config, struct site_app **out) MUST_CHECK;
void site_app_close(struct site_app *app); /* no command runs any more; NULL is allowed */
/* ops_socket_config.command; self is the struct site_app. Blocking; any thread but a loop's. */
struct ops_command;
int site_app_command(void *self, const struct ops_command *command);
