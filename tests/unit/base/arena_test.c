#include "base/arena.h"
#include "base/arena_spares.h"
#include "base/check.h"
#include "tests/lib/heap.h"
#include "tests/lib/t.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

TEST(memory_is_aligned_and_apart)
{
    struct arena arena;
    arena_init(&arena, 100, 0);
    T_EQ_UINT(arena_held(&arena), 0);
    uint8_t *blocks[50];
    for (size_t i = 0; i < 50; i++) {
        blocks[i] = arena_alloc(&arena, i);
        T_TRUE(blocks[i] != NULL);
        T_EQ_UINT((uintptr_t)blocks[i] % 16, 0);
        memset(blocks[i], (int)i, i);
    }
    for (size_t i = 0; i < 50; i++)
        for (size_t k = 0; k < i; k++)
            T_EQ_UINT(blocks[i][k], i);
    T_TRUE(arena.used >= 49 * 50 / 2);
    T_TRUE(arena_held(&arena) >= arena.used);
    arena_deinit(&arena);
    T_EQ_UINT(arena_held(&arena), 0);
}

TEST(rewound_it_hands_out_the_same_memory_and_keeps_no_more)
{
    enum { SMALL = 1000 };
    struct arena arena;
    arena_init(&arena, 2 * SMALL, 0);
    uint8_t *first = arena_alloc(&arena, SMALL), *second = arena_alloc(&arena, 2 * SMALL);
    uint8_t *third = arena_alloc(&arena, 2 * SMALL);
    T_TRUE(first != NULL && second != NULL && third != NULL);
    size_t held = arena_held(&arena);
    arena_rewind(&arena);
    T_EQ_UINT(arena.used, 0);
    T_TRUE(arena_alloc(&arena, SMALL) == first);
    T_TRUE(arena_reserve(&arena, 2 * SMALL));
    T_TRUE(arena_alloc(&arena, 2 * SMALL) == second);
    T_EQ_UINT(arena_held(&arena), held);
    uint8_t *large = arena_alloc(&arena, 8 * SMALL); /* the one that was kept is too small */
    T_TRUE(large != NULL && large != third);
    memset(large, 1, 8 * SMALL);
    T_TRUE(arena_alloc(&arena, 2 * SMALL) == third);
    arena_rewind(&arena);
    T_TRUE(arena_alloc(&arena, SMALL) == first);
    arena_rewind(&arena); /* the others were not needed since */
    T_TRUE(arena_held(&arena) < 3 * SMALL);
    arena_deinit(&arena);
    T_EQ_UINT(arena_held(&arena), 0);
}

TEST(the_quota_holds_to_the_byte)
{
    struct arena arena;
    arena_init(&arena, 4096, 64);
    T_TRUE(arena_alloc(&arena, 17) != NULL); /* 32 with padding */
    T_TRUE(arena_alloc(&arena, 33) == NULL);
    T_TRUE(arena_alloc(&arena, 32) != NULL);
    T_EQ_UINT(arena.used, 64);
    T_TRUE(arena_alloc(&arena, 0) == NULL); /* even nothing takes a place */
    T_TRUE(arena_copy(&arena, BYTES_LITERAL("x")).data == NULL);
    T_TRUE(arena_text(&arena, BYTES_LITERAL("x")) == NULL);
    arena_reset(&arena);
    T_TRUE(arena_alloc(&arena, 64) != NULL);
    arena_deinit(&arena);
}

TEST(a_reset_keeps_one_chunk)
{
    struct arena arena;
    arena_init(&arena, 128, 0);
    void *first = arena_alloc(&arena, 100);
    size_t held = arena_held(&arena);
    for (int i = 0; i < 20; i++)
        T_TRUE(arena_alloc(&arena, 100) != NULL);
    T_TRUE(arena_alloc(&arena, 5000) != NULL); /* a chunk of its own */
    T_TRUE(arena_held(&arena) > 20 * 100 + 5000);
    arena_reset(&arena);
    T_EQ_UINT(arena_held(&arena), held);
    T_EQ_UINT(arena.used, 0);
    T_TRUE(arena_alloc(&arena, 100) == first);
    arena_deinit(&arena);
    arena_deinit(&arena); /* harmless */
    arena_reset(&arena);
    T_TRUE(arena_alloc(&arena, 1) != NULL); /* and it can be used again */
    arena_deinit(&arena);
}

