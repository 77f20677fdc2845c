/* One recent table into LMDB: in key order, of each key the newest version only, in one ordinary
 * synchronous transaction that also stores the position and the owners' digests (DESIGN 5 *The
 * applier*). Used by the applier's thread and by recovery. */
#pragma once
#include "storage/recent.h"

/* The table must be sealed: its head is stored. All or nothing. `rows` counts what was changed.
 * ERR_NO_SPACE, ERR_FULL (map), ERR_CORRUPT (a stored row is damaged), ERR_NO_MEMORY, ERR_IO. */
enum err apply_table(struct env *env, const struct recent *table, uint64_t *rows) MUST_CHECK;
