/* CPU time of a process and of what it has started, from /proc: the server's own counter does not
 * hold the jailed readers of sheets. In the kernel's ticks, 10 ms as a rule: for runs of many
 * files. One thread. */
#pragma once
#include "base/err.h"
#include <stdint.h>

struct process_cpu {
    uint64_t own_us;    /* of the process itself */
    uint64_t others_us; /* of those it started: of these, what theirs that have ended took, too */
};

/* ERR_NOT_FOUND: there is no such process. */
enum err process_cpu_take(uint64_t pid, struct process_cpu *out) MUST_CHECK;
