/* The step to format 4, in which the tables of a case stand on shelves (keys.h) and three indexes
 * are ordered by when their rows come (model/row_keys.h). Format 3 had all rows by table,
 * PERSON_LINE by person, REQUEST by digest, QUEUE by due day and line.
 *
 * Every row of these tables gets its new key, in the one transaction of schema.c. A row whose
 * checksum does not fit is told and goes along as it is, so that one bit stops one row and not the
 * store; verify goes on naming it. */
#pragma once
#include "storage/env.h"

enum err schema_to_shelves(struct env *env, MDB_txn *txn) MUST_CHECK;
