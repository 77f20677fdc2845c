#include "tests/lib/heap.h"
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

/* Given by the linker for --wrap=NAME: the real function, and the one our code calls instead. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t items, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t items, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);
void *__wrap_large_take(size_t size);
void __wrap_large_give(void *piece, size_t size);

static atomic_uint count;
static atomic_uint fail_at;
static atomic_bool and_later;
static atomic_bool failed;

static bool must_fail(void)
{
    unsigned n = atomic_fetch_add(&count, 1) + 1;
    unsigned at = atomic_load(&fail_at);
    if (at == 0 || n < at || (n > at && !atomic_load(&and_later))) {
        return false;
    }
    atomic_store(&failed, true);
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return must_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t items, size_t size)
{
    return must_fail() ? NULL : __real_calloc(items, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return must_fail() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return must_fail() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t size)
{
    return must_fail() ? NULL : __real_strndup(text, size);
}

static void (*_Atomic watch_large)(const void *piece, size_t size);

void *__wrap_large_take(size_t size)
{
    return __wrap_malloc(size);
}

void __wrap_large_give(void *piece, size_t size)
{
    void (*look)(const void *, size_t) = atomic_load(&watch_large);
    if (look != NULL)
        look(piece, size);
    free(piece);
}

void heap_watch_large(void (*look)(const void *piece, size_t size))
{
    atomic_store(&watch_large, look);
}

unsigned heap_count(void)
{
    return atomic_load(&count);
}

void heap_fail_at(unsigned n)
{
    atomic_store(&count, 0);
    atomic_store(&failed, false);
    atomic_store(&and_later, false);
    atomic_store(&fail_at, n);
}

void heap_fail_from(unsigned n)
{
    heap_fail_at(0);
    atomic_store(&and_later, true);
    atomic_store(&fail_at, n);
}

bool heap_failed(void)
{
    return atomic_load(&failed);
}

unsigned heap_sweep(void (*attempt)(void *context), void *context)
{
    for (unsigned n = 1;; n++) {
        heap_fail_at(n);
        attempt(context);
        if (!heap_failed()) {
            heap_fail_at(0);
            return n - 1;
        }
    }
}
