#include "base/pieces.h"
#include "base/check.h"

enum {
    WORD_BITS = 64,
    WORDS = PAGE_LEAVES / WORD_BITS,
    LEAVES_LEAST = PIECE_MIN / PIECE_LEAF /* with fewer free ones a page is not searched */
};

/* Stands in the first leaf of its page. */
struct page {
    struct large_map map;
    struct page *next, *before; /* among those that are open */
    uint64_t taken[WORDS];
    unsigned free;
};

_Static_assert(sizeof(struct page) <= PIECE_LEAF, "its own leaf holds it");

static unsigned leaves_of(size_t size)
{
    return size == 0 ? 1 : (unsigned)((size + PIECE_LEAF - 1) / PIECE_LEAF);
}

static bool is_taken(const struct page *page, unsigned leaf)
{
    return page->taken[leaf / WORD_BITS] >> leaf % WORD_BITS & 1;
}

static void mark(struct page *page, unsigned from, unsigned count, bool taken)
{
    for (unsigned leaf = from; leaf < from + count; leaf++) {
        CHECK(is_taken(page, leaf) != taken);
        page->taken[leaf / WORD_BITS] ^= (uint64_t)1 << leaf % WORD_BITS;
    }
    page->free = taken ? page->free - count : page->free + count;
}

/* The first run of so many free leaves; 0: none, for the first leaf is never free. */
static unsigned find_run(const struct page *page, unsigned count)
{
    unsigned run = 0;
    for (unsigned leaf = 1; leaf < PAGE_LEAVES; leaf++) {
        run = is_taken(page, leaf) ? 0 : run + 1;
        if (run == count)
            return leaf + 1 - count;
    }
    return 0;
}

/* ---- the list ---- */

static void open_add(struct pieces *pieces, struct page *page)
{
    page->before = NULL;
    page->next = pieces->open;
    if (pieces->open != NULL)
        pieces->open->before = page;
    pieces->open = page;
}

static void open_remove(struct pieces *pieces, struct page *page)
{
    if (page->before != NULL)
        page->before->next = page->next;
    else
        pieces->open = page->next;
    if (page->next != NULL)
        page->next->before = page->before;
}

static bool is_empty(const struct page *page)
{
    return page->free == PAGE_LEAVES - 1;
}

static bool has_room(const struct page *page)
{
    return page->free >= LEAVES_LEAST;
}

/* ---- pages ---- */

struct page *page_map(void)
{
    struct large_map map = {0};
    if (!large_map_take(&map, LARGE_PAGE))
        return NULL;
    struct page *page = (struct page *)(void *)map.data;
    *page = (struct page){.map = map, .free = PAGE_LEAVES};
    mark(page, 0, 1, true);
    return page;
}

void page_unmap(struct page *page)
{
    CHECK(is_empty(page));
    struct large_map map = page->map;
    large_map_give(&map);
}

void pieces_add(struct pieces *pieces, struct page *page)
{
    open_add(pieces, page);
    pieces->count++;
    pieces->empty++;
}

static struct page *drop(struct pieces *pieces, struct page *page)
{
    open_remove(pieces, page);
    pieces->count--;
    pieces->empty--;
    return page;
}

static struct page *first_empty(const struct pieces *pieces)
{
    struct page *page = pieces->empty > 0 ? pieces->open : NULL;
    while (page != NULL && !is_empty(page))
        page = page->next;
    return page;
}

struct page *pieces_drop(struct pieces *pieces)
{
    struct page *page = first_empty(pieces);
    return page == NULL ? NULL : drop(pieces, page);
}

/* ---- pieces ---- */

static uint8_t *cut(struct pieces *pieces, struct page *page, unsigned from, unsigned count)
{
    pieces->empty -= is_empty(page);
    mark(page, from, count, true);
    if (!has_room(page))
        open_remove(pieces, page);
    return page->map.data + (size_t)from * PIECE_LEAF;
}

void *pieces_take(struct pieces *pieces, size_t size)
{
    if (size > PIECE_MAX)
        return NULL;
    unsigned count = leaves_of(size), searched = 0;
    for (struct page *page = pieces->open; page != NULL && searched < PAGES_SEARCHED;
         page = page->next, searched++) {
        unsigned from = page->free < count ? 0 : find_run(page, count);
        if (from > 0)
            return cut(pieces, page, from, count);
    }
    struct page *empty = first_empty(pieces); /* may stand behind those that were searched */
    if (empty == NULL)
        return NULL;
    open_remove(pieces, empty);
    open_add(pieces, empty);
    return cut(pieces, empty, 1, count);
}

struct page *pieces_give(struct pieces *pieces, void *piece, size_t size)
{
    uint8_t *at = piece;
    struct page *page = (struct page *)(void *)(at - (uintptr_t)at % LARGE_PAGE);
    size_t offset = (size_t)(at - page->map.data);
    CHECK(size <= PIECE_MAX && offset % PIECE_LEAF == 0 && offset > 0);
    if (has_room(page))
        open_remove(pieces, page);
    mark(page, (unsigned)(offset / PIECE_LEAF), leaves_of(size), false);
    if (has_room(page))
        open_add(pieces, page);
    pieces->empty += is_empty(page);
    return is_empty(page) && pieces->empty > PAGES_KEPT ? drop(pieces, page) : NULL;
}
