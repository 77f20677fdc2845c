/* The LMDB environment of a store: open, close, sizes, and its errors as ours (DESIGN 5, 8).
 *
 * Two databases: `meta` (schema.h) and `rows` (keys.h). Opened MDB_NOTLS | MDB_NORDAHEAD, nothing
 * that weakens durability; never a second time in one process (RELIABILITY 1.1). The map's size is
 * set once: changing it under a reader ends in SIGBUS. */
#pragma once
#include "base/bytes.h"
#include <lmdb.h>

struct env {
    MDB_env *mdb;
    MDB_dbi meta, rows;
};

enum { ENV_READERS_MAX = 512 };

/* The directory must hold data.mdb, unless `make`. meta and rows are opened by schema.c.
 * ERR_NOT_FOUND, ERR_NO_SPACE, ERR_NO_MEMORY (address space), ERR_CORRUPT, ERR_VERSION, ERR_IO. */
enum err env_open(struct env *env, const char *directory, uint32_t map_gib, bool make) MUST_CHECK;
void env_close(struct env *env);
/* MDB_SUCCESS, an MDB_ code or an errno -> enum err. */
enum err env_err(int mdb_error);
/* Frees the reader slots of processes that died. */
void env_check_readers(struct env *env);
/* How much of the map is used, in per cent, rounded up. */
uint32_t env_map_percent(const struct env *env);
/* Extends data.mdb so that a transaction of `bytes` new bytes will not lack space: 4 times the
 * bytes and 16 MiB beyond the last page. ERR_NO_SPACE, ERR_IO. The thread that writes. */
enum err env_reserve(const struct env *env, size_t bytes) MUST_CHECK;
/* Room for all that is in it once more, for a step that writes every row anew. */
enum err env_reserve_again(const struct env *env) MUST_CHECK;
