#include "storage/inspect.h"
#include "base/check.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void inspect_find(struct inspector *inspector, const char *what, const char *format, ...)
{
    char sentence[FINDING_SENTENCE_SIZE];
    va_list values;
    va_start(values, format);
    vsnprintf(sentence, sizeof sentence, format, values);
    va_end(values);
    inspector->bad++;
    inspector->report(inspector->self, &(struct finding){what, sentence});
}

void inspect_name(struct bytes stored_key, char name[FINDING_SENTENCE_SIZE])
{
    enum table table = stored_key_table(stored_key);
    const struct table_info *info = table_info(table);
    struct row_key room;
    struct bytes own = info == NULL ? bytes_slice(stored_key, 1, stored_key.size - 1)
                                    : stored_key_own(stored_key, &room);
    int used = snprintf(name, FINDING_SENTENCE_SIZE, "table %s (%u), key ",
                        info == NULL ? "?" : info->name,
                        info == NULL ? stored_key.data[0] : (unsigned)table);
    for (size_t i = 0; i < own.size && used > 0 && used < FINDING_SENTENCE_SIZE - 2; i++)
        used += snprintf(name + used, (size_t)(FINDING_SENTENCE_SIZE - used), "%02x", own.data[i]);
}

/* ---- the transactions ---- */

static void probe_end(struct inspector *inspector)
{
    mdb_txn_abort(inspector->probe);
    inspector->probe = NULL;
}

static enum err probe_begin(struct inspector *inspector)
{
    enum err err = env_err(mdb_txn_begin(inspector->env->mdb, NULL, MDB_RDONLY, &inspector->probe));
    if (err != ERR_OK)
        inspector->probe = NULL;
    return err;
}

static bool is_same_state(const struct inspector *inspector)
{
    return mdb_txn_id(inspector->probe) == mdb_txn_id(inspector->txn);
}

static enum err walk_begin(struct inspector *inspector)
{
    enum err err = env_err(mdb_txn_begin(inspector->env->mdb, NULL, MDB_RDONLY, &inspector->txn));
    if (err != ERR_OK)
        return err;
    err = env_err(mdb_cursor_open(inspector->txn, inspector->env->rows, &inspector->cursor));
    if (err != ERR_OK)
        mdb_txn_abort(inspector->txn);
    return err;
}

static void walk_end(struct inspector *inspector)
{
    mdb_cursor_close(inspector->cursor);
    mdb_txn_abort(inspector->txn);
}

enum err inspect_begin(struct inspector *inspector)
{
    inspector->txn = inspector->probe = NULL;
    enum err err = walk_begin(inspector);
    if (err != ERR_OK) {
        inspector->txn = NULL;
        return err;
    }
    err = probe_begin(inspector);
    while (err == ERR_OK && !is_same_state(inspector)) { /* somebody has written in between */
        walk_end(inspector);
        inspector->txn = inspector->probe;
        inspector->probe = NULL;
        err = env_err(mdb_cursor_open(inspector->txn, inspector->env->rows, &inspector->cursor));
        if (err != ERR_OK) {
            mdb_txn_abort(inspector->txn);
            inspector->txn = NULL;
            return err;
        }
        err = probe_begin(inspector);
    }
    if (err != ERR_OK)
        inspect_close(inspector);
    return err;
}

void inspect_close(struct inspector *inspector)
{
    if (inspector->txn == NULL)
        return;
    walk_end(inspector);
    probe_end(inspector);
    inspector->txn = NULL;
}

/* Where somebody has written meanwhile the state is a later one: what follows from the rows seen
 * before may then be reported too, behind the damage itself. */
static enum err begin_anew(struct inspector *inspector)
{
    size_t state = mdb_txn_id(inspector->txn);
    inspect_close(inspector);
    enum err err = inspect_begin(inspector);
    if (err == ERR_OK && mdb_txn_id(inspector->txn) != state)
        inspector->is_anew = true;
    return err;
}

/* ---- one row ---- */

/* The row by its key. True: it is the very bytes that the walk met. */
static bool get(const struct inspector *inspector, MDB_txn *txn, struct bytes key,
                struct bytes stored, int *error)
{
    MDB_val k = {key.size, (void *)(uintptr_t)key.data}, v;
    *error = mdb_get(txn, inspector->env->rows, &k, &v);
    return *error == 0 && v.mv_data == stored.data && v.mv_size == stored.size;
}

static bool is_damage(int error)
{
    return error != 0 && error != MDB_NOTFOUND;
}

