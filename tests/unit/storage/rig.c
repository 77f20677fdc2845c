#include "tests/unit/storage/rig.h"
#include "base/check.h"
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_home(void *self, struct batch *batch, enum err status)
{
    struct rig *rig = self;
    CHECK(batch == &rig->batch);
    pthread_mutex_lock(&rig->lock);
    rig->away = false;
    rig->status = status;
    pthread_cond_signal(&rig->home);
    pthread_mutex_unlock(&rig->lock);
}

static void on_read_only(void *self, bool read_only)
{
    struct rig *rig = self;
    pthread_mutex_lock(&rig->lock);
    rig->read_only = read_only;
    rig->read_only_changes++;
    pthread_cond_signal(&rig->home);
    pthread_mutex_unlock(&rig->lock);
}

void rig_init(struct rig *rig, const char *name)
{
    *rig = (struct rig){0};
    char path[TMP_PATH_MAX];
    char *directory = strdup(tmp_path(path, name));
    T_TRUE(directory != NULL);
    rig->config = (struct store_config){.directory = directory,
                                        .segment_mib = 16,
                                        .map_gib = 1,
                                        .apply_gap_ms = 3600 * 1000,
                                        .home = on_home,
                                        .read_only = on_read_only,
                                        .self = rig};
    pthread_mutex_init(&rig->lock, NULL);
    pthread_cond_init(&rig->home, NULL);
    T_OK(batch_init(&rig->batch, 0));
    batch_begin(&rig->batch, ++rig->sequence);
}

enum err rig_open(struct rig *rig)
{
    return store_open(&rig->config, &rig->store);
}

void rig_begin(struct rig *rig, const char *name)
{
    rig_init(rig, name);
    T_OK(store_create(rig->config.directory));
    T_OK(rig_open(rig));
}

void rig_close(struct rig *rig)
{
    store_close(rig->store);
    rig->store = NULL;
}

void rig_end(struct rig *rig)
{
    if (rig->store != NULL)
        rig_close(rig);
    batch_deinit(&rig->batch);
    pthread_cond_destroy(&rig->home);
    pthread_mutex_destroy(&rig->lock);
    free((void *)(uintptr_t)rig->config.directory);
}

static void stage(struct rig *rig, const struct op *op)
{
    T_OK(batch_stage(&rig->batch, op));
}

void rig_put(struct rig *rig, enum table table, struct bytes key, struct bytes value)
{
    stage(rig, &(struct op){.kind = OP_PUT, .table = table, .key = key, .value = value});
}

void rig_append(struct rig *rig, enum table table, struct bytes value)
{
    stage(rig, &(struct op){.kind = OP_APPEND, .table = table, .value = value});
}

void rig_erase(struct rig *rig, enum table table, struct bytes key)
{
    stage(rig, &(struct op){.kind = OP_ERASE, .table = table, .key = key});
}

void rig_hand_in(struct rig *rig)
{
    rig->away = true;
    store_commit(rig->store, &rig->batch);
}

enum err rig_wait(struct rig *rig)
{
    pthread_mutex_lock(&rig->lock);
    while (rig->away)
        pthread_cond_wait(&rig->home, &rig->lock);
    enum err status = rig->status;
    pthread_mutex_unlock(&rig->lock);
    batch_begin(&rig->batch, ++rig->sequence);
    rig->batch.essential = false;
    return status;
}

enum err rig_commit(struct rig *rig)
{
    rig_hand_in(rig);
    return rig_wait(rig);
}

void rig_expect(struct rig *rig, enum table table, struct bytes key, struct bytes value)
{
    struct snapshot *snapshot = NULL;
    T_OK(snapshot_open(rig->store, &snapshot));
    struct bytes got;
    T_OK(snapshot_get(snapshot, table, key, &got));
    T_EQ_BYTES(got, value);
    snapshot_close(snapshot);
}

void rig_expect_none(struct rig *rig, enum table table, struct bytes key)
{
    struct snapshot *snapshot = NULL;
    T_OK(snapshot_open(rig->store, &snapshot));
    struct bytes got;
    T_ERR(snapshot_get(snapshot, table, key, &got), ERR_NOT_FOUND);
    snapshot_close(snapshot);
}

