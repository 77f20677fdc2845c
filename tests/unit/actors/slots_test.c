#include "actors/slots.h"
#include "tests/lib/t.h"

enum { FIRST = 4, SLOTS = 1000 };

TEST(slots_stay_where_they_are_while_others_come)
{
    struct arena arena;
    struct slots slots = {.size = sizeof(uint32_t), .first = FIRST};
    uint32_t *given[SLOTS];
    arena_init(&arena, 4096, 0);
    for (uint32_t i = 0; i < SLOTS; i++) {
        given[i] = slots_room(&slots, &arena);
        T_TRUE(given[i] != NULL);
        T_TRUE(slots_room(&slots, &arena) == given[i]); /* until it is taken */
        *given[i] = 7 * i;
        T_EQ_UINT(slots_take(&slots), i);
    }
    T_EQ_UINT(slots.count, SLOTS);
    for (uint32_t i = 0; i < SLOTS; i++) {
        T_TRUE(slots_at(&slots, i) == given[i]);
        T_EQ_UINT(*(uint32_t *)slots_at(&slots, i), 7 * i);
    }
    /* 4 + 4 + 8 + … + 512 slots, each page rounded up by the arena. */
    T_TRUE(arena.used <= 1024 * sizeof(uint32_t) + 10 * 16);
    arena_deinit(&arena);
}

TEST(without_memory_nothing_is_there)
{
    struct arena arena;
    struct slots slots = {.size = 64, .first = FIRST};
    arena_init(&arena, 1024, 64 * FIRST);
    for (uint32_t i = 0; i < FIRST; i++) {
        T_TRUE(slots_room(&slots, &arena) != NULL);
        T_EQ_UINT(slots_take(&slots), i);
    }
    T_TRUE(slots_room(&slots, &arena) == NULL);
    T_EQ_UINT(slots.count, FIRST);
    arena_deinit(&arena);
}

T_LIST(slots_test, T(slots_stay_where_they_are_while_others_come),
       T(without_memory_nothing_is_there));
