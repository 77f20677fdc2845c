/* Wall time, monotonic time: two types, so that they are never mixed (DESIGN 3). */
#pragma once
#include <stdint.h>

struct wall {
    int64_t ms; /* since 1970-01-01T00:00:00Z */
};

struct tick {
    int64_t ms; /* monotonic, arbitrary origin */
};
