/* A store as format 3 left it, some of it in the log only, comes up with all rows in their new
 * places. */
#include "base/check.h"
#include "model/line_codec.h"
#include "storage/digests.h"
#include "storage/doctor.h"
#include "tests/unit/storage/rig.h"
#include <stdio.h>
#include <string.h>

enum { CASES = 300, COUNTY = 63000, DUE = 20010, AT = 1700000000, RUNS = 3, NOTES = 16 * 1024 };

static struct case_id case_of(uint32_t i)
{
    return (struct case_id){.home = 1 + i % 7, .day = 20000 + (int32_t)(i / 100), .serial = 1 + i};
}

static int64_t created_at(uint32_t i)
{
    return AT + (int64_t)((CASES - i) * 1000); /* not in the order of their numbers */
}

/* Every table that the step moves, and two that it leaves alone. */
struct filing {
    struct row_key keys[9];
    enum table tables[9];
    struct bytes values[9];
};

static struct filing filing_of(uint32_t i)
{
    static uint8_t text[2][200];
    struct line_id line = {case_of(i), (uint16_t)(1 + (i % 5 == 0 ? 900 : i % 3))};
    struct digest digest = {{(uint8_t)(i * 7), (uint8_t)(i >> 8), (uint8_t)i, 1}};
    struct writer record = writer_on(text[0], sizeof text[0]);
    struct writer request = writer_on(text[1], sizeof text[1]);
    case_write(&record, &(struct case_record){.id = line.in,
                                              .version = 1,
                                              .created_by = PRINCIPAL_INSTITUTION,
                                              .created_at = created_at(i),
                                              .next_n = 2,
                                              .lines = 1});
    request_write(&request, &(struct request_record){
                                .request = digest, .at = created_at(i), .status = 201, .n = 1});
    T_TRUE(!record.failed && !request.failed);
    return (struct filing){
        .tables = {TABLE_CASE, TABLE_LINE, TABLE_BODY, TABLE_HISTORY, TABLE_PERSON_LINE,
                   TABLE_REQUEST, TABLE_QUEUE, TABLE_COUNTY_LINE, TABLE_COUNTS},
        .keys = {key_of_case(line.in), key_of_line(line), key_of_body(line, 1),
                 key_of_history(line, 1), key_of_person_line(1000 + i % 50, line),
                 key_of_request(line.in.home, created_at(i), &digest),
                 key_of_queue(COUNTY, DUE, created_at(i), line),
                 key_of_county_line(COUNTY, created_at(i), line), key_of_u64(line.in.home)},
        .values = {writer_bytes(&record), BYTES_LITERAL("a line"), BYTES_LITERAL("its body"),
                   BYTES_LITERAL("its history"), BYTES_LITERAL(""), writer_bytes(&request),
                   BYTES_LITERAL(""), BYTES_LITERAL(""), BYTES_LITERAL("counts")}};
}

static void put_filing(struct rig *rig, uint32_t i)
{
    struct filing filing = filing_of(i);
    for (size_t k = 0; k < ARRAY_COUNT(filing.keys); k++)
        rig_put(rig, filing.tables[k], row_key_bytes(&filing.keys[k]), filing.values[k]);
}

static void put_filings(struct rig *rig)
{
    for (uint32_t i = 0; i < CASES; i++) {
        put_filing(rig, i);
        if (i % 30 == 29)
            T_OK(rig_commit(rig));
    }
}

static void put_first(struct rig *rig)
{
    put_filing(rig, 0);
    T_OK(rig_commit(rig));
}

static void expect_filings(struct rig *rig, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct filing filing = filing_of(i);
        for (size_t k = 0; k < ARRAY_COUNT(filing.keys); k++)
            rig_expect(rig, filing.tables[k], row_key_bytes(&filing.keys[k]), filing.values[k]);
    }
}

/* ---- back to format 3 ---- */

static void put_day(struct writer *out, int32_t day)
{
    write_u32(out, (uint32_t)day ^ 0x80000000u);
}

