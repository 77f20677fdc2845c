/* Recovery of logs as a crash, a bad disk or a person may leave them. Groups lie one block (4 KiB)
 * each at the begin of the segment that was current. */
#include "storage/wal.h"
#include "tests/unit/storage/rig.h"
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_ten(struct rig *rig)
{
    rig_write_groups(rig, 0, 10);
}

/* A store whose log holds groups 1 to 10, none applied. Returns the segment they lie in. */
static uint64_t begin_crashed(struct rig *rig)
{
    uint64_t numbers[64];
    rig_init(rig, "s");
    T_OK(store_create(rig->config.directory));
    rig_run_and_crash(rig, write_ten);
    T_TRUE(rig_segments(rig, numbers) >= 1);
    return numbers[0];
}

static void expect_groups(struct rig *rig, uint32_t count)
{
    struct row_key owner = rig_key(1, 0);
    T_EQ_UINT(rig_count(rig, TABLE_CASE, bytes_of(owner.data, 8)), count);
    for (uint32_t i = 0; i < count; i++) {
        struct row_key key = rig_key(1, i);
        rig_expect(rig, TABLE_CASE, rig_key_bytes(&key), bytes_of(&i, sizeof i));
    }
}

static void flip(struct rig *rig, uint64_t segment, uint64_t offset)
{
    uint8_t byte = 0;
    rig_segment_read(rig, segment, offset, &byte, 1);
    byte ^= 1;
    rig_segment_write(rig, segment, offset, &byte, 1);
}

TEST(what_is_only_in_the_log_is_replayed)
{
    struct rig rig;
    begin_crashed(&rig);
    T_OK(rig_open(&rig));
    T_EQ_UINT(store_position(rig.store), 10);
    expect_groups(&rig, 10);
    rig_write_groups(&rig, 10, 5);
    rig_close(&rig);
    T_OK(rig_open(&rig));
    expect_groups(&rig, 15);
    rig_end(&rig);
}

TEST(a_torn_tail_is_cut_and_its_position_used_again)
{
    struct rig rig;
    uint64_t segment = begin_crashed(&rig);
    flip(&rig, segment, 9 * WAL_BLOCK + WAL_HEAD_SIZE + 3); /* inside group 10 */
    T_OK(rig_open(&rig));
    T_EQ_UINT(store_position(rig.store), 9);
    expect_groups(&rig, 9);
    rig_write_groups(&rig, 9, 3);
    T_EQ_UINT(store_position(rig.store), 12);
    rig_close(&rig);
    T_OK(rig_open(&rig));
    expect_groups(&rig, 12);
    rig_end(&rig);
}

/* stderr of the refused opening: the line that names the place. */
static void open_refused(struct rig *rig, char text[4096])
{
    char path[TMP_PATH_MAX];
    tmp_path(path, "stderr");
    fflush(stderr);
    int kept = dup(STDERR_FILENO);
    T_TRUE(freopen(path, "w", stderr) != NULL);
    enum err err = rig_open(rig);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    T_ERR(err, ERR_CORRUPT);
    FILE *file = fopen(path, "r");
    T_TRUE(file != NULL);
    size_t size = fread(text, 1, 4095, file);
    text[size] = '\0';
    fclose(file);
}

TEST(a_torn_record_before_a_good_one_is_refused_with_its_place)
{
    struct rig rig;
    uint64_t segment = begin_crashed(&rig);
    flip(&rig, segment, 4 * WAL_BLOCK + WAL_HEAD_SIZE + 3); /* group 5 */
    char text[4096], place[64];
    for (unsigned again = 0; again < 2; again++) { /* nothing was changed: refused again */
        open_refused(&rig, text);
        T_HAS(text, "log_damaged position=5 ");
        snprintf(place, sizeof place, "segment=%llu offset=%d ", (unsigned long long)segment,
                 4 * WAL_BLOCK);
        T_HAS(text, place);
        T_HAS(text, "later_position=6 ");
    }
    flip(&rig, segment, 4 * WAL_BLOCK + WAL_HEAD_SIZE + 3); /* mended by hand */
    T_OK(rig_open(&rig));
    expect_groups(&rig, 10);
    rig_end(&rig);
}

