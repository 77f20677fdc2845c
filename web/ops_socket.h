/* DIR/ops.sock: operator's commands that the running server carries out (DESIGN 16). Owner only:
 * the file has mode 0600, and who connects must be the server's user or root.
 *
 * A thread accepts; each command runs on one of its own, so that a paced backup keeps nobody from
 * revoking a token; at most OPS_COMMANDS_MAX at a time. Blocking reads and writes with limits: no
 * loop is touched. */
#pragma once
#include "base/err.h"
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

struct ops_socket;

enum { OPS_COMMANDS_MAX = 8 };

struct ops_command {
    int argc;
    char **argv;
    FILE *out, *errors, *input; /* input: NULL if none came */
    const atomic_bool *stop;    /* the server stops: end soon */
};

struct ops_socket_config {
    const char *directory; /* whose LOCK we hold */
    /* For whoever asked to take what is said, then he is gone, and for his file to go on, then it
     * is an error; 0: 60. */
    uint32_t answer_wait_s;
    void *self;
    /* Returns the exit code. On a thread of its own; several may run at a time. */
    int (*command)(void *self, const struct ops_command *command);
};

/* ERR_IO, ERR_DENIED, ERR_NO_MEMORY, each with a log line. A socket that a killed server left is
 * replaced. */
enum err ops_socket_open(const struct ops_socket_config *config,
                         struct ops_socket **out) MUST_CHECK;
/* Takes no more commands, asks those under way to stop, waits for them, removes the file. NULL is
 * allowed. */
void ops_socket_close(struct ops_socket *ops);
