/* Pieces of 16 KiB to 2 MiB out of large pages. malloc would map each such piece on its own
 * (cli/heap.c), and each small page of it costs a fault at its first touch: most of the time in
 * which an institution was read. Here what is given back is handed out again as it was.
 *
 * First fit, in leaves of 8 KiB, a bit a leaf; the page that was given something last comes first.
 * One thread at a time. */
#pragma once
#include "base/large_map.h"

enum {
    PIECE_LEAF = 8 << 10,
    PAGE_LEAVES = LARGE_PAGE / PIECE_LEAF,
    PIECE_MAX = LARGE_PAGE - PIECE_LEAF, /* the first leaf is the page's own */
    PAGES_SEARCHED = 8,                  /* before a new one is taken */
    PAGES_KEPT = 4                       /* that are empty: the next burst begins with them */
};

struct page;

struct pieces {
    struct page *open; /* with free leaves */
    size_t count, empty;
};

/* Not zeroed, at the beginning of a leaf. NULL: no memory, or more than PIECE_MAX. */
void *pieces_take(struct pieces *pieces, size_t size);
/* A piece with the size that was asked for. */
void pieces_give(struct pieces *pieces, void *piece, size_t size);
/* Gives empty pages back to the system, those that are kept, too. */
void pieces_trim(struct pieces *pieces);
