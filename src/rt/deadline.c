#include "rt/deadline.h"
#include "base/check.h"
#include <stdlib.h>

enum { DEADLINES_FIRST = 64 };

void deadlines_init(struct deadlines *deadlines)
{
    *deadlines = (struct deadlines){0};
}

void deadlines_deinit(struct deadlines *deadlines)
{
    free(deadlines->heap);
    *deadlines = (struct deadlines){0};
}

static bool deadline_before(const struct deadline *a, const struct deadline *b)
{
    return a->at.ms != b->at.ms ? a->at.ms < b->at.ms : a->sequence < b->sequence;
}

static void deadline_swap(struct deadline *a, struct deadline *b)
{
    struct deadline keep = *a;
    *a = *b;
    *b = keep;
}

enum err deadlines_reserve(struct deadlines *deadlines, uint32_t more)
{
    uint32_t capacity = deadlines->capacity == 0 ? DEADLINES_FIRST : deadlines->capacity;
    while (capacity - deadlines->count < more) {
        if (capacity > UINT32_MAX / 2) {
            return ERR_NO_MEMORY;
        }
        capacity *= 2;
    }
    if (capacity == deadlines->capacity) {
        return ERR_OK;
    }
    struct deadline *heap = reallocarray(deadlines->heap, capacity, sizeof *heap);
    if (heap == NULL) {
        return ERR_NO_MEMORY;
    }
    deadlines->heap = heap;
    deadlines->capacity = capacity;
    return ERR_OK;
}

enum err deadlines_add(struct deadlines *deadlines, struct tick at, struct addr who,
                       uint32_t incarnation, uint32_t tag)
{
    enum err err = deadlines_reserve(deadlines, 1);
    if (err != ERR_OK) {
        return err;
    }
    uint32_t at_index = deadlines->count++;
    struct deadline *heap = deadlines->heap;
    heap[at_index] = (struct deadline){.at = at,
                                       .sequence = ++deadlines->sequence,
                                       .who = who,
                                       .incarnation = incarnation,
                                       .tag = tag};
    while (at_index > 0) {
        uint32_t parent = (at_index - 1) / 2;
        if (!deadline_before(&heap[at_index], &heap[parent])) {
            break;
        }
        deadline_swap(&heap[at_index], &heap[parent]);
        at_index = parent;
    }
    return ERR_OK;
}

bool deadlines_nearest(const struct deadlines *deadlines, struct tick *at)
{
    if (deadlines->count == 0) {
        return false;
    }
    *at = deadlines->heap[0].at;
    return true;
}

bool deadlines_take(struct deadlines *deadlines, struct tick tick, struct deadline *out)
{
    if (deadlines->count == 0 || deadlines->heap[0].at.ms > tick.ms) {
        return false;
    }
    struct deadline *heap = deadlines->heap;
    *out = heap[0];
    heap[0] = heap[--deadlines->count];
    for (uint32_t at = 0;;) {
        uint32_t least = at;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < deadlines->count;
             child++) {
            if (deadline_before(&heap[child], &heap[least])) {
                least = child;
            }
        }
        if (least == at) {
            break;
        }
        deadline_swap(&heap[at], &heap[least]);
        at = least;
    }
    CHECK(out->at.ms <= tick.ms);
    return true;
}
