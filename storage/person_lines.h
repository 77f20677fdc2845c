/* The index PERSON_LINE, read for one person (model/row_keys.h: slab by slab, in there by person).
 *
 * Pure over a scan; worker threads. */
#pragma once
#include "storage/snapshot.h"

/* The next row of that person, of a scan over his home's rows (`descending` as it was opened).
 * Walks over few rows of others and leaps over many: two searches a slab, and so at most some two
 * for each 64 cases of the home or each of its days. A row whose key can't be read is given too:
 * the caller will find it damaged. False: as scan_next. */
bool person_lines_next(struct scan *scan, uint64_t person, bool descending, struct bytes *key,
                       struct bytes *value);
