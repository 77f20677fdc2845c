/* Bit rot (RELIABILITY 6): one bit of data.mdb flipped at a time, the store opened, everything
 * read, verified and scrubbed, the bit put back. */
#pragma once
#include <stdint.h>

/* Makes a store of `count` operations in `directory` and flips `flips` random bits of its used
 * pages, one after the other. A line per flip on stdout (see rot.c) and one with the sums. 0, or an
 * exit code. */
int rot_run(const char *directory, uint64_t seed, uint64_t count, uint64_t flips);
