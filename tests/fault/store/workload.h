/* The workload under the recorder: a store made, written to by one client, killed at chosen
 * moments, opened again, its repeats answered, until the last phase has closed it cleanly. */
#pragma once
#include <stdint.h>

/* A rule left out, for the controls that the judge must find. */
enum control {
    CONTROL_NONE,
    CONTROL_EARLY_SEGMENT, /* a segment is used again before its apply is durable */
    CONTROL_EARLY_ANSWER   /* recovery answers from the log before step 5 has made it durable */
};

/* In WORLD/s; writes the trace; 0, or an exit code after a line on stderr. */
int workload_run(const char *world, const char *trace, uint64_t seed, enum control control);
/* The same on a store that is there, as a crash left it: opened, `acked` < n <= `submitted`
 * answered if it is there, a few operations more, killed in the last one's sync. `kill_write`: the
 * write to data.mdb before which recovery is killed once before (0: not). */
int workload_recover(const char *world, const char *trace, uint64_t seed, uint64_t acked,
                     uint64_t submitted, unsigned kill_write);
