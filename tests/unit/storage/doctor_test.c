#include "storage/doctor.h"
#include "storage/digests.h"
#include "storage/row.h"
#include "tests/unit/storage/rig.h"
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 4096 };

struct record {
    char text[TEXT_SIZE]; /* "what: sentence\n" each */
    unsigned rows_seen;
};

static void on_finding(void *self, const struct finding *finding)
{
    struct record *record = self;
    size_t used = strlen(record->text);
    snprintf(record->text + used, TEXT_SIZE - used, "%s: %s\n", finding->what, finding->sentence);
}

static const char *on_row(void *self, enum table table, struct bytes key, struct bytes value)
{
    struct record *record = self;
    record->rows_seen++;
    T_TRUE(key.size > 0);
    return table == TABLE_CASE && bytes_are_text(value, "ill") ? "ill_record" : NULL;
}

static uint64_t verify(struct rig *rig, struct record *record)
{
    *record = (struct record){0};
    struct doctor doctor = {.self = record, .report = on_finding, .check_row = on_row};
    uint64_t rows = 0, bad = 0;
    T_OK(doctor_verify(rig->store, &doctor, &rows, &bad));
    T_TRUE(rows >= record->rows_seen);
    return bad;
}

static void fill(struct rig *rig)
{
    char text[32];
    for (unsigned i = 1; i <= 20; i++) {
        struct row_key key = rig_key(i % 3, i);
        int size = snprintf(text, sizeof text, "value %u", i);
        rig_put(rig, TABLE_CASE, rig_key_bytes(&key), bytes_of(text, (size_t)size));
        rig_put(rig, TABLE_QUEUE, rig_key_bytes(&key), BYTES_LITERAL(""));
        rig_append(rig, TABLE_AUDIT, bytes_of(text, (size_t)size));
        rig_append(rig, TABLE_OUTBOX, bytes_of(text, (size_t)size));
        if (i % 5 == 0)
            T_OK(rig_commit(rig));
    }
}

static void begin(struct rig *rig)
{
    rig_begin(rig, "s");
    fill(rig);
}

/* ---- behind the store's back ---- */

struct tamper {
    struct env env;
    MDB_txn *txn;
};

static void tamper_begin(struct tamper *tamper, struct rig *rig)
{
    uint8_t id[STORE_ID_SIZE];
    uint32_t format = 0;
    rig_close(rig);
    T_OK(env_open(&tamper->env, rig->config.directory, 1, false));
    T_OK(schema_open(&tamper->env, id, &format));
    T_EQ_INT(mdb_txn_begin(tamper->env.mdb, NULL, 0, &tamper->txn), 0);
}

static void tamper_end(struct tamper *tamper, struct rig *rig)
{
    T_EQ_INT(mdb_txn_commit(tamper->txn), 0);
    env_close(&tamper->env);
    T_OK(rig_open(rig));
}

static struct stored_key audit_key(uint64_t number)
{
    uint8_t data[8];
    struct writer writer = writer_on(data, sizeof data);
    write_u64(&writer, number);
    return stored_key(TABLE_AUDIT, writer_bytes(&writer));
}

static void tamper_delete(struct tamper *tamper, struct stored_key key)
{
    MDB_val k = {key.size, key.data};
    T_EQ_INT(mdb_del(tamper->txn, tamper->env.rows, &k, NULL), 0);
}

/* Writes a value with a right checksum: what a person with the tools would do. */
static void tamper_put(struct tamper *tamper, struct stored_key key, struct bytes value)
{
    uint8_t row[ROW_CHECKSUM_SIZE + ROW_LINK_SIZE + ROW_VALUE_MAX];
    row_encode(row, stored_key_bytes(&key), value);
    MDB_val k = {key.size, key.data}, v = {ROW_CHECKSUM_SIZE + value.size, row};
    T_EQ_INT(mdb_put(tamper->txn, tamper->env.rows, &k, &v, 0), 0);
}

/* Copies the row as it lies there, checksum included. */
static size_t tamper_get(struct tamper *tamper, struct stored_key key, uint8_t *row,
                         size_t capacity)
{
    MDB_val k = {key.size, key.data}, v;
    T_EQ_INT(mdb_get(tamper->txn, tamper->env.rows, &k, &v), 0);
    T_TRUE(v.mv_size <= capacity);
    memcpy(row, v.mv_data, v.mv_size);
    return v.mv_size;
}

/* ---- tests ---- */

