/* Uploaded sheets in the simulated world: what a client's file holds, the pool that reads it, the
 * door that hands its lines over, and what a GET shows. A file names the ask that sent it; the rows
 * in it are what that ask wanted, those with the mapping's own faults left out. */
#pragma once
#include "model/upload.h"
#include "tests/sim/view.h"

struct sheet {
    struct upload_record record;
    uint32_t ask; /* that sent it; 0: its file is not there */
};

/* Would the mapping refuse a row with this fault by itself? */
bool sheet_fault_is_mapped(enum fault fault);
uint64_t sheet_number(struct case_id made); /* as an upload's answer names it */

/* ---- the way in ---- */
struct bytes sheet_file(const struct ask *ask, struct arena *arena);
/* The door: the part LINES of the sheet that is to be imported, as it stands on the disk now. */
void sheet_lines_for(struct world *world, const struct ask *ask, struct letter *letter);

/* ---- the pool ---- */
void sheet_work(struct world *world, struct addr back, uint32_t tag, uint32_t incarnation,
                struct bytes input);
void sheet_work_open(struct world *world, struct event *event);

/* ---- looking; memory: the world's scratch ---- */
bool sheet_view(struct world *world, uint64_t home, uint64_t number, struct sheet *sheet);
/* A random one of the home; `person` 0: of anybody, else what he sent. */
bool sheet_pick(struct world *world, uint64_t home, uint64_t person, struct sheet *sheet);
/* None is still to be read. */
bool sheets_are_read(struct world *world);
