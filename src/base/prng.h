/* A seeded generator (xoshiro256**-like quality; not for secrets). Same seed, same numbers, any
 * platform. In production seeded once from the kernel; one owner. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct prng {
    uint64_t state[4];
};

void prng_seed(struct prng *prng, uint64_t seed);
uint64_t prng_next(struct prng *prng);
uint64_t prng_below(struct prng *prng, uint64_t limit); /* 0 .. limit-1, unbiased; limit > 0 */
bool prng_chance(struct prng *prng, uint32_t one_in);   /* true once in `one_in` */
/* Bytes from the kernel (getrandom), for secrets and seeds. Ends the process if the kernel has
 * none. */
void entropy_fill(void *to, uint32_t size);