TEST(a_torn_first_record_before_a_good_one_is_refused_too)
{
    struct rig rig;
    uint64_t segment = begin_crashed(&rig);
    flip(&rig, segment, 0);
    char text[4096];
    open_refused(&rig, text);
    T_HAS(text, "log_damaged position=1 ");
    T_HAS(text, "offset=0 ");
    rig_end(&rig);
}

TEST(a_torn_record_is_found_before_a_good_one_in_a_later_segment)
{
    struct rig rig;
    uint64_t segment = begin_crashed(&rig), numbers[64];
    T_TRUE(rig_segments(&rig, numbers) >= 2);
    /* Group 11 as it would lie at the begin of the next segment. */
    uint8_t block[WAL_BLOCK];
    rig_segment_read(&rig, segment, 9 * WAL_BLOCK, block, sizeof block);
    struct wal_place place = {.position = 11, .generation = numbers[1]};
    memcpy(place.store_id, block + 16, STORE_ID_SIZE);
    struct writer writer = wal_begin(block, sizeof block);
    struct stored_key key = stored_key(TABLE_QUEUE, BYTES_LITERAL("eleven"));
    wal_put_row(&writer, &(struct wal_row){.stored_key = stored_key_bytes(&key)});
    wal_seal(&writer, block, &place, 1);
    rig_segment_write(&rig, numbers[1], 0, block, sizeof block);
    flip(&rig, segment, 9 * WAL_BLOCK + WAL_HEAD_SIZE + 3);
    char text[4096];
    open_refused(&rig, text);
    T_HAS(text, "log_damaged position=10 ");
    flip(&rig, segment, 9 * WAL_BLOCK + WAL_HEAD_SIZE + 3);
    T_OK(rig_open(&rig)); /* whole, it goes on in the next segment */
    T_EQ_UINT(store_position(rig.store), 11);
    rig_expect(&rig, TABLE_QUEUE, BYTES_LITERAL("eleven"), BYTES_LITERAL(""));
    rig_end(&rig);
}

/* Group 11 behind the last one, good in itself but for what `change` did to its place. */
static void add_group_eleven(struct rig *rig, uint64_t segment, void (*change)(struct wal_place *))
{
    uint8_t block[WAL_BLOCK];
    rig_segment_read(rig, segment, 0, block, sizeof block);
    struct wal_place place = {.position = 11, .generation = segment};
    memcpy(place.store_id, block + 16, STORE_ID_SIZE);
    change(&place);
    struct writer writer = wal_begin(block, sizeof block);
    struct stored_key key = stored_key(TABLE_QUEUE, BYTES_LITERAL("eleven"));
    wal_put_row(&writer, &(struct wal_row){.stored_key = stored_key_bytes(&key)});
    wal_seal(&writer, block, &place, 1);
    rig_segment_write(rig, segment, 10 * WAL_BLOCK, block, sizeof block);
}

static void change_nothing(struct wal_place *place)
{
    T_EQ_UINT(place->position, 11);
}

static void change_store(struct wal_place *place)
{
    place->store_id[0] ^= 1;
}

static void change_generation(struct wal_place *place)
{
    place->generation += 100;
}

static uint64_t position_with(void (*change)(struct wal_place *))
{
    struct rig rig;
    uint64_t segment = begin_crashed(&rig);
    add_group_eleven(&rig, segment, change);
    T_OK(rig_open(&rig));
    uint64_t position = store_position(rig.store);
    rig_end(&rig);
    return position;
}

TEST(a_record_of_this_store_and_generation_counts)
{
    T_EQ_UINT(position_with(change_nothing), 11);
}

