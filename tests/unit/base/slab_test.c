#include "base/slab.h"
#include "tests/lib/heap.h"
#include "tests/lib/t.h"
#include <string.h>

struct thing {
    uint64_t number;
    char name[5];
};

TEST(objects_are_taken_zeroed_until_none_is_left)
{
    struct slab slab;
    uint32_t slot, generation;
    T_OK(slab_init(&slab, sizeof(struct thing), 3));
    for (uint32_t i = 0; i < 3; i++) {
        struct thing *thing = slab_take(&slab, &slot, &generation);
        T_TRUE(thing != NULL);
        T_EQ_UINT(slot, i);
        T_EQ_UINT(thing->number, 0);
        thing->number = 100 + i;
        T_EQ_UINT(slab_taken(&slab), i + 1);
    }
    T_TRUE(slab_take(&slab, &slot, &generation) == NULL);
    slab_give(&slab, 1);
    struct thing *again = slab_take(&slab, &slot, &generation);
    T_EQ_UINT(slot, 1);
    T_EQ_UINT(again->number, 0);
    slab_deinit(&slab);
}

TEST(a_stale_handle_is_seen)
{
    struct slab slab;
    uint32_t slot, generation, slot_now, generation_now;
    T_OK(slab_init(&slab, sizeof(struct thing), 2));
    void *object = slab_take(&slab, &slot, &generation);
    T_TRUE(slab_at(&slab, slot, generation) == object);
    slab_give(&slab, slot);
    T_TRUE(slab_at(&slab, slot, generation) == NULL);
    T_TRUE(slab_at(&slab, slot, generation + 1) == NULL); /* nobody's */
    T_TRUE(slab_take(&slab, &slot_now, &generation_now) == object);
    T_EQ_UINT(slot_now, slot);
    T_TRUE(slab_at(&slab, slot, generation) == NULL);
    T_TRUE(slab_at(&slab, slot, generation_now) == object);
    T_TRUE(slab_at(&slab, 2, generation) == NULL);
    T_TRUE(slab_at(&slab, 1, 0) == NULL);
    slab_deinit(&slab);
}

TEST(giving_back_twice_is_a_programmers_error)
{
    struct slab slab;
    uint32_t slot, generation;
    T_OK(slab_init(&slab, 8, 2));
    T_TRUE(slab_take(&slab, &slot, &generation) != NULL);
    slab_give(&slab, slot);
    T_ABORTS(slab_give(&slab, slot));
    T_ABORTS(slab_give(&slab, 2));
    slab_deinit(&slab);
}

static void make(void *unused)
{
    (void)unused;
    struct slab slab;
    enum err err = slab_init(&slab, 8, 4);
    T_TRUE(err == ERR_OK || err == ERR_NO_MEMORY);
    slab_deinit(&slab);
    T_EQ_INT(err == ERR_OK, !heap_failed());
}

TEST(a_failing_heap_is_an_error)
{
    T_EQ_INT(heap_sweep(make, NULL), 3);
}

T_LIST(slab_test, T(objects_are_taken_zeroed_until_none_is_left), T(a_stale_handle_is_seen),
       T(giving_back_twice_is_a_programmers_error), T(a_failing_heap_is_an_error));
