/* What the committer makes of batches: groups, numbers, the audit chain, order, whole groups to
 * readers. */
#include "storage/group.h"
#include "storage/row.h"
#include "tests/lib/heap.h"
#include "tests/unit/storage/rig.h"
#include <stdatomic.h>
#include <string.h>

static uint64_t syncs(struct rig *rig)
{
    struct metrics metrics = {0};
    store_metrics(rig->store, &metrics);
    return metrics.counters[METRIC_LOG_SYNCS];
}

TEST(one_batch_is_one_sync)
{
    struct rig rig;
    rig_begin(&rig, "s");
    rig_write_groups(&rig, 0, 7);
    T_EQ_UINT(syncs(&rig), 7);
    T_OK(rig_commit(&rig)); /* no rows: nothing to sync */
    T_EQ_UINT(syncs(&rig), 7);
    T_EQ_UINT(store_position(rig.store), 7);
    rig_end(&rig);
}

/* The rows' place in the recent table is taken before they are written: there is no way back. */
TEST(without_memory_a_group_is_refused_and_nothing_written)
{
    struct rig rig;
    rig_begin(&rig, "s");
    rig_write_groups(&rig, 0, 1);
    static const uint8_t large[ROW_VALUE_MAX];
    uint32_t refused = 0;
    for (uint32_t round = 0; round < 4; round++) { /* each takes most of a chunk of 1 MiB */
        for (uint32_t i = 0; i < 300; i++) {
            struct row_key key = rig_key(7, round * 300 + i);
            rig_put(&rig, TABLE_SERIAL, rig_key_bytes(&key), bytes_of(large, sizeof large));
        }
        uint64_t syncs_before = syncs(&rig);
        heap_fail_from(1);
        enum err err = rig_commit(&rig);
        heap_fail_at(0);
        T_TRUE(err == ERR_OK || err == ERR_READ_ONLY);
        T_EQ_UINT(syncs(&rig), syncs_before + (err == ERR_OK ? 1U : 0U));
        refused += err != ERR_OK;
    }
    T_TRUE(refused > 0);
    rig_write_groups(&rig, 1, 2); /* goes on */
    rig_end(&rig);
}

/* Its rows lie in the recent table while the disk is at work. */
TEST(nobody_sees_a_group_before_its_sync)
{
    struct rig rig;
    struct row_key key = rig_key(1, 1);
    rig_init(&rig, "s");
    rig.config.sync_delay_ms = 50;
    T_OK(store_create(rig.config.directory));
    T_OK(rig_open(&rig));
    rig_put(&rig, TABLE_CASE, rig_key_bytes(&key), BYTES_LITERAL("a row"));
    rig_hand_in(&rig);
    unsigned looks = 0;
    while (rig_count(&rig, TABLE_CASE, (struct bytes){0}) == 0)
        looks++;
    T_EQ_UINT(syncs(&rig), 1);
    T_TRUE(looks > 0);
    T_OK(rig_wait(&rig));
    rig_end(&rig);
}

/* ---- many shards ---- */

enum { SHARDS = 8, ROUNDS = 30 };

struct many {
    struct store *store;
    struct batch batches[SHARDS];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned home; /* batches that came home in this round */
    uint64_t last_sequence[SHARDS];
};

static void many_home(void *self, struct batch *batch, enum err status)
{
    struct many *many = self;
    pthread_mutex_lock(&many->lock);
    T_OK(status);
    T_TRUE(batch->sequence > many->last_sequence[batch->shard]); /* in order */
    many->last_sequence[batch->shard] = batch->sequence;
    many->home++;
    pthread_cond_signal(&many->changed);
    pthread_mutex_unlock(&many->lock);
}

static void many_open(struct many *many, uint32_t sync_delay_ms)
{
    char path[TMP_PATH_MAX];
    *many = (struct many){0};
    pthread_mutex_init(&many->lock, NULL);
    pthread_cond_init(&many->changed, NULL);
    T_OK(store_create(tmp_path(path, "s")));
    struct store_config config = {.directory = path,
                                  .segment_mib = 16,
                                  .map_gib = 1,
                                  .sync_delay_ms = sync_delay_ms,
                                  .home = many_home,
                                  .self = many};
    T_OK(store_open(&config, &many->store));
    for (uint16_t i = 0; i < SHARDS; i++)
        T_OK(batch_init(&many->batches[i], i));
}

static void many_round(struct many *many, uint64_t round)
{
    pthread_mutex_lock(&many->lock);
    many->home = 0;
    pthread_mutex_unlock(&many->lock);
    for (uint16_t i = 0; i < SHARDS; i++) {
        batch_begin(&many->batches[i], round);
        struct row_key key = rig_key(i, 1);
        struct op put = {.kind = OP_PUT,
                         .table = TABLE_CASE,
                         .key = rig_key_bytes(&key),
                         .value = bytes_of(&round, sizeof round)};
        struct op append = {
            .kind = OP_APPEND, .table = TABLE_AUDIT, .value = bytes_of(&round, sizeof round)};
        T_OK(batch_stage(&many->batches[i], &put));
        T_OK(batch_stage(&many->batches[i], &append));
        store_commit(many->store, &many->batches[i]);
    }
    pthread_mutex_lock(&many->lock);
    while (many->home < SHARDS)
        pthread_cond_wait(&many->changed, &many->lock);
    pthread_mutex_unlock(&many->lock);
}

