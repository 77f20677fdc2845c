/* The kernel without a loop: one shard, driven by the caller, on a real store (import, token,
 * seed-demo).
 *
 * Time is the caller's: rig_set_time. A message is asked and answered in one call, durable when it
 * returns; rig_tell and rig_settle let many share a sync. Holds the data directory's lock. One
 * thread. */
#pragma once
#include "config.h"
#include "rt/msg.h"
#include "seal.h"

struct rig;
struct store;

/* Logs and returns the errors of store_open and seal_file_load. */
enum err rig_open(const struct config *config, struct wall now, struct rig **out) MUST_CHECK;
void rig_close(struct rig *rig); /* everything told is durable and applied */
void rig_set_time(struct rig *rig, struct wall now);
struct wall rig_time(const struct rig *rig);
/* Reads the registry's rows anew (after REGISTRY_PUT). */
enum err rig_reload_facts(struct rig *rig) MUST_CHECK;
const struct facts *rig_facts(const struct rig *rig);
const struct seal_keys *rig_keys(const struct rig *rig);
struct store *rig_store(struct rig *rig);

/* Takes the letter. The body is copied into `memory`. A dropped batch answers OUTCOME_READ_ONLY. */
enum outcome rig_ask(struct rig *rig, struct letter *letter, struct arena *memory,
                     struct bytes *body);
/* Takes the letter; its answer goes to `on_reply` (may be NULL) at the latest in rig_settle. */
void rig_tell(struct rig *rig, struct letter *letter,
              void (*on_reply)(void *self, enum outcome outcome, struct bytes body), void *self);
void rig_settle(struct rig *rig);
