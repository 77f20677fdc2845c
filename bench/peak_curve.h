/* When requests are meant to leave: a rate that changes over the run, with random gaps (DESIGN 13).
 *
 * The last day of a filing window: a ramp over the first fifth, a plateau, a spike of twice the
 * rate in the last tenth but one, the plateau again. Or flat. Pure; times in nanoseconds from the
 * start. */
#pragma once
#include "base/prng.h"

enum curve_shape { CURVE_FLAT, CURVE_PEAK };

struct curve {
    enum curve_shape shape;
    double rate; /* of the plateau, a second */
    uint64_t length_ns;
    struct prng prng;
    double at_s; /* the last arrival given */
};

void curve_init(struct curve *curve, enum curve_shape shape, double rate, uint64_t length_ns,
                uint64_t seed);
/* The next arrival; false behind the end. Gaps are exponential: arrivals don't know each other. */
bool curve_next(struct curve *curve, uint64_t *at_ns);
