/* The step to format 4, in which the tables of a case stand on shelves (keys.h) and three indexes
 * are ordered by when their rows come (model/row_keys.h). Format 3 had all rows by table,
 * PERSON_LINE by person, REQUEST by digest, QUEUE by due day and line.
 *
 * Every row of these tables gets its new key, in the one transaction of schema.c. ERR_CORRUPT: a
 * row whose checksum or key does not fit; nothing is changed then. */
#pragma once
#include "storage/env.h"

enum err schema_to_shelves(struct env *env, MDB_txn *txn) MUST_CHECK;
