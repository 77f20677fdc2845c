/* A snapshot is one position, whatever is written, sealed and applied while it is read: by key, up
 * and down it says the same, and all of it. */
#include "base/prng.h"
#include "tests/unit/storage/rig.h"
#include <stdatomic.h>
#include <string.h>

enum { KEYS = 400, READERS = 3, GROUP_ROWS = 8, GROUPS = 1500 };

/* Row 0 is in every group: how many rows there are, and the group's number, which all rows of the
 * group bear. */
struct mark {
    uint32_t count, group;
};

struct reading {
    pthread_t thread;
    struct store *store;
    const atomic_bool *over;
    uint32_t looks;
};

struct seen {
    uint32_t n, group;
};

static uint32_t walk(struct snapshot *snapshot, bool descending, struct seen seen[KEYS + 1])
{
    struct scan *scan = NULL;
    struct row_key prefix = rig_key(1, 0);
    uint32_t count = 0;
    T_OK(scan_open(snapshot, TABLE_CASE, bytes_of(prefix.data, 8), descending, &scan));
    struct bytes key, value;
    while (scan_next(scan, &key, &value)) {
        struct mark mark;
        struct reader in = reader_of(bytes_slice(key, 12, 4));
        T_TRUE(count <= KEYS && value.size == sizeof mark);
        memcpy(&mark, value.data, sizeof mark);
        seen[count++] = (struct seen){read_u32(&in), mark.group};
    }
    T_OK(scan_err(scan));
    scan_close(scan);
    return count;
}

static struct mark found(struct snapshot *snapshot, uint32_t n)
{
    struct row_key key = rig_key(1, n);
    struct bytes value;
    struct mark mark;
    T_OK(snapshot_get(snapshot, TABLE_CASE, rig_key_bytes(&key), &value));
    T_EQ_UINT(value.size, sizeof mark);
    memcpy(&mark, value.data, sizeof mark);
    return mark;
}

static void look(struct store *store)
{
    struct seen up[KEYS + 1], down[KEYS + 1];
    struct snapshot *snapshot = NULL;
    T_OK(snapshot_open(store, &snapshot));
    struct mark first = found(snapshot, 0);
    uint32_t count = walk(snapshot, false, up);
    T_EQ_UINT(count, first.count);
    T_EQ_UINT(walk(snapshot, true, down), count);
    for (uint32_t i = 0; i < count; i++) {
        T_EQ_UINT(up[i].n, down[count - 1 - i].n);
        T_EQ_UINT(up[i].group, down[count - 1 - i].group);
        T_TRUE(i == 0 || up[i].n > up[i - 1].n);
        T_TRUE(up[i].group <= first.group);
        T_EQ_UINT(found(snapshot, up[i].n).group, up[i].group);
    }
    snapshot_close(snapshot);
}

static void *read_on(void *self)
{
    struct reading *reading = self;
    while (!atomic_load(reading->over)) {
        look(reading->store);
        reading->looks++;
    }
    return NULL;
}

static void put(struct rig *rig, uint32_t n, struct mark mark)
{
    struct row_key key = rig_key(1, n);
    rig_put(rig, TABLE_CASE, rig_key_bytes(&key), bytes_of(&mark, sizeof mark));
}

/* Some rows come or change, some go. */
static void group_write(struct rig *rig, struct prng *prng, bool there[KEYS], struct mark *mark)
{
    mark->group++;
    for (int i = 0; i < GROUP_ROWS; i++) {
        uint32_t n = 1 + (uint32_t)(prng_next(prng) % (KEYS - 1));
        bool goes = there[n] && prng_next(prng) % 2 == 0;
        struct row_key key = rig_key(1, n);
        mark->count += goes ? UINT32_MAX : there[n] ? 0 : 1;
        if (goes)
            rig_erase(rig, TABLE_CASE, rig_key_bytes(&key));
        else
            put(rig, n, *mark);
        there[n] = !goes;
    }
    put(rig, 0, *mark);
    T_OK(rig_commit(rig));
}

TEST(up_and_down_and_by_key_it_is_the_same_while_others_write)
{
    struct rig rig;
    struct reading readings[READERS];
    atomic_bool over = false;
    bool there[KEYS] = {true};
    struct mark mark = {.count = 1};
    struct prng prng;
    prng_seed(&prng, 7);
    rig_init(&rig, "s");
    rig.config.apply_gap_ms = 10; /* the tables change all the time */
    T_OK(store_create(rig.config.directory));
    T_OK(rig_open(&rig));
    group_write(&rig, &prng, there, &mark);
    for (uint32_t i = 0; i < READERS; i++) {
        struct reading *reading = &readings[i];
        *reading = (struct reading){.store = rig.store, .over = &over};
        T_EQ_INT(pthread_create(&reading->thread, NULL, read_on, reading), 0);
    }
    while (mark.group < GROUPS)
        group_write(&rig, &prng, there, &mark);
    atomic_store(&over, true);
    for (uint32_t i = 0; i < READERS; i++) {
        pthread_join(readings[i].thread, NULL);
        T_TRUE(readings[i].looks > 0);
    }
    rig_end(&rig);
}

T_LIST(snapshot_test, T(up_and_down_and_by_key_it_is_the_same_while_others_write));
