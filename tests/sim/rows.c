#include "tests/sim/rows.h"
#include "base/check.h"
#include <stdlib.h>
#include <string.h>

enum { ROWS_FIRST = 64 };

void rows_free(struct rows *rows)
{
    free(rows->items);
    *rows = (struct rows){0};
}

void rows_clear(struct rows *rows)
{
    rows->count = 0;
}

static void rows_room(struct rows *rows)
{
    if (rows->count < rows->capacity) {
        return;
    }
    rows->capacity = rows->capacity == 0 ? ROWS_FIRST : rows->capacity * 2;
    rows->items = reallocarray(rows->items, rows->capacity, sizeof *rows->items);
    CHECK(rows->items != NULL);
}

static int row_compare(const struct row *row, enum table table, struct bytes key)
{
    if (row->table != table) {
        return row->table < table ? -1 : 1;
    }
    return bytes_compare(row->key, key);
}

uint32_t rows_lower_bound(const struct rows *rows, enum table table, struct bytes key)
{
    uint32_t low = 0;
    uint32_t high = rows->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (row_compare(&rows->items[middle], table, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void rows_put(struct rows *rows, const struct row *row)
{
    uint32_t at = rows_lower_bound(rows, row->table, row->key);
    if (at < rows->count && row_compare(&rows->items[at], row->table, row->key) == 0) {
        rows->items[at] = *row;
        return;
    }
    rows_room(rows);
    memmove(rows->items + at + 1, rows->items + at, (rows->count - at) * sizeof *rows->items);
    rows->items[at] = *row;
    rows->count++;
}

void rows_append(struct rows *rows, const struct row *row)
{
    CHECK(rows->count == 0 || row_compare(&rows->items[rows->count - 1], row->table, row->key) < 0);
    rows_room(rows);
    rows->items[rows->count++] = *row;
}

const struct row *rows_find(const struct rows *rows, enum table table, struct bytes key)
{
    uint32_t at = rows_lower_bound(rows, table, key);
    bool found = at < rows->count && row_compare(&rows->items[at], table, key) == 0;
    return found ? &rows->items[at] : NULL;
}

void rows_merge(struct rows *rows, const struct rows *over)
{
    struct rows merged = {0};
    uint32_t below = 0;
    for (uint32_t i = 0; i < over->count; i++) {
        const struct row *row = &over->items[i];
        while (below < rows->count && row_compare(&rows->items[below], row->table, row->key) < 0) {
            rows_append(&merged, &rows->items[below++]);
        }
        if (below < rows->count && row_compare(&rows->items[below], row->table, row->key) == 0) {
            below++;
        }
        if (!row->erased) {
            rows_append(&merged, row);
        }
    }
    while (below < rows->count) {
        rows_append(&merged, &rows->items[below++]);
    }
    free(rows->items);
    *rows = merged;
}
