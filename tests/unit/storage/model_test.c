/* The same random writes and snapshots against the store and a plain sorted map, across applies and
 * reopenings (DESIGN 5 *Reads*). Crashes: crash_test.c. */
#include "tests/unit/storage/rig.h"
#include <stdlib.h>
#include <string.h>

enum { UNIVERSE = 400, STEPS = 700, HELD = 3 };

struct place {
    enum table table;
    struct row_key key;
    uint32_t version; /* 0: absent */
};

/* Sorted by (table, key); the keys never change, so a copy of the versions is a copy of the map. */
struct model {
    struct place places[UNIVERSE];
};

struct held_view {
    struct snapshot *snapshot;
    struct model then;
};

struct world {
    struct rig rig;
    struct model model;
    struct prng prng;
    uint32_t version;
    struct held_view held[HELD];
};

static struct bytes place_key(const struct place *place)
{
    return bytes_of(place->key.data, place->key.size);
}

static int place_order(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->table != b->table)
        return a->table < b->table ? -1 : 1;
    return bytes_compare(place_key(a), place_key(b));
}

static void make_universe(struct world *world)
{
    static const enum table tables[] = {TABLE_CASE, TABLE_LINE, TABLE_QUEUE};
    struct place *places = world->model.places;
    for (unsigned i = 0; i < UNIVERSE; i++) {
        struct writer writer = writer_on(places[i].key.data, ROW_KEY_MAX);
        write_u64(&writer, 1 + prng_below(&world->prng, 6));
        write_u16(&writer,
                  (uint16_t)(prng_below(&world->prng, 3) * 0x7fff)); /* 0xfffe: near the end */
        write_u16(&writer, (uint16_t)(i / 2)); /* a case's rows in two tables */
        write_u32(&writer, i);
        for (uint64_t more = prng_below(&world->prng, 5); more > 0; more--)
            write_u8(&writer, prng_chance(&world->prng, 2) ? 0xff : 0);
        places[i].key.size = (uint8_t)writer.size;
        places[i].table = tables[prng_below(&world->prng, 3)];
    }
    qsort(places, UNIVERSE, sizeof *places, place_order);
}

static struct bytes value_of(const struct place *place, uint8_t buffer[ROW_VALUE_MAX])
{
    size_t size = place->version * 2654435761u % (ROW_VALUE_MAX + 1);
    memset(buffer, (int)(place->version & 0xff), size);
    if (size >= sizeof place->version)
        memcpy(buffer, &place->version, sizeof place->version);
    return bytes_of(buffer, size);
}

/* ---- writing ---- */

static void write_batch(struct world *world)
{
    uint8_t buffer[ROW_VALUE_MAX];
    for (uint64_t rows = 1 + prng_below(&world->prng, 20); rows > 0; rows--) {
        struct place *place = &world->model.places[prng_below(&world->prng, UNIVERSE)];
        if (prng_chance(&world->prng, 4)) {
            place->version = 0;
            rig_erase(&world->rig, place->table, place_key(place));
        } else {
            place->version = ++world->version;
            rig_put(&world->rig, place->table, place_key(place), value_of(place, buffer));
        }
    }
    T_OK(rig_commit(&world->rig));
}

/* ---- comparing ---- */

static bool in_range(const struct place *place, enum table table, struct bytes prefix)
{
    return place->version > 0 && place->table == table &&
           bytes_start_with(place_key(place), prefix);
}

static bool behind_seek(const struct place *place, struct bytes seek, bool descending)
{
    int order = bytes_compare(place_key(place), seek);
    return descending ? order <= 0 : order >= 0;
}

