#include "base/arena.h"
#include "base/check.h"
#include "tests/lib/heap.h"
#include "tests/lib/t.h"
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

/* ---- large chunks ---- */

enum { CHUNK = 64 << 10 };

static size_t sevens;

static void count_sevens(const void *piece, size_t size)
{
    const uint8_t *bytes = piece;
    T_TRUE(size > CHUNK);
    for (size_t i = size - CHUNK; i < size; i++)
        sevens += bytes[i] == 7;
}

static void give_back_full(void (*deinit)(struct arena *arena))
{
    struct arena arena;
    arena_init(&arena, CHUNK, 0);
    for (int i = 0; i < 3; i++) {
        void *memory = arena_alloc(&arena, CHUNK);
        T_TRUE(memory != NULL);
        memset(memory, 7, CHUNK);
    }
    sevens = 0;
    heap_watch_large(count_sevens);
    deinit(&arena);
    heap_watch_large(NULL);
    T_EQ_UINT(arena_held(&arena), 0);
}

/* Whoever takes the chunk next gets it as it was. */
TEST(what_was_personal_is_not_in_a_chunk_that_is_given_back)
{
    give_back_full(arena_deinit);
    T_EQ_UINT(sevens, 3 * CHUNK);
    give_back_full(arena_deinit_wiped);
    T_EQ_UINT(sevens, 0);
}

T_LIST(arena_test, T(memory_is_aligned_and_apart),
       T(rewound_it_hands_out_the_same_memory_and_keeps_no_more), T(the_quota_holds_to_the_byte),
       T(a_reset_keeps_one_chunk), T(impossible_sizes_are_refused), T(copies_are_their_own),
       T(a_failing_heap_gives_null_and_leaves_the_arena_sound),
       T(what_did_not_fit_is_remembered_until_the_reset), T(what_was_reserved_can_not_fail),
       T(what_was_personal_is_not_in_a_chunk_that_is_given_back));
