/* Numbered operations on a store, each one group, and what the store must hold after the first n of
 * them: the whole of it, byte by byte. Everything follows from a seed and the number, so the judge
 * needs nothing from the process that wrote.
 *
 * An operation puts and erases rows of TABLE_CASE out of OPS_KEYS keys, appends one audit record,
 * and at each third one outbox row. Position n of the log is operation n. */
#pragma once
#include "storage/snapshot.h"

enum { OPS_KEYS = 240, OPS_OWNERS = 6, OPS_VALUE_MAX = 1900 };

/* What operations 1 to `count` leave. */
struct ops_model {
    uint64_t seed, count;
    uint64_t written_by[OPS_KEYS]; /* number of the operation; 0: absent */
    uint32_t sizes[OPS_KEYS];
};

/* Stages operation `number`; the batch is empty before. */
void ops_stage(struct batch *batch, uint64_t seed, uint64_t number);
void ops_model(uint64_t seed, uint64_t count, struct ops_model *model);
/* Does the snapshot hold exactly that? NULL, or what is wrong (static text). */
const char *ops_compare(struct snapshot *snapshot, const struct ops_model *model);

/* Key of place i and its value as operation `number` wrote it. */
struct row_key ops_key(unsigned place);
/* False for a key that is none of ours. */
bool ops_place(struct bytes key, unsigned *place);
void ops_value(uint64_t seed, uint64_t number, unsigned place, uint8_t *to, uint32_t size);
/* The record that operation `number` appended, to TABLE_AUDIT or TABLE_OUTBOX. */
uint32_t ops_record(uint64_t seed, uint64_t number, enum table table, uint8_t to[OPS_VALUE_MAX]);
