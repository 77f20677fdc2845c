/* The durable state whole, after every start and at the end. */
#include "base/check.h"
#include "tests/sim/cast.h"
#include "tests/sim/nhi.h"
#include "tests/sim/oracle_private.h"
#include <stdlib.h>

enum { OCCUPIED_FIRST = 64 };

/* ---- rows of lines against their lives ---- */

static void line_agrees(struct world *world, const char *when, struct life *life,
                        const struct line_state *line)
{
    char name[LINE_ID_MAX];
    line_name(line->id, name);
    if (life == NULL) {
        world_fail(world, "I1", "%s %s is there without a history", when, name);
        return;
    }
    life->there = true;
    life->person = line->person;
    if (line->version != life->version || line->status != life->status ||
        line->body_version != life->body_version) {
        world_fail(world, "I5", "%s %s stands at version %u, its history at %u", when, name,
                   line->version, life->version);
        return;
    }
    const struct wanted *wanted = &ask_of(world, life->author)->wanted[life->place];
    if (line->person != wanted->person || line->target != wanted->target ||
        line->purpose != wanted->purpose) {
        world_fail(world, "I1", "%s %s does not hold what request %u wanted", when, name,
                   life->author);
        return;
    }
    if (cast_home_of(line->person) != line->id.in.home) {
        world_fail(world, "I11", "%s %s is about a person of another place", when, name);
    }
    bool filed = line->status == STATUS_UNDER_REVIEW || line->status == STATUS_APPROVED;
    if (filed && wanted->fault != FAULT_NONE) {
        world_fail(world, "I6", "%s %s is under review or approved and breaks a rule", when, name);
    }
    if (map_get(&world->oracle->gone, line_key(line->id, 0), &(uint32_t){0})) {
        world_fail(world, "I1", "%s %s, whose deletion was answered, is back", when, name);
    }
}

static bool may_be_deleted(const struct world *world, const struct life *life)
{
    for (uint32_t i = 0; i < world->asks_count; i++) {
        const struct ask *ask = world->asks[i];
        bool deletes = ask->kind == ASK_DELETE_LINE || ask->kind == ASK_DELETE_CASE;
        for (uint32_t j = 0; deletes && ask_may_have(ask) && j < ask->items_count; j++) {
            if (line_id_equal(ask->items[j].line, life->id) && !ask->foreign) {
                return true;
            }
        }
    }
    return false;
}

static void look_lines(struct world *world, const char *when, struct lives *lives)
{
    struct rows rows = {0};
    disk_range(&world->disk, TABLE_LINE, (struct bytes){0}, &rows);
    for (uint32_t i = 0; i < rows.count && !world->failed; i++) {
        struct line_state line;
        enum err err = line_state_read(rows.items[i].value, &world->scratch, &line);
        CHECK(err == ERR_OK);
        line_agrees(world, when, lives_find(lives, line.id), &line);
    }
    rows_free(&rows);
    for (uint32_t i = 0; i < lives->count && !world->failed; i++) {
        const struct life *life = &lives->items[i];
        if (!life->there && (life->status != STATUS_DRAFT || !may_be_deleted(world, life))) {
            char name[LINE_ID_MAX];
            line_name(life->id, name);
            world_fail(world, "I1", "%s %s has a history and is gone, and nobody deleted it", when,
                       name);
        }
    }
}

/* ---- I4: one person, one place at a time ---- */

struct occupied {
    uint64_t person;
    int64_t start, end;
    struct line_id line;
};

static int occupied_order(const void *a, const void *b)
{
    const struct occupied *x = a;
    const struct occupied *y = b;
    if (x->person != y->person) {
        return x->person < y->person ? -1 : 1;
    }
    return x->start < y->start ? -1 : x->start > y->start ? 1 : 0;
}

static void look_overlaps(struct world *world, const char *when, const struct lives *lives)
{
    struct occupied *all = calloc((size_t)lives->count * INTERVALS_MAX + 1, sizeof *all);
    CHECK(all != NULL);
    size_t count = 0;
    for (uint32_t i = 0; i < lives->count; i++) {
        const struct life *life = &lives->items[i];
        if (!life->there ||
            (life->status != STATUS_UNDER_REVIEW && life->status != STATUS_APPROVED)) {
            continue;
        }
        const struct wanted *wanted = &ask_of(world, life->author)->wanted[life->place];
        struct interval intervals[INTERVALS_MAX];
        uint32_t times = when_intervals(&wanted->when, intervals);
        for (uint32_t j = 0; j < times; j++) {
            all[count++] =
                (struct occupied){wanted->person, intervals[j].start, intervals[j].end, life->id};
        }
    }
    qsort(all, count, sizeof *all, occupied_order);
    for (size_t i = 1; i < count; i++) {
        /* Sorted by start: a clash of any two shows between neighbours. */
        if (all[i].person == all[i - 1].person && all[i].start < all[i - 1].end) {
            char one[LINE_ID_MAX], two[LINE_ID_MAX];
            line_name(all[i - 1].line, one);
            line_name(all[i].line, two);
            world_fail(world, "I4", "%s %s and %s have one person at two places at a time", when,
                       one, two);
        }
    }
    free(all);
}

/* ---- in ---- */

void oracle_look(struct world *world, const char *when)
{
    struct lives lives = {0};
    world->totals.looks++;
    view_begin(world);
    oracle_look_sessions(world, when);
    oracle_sheets_begin(world);
    if (!world->failed) {
        oracle_fold(world, when, &lives);
    }
    if (!world->failed) {
        look_lines(world, when, &lives);
    }
    if (!world->failed) {
        look_overlaps(world, when, &lives);
        oracle_look_indexes(world, when, &lives);
        oracle_look_records(world, when, &lives);
        oracle_look_sheets(world, when);
        oracle_look_transfers(world, when);
    }
    free(lives.items);
}

/* At the end every keyed request is known: done or refused. */
void oracle_end(struct world *world)
{
    for (uint32_t i = 0; i < world->asks_count; i++) {
        if (world->asks[i]->calls_open > 0) {
            world_fail(world, "I17", "request %u never got an answer", world->asks[i]->number);
        }
    }
}
