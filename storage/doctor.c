#include "storage/doctor.h"
#include "base/check.h"
#include "storage/parts.h"
#include "storage/view.h"

struct examination {
    const struct doctor *doctor;
    struct snapshot *snapshot; /* for check_row; of the inspector's state */
    bool blind;                /* it is that no longer, or LMDB has ended it over a damaged page */
    struct inspector inspector;
};

static bool is_usable(const struct examination *exam)
{
    MDB_stat stat;
    return !exam->inspector.is_anew &&
           mdb_stat(exam->snapshot->txn, exam->inspector.env->rows, &stat) == 0;
}

/* One finding, where everything behind the damage would be one. */
static void look_no_further(struct examination *exam)
{
    exam->blind = true;
    inspect_find(&exam->inspector, "not_compared",
                 "behind the damage rows are not compared with each other");
}

static void check_record(struct examination *exam, struct bytes key, struct bytes value)
{
    struct bytes visible;
    struct row_key room;
    if (exam->doctor->check_row == NULL || exam->blind ||
        row_visible(key, value, &visible) != ERR_OK)
        return;
    if (exam->inspector.is_anew) {
        look_no_further(exam);
        return;
    }
    const char *what = exam->doctor->check_row(exam->doctor->self, stored_key_table(key),
                                               stored_key_own(key, &room), visible);
    if (what != NULL) {
        char name[FINDING_SENTENCE_SIZE];
        inspect_name(key, name);
        inspect_find(&exam->inspector, what, "%.200s", name);
        if (!is_usable(exam))
            look_no_further(exam);
    }
}

static bool is_stopped(const struct examination *exam)
{
    return exam->doctor->stop != NULL && atomic_load(exam->doctor->stop);
}

static enum err on_row(void *self, struct bytes key, struct bytes value)
{
    struct examination *exam = self;
    enum table_keys keys = table_info(stored_key_table(key))->keys;
    uint64_t owner = 0;
    if (keys == KEYS_APPENDED)
        inspect_appended(&exam->inspector, key, value);
    else if (keys == KEYS_OWNED && !stored_key_owner(key, &owner))
        inspect_find(&exam->inspector, "key", "table %s: a key without an owner",
                     table_info(stored_key_table(key))->name);
    if (keys != KEYS_INTERNAL)
        check_record(exam, key, value);
    return is_stopped(exam) ? ERR_CLOSED : ERR_OK;
}

/* ---- what the rows add up to ---- */

static void check_ends(struct examination *exam, const struct head *stored)
{
    for (unsigned i = 0; i < TABLE_MAX; i++) {
        const struct table_info *info = table_info((enum table)i);
        if (info != NULL && info->keys == KEYS_APPENDED)
            inspect_end(&exam->inspector, (enum table)i, stored);
    }
}

static enum err check_owners(struct examination *exam)
{
    uint64_t owner = 0, rows = 0;
    for (uint64_t from = 0;; from = owner + 1) {
        enum err err = inspect_next_owner(&exam->inspector, from, &owner);
        if (err != ERR_OK || owner == UINT64_MAX)
            return err;
        err = is_stopped(exam) ? ERR_CLOSED : inspect_owner(&exam->inspector, owner, &rows);
        if (err != ERR_OK)
            return err;
    }
}

static enum err examine(struct examination *exam)
{
    struct head stored; /* what the last apply left */
    struct walk walk = {.self = exam, .each = on_row};
    head_init(&exam->inspector.walked);
    enum err err = head_read(exam->inspector.env, exam->inspector.txn, &stored);
    if (err == ERR_OK)
        err = inspect_walk(&exam->inspector, &walk, UINT64_MAX);
    if (err != ERR_OK)
        return err;
    check_ends(exam, &stored);
    return check_owners(exam);
}

/* A snapshot and the inspector's transactions of the same state, unless somebody writes in between:
 * then anew. */
static enum err open_both(struct store *store, struct examination *exam)
{
    for (;;) {
        enum err err = snapshot_open_applied(store, &exam->snapshot);
        if (err != ERR_OK)
            return err;
        err = inspect_begin(&exam->inspector);
        if (err == ERR_OK && mdb_txn_id(exam->inspector.txn) == mdb_txn_id(exam->snapshot->txn))
            return ERR_OK;
        inspect_close(&exam->inspector);
        snapshot_close(exam->snapshot);
        if (err != ERR_OK)
            return err;
    }
}

enum err doctor_verify(struct store *store, const struct doctor *doctor, uint64_t *rows,
                       uint64_t *bad)
{
    CHECK(doctor->report != NULL);
    enum err err = store_apply_now(store);
    if (err != ERR_OK)
        return err;
    struct examination exam = {
        .doctor = doctor,
        .inspector = {.self = doctor->self, .report = doctor->report, .env = &store->env}};
    err = open_both(store, &exam);
    if (err != ERR_OK)
        return err;
    if (doctor->begin != NULL)
        doctor->begin(doctor->self, exam.snapshot);
    err = examine(&exam);
    bool whole = err == ERR_OK && !exam.blind && !exam.inspector.is_cut && is_usable(&exam);
    inspect_close(&exam.inspector);
    if (doctor->end != NULL)
        exam.inspector.bad += doctor->end(doctor->self, whole);
    snapshot_close(exam.snapshot);
    *rows = exam.inspector.rows;
    *bad = exam.inspector.bad;
    return err;
}
