/* The other end of the transfers, and the way there: NHI keeps a ledger of its own, outlives every
 * crash of the server, and is slow, down, forgetful with answers, half done, or says everything
 * twice (RELIABILITY I7, I8, I17). Rejects by the line's number.
 *
 * nhi.c plays it, oracle_nhi.c judges it by the ledger and the durable rows. */
#pragma once
#include "base/map.h"
#include "rt/transfer_job.h"
#include "tests/sim/world.h"

enum nhi_state { NHI_KNOWN, NHI_ACCEPTED, NHI_REJECTED };

struct nhi_row { /* of the ledger: what is in effect there */
    struct line_id line;
    uint32_t version;
    enum nhi_state state;
    uint64_t row; /* our outbox number, for sentences */
    uint32_t seen;
};

struct nhi_document {
    char key[TRANSFER_KEY_MAX];
    struct bytes rows; /* transfer_row_write */
    uint32_t done;     /* rows of it that were dealt with */
    int64_t ready_us;  /* the result may be fetched from then on */
};

struct nhi {
    struct arena memory;
    struct nhi_row *rows;
    uint32_t rows_count, rows_capacity;
    struct map by_line; /* line_key -> row */
    struct nhi_document *documents;
    uint32_t documents_count, documents_capacity;
    int64_t down_until_us;
};

/* What is on its way: work of the actor, or a call to NHI. */
struct errand {
    struct addr back;
    uint32_t tag, incarnation, epoch;
    enum outside outside;
    struct bytes key, document; /* of a look: `document` is the ask */
    uint8_t memory[];
};

void nhi_open(struct world *world);
void nhi_close(struct world *world);
/* The pool's side: JOB_TRANSFER over a snapshot opened some time later. */
void nhi_look(struct world *world, struct addr back, uint32_t tag, uint32_t incarnation,
              struct bytes ask);
void nhi_look_open(struct world *world, struct event *event);
/* The door outside. */
void nhi_call(struct world *world, const struct errand *call);
void nhi_arrives(struct world *world, struct event *event);
/* An operator asks for a run, or for rejected rows once more. */
void nhi_operator(struct world *world);
/* Nothing of the outbox is unanswered, nothing is under way. */
bool nhi_is_done(struct world *world);

/* ---- oracle_nhi.c ---- */
/* A document came in whose key was not known. */
void oracle_document(struct world *world, uint64_t transfer, enum transfer_kind kind,
                     struct bytes rows);
/* A row takes effect. */
void oracle_in_effect(struct world *world, const struct transfer_row *row);
void oracle_look_transfers(struct world *world, const char *when);
void oracle_end_transfers(struct world *world, const char *when);
const struct nhi_row *nhi_find(const struct world *world, struct line_id line, uint32_t version);
