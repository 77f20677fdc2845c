/* The records' invariants for `verify` (RELIABILITY 4: I3 to I5, I14): each row decodes, lines and
 * their indexes agree, the queue holds what is under review, counts are sums. One thread. */
#pragma once
#include "storage/doctor.h"
#include "storage/query.h"

struct verify_rows {
    struct snapshot *snapshot; /* NULL: could not be opened; then every row is a finding */
    struct arena memory;
    const struct doctor *doctor;
};

void verify_rows_init(struct verify_rows *verify, struct store *store);
void verify_rows_deinit(struct verify_rows *verify);
/* doctor.check_row; self is the struct verify_rows. */
const char *verify_rows_check(void *self, enum table table, struct bytes key, struct bytes value);
/* What only shows over many rows. Returns the number of findings, which it reports. */
uint64_t verify_rows_finish(struct verify_rows *verify, const struct doctor *doctor);
