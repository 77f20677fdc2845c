#include "base/map.h"
#include "base/prng.h"
#include "tests/lib/heap.h"
#include "tests/lib/t.h"

/* The same by a plain list, in order of insertion. */
enum { MODEL_MAX = 4096 };
struct model {
    uint64_t keys[MODEL_MAX];
    uint32_t values[MODEL_MAX];
    uint32_t count;
};

static int model_find(const struct model *model, uint64_t key)
{
    for (uint32_t i = 0; i < model->count; i++)
        if (model->keys[i] == key)
            return (int)i;
    return -1;
}

static void model_put(struct model *model, uint64_t key, uint32_t value)
{
    int at = model_find(model, key);
    if (at < 0) {
        at = (int)model->count++;
        model->keys[at] = key;
    }
    model->values[at] = value;
}

static bool model_erase(struct model *model, uint64_t key)
{
    int at = model_find(model, key);
    if (at < 0)
        return false;
    model->count--;
    for (uint32_t i = (uint32_t)at; i < model->count; i++) {
        model->keys[i] = model->keys[i + 1];
        model->values[i] = model->values[i + 1];
    }
    return true;
}

static void model_compare(const struct model *model, const struct map *map)
{
    T_EQ_UINT(map->count, model->count);
    uint32_t at = 0, seen = 0, value;
    uint64_t key;
    for (; map_next(map, &at, &key, &value); seen++) {
        T_EQ_UINT(key, model->keys[seen]);
        T_EQ_UINT(value, model->values[seen]);
    }
    T_EQ_UINT(seen, model->count);
}

TEST(it_agrees_with_a_list_over_random_operations)
{
    static struct model model;
    struct map map;
    struct prng prng;
    map_init(&map);
    prng_seed(&prng, 3);
    for (int i = 0; i < 60000; i++) {
        /* Few keys and many, near ones and far ones. */
        uint64_t key =
            prng_below(&prng, i < 30000 ? 40 : 700) * (prng_chance(&prng, 2) ? 1 : 1u << 20);
        uint32_t value = (uint32_t)prng_next(&prng), got;
        switch (prng_below(&prng, 5)) {
        case 0:
        case 1:
            T_OK(map_put(&map, key, value));
            model_put(&model, key, value);
            break;
        case 2: T_EQ_INT(map_erase(&map, key), model_erase(&model, key)); break;
        case 3: {
            int at = model_find(&model, key);
            T_EQ_INT(map_get(&map, key, &got), at >= 0);
            if (at >= 0)
                T_EQ_UINT(got, model.values[at]);
            break;
        }
        default:
            if (prng_chance(&prng, 500)) {
                map_clear(&map);
                model.count = 0;
            }
        }
        if (i % 64 == 0)
            model_compare(&model, &map);
    }
    model_compare(&model, &map);
    map_deinit(&map);
}

TEST(churn_does_not_grow_it)
{
    struct map map;
    map_init(&map);
    for (uint64_t i = 0; i < 100000; i++) {
        T_OK(map_put(&map, i, 1));
        if (i >= 10)
            T_TRUE(map_erase(&map, i - 10));
    }
    T_EQ_UINT(map.count, 10);
    T_TRUE(map.items_capacity <= 32);
    map_deinit(&map);
}

TEST(the_item_just_given_may_be_erased)
{
    struct map map;
    map_init(&map);
    for (uint64_t i = 0; i < 100; i++)
        T_OK(map_put(&map, i, (uint32_t)i));
    uint32_t at = 0, value;
    uint64_t key;
    while (map_next(&map, &at, &key, &value))
        if (key % 3 != 0)
            T_TRUE(map_erase(&map, key));
    T_EQ_UINT(map.count, 34);
    at = 0;
    for (uint64_t want = 0; map_next(&map, &at, &key, &value); want += 3)
        T_EQ_UINT(key, want);
    map_deinit(&map);
}

TEST(an_empty_map_holds_nothing)
{
    struct map map;
    map_init(&map);
    uint32_t at = 0, value;
    uint64_t key;
    T_FALSE(map_get(&map, 0, &value));
    T_FALSE(map_erase(&map, 0));
    T_FALSE(map_next(&map, &at, &key, &value));
    map_clear(&map);
    T_OK(map_put(&map, 0, 0));
    T_OK(map_put(&map, UINT64_MAX, UINT32_MAX));
    T_TRUE(map_get(&map, UINT64_MAX, &value));
    T_EQ_UINT(value, UINT32_MAX);
    map_deinit(&map);
}

static void fill(void *unused)
{
    (void)unused;
    struct map map;
    map_init(&map);
    bool whole = true;
    uint32_t put = 0, value;
    for (uint64_t key = 0; key < 40; key++) {
        enum err err = map_put(&map, key, (uint32_t)key);
        T_TRUE(err == ERR_OK || err == ERR_NO_MEMORY);
        whole = whole && err == ERR_OK;
        put += err == ERR_OK;
    }
    T_EQ_UINT(map.count, put);
    for (uint64_t key = 0; key < 40; key++)
        if (map_get(&map, key, &value))
            put--;
    T_EQ_UINT(put, 0);
    map_deinit(&map);
    T_EQ_INT(whole, !heap_failed());
}

TEST(a_failing_heap_loses_nothing)
{
    T_TRUE(heap_sweep(fill, NULL) >= 4);
}

TEST(the_place_of_an_erased_item_needs_no_memory)
{
    struct map map;
    map_init(&map);
    for (uint64_t key = 1; key <= 8; key++)
        T_OK(map_put(&map, key, 1));
    heap_fail_from(1);
    T_ERR(map_put(&map, 9, 1), ERR_NO_MEMORY);
    T_TRUE(map_erase(&map, 3));
    T_OK(map_put(&map, 9, 2));
    T_OK(map_put(&map, 8, 2)); /* is there */
    heap_fail_at(0);
    uint32_t value = 0;
    for (uint64_t key = 1; key <= 9; key++)
        T_EQ_INT(map_get(&map, key, &value), key != 3);
    map_deinit(&map);
}

T_LIST(map_test, T(the_place_of_an_erased_item_needs_no_memory),
       T(it_agrees_with_a_list_over_random_operations), T(churn_does_not_grow_it),
       T(the_item_just_given_may_be_erased), T(an_empty_map_holds_nothing),
       T(a_failing_heap_loses_nothing));
