#include "storage/doctor.h"
#include "base/check.h"
#include "storage/digests.h"
#include "storage/view.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE_SIZE = 256 };

struct examination {
    const struct doctor *doctor;
    MDB_txn *txn;
    const struct env *env;
    struct head stored;      /* what the last apply left */
    struct head walked;      /* what the rows themselves add up to */
    struct digests computed; /* from the rows */
    uint64_t rows, bad;
};

__attribute__((format(printf, 3, 4))) static void find(struct examination *exam, const char *what,
                                                       const char *format, ...)
{
    char sentence[SENTENCE_SIZE];
    va_list values;
    va_start(values, format);
    vsnprintf(sentence, sizeof sentence, format, values);
    va_end(values);
    exam->bad++;
    exam->doctor->report(exam->doctor->self, &(struct finding){what, sentence});
}

/* A row's name in sentences: the table's name and the key in hex. */
static void name_row(struct bytes stored_key, char name[SENTENCE_SIZE])
{
    const struct table_info *info = table_info(stored_key_table(stored_key));
    int used = snprintf(name, SENTENCE_SIZE, "table %s (%u), key ", info == NULL ? "?" : info->name,
                        stored_key.data[0]);
    for (size_t i = 1; i < stored_key.size && used > 0 && used < SENTENCE_SIZE - 2; i++)
        used += snprintf(name + used, (size_t)(SENTENCE_SIZE - used), "%02x", stored_key.data[i]);
}

/* ---- one row ---- */

static void check_appended(struct examination *exam, struct bytes key, struct bytes value)
{
    enum table table = stored_key_table(key);
    uint64_t number = 0;
    if (!stored_key_number(key, &number)) {
        find(exam, "key", "table %s: a key that is no number", table_info(table)->name);
        return;
    }
    if (number != exam->walked.next[table])
        find(exam, "appended_gap", "table %s: number %" PRIu64 " follows where %" PRIu64 " is due",
             table_info(table)->name, number, exam->walked.next[table]);
    exam->walked.next[table] = number + 1;
    if (table != TABLE_AUDIT)
        return;
    struct bytes record;
    uint8_t link[ROW_LINK_SIZE];
    if (row_visible(key, value, &record) != ERR_OK) {
        find(exam, "audit_chain", "audit record %" PRIu64 " has no link", number);
        return;
    }
    row_link(exam->walked.link, record, link);
    if (memcmp(link, value.data, ROW_LINK_SIZE) != 0)
        find(exam, "audit_chain", "audit record %" PRIu64 " does not follow from the one before it",
             number);
    /* On with the link that stands there, so that one broken record is one finding, not all behind
     * it. */
    memcpy(exam->walked.link, value.data, ROW_LINK_SIZE);
}

static enum err check_owned(struct examination *exam, struct bytes key, struct bytes value)
{
    uint64_t owner = 0;
    if (!stored_key_owner(key, &owner)) {
        find(exam, "key", "table %s: a key without an owner",
             table_info(stored_key_table(key))->name);
        return ERR_OK;
    }
    return digests_change(&exam->computed, owner, key, value, true);
}

static void check_record(struct examination *exam, struct bytes key, struct bytes value)
{
    struct bytes visible;
    if (exam->doctor->check_row == NULL || row_visible(key, value, &visible) != ERR_OK)
        return;
    const char *what = exam->doctor->check_row(exam->doctor->self, stored_key_table(key),
                                               bytes_slice(key, 1, key.size - 1), visible);
    if (what != NULL) {
        char name[SENTENCE_SIZE];
        name_row(key, name);
        find(exam, what, "%.200s", name);
    }
}

static enum err check_row(struct examination *exam, struct bytes key, struct bytes stored)
{
    char name[SENTENCE_SIZE];
    const struct table_info *info = table_info(stored_key_table(key));
    if (info == NULL) {
        name_row(key, name);
        find(exam, "table", "no such table: %.200s", name);
        return ERR_OK;
    }
    struct bytes value;
    if (!row_decode(key, stored, &value)) {
        name_row(key, name);
        find(exam, "row_checksum", "the checksum does not fit: %.200s", name);
    }
    /* A damaged row counts all the same, so that what follows from it is found too. */
    enum err err = ERR_OK;
    if (info->keys == KEYS_APPENDED)
        check_appended(exam, key, value);
    else if (info->keys == KEYS_OWNED)
        err = check_owned(exam, key, value);
    if (err == ERR_OK && info->keys != KEYS_INTERNAL)
        check_record(exam, key, value);
    return err;
}

static bool is_stopped(const struct examination *exam)
{
    return exam->doctor->stop != NULL && atomic_load(exam->doctor->stop);
}

static enum err check_rows(struct examination *exam)
{
    MDB_cursor *cursor = NULL;
    int error = mdb_cursor_open(exam->txn, exam->env->rows, &cursor);
    if (error != 0)
        return env_err(error);
    MDB_val k, v;
    enum err err = ERR_OK;
    while (err == ERR_OK && (error = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) == 0) {
        exam->rows++;
        err = is_stopped(exam)
                  ? ERR_CLOSED
                  : check_row(exam, bytes_of(k.mv_data, k.mv_size), bytes_of(v.mv_data, v.mv_size));
    }
    mdb_cursor_close(cursor);
    if (err == ERR_OK && error != MDB_NOTFOUND)
        err = env_err(error);
    return err;
}

