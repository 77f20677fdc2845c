/* Bit rot (RELIABILITY 6): one bit of data.mdb flipped at a time, the store opened, everything
 * read, verified and scrubbed, the bit put back. */
#pragma once
#include <stdint.h>

/* Makes a store of `count` operations in `directory`. The seed gives a row of random bits of its
 * used pages; those from the `from`th to the `to`th are flipped, one after the other (the 0th is
 * none). A line a flip on stdout (rot.c). 0, or an exit code. */
int rot_run(const char *directory, uint64_t seed, uint64_t count, uint64_t from, uint64_t to);
