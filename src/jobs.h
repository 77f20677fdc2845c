/* Work of actors on the pool: job number -> function (DESIGN 4). */
#pragma once
#include "config.h"
#include "loop/loop.h"
#include "proof.h"

/* The pinned anchors, issuers and lists of the configuration. ERR_NOT_FOUND, ERR_BAD_INPUT: a log
 * line says which file. Without any file in the configuration *out is NULL: nobody can sign in by
 * card. */
enum err trust_load(const struct config *config, struct proof_trust **out) MUST_CHECK;
/* JOB_PROOF; self is a const struct proof_trust, or NULL. Pool thread. */
struct facts;
enum err job_proof(void *self, struct bytes input, const struct facts *facts, struct arena *memory,
                   struct bytes *result);
