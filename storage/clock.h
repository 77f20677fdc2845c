/* Monotonic time for waits and for measuring; storage/ reads the wall clock nowhere. Any thread. */
#pragma once
#include "base/instant.h"
#include <time.h>

static inline int64_t clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static inline struct tick clock_tick(void)
{
    return (struct tick){clock_us() / 1000};
}

static inline struct timespec clock_timespec(struct tick at)
{
    return (struct timespec){.tv_sec = at.ms / 1000, .tv_nsec = at.ms % 1000 * 1000000};
}
