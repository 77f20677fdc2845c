/* Pieces out of large pages: none lies on another, what is given back is used again, an empty page
 * goes. */
#include "base/pieces.h"
#include "base/check.h"
#include "base/prng.h"
#include "tests/lib/t.h"
#include <string.h>

static void *take(struct pieces *heap, size_t size)
{
    void *piece = pieces_take(heap, size);
    if (piece != NULL)
        return piece;
    pieces_add(heap, page_map());
    return pieces_take(heap, size);
}

static void give(struct pieces *heap, void *piece, size_t size)
{
    struct page *page = pieces_give(heap, piece, size);
    if (page != NULL)
        page_unmap(page);
}

static void trim(struct pieces *heap)
{
    for (struct page *page; (page = pieces_drop(heap)) != NULL;)
        page_unmap(page);
}

TEST(large_memory_begins_where_a_large_page_may)
{
    struct large_map large = {0};
    large_map_give(&large);
    T_FALSE(large_map_take(&large, SIZE_MAX / 4));
    T_TRUE(large.data == NULL);
    T_TRUE(large_map_take(&large, LARGE_PAGE + 1));
    T_EQ_UINT(large.size, 2 * LARGE_PAGE);
    T_EQ_UINT((uintptr_t)large.data % LARGE_PAGE, 0);
    T_EQ_UINT(large.data[0] + large.data[large.size - 1], 0);
    memset(large.data, 1, large.size);
    large_map_give(&large);
    T_TRUE(large.data == NULL && large.size == 0);
}

TEST(a_piece_is_aligned_and_from_the_page_of_the_one_before)
{
    struct pieces heap = {0};
    uint8_t *first = take(&heap, 16 << 10);
    uint8_t *second = take(&heap, (16 << 10) + 1);
    uint8_t *third = take(&heap, 1);
    T_TRUE(first != NULL && second == first + (16 << 10) && third == second + (24 << 10));
    T_EQ_UINT((uintptr_t)first % PIECE_LEAF, 0);
    T_EQ_UINT(heap.count, 1);
    give(&heap, first, 16 << 10);
    give(&heap, second, (16 << 10) + 1);
    give(&heap, third, 1);
    trim(&heap);
    T_EQ_UINT(heap.count, 0);
}

TEST(the_first_hole_that_is_large_enough_is_taken)
{
    struct pieces heap = {0};
    uint8_t *pieces[6];
    for (size_t i = 0; i < ARRAY_COUNT(pieces); i++)
        pieces[i] = take(&heap, (i % 3 + 1) * PIECE_LEAF);
    give(&heap, pieces[0], PIECE_LEAF);
    give(&heap, pieces[2], 3 * PIECE_LEAF);
    T_TRUE(take(&heap, 2 * PIECE_LEAF) == pieces[2]);
    T_TRUE(take(&heap, PIECE_LEAF) == pieces[0]);
    T_TRUE(take(&heap, PIECE_LEAF) == pieces[2] + 2 * (size_t)PIECE_LEAF);
    T_EQ_UINT(heap.count, 1);
    give(&heap, pieces[0], PIECE_LEAF);
    give(&heap, pieces[2], 2 * PIECE_LEAF);
    give(&heap, pieces[2] + 2 * (size_t)PIECE_LEAF, PIECE_LEAF);
    for (size_t i = 0; i < ARRAY_COUNT(pieces); i++)
        if (i != 0 && i != 2)
            give(&heap, pieces[i], (i % 3 + 1) * PIECE_LEAF);
    trim(&heap);
    T_EQ_UINT(heap.count, 0);
}

TEST(a_page_holds_one_of_the_largest_and_few_are_kept_empty)
{
    enum { PAGES = PAGES_KEPT + 2 };
    struct pieces heap = {0};
    uint8_t *pieces[PAGES];
    T_TRUE(pieces_take(&heap, PIECE_MAX + 1) == NULL);
    for (unsigned i = 0; i < PAGES; i++) {
        pieces[i] = take(&heap, PIECE_MAX);
        memset(pieces[i], (int)i, PIECE_MAX);
    }
    T_EQ_UINT(heap.count, PAGES);
    T_TRUE(heap.open == NULL);
    for (unsigned i = 0; i < PAGES; i++) {
        T_TRUE(pieces[i][0] == i && pieces[i][PIECE_MAX - 1] == i);
        give(&heap, pieces[i], PIECE_MAX);
    }
    T_TRUE(heap.count == PAGES_KEPT && heap.empty == PAGES_KEPT);
    trim(&heap);
    T_TRUE(heap.count == 0 && heap.empty == 0 && heap.open == NULL);
}

