/* Timers of a shard: a heap ordered by (tick, sequence), so that equal ticks ring in the order set.
 * Shard's thread. */
#pragma once
#include "rt/msg.h"

struct deadline {
    struct tick at;
    uint64_t sequence;
    struct addr who;
    uint32_t incarnation, tag;
};

struct deadlines {
    struct deadline *heap;
    uint32_t count, capacity;
    uint64_t sequence;
};

void deadlines_init(struct deadlines *deadlines);
void deadlines_deinit(struct deadlines *deadlines);
/* Memory for so many more: adding these can't fail. */
enum err deadlines_reserve(struct deadlines *deadlines, uint32_t more) MUST_CHECK;
enum err deadlines_add(struct deadlines *deadlines, struct tick at, struct addr who,
                       uint32_t incarnation, uint32_t tag) MUST_CHECK;
bool deadlines_nearest(const struct deadlines *deadlines, struct tick *at);
/* The first one due at `tick`; false if none is. */
bool deadlines_take(struct deadlines *deadlines, struct tick tick, struct deadline *out);
