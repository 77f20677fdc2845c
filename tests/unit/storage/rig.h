/* A store with one or more writers, for tests: write rows, wait until they are home, read them
 * back. */
#pragma once
#include "storage/parts.h"
#include "storage/snapshot.h"
#include "tests/lib/t.h"
#include "tests/lib/tmp.h"

struct rig {
    struct store_config config;
    struct store *store;
    struct batch batch;
    uint64_t sequence;
    pthread_mutex_t lock;
    pthread_cond_t home;
    bool away;
    enum err status;
    unsigned read_only_changes;
    bool read_only;
};

/* A new store in tmp_dir()/name, open; small map, 16 MiB segments, a long apply gap. */
void rig_begin(struct rig *rig, const char *name);
/* The same without making or opening it. */
void rig_init(struct rig *rig, const char *name);
enum err rig_open(struct rig *rig) MUST_CHECK;
void rig_close(struct rig *rig);
void rig_end(struct rig *rig); /* closes and frees */

/* Stage rows, then hand in and wait. */
void rig_put(struct rig *rig, enum table table, struct bytes key, struct bytes value);
void rig_append(struct rig *rig, enum table table, struct bytes value);
void rig_erase(struct rig *rig, enum table table, struct bytes key);
enum err rig_commit(struct rig *rig) MUST_CHECK;
/* The two halves of rig_commit. */
void rig_hand_in(struct rig *rig);
enum err rig_wait(struct rig *rig) MUST_CHECK;

/* One row, from a snapshot of its own. Expects it to be there and equal / to be absent. */
void rig_expect(struct rig *rig, enum table table, struct bytes key, struct bytes value);
void rig_expect_none(struct rig *rig, enum table table, struct bytes key);
/* Number of rows under a prefix. */
size_t rig_count(struct rig *rig, enum table table, struct bytes prefix);

/* Puts rows (1, from) … (1, from + count - 1) with the group's number as value, and commits each.
 */
void rig_write_groups(struct rig *rig, uint32_t from, uint32_t count);

/* (owner, n) as 16 bytes, and its bytes. */
struct row_key rig_key(uint64_t owner, uint32_t n);
struct bytes rig_key_bytes(const struct row_key *key);

/* The store's files, while it is closed. */
void rig_path(const struct rig *rig, char path[TMP_PATH_MAX], const char *name);
/* Numbers of the log's segments, ascending; returns how many. */
size_t rig_segments(const struct rig *rig, uint64_t numbers[64]);
/* Reads or writes bytes of a segment in place. */
void rig_segment_read(const struct rig *rig, uint64_t number, uint64_t offset, void *to,
                      size_t size);
void rig_segment_write(const struct rig *rig, uint64_t number, uint64_t offset, const void *from,
                       size_t size);
/* The newer of LMDB's two head pages is not taken for the newer one any more. */
void rig_lose_newest_head(const struct rig *rig);
/* Opens the store in a child, runs, and ends the child without closing: what it committed is in the
 * log and, but for what it had applied, nowhere else. The rig must be closed. */
void rig_run_and_crash(struct rig *rig, void (*run)(struct rig *rig));
