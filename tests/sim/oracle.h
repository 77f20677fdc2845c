/* What must be true, judged from requests and answers and from what a GET would show: rows of a
 * snapshot, the desk of a loop. It keeps its own ledger and its own table of legal moves; it never
 * looks into an actor.
 *
 *   oracle.c         answers to cases and lines, each checked the moment it is given
 *   oracle_auth.c    log-ins, sessions, tokens, lock-out
 *   oracle_look.c    the durable state whole: after each start and at the end
 *   oracle_fold.c    a line's life as its history tells it
 *   oracle_sheets.c  uploaded sheets and their imports
 *   oracle_nhi.c     what NHI has against the outbox and its marks (nhi.h)
 *
 * Invariants by the numbers of RELIABILITY 4: I1 acknowledged is there · I2 same key, same answer,
 * one effect · I3 numbers unique · I4 no overlap · I5 legal moves, versions by one · I6 nothing
 * under review that the rules refuse · I7 one outbox row an approval, in effect at NHI
 * once · I8 a document holds one day · I9 one audit record a
 * change, in order · I11 nobody touches another's · I12 sessions and lock-out · I13 read your
 * writes · I14 indexes agree · I16 what was refused has not happened · I17 one answer each,
 * everything drains. */
#pragma once
#include "tests/sim/world.h"

void oracle_open(struct world *world);
void oracle_close(struct world *world);

/* ---- ledger of sessions and tokens (numbers from 1) ---- */
uint32_t oracle_session_new(struct world *world, uint32_t subject, bool is_token,
                            const struct digest *secret);
struct digest oracle_secret(const struct world *world, uint32_t session);
/* May be used: begun, and not known to be over. */
bool oracle_session_usable(const struct world *world, uint32_t session);
/* A door of `loop` judged the session of this ask. */
void oracle_door(struct world *world, const struct ask *ask, uint16_t loop, enum session_end how,
                 const struct principal *who);

/* ---- requests and answers ---- */
void oracle_sent(struct world *world, struct ask *ask);
void oracle_heard(struct world *world, struct ask *ask, enum outcome outcome, struct bytes body);

/* ---- the state ---- */
void oracle_look(struct world *world, const char *when);
void oracle_end(struct world *world);
