/* What cells were read as: a sheet says a few people, codes, days and hours in hundreds of rows,
 * and each takes folding, parsing, and of an ID number a keyed hash. Kept is what was read without
 * a fault from a text or a number; a fault is found again, for it speaks of its own cell. */
#pragma once
#include "sheet/sheet_form.h"
#include "sheet/sheet_grid.h"

enum { MEMO_SIZE = 1024, MEMO_TEXT_MAX = 64 };

struct memo {
    const struct grid_cell *cell; /* NULL: free */
    enum form_field field;
    union {
        int32_t number;    /* a code, a day, a minute */
        const void *thing; /* a person, a place: of the facts */
    } value;
};

/* Of one file; a place is overwritten by the next value that falls on it. All zero: empty. */
struct sheet_memo {
    struct memo places[MEMO_SIZE];
};

/* NULL: nothing is known of what this cell says in this column. */
const struct memo *memo_find(const struct sheet_memo *memo, enum form_field field,
                             const struct grid_cell *cell);
/* The place for what it says, empty; NULL: such a cell is not kept. The cell stays where it is as
 * long as the memo is asked. */
struct memo *memo_keep(struct sheet_memo *memo, enum form_field field,
                       const struct grid_cell *cell);
