/* JOB_TRANSFER: the due rows of the outbox over a snapshot, and the document of them (F202). */
#pragma once
#include "base/arena.h"
#include "seal.h"
#include "storage/store.h"

struct facts;

struct transfer_lookup {
    struct store *store;
    const struct seal_keys *keys;
};

/* self is a struct transfer_lookup. Pool thread. ERR_NO_MEMORY, ERR_CORRUPT, ERR_NOT_FOUND (a row
 * whose line or person is not there: verify names it), ERR_TOO_LARGE. */
enum err job_transfer(void *self, struct bytes input, const struct facts *facts,
                      struct arena *memory, struct bytes *result);
