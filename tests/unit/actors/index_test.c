#include "actors/index.h"
#include "base/map.h"
#include "base/prng.h"
#include "tests/lib/t.h"

TEST(what_was_put_is_found_and_erased)
{
    struct arena arena;
    struct index index;
    uint32_t value = 0;
    arena_init(&arena, 1024, 0);
    index_init(&index, &arena);
    T_FALSE(index_get(&index, 5, &value));
    T_FALSE(index_erase(&index, 5));
    T_TRUE(index_put(&index, 5, 50));
    T_TRUE(index_put(&index, 5, 51)); /* replaces */
    T_EQ_UINT(index.count, 1);
    T_TRUE(index_get(&index, 5, &value));
    T_EQ_UINT(value, 51);
    T_TRUE(index_erase(&index, 5));
    T_FALSE(index_get(&index, 5, &value));
    T_EQ_UINT(index.count, 0);
    arena_deinit(&arena);
}

TEST(it_agrees_with_a_map)
{
    struct arena arena;
    struct index index;
    struct map map;
    struct prng prng;
    arena_init(&arena, 1024, 0);
    index_init(&index, &arena);
    map_init(&map);
    prng_seed(&prng, 5);
    for (uint32_t i = 0; i < 20000; i++) {
        /* Few keys, and such that collide in the low bits. */
        uint64_t key = prng_below(&prng, 300) << (prng_below(&prng, 2) * 32);
        uint32_t a = 0, b = 0;
        if (prng_below(&prng, 3) != 0) {
            T_TRUE(index_put(&index, key, i));
            T_OK(map_put(&map, key, i));
        } else {
            T_EQ_INT(index_erase(&index, key), map_erase(&map, key));
        }
        T_EQ_INT(index_get(&index, key, &a), map_get(&map, key, &b));
        T_EQ_UINT(a, b);
        T_EQ_UINT(index.count, map.count);
    }
    map_deinit(&map);
    arena_deinit(&arena);
}

TEST(without_memory_nothing_changes)
{
    struct arena arena;
    struct index index;
    uint32_t value = 0;
    arena_init(&arena, 256, 2048);
    index_init(&index, &arena);
    uint64_t key = 0;
    while (index_put(&index, key + 1, 7)) {
        key++;
    }
    T_TRUE(key > 10);
    for (uint64_t known = 1; known <= key; known++) {
        T_TRUE(index_put(&index, known, 7)); /* is there */
    }
    T_EQ_UINT(index.count, key);
    T_FALSE(index_get(&index, key + 1, &value));
    T_TRUE(index_get(&index, 1, &value));
    arena_deinit(&arena);
}

T_LIST(index_test, T(what_was_put_is_found_and_erased), T(it_agrees_with_a_map),
       T(without_memory_nothing_changes));
