#include "actors/slots.h"
#include "base/check.h"

static void *place_of(const struct slots *slots, uint32_t at, uint32_t *page)
{
    uint32_t before = 0;
    *page = 0;
    if (at >= slots->first) {
        *page = 1 + (uint32_t)(__builtin_clz(slots->first) - __builtin_clz(at));
        before = slots->first << (*page - 1);
    }
    CHECK(*page < SLOTS_PAGES);
    uint8_t *slots_of = slots->pages[*page];
    return slots_of == NULL ? NULL : slots_of + (at - before) * slots->size;
}

void *slots_at(const struct slots *slots, uint32_t at)
{
    uint32_t page;
    CHECK(at < slots->count);
    return place_of(slots, at, &page);
}

void *slots_room(struct slots *slots, struct arena *memory)
{
    uint32_t page;
    CHECK(slots->size > 0 && slots->first > 0 && (slots->first & (slots->first - 1)) == 0);
    if (slots->count == slots->first << (SLOTS_PAGES - 1))
        return NULL;
    void *slot = place_of(slots, slots->count, &page);
    if (slot != NULL)
        return slot;
    uint32_t slots_of = page == 0 ? slots->first : slots->first << (page - 1);
    slots->pages[page] = arena_room(memory, slots_of, slots->size);
    return slots->pages[page];
}

uint32_t slots_take(struct slots *slots)
{
    uint32_t page;
    CHECK(place_of(slots, slots->count, &page) != NULL); /* slots_room was asked */
    return slots->count++;
}
