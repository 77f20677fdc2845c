#include "base/prng.h"
#include "tests/lib/t.h"
#include <string.h>

TEST(the_same_seed_gives_the_same_numbers)
{
    struct prng a, b, c;
    prng_seed(&a, 7);
    prng_seed(&b, 7);
    prng_seed(&c, 8);
    int same = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t number = prng_next(&a);
        T_EQ_UINT(number, prng_next(&b));
        same += number == prng_next(&c);
    }
    T_EQ_INT(same, 0);
}

/* Reference: the published algorithm with the state 1, 2, 3, 4. */
TEST(it_is_xoshiro256_star_star)
{
    struct prng prng = {{1, 2, 3, 4}};
    T_EQ_UINT(prng_next(&prng), 11520);
    T_EQ_UINT(prng_next(&prng), 0);
    T_EQ_UINT(prng_next(&prng), 1509978240);
    T_EQ_UINT(prng_next(&prng), 1215971899390074240);
    /* splitmix64 of 0: 0xe220a8397b1dcdaf is its known first output. */
    prng_seed(&prng, 0);
    T_EQ_UINT(prng.state[0], 0xe220a8397b1dcdaf);
    struct prng never = {{0}};
    T_ABORTS(prng_next(&never));
}

TEST(below_stays_below_and_reaches_all)
{
    struct prng prng;
    prng_seed(&prng, 9);
    int counts[7] = {0};
    for (int i = 0; i < 70000; i++) {
        uint64_t number = prng_below(&prng, 7);
        T_TRUE(number < 7);
        counts[number]++;
    }
    for (int i = 0; i < 7; i++)
        T_TRUE(counts[i] > 9500 && counts[i] < 10500);
    for (int i = 0; i < 100; i++)
        T_EQ_UINT(prng_below(&prng, 1), 0);
    /* A limit over half of the range rejects often; numbers still fill it evenly. */
    uint64_t limit = UINT64_MAX / 3 * 2;
    int upper = 0;
    for (int i = 0; i < 10000; i++)
        upper += prng_below(&prng, limit) >= limit / 2;
    T_TRUE(upper > 4700 && upper < 5300);
    T_ABORTS(prng_below(&prng, 0));
}

TEST(chances_come_true_as_often_as_told)
{
    struct prng prng;
    prng_seed(&prng, 10);
    int hits = 0;
    for (int i = 0; i < 100000; i++)
        hits += prng_chance(&prng, 10);
    T_TRUE(hits > 9500 && hits < 10500);
    T_TRUE(prng_chance(&prng, 1));
}

TEST(entropy_fills_all_and_no_more)
{
    uint8_t a[66], b[66];
    memset(a, 0, sizeof a);
    memset(b, 0, sizeof b);
    entropy_fill(a, 64);
    entropy_fill(b, 64);
    T_TRUE(memcmp(a, b, 64) != 0);
    T_EQ_INT(a[64] | a[65] | b[64] | b[65], 0);
    entropy_fill(a, 0);
}

T_LIST(prng_test, T(the_same_seed_gives_the_same_numbers), T(it_is_xoshiro256_star_star),
       T(below_stays_below_and_reaches_all), T(chances_come_true_as_often_as_told),
       T(entropy_fills_all_and_no_more));
