/* Bump memory with a quota, given back in one stroke (DESIGN 9).
 *
 * Chunks come from malloc, large ones from large.h; arena_reset keeps the first,
 * arena_rewind what was in use, arena_deinit gives all back. One owner at a time; may be handed to
 * another thread whole. Memory is 16-byte aligned and not zeroed unless asked. Returns NULL when
 * the quota or malloc is exhausted: callers turn that into a refusal. `dry` remembers it until the
 * reset, so that whoever answers for the whole (a request, a turn, a load) needs not trust that
 * every caller in between has looked. */
#pragma once
#include "base/bytes.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *first, *current;
    size_t used;  /* bytes handed out since the last reset, with padding */
    size_t held;  /* taken for chunks */
    size_t quota; /* 0: none */
    size_t chunk_size;
    bool dry; /* something did not fit since the last reset */
};

void arena_init(struct arena *arena, size_t chunk_size, size_t quota);
void arena_deinit(struct arena *arena);
void arena_deinit_wiped(struct arena *arena); /* what was handed out is zeroed: it was personal */
void arena_reset(struct arena *arena);
/* For the same again: all is handed out anew, chunks stay but for those that were not needed since
 * the last time. */
void arena_rewind(struct arena *arena);
void *arena_alloc(struct arena *arena, size_t size);
void *arena_alloc_zero(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count,
                  size_t item_size); /* overflow-checked, zeroed */
/* The same, not zeroed: room for items that are written whole before they are read. What is never
 * used of it costs nothing. */
void *arena_room(struct arena *arena, size_t count, size_t item_size);
/* Memory for pieces that take `size` bytes in all, padding (16 each at most) included: asking for
 * them next can't fail. False: there is none, nothing changed. */
bool arena_reserve(struct arena *arena, size_t size);
struct bytes arena_copy(struct arena *arena, struct bytes bytes); /* data NULL if it did not fit and
                                                                     size was not 0 */
char *arena_text(struct arena *arena, struct bytes bytes);        /* copy with a NUL behind */
size_t arena_held(const struct arena *arena);                     /* bytes taken for chunks */
