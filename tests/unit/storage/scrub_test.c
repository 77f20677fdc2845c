/* The background scrub: a sound store gives nothing, and each kind of damage is named within a
 * pass. */
#include "storage/scrub.h"
#include "tests/unit/storage/rig.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_SIZE = 1 << 16, ROWS = 400 };

static void on_finding(void *self, const struct finding *finding)
{
    char *text = self;
    size_t used = strlen(text);
    snprintf(text + used, TEXT_SIZE - used, "%s: %s\n", finding->what, finding->sentence);
}

static void begin(struct rig *rig)
{
    rig_begin(rig, "s");
    for (uint32_t i = 0; i < ROWS; i++) {
        struct row_key key = rig_key(i % 5, i);
        rig_put(rig, TABLE_CASE, rig_key_bytes(&key), BYTES_LITERAL("a value of some length"));
        rig_append(rig, TABLE_AUDIT, BYTES_LITERAL("a record"));
    }
    T_OK(rig_commit(rig));
    T_OK(store_apply_now(rig->store));
}

/* One pass; how many slices it took. */
static unsigned pass(struct rig *rig, char text[TEXT_SIZE])
{
    struct scrub scrub;
    unsigned slices = 0;
    text[0] = '\0';
    scrub_init(&scrub, &rig->store->env, on_finding, text);
    while (scrub.passes == 0) {
        T_OK(scrub_slice(&scrub));
        T_TRUE(++slices < 1000);
    }
    return slices;
}

/* A change behind the store's back. */
static void change(struct rig *rig, void (*make)(MDB_txn *txn, const struct env *env))
{
    MDB_txn *txn = NULL;
    T_EQ_INT(mdb_txn_begin(rig->store->env.mdb, NULL, 0, &txn), 0);
    make(txn, &rig->store->env);
    T_EQ_INT(mdb_txn_commit(txn), 0);
}

static struct stored_key case_key(uint64_t owner, uint32_t n)
{
    struct row_key key = rig_key(owner, n);
    return stored_key(TABLE_CASE, rig_key_bytes(&key));
}

static void lose_row(MDB_txn *txn, const struct env *env)
{
    struct stored_key key = case_key(2, 7);
    MDB_val k = {key.size, key.data};
    T_EQ_INT(mdb_del(txn, env->rows, &k, NULL), 0);
}

static void damage_row(MDB_txn *txn, const struct env *env)
{
    struct stored_key key = case_key(3, 8);
    MDB_val k = {key.size, key.data}, v;
    char copy[64];
    T_EQ_INT(mdb_get(txn, env->rows, &k, &v), 0);
    memcpy(copy, v.mv_data, v.mv_size);
    copy[v.mv_size - 1] ^= 1;
    v.mv_data = copy;
    T_EQ_INT(mdb_put(txn, env->rows, &k, &v, 0), 0);
}

static void lose_record(MDB_txn *txn, const struct env *env)
{
    struct row_key number = key_of_u64(17);
    struct stored_key key = stored_key(TABLE_AUDIT, row_key_bytes(&number));
    MDB_val k = {key.size, key.data};
    T_EQ_INT(mdb_del(txn, env->rows, &k, NULL), 0);
}

static void lose_last_record(MDB_txn *txn, const struct env *env)
{
    struct row_key number = key_of_u64(ROWS);
    struct stored_key key = stored_key(TABLE_AUDIT, row_key_bytes(&number));
    MDB_val k = {key.size, key.data};
    T_EQ_INT(mdb_del(txn, env->rows, &k, NULL), 0);
}

static void lose_digest(MDB_txn *txn, const struct env *env)
{
    struct stored_key key = digests_key(4);
    MDB_val k = {key.size, key.data};
    T_EQ_INT(mdb_del(txn, env->rows, &k, NULL), 0);
}

TEST(a_sound_store_gives_nothing_in_several_slices)
{
    struct rig rig;
    static char text[TEXT_SIZE];
    begin(&rig);
    T_TRUE(pass(&rig, text) > 3);
    T_EQ_STR(text, "");
    rig_end(&rig);
}

TEST(a_lost_row_is_named_by_its_owner)
{
    struct rig rig;
    static char text[TEXT_SIZE];
    begin(&rig);
    change(&rig, lose_row);
    pass(&rig, text);
    T_EQ_STR(text,
             "owner_digest: owner 0000000000000002: 79 rows are there, the digest is of 80\n");
    rig_end(&rig);
}

TEST(a_damaged_row_is_named_by_its_key)
{
    struct rig rig;
    static char text[TEXT_SIZE];
    begin(&rig);
    change(&rig, damage_row);
    pass(&rig, text);
    T_HAS(text, "row_checksum: the checksum does not fit: table case (1), key "
                "00000000000000030000000000000008\n");
    T_HAS(text, "owner_digest: owner 0000000000000003");
    rig_end(&rig);
}

TEST(a_lost_record_is_named_by_its_number)
{
    struct rig rig;
    static char text[TEXT_SIZE];
    begin(&rig);
    change(&rig, lose_record);
    pass(&rig, text);
    T_EQ_STR(text, "appended_gap: table audit: number 18 follows where 17 is due\n"
                   "audit_chain: audit record 18 does not follow from the one before it\n");
    rig_end(&rig);
}

TEST(a_record_cut_off_at_the_end_is_named)
{
    struct rig rig;
    static char text[TEXT_SIZE];
    begin(&rig);
    change(&rig, lose_last_record);
    pass(&rig, text);
    T_HAS(text, "appended_head: table audit ends before number 400, the head says 401\n");
    rig_end(&rig);
}

TEST(an_owner_whose_digest_is_lost_is_named)
{
    struct rig rig;
    static char text[TEXT_SIZE];
    begin(&rig);
    change(&rig, lose_digest);
    pass(&rig, text);
    T_EQ_STR(text, "owner_digest: owner 0000000000000004: 80 rows are there, the digest is of 0\n");
    rig_end(&rig);
}

TEST(the_running_store_scrubs_by_itself)
{
    struct rig rig;
    begin(&rig);
    rig_close(&rig);
    rig.config.scrub_gap_ms = 1;
    T_OK(rig_open(&rig));
    change(&rig, lose_row);
    struct metrics metrics;
    do {
        metrics = (struct metrics){0};
        store_metrics(rig.store, &metrics);
    } while (metrics.counters[METRIC_SCRUB_PASSES] < 2);
    T_TRUE(metrics.counters[METRIC_SCRUB_FINDINGS] >= 1);
    T_TRUE(metrics.counters[METRIC_SCRUB_ROWS] >= 2 * ROWS);
    rig_end(&rig);
}

T_LIST(scrub_test, T(a_sound_store_gives_nothing_in_several_slices),
       T(a_lost_row_is_named_by_its_owner), T(a_damaged_row_is_named_by_its_key),
       T(a_lost_record_is_named_by_its_number), T(a_record_cut_off_at_the_end_is_named),
       T(an_owner_whose_digest_is_lost_is_named), T(the_running_store_scrubs_by_itself));