TEST(a_record_of_another_store_is_absent)
{
    T_EQ_UINT(position_with(change_store), 10);
}

/* A whole segment of it is no old record but somebody's mistake: ours may be what it replaced. */
TEST(a_segment_of_another_store_is_refused)
{
    static uint8_t block[WAL_BLOCK];
    struct rig other, rig;
    char text[4096];
    rig_begin(&other, "other");
    rig_write_groups(&other, 0, 3);
    rig_close(&other);
    uint64_t numbers[64];
    T_TRUE(rig_segments(&other, numbers) > 0);
    rig_segment_read(&other, numbers[0], 0, block, sizeof block);
    rig_end(&other);
    uint64_t segment = begin_crashed(&rig);
    uint8_t own[WAL_BLOCK];
    rig_segment_read(&rig, segment, 0, own, sizeof own);
    rig_segment_write(&rig, segment, 0, block, sizeof block);
    open_refused(&rig, text);
    T_HAS(text, "log_of_another_store");
    rig_segment_write(&rig, segment, 0, own, sizeof own);
    T_OK(rig_open(&rig)); /* nothing was changed */
    expect_groups(&rig, 10);
    rig_end(&rig);
}

TEST(a_record_of_another_generation_is_absent)
{
    T_EQ_UINT(position_with(change_generation), 10);
}

static void write_and_apply_much(struct rig *rig)
{
    /* 24 groups of 2 MB: three segments of 16 MiB are used up, the first two again. */
    static uint8_t value[ROW_VALUE_MAX];
    for (uint32_t group = 0; group < 24; group++) {
        for (uint32_t i = 0; i < 1000; i++) {
            struct row_key key = rig_key(2, i);
            memset(value, (int)(group + i), sizeof value);
            rig_put(rig, TABLE_CASE, rig_key_bytes(&key), bytes_of(value, sizeof value));
        }
        T_OK(rig_commit(rig));
        if (group % 4 == 3)
            T_OK(store_apply_now(rig->store));
    }
    rig_write_groups(rig, 0, 3);
}

TEST(used_segments_are_used_again_under_later_numbers)
{
    struct rig rig;
    rig_init(&rig, "s");
    T_OK(store_create(rig.config.directory));
    rig_run_and_crash(&rig, write_and_apply_much);
    uint64_t numbers[64];
    size_t count = rig_segments(&rig, numbers);
    T_TRUE(count <= 6);
    T_TRUE(numbers[count - 1] >= 5);
    T_OK(rig_open(&rig));
    T_EQ_UINT(store_position(rig.store), 27);
    expect_groups(&rig, 3);
    struct row_key key = rig_key(2, 7);
    uint8_t value[ROW_VALUE_MAX];
    memset(value, 23 + 7, sizeof value);
    rig_expect(&rig, TABLE_CASE, rig_key_bytes(&key), bytes_of(value, sizeof value));
    rig_end(&rig);
}

static void write_much(struct rig *rig)
{
    /* 12 groups of 2 MB: more than a segment, less than what is applied by itself. */
    static uint8_t value[ROW_VALUE_MAX];
    for (uint32_t group = 0; group < 12; group++) {
        for (uint32_t i = 0; i < 1000; i++) {
            struct row_key key = rig_key(group, i);
            rig_put(rig, TABLE_CASE, rig_key_bytes(&key), bytes_of(value, sizeof value));
        }
        T_OK(rig_commit(rig));
    }
    /* The applier has seen the filled segment, and could have made this one ahead of it only. */
    while (applier_state(&rig->store->applier).ahead < SEGMENTS_AHEAD)
        sched_yield();
    struct metrics metrics = {0};
    store_metrics(rig->store, &metrics);
    T_EQ_UINT(metrics.counters[METRIC_APPLIES], 0);
}

