/* The letters that wait for one actor: a bounded FIFO of doors, and a list of its own kind — sends
 * of other actors (at most one per sender), timers, results of work, wakes. Taken from in turn, so
 * that neither starves the other (DESIGN 10). Letters about whole sheets, of either kind, stand
 * apart behind all others (DESIGN 15), but not for ever. Owns its letters. Shard's thread. */
#pragma once
#include "rt/msg.h"

struct mailbox {
    struct letter *door_first, *door_last;
    struct letter *inner_first, *inner_last;
    struct letter *batch_first, *batch_last;
    uint32_t door_count, inner_count; /* by where they come from, those about sheets included */
    uint32_t passed;                  /* letters that went before the first about a sheet */
    bool inner_next;
};

enum { MAILBOX_PASS_MAX = 16 };

void mailbox_put_door(struct mailbox *mailbox, struct letter *letter);
/* A send replaces the one of the same sender that still waits: it says everything that one said. */
void mailbox_put_inner(struct mailbox *mailbox, struct letter *letter);
/* Is taken before all that is there. */
void mailbox_put_first(struct mailbox *mailbox, struct letter *letter);
struct letter *mailbox_take(struct mailbox *mailbox); /* NULL: empty */
/* One that came by a door, whatever stands before it. NULL: none. */
struct letter *mailbox_take_door(struct mailbox *mailbox);
bool mailbox_is_empty(const struct mailbox *mailbox);
/* There are letters, all about sheets. */
bool mailbox_has_only_sheets(const struct mailbox *mailbox);
/* Results and timers of an incarnation that is gone. */
void mailbox_drop_stale(struct mailbox *mailbox, uint32_t incarnation);
void mailbox_clear(struct mailbox *mailbox);
