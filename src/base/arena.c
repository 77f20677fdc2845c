#include "base/arena.h"
#include "base/check.h"
#include "base/large.h"
#include "base/poison.h"
#include <stdlib.h>
#include <stdalign.h>
#include <string.h>

enum { ALIGNMENT = 16 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, capacity;
    alignas(ALIGNMENT) uint8_t data[];
};

static struct arena_chunk *chunk_new(size_t capacity)
{
    struct arena_chunk *chunk = NULL;
    if (capacity > SIZE_MAX - sizeof *chunk)
        return NULL;
    size_t size = sizeof *chunk + capacity;
    return size < LARGE_MIN ? malloc(size) : large_take(size);
}

static void chunk_free(struct arena_chunk *chunk)
{
    size_t size = sizeof *chunk + chunk->capacity;
    memory_show(chunk->data, chunk->capacity);
    if (size < LARGE_MIN)
        free(chunk);
    else
        large_give(chunk, size);
}

void arena_init(struct arena *arena, size_t chunk_size, size_t quota)
{
    CHECK(chunk_size > 0);
    *arena = (struct arena){.chunk_size = chunk_size, .quota = quota};
}

static void chunks_free(struct arena *arena, struct arena_chunk *chunk)
{
    while (chunk != NULL) {
        struct arena_chunk *next = chunk->next;
        arena->held -= sizeof *chunk + chunk->capacity;
        chunk_free(chunk);
        chunk = next;
    }
}

void arena_deinit(struct arena *arena)
{
    chunks_free(arena, arena->first);
    CHECK(arena->held == 0);
    arena->first = arena->current = NULL;
    arena->used = 0;
    arena->dry = false;
}

void arena_deinit_wiped(struct arena *arena)
{
    for (struct arena_chunk *chunk = arena->first; chunk != NULL; chunk = chunk->next) {
        memory_show(chunk->data, chunk->used);
        explicit_bzero(chunk->data, chunk->used);
    }
    arena_deinit(arena);
}

void arena_reset(struct arena *arena)
{
    arena->used = 0;
    arena->dry = false;
    arena->current = arena->first;
    if (arena->first == NULL)
        return;
    chunks_free(arena, arena->first->next);
    arena->first->next = NULL;
    arena->first->used = 0;
    memory_hide(arena->first->data, arena->first->capacity);
}

void arena_rewind(struct arena *arena)
{
    arena->used = 0;
    arena->dry = false;
    struct arena_chunk **link = &arena->first;
    while (*link != NULL) {
        struct arena_chunk *chunk = *link, *next = chunk->next;
        if (chunk->used == 0) {
            chunk->next = NULL;
            chunks_free(arena, chunk);
            *link = next;
            continue;
        }
        chunk->used = 0;
        memory_hide(chunk->data, chunk->capacity);
        link = &chunk->next;
    }
    arena->current = arena->first;
}

static struct arena_chunk *chunk_add(struct arena *arena, size_t wanted)
{
    size_t capacity = wanted > arena->chunk_size ? wanted : arena->chunk_size;
    struct arena_chunk *chunk = chunk_new(capacity);
    if (chunk == NULL)
        return NULL;
    *chunk = (struct arena_chunk){.capacity = capacity};
    arena->held += sizeof *chunk + capacity;
    memory_hide(chunk->data, capacity);
    if (arena->current == NULL)
        arena->first = chunk;
    else
        arena->current->next = chunk;
    arena->current = chunk;
    return chunk;
}

/* The next one that was kept, if it has room; else a new one before it. */
static struct arena_chunk *chunk_next(struct arena *arena, size_t wanted)
{
    struct arena_chunk *kept = arena->current == NULL ? NULL : arena->current->next;
    if (kept != NULL && wanted <= kept->capacity) {
        arena->current = kept;
        return kept;
    }
    struct arena_chunk *chunk = chunk_add(arena, wanted);
    if (chunk != NULL)
        chunk->next = kept;
    return chunk;
}

/* NULL: it does not fit. */
static void *arena_take(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX - ALIGNMENT)
        return NULL;
    size_t padded = size == 0 ? ALIGNMENT : (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (arena->quota != 0 && (arena->used > arena->quota || padded > arena->quota - arena->used))
        return NULL;
    struct arena_chunk *chunk = arena->current;
    if (chunk == NULL || padded > chunk->capacity - chunk->used)
        chunk = chunk_next(arena, padded);
    if (chunk == NULL)
        return NULL;
    void *memory = chunk->data + chunk->used;
    chunk->used += padded;
    arena->used += padded;
    CHECK(chunk->used <= chunk->capacity);
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    CHECK(arena->chunk_size > 0);
    void *memory = arena_take(arena, size);
    if (memory != NULL)
        memory_show(memory, size);
    else
        arena->dry = true;
    return memory;
}

void *arena_alloc_zero(struct arena *arena, size_t size)
{
    void *memory = arena_alloc(arena, size);
    if (memory != NULL)
        memset(memory, 0, size);
    return memory;
}

void *arena_room(struct arena *arena, size_t count, size_t item_size)
{
    CHECK(item_size > 0);
    if (count > SIZE_MAX / item_size) {
        arena->dry = true;
        return NULL;
    }
    return arena_alloc(arena, count * item_size);
}

void *arena_array(struct arena *arena, size_t count, size_t item_size)
{
    void *items = arena_room(arena, count, item_size);
    if (items != NULL)
        memset(items, 0, count * item_size);
    return items;
}

bool arena_reserve(struct arena *arena, size_t size)
{
    if (arena->quota != 0 && (arena->used > arena->quota || size > arena->quota - arena->used))
        return false;
    const struct arena_chunk *chunk = arena->current;
    return (chunk != NULL && size <= chunk->capacity - chunk->used) ||
           chunk_next(arena, size) != NULL;
}

struct bytes arena_copy(struct arena *arena, struct bytes bytes)
{
    if (bytes.size == 0)
        return (struct bytes){NULL, 0};
    void *memory = arena_alloc(arena, bytes.size);
    if (memory == NULL)
        return (struct bytes){NULL, 0};
    memcpy(memory, bytes.data, bytes.size);
    return (struct bytes){memory, bytes.size};
}

char *arena_text(struct arena *arena, struct bytes bytes)
{
    if (bytes.size == SIZE_MAX) {
        arena->dry = true;
        return NULL;
    }
    char *text = arena_alloc(arena, bytes.size + 1);
    if (text == NULL)
        return NULL;
    if (bytes.size > 0)
        memcpy(text, bytes.data, bytes.size);
    text[bytes.size] = '\0';
    return text;
}

size_t arena_held(const struct arena *arena)
{
    return arena->held;
}
