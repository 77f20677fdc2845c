#include "tests/fault/store/ops.h"
#include "base/check.h"
#include "base/prng.h"
#include <string.h>

enum { SMALL_ROWS = 4, LARGE_ROWS = 40, LARGE_EVERY = 2, OUTBOX_EVERY = 3, RECORD_SPREAD = 200 };

struct change {
    unsigned place;
    bool erased;
    uint32_t size;
};

static struct prng prng_of(uint64_t seed, uint64_t number, uint64_t purpose)
{
    struct prng prng;
    prng_seed(&prng, (seed * 1000003 + number) * 4099 + purpose);
    return prng;
}

/* The changes of one operation, in order. Returns how many. */
static unsigned draw_changes(uint64_t seed, uint64_t number, struct change changes[LARGE_ROWS])
{
    struct prng prng = prng_of(seed, number, 1);
    bool large = number % LARGE_EVERY == 0;
    unsigned count = large ? 8 + (unsigned)prng_below(&prng, LARGE_ROWS - 8 + 1)
                           : 1 + (unsigned)prng_below(&prng, SMALL_ROWS);
    for (unsigned i = 0; i < count; i++) {
        changes[i] = (struct change){.place = (unsigned)prng_below(&prng, OPS_KEYS),
                                     .erased = prng_chance(&prng, 8)};
        changes[i].size = large ? 1000 + (uint32_t)prng_below(&prng, OPS_VALUE_MAX - 1000)
                                : 8 + (uint32_t)prng_below(&prng, 300);
    }
    return count;
}

static void fill(struct prng *prng, uint8_t *to, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        to[i] = (uint8_t)prng_next(prng);
}

struct row_key ops_key(unsigned place)
{
    struct row_key key = {.size = 16}; /* as long as a case's */
    struct writer writer = writer_on(key.data, sizeof key.data);
    write_u64(&writer, 1 + place % OPS_OWNERS);
    write_u32(&writer, 0);
    write_u32(&writer, place);
    return key;
}

bool ops_place(struct bytes key, unsigned *place)
{
    struct reader reader = reader_of(key);
    uint64_t owner = read_u64(&reader);
    uint32_t none = read_u32(&reader);
    *place = read_u32(&reader);
    return reader_done(&reader) && none == 0 && *place < OPS_KEYS &&
           owner == 1 + *place % OPS_OWNERS;
}

void ops_value(uint64_t seed, uint64_t number, unsigned place, uint8_t *to, uint32_t size)
{
    struct prng prng = prng_of(seed, number, 1000 + place);
    fill(&prng, to, size);
}

uint32_t ops_record(uint64_t seed, uint64_t number, enum table table, uint8_t to[OPS_VALUE_MAX])
{
    struct prng prng = prng_of(seed, number, (uint64_t)table * 10);
    uint32_t size = 40 + (uint32_t)prng_below(&prng, RECORD_SPREAD);
    fill(&prng, to, size);
    return size;
}

static void stage(struct batch *batch, const struct op *op)
{
    enum err err = batch_stage(batch, op);
    CHECK(err == ERR_OK);
}

static void stage_record(struct batch *batch, uint64_t seed, uint64_t number, enum table table)
{
    uint8_t value[OPS_VALUE_MAX];
    uint32_t size = ops_record(seed, number, table, value);
    stage(batch, &(struct op){.kind = OP_APPEND, .table = table, .value = bytes_of(value, size)});
}

void ops_stage(struct batch *batch, uint64_t seed, uint64_t number)
{
    struct change changes[LARGE_ROWS];
    uint8_t value[OPS_VALUE_MAX];
    unsigned count = draw_changes(seed, number, changes);
    for (unsigned i = 0; i < count; i++) {
        struct row_key key = ops_key(changes[i].place);
        struct op op = {.kind = OP_ERASE, .table = TABLE_CASE, .key = row_key_bytes(&key)};
        if (!changes[i].erased) {
            ops_value(seed, number, changes[i].place, value, changes[i].size);
            op.kind = OP_PUT;
            op.value = bytes_of(value, changes[i].size);
        }
        stage(batch, &op);
    }
    stage_record(batch, seed, number, TABLE_AUDIT);
    if (number % OUTBOX_EVERY == 0)
        stage_record(batch, seed, number, TABLE_OUTBOX);
}

void ops_model(uint64_t seed, uint64_t count, struct ops_model *model)
{
    *model = (struct ops_model){.seed = seed, .count = count};
    for (uint64_t number = 1; number <= count; number++) {
        struct change changes[LARGE_ROWS];
        unsigned changed = draw_changes(seed, number, changes);
        for (unsigned i = 0; i < changed; i++) {
            model->written_by[changes[i].place] = changes[i].erased ? 0 : number;
            model->sizes[changes[i].place] = changes[i].size;
        }
    }
}

/* ---- comparing ---- */

static const char *compare_row(const struct ops_model *model, struct bytes key, struct bytes value)
{
    unsigned place = 0;
    uint8_t wanted[OPS_VALUE_MAX];
    if (!ops_place(key, &place))
        return "a foreign key";
    if (model->written_by[place] == 0)
        return "a row that was erased or never written";
    if (value.size != model->sizes[place])
        return "a row of another size";
    ops_value(model->seed, model->written_by[place], place, wanted, model->sizes[place]);
    return bytes_equal(value, bytes_of(wanted, value.size)) ? NULL : "a row with other bytes";
}

static const char *compare_rows(struct scan *scan, const struct ops_model *model)
{
    struct bytes key, value;
    unsigned found = 0, wanted = 0;
    for (unsigned place = 0; place < OPS_KEYS; place++)
        wanted += model->written_by[place] > 0;
    while (scan_next(scan, &key, &value)) {
        const char *wrong = compare_row(model, key, value);
        if (wrong != NULL)
            return wrong;
        found++;
    }
    return scan_err(scan) != ERR_OK ? "rows can't be read"
           : found == wanted        ? NULL
                                    : "rows missing";
}

static const char *compare_records(struct scan *scan, const struct ops_model *model,
                                   enum table table)
{
    uint64_t every = table == TABLE_OUTBOX ? OUTBOX_EVERY : 1, found = 0;
    uint8_t wanted[OPS_VALUE_MAX];
    struct bytes key, value;
    while (scan_next(scan, &key, &value)) {
        struct reader reader = reader_of(key);
        if (read_u64(&reader) != ++found)
            return "appended numbers with a gap";
        uint32_t size = ops_record(model->seed, found * every, table, wanted);
        if (!bytes_equal(value, bytes_of(wanted, size)))
            return "an appended record with other bytes";
    }
    if (scan_err(scan) != ERR_OK)
        return "appended records can't be read";
    return found == model->count / every ? NULL : "appended records missing";
}

const char *ops_compare(struct snapshot *snapshot, const struct ops_model *model)
{
    static const enum table tables[] = {TABLE_CASE, TABLE_AUDIT, TABLE_OUTBOX};
    const char *wrong = NULL;
    for (unsigned i = 0; i < ARRAY_COUNT(tables) && wrong == NULL; i++) {
        struct scan *scan = NULL;
        if (scan_open(snapshot, tables[i], bytes_of(NULL, 0), false, &scan) != ERR_OK)
            return "no scan";
        wrong = tables[i] == TABLE_CASE ? compare_rows(scan, model)
                                        : compare_records(scan, model, tables[i]);
        scan_close(scan);
    }
    return wrong;
}
