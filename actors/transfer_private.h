/* What transfer.c (when) and transfer_run.c (one document) share.
 *
 *     idle --look--> looking --rows--> calling --answer--> looking …
 *       ^               | none           | none, "later"
 *       +---------------+                v
 *                                     pausing --timer, operator--> looking
 *
 * A document is not kept: after a restart and at each attempt the pool builds it anew from the same
 * rows (`open.first` to `open.last`), so that what was sent is sent again. */
#pragma once
#include "rt/effect.h"
#include "rt/transfer_job.h"

enum phase { PHASE_IDLE, PHASE_LOOKING, PHASE_CALLING, PHASE_PAUSING };

struct transfer_actor {
    struct addr self;
    struct transfer_memory kept; /* as in its row */
    enum phase phase;
    bool again;           /* something came meanwhile: look once more */
    uint32_t tag;         /* of the work, call or pause that is waited for; others are old */
    uint64_t looking_for; /* transfer that was open when the look began */
    enum transfer_look look;
    uint32_t missed; /* looks and half answered documents in a row that led to nothing */
    uint32_t night_tag;
    struct transfer_row *rows; /* of the document that is out */
    uint16_t rows_count;
};

struct duty { /* one turn */
    struct transfer_actor *actor;
    const struct transfer_rules *rules;
    const struct msg *in;
    struct effects *out;
};

/* transfer.c */
/* Begins to look unless something is out already; then once more when that is over. */
void transfer_go_on(const struct duty *duty);
/* Waits and looks again; attempts from 1. */
void transfer_pause(const struct duty *duty, uint32_t attempts);
/* Puts what the actor stands on, and the open transfer as others see it. */
void transfer_keep(const struct duty *duty);
/* Opens a transfer; its rows are looked for. */
void transfer_open(const struct duty *duty, enum transfer_kind kind, uint64_t of);
/* The open one is over: as `state`. */
void transfer_close(const struct duty *duty, enum transfer_state state);

/* transfer_run.c */
void run_look(const struct duty *duty);
void run_found(const struct duty *duty);
void run_answered(const struct duty *duty);
