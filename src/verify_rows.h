/* The records' invariants for `verify` (RELIABILITY 4: I3 to I5, I14): each row decodes, lines and
 * their indexes agree, the queue holds what is under review, counts are sums. One thread. */
#pragma once
#include "storage/doctor.h"
#include "storage/query.h"
#include <stdio.h>

struct verify_rows {
    FILE *out;                 /* a finding a line: its name, a tab, its sentence */
    struct snapshot *snapshot; /* while a doctor examines */
    struct arena memory;
};

/* A doctor that examines these, too. `verify` is borrowed, its `out` is set by the caller. */
struct doctor verify_rows_doctor(struct verify_rows *verify);
