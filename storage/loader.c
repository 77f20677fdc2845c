#include "storage/loader.h"
#include "base/check.h"
#include "storage/parts.h"
#include <string.h>

struct row_list {
    struct arena *arena;
    struct loaded_row *rows;
    size_t count, capacity;
};

static bool copy_bytes(struct arena *arena, struct bytes from, struct bytes *to)
{
    *to = arena_copy(arena, from);
    return to->data != NULL || from.size == 0;
}

static enum err add_row(struct row_list *list, enum table table, struct bytes key,
                        struct bytes value)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        struct loaded_row *more = arena_array(list->arena, capacity, sizeof *more);
        if (more == NULL)
            return ERR_NO_MEMORY;
        if (list->count > 0)
            memcpy(more, list->rows, list->count * sizeof *more);
        list->rows = more;
        list->capacity = capacity;
    }
    struct loaded_row *row = &list->rows[list->count];
    row->table = table;
    if (!copy_bytes(list->arena, key, &row->key) || !copy_bytes(list->arena, value, &row->value))
        return ERR_NO_MEMORY;
    list->count++;
    return ERR_OK;
}

/* Ranges that stand on one shelf are read in one walk, with the first of them. */
static bool is_beside(const struct load_range *a, const struct load_range *b)
{
    return stored_key_is_shelved(a->table) &&
           stored_key_shelf(a->table) == stored_key_shelf(b->table) &&
           bytes_equal(row_key_bytes(&a->prefix), row_key_bytes(&b->prefix));
}

static bool is_read_before(const struct load_range *ranges, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (is_beside(&ranges[i], &ranges[at]))
            return true;
    return false;
}

static bool is_wanted(const struct load_range *ranges, size_t count, size_t at, enum table table)
{
    for (size_t i = at; i < count; i++)
        if (ranges[i].table == table && (i == at || is_beside(&ranges[at], &ranges[i])))
            return true;
    return false;
}

static enum err open_range(struct snapshot *snapshot, const struct load_range *range,
                           struct scan **scan)
{
    struct bytes prefix = bytes_of(range->prefix.data, range->prefix.size);
    return stored_key_is_shelved(range->table)
               ? scan_open_shelf(snapshot, range->table, prefix, scan)
               : scan_open(snapshot, range->table, prefix, false, scan);
}

static enum err read_range(struct snapshot *snapshot, const struct load_range *ranges, size_t count,
                           size_t at, struct row_list *list)
{
    struct scan *scan = NULL;
    enum err err = open_range(snapshot, &ranges[at], &scan);
    if (err != ERR_OK)
        return err;
    struct bytes key, value;
    while (err == ERR_OK && scan_next(scan, &key, &value))
        if (is_wanted(ranges, count, at, scan_table(scan)))
            err = add_row(list, scan_table(scan), key, value);
    if (err == ERR_OK)
        err = scan_err(scan);
    scan_close(scan);
    return err;
}

/* Whoever reads serials gets the floor before anything else (DESIGN 16). */
static enum err add_floor(const struct store *store, const struct load_range *ranges, size_t count,
                          struct row_list *list)
{
    uint8_t value[FLOOR_VALUE_SIZE];
    for (size_t i = 0; store->floor.set && i < count; i++) {
        if (ranges[i].table == TABLE_SERIAL) {
            floor_encode(&store->floor, value);
            return add_row(list, TABLE_STORE, BYTES_LITERAL("floor"),
                           bytes_of(value, sizeof value));
        }
    }
    return ERR_OK;
}

enum err loader_read(struct store *store, const struct load_range *ranges, size_t count,
                     struct arena *arena, struct loaded_row **rows, size_t *rows_count)
{
    CHECK(count <= LOAD_RANGES_MAX);
    struct snapshot *snapshot = NULL;
    enum err err = snapshot_open(store, &snapshot);
    if (err != ERR_OK)
        return err;
    struct row_list list = {.arena = arena};
    err = add_floor(store, ranges, count, &list);
    for (size_t i = 0; i < count && err == ERR_OK; i++)
        if (!is_read_before(ranges, i))
            err = read_range(snapshot, ranges, count, i, &list);
    snapshot_close(snapshot);
    *rows = list.rows;
    *rows_count = list.count;
    return err;
}