TEST(a_sound_store_has_no_finding)
{
    struct rig rig;
    struct record record;
    begin(&rig);
    T_EQ_UINT(verify(&rig, &record), 0);
    T_EQ_STR(record.text, "");
    T_EQ_UINT(record.rows_seen, 81); /* with the waiting row of the transfer actor */
    /* Rows that change and go keep their owners' digests right. */
    for (unsigned i = 1; i <= 20; i += 2) {
        struct row_key key = rig_key(i % 3, i);
        if (i % 4 == 1)
            rig_erase(&rig, TABLE_CASE, rig_key_bytes(&key));
        else
            rig_put(&rig, TABLE_CASE, rig_key_bytes(&key), BYTES_LITERAL("changed"));
    }
    T_OK(rig_commit(&rig));
    T_EQ_UINT(verify(&rig, &record), 0);
    T_EQ_UINT(record.rows_seen, 76);
    rig_close(&rig);
    T_OK(rig_open(&rig));
    T_EQ_UINT(verify(&rig, &record), 0);
    rig_end(&rig);
}

TEST(an_owner_without_rows_has_no_digest)
{
    struct rig rig;
    struct record record;
    rig_begin(&rig, "s");
    struct row_key key = rig_key(9, 9);
    rig_put(&rig, TABLE_CASE, rig_key_bytes(&key), BYTES_LITERAL("v"));
    T_OK(rig_commit(&rig));
    T_OK(store_apply_now(rig.store));
    rig_erase(&rig, TABLE_CASE, rig_key_bytes(&key));
    T_OK(rig_commit(&rig));
    T_EQ_UINT(verify(&rig, &record), 0);
    struct tamper tamper;
    tamper_begin(&tamper, &rig);
    struct stored_key digest = digests_key(9);
    MDB_val k = {digest.size, digest.data}, v;
    T_EQ_INT(mdb_get(tamper.txn, tamper.env.rows, &k, &v), MDB_NOTFOUND);
    tamper_end(&tamper, &rig);
    rig_end(&rig);
}

TEST(a_flipped_bit_in_an_audit_record_names_it)
{
    struct rig rig;
    struct record record;
    struct tamper tamper;
    begin(&rig);
    tamper_begin(&tamper, &rig);
    uint8_t row[256];
    size_t size = tamper_get(&tamper, audit_key(7), row, sizeof row);
    row[size - 1] ^= 4;
    tamper_put(&tamper, audit_key(7),
               bytes_of(row + ROW_CHECKSUM_SIZE, size - ROW_CHECKSUM_SIZE)); /* right checksum */
    tamper_end(&tamper, &rig);
    T_EQ_UINT(verify(&rig, &record), 1);
    T_EQ_STR(record.text, "audit_chain: audit record 7 does not follow from the one before it\n");
    rig_end(&rig);
}

TEST(a_lost_audit_record_is_seen)
{
    struct rig rig;
    struct record record;
    struct tamper tamper;
    begin(&rig);
    tamper_begin(&tamper, &rig);
    tamper_delete(&tamper, audit_key(5));
    tamper_end(&tamper, &rig);
    verify(&rig, &record);
    T_HAS(record.text, "appended_gap: table audit: number 6 follows where 5 is due");
    T_HAS(record.text, "audit_chain: audit record 6 ");
    rig_end(&rig);
}

TEST(a_chain_cut_off_at_its_end_is_seen)
{
    struct rig rig;
    struct record record;
    struct tamper tamper;
    begin(&rig);
    tamper_begin(&tamper, &rig);
    tamper_delete(&tamper, audit_key(20));
    tamper_end(&tamper, &rig);
    T_EQ_UINT(verify(&rig, &record), 2);
    T_HAS(record.text, "appended_head: table audit ends before number 20, the head says 21");
    T_HAS(record.text, "audit_head: ");
    rig_end(&rig);
}

TEST(swapped_audit_records_are_seen)
{
    struct rig rig;
    struct record record;
    struct tamper tamper;
    begin(&rig);
    tamper_begin(&tamper, &rig);
    uint8_t a[256], b[256];
    size_t a_size = tamper_get(&tamper, audit_key(3), a, sizeof a);
    size_t b_size = tamper_get(&tamper, audit_key(4), b, sizeof b);
    tamper_put(&tamper, audit_key(3), bytes_of(b + ROW_CHECKSUM_SIZE, b_size - ROW_CHECKSUM_SIZE));
    tamper_put(&tamper, audit_key(4), bytes_of(a + ROW_CHECKSUM_SIZE, a_size - ROW_CHECKSUM_SIZE));
    tamper_end(&tamper, &rig);
    T_TRUE(verify(&rig, &record) >= 2);
    T_HAS(record.text, "audit_chain: audit record 3 ");
    rig_end(&rig);
}

