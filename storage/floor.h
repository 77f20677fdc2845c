/* The floor of case serials that a restore leaves in the store's `meta` (DESIGN 16): numbers of
 * that day at and below it may have been given by the store that is gone. Row `floor`: u32 day
 * (sign bit flipped), u32 serial, u32 CRC-32C. */
#pragma once
#include "storage/env.h"
#include <stdbool.h>

struct serial_floor {
    bool set;
    int32_t day; /* as in model/civil.h */
    uint32_t serial;
};

enum { FLOOR_VALUE_SIZE = 8 };

/* Not set in a store that was never restored. ERR_CORRUPT. */
enum err floor_read(const struct env *env, MDB_txn *txn, struct serial_floor *floor) MUST_CHECK;
enum err floor_write(const struct env *env, MDB_txn *txn,
                     const struct serial_floor *floor) MUST_CHECK;
/* The same without the sum, as actors get it: a row of table `store`. */
void floor_encode(const struct serial_floor *floor, uint8_t value[FLOOR_VALUE_SIZE]);
