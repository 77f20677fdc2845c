/* Pieces of up to 2 MiB out of large pages. malloc would map each such piece on its own
 * (cli/heap.c), and each small page of it costs a fault at its first touch: most of the time in
 * which an institution was read. Here what is given back is handed out again as it was.
 *
 * First fit, in leaves of 8 KiB, a bit a leaf; the page that was given something last comes first.
 * One thread at a time; what the kernel does with a page takes long and stands apart, so that
 * whoever has a lock needs not hold it meanwhile. */
#pragma once
#include "base/large_map.h"

enum {
    PIECE_LEAF = 8 << 10,
    PIECE_MIN = 40 << 10, /* smaller ones are wasted on a page: what is resident is whole leaves */
    PIECE_MAX = LARGE_PAGE - PIECE_LEAF, /* the first leaf is the page's own */
    PAGE_LEAVES = LARGE_PAGE / PIECE_LEAF,
    PAGES_SEARCHED = 8,
    PAGES_KEPT = 4 /* that are empty: the next burst begins with them */
};

struct page;

struct pieces {
    struct page *open; /* with room for a piece */
    size_t count, empty;
};

/* Not zeroed, at the beginning of a leaf. NULL: no page has room (pieces_add one), or the size is
 * over PIECE_MAX. */
void *pieces_take(struct pieces *pieces, size_t size);
/* A piece with the size that was asked for. Returns a page that is no longer kept, or NULL. */
struct page *pieces_give(struct pieces *pieces, void *piece, size_t size);
void pieces_add(struct pieces *pieces, struct page *page);
/* An empty page that is kept, which is then no longer; NULL: none. For who ends. */
struct page *pieces_drop(struct pieces *pieces);

struct page *page_map(void); /* NULL: no memory. Any thread */
void page_unmap(struct page *page);