static void put_line(struct writer *out, struct line_id id)
{
    put_day(out, id.in.day);
    write_u32(out, id.in.serial);
    write_u16(out, id.n);
}

/* The stored key of format 3, written out here once more: table, then the row's own key. */
static struct bytes old_key(enum table table, struct bytes own, struct writer *out)
{
    struct line_id id;
    uint64_t person = 0;
    uint32_t county = 0;
    int32_t due = 0;
    int64_t at = 0;
    write_u8(out, (uint8_t)table);
    if (table == TABLE_PERSON_LINE) {
        T_TRUE(key_read_person_line(own, &person, &id));
        write_u64(out, id.in.home);
        write_u64(out, person);
        put_line(out, id);
    } else if (table == TABLE_QUEUE) {
        T_TRUE(key_read_queue(own, &county, &due, &at, &id));
        write_u32(out, county);
        put_day(out, due);
        write_u64(out, id.in.home);
        put_line(out, id);
    } else if (table == TABLE_REQUEST) {
        write_raw(out, bytes_slice(own, 0, 8));
        write_raw(out, bytes_slice(own, 16, 16));
    } else {
        write_raw(out, own);
    }
    T_FALSE(out->failed);
    return writer_bytes(out);
}

struct old_row {
    uint8_t key[STORED_KEY_MAX], value[ROW_STORED_MAX];
    size_t key_size, value_size;
};

/* All rows of `from` with their old keys; those with a digest of their own are made anew. */
static size_t read_old_rows(MDB_cursor *rows, struct old_row *old, size_t max)
{
    MDB_val k, v;
    size_t count = 0;
    for (int error = mdb_cursor_get(rows, &k, &v, MDB_FIRST); error == 0;
         error = mdb_cursor_get(rows, &k, &v, MDB_NEXT)) {
        struct bytes key = bytes_of(k.mv_data, k.mv_size), value;
        struct row_key room;
        uint64_t owner = 0;
        T_TRUE(row_decode(key, bytes_of(v.mv_data, v.mv_size), &value));
        if (digest_is_key(key, &owner))
            continue;
        T_TRUE(count < max);
        struct writer out = writer_on(old[count].key, sizeof old[count].key);
        struct bytes was = old_key(stored_key_table(key), stored_key_own(key, &room), &out);
        old[count].key_size = was.size;
        old[count].value_size = ROW_CHECKSUM_SIZE + value.size;
        row_encode(old[count].value, was, value);
        count++;
    }
    return count;
}

static void write_old_rows(struct env *env, MDB_txn *txn, struct old_row *old, size_t count)
{
    struct digests digests;
    MDB_cursor *rows = NULL;
    digests_init(&digests);
    T_EQ_INT(mdb_drop(txn, env->rows, 0), 0);
    T_EQ_INT(mdb_cursor_open(txn, env->rows, &rows), 0);
    for (size_t i = 0; i < count; i++) {
        struct bytes key = bytes_of(old[i].key, old[i].key_size), value;
        MDB_val k = {old[i].key_size, old[i].key}, v = {old[i].value_size, old[i].value};
        uint64_t owner = 0;
        T_EQ_INT(mdb_cursor_put(rows, &k, &v, MDB_NOOVERWRITE), 0);
        T_TRUE(row_decode(key, bytes_of(old[i].value, old[i].value_size), &value));
        if (stored_key_owner(key, &owner))
            T_OK(digests_change(&digests, owner, key, value, true));
    }
    T_OK(digests_store(&digests, rows));
    digests_deinit(&digests);
    mdb_cursor_close(rows);
    uint8_t format[] = {0, 0, 0, 3};
    char name[] = "format";
    MDB_val k = {strlen(name), name}, v = {sizeof format, format};
    T_EQ_INT(mdb_put(txn, env->meta, &k, &v, 0), 0);
}

