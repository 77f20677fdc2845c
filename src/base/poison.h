/* Under ASan memory that is not handed out is poisoned, so that what outlives a reset is seen. */
#pragma once
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#if __has_feature(thread_sanitizer)
#define RACES_ARE_WATCHED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#endif
/* A sanitizer looks at each piece that malloc gives: nothing is to go past it. */
#if defined(ARENA_POISONS) || defined(RACES_ARE_WATCHED) || defined(__SANITIZE_THREAD__)
#define HEAP_IS_WATCHED 1
#else
#define HEAP_IS_WATCHED 0
#endif

#if defined(ARENA_POISONS)
#include <sanitizer/asan_interface.h>
/* Not inlined: gcc would take the address of fresh memory for a use of what is in it. */
__attribute__((noinline, unused)) static void memory_hide(void *at, size_t size)
{
    __asan_poison_memory_region(at, size);
}
__attribute__((unused)) static void memory_show(void *at, size_t size)
{
    __asan_unpoison_memory_region(at, size);
}
#else
static inline void memory_hide(void *at, size_t size)
{
    (void)at;
    (void)size;
}
static inline void memory_show(void *at, size_t size)
{
    (void)at;
    (void)size;
}
#endif
