/* What is durable now: LMDB and the recent tables at one position (DESIGN 5 *Reads*).
 *
 * Worker threads only (never a loop). Values are borrowed until snapshot_close. Never waits. A
 * snapshot should live at most snapshot_ms; long work opens a new one and goes on behind the last
 * key. */
#pragma once
#include "rt/table.h"
#include "storage/store.h"

struct snapshot;

enum err snapshot_open(struct store *store, struct snapshot **out) MUST_CHECK;
/* LMDB alone, at the position of its last apply: for what reads for long (verify). It keeps no
 * recent table waiting; while it lives, LMDB gives no page of that moment back. */
enum err snapshot_open_applied(struct store *store, struct snapshot **out) MUST_CHECK;
void snapshot_close(struct snapshot *snapshot);
uint64_t snapshot_position(const struct snapshot *snapshot);
bool snapshot_overdue(const struct snapshot *snapshot); /* lives longer than snapshot_ms */

/* The first error of any read of this snapshot, ERR_NOT_FOUND aside: whoever answers for the whole
 * needs not trust that every caller in between has looked. */
enum err snapshot_fault(const struct snapshot *snapshot);

/* ERR_NOT_FOUND; ERR_CORRUPT. */
enum err snapshot_get(struct snapshot *snapshot, enum table table, struct bytes key,
                      struct bytes *value) MUST_CHECK;

/* Keys of `table` that begin with `prefix`, ascending (or descending), each once, the newest
 * version. */
struct scan;
enum err scan_open(struct snapshot *snapshot, enum table table, struct bytes prefix,
                   bool descending, struct scan **out) MUST_CHECK;
/* Rows of all tables on the shelf of `table`, case by case; prefix: shorter than a case. */
enum err scan_open_shelf(struct snapshot *snapshot, enum table table, struct bytes prefix,
                         struct scan **out) MUST_CHECK;
/* The table of the row that was last given. */
enum table scan_table(const struct scan *scan);
/* Goes to the first key at or behind `key` in the scan's direction (cursor of a page). */
void scan_seek(struct scan *scan, struct bytes key);
/* False at the end, or on an error (scan_err). Both views live until the next call. */
bool scan_next(struct scan *scan, struct bytes *key, struct bytes *value);
enum err scan_err(const struct scan *scan);
void scan_close(struct scan *scan);
