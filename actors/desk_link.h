/* Telling every desk, and answering only when all have confirmed (DESIGN 16 *Sessions*).
 *
 * Part of an actor's state. Changes are numbered; each message holds all that its desk has not yet
 * confirmed, so that a later one may replace an earlier one and a lost one costs a repeat. */
#pragma once
#include "rt/effect.h"

enum {
    DESKS_MAX = 64,
    DESK_CHANGES_MAX = 1024, /* unconfirmed */
    DESK_WAITERS_MAX = 1024,
    DESK_ANSWER_MAX = 320,
    DESK_REPEAT_MS = 2000
};

struct desk_waiter {
    uint64_t number;
    struct ticket ticket;
    enum outcome outcome;
    uint16_t size;
    uint8_t body[DESK_ANSWER_MAX];
};

struct desk_link {
    struct addr self;
    struct arena *memory;
    struct desk_change *changes; /* ring-free: oldest first, moved down as they are confirmed */
    struct desk_waiter *waiters;
    uint32_t changes_count, changes_capacity;
    uint32_t waiters_count, waiters_capacity;
    uint64_t number; /* last given */
    uint64_t confirmed[DESKS_MAX];
    uint32_t timer_tag;
    bool timer_set;
};

void desk_link_init(struct desk_link *link, struct addr self, struct arena *memory,
                    uint32_t timer_tag);
/* On MSG_RESTORED: numbers go on above those of every earlier incarnation, so that a late
 * confirmation of one of theirs confirms nothing of ours. */
void desk_link_begin(struct desk_link *link, const struct msg *in);
/* Behind it: asks every desk to confirm that nothing of an earlier incarnation is on its way any
 * more. Until all have, desk_link_tell lets nobody's answer out: what an earlier one has told the
 * desks and not heard confirmed (it was forgotten with a dropped batch) may be what the caller asks
 * to be told again. */
void desk_link_settle(struct desk_link *link, const struct msg *in, struct effects *out);
/* Is there room for `changes` more and one waiter? Ask before anything is changed. */
bool desk_link_has_room(struct desk_link *link, uint32_t changes);
void desk_link_add(struct desk_link *link, enum session_end how, const struct session *session);
/* Sends what is open to every desk of in->loops, and answers `ticket` when all have confirmed it
 * (at once if nothing is open). */
void desk_link_tell(struct desk_link *link, const struct msg *in, struct effects *out,
                    enum outcome outcome, struct bytes body);
/* Sends what is open; nobody waits for it. */
void desk_link_push(struct desk_link *link, const struct msg *in, struct effects *out);
void desk_link_confirmed(struct desk_link *link, const struct msg *in, struct effects *out);
void desk_link_timer(struct desk_link *link, const struct msg *in, struct effects *out);
