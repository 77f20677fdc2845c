#include "base/large.h"
#include "base/poison.h"
#include <stdlib.h>

#if HEAP_IS_WATCHED

void *large_take(size_t size)
{
    return malloc(size);
}

void large_give(void *piece, size_t size)
{
    (void)size;
    free(piece);
}

#else

#include <pthread.h>

/* What arenas share has no owner: memory is taken in one thread and given back in another. */
static struct {
    pthread_mutex_t lock;
    struct pieces pieces;
} large = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *take(struct page *more, size_t size)
{
    pthread_mutex_lock(&large.lock);
    if (more != NULL)
        pieces_add(&large.pieces, more);
    void *piece = pieces_take(&large.pieces, size);
    pthread_mutex_unlock(&large.lock);
    return piece;
}

void *large_take(size_t size)
{
    if (size > PIECE_MAX)
        return malloc(size);
    void *piece = take(NULL, size);
    struct page *more = piece == NULL ? page_map() : NULL; /* without the lock: it takes long */
    return more == NULL ? piece : take(more, size);
}

void large_give(void *piece, size_t size)
{
    if (size > PIECE_MAX) {
        free(piece);
        return;
    }
    pthread_mutex_lock(&large.lock);
    struct page *page = pieces_give(&large.pieces, piece, size);
    pthread_mutex_unlock(&large.lock);
    if (page != NULL)
        page_unmap(page);
}

#endif