/* Does a reader by key get what the walk met? *broken: the walk's transaction is lost over it. */
static enum err look_up(struct inspector *inspector, struct bytes key, struct bytes stored,
                        bool *found, bool *broken)
{
    int error = 0;
    enum err err = inspector->probe != NULL ? ERR_OK : probe_begin(inspector);
    if (err != ERR_OK)
        return err;
    *found = get(inspector, inspector->probe, key, stored, &error);
    if (is_damage(error)) {
        probe_end(inspector);
    } else if (!*found && !is_same_state(inspector)) {
        /* Of a later state another row, or none, says nothing: the walk's own has the say. */
        *found = get(inspector, inspector->txn, key, stored, &error);
        *broken = is_damage(error);
    }
    return ERR_OK;
}

/* A row without a table or a shape has no *value: there is nothing more to look at. */
static enum err look_at(struct inspector *inspector, struct bytes key, struct bytes stored,
                        struct bytes *value, bool *has_value, bool *found, bool *broken)
{
    char name[FINDING_SENTENCE_SIZE];
    inspector->rows++;
    *has_value = *found = false;
    if (key.size < 2 || key.size >= STORED_KEY_MAX || stored.size > ROW_STORED_MAX) {
        inspect_find(inspector, "row_shape", "a row with a key of %zu and a value of %zu bytes",
                     key.size, stored.size);
        return ERR_OK;
    }
    inspect_name(key, name);
    if (table_info(stored_key_table(key)) == NULL) {
        inspect_find(inspector, "table", "no such table: %.200s", name);
        return ERR_OK;
    }
    *has_value = true;
    if (!row_decode(key, stored, value))
        inspect_find(inspector, "row_checksum", "the checksum does not fit: %.200s", name);
    enum err err = look_up(inspector, key, stored, found, broken);
    if (err == ERR_OK && !*found)
        inspect_find(inspector, "row_unfindable", "is there but not found: %.200s", name);
    return err;
}

/* ---- the walk ---- */

enum { STEPS_MIN = 100000 }; /* behind damage a slice may take so many more than it was given */

static void report_pages(struct inspector *inspector, const struct walk *walk, const char *why)
{
    char name[FINDING_SENTENCE_SIZE] = "the first";
    if (walk->at.size > 0)
        inspect_name(stored_key_bytes(&walk->at), name);
    inspect_find(inspector, "pages",
                 "rows of this table or shelf can't be reached behind %.180s: %s", name, why);
    inspector->is_cut = true;
}

/* To the next table or shelf, since nothing leads on in this one. */
static void leave_table(struct walk *walk)
{
    unsigned next = (walk->at.size == 0 ? 0 : walk->at.data[0]) + 1u;
    walk->at = (struct stored_key){.data = {(uint8_t)next}, .size = 1};
    walk->ended = next >= TABLE_MAX;
}

/* By steps from the first row on, where a search is misled; *error stays if the row is further. A
 * slice of the scrub holds up the applier, and each behind the damage would step so. */
static enum err step_behind(struct inspector *inspector, const struct walk *walk, uint64_t rows,
                            MDB_val *k, MDB_val *v, int *error)
{
    uint64_t left = rows > STEPS_MIN ? rows : STEPS_MIN;
    enum err err = begin_anew(inspector);
    if (err != ERR_OK)
        return err;
    int stepped = mdb_cursor_get(inspector->cursor, k, v, MDB_FIRST);
    for (; stepped == 0 && left > 0 &&
           bytes_compare(bytes_of(k->mv_data, k->mv_size), stored_key_bytes(&walk->at)) <= 0;
         left--)
        stepped = mdb_cursor_get(inspector->cursor, k, v, MDB_NEXT);
    if (left > 0)
        *error = stepped;
    return ERR_OK;
}

/* To the first row behind `at`; *error is LMDB's. */
static enum err seek(struct inspector *inspector, const struct walk *walk, uint64_t rows,
                     MDB_val *k, MDB_val *v, int *error)
{
    struct stored_key from = {.size = 1};
    if (walk->at.size > 0)
        from = stored_key_behind(stored_key_bytes(&walk->at));
    *k = (MDB_val){from.size, from.data};
    *error = mdb_cursor_get(inspector->cursor, k, v, MDB_SET_RANGE);
    /* A table's beginning is not looked for by steps: behind a damaged page each of sixty would
       take as long as all before it. */
    bool misled = is_damage(*error) && walk->at.size > 1;
    return misled ? step_behind(inspector, walk, rows, k, v, error) : ERR_OK;
}

/* One row, the cursor on it. *found: the walk may begin again behind it. *broken: it must, in a new
 * transaction. */
