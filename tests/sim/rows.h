/* Rows in the order of (table, key), each key once: what a store, a recent table and a snapshot are
 * in the simulated world. Bytes are borrowed from the disk's arena. One thread. */
#pragma once
#include "rt/table.h"
#include "base/bytes.h"

struct row {
    enum table table;
    bool erased; /* an erasure that must still be remembered (recent tables) */
    struct bytes key, value;
};

struct rows {
    struct row *items;
    uint32_t count, capacity;
};

void rows_free(struct rows *rows);
void rows_clear(struct rows *rows);
void rows_put(struct rows *rows, const struct row *row); /* replaces the one of the same key */
const struct row *rows_find(const struct rows *rows, enum table table, struct bytes key);
/* Place of the first row at or behind (table, key). */
uint32_t rows_lower_bound(const struct rows *rows, enum table table, struct bytes key);
/* `over` on top of `rows`, erasures carried out. */
void rows_merge(struct rows *rows, const struct rows *over);
/* Appends a row that is known to come last. */
void rows_append(struct rows *rows, const struct row *row);
