/* What a store is made of. For the files of storage/ that put parts together (store.c) or read from
 * several (snapshot.c, doctor.c); all others take the part they need. */
#pragma once
#include "storage/committer.h"
#include "storage/floor.h"

struct store {
    struct store_config config;
    int lock;
    struct env env;
    uint8_t id[STORE_ID_SIZE];
    struct serial_floor floor; /* const after the opening */
    struct recent_set recents;
    struct applier applier;
    struct committer committer;
};
