/* The store's format: a number in `meta`, and the steps that lead from each number to the next.
 *
 * A store whose number is greater than this program's is refused and left alone. An older one is
 * brought up after its log has been replayed, before anything else runs, in one transaction. */
#pragma once
#include "storage/env.h"

enum { SCHEMA_FORMAT = 4, STORE_ID_SIZE = 16 };

struct schema_step {
    uint32_t to; /* the number after it; steps stand in order, from 1 without gap */
    const char *what;
    enum err (*run)(struct env *env, MDB_txn *txn);
};

/* Makes a new store in an empty environment: all steps, a fresh store id, the head of position 0.
 */
enum err schema_create(struct env *env) MUST_CHECK;
/* Opens the databases and reads the id. ERR_VERSION: newer, or older than this program can bring
 * up; ERR_CORRUPT: no store. */
enum err schema_open(struct env *env, uint8_t store_id[STORE_ID_SIZE], uint32_t *format) MUST_CHECK;
/* Gives the store another id: a restored one (restore.c). */
enum err schema_new_id(const struct env *env, MDB_txn *txn) MUST_CHECK;
/* Runs what is missing up to SCHEMA_FORMAT; nothing if nothing is. */
enum err schema_upgrade(struct env *env, uint32_t format) MUST_CHECK;
/* The same with another list of steps (tests). */
enum err schema_run(struct env *env, uint32_t format, const struct schema_step *steps,
                    size_t count) MUST_CHECK;
