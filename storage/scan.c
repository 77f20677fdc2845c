/* A merge of at most three sorted sources: the two recent tables, newest first, and LMDB. The least
 * key (the greatest, when descending) is next; of sources that stand at the same key the newest has
 * the say, the others step over it; an erasure hides the key. */
#include "base/check.h"
#include "storage/view.h"
#include <stdlib.h>

struct scan {
    struct snapshot *snapshot;
    enum table table;
    bool mixed; /* the range holds other tables of the shelf too */
    bool descending;
    struct stored_key prefix, end; /* from prefix up to but not including end */
    const struct recent_node
        *nodes[2]; /* newest version of the key a table stands at; NULL: at its end */
    MDB_cursor *cursor;
    bool cursor_valid;
    MDB_val cursor_key, cursor_value;
    struct row_key own; /* of the row that was last given, if it stands on a shelf */
    enum err err;
};

/* ---- one source: a recent table ---- */

/* From `node` on in the scan's direction the first key with a version inside the window. */
static const struct recent_node *settle(const struct scan *scan, const struct recent *table,
                                        const struct recent_node *node)
{
    while (node != NULL && recent_visible(node, scan->snapshot->window) == NULL)
        node = scan->descending ? recent_before(table, recent_key(node)) : recent_next_key(node);
    return node;
}

static void table_seek(struct scan *scan, unsigned i, struct bytes bound)
{
    const struct recent *table = scan->snapshot->tables.tables[i];
    if (table == NULL)
        return;
    scan->nodes[i] = settle(
        scan, table, scan->descending ? recent_before(table, bound) : recent_from(table, bound));
}

static void table_step(struct scan *scan, unsigned i)
{
    const struct recent *table = scan->snapshot->tables.tables[i];
    const struct recent_node *node = scan->nodes[i];
    scan->nodes[i] =
        settle(scan, table,
               scan->descending ? recent_before(table, recent_key(node)) : recent_next_key(node));
}

/* ---- one source: LMDB ---- */

static void cursor_move(struct scan *scan, MDB_cursor_op operation)
{
    int error = mdb_cursor_get(scan->cursor, &scan->cursor_key, &scan->cursor_value, operation);
    scan->cursor_valid = error == 0;
    if (error != 0 && error != MDB_NOTFOUND && scan->err == ERR_OK)
        scan->err = env_err(error);
}

/* Ascending: the first key at or behind `bound`; descending: the last one before it. */
static void cursor_seek(struct scan *scan, struct bytes bound)
{
    scan->cursor_key = (MDB_val){bound.size, (void *)(uintptr_t)bound.data};
    cursor_move(scan, MDB_SET_RANGE);
    if (scan->descending && scan->err == ERR_OK)
        cursor_move(scan, scan->cursor_valid ? MDB_PREV : MDB_LAST);
}

static void cursor_step(struct scan *scan)
{
    cursor_move(scan, scan->descending ? MDB_PREV : MDB_NEXT);
}

static struct bytes cursor_key_bytes(const struct scan *scan)
{
    return bytes_of(scan->cursor_key.mv_data, scan->cursor_key.mv_size);
}

/* ---- the merge ---- */

static void seek_all(struct scan *scan, struct bytes bound)
{
    for (unsigned i = 0; i < 2; i++)
        table_seek(scan, i, bound);
    cursor_seek(scan, bound);
}

static enum err open_range(struct snapshot *snapshot, enum table table, struct bytes prefix,
                           bool descending, struct scan **out)
{
    struct scan *scan = malloc(sizeof *scan);
    if (scan == NULL)
        return snapshot_keep_fault(snapshot, ERR_NO_MEMORY);
    *scan = (struct scan){.snapshot = snapshot, .table = table, .descending = descending};
    enum err err =
        env_err(mdb_cursor_open(snapshot->txn, snapshot->store->env.rows, &scan->cursor));
    if (err != ERR_OK) {
        free(scan);
        return snapshot_keep_fault(snapshot, err);
    }
    scan->prefix = stored_key_prefix(table, prefix);
    scan->end = stored_key_end(stored_key_bytes(&scan->prefix));
    snapshot->scans++;
    seek_all(scan, stored_key_bytes(descending ? &scan->end : &scan->prefix));
    *out = scan;
    return ERR_OK;
}

enum err scan_open(struct snapshot *snapshot, enum table table, struct bytes prefix,
                   bool descending, struct scan **out)
{
    enum err err = open_range(snapshot, table, prefix, descending, out);
    if (err == ERR_OK)
        (*out)->mixed = stored_key_is_shelved(table) && prefix.size < SHELF_PART;
    return err;
}

