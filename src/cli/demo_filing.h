/* The demo's cases: filed, reviewed and decided over a year by messages to the shipped actors,
 * never as rows. Deterministic by the seed. One thread, on a rig whose clock begins a year ago. */
#pragma once
#include "base/prng.h"
#include "rig.h"

struct demo_reviewer {
    uint32_t county;
    struct principal principal;
};

struct demo_filing {
    struct rig *rig;
    struct prng prng;
    uint32_t lines;    /* wanted */
    struct wall until; /* the present */
    const uint64_t
        *favoured; /* institutions that visitors sign in as: half of all lines are theirs */
    size_t favoured_count;
    const struct demo_reviewer *reviewers;
    size_t reviewers_count;
    /* told */
    uint64_t filed, drafts, refused, approved, rejected, returned, open;
};

enum err demo_file(struct demo_filing *filing) MUST_CHECK;
