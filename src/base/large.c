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

#include "base/pieces.h"
#include <pthread.h>

/* What arenas share has no owner: memory is taken in one thread and given back in another. */
static struct {
    pthread_mutex_t lock;
    struct pieces pieces;
} large = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* What fits no page is rare, and few of them would be much to keep. */
void *large_take(size_t size)
{
    if (size > PIECE_MAX)
        return malloc(size);
    pthread_mutex_lock(&large.lock);
    void *piece = pieces_take(&large.pieces, size);
    pthread_mutex_unlock(&large.lock);
    return piece;
}

void large_give(void *piece, size_t size)
{
    if (size > PIECE_MAX) {
        free(piece);
        return;
    }
    pthread_mutex_lock(&large.lock);
    pieces_give(&large.pieces, piece, size);
    pthread_mutex_unlock(&large.lock);
}

#endif
