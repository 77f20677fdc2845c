/* xoshiro256** of Blackman and Vigna (2018), its state filled by splitmix64. */
#include "base/prng.h"
#include "base/check.h"
#include <errno.h>
#include <stddef.h>
#include <sys/random.h>

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

void prng_seed(struct prng *prng, uint64_t seed)
{
    for (size_t i = 0; i < ARRAY_COUNT(prng->state); i++) {
        seed += 0x9e3779b97f4a7c15u;
        uint64_t mixed = seed;
        mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
        mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
        prng->state[i] = mixed ^ mixed >> 31;
    }
}

uint64_t prng_next(struct prng *prng)
{
    uint64_t *s = prng->state;
    CHECK((s[0] | s[1] | s[2] | s[3]) != 0); /* never seeded: it would give zeroes for ever */
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t prng_below(struct prng *prng, uint64_t limit)
{
    CHECK(limit > 0);
    /* Numbers below 2^64 mod limit would make the small remainders likelier: drawn again. */
    uint64_t least = (0 - limit) % limit;
    uint64_t drawn = prng_next(prng);
    while (drawn < least)
        drawn = prng_next(prng);
    return drawn % limit;
}

bool prng_chance(struct prng *prng, uint32_t one_in)
{
    return prng_below(prng, one_in) == 0;
}

void entropy_fill(void *to, uint32_t size)
{
    uint8_t *at = to;
    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);
        CHECK(got > 0 || errno == EINTR);
        if (got <= 0)
            continue;
        at += got;
        size -= (uint32_t)got;
    }
}