/* A few pages with small holes must not hide what becomes free behind them. */
TEST(what_was_given_back_last_is_handed_out_first)
{
    enum { PAGES = 2 * PAGES_SEARCHED };
    struct pieces heap = {0};
    uint8_t *pieces[PAGES];
    for (unsigned i = 0; i < PAGES; i++)
        pieces[i] = take(&heap, PIECE_MAX - PIECE_MIN);
    T_EQ_UINT(heap.count, PAGES);
    give(&heap, pieces[3], PIECE_MAX - PIECE_MIN);
    T_TRUE(take(&heap, PIECE_MAX / 2) == pieces[3]);
    give(&heap, pieces[3], PIECE_MAX / 2);
    for (unsigned i = 0; i < PAGES; i++)
        if (i != 3)
            give(&heap, pieces[i], PIECE_MAX - PIECE_MIN);
    trim(&heap);
    T_EQ_UINT(heap.count, 0);
}

/* Pages that were given holes since stand before it: they are searched first, and in vain. */
TEST(an_empty_page_is_used_wherever_it_stands)
{
    enum { PAGES = PAGES_SEARCHED + 1 };
    struct pieces heap = {0};
    uint8_t *pieces[PAGES], *holes[PAGES];
    for (unsigned i = 0; i < PAGES; i++) {
        pieces[i] = take(&heap, PIECE_MAX - PIECE_MIN);
        holes[i] = take(&heap, PIECE_MIN);
    }
    give(&heap, holes[0], PIECE_MIN);
    give(&heap, pieces[0], PIECE_MAX - PIECE_MIN);
    for (unsigned i = 1; i < PAGES; i++)
        give(&heap, holes[i], PIECE_MIN);
    T_EQ_UINT(heap.empty, 1);
    T_TRUE(pieces_take(&heap, PIECE_MAX) == pieces[0]);
    T_EQ_UINT(heap.empty, 0);
    give(&heap, pieces[0], PIECE_MAX);
    for (unsigned i = 1; i < PAGES; i++)
        give(&heap, pieces[i], PIECE_MAX - PIECE_MIN);
    trim(&heap);
    T_EQ_UINT(heap.count, 0);
}

enum { PIECES = 400, STEPS = 20000, MOST = 300 << 10 };

struct piece {
    uint8_t *at;
    size_t size;
    uint8_t mark;
};

static bool holds(const struct piece *piece)
{
    for (size_t i = 0; i < piece->size; i++)
        if (piece->at[i] != piece->mark)
            return false;
    return true;
}

/* Every piece keeps its bytes until it is given back, whatever is taken and given beside it. */
TEST(no_piece_lies_on_another)
{
    static struct piece pieces[PIECES];
    struct pieces heap = {0};
    struct prng prng;
    size_t most = 0;
    prng_seed(&prng, 7);
    for (unsigned step = 0; step < STEPS; step++) {
        struct piece *piece = &pieces[prng_below(&prng, PIECES)];
        if (piece->at != NULL) {
            T_TRUE(holds(piece));
            give(&heap, piece->at, piece->size);
            *piece = (struct piece){0};
        } else {
            size_t size = prng_below(&prng, prng_chance(&prng, 10) ? MOST : 40 << 10);
            *piece = (struct piece){take(&heap, size), size, (uint8_t)step};
            T_TRUE(piece->at != NULL);
            memset(piece->at, piece->mark, size);
        }
        most = heap.count > most ? heap.count : most;
    }
    T_TRUE(most > 3 && most < 40); /* half of 400 pieces of 32 KiB are 7 MiB */
    for (size_t i = 0; i < PIECES; i++) {
        if (pieces[i].at == NULL)
            continue;
        T_TRUE(holds(&pieces[i]));
        give(&heap, pieces[i].at, pieces[i].size);
    }
    T_TRUE(heap.count == PAGES_KEPT && heap.empty == PAGES_KEPT);
    trim(&heap);
    T_EQ_UINT(heap.count, 0);
}

T_LIST(pieces_test, T(large_memory_begins_where_a_large_page_may),
       T(a_piece_is_aligned_and_from_the_page_of_the_one_before),
       T(the_first_hole_that_is_large_enough_is_taken),
       T(a_page_holds_one_of_the_largest_and_few_are_kept_empty),
       T(what_was_given_back_last_is_handed_out_first), T(an_empty_page_is_used_wherever_it_stands),
       T(no_piece_lies_on_another));
