/* Worker job: the rows of one actor, from a snapshot opened now (DESIGN 2, 5 *Reads*). */
#pragma once
#include "rt/shard.h"
#include "storage/snapshot.h"

/* Rows of each range, in order (before them, if one is of table `serial`, the floor that a restore
 * left: table `store`, key "floor", u32 day with its sign bit flipped, u32 serial), copied into
 * `arena`; *rows lies there too. Worker threads. ERR_NO_MEMORY (arena's quota too), ERR_CORRUPT,
 * ERR_FULL, ERR_IO. */
enum err loader_read(struct store *store, const struct load_range *ranges, size_t count,
                     struct arena *arena, struct loaded_row **rows, size_t *rows_count) MUST_CHECK;