static void make_old(struct rig *rig)
{
    static struct old_row old[CASES * 10];
    struct env env;
    uint8_t id[STORE_ID_SIZE];
    uint32_t format = 0;
    MDB_txn *txn = NULL;
    MDB_cursor *rows = NULL;
    T_OK(env_open(&env, rig->config.directory, 1, false));
    T_OK(schema_open(&env, id, &format));
    T_EQ_INT(mdb_txn_begin(env.mdb, NULL, 0, &txn), 0);
    T_EQ_INT(mdb_cursor_open(txn, env.rows, &rows), 0);
    size_t count = read_old_rows(rows, old, ARRAY_COUNT(old));
    mdb_cursor_close(rows);
    write_old_rows(&env, txn, old, count);
    T_EQ_INT(mdb_txn_commit(txn), 0);
    env_close(&env);
}

/* The log's only group, written over with the same rows as a server of format 3 wrote them. */
static void make_group_old(struct rig *rig)
{
    static uint8_t block[WAL_BLOCK];
    uint64_t segments[64];
    T_TRUE(rig_segments(rig, segments) > 0);
    rig_segment_read(rig, segments[0], 0, block, sizeof block);
    struct wal_place place = {.position = 1, .generation = segments[0]};
    memcpy(place.store_id, block + 16, STORE_ID_SIZE);
    struct writer writer = wal_begin(block, sizeof block);
    struct filing filing = filing_of(0);
    for (size_t k = 0; k < ARRAY_COUNT(filing.keys); k++) {
        uint8_t room[STORED_KEY_MAX];
        struct writer out = writer_on(room, sizeof room);
        struct bytes key = old_key(filing.tables[k], row_key_bytes(&filing.keys[k]), &out);
        wal_put_row(&writer, &(struct wal_row){.stored_key = key, .value = filing.values[k]});
    }
    wal_seal(&writer, block, &place, ARRAY_COUNT(filing.keys));
    rig_segment_write(rig, segments[0], 0, block, sizeof block);
}

static void report(void *self, const struct finding *finding)
{
    (void)self;
    T_EQ_STR(finding->sentence, "");
}

static void expect_sound(struct rig *rig)
{
    uint64_t rows = 0, bad = 0;
    const struct doctor doctor = {.report = report};
    T_OK(doctor_verify(rig->store, &doctor, &rows, &bad));
    T_EQ_UINT(bad, 0);
}

TEST(a_store_of_format_3_comes_up_with_every_row_in_its_place)
{
    struct rig rig;
    rig_begin(&rig, "s");
    put_filings(&rig);
    rig_close(&rig);
    make_old(&rig);
    for (int run = 0; run < RUNS; run++) { /* brought up once, and then as any other */
        T_OK(rig_open(&rig));
        expect_filings(&rig, CASES);
        expect_sound(&rig);
        rig_close(&rig);
    }
    rig_end(&rig);
}

TEST(a_log_of_format_3_is_replayed_before_the_store_is_brought_up)
{
    struct rig rig;
    rig_init(&rig, "s");
    T_OK(store_create(rig.config.directory));
    rig_run_and_crash(&rig, put_first);
    make_old(&rig);
    make_group_old(&rig);
    T_OK(rig_open(&rig));
    T_EQ_UINT(store_position(rig.store), 1);
    expect_filings(&rig, 1);
    expect_sound(&rig);
    rig_end(&rig);
}

/* LMDB may fall back on the page of its commit before: that must not be format 3 again, under a log
 * of format 4. */
TEST(both_head_pages_are_of_the_new_format_when_the_store_is_up)
{
    struct rig rig;
    struct env env;
    uint8_t id[STORE_ID_SIZE];
    uint32_t format = 0;
    rig_begin(&rig, "s");
    put_filings(&rig);
    rig_close(&rig);
    make_old(&rig);
    T_OK(rig_open(&rig));
    rig_close(&rig);
    rig_lose_newest_head(&rig);
    T_OK(env_open(&env, rig.config.directory, 1, false));
    T_OK(schema_open(&env, id, &format));
    T_EQ_UINT(format, SCHEMA_FORMAT);
    env_close(&env);
    rig_end(&rig);
}