/* ---- what the rows add up to ---- */

/* Cut off at its end, a chain is still a chain: the head knows how far it went. */
static void check_heads(struct examination *exam)
{
    for (unsigned i = 0; i < TABLE_MAX; i++)
        if (exam->walked.next[i] != exam->stored.next[i])
            find(exam, "appended_head",
                 "table %s ends before number %" PRIu64 ", the head says %" PRIu64,
                 table_info((enum table)i)->name, exam->walked.next[i], exam->stored.next[i]);
    if (memcmp(exam->walked.link, exam->stored.link, ROW_LINK_SIZE) != 0)
        find(exam, "audit_head", "the last audit record is not the one the head names");
}

static void compare_digest(struct examination *exam, uint64_t owner,
                           const struct owner_digest *stored)
{
    static const struct owner_digest none = {0};
    uint32_t place = 0;
    const struct owner_digest *computed = &none;
    if (map_get(&exam->computed.places, owner, &place))
        computed = &exam->computed.items[place];
    if (computed->count != stored->count ||
        memcmp(computed->mix, stored->mix, sizeof stored->mix) != 0)
        find(exam, "owner_digest",
             "owner %016" PRIx64 ": %" PRIu64 " rows are there, the digest is of %" PRIu64, owner,
             computed->count, stored->count);
}

/* The digest row of one owner; absent is empty. */
static enum err read_digest(const struct examination *exam, uint64_t owner,
                            struct owner_digest *digest)
{
    struct stored_key key = digests_key(owner);
    MDB_val k = {key.size, key.data}, v;
    *digest = (struct owner_digest){.owner = owner};
    int error = mdb_get(exam->txn, exam->env->rows, &k, &v);
    if (error != 0)
        return error == MDB_NOTFOUND ? ERR_OK : env_err(error);
    struct bytes value;
    (void)row_decode(stored_key_bytes(&key), bytes_of(v.mv_data, v.mv_size), &value);
    if (!digest_decode(value, owner, digest))
        *digest = (struct owner_digest){.owner = owner};
    return ERR_OK;
}

/* Owners that have rows, against their digest row. */
static enum err check_digests_of_rows(struct examination *exam)
{
    for (uint32_t i = 0; i < exam->computed.count; i++) {
        struct owner_digest stored;
        enum err err = read_digest(exam, exam->computed.items[i].owner, &stored);
        if (err != ERR_OK)
            return err;
        compare_digest(exam, stored.owner, &stored);
    }
    return ERR_OK;
}

/* Digest rows of owners that have no row any more. */
static enum err check_digests_alone(struct examination *exam)
{
    MDB_cursor *cursor = NULL;
    int error = mdb_cursor_open(exam->txn, exam->env->rows, &cursor);
    if (error != 0)
        return env_err(error);
    uint8_t first = TABLE_STORE;
    MDB_val k = {1, &first}, v;
    for (error = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE); error == 0;
         error = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) {
        uint64_t owner = 0;
        uint32_t place = 0;
        struct owner_digest stored;
        if (!digest_is_key(bytes_of(k.mv_data, k.mv_size), &owner) ||
            map_get(&exam->computed.places, owner, &place))
            continue;
        if (read_digest(exam, owner, &stored) == ERR_OK)
            compare_digest(exam, owner, &stored);
    }
    mdb_cursor_close(cursor);
    return error == MDB_NOTFOUND ? ERR_OK : env_err(error);
}

static enum err examine(struct examination *exam)
{
    head_init(&exam->walked);
    enum err err = head_read(exam->env, exam->txn, &exam->stored);
    if (err == ERR_OK)
        err = check_rows(exam);
    if (err == ERR_OK) {
        check_heads(exam);
        err = check_digests_of_rows(exam);
    }
    if (err == ERR_OK)
        err = check_digests_alone(exam);
    return err;
}

enum err doctor_verify(struct store *store, const struct doctor *doctor, uint64_t *rows,
                       uint64_t *bad)
{
    CHECK(doctor->report != NULL);
    enum err err = store_apply_now(store);
    if (err != ERR_OK)
        return err;
    struct snapshot *snapshot = NULL;
    err = snapshot_open_applied(store, &snapshot);
    if (err != ERR_OK)
        return err;
    struct examination exam = {.doctor = doctor, .env = &store->env, .txn = snapshot->txn};
    if (doctor->begin != NULL)
        doctor->begin(doctor->self, snapshot);
    digests_init(&exam.computed);
    err = examine(&exam);
    digests_deinit(&exam.computed);
    if (doctor->end != NULL)
        exam.bad += doctor->end(doctor->self, err == ERR_OK);
    snapshot_close(snapshot);
    *rows = exam.rows;
    *bad = exam.bad;
    return err;
}