TEST(a_segment_is_not_used_again_before_its_rows_are_applied)
{
    struct rig rig;
    rig_init(&rig, "s");
    T_OK(store_create(rig.config.directory));
    rig_run_and_crash(&rig, write_much);
    T_OK(rig_open(&rig));
    T_EQ_UINT(store_position(rig.store), 12);
    for (uint32_t group = 0; group < 12; group++) {
        struct row_key owner = rig_key(group, 0);
        T_EQ_UINT(rig_count(&rig, TABLE_CASE, bytes_of(owner.data, 8)), 1000);
    }
    rig_end(&rig);
}

TEST(a_log_that_was_taken_away_is_refused)
{
    struct rig rig;
    rig_begin(&rig, "s");
    rig_write_groups(&rig, 0, 2);
    rig_close(&rig);
    uint64_t numbers[64];
    size_t count = rig_segments(&rig, numbers);
    for (size_t i = 0; i < count; i++) {
        char name[64], path[TMP_PATH_MAX];
        snprintf(name, sizeof name, "log/%016llu.log", (unsigned long long)numbers[i]);
        rig_path(&rig, path, name);
        T_EQ_INT(unlink(path), 0);
    }
    char text[4096];
    open_refused(&rig, text);
    T_HAS(text, "log_missing");
    rig_end(&rig);
}

TEST(another_size_of_segments_takes_over_at_the_next_start)
{
    struct rig rig;
    begin_crashed(&rig);
    rig.config.segment_mib = 32;
    T_OK(rig_open(&rig));
    expect_groups(&rig, 10);
    rig_write_groups(&rig, 10, 1);
    rig_close(&rig);
    uint64_t numbers[64];
    size_t count = rig_segments(&rig, numbers);
    T_TRUE(count >= 1);
    for (size_t i = 0; i < count; i++) {
        char name[64], path[TMP_PATH_MAX];
        struct stat status;
        snprintf(name, sizeof name, "log/%016llu.log", (unsigned long long)numbers[i]);
        rig_path(&rig, path, name);
        T_EQ_INT(stat(path, &status), 0);
        T_EQ_INT(status.st_size, 32 << 20);
    }
    T_OK(rig_open(&rig));
    expect_groups(&rig, 11);
    rig_end(&rig);
}

TEST(a_store_that_fell_back_behind_what_its_log_has_passed_is_refused)
{
    struct rig rig;
    char text[4096];
    rig_begin(&rig, "s");
    rig_write_groups(&rig, 0, 10);
    rig_close(&rig);
    T_OK(rig_open(&rig)); /* nothing to replay: the segments are taken for new use */
    rig_close(&rig);
    rig_lose_newest_head(&rig);
    open_refused(&rig, text);
    T_HAS(text, "store_behind_log");
    rig_end(&rig);
}

TEST(a_store_that_fell_back_takes_what_its_log_still_has)
{
    struct rig rig;
    rig_begin(&rig, "s");
    rig_write_groups(&rig, 0, 10);
    rig_close(&rig);
    rig_lose_newest_head(&rig);
    T_OK(rig_open(&rig));
    expect_groups(&rig, 10);
    rig_end(&rig);
}

T_LIST(recover_test, T(a_store_that_fell_back_behind_what_its_log_has_passed_is_refused),
       T(a_store_that_fell_back_takes_what_its_log_still_has),
       T(what_is_only_in_the_log_is_replayed), T(a_torn_tail_is_cut_and_its_position_used_again),
       T(a_torn_record_before_a_good_one_is_refused_with_its_place),
       T(a_torn_first_record_before_a_good_one_is_refused_too),
       T(a_torn_record_is_found_before_a_good_one_in_a_later_segment),
       T(a_record_of_this_store_and_generation_counts), T(a_record_of_another_store_is_absent),
       T(a_segment_of_another_store_is_refused), T(a_record_of_another_generation_is_absent),
       T(used_segments_are_used_again_under_later_numbers),
       T(a_segment_is_not_used_again_before_its_rows_are_applied),
       T(a_log_that_was_taken_away_is_refused),
       T(another_size_of_segments_takes_over_at_the_next_start));
