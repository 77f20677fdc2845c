/* What an operator's command works on (DESIGN 16 *Commands and the running server*): a store of its
 * own, opened under the directory's lock (site_rig.c), or that of the running server, which runs
 * the same command for whoever asks over its ops socket (site_app.c).
 *
 * One thread. Blocking; never a loop. What is said goes to `out` and `errors`, never to stdio's. */
#pragma once
#include "config.h"
#include "rt/msg.h"
#include "seal.h"
#include <stdatomic.h>
#include <stdio.h>

struct store;

struct site {
    void *self;
    FILE *out, *errors;
    FILE *input; /* the file of `import`, opened by whoever asked; NULL: none */
    const struct config *config;
    struct store *store;
    const struct seal_keys *keys; /* NULL: a command that needs the store alone */
    const atomic_bool *stop;      /* somebody wants the command to end; may be NULL */
    struct wall (*now)(void *self);
    /* Takes the letter, waits for its answer; the body is copied into `memory` (NULL: not wanted).
     * OUTCOME_UNKNOWN: none came. */
    enum outcome (*ask)(void *self, struct letter *letter, struct arena *memory,
                        struct bytes *body);
    const struct facts *(*facts)(void *self); /* good until the next `reload` */
    /* The registry's rows as they are now, for everybody. */
    enum err (*reload)(void *self);
};

/* A command that works on a store (cli/on_site.h). */
struct site_command {
    const char *name;
    bool alone; /* needs the store and nothing else: no key file, no registry */
    /* argv[0] is the name. Returns the exit code. */
    int (*run)(struct site *site, int argc, char **argv);
};

static inline bool site_is_stopping(const struct site *site)
{
    return site->stop != NULL && atomic_load(site->stop);
}
