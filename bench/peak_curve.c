#include "bench/peak_curve.h"
#include "base/check.h"
#include <math.h>

#define RAMP_PART    0.2
#define SPIKE_BEGIN  0.8
#define SPIKE_END    0.9
#define SPIKE_FACTOR 2.0

void curve_init(struct curve *curve, enum curve_shape shape, double rate, uint64_t length_ns,
                uint64_t seed)
{
    CHECK(rate > 0 && length_ns > 0);
    *curve = (struct curve){.shape = shape, .rate = rate, .length_ns = length_ns};
    prng_seed(&curve->prng, seed);
}

/* `part` of the run is over. */
static double rate_at(const struct curve *curve, double part)
{
    switch (curve->shape) {
    case CURVE_FLAT: return curve->rate;
    case CURVE_PEAK:
        if (part < RAMP_PART) {
            return curve->rate * part / RAMP_PART;
        }
        return part >= SPIKE_BEGIN && part < SPIKE_END ? curve->rate * SPIKE_FACTOR : curve->rate;
    }
    CHECK(false);
    return 0;
}

/* Uniform in (0, 1]. */
static double chance(struct curve *curve)
{
    return (double)((prng_next(&curve->prng) >> 11) + 1) / 9007199254740992.0;
}

/* Thinning: candidates at the highest rate, each kept with the probability of the moment's rate. */
bool curve_next(struct curve *curve, uint64_t *at_ns)
{
    double highest = curve->shape == CURVE_PEAK ? curve->rate * SPIKE_FACTOR : curve->rate;
    double length_s = (double)curve->length_ns / 1e9;
    do {
        curve->at_s += -log(chance(curve)) / highest;
        if (curve->at_s >= length_s) {
            return false;
        }
    } while (chance(curve) * highest > rate_at(curve, curve->at_s / length_s));
    *at_ns = (uint64_t)(curve->at_s * 1e9);
    return true;
}