enum err scan_open_shelf(struct snapshot *snapshot, enum table table, struct bytes prefix,
                         struct scan **out)
{
    CHECK(stored_key_is_shelved(table) && prefix.size < SHELF_PART);
    return open_range(snapshot, table, prefix, false, out);
}

void scan_seek(struct scan *scan, struct bytes key)
{
    struct stored_key wanted = stored_key_prefix(scan->table, key);
    if (scan->descending)
        wanted = stored_key_behind(stored_key_bytes(&wanted));
    struct stored_key *edge = scan->descending ? &scan->end : &scan->prefix;
    int order = bytes_compare(stored_key_bytes(&wanted), stored_key_bytes(edge));
    bool outside = scan->descending ? order > 0 : order < 0;
    seek_all(scan, stored_key_bytes(outside ? edge : &wanted));
}

static bool inside(const struct scan *scan, struct bytes key)
{
    return bytes_start_with(key, stored_key_bytes(&scan->prefix));
}

/* Is `key` to come before `best`, the best so far (size 0: none)? */
static bool comes_first(const struct scan *scan, struct bytes key, struct bytes best)
{
    if (!inside(scan, key))
        return false;
    int order = best.size == 0 ? -1 : bytes_compare(key, best);
    return scan->descending && best.size > 0 ? order > 0 : order < 0;
}

/* Steps every source that stands at `key`. Bytes in tables live as long as the snapshot; LMDB's key
 * is compared before its cursor moves. */
static void step_over(struct scan *scan, struct bytes key)
{
    for (unsigned i = 0; i < 2; i++)
        if (scan->nodes[i] != NULL && bytes_equal(recent_key(scan->nodes[i]), key))
            table_step(scan, i);
    if (scan->cursor_valid && bytes_equal(cursor_key_bytes(scan), key))
        cursor_step(scan);
}

static bool is_foreign(const struct scan *scan, struct bytes key)
{
    return scan->mixed && stored_key_table(key) != scan->table;
}

/* The next key, whether erased (or of another table) or not. False at the end. */
static bool next_stored(struct scan *scan, struct bytes *key, struct bytes *value, bool *erased)
{
    struct bytes best = {NULL, 0};
    const struct recent_node *winner = NULL;
    for (unsigned i = 0; i < 2; i++) {
        if (scan->nodes[i] != NULL && comes_first(scan, recent_key(scan->nodes[i]), best)) {
            winner = scan->nodes[i];
            best = recent_key(winner);
        }
    }
    bool stored = scan->cursor_valid && comes_first(scan, cursor_key_bytes(scan), best);
    if (stored)
        best = cursor_key_bytes(scan);
    if (best.size == 0)
        return false;
    *key = best;
    *erased = is_foreign(scan, best);
    if (*erased) {
        *value = bytes_of(NULL, 0);
    } else if (stored) {
        if (!row_decode(best, bytes_of(scan->cursor_value.mv_data, scan->cursor_value.mv_size),
                        value)) {
            scan->err = ERR_CORRUPT;
            return false;
        }
    } else {
        const struct recent_node *version = recent_visible(winner, scan->snapshot->window);
        *value = recent_value(version);
        *erased = recent_is_erased(version);
    }
    step_over(scan, best);
    return scan->err == ERR_OK;
}

bool scan_next(struct scan *scan, struct bytes *key, struct bytes *value)
{
    bool erased = true;
    struct bytes stored = {NULL, 0}, found = {NULL, 0};
    do {
        if (scan->err != ERR_OK || !next_stored(scan, &stored, &found, &erased))
            return false;
    } while (erased);
    scan->table = stored_key_table(stored);
    scan->err = scan->table == TABLE_NONE ? ERR_CORRUPT : row_visible(stored, found, value);
    if (scan->err != ERR_OK)
        return false;
    *key = stored_key_own(stored, &scan->own);
    return true;
}

enum table scan_table(const struct scan *scan)
{
    return scan->table;
}

enum err scan_err(const struct scan *scan)
{
    return scan->err;
}

void scan_close(struct scan *scan)
{
    CHECK(scan->snapshot->scans > 0);
    scan->snapshot->scans--;
    (void)snapshot_keep_fault(scan->snapshot, scan->err);
    mdb_cursor_close(scan->cursor);
    free(scan);
}
