/* What a seed decides before the play begins. Every size that has a small and a large regime gets
 * both: a bug often lives in one only. */
#include "tests/sim/world.h"

static uint64_t between(struct prng *prng, uint64_t low, uint64_t high)
{
    return low + prng_below(prng, high - low + 1);
}

struct plan plan_of(uint64_t seed)
{
    struct prng prng;
    prng_seed(&prng, seed ^ 0x5ca1ab1e);
    struct plan plan = {.seed = seed,
                        .shards = (uint16_t)between(&prng, 1, SHARDS_MAX),
                        .homes = (uint32_t)between(&prng, 3, 5),
                        .calls = (uint32_t)between(&prng, 320, 400),
                        .crashes = (uint32_t)between(&prng, 5, 11),
                        .drops = (uint32_t)between(&prng, 2, 5),
                        .stalls = (uint32_t)between(&prng, 0, 4)};
    /* 2026-04-07 at noon of Taipei; a quarter of the worlds passes midnight. */
    plan.wall_ms = 1775534400000;
    if (prng_chance(&prng, 4)) {
        plan.wall_ms += 12 * 3600 * 1000 - 400;
    }
    plan.think_us = (int64_t)between(&prng, 2, 30) * 1000;
    plan.sync_us = prng_chance(&prng, 3) ? (int64_t)between(&prng, 10000, 40000)
                                         : (int64_t)between(&prng, 200, 3000);
    plan.apply_gap_us = (int64_t)between(&prng, 20, 400) * 1000;
    plan.apply_us = (int64_t)between(&prng, 1, 40) * 1000;
    plan.remote_us = prng_chance(&prng, 3) ? 20000 : 200;
    plan.segments = (uint32_t)between(&prng, 2, 4);
    plan.segment_size = between(&prng, 3, 24) * 1024;
    plan.idle_bytes_max = prng_chance(&prng, 3) ? 1 : prng_chance(&prng, 2) ? 64 * 1024 : 256 << 20;
    plan.mailbox_max = prng_chance(&prng, 3) ? (uint32_t)between(&prng, 1, 3) : 256;
    plan.turns_visit = prng_chance(&prng, 2) ? 16 : (uint32_t)between(&prng, 1, 3);
    plan.lost_one_in = (uint32_t)between(&prng, 10, 60);
    plan.failing_loads = prng_chance(&prng, 4);
    plan.prompt = !prng_chance(&prng, 4);
    plan.rows_max = (uint16_t)between(&prng, 1, 6);
    return plan;
}