/* Turns a bit of the value of one row, wherever it stands. */
static void flip(struct rig *rig, enum table table, struct row_key own)
{
    struct env env;
    uint8_t id[STORE_ID_SIZE], room[STORED_KEY_MAX], copy[ROW_STORED_MAX];
    uint32_t format = 0;
    MDB_txn *txn = NULL;
    T_OK(env_open(&env, rig->config.directory, 1, false));
    T_OK(schema_open(&env, id, &format));
    T_EQ_UINT(format, 3);
    T_EQ_INT(mdb_txn_begin(env.mdb, NULL, 0, &txn), 0);
    struct writer out = writer_on(room, sizeof room);
    struct bytes key = old_key(table, row_key_bytes(&own), &out);
    MDB_val k = {key.size, room}, v;
    T_EQ_INT(mdb_get(txn, env.rows, &k, &v), 0);
    memcpy(copy, v.mv_data, v.mv_size);
    copy[v.mv_size - 1] ^= 1;
    v.mv_data = copy;
    T_EQ_INT(mdb_put(txn, env.rows, &k, &v, 0), 0);
    T_EQ_INT(mdb_txn_commit(txn), 0);
    env_close(&env);
}

static void note(void *self, const struct finding *finding)
{
    char *text = self;
    size_t used = strlen(text);
    (void)snprintf(text + used, NOTES - used, "%s: %s\n", finding->what, finding->sentence);
}

static void expect_damaged(struct rig *rig, enum table table, struct row_key key)
{
    struct snapshot *snapshot = NULL;
    struct bytes value;
    T_OK(snapshot_open(rig->store, &snapshot));
    T_ERR(snapshot_get(snapshot, table, row_key_bytes(&key), &value), ERR_CORRUPT);
    snapshot_close(snapshot);
}

/* One bit stops one row: the store comes up, the rest is there, verify names what is damaged. */
TEST(a_damaged_row_goes_along_and_stays_damaged)
{
    static char text[NOTES];
    struct rig rig;
    uint64_t rows = 0, bad = 0;
    rig_begin(&rig, "s");
    put_filings(&rig);
    rig_close(&rig);
    make_old(&rig);
    struct row_key body = filing_of(CASES - 1).keys[2], request = filing_of(CASES - 3).keys[5];
    struct row_key in_case = filing_of(CASES - 2).keys[0], of_line = filing_of(CASES - 2).keys[1];
    flip(&rig, TABLE_BODY, body);
    flip(&rig, TABLE_CASE, in_case);
    flip(&rig, TABLE_REQUEST, request);
    T_OK(rig_open(&rig));
    expect_filings(&rig, CASES - 3);
    expect_damaged(&rig, TABLE_BODY, body);
    expect_damaged(&rig, TABLE_CASE, in_case);
    struct line_id line;
    uint8_t part = 0;
    T_TRUE(key_read_line(row_key_bytes(&of_line), &line, &part));
    struct row_key queue = key_of_queue(COUNTY, DUE, 0, line); /* nobody knows when it was filed */
    rig_expect(&rig, TABLE_QUEUE, row_key_bytes(&queue), BYTES_LITERAL(""));
    const struct doctor doctor = {.self = text, .report = note};
    T_OK(doctor_verify(rig.store, &doctor, &rows, &bad));
    T_HAS(text, "row_checksum: the checksum does not fit: table body");
    T_HAS(text, "row_checksum: the checksum does not fit: table case");
    T_HAS(text, "row_checksum: the checksum does not fit: table request");
    rig_end(&rig);
}

T_LIST(schema_shelves_test, T(a_store_of_format_3_comes_up_with_every_row_in_its_place),
       T(a_log_of_format_3_is_replayed_before_the_store_is_brought_up),
       T(both_head_pages_are_of_the_new_format_when_the_store_is_up),
       T(a_damaged_row_goes_along_and_stays_damaged));
