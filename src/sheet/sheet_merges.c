#include "sheet/sheet_merges.h"
#include "base/check.h"
#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 64 };

void sheet_merges_init(struct sheet_merges *merges)
{
    *merges = (struct sheet_merges){0};
}

void sheet_merges_deinit(struct sheet_merges *merges)
{
    free(merges->ranges);
    free(merges->columns);
    *merges = (struct sheet_merges){0};
}

enum sheet_fault sheet_merges_add(struct sheet_merges *merges, const struct sheet_range *range)
{
    CHECK(range->first_column >= 1 && range->last_column <= SHEET_GRID_COLUMNS);
    CHECK(range->first_column <= range->last_column && range->first_row <= range->last_row);
    merges->width += range->last_column - range->first_column + 1;
    if (merges->count == SHEET_MERGES_MAX || merges->width > SHEET_MERGES_WIDTH_MAX)
        return SHEET_TOO_LARGE;
    if (merges->count == merges->room) {
        size_t room = merges->room == 0 ? ROOM_FIRST : merges->room * 2;
        struct sheet_range *moved = realloc(merges->ranges, room * sizeof *moved);
        if (moved == NULL)
            return SHEET_NO_MEMORY;
        merges->ranges = moved;
        merges->room = room;
    }
    merges->ranges[merges->count++] = *range;
    return SHEET_FINE;
}

static int by_row(const void *a, const void *b)
{
    const struct sheet_range *x = a, *y = b;
    return x->first_row < y->first_row ? -1 : x->first_row > y->first_row;
}

bool sheet_merges_begin(struct sheet_merges *merges)
{
    merges->next = 0;
    if (merges->count == 0)
        return true;
    if (merges->columns == NULL)
        merges->columns = malloc(SHEET_GRID_COLUMNS * sizeof *merges->columns);
    if (merges->columns == NULL)
        return false;
    memset(merges->columns, 0, SHEET_GRID_COLUMNS * sizeof *merges->columns);
    qsort(merges->ranges, merges->count, sizeof *merges->ranges, by_row);
    return true;
}

bool sheet_merges_hide(struct sheet_merges *merges, uint32_t row, uint32_t column)
{
    CHECK(row >= 1 && column >= 1 && column <= SHEET_GRID_COLUMNS);
    if (merges->count == 0)
        return false;
    for (; merges->next < merges->count && merges->ranges[merges->next].first_row <= row;
         merges->next++) {
        const struct sheet_range *range = &merges->ranges[merges->next];
        for (uint32_t i = range->first_column; i <= range->last_column; i++)
            merges->columns[i - 1] = (struct cover){range->first_row, range->last_row};
        merges->columns[range->first_column - 1].from++; /* the first cell is shown */
    }
    const struct cover *cover = &merges->columns[column - 1];
    return row >= cover->from && row <= cover->to;
}