static void many_close(struct many *many)
{
    store_close(many->store);
    for (unsigned i = 0; i < SHARDS; i++)
        batch_deinit(&many->batches[i]);
}

TEST(batches_that_wait_for_a_sync_share_the_next)
{
    static struct many many;
    many_open(&many, 10);
    for (uint64_t round = 1; round <= ROUNDS; round++)
        many_round(&many, round);
    struct metrics metrics = {0};
    store_metrics(many.store, &metrics);
    /* Of 8 batches the first may go alone; the others wait for its sync and go together. */
    T_TRUE(metrics.counters[METRIC_LOG_SYNCS] <= 3 * ROUNDS);
    T_EQ_UINT(metrics.counters[METRIC_LOG_SYNCS], metrics.counters[METRIC_GROUPS]);
    T_EQ_UINT(metrics.histograms[METRIC_SYNC_US].count, metrics.counters[METRIC_GROUPS]);
    many_close(&many);
}

TEST(the_audit_log_of_all_shards_is_one_chain_without_gaps)
{
    static struct many many;
    many_open(&many, 0);
    for (uint64_t round = 1; round <= ROUNDS; round++)
        many_round(&many, round);
    T_OK(store_apply_now(many.store));
    MDB_txn *txn = NULL;
    MDB_cursor *cursor = NULL;
    T_EQ_INT(mdb_txn_begin(many.store->env.mdb, NULL, MDB_RDONLY, &txn), 0);
    T_EQ_INT(mdb_cursor_open(txn, many.store->env.rows, &cursor), 0);
    uint8_t table = TABLE_AUDIT, link[ROW_LINK_SIZE] = {0};
    MDB_val k = {1, &table}, v;
    MDB_cursor_op operation = MDB_SET_RANGE;
    for (uint64_t number = 1; number <= SHARDS * ROUNDS; number++, operation = MDB_NEXT) {
        T_EQ_INT(mdb_cursor_get(cursor, &k, &v, operation), 0);
        struct bytes key = bytes_of(k.mv_data, k.mv_size), value, record;
        uint64_t found = 0;
        T_TRUE(stored_key_number(key, &found));
        T_EQ_UINT(found, number);
        T_TRUE(row_decode(key, bytes_of(v.mv_data, v.mv_size), &value));
        T_OK(row_visible(key, value, &record));
        row_link(link, record, link);
        T_EQ_MEM(value.data, link, ROW_LINK_SIZE);
    }
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    many_close(&many);
}

/* ---- whole groups ---- */

enum { WIDE = 10, GROUPS = 300, READERS = 2 };

struct watch {
    struct rig rig;
    _Atomic uint64_t acknowledged;
};

static uint64_t read_u64_value(struct bytes value)
{
    uint64_t number = 0;
    T_EQ_UINT(value.size, sizeof number);
    memcpy(&number, value.data, sizeof number);
    return number;
}

static void *watch_groups(void *self)
{
    struct watch *watch = self;
    uint64_t seen = 0;
    while (seen < GROUPS) {
        uint64_t least = atomic_load(&watch->acknowledged);
        struct snapshot *snapshot = NULL;
        struct scan *scan = NULL;
        struct row_key owner = rig_key(3, 0);
        struct bytes key, value;
        T_OK(snapshot_open(watch->rig.store, &snapshot));
        T_OK(scan_open(snapshot, TABLE_CASE, bytes_of(owner.data, 8), false, &scan));
        unsigned count = 0;
        uint64_t group = 0;
        for (; scan_next(scan, &key, &value); count++) {
            if (count == 0)
                group = read_u64_value(value);
            T_EQ_UINT(read_u64_value(value), group); /* all rows of one group */
        }
        T_OK(scan_err(scan));
        T_TRUE(count == WIDE || (count == 0 && least == 0));
        T_TRUE(group >= least); /* what was acknowledged is seen */
        T_TRUE(group >= seen);
        T_TRUE(snapshot_position(snapshot) == group);
        seen = group;
        scan_close(scan);
        snapshot_close(snapshot);
    }
    return NULL;
}

