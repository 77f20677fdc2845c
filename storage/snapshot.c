/* Opened in this order: durable position, references to the tables, LMDB's transaction. A table
 * leaves the list only after its rows are committed in LMDB, so whatever is not in the tables taken
 * is in the transaction begun after them. LMDB may stand above the position read first: then it
 * alone counts. */
#include "base/check.h"
#include "storage/clock.h"
#include "storage/view.h"
#include <stdlib.h>
#include <string.h>

static enum err open_at(struct store *store, bool applied, struct snapshot **out)
{
    struct snapshot *snapshot = malloc(sizeof *snapshot);
    if (snapshot == NULL)
        return ERR_NO_MEMORY;
    *snapshot = (struct snapshot){.store = store, .opened_at = clock_tick(), .applied = applied};
    if (!applied) {
        snapshot->window.upto = recent_set_durable(&store->recents);
        recent_set_take(&store->recents, &snapshot->tables);
    }
    enum err err = env_err(mdb_txn_begin(store->env.mdb, NULL, MDB_RDONLY, &snapshot->txn));
    struct head head;
    if (err == ERR_OK)
        err = head_read(&store->env, snapshot->txn, &head);
    if (err != ERR_OK) {
        snapshot_close(snapshot);
        return err;
    }
    snapshot->window.above = head.position;
    if (snapshot->window.upto < head.position)
        snapshot->window.upto = head.position;
    *out = snapshot;
    return ERR_OK;
}

enum err snapshot_open(struct store *store, struct snapshot **out)
{
    return open_at(store, false, out);
}

enum err snapshot_open_applied(struct store *store, struct snapshot **out)
{
    return open_at(store, true, out);
}

void snapshot_close(struct snapshot *snapshot)
{
    CHECK(snapshot->scans == 0);
    if (snapshot->cursor != NULL)
        mdb_cursor_close(snapshot->cursor);
    if (snapshot->txn != NULL)
        mdb_txn_abort(snapshot->txn);
    recent_set_give(&snapshot->store->recents, &snapshot->tables);
    free(snapshot);
}

uint64_t snapshot_position(const struct snapshot *snapshot)
{
    return snapshot->window.upto;
}

bool snapshot_overdue(const struct snapshot *snapshot)
{
    return !snapshot->applied &&
           clock_tick().ms - snapshot->opened_at.ms >= snapshot->store->config.snapshot_ms;
}

enum err snapshot_keep_fault(struct snapshot *snapshot, enum err err)
{
    if (err != ERR_OK && err != ERR_NOT_FOUND && snapshot->fault == ERR_OK)
        snapshot->fault = err;
    return err;
}

enum err snapshot_fault(const struct snapshot *snapshot)
{
    return snapshot->fault;
}

/* The rows of a list and of a case lie side by side: the next one mostly stands on the page of the
 * last, and a cursor that stands there need not come down the tree again. But a page may be wrong
 * about its last key: that a row is absent the root says. Where a search failed half way nobody
 * knows where it stands. */
static enum err get_stored(struct snapshot *snapshot, struct bytes key, struct bytes *value)
{
    MDB_val k = {key.size, (void *)(uintptr_t)key.data}, v;
    int error = 0;
    bool kept = snapshot->cursor != NULL;
    if (!kept)
        error = mdb_cursor_open(snapshot->txn, snapshot->store->env.rows, &snapshot->cursor);
    if (error == 0)
        error = mdb_cursor_get(snapshot->cursor, &k, &v, MDB_SET);
    if (error == MDB_NOTFOUND && kept)
        error = mdb_get(snapshot->txn, snapshot->store->env.rows, &k, &v);
    if (error != 0 && error != MDB_NOTFOUND && snapshot->cursor != NULL) {
        mdb_cursor_close(snapshot->cursor);
        snapshot->cursor = NULL;
    }
    if (error != 0)
        return env_err(error);
    return row_decode(key, bytes_of(v.mv_data, v.mv_size), value) ? ERR_OK : ERR_CORRUPT;
}

/* The value as it is stored, an audit record with its link. */
static enum err find_row(struct snapshot *snapshot, struct bytes stored, struct bytes *found)
{
    const struct recent_node *node = NULL;
    for (unsigned i = 0; i < 2 && node == NULL; i++)
        if (snapshot->tables.tables[i] != NULL)
            node = recent_find(snapshot->tables.tables[i], stored, snapshot->window,
                               &snapshot->gaps[i]);
    if (node != NULL && recent_is_erased(node))
        return ERR_NOT_FOUND;
    if (node == NULL)
        return get_stored(snapshot, stored, found);
    *found = recent_value(node);
    return ERR_OK;
}

enum err snapshot_get(struct snapshot *snapshot, enum table table, struct bytes key,
                      struct bytes *value)
{
    struct stored_key wanted = stored_key(table, key);
    struct bytes stored = stored_key_bytes(&wanted), found = {NULL, 0};
    enum err err = find_row(snapshot, stored, &found);
    return snapshot_keep_fault(snapshot, err == ERR_OK ? row_visible(stored, found, value) : err);
}

enum err snapshot_link(struct snapshot *snapshot, uint64_t number, uint8_t link[ROW_LINK_SIZE])
{
    struct row_key key = key_of_u64(number);
    struct stored_key wanted = stored_key(TABLE_AUDIT, row_key_bytes(&key));
    struct bytes found = {NULL, 0};
    enum err err = find_row(snapshot, stored_key_bytes(&wanted), &found);
    if (err == ERR_OK && found.size < ROW_LINK_SIZE)
        err = ERR_CORRUPT;
    if (err == ERR_OK)
        memcpy(link, found.data, ROW_LINK_SIZE);
    return snapshot_keep_fault(snapshot, err);
}