static enum err take_row(struct inspector *inspector, struct walk *walk, MDB_val k, MDB_val v,
                         bool *found, bool *broken)
{
    struct bytes key = bytes_of(k.mv_data, k.mv_size), value;
    bool has_value = false;
    enum err err =
        look_at(inspector, key, bytes_of(v.mv_data, v.mv_size), &value, &has_value, found, broken);
    if (err == ERR_OK && has_value)
        err = walk->each(walk->self, key, value);
    /* Forwards only, whatever order the pages claim: a walk must end. */
    if ((*found || *broken) && bytes_compare(key, stored_key_bytes(&walk->at)) > 0)
        walk->at = stored_key_copy(key);
    return err;
}

/* Rows until `rows` are done, the end, or an error of LMDB (*error), which ends the transaction.
 * Not ended by a row that no search finds, for the next slice would seek from it and be misled: by
 * a damaged key over those behind it, or back to rows that were looked at before. */
static enum err walk_on(struct inspector *inspector, struct walk *walk, uint64_t *rows, int *error)
{
    MDB_val k, v;
    bool found = true, broken = false;
    uint64_t over = STEPS_MIN;
    enum err err = seek(inspector, walk, *rows, &k, &v, error);
    while (*error == 0 && err == ERR_OK && !broken && (*rows > 0 || (!found && over > 0))) {
        err = take_row(inspector, walk, k, v, &found, &broken);
        --*(*rows > 0 ? rows : &over);
        if (err == ERR_OK && !broken && (*rows > 0 || (!found && over > 0)))
            *error = mdb_cursor_get(inspector->cursor, &k, &v, MDB_NEXT);
    }
    if (broken && err == ERR_OK)
        err = begin_anew(inspector);
    return err;
}

enum err inspect_walk(struct inspector *inspector, struct walk *walk, uint64_t rows)
{
    enum err err = ERR_OK;
    while (err == ERR_OK && !walk->ended && rows > 0) {
        struct stored_key before = walk->at;
        int error = 0;
        err = walk_on(inspector, walk, &rows, &error);
        bool stuck = bytes_equal(stored_key_bytes(&before), stored_key_bytes(&walk->at));
        if (err != ERR_OK)
            break;
        if (error == MDB_NOTFOUND) {
            walk->ended = true;
        } else if (error != 0) {
            report_pages(inspector, walk, mdb_strerror(error));
            leave_table(walk);
            err = begin_anew(inspector);
        } else if (stuck) {
            report_pages(inspector, walk, "a search for the next one leads back");
            leave_table(walk);
        }
    }
    return err;
}

/* ---- appended tables ---- */

static void inspect_link(struct inspector *inspector, uint64_t number, struct bytes key,
                         struct bytes value)
{
    struct bytes record;
    uint8_t link[ROW_LINK_SIZE];
    if (row_visible(key, value, &record) != ERR_OK) {
        inspect_find(inspector, "audit_chain", "audit record %" PRIu64 " has no link", number);
        return;
    }
    row_link(inspector->walked.link, record, link);
    if (memcmp(link, value.data, ROW_LINK_SIZE) != 0)
        inspect_find(inspector, "audit_chain",
                     "audit record %" PRIu64 " does not follow from the one before it", number);
    /* On with the link that stands there, so that one broken record is one finding, not all behind
     * it. */
    memcpy(inspector->walked.link, value.data, ROW_LINK_SIZE);
}

void inspect_appended(struct inspector *inspector, struct bytes key, struct bytes value)
{
    enum table table = stored_key_table(key);
    uint64_t number = 0;
    if (!stored_key_number(key, &number)) {
        inspect_find(inspector, "key", "table %s: a key that is no number",
                     table_info(table)->name);
        return;
    }
    uint64_t due = inspector->walked.next[table];
    if (number != due)
        inspect_find(inspector, "appended_gap",
                     "table %s: number %" PRIu64 " follows where %" PRIu64 " is due",
                     table_info(table)->name, number, due);
    inspector->walked.next[table] = number + 1;
    if (table == TABLE_AUDIT)
        inspect_link(inspector, number, key, value);
}

void inspect_end(struct inspector *inspector, enum table table, const struct head *head)
{
    if (inspector->walked.next[table] != head->next[table])
        inspect_find(inspector, "appended_head",
                     "table %s ends before number %" PRIu64 ", the head says %" PRIu64,
                     table_info(table)->name, inspector->walked.next[table], head->next[table]);
    if (table == TABLE_AUDIT && memcmp(inspector->walked.link, head->link, ROW_LINK_SIZE) != 0)
        inspect_find(inspector, "audit_head",
                     "the last audit record is not the one the head names");
}

