/* The registry's rows -> a facts snapshot (DESIGN 16 *Registry in memory*). */
#pragma once
#include "model/facts.h"
#include "storage/store.h"

/* Reads all institutions and people of the store as they are durable now. Worker or main thread.
 * The caller frees with facts_free. `transfer` NULL: nothing is sent to NHI. ERR_CORRUPT,
 * ERR_NO_MEMORY. */
enum err facts_load(struct store *store, uint64_t number, const struct transfer_rules *transfer,
                    const struct facts **out) MUST_CHECK;