TEST(impossible_sizes_are_refused)
{
    struct arena arena;
    arena_init(&arena, 128, 0);
    T_TRUE(arena_alloc(&arena, SIZE_MAX) == NULL);
    T_TRUE(arena_alloc(&arena, SIZE_MAX - 20) == NULL);
    T_TRUE(arena_array(&arena, SIZE_MAX / 8, 16) == NULL);
    T_TRUE(arena_text(&arena, (struct bytes){(const uint8_t *)"", SIZE_MAX}) == NULL);
    uint32_t *zeroes = arena_array(&arena, 10, sizeof *zeroes);
    for (int i = 0; i < 10; i++)
        T_EQ_UINT(zeroes[i], 0);
    arena_deinit(&arena);
}

TEST(copies_are_their_own)
{
    struct arena arena;
    arena_init(&arena, 128, 0);
    char source[] = "abc";
    struct bytes copy = arena_copy(&arena, bytes_of(source, 3));
    char *text = arena_text(&arena, bytes_of(source, 2));
    source[0] = 'x';
    T_EQ_BYTES(copy, BYTES_LITERAL("abc"));
    T_EQ_STR(text, "ab");
    T_EQ_UINT(arena_copy(&arena, (struct bytes){NULL, 0}).size, 0);
    T_EQ_STR(arena_text(&arena, (struct bytes){NULL, 0}), "");
    arena_deinit(&arena);
}

static void some_chunks(void *unused)
{
    (void)unused;
    struct arena arena;
    arena_init(&arena, 64, 0);
    bool whole = true;
    for (int i = 0; i < 4; i++) {
        size_t used = arena.used;
        bool got = arena_alloc_zero(&arena, 60) != NULL;
        T_TRUE(got || arena.used == used);
        whole = whole && got;
    }
    arena_deinit(&arena);
    T_EQ_INT(whole, !heap_failed());
}

TEST(a_failing_heap_gives_null_and_leaves_the_arena_sound)
{
    T_EQ_INT(heap_sweep(some_chunks, NULL), 4);
}

TEST(what_did_not_fit_is_remembered_until_the_reset)
{
    struct arena arena;
    arena_init(&arena, 4096, 64);
    T_TRUE(arena_alloc(&arena, 64) != NULL);
    T_FALSE(arena.dry);
    T_TRUE(arena_copy(&arena, BYTES_LITERAL("x")).data == NULL);
    T_TRUE(arena.dry);
    arena_reset(&arena);
    T_FALSE(arena.dry);
    T_TRUE(arena_array(&arena, SIZE_MAX, 2) == NULL);
    T_TRUE(arena.dry);
    arena_deinit(&arena);
}

TEST(what_was_reserved_can_not_fail)
{
    struct arena arena;
    arena_init(&arena, 128, 1024);
    T_TRUE(arena_alloc(&arena, 100) != NULL);
    T_FALSE(arena_reserve(&arena, 1000)); /* over the quota */
    heap_fail_at(1);
    T_FALSE(arena_reserve(&arena, 800));
    heap_fail_at(0);
    T_TRUE(arena_reserve(&arena, 800));
    heap_fail_from(1);
    for (int i = 0; i < 50; i++)
        T_TRUE(arena_alloc(&arena, 16) != NULL);
    heap_fail_at(0);
    T_FALSE(arena.dry);
    arena_deinit(&arena);
}

/* ---- large chunks are kept for the next arena of the thread ---- */

enum { LARGE = 64 << 10 };

static void *large_of(struct arena *arena, size_t size)
{
    arena_init(arena, LARGE, 0);
    void *memory = arena_alloc(arena, size);
    T_TRUE(memory != NULL);
    memset(memory, 7, size);
    return memory;
}

