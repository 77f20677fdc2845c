/* What a client or the oracle reads: rows of a snapshot, as GET /lines and GET /review/queue would
 * show them. Memory of what is read: the world's scratch, until the next view_begin. */
#pragma once
#include "tests/sim/world.h"

void view_begin(struct world *world);
bool view_line(struct world *world, struct line_id id, struct line_state *line);
bool view_case(struct world *world, struct case_id id, struct case_record *record);
bool view_history(struct world *world, struct line_id id, uint32_t version,
                  struct history *history);
/* Which ask wrote the body of this version, and as which of its lines. */
bool view_author(struct world *world, struct line_id id, uint32_t version, uint32_t *ask,
                 uint32_t *place);

/* A random line of the home (person 0: of anybody) in one of these statuses (bit mask). */
bool view_pick(struct world *world, uint64_t home, uint64_t person, uint32_t statuses,
               struct line_state *line);
/* The lines of a case in order; returns their number, at most `max`. */
uint32_t view_case_lines(struct world *world, struct case_id id, struct line_state *out,
                         uint32_t max);
/* Up to `max` random lines of a county's queue. */
uint32_t view_queue(struct world *world, uint32_t county, struct line_id *out, uint32_t max);