static void compare_scan(struct world *world, struct snapshot *snapshot, const struct model *model)
{
    const struct place *some = &model->places[prng_below(&world->prng, UNIVERSE)];
    static const size_t prefix_sizes[] = {0, 7, 8, 12, 15, 16};
    struct bytes prefix =
        bytes_slice(place_key(some), 0, prefix_sizes[prng_below(&world->prng, 6)]);
    bool descending = prng_chance(&world->prng, 2), seeks = prng_chance(&world->prng, 2);
    struct row_key at = model->places[prng_below(&world->prng, UNIVERSE)].key;
    struct bytes seek = bytes_of(at.data, at.size);
    struct scan *scan = NULL;
    T_OK(scan_open(snapshot, some->table, prefix, descending, &scan));
    if (seeks)
        scan_seek(scan, seek);
    struct bytes key, value;
    uint8_t buffer[ROW_VALUE_MAX];
    for (unsigned i = 0; i < UNIVERSE; i++) {
        const struct place *place = &model->places[descending ? UNIVERSE - 1 - i : i];
        if (!in_range(place, some->table, prefix) ||
            (seeks && !behind_seek(place, seek, descending)))
            continue;
        T_TRUE(scan_next(scan, &key, &value));
        T_EQ_BYTES(key, place_key(place));
        T_EQ_BYTES(value, value_of(place, buffer));
    }
    T_FALSE(scan_next(scan, &key, &value));
    T_OK(scan_err(scan));
    scan_close(scan);
}

static void compare_gets(struct world *world, struct snapshot *snapshot, const struct model *model)
{
    uint8_t buffer[ROW_VALUE_MAX];
    for (unsigned n = 0; n < 20; n++) {
        const struct place *place = &model->places[prng_below(&world->prng, UNIVERSE)];
        struct bytes value;
        enum err err = snapshot_get(snapshot, place->table, place_key(place), &value);
        T_ERR(err, place->version > 0 ? ERR_OK : ERR_NOT_FOUND);
        if (err == ERR_OK)
            T_EQ_BYTES(value, value_of(place, buffer));
    }
}

static void compare(struct world *world, struct snapshot *snapshot, const struct model *model)
{
    compare_gets(world, snapshot, model);
    for (unsigned i = 0; i < 4; i++)
        compare_scan(world, snapshot, model);
}

/* ---- snapshots that live across other things ---- */

static void hold_one(struct world *world)
{
    struct held_view *view = &world->held[prng_below(&world->prng, HELD)];
    if (view->snapshot != NULL) {
        compare(world, view->snapshot, &view->then);
        snapshot_close(view->snapshot);
    }
    T_OK(snapshot_open(world->rig.store, &view->snapshot));
    T_EQ_UINT(snapshot_position(view->snapshot), store_position(world->rig.store));
    view->then = world->model;
}

static void let_all_go(struct world *world)
{
    for (unsigned i = 0; i < HELD; i++) {
        struct held_view *view = &world->held[i];
        if (view->snapshot == NULL)
            continue;
        compare(world, view->snapshot, &view->then);
        snapshot_close(view->snapshot);
        view->snapshot = NULL;
    }
}

static void run_world(uint64_t seed, uint32_t apply_gap_ms)
{
    static struct world world;
    prng_seed(&world.prng, seed);
    make_universe(&world);
    rig_init(&world.rig, "s");
    world.rig.config.apply_gap_ms = apply_gap_ms;
    T_OK(store_create(world.rig.config.directory));
    T_OK(rig_open(&world.rig));
    for (unsigned step = 0; step < STEPS; step++) {
        uint64_t what = prng_below(&world.prng, 100);
        if (what < 60)
            write_batch(&world);
        else if (what < 90)
            hold_one(&world);
        else if (what < 98) {
            let_all_go(&world); /* else the apply would wait for a table that a snapshot holds */
            T_OK(store_apply_now(world.rig.store));
        } else if (step % 4 == 0) {
            let_all_go(&world);
            rig_close(&world.rig);
            T_OK(rig_open(&world.rig));
        }
    }
    let_all_go(&world);
    rig_end(&world.rig);
}

TEST(reads_equal_a_plain_map_when_applies_are_asked_for)
{
    run_world(1, 3600 * 1000);
}

TEST(reads_equal_a_plain_map_when_applies_come_by_themselves)
{
    run_world(2, 3);
}

T_LIST(model_test, T(reads_equal_a_plain_map_when_applies_are_asked_for),
       T(reads_equal_a_plain_map_when_applies_come_by_themselves));
