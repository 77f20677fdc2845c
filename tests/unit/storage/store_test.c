#include "tests/unit/storage/rig.h"
#include "storage/loader.h"
#include "tests/lib/heap.h"
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const enum table table = TABLE_CASE;

static struct bytes key_bytes(const struct row_key *key)
{
    return bytes_of(key->data, key->size);
}

TEST(what_was_committed_is_read_and_survives_reopening)
{
    struct rig rig;
    rig_begin(&rig, "s");
    struct row_key a = rig_key(7, 1), b = rig_key(7, 2);
    rig_put(&rig, table, key_bytes(&a), BYTES_LITERAL("one"));
    rig_put(&rig, table, key_bytes(&b), BYTES_LITERAL("two"));
    T_OK(rig_commit(&rig));
    T_EQ_UINT(store_position(rig.store), 1);
    rig_expect(&rig, table, key_bytes(&a), BYTES_LITERAL("one"));
    rig_erase(&rig, table, key_bytes(&a));
    T_OK(rig_commit(&rig));
    rig_expect_none(&rig, table, key_bytes(&a));
    rig_close(&rig);
    T_OK(rig_open(&rig));
    T_EQ_UINT(store_position(rig.store), 2);
    rig_expect_none(&rig, table, key_bytes(&a));
    rig_expect(&rig, table, key_bytes(&b), BYTES_LITERAL("two"));
    rig_end(&rig);
}

TEST(apply_now_moves_the_rows_into_lmdb)
{
    struct rig rig;
    rig_begin(&rig, "s");
    struct row_key a = rig_key(7, 1);
    rig_put(&rig, table, key_bytes(&a), BYTES_LITERAL("one"));
    T_OK(rig_commit(&rig));
    T_OK(store_apply_now(rig.store));
    struct metrics metrics = {0};
    store_metrics(rig.store, &metrics);
    T_EQ_UINT(metrics.counters[METRIC_APPLIES], 1);
    T_EQ_UINT(metrics.counters[METRIC_LOG_SYNCS], 1);
    rig_expect(&rig, table, key_bytes(&a), BYTES_LITERAL("one"));
    rig_put(&rig, table, key_bytes(&a), BYTES_LITERAL("newer"));
    T_OK(rig_commit(&rig));
    rig_expect(&rig, table, key_bytes(&a), BYTES_LITERAL("newer"));
    rig_end(&rig);
}

TEST(a_second_opener_is_told_that_it_is_busy)
{
    struct rig rig;
    rig_begin(&rig, "s");
    struct store *second = NULL;
    T_ERR(store_open(&rig.config, &second), ERR_BUSY);
    T_ERR(store_create(rig.config.directory), ERR_BUSY);
    rig_end(&rig);
}

TEST(what_is_there_is_not_made_and_what_is_absent_not_opened)
{
    struct rig rig;
    rig_init(&rig, "s");
    T_ERR(rig_open(&rig), ERR_NOT_FOUND);
    T_OK(store_create(rig.config.directory));
    T_ERR(store_create(rig.config.directory), ERR_EXISTS);
    T_OK(rig_open(&rig));
    rig_end(&rig);
}

TEST(a_store_is_made_beside_what_else_lies_in_the_directory)
{
    struct rig rig;
    char path[TMP_PATH_MAX];
    rig_init(&rig, "s");
    T_EQ_INT(mkdir(rig.config.directory, 0700), 0);
    rig_path(&rig, path, "baobei.conf");
    FILE *other = fopen(path, "w");
    T_TRUE(other != NULL);
    fclose(other);
    /* And beside what a crash while making one has left. */
    rig_path(&rig, path, "new");
    T_EQ_INT(mkdir(path, 0700), 0);
    rig_path(&rig, path, "new/data.mdb");
    FILE *left = fopen(path, "w");
    T_TRUE(left != NULL);
    fputs("half a page", left);
    fclose(left);
    T_ERR(rig_open(&rig), ERR_NOT_FOUND);
    T_OK(store_create(rig.config.directory));
    T_OK(rig_open(&rig));
    rig_write_groups(&rig, 0, 1);
    rig_path(&rig, path, "new");
    T_TRUE(access(path, F_OK) != 0);
    rig_end(&rig);
}

TEST(a_directory_that_can_not_be_made_is_an_error)
{
    char path[TMP_PATH_MAX];
    T_ERR(store_create(tmp_path(path, "no/such/parent")), ERR_NOT_FOUND);
}

/* ---- memory ---- */

static enum err read_some(struct store *store, struct arena *arena)
{
    struct load_range range = {.table = TABLE_CASE, .prefix = rig_key(1, 0)};
    range.prefix.size = 8;
    struct loaded_row *rows = NULL;
    size_t count = 0;
    enum err err = loader_read(store, &range, 1, arena, &rows, &count);
    if (err == ERR_OK)
        T_EQ_UINT(count, 10);
    return err;
}

static void open_and_read(void *context)
{
    struct rig *rig = context;
    struct arena arena;
    arena_init(&arena, 256, 0);
    enum err err = rig_open(rig);
    if (err == ERR_OK) {
        err = read_some(rig->store, &arena);
        rig_close(rig);
    }
    arena_deinit(&arena);
    T_TRUE(err == ERR_OK || (err == ERR_NO_MEMORY && heap_failed()));
}

static void write_ten(struct rig *rig)
{
    rig_write_groups(rig, 0, 10);
}

TEST(every_allocation_of_opening_replaying_and_reading_may_fail)
{
    struct rig rig;
    rig_init(&rig, "s");
    T_OK(store_create(rig.config.directory));
    rig_run_and_crash(&rig, write_ten);
    T_TRUE(heap_sweep(open_and_read, &rig) > 5);
    T_OK(rig_open(&rig));
    T_EQ_UINT(store_position(rig.store), 10);
    rig_end(&rig);
}

T_LIST(store_test, T(what_was_committed_is_read_and_survives_reopening),
       T(apply_now_moves_the_rows_into_lmdb), T(a_second_opener_is_told_that_it_is_busy),
       T(what_is_there_is_not_made_and_what_is_absent_not_opened),
       T(a_store_is_made_beside_what_else_lies_in_the_directory),
       T(a_directory_that_can_not_be_made_is_an_error),
       T(every_allocation_of_opening_replaying_and_reading_may_fail));