TEST(a_large_chunk_is_used_again)
{
    struct arena arena;
    void *first = large_of(&arena, LARGE);
    size_t held = arena_held(&arena);
    arena_deinit(&arena);
    unsigned asked = heap_count();
    T_TRUE(large_of(&arena, LARGE - 100) == first);
    T_EQ_UINT(heap_count(), asked);
    T_EQ_UINT(arena_held(&arena), held);
    arena_deinit(&arena);
    T_EQ_UINT(arena_held(&arena), 0);
}

/* What an arena counts is what it would without: quotas and limits of memory stay exact. */
TEST(a_larger_spare_counts_as_what_was_asked)
{
    struct arena arena;
    void *first = large_of(&arena, LARGE + LARGE / 2);
    arena_deinit(&arena);
    T_TRUE(large_of(&arena, LARGE) == first);
    T_TRUE(arena_held(&arena) < LARGE + LARGE / 4);
    arena_deinit(&arena);
}

/* One twice as large as it need be is left for others. */
TEST(a_chunk_that_is_far_too_large_is_left)
{
    struct arena arena;
    void *first = large_of(&arena, 4 * LARGE);
    arena_deinit(&arena);
    T_TRUE(large_of(&arena, LARGE) != first);
    struct arena other;
    T_TRUE(large_of(&other, 4 * LARGE) == first);
    arena_deinit(&other);
    arena_deinit(&arena);
}

/* A few of them would be more than whoever comes next may take. */
TEST(a_chunk_of_over_a_mib_is_given_back)
{
    struct arena arena;
    (void)large_of(&arena, ARENA_SPARE_MAX + 1);
    arena_deinit(&arena);
    T_TRUE(arena_spare_take(ARENA_SPARE_MAX) == NULL);
}

TEST(what_was_personal_is_not_in_a_spare)
{
    struct arena arena;
    uint8_t *first = large_of(&arena, LARGE); /* all sevens */
    arena_deinit_wiped(&arena);
    arena_init(&arena, LARGE, 0);
    T_TRUE(arena_alloc(&arena, LARGE) == first);
    for (size_t i = 0; i < LARGE; i++)
        T_EQ_UINT(first[i], 0);
    arena_deinit(&arena);
}

static void *gives_back(void *context)
{
    arena_deinit(context);
    return NULL;
}

/* An answer is made by a thread of the pool and given back by the loop. */
TEST(what_one_thread_gives_back_another_takes)
{
    struct arena arena;
    pthread_t thread;
    void *first = large_of(&arena, LARGE);
    T_EQ_INT(pthread_create(&thread, NULL, gives_back, &arena), 0);
    T_EQ_INT(pthread_join(thread, NULL), 0);
    T_TRUE(large_of(&arena, LARGE) == first);
    arena_deinit(&arena);
}

TEST(not_more_than_so_many_are_kept)
{
    static struct arena arenas[ARENA_SPARES_MAX + 4];
    for (size_t i = 0; i < ARRAY_COUNT(arenas); i++)
        (void)large_of(&arenas[i], LARGE);
    for (size_t i = 0; i < ARRAY_COUNT(arenas); i++)
        arena_deinit(&arenas[i]); /* those beyond the limit are freed */
    size_t kept = 0;
    for (struct arena_chunk *chunk; (chunk = arena_spare_take(LARGE)) != NULL; kept++)
        free(chunk);
    T_TRUE(kept > 0 && kept <= ARENA_SPARES_MAX && kept * LARGE <= ARENA_SPARES_BYTES);
}

T_LIST(arena_test, T(what_did_not_fit_is_remembered_until_the_reset),
       T(what_was_reserved_can_not_fail), T(memory_is_aligned_and_apart),
       T(the_quota_holds_to_the_byte), T(a_reset_keeps_one_chunk),
       T(rewound_it_hands_out_the_same_memory_and_keeps_no_more), T(impossible_sizes_are_refused),
       T(copies_are_their_own), T(a_failing_heap_gives_null_and_leaves_the_arena_sound),
       T(a_large_chunk_is_used_again), T(a_larger_spare_counts_as_what_was_asked),
       T(a_chunk_that_is_far_too_large_is_left), T(a_chunk_of_over_a_mib_is_given_back),
       T(what_was_personal_is_not_in_a_spare), T(what_one_thread_gives_back_another_takes),
       T(not_more_than_so_many_are_kept));
