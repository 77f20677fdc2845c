/* The audit log's Merkle trees and days, and that any change of a record behind the store's back is
 * found and the right record named. */
#include "base/check.h"
#include "base/prng.h"
#include "rt/payload.h"
#include "storage/audit_days.h"
#include "storage/doctor.h"
#include "storage/query_audit.h"
#include "tests/unit/storage/rig.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 4096, RECORDS = 250, CHANGES = 1000, DAY = 24 * 60 * 60 * 1000 };

static const int64_t begin_at = INT64_C(1767196800000); /* 2026-01-01 00:00 in Taipei */

/* ---- trees ---- */

static struct merkle_hash leaf_of(uint32_t i)
{
    return merkle_leaf(i, bytes_of(&i, sizeof i));
}

/* Two leaves in one tree: the only node there is. */
static struct merkle_hash node_of(const struct merkle_hash *left, const struct merkle_hash *right)
{
    struct merkle_hash leaves[2] = {*left, *right};
    return merkle_root(leaves, 2);
}

TEST(each_leaf_of_each_tree_leads_to_its_root)
{
    struct merkle_hash leaves[70];
    for (uint32_t count = 1; count <= 70; count++) {
        leaves[count - 1] = leaf_of(count);
        struct merkle_hash root = merkle_root(leaves, count);
        for (uint32_t index = 0; index < count; index++) {
            struct merkle_step path[MERKLE_PATH_MAX];
            uint32_t steps = merkle_path(leaves, count, index, path);
            struct merkle_hash at = leaves[index];
            for (uint32_t i = 0; i < steps; i++)
                at = path[i].left ? node_of(&path[i].hash, &at) : node_of(&at, &path[i].hash);
            T_EQ_MEM(at.bytes, root.bytes, sizeof root.bytes);
            T_TRUE(steps <= 7);
        }
    }
}

TEST(a_leaf_binds_number_and_record)
{
    struct merkle_hash one = merkle_leaf(1, BYTES_LITERAL("x"));
    struct merkle_hash other = merkle_leaf(2, BYTES_LITERAL("x"));
    struct merkle_hash third = merkle_leaf(1, BYTES_LITERAL("y"));
    T_TRUE(memcmp(one.bytes, other.bytes, sizeof one.bytes) != 0);
    T_TRUE(memcmp(one.bytes, third.bytes, sizeof one.bytes) != 0);
}

/* ---- days ---- */

static void append_at(struct rig *rig, int64_t at)
{
    uint8_t data[ROW_VALUE_MAX];
    struct writer writer = writer_on(data, sizeof data);
    struct audit audit = {.at = at,
                          .actor = {.kind = PRINCIPAL_OPS, .method = METHOD_HCA, .person = 7},
                          .action = AUDIT_LOGIN};
    audit_write(&writer, &audit);
    T_FALSE(writer.failed);
    rig_append(rig, TABLE_AUDIT, writer_bytes(&writer));
}

static void expect_proof(struct rig *rig, uint64_t number, uint64_t first, uint64_t count)
{
    struct snapshot *snapshot = NULL;
    struct audit_proof proof;
    struct arena arena;
    arena_init(&arena, 4096, 0);
    T_OK(snapshot_open(rig->store, &snapshot));
    T_OK(query_audit_proof(snapshot, number, &arena, &proof));
    T_EQ_UINT(proof.first, first);
    T_EQ_UINT(proof.count, count);
    struct merkle_hash at = merkle_leaf(number, proof.record);
    for (uint32_t i = 0; i < proof.steps; i++)
        at = proof.path[i].left ? node_of(&proof.path[i].hash, &at)
                                : node_of(&at, &proof.path[i].hash);
    T_EQ_MEM(at.bytes, proof.root.bytes, sizeof at.bytes);
    snapshot_close(snapshot);
    arena_deinit(&arena);
}

static void expect_days(struct rig *rig)
{
    expect_proof(rig, 1, 1, 3);
    expect_proof(rig, 3, 1, 3);
    expect_proof(rig, 4, 4, 3); /* the clock went back at 5: still the later day */
    expect_proof(rig, 6, 4, 3);
    expect_proof(rig, 7, 7, 1);
}