TEST(rows_lost_added_or_altered_break_their_owners_digest)
{
    struct rig rig;
    struct record record;
    struct tamper tamper;
    struct row_key gone = rig_key(0, 3), altered = rig_key(1, 4), added = rig_key(5, 1);
    begin(&rig);
    tamper_begin(&tamper, &rig);
    tamper_delete(&tamper, stored_key(TABLE_CASE, rig_key_bytes(&gone)));
    tamper_put(&tamper, stored_key(TABLE_CASE, rig_key_bytes(&altered)), BYTES_LITERAL("forged"));
    tamper_put(&tamper, stored_key(TABLE_CASE, rig_key_bytes(&added)), BYTES_LITERAL("forged"));
    tamper_end(&tamper, &rig);
    T_EQ_UINT(verify(&rig, &record), 3);
    T_HAS(record.text,
          "owner_digest: owner 0000000000000000: 5 rows are there, the digest is of 6");
    T_HAS(record.text,
          "owner_digest: owner 0000000000000001: 7 rows are there, the digest is of 7");
    T_HAS(record.text,
          "owner_digest: owner 0000000000000005: 1 rows are there, the digest is of 0");
    rig_end(&rig);
}

TEST(all_rows_of_an_owner_lost_are_seen)
{
    struct rig rig;
    struct record record;
    struct tamper tamper;
    struct row_key key = rig_key(8, 1);
    begin(&rig);
    rig_put(&rig, TABLE_CASE, rig_key_bytes(&key), BYTES_LITERAL("v"));
    T_OK(rig_commit(&rig));
    tamper_begin(&tamper, &rig);
    tamper_delete(&tamper, stored_key(TABLE_CASE, rig_key_bytes(&key)));
    tamper_end(&tamper, &rig);
    T_EQ_UINT(verify(&rig, &record), 1);
    T_HAS(record.text,
          "owner_digest: owner 0000000000000008: 0 rows are there, the digest is of 1");
    rig_end(&rig);
}

TEST(a_damaged_row_is_named_and_not_given_to_readers)
{
    struct rig rig;
    struct record record;
    struct tamper tamper;
    struct row_key key = rig_key(2, 2);
    begin(&rig);
    tamper_begin(&tamper, &rig);
    struct stored_key stored = stored_key(TABLE_QUEUE, rig_key_bytes(&key));
    MDB_val k = {stored.size, stored.data}, v = {4, "\1\2\3\4"};
    T_EQ_INT(mdb_put(tamper.txn, tamper.env.rows, &k, &v, 0), 0);
    tamper_end(&tamper, &rig);
    T_EQ_UINT(verify(&rig, &record), 1);
    T_HAS(record.text, "row_checksum: the checksum does not fit: table queue (8), key "
                       "00000000000000020000000000000002");
    struct snapshot *snapshot = NULL;
    struct scan *scan = NULL;
    struct bytes got_key, got;
    T_OK(snapshot_open(rig.store, &snapshot));
    T_ERR(snapshot_get(snapshot, TABLE_QUEUE, rig_key_bytes(&key), &got), ERR_CORRUPT);
    T_OK(scan_open(snapshot, TABLE_QUEUE, rig_key_bytes(&key), false, &scan));
    T_FALSE(scan_next(scan, &got_key, &got));
    T_ERR(scan_err(scan), ERR_CORRUPT);
    scan_close(scan);
    snapshot_close(snapshot);
    rig_end(&rig);
}

TEST(a_record_that_the_caller_finds_wrong_is_named)
{
    struct rig rig;
    struct record record;
    struct row_key key = rig_key(4, 1);
    begin(&rig);
    rig_put(&rig, TABLE_CASE, rig_key_bytes(&key), BYTES_LITERAL("ill"));
    T_OK(rig_commit(&rig));
    T_EQ_UINT(verify(&rig, &record), 1);
    T_EQ_STR(record.text, "ill_record: table case (1), key 00000000000000040000000000000001\n");
    rig_end(&rig);
}

T_LIST(doctor_test, T(a_sound_store_has_no_finding), T(an_owner_without_rows_has_no_digest),
       T(a_flipped_bit_in_an_audit_record_names_it), T(a_lost_audit_record_is_seen),
       T(a_chain_cut_off_at_its_end_is_seen), T(swapped_audit_records_are_seen),
       T(rows_lost_added_or_altered_break_their_owners_digest),
       T(all_rows_of_an_owner_lost_are_seen), T(a_damaged_row_is_named_and_not_given_to_readers),
       T(a_record_that_the_caller_finds_wrong_is_named));
