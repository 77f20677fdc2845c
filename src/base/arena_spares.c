#include "base/arena_spares.h"
#include "base/poison.h"
#include <pthread.h>
#include <stdlib.h>

static struct {
    pthread_mutex_t lock;
    struct arena_chunk *chunks[ARENA_SPARES_MAX];
    size_t count, bytes;
} spares = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void chunk_free(struct arena_chunk *chunk)
{
    memory_show(chunk->data, chunk->size);
    free(chunk);
}

void arena_spares_free(void)
{
    pthread_mutex_lock(&spares.lock);
    for (size_t i = 0; i < spares.count; i++)
        chunk_free(spares.chunks[i]);
    spares.count = spares.bytes = 0;
    pthread_mutex_unlock(&spares.lock);
}

struct arena_chunk *arena_spare_take(size_t size)
{
    struct arena_chunk *found = NULL;
    if (size < ARENA_SPARE_MIN / 2 || size > ARENA_SPARE_MAX)
        return NULL;
    pthread_mutex_lock(&spares.lock);
    for (size_t i = spares.count; i > 0; i--) {
        struct arena_chunk *chunk = spares.chunks[i - 1];
        if (chunk->size < size || chunk->size / 2 >= size)
            continue;
        spares.chunks[i - 1] = spares.chunks[--spares.count];
        spares.bytes -= chunk->size;
        found = chunk;
        break;
    }
    pthread_mutex_unlock(&spares.lock);
    return found;
}

void arena_spare_give(struct arena_chunk *chunk)
{
    bool kept = false;
    if (chunk->size >= ARENA_SPARE_MIN && chunk->size <= ARENA_SPARE_MAX) {
        pthread_mutex_lock(&spares.lock);
        kept = spares.count < ARENA_SPARES_MAX && chunk->size <= ARENA_SPARES_BYTES - spares.bytes;
        if (kept) {
            memory_hide(chunk->data, chunk->size);
            spares.chunks[spares.count++] = chunk;
            spares.bytes += chunk->size;
        }
        pthread_mutex_unlock(&spares.lock);
    }
    if (!kept)
        chunk_free(chunk);
}