size_t rig_count(struct rig *rig, enum table table, struct bytes prefix)
{
    struct snapshot *snapshot = NULL;
    struct scan *scan = NULL;
    T_OK(snapshot_open(rig->store, &snapshot));
    T_OK(scan_open(snapshot, table, prefix, false, &scan));
    size_t count = 0;
    struct bytes key, value;
    while (scan_next(scan, &key, &value))
        count++;
    T_OK(scan_err(scan));
    scan_close(scan);
    snapshot_close(snapshot);
    return count;
}

struct row_key rig_key(uint64_t owner, uint32_t n)
{
    struct row_key key = {.size = 16}; /* as long as a case's: it may stand on a shelf */
    struct writer writer = writer_on(key.data, sizeof key.data);
    write_u64(&writer, owner);
    write_u32(&writer, 0);
    write_u32(&writer, n);
    return key;
}

struct bytes rig_key_bytes(const struct row_key *key)
{
    return bytes_of(key->data, key->size);
}

void rig_write_groups(struct rig *rig, uint32_t from, uint32_t count)
{
    for (uint32_t i = from; i < from + count; i++) {
        struct row_key key = rig_key(1, i);
        rig_put(rig, TABLE_CASE, rig_key_bytes(&key), bytes_of(&i, sizeof i));
        T_OK(rig_commit(rig));
    }
}

void rig_path(const struct rig *rig, char path[TMP_PATH_MAX], const char *name)
{
    int size = snprintf(path, TMP_PATH_MAX, "%s/%s", rig->config.directory, name);
    T_TRUE(size > 0 && size < TMP_PATH_MAX);
}

void rig_lose_newest_head(const struct rig *rig)
{
    enum { PAGE = 4096, TXNID_AT = 144 };
    char path[TMP_PATH_MAX];
    rig_path(rig, path, "data.mdb");
    int fd = open(path, O_RDWR | O_CLOEXEC);
    T_TRUE(fd >= 0);
    uint64_t numbers[2], none = 0;
    for (int i = 0; i < 2; i++)
        T_EQ_INT(pread(fd, &numbers[i], sizeof none, i * PAGE + TXNID_AT), sizeof none);
    T_TRUE(numbers[0] != numbers[1]);
    int newest = numbers[1] > numbers[0];
    T_EQ_INT(pwrite(fd, &none, sizeof none, newest * PAGE + TXNID_AT), sizeof none);
    close(fd);
}

static int by_value(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

size_t rig_segments(const struct rig *rig, uint64_t numbers[64])
{
    char path[TMP_PATH_MAX];
    rig_path(rig, path, "log");
    DIR *entries = opendir(path);
    T_TRUE(entries != NULL);
    size_t count = 0;
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL)
        if (strchr(entry->d_name, 'l') != NULL && count < 64)
            numbers[count++] = strtoull(entry->d_name, NULL, 10);
    closedir(entries);
    qsort(numbers, count, sizeof numbers[0], by_value);
    return count;
}

static int open_segment(const struct rig *rig, uint64_t number)
{
    char name[64], path[TMP_PATH_MAX];
    snprintf(name, sizeof name, "log/%016" PRIu64 ".log", number);
    rig_path(rig, path, name);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    T_TRUE(fd >= 0);
    return fd;
}

void rig_segment_read(const struct rig *rig, uint64_t number, uint64_t offset, void *to,
                      size_t size)
{
    int fd = open_segment(rig, number);
    T_EQ_INT(pread(fd, to, size, (off_t)offset), size);
    close(fd);
}

void rig_segment_write(const struct rig *rig, uint64_t number, uint64_t offset, const void *from,
                       size_t size)
{
    int fd = open_segment(rig, number);
    T_EQ_INT(pwrite(fd, from, size, (off_t)offset), size);
    close(fd);
}

void rig_run_and_crash(struct rig *rig, void (*run)(struct rig *rig))
{
    T_TRUE(rig->store == NULL);
    fflush(NULL);
    pid_t child = fork();
    T_TRUE(child >= 0);
    if (child == 0) {
        T_OK(rig_open(rig));
        run(rig);
        _exit(0);
    }
    int status = 0;
    T_EQ_INT(waitpid(child, &status, 0), child);
    T_TRUE(WIFEXITED(status));
    T_EQ_INT(WEXITSTATUS(status), 0);
}
