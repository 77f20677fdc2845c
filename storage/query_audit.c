#include "storage/query_audit.h"
#include "base/check.h"
#include "storage/audit_days.h"
#include "storage/row.h"
#include "storage/view.h"
#include <stdlib.h>
#include <string.h>

struct day {
    uint32_t day;
    uint64_t first;
    struct merkle_hash *leaves;
    size_t count, capacity;
};

/* The last day that the applier knows and that begins at or before the record. */
static enum err find_day(struct snapshot *snapshot, uint64_t number, struct day *day)
{
    static const uint8_t mark = AUDIT_DAY_MARK;
    struct scan *scan = NULL;
    enum err err = scan_open(snapshot, TABLE_STORE, bytes_of(&mark, 1), true, &scan);
    if (err != ERR_OK)
        return err;
    struct bytes key, value;
    day->day = 0;
    day->first = 1;
    while (scan_next(scan, &key, &value)) {
        uint32_t found = 0;
        uint64_t first = 0;
        if (!audit_day_read(key, value, &found, &first) || first > number)
            continue;
        day->day = found;
        day->first = first;
        break;
    }
    err = scan_err(scan);
    scan_close(scan);
    return err;
}

static enum err add_leaf(struct day *day, uint64_t number, struct bytes record)
{
    if (day->count == MERKLE_LEAVES_MAX)
        return ERR_FULL;
    if (day->count == day->capacity) {
        size_t capacity = day->capacity == 0 ? 256 : day->capacity * 2;
        struct merkle_hash *more = realloc(day->leaves, capacity * sizeof *more);
        if (more == NULL)
            return ERR_NO_MEMORY;
        day->leaves = more;
        day->capacity = capacity;
    }
    day->leaves[day->count++] = merkle_leaf(number, record);
    return ERR_OK;
}

/* Leaves of the record's day, which may have begun behind what the applier knows. */
static enum err read_day(struct scan *scan, uint64_t wanted, struct arena *arena, struct day *day,
                         struct bytes *record)
{
    struct row_key begin = key_of_u64(day->first);
    struct bytes key, value;
    enum err err = ERR_OK;
    *record = bytes_of(NULL, 0);
    scan_seek(scan, row_key_bytes(&begin));
    for (uint64_t due = day->first; err == ERR_OK && scan_next(scan, &key, &value); due++) {
        struct reader reader = reader_of(key);
        uint64_t number = read_u64(&reader);
        uint32_t its_day = audit_day(value, day->day);
        if (number != due)
            return ERR_CORRUPT;
        if (its_day != day->day && number > wanted)
            break;
        if (its_day != day->day) {
            day->day = its_day;
            day->first = number;
            day->count = 0;
        }
        err = add_leaf(day, number, value);
        if (err == ERR_OK && number == wanted) {
            *record = arena_copy(arena, value);
            err = record->data == NULL ? ERR_NO_MEMORY : ERR_OK;
        }
    }
    if (err == ERR_OK)
        err = scan_err(scan);
    return err == ERR_OK && record->data == NULL ? ERR_NOT_FOUND : err;
}

static enum err read_link(struct snapshot *snapshot, uint64_t number, struct merkle_hash *link)
{
    *link = (struct merkle_hash){0};
    return number == 0 ? ERR_OK : snapshot_link(snapshot, number, link->bytes);
}

enum err query_audit_proof(struct snapshot *snapshot, uint64_t number, struct arena *arena,
                           struct audit_proof *out)
{
    struct day day = {0};
    struct scan *scan = NULL;
    struct bytes record = {NULL, 0};
    struct merkle_hash previous;
    if (number == 0)
        return ERR_NOT_FOUND;
    enum err err = find_day(snapshot, number, &day);
    if (err == ERR_OK)
        err = scan_open(snapshot, TABLE_AUDIT, bytes_of(NULL, 0), false, &scan);
    if (err != ERR_OK)
        return err;
    err = read_day(scan, number, arena, &day, &record);
    scan_close(scan);
    if (err == ERR_OK)
        err = read_link(snapshot, day.first - 1, &previous);
    if (err == ERR_OK) {
        *out = (struct audit_proof){.record = record,
                                    .number = number,
                                    .first = day.first,
                                    .count = day.count,
                                    .day = (int32_t)day.day,
                                    .previous = previous,
                                    .root = merkle_root(day.leaves, day.count)};
        out->steps = merkle_path(day.leaves, day.count, (size_t)(number - day.first), out->path);
    }
    free(day.leaves);
    return err;
}
