/* From a data directory to a state that can go on: lock, replay, cut or refuse (DESIGN 5
 * *Recovery*).
 *
 * The six steps stand at the head of recover.c. Before anything runs; one thread. */
#pragma once
#include "storage/head.h"
#include "storage/schema.h"
#include "storage/segment.h"

/* Takes DIR/LOCK. ERR_BUSY: another process has it; ERR_NOT_FOUND: no such directory. */
enum err recover_lock(const char *directory, int *lock) MUST_CHECK;

struct recovered {
    struct head head;         /* what LMDB durably holds: everything that was acknowledged */
    struct segments segments; /* opened; all of them passed */
    struct segment current;   /* the new segment to begin with */
    uint64_t replayed_groups, replayed_rows;
};

/* Opens the log and replays what LMDB does not have. ERR_CORRUPT: the log is damaged before its
 * end, or missing; logged with segment, offset and position; nothing was changed. ERR_NO_SPACE,
 * ERR_IO: try again. On success the caller owns `out`'s files. */
enum err recover_log(struct env *env, const char *directory, uint32_t segment_size,
                     const uint8_t store_id[STORE_ID_SIZE],
                     void (*progress)(void *self, uint32_t percent), void *self,
                     struct recovered *out) MUST_CHECK;
