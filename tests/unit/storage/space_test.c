/* A full disk: read_only and back without a restart (failure table in storage/committer.c). On a
 * small tmpfs in a mount namespace of the test's own; skipped where that is not allowed. */
#include "tests/unit/storage/rig.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BULK_ROWS = 1000 };

struct full {
    struct rig rig;
    char filler[TMP_PATH_MAX];
    uint32_t group; /* acknowledged ones */
};

static void mount_small(const char *size)
{
    char path[TMP_PATH_MAX], options[32];
    tmp_path(path, "disk");
    T_EQ_INT(mkdir(path, 0700), 0);
    snprintf(options, sizeof options, "size=%s", size);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", path, "tmpfs", 0, options) != 0)
        t_skip("mounting is not permitted here: %s", strerror(errno));
}

/* Takes every free page of the disk. */
static void fill_disk(struct full *full)
{
    static uint8_t block[1 << 16];
    int fd = open(full->filler, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    T_TRUE(fd >= 0);
    size_t size = sizeof block;
    while (size >= 4096)
        if (write(fd, block, size) != (ssize_t)size)
            size /= 2;
    close(fd);
}

/* All but so many bytes of the filler stay. */
static void give_some(struct full *full, off_t bytes)
{
    struct stat stat_now;
    T_EQ_INT(stat(full->filler, &stat_now), 0);
    T_TRUE(stat_now.st_size > bytes);
    T_EQ_INT(truncate(full->filler, stat_now.st_size - bytes), 0);
}

static void give_space(struct full *full)
{
    T_EQ_INT(unlink(full->filler), 0);
}

static void begin(struct full *full, const char *size, uint32_t apply_gap_ms)
{
    *full = (struct full){0};
    mount_small(size);
    rig_init(&full->rig, "disk/s");
    tmp_path(full->filler, "disk/filler");
    full->rig.config.apply_gap_ms = apply_gap_ms;
    T_OK(store_create(full->rig.config.directory));
    T_OK(rig_open(&full->rig));
}

/* About 2 MB of rows, all with the group's number; from the row `first` on. */
static enum err write_rows(struct full *full, uint32_t first)
{
    static uint8_t value[ROW_VALUE_MAX];
    uint32_t group = full->group + 1;
    memcpy(value, &group, sizeof group);
    for (uint32_t i = 0; i < BULK_ROWS; i++) {
        struct row_key key = rig_key(1, first + i);
        rig_put(&full->rig, TABLE_CASE, rig_key_bytes(&key), bytes_of(value, sizeof value));
    }
    rig_append(&full->rig, TABLE_AUDIT, BYTES_LITERAL("the head counts it"));
    enum err err = rig_commit(&full->rig);
    full->group += err == ERR_OK;
    return err;
}

static enum err write_bulk(struct full *full)
{
    return write_rows(full, 0);
}

static void expect_bulk(struct full *full)
{
    struct row_key key = rig_key(1, BULK_ROWS / 2), owner = rig_key(1, 0);
    static uint8_t value[ROW_VALUE_MAX];
    memcpy(value, &full->group, sizeof full->group);
    rig_expect(&full->rig, TABLE_CASE, rig_key_bytes(&key), bytes_of(value, sizeof value));
    T_EQ_UINT(rig_count(&full->rig, TABLE_CASE, bytes_of(owner.data, 8)), BULK_ROWS);
}

/* Writes until the store says no. */
static void write_until_refused(struct full *full)
{
    enum err err = ERR_OK;
    for (unsigned i = 0; err == ERR_OK && i < 200; i++)
        err = write_bulk(full);
    T_ERR(err, ERR_READ_ONLY);
    T_TRUE(store_is_read_only(full->rig.store));
    T_TRUE(full->rig.read_only);
}

static void wait_until_writable(struct full *full)
{
    pthread_mutex_lock(&full->rig.lock);
    while (full->rig.read_only)
        pthread_cond_wait(&full->rig.home, &full->rig.lock);
    pthread_mutex_unlock(&full->rig.lock);
    T_FALSE(store_is_read_only(full->rig.store));
}

static void full_and_back(uint32_t apply_gap_ms)
{
    static struct full full;
    begin(&full, "176m", apply_gap_ms);
    T_OK(write_bulk(&full));
    for (unsigned again = 1; again <= 2; again++) {
        fill_disk(&full);
        write_until_refused(&full);
        T_EQ_UINT(full.rig.read_only_changes, 2 * again - 1);
        expect_bulk(&full); /* reads go on */
        T_ERR(write_bulk(&full), ERR_READ_ONLY);
        expect_bulk(&full); /* what was dropped is not there */
        give_space(&full);
        wait_until_writable(&full);
        T_EQ_UINT(full.rig.read_only_changes, 2 * again);
        T_OK(write_bulk(&full));
        expect_bulk(&full);
    }
    rig_close(&full.rig);
    T_OK(rig_open(&full.rig));
    expect_bulk(&full);
    rig_end(&full.rig);
}

TEST(a_full_disk_makes_it_read_only_until_there_is_space)
{
    full_and_back(3600 * 1000);
}

TEST(a_full_disk_with_applies_all_the_time)
{
    full_and_back(5);
}

TEST(essential_batches_go_on_into_the_last_segment_and_no_further)
{
    static struct full full;
    begin(&full, "176m", 5);
    fill_disk(&full);
    write_until_refused(&full);
    static uint8_t value[ROW_VALUE_MAX];
    unsigned taken = 0;
    enum err err = ERR_OK;
    for (; err == ERR_OK && taken < 100;
         taken++) { /* 0.8 MB each: at most the segment and its rest */
        full.rig.batch.essential = true;
        for (uint32_t i = 0; i < 400; i++) {
            struct row_key key = rig_key(2, i);
            rig_put(&full.rig, TABLE_SESSION, rig_key_bytes(&key), bytes_of(value, sizeof value));
        }
        err = rig_commit(&full.rig);
    }
    T_ERR(err, ERR_READ_ONLY);
    T_TRUE(taken >= 3);
    T_TRUE(taken <= 41);
    give_space(&full);
    wait_until_writable(&full);
    T_OK(write_bulk(&full));
    expect_bulk(&full);
    rig_end(&full.rig);
}

TEST(what_was_acknowledged_before_a_full_disk_is_there_after_a_restart_on_it)
{
    static struct full full;
    begin(&full, "176m", 3600 * 1000);
    fill_disk(&full);
    write_until_refused(&full);
    rig_close(&full.rig); /* can't apply: the log keeps it */
    enum err err = rig_open(&full.rig);
    T_ERR(err, ERR_NO_SPACE); /* nothing is served until the replay has succeeded */
    give_space(&full);
    T_OK(rig_open(&full.rig));
    expect_bulk(&full);
    T_OK(write_bulk(&full));
    rig_end(&full.rig);
}

/* With room for its data (52 MB in pages) and for small steps: one of 16 MiB would need 80. */
TEST(a_restart_with_little_space_goes_on_in_smaller_steps)
{
    static struct full full;
    begin(&full, "208m", 3600 * 1000);
    fill_disk(&full);
    enum err err = ERR_OK;
    for (uint32_t i = 0; err == ERR_OK && i < 14; i++) /* 28 MB, every row anew */
        err = write_rows(&full, i * BULK_ROWS);
    uint32_t groups = full.group;
    T_TRUE(groups > 8);
    rig_close(&full.rig);
    T_ERR(rig_open(&full.rig), ERR_NO_SPACE);
    give_some(&full, 84 << 20);
    T_OK(rig_open(&full.rig));
    struct row_key owner = rig_key(1, 0);
    T_EQ_UINT(rig_count(&full.rig, TABLE_CASE, bytes_of(owner.data, 8)), groups * BULK_ROWS);
    rig_end(&full.rig);
}

/* ---- other ways to be full ---- */

static void set_map_percent(struct rig *rig, uint32_t percent)
{
    struct applier *applier = &rig->store->applier;
    pthread_mutex_lock(&applier->lock);
    applier->map_percent = percent;
    pthread_mutex_unlock(&applier->lock);
    committer_wake(&rig->store->committer);
}

TEST(from_85_percent_of_the_map_on_it_is_read_only)
{
    static struct full full;
    rig_begin(&full.rig, "s");
    set_map_percent(&full.rig, APPLIER_MAP_FULL_PERCENT - 1);
    T_OK(write_bulk(&full));
    set_map_percent(&full.rig, APPLIER_MAP_FULL_PERCENT);
    T_ERR(write_bulk(&full), ERR_READ_ONLY);
    expect_bulk(&full);
    full.rig.batch.essential = true;
    T_OK(rig_commit(&full.rig));
    set_map_percent(&full.rig, 1);
    wait_until_writable(&full);
    T_OK(write_bulk(&full));
    rig_end(&full.rig);
}

TEST(crowded_tables_make_batches_wait_not_fail)
{
    static struct full full;
    rig_begin(&full.rig, "s");
    T_FALSE(store_is_crowded(full.rig.store));
    atomic_fetch_add(&full.rig.store->recents.bytes, RECENT_BYTES_MAX);
    T_TRUE(store_is_crowded(full.rig.store));
    struct row_key key = rig_key(1, 1);
    rig_put(&full.rig, TABLE_CASE, rig_key_bytes(&key), BYTES_LITERAL("waits"));
    rig_hand_in(&full.rig);
    atomic_fetch_sub(&full.rig.store->recents.bytes,
                     RECENT_BYTES_MAX); /* as a retired table does */
    committer_wake(&full.rig.store->committer);
    T_OK(rig_wait(&full.rig));
    T_EQ_UINT(full.rig.read_only_changes, 0);
    T_FALSE(store_is_crowded(full.rig.store));
    rig_end(&full.rig);
}

T_LIST(space_test, T(a_full_disk_makes_it_read_only_until_there_is_space),
       T(a_restart_with_little_space_goes_on_in_smaller_steps),
       T(a_full_disk_with_applies_all_the_time),
       T(essential_batches_go_on_into_the_last_segment_and_no_further),
       T(what_was_acknowledged_before_a_full_disk_is_there_after_a_restart_on_it),
       T(from_85_percent_of_the_map_on_it_is_read_only),
       T(crowded_tables_make_batches_wait_not_fail));
