#include "base/arena_spares.h"
#include "base/poison.h"
#include <pthread.h>
#include <stdlib.h>
#include <threads.h>

struct spares {
    struct arena_chunk *chunks[ARENA_SPARES_MAX];
    size_t count, bytes;
    bool ends_known; /* the thread's end frees them */
};

static thread_local struct spares spares;
static pthread_key_t ends;
static pthread_once_t ends_once = PTHREAD_ONCE_INIT; /* TSan knows no call_once */
static bool ends_made;

static void chunk_free(struct arena_chunk *chunk)
{
    memory_show(chunk->data, chunk->size);
    free(chunk);
}

static void spares_free(void *context)
{
    struct spares *of_thread = context;
    for (size_t i = 0; i < of_thread->count; i++)
        chunk_free(of_thread->chunks[i]);
    of_thread->count = of_thread->bytes = 0;
}

void arena_spares_free(void)
{
    spares_free(&spares);
}

static void ends_make(void)
{
    ends_made = pthread_key_create(&ends, spares_free) == 0;
}

/* False: nobody would free what is kept. */
static bool ends_know(void)
{
    if (!spares.ends_known) {
        (void)pthread_once(&ends_once, ends_make);
        spares.ends_known = ends_made && pthread_setspecific(ends, &spares) == 0;
    }
    return spares.ends_known;
}

struct arena_chunk *arena_spare_take(size_t size)
{
    for (size_t i = spares.count; i > 0; i--) {
        struct arena_chunk *chunk = spares.chunks[i - 1];
        if (chunk->size < size || chunk->size / 2 >= size)
            continue;
        spares.chunks[i - 1] = spares.chunks[--spares.count];
        spares.bytes -= chunk->size;
        return chunk;
    }
    return NULL;
}

void arena_spare_give(struct arena_chunk *chunk)
{
    bool fits = chunk->size >= ARENA_SPARE_MIN && chunk->size <= ARENA_SPARE_MAX &&
                spares.count < ARENA_SPARES_MAX && chunk->size <= ARENA_SPARES_BYTES - spares.bytes;
    if (!fits || !ends_know()) {
        chunk_free(chunk);
        return;
    }
    memory_hide(chunk->data, chunk->size);
    spares.chunks[spares.count++] = chunk;
    spares.bytes += chunk->size;
}