/* ---- owners ---- */

/* The digest row of one owner; absent or damaged is empty. */
static enum err read_digest(struct inspector *inspector, uint64_t owner,
                            struct owner_digest *digest)
{
    struct stored_key key = digests_key(owner);
    MDB_val k = {key.size, key.data}, v;
    *digest = (struct owner_digest){.owner = owner};
    int error = mdb_get(inspector->txn, inspector->env->rows, &k, &v);
    if (error != 0)
        return error == MDB_NOTFOUND ? ERR_OK : begin_anew(inspector);
    struct bytes value;
    if (!row_decode(stored_key_bytes(&key), bytes_of(v.mv_data, v.mv_size), &value) ||
        !digest_decode(value, owner, digest))
        *digest = (struct owner_digest){.owner = owner};
    return ERR_OK;
}

static enum err compare_digest(struct inspector *inspector, const struct owner_digest *computed)
{
    struct owner_digest stored;
    enum err err = read_digest(inspector, computed->owner, &stored);
    if (err == ERR_OK && (computed->count != stored.count ||
                          memcmp(computed->mix, stored.mix, sizeof stored.mix) != 0))
        inspect_find(inspector, "owner_digest",
                     "owner %016" PRIx64 ": %" PRIu64 " rows are there, the digest is of %" PRIu64,
                     computed->owner, computed->count, stored.count);
    return err;
}

/* First byte of owners' rows: a table, or a shelf, whose other tables come with it. */
static bool has_owners(unsigned first)
{
    const struct table_info *info = table_info((enum table)first);
    return info != NULL && info->keys == KEYS_OWNED && stored_key_shelf((enum table)first) == first;
}

static struct stored_key owner_key(unsigned first, uint64_t owner)
{
    struct row_key key = key_of_u64(owner);
    return stored_key_prefix((enum table)first, row_key_bytes(&key));
}

/* The least owner at or above that of `from`, in its table or shelf. */
static enum err lower_to(struct inspector *inspector, struct stored_key from, uint64_t *least)
{
    MDB_val k = {from.size, from.data}, v;
    int error = mdb_cursor_get(inspector->cursor, &k, &v, MDB_SET_RANGE);
    if (error != 0)
        return error == MDB_NOTFOUND ? ERR_OK : begin_anew(inspector);
    struct bytes key = bytes_of(k.mv_data, k.mv_size);
    uint64_t owner = 0;
    bool owned = key.size > 1 && key.data[0] == from.data[0] &&
                 (stored_key_owner(key, &owner) || digest_is_key(key, &owner));
    if (owned && owner < *least)
        *least = owner;
    return ERR_OK;
}

enum err inspect_next_owner(struct inspector *inspector, uint64_t from, uint64_t *owner)
{
    *owner = UINT64_MAX; /* is no actor's id */
    enum err err = lower_to(inspector, digests_key(from), owner);
    for (unsigned first = 0; first < TABLE_MAX && err == ERR_OK; first++)
        if (has_owners(first))
            err = lower_to(inspector, owner_key(first, from), owner);
    return err;
}

static enum err add_rows(struct inspector *inspector, struct stored_key prefix, uint64_t owner,
                         struct digests *digests, uint64_t *rows)
{
    MDB_val k = {prefix.size, prefix.data}, v;
    enum err err = ERR_OK;
    int error = mdb_cursor_get(inspector->cursor, &k, &v, MDB_SET_RANGE);
    while (error == 0 && err == ERR_OK) {
        struct bytes key = bytes_of(k.mv_data, k.mv_size), value;
        if (!bytes_start_with(key, stored_key_bytes(&prefix)))
            break;
        (void)row_decode(key, bytes_of(v.mv_data, v.mv_size), &value);
        err = digests_change(digests, owner, key, value, true);
        ++*rows;
        error = mdb_cursor_get(inspector->cursor, &k, &v, MDB_NEXT);
    }
    return err != ERR_OK || error == 0 || error == MDB_NOTFOUND ? err : begin_anew(inspector);
}

enum err inspect_owner(struct inspector *inspector, uint64_t owner, uint64_t *rows)
{
    struct digests digests;
    digests_init(&digests);
    enum err err = ERR_OK;
    for (unsigned first = 0; first < TABLE_MAX && err == ERR_OK; first++)
        if (has_owners(first))
            err = add_rows(inspector, owner_key(first, owner), owner, &digests, rows);
    const struct owner_digest none = {.owner = owner};
    if (err == ERR_OK)
        err = compare_digest(inspector, digests.count > 0 ? &digests.items[0] : &none);
    digests_deinit(&digests);
    return err;
}
