#include "sheet/sheet_memo.h"

static bool is_kept(const struct grid_cell *cell)
{
    return cell != NULL && (cell->kind == CELL_TEXT || cell->kind == CELL_NUMBER) &&
           !cell->formula && !cell->digits_lost && cell->text.size <= MEMO_TEXT_MAX;
}

/* FNV-1a. */
static size_t place_of(enum form_field field, struct bytes text)
{
    uint32_t hash = 2166136261U ^ (uint32_t)field;
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ text.data[i]) * 16777619U;
    return (hash ^ hash >> 16) % MEMO_SIZE;
}

static bool says_the_same(const struct grid_cell *a, const struct grid_cell *b)
{
    return a->kind == b->kind && (a->kind == CELL_TEXT || a->number == b->number) &&
           bytes_equal(a->text, b->text);
}

const struct memo *memo_find(const struct sheet_memo *memo, enum form_field field,
                             const struct grid_cell *cell)
{
    if (!is_kept(cell))
        return NULL;
    const struct memo *found = &memo->places[place_of(field, cell->text)];
    bool known = found->cell != NULL && found->field == field && says_the_same(found->cell, cell);
    return known ? found : NULL;
}

struct memo *memo_keep(struct sheet_memo *memo, enum form_field field, const struct grid_cell *cell)
{
    if (!is_kept(cell))
        return NULL;
    struct memo *place = &memo->places[place_of(field, cell->text)];
    *place = (struct memo){.cell = cell, .field = field};
    return place;
}
