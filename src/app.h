/* The composition root: opens the store, starts committer and loops, wires doors and jobs (DESIGN
 * 2). Knows everybody and decides nothing. Main thread. */
#pragma once
#include "config.h"
#include "site.h"

struct app;

/* Everything up to the open doors; returns when a request can be served. Errors as those of its
 * parts, each with a log line that says which. `find`: the commands that may come by the ops
 * socket. */
enum err app_start(const struct config *config,
                   const struct site_command *(*find)(const char *name),
                   struct app **out) MUST_CHECK;
/* Finish, commit, answer, close (DESIGN 11). */
void app_stop(struct app *app);
/* For libuv's pool, which all loops share: set before any thread is made. */
uint32_t app_pool_threads(const struct config *config);
uint16_t app_port(const struct app *app); /* of the main listener, in fact */