TEST(readers_see_whole_groups_and_all_that_was_acknowledged)
{
    static struct watch watch;
    rig_init(&watch.rig, "s");
    watch.rig.config.apply_gap_ms = 2; /* applies all the time */
    T_OK(store_create(watch.rig.config.directory));
    T_OK(rig_open(&watch.rig));
    pthread_t readers[READERS];
    for (unsigned i = 0; i < READERS; i++)
        T_EQ_INT(pthread_create(&readers[i], NULL, watch_groups, &watch), 0);
    for (uint64_t group = 1; group <= GROUPS; group++) {
        for (uint32_t i = 0; i < WIDE; i++) {
            struct row_key key = rig_key(3, i);
            rig_put(&watch.rig, TABLE_CASE, rig_key_bytes(&key), bytes_of(&group, sizeof group));
        }
        T_OK(rig_commit(&watch.rig));
        atomic_store(&watch.acknowledged, group);
    }
    for (unsigned i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    struct metrics metrics = {0};
    store_metrics(watch.rig.store, &metrics);
    T_TRUE(metrics.counters[METRIC_APPLIES] > 3);
    rig_end(&watch.rig);
}

/* ---- sizes ---- */

TEST(a_batch_larger_than_a_quarter_of_a_segment_goes_alone)
{
    struct rig rig;
    rig_begin(&rig, "s");
    static uint8_t value[ROW_VALUE_MAX];
    for (uint32_t round = 0; round < 6; round++) { /* 6 MB each: segments are changed in between */
        for (uint32_t i = 0; i < 3000; i++) {
            struct row_key key = rig_key(round, i);
            rig_put(&rig, TABLE_CASE, rig_key_bytes(&key), bytes_of(value, sizeof value));
        }
        T_OK(rig_commit(&rig));
    }
    T_EQ_UINT(store_position(rig.store), 6);
    struct row_key owner = rig_key(5, 0);
    T_EQ_UINT(rig_count(&rig, TABLE_CASE, bytes_of(owner.data, 8)), 3000);
    rig_end(&rig);
}

static struct batch one_op_batch(struct op op)
{
    struct batch batch;
    T_OK(batch_init(&batch, 0));
    batch_begin(&batch, 1);
    T_OK(batch_stage(&batch, &op));
    return batch;
}

static void add_alone(struct op op)
{
    static uint8_t buffer[2 * WAL_BLOCK];
    struct head head;
    head_init(&head);
    struct writer record = wal_begin(buffer, sizeof buffer);
    struct batch batch = one_op_batch(op);
    group_add(&record, &head, &batch);
    T_EQ_UINT(record.size, WAL_HEAD_SIZE + group_batch_size(&batch));
    batch_deinit(&batch);
}

TEST(the_size_foretold_is_the_size_written)
{
    static uint8_t value[ROW_VALUE_MAX];
    struct bytes full = bytes_of(value, sizeof value), key = BYTES_LITERAL("a case's own key");
    add_alone((struct op){.kind = OP_PUT, .table = TABLE_CASE, .key = key, .value = full});
    add_alone((struct op){.kind = OP_ERASE, .table = TABLE_CASE, .key = key});
    add_alone((struct op){.kind = OP_PUT, .table = TABLE_COUNTS, .key = key, .value = full});
    add_alone((struct op){.kind = OP_APPEND, .table = TABLE_OUTBOX, .value = full});
    add_alone((struct op){.kind = OP_APPEND, .table = TABLE_AUDIT, .value = full});
}

TEST(what_the_shard_must_have_checked_is_checked)
{
    static uint8_t value[ROW_VALUE_MAX + 1];
    struct bytes key = BYTES_LITERAL("a case's own key");
    T_ABORTS(add_alone((struct op){
        .kind = OP_PUT, .table = TABLE_CASE, .key = key, .value = bytes_of(value, sizeof value)}));
    T_ABORTS(add_alone((struct op){.kind = OP_PUT, .table = TABLE_AUDIT, .key = key}));
    T_ABORTS(add_alone((struct op){.kind = OP_APPEND, .table = TABLE_CASE}));
    T_ABORTS(add_alone((struct op){.kind = OP_PUT, .table = TABLE_STORE, .key = key}));
    T_ABORTS(add_alone((struct op){.kind = OP_PUT, .table = TABLE_CASE}));
    T_ABORTS(add_alone(
        (struct op){.kind = OP_PUT, .table = TABLE_COUNTS, .key = BYTES_LITERAL("1234567")}));
    T_ABORTS(add_alone(
        (struct op){.kind = OP_PUT, .table = TABLE_CASE, .key = BYTES_LITERAL("shorter, a case")}));
}

T_LIST(commit_test, T(one_batch_is_one_sync), T(nobody_sees_a_group_before_its_sync),
       T(without_memory_a_group_is_refused_and_nothing_written),
       T(batches_that_wait_for_a_sync_share_the_next),
       T(the_audit_log_of_all_shards_is_one_chain_without_gaps),
       T(readers_see_whole_groups_and_all_that_was_acknowledged),
       T(a_batch_larger_than_a_quarter_of_a_segment_goes_alone),
       T(the_size_foretold_is_the_size_written), T(what_the_shard_must_have_checked_is_checked));
