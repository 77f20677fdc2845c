#include "rt/deadline.h"
#include "base/prng.h"
#include "tests/lib/t.h"

static void add(struct deadlines *deadlines, int64_t at, uint32_t tag)
{
    T_OK(deadlines_add(deadlines, (struct tick){at}, (struct addr){ACTOR_AUTH, 1}, 1, tag));
}

TEST(nothing_rings_before_its_time)
{
    struct deadlines deadlines;
    struct deadline due;
    struct tick at;
    deadlines_init(&deadlines);
    T_FALSE(deadlines_nearest(&deadlines, &at));
    add(&deadlines, 100, 1);
    T_TRUE(deadlines_nearest(&deadlines, &at));
    T_EQ_INT(at.ms, 100);
    T_FALSE(deadlines_take(&deadlines, (struct tick){99}, &due));
    T_TRUE(deadlines_take(&deadlines, (struct tick){100}, &due));
    T_EQ_UINT(due.tag, 1);
    T_FALSE(deadlines_take(&deadlines, (struct tick){1000}, &due));
    deadlines_deinit(&deadlines);
}

TEST(equal_times_ring_in_the_order_they_were_set)
{
    struct deadlines deadlines;
    struct deadline due;
    deadlines_init(&deadlines);
    for (uint32_t tag = 1; tag <= 100; tag++) {
        add(&deadlines, 50, tag);
    }
    for (uint32_t tag = 1; tag <= 100; tag++) {
        T_TRUE(deadlines_take(&deadlines, (struct tick){50}, &due));
        T_EQ_UINT(due.tag, tag);
    }
    deadlines_deinit(&deadlines);
}

TEST(many_ring_in_order_of_time)
{
    struct deadlines deadlines;
    struct deadline due;
    struct prng prng;
    prng_seed(&prng, 3);
    deadlines_init(&deadlines);
    for (uint32_t tag = 0; tag < 1000; tag++) {
        add(&deadlines, (int64_t)prng_below(&prng, 300), tag);
    }
    int64_t last = -1;
    uint64_t last_sequence = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        T_TRUE(deadlines_take(&deadlines, (struct tick){300}, &due));
        T_TRUE(due.at.ms > last || (due.at.ms == last && due.sequence > last_sequence));
        last = due.at.ms;
        last_sequence = due.sequence;
    }
    deadlines_deinit(&deadlines);
}

T_LIST(deadline_test, T(nothing_rings_before_its_time),
       T(equal_times_ring_in_the_order_they_were_set), T(many_ring_in_order_of_time));