TEST(a_day_is_the_same_from_the_recent_table_from_lmdb_and_half_of_each)
{
    struct rig rig;
    rig_begin(&rig, "s");
    append_at(&rig, begin_at);
    append_at(&rig, begin_at + 5);
    append_at(&rig, begin_at + DAY - 1);
    append_at(&rig, begin_at + DAY);
    T_OK(rig_commit(&rig));
    append_at(&rig, begin_at + DAY - 1);
    append_at(&rig, begin_at + 2 * DAY - 1);
    append_at(&rig, begin_at + 4 * (int64_t)DAY);
    T_OK(rig_commit(&rig));
    expect_days(&rig);
    T_OK(store_apply_now(rig.store));
    expect_days(&rig);
    rig_close(&rig);
    T_OK(rig_open(&rig));
    expect_days(&rig);
    append_at(&rig, begin_at + 4 * (int64_t)DAY + 1);
    T_OK(rig_commit(&rig));
    expect_proof(&rig, 8, 7, 2);
    expect_proof(&rig, 6, 4, 3);
    rig_end(&rig);
}

TEST(a_record_that_is_not_there_has_no_proof)
{
    struct rig rig;
    struct snapshot *snapshot = NULL;
    struct audit_proof proof;
    struct arena arena;
    arena_init(&arena, 4096, 0);
    rig_begin(&rig, "s");
    append_at(&rig, begin_at);
    T_OK(rig_commit(&rig));
    T_OK(snapshot_open(rig.store, &snapshot));
    T_ERR(query_audit_proof(snapshot, 0, &arena, &proof), ERR_NOT_FOUND);
    T_ERR(query_audit_proof(snapshot, 2, &arena, &proof), ERR_NOT_FOUND);
    snapshot_close(snapshot);
    arena_deinit(&arena);
    rig_end(&rig);
}

TEST(a_store_of_format_1_learns_its_days)
{
    struct rig rig;
    rig_begin(&rig, "s");
    for (int i = 0; i < 3; i++)
        append_at(&rig, begin_at + i * (int64_t)DAY);
    T_OK(rig_commit(&rig));
    T_OK(store_apply_now(rig.store));
    MDB_txn *txn = NULL;
    T_EQ_INT(mdb_txn_begin(rig.store->env.mdb, NULL, 0, &txn), 0);
    T_OK(audit_days_make(&rig.store->env, txn)); /* the same again */
    T_EQ_INT(mdb_txn_commit(txn), 0);
    expect_proof(&rig, 2, 2, 1);
    rig_end(&rig);
}

/* ---- changes behind the store's back ---- */

struct record {
    char text[TEXT_SIZE];
};

static void on_finding(void *self, const struct finding *finding)
{
    struct record *record = self;
    size_t used = strlen(record->text);
    snprintf(record->text + used, TEXT_SIZE - used, "%s: %s\n", finding->what, finding->sentence);
}

struct stored {
    uint8_t bytes[ROW_STORED_MAX];
    size_t size;
};

static MDB_val key_val(struct stored_key *key, uint64_t number)
{
    struct row_key row = key_of_u64(number);
    *key = stored_key(TABLE_AUDIT, row_key_bytes(&row));
    return (MDB_val){key->size, key->data};
}

static void read_stored(MDB_txn *txn, const struct env *env, uint64_t number, struct stored *out)
{
    struct stored_key key;
    MDB_val k = key_val(&key, number), v;
    T_EQ_INT(mdb_get(txn, env->rows, &k, &v), 0);
    memcpy(out->bytes, v.mv_data, v.mv_size);
    out->size = v.mv_size;
}

/* With a right checksum: who changes a record makes that fit. */
static void put_value(MDB_txn *txn, const struct env *env, uint64_t number,
                      const struct stored *value)
{
    struct stored_key key;
    struct stored made = {.size = value->size};
    MDB_val k = key_val(&key, number), v = {value->size, made.bytes};
    row_encode(made.bytes, stored_key_bytes(&key),
               bytes_of(value->bytes + ROW_CHECKSUM_SIZE, value->size - ROW_CHECKSUM_SIZE));
    T_EQ_INT(mdb_put(txn, env->rows, &k, &v, 0), 0);
}

