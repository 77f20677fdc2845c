/* Batches -> one record: numbers for appended rows, links for the audit log (DESIGN 5 *Order*).
 *
 * Pure; the committer's thread. */
#pragma once
#include "rt/batch.h"
#include "storage/head.h"
#include "storage/wal.h"

/* What the batch's rows take in a record's body. */
size_t group_batch_size(const struct batch *batch);
/* Writes the rows of a batch and moves the head's numbers and link on. CHECKs what the shard must
 * have checked: known tables, sizes, appends for appended tables only. Returns how many rows. */
uint32_t group_add(struct writer *record, struct head *head, const struct batch *batch);
