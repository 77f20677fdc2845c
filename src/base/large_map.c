#include "base/large_map.h"
#include "base/check.h"
#include <sys/mman.h>

enum { PAGE = LARGE_PAGE, SMALL_PAGE = 4096 };

/* Gives back a part of a mapping; it may be empty. */
static void cut(uint8_t *from, const uint8_t *to)
{
    if (to > from)
        (void)munmap(from, (size_t)(to - from));
}

bool large_map_take(struct large_map *large, size_t size)
{
    CHECK(large->data == NULL && size > 0 && size < SIZE_MAX - 2 * (size_t)PAGE);
    size = (size + PAGE - 1) / PAGE * PAGE;
    /* So much more that there is a place to begin where a large page can. */
    size_t room = size + PAGE - SMALL_PAGE;
    void *mapped = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
        return false;
    uint8_t *from = mapped, *end = from + room;
    uint8_t *begin = from + (PAGE - (uintptr_t)from % PAGE) % PAGE;
    cut(from, begin);
    cut(begin + size, end);
    (void)madvise(begin, size, MADV_HUGEPAGE); /* a kernel without them gives small ones */
    *large = (struct large_map){begin, size};
    return true;
}

void large_map_give(struct large_map *large)
{
    if (large->data != NULL)
        (void)munmap(large->data, large->size);
    *large = (struct large_map){0};
}