static void drop(MDB_txn *txn, const struct env *env, uint64_t number)
{
    struct stored_key key;
    MDB_val k = key_val(&key, number);
    T_EQ_INT(mdb_del(txn, env->rows, &k, NULL), 0);
}

/* Makes one change to record `number` (or to it and the next); what verify must say. */
static void tamper(MDB_txn *txn, const struct env *env, struct prng *prng, uint64_t number,
                   char needle[128])
{
    struct stored mine, next;
    read_stored(txn, env, number, &mine);
    snprintf(needle, 128, "audit record %" PRIu64 " does not follow", number);
    switch (prng_below(prng, 4)) {
    case 0: /* an edit: one bit of the record itself */
        mine.bytes[ROW_CHECKSUM_SIZE + ROW_LINK_SIZE +
                   prng_below(prng, mine.size - ROW_CHECKSUM_SIZE - ROW_LINK_SIZE)] ^= 1;
        put_value(txn, env, number, &mine);
        break;
    case 1: /* a swap with the next one */
        read_stored(txn, env, number + 1, &next);
        put_value(txn, env, number, &next);
        put_value(txn, env, number + 1, &mine);
        break;
    case 2: /* a record cut out */
        drop(txn, env, number);
        snprintf(needle, 128, "number %" PRIu64 " follows where %" PRIu64 " is due", number + 1,
                 number);
        break;
    default: /* cut off at the end */
        for (uint64_t i = number; i <= RECORDS; i++)
            drop(txn, env, i);
        snprintf(needle, 128, "table audit ends before number %" PRIu64 ", the head says %d",
                 number, RECORDS + 1);
    }
}

static enum err on_row(void *self, struct bytes key, struct bytes value)
{
    struct inspector *inspector = self;
    if (stored_key_table(key) == TABLE_AUDIT)
        inspect_appended(inspector, key, value);
    return ERR_OK;
}

/* verify's own walk (inspect.c), inside the transaction that made the change. */
static void walk_audit(const struct env *env, MDB_txn *txn, struct record *record)
{
    struct inspector inspector = {
        .self = record, .report = on_finding, .env = env, .txn = txn, .probe = txn};
    struct walk walk = {.self = &inspector, .each = on_row};
    struct head head;
    record->text[0] = '\0';
    head_init(&inspector.walked);
    T_OK(head_read(env, txn, &head));
    T_EQ_INT(mdb_cursor_open(txn, env->rows, &inspector.cursor), 0);
    T_OK(inspect_walk(&inspector, &walk, UINT64_MAX));
    inspect_end(&inspector, TABLE_AUDIT, &head);
    mdb_cursor_close(inspector.cursor);
}

TEST(a_thousand_edits_swaps_cuts_and_truncations_are_found_at_the_right_record)
{
    struct rig rig;
    struct prng prng;
    struct record record;
    prng_seed(&prng, 4);
    rig_begin(&rig, "s");
    for (int i = 0; i < RECORDS; i++)
        append_at(&rig, begin_at + i);
    T_OK(rig_commit(&rig));
    T_OK(store_apply_now(rig.store));
    const struct env *env = &rig.store->env;
    for (unsigned i = 0; i < CHANGES; i++) {
        char needle[128];
        MDB_txn *txn = NULL;
        T_EQ_INT(mdb_txn_begin(env->mdb, NULL, 0, &txn), 0);
        if (i % 100 == 0) {
            walk_audit(env, txn, &record);
            T_EQ_STR(record.text, "");
        }
        tamper(txn, env, &prng, 1 + prng_below(&prng, RECORDS - 1), needle);
        walk_audit(env, txn, &record);
        T_HAS(record.text, needle);
        mdb_txn_abort(txn);
    }
    rig_end(&rig);
}

T_LIST(audit_test, T(each_leaf_of_each_tree_leads_to_its_root), T(a_leaf_binds_number_and_record),
       T(a_day_is_the_same_from_the_recent_table_from_lmdb_and_half_of_each),
       T(a_record_that_is_not_there_has_no_proof), T(a_store_of_format_1_learns_its_days),
       T(a_thousand_edits_swaps_cuts_and_truncations_are_found_at_the_right_record));
