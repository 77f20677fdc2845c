/* Each line's life from its history rows: versions by one, legal moves, and for every entry a
 * request that asked for it, by whom the entry names, with no effect twice (I1, I2, I5, I11, I16).
 */
#include "base/check.h"
#include "tests/sim/oracle_private.h"
#include <stdlib.h>

enum { LIVES_FIRST = 64 };

bool life_may(enum request_status from, enum history_action action, enum request_status *to)
{
    static const struct {
        enum history_action action;
        enum request_status from, to;
    } legal[] = {
        {HISTORY_EDIT, STATUS_DRAFT, STATUS_DRAFT},
        {HISTORY_EDIT, STATUS_RETURNED, STATUS_RETURNED},
        {HISTORY_SUBMIT, STATUS_DRAFT, STATUS_UNDER_REVIEW},
        {HISTORY_SUBMIT, STATUS_RETURNED, STATUS_UNDER_REVIEW},
        {HISTORY_WITHDRAW, STATUS_UNDER_REVIEW, STATUS_DRAFT},
        {HISTORY_APPROVE, STATUS_UNDER_REVIEW, STATUS_APPROVED},
        {HISTORY_REJECT, STATUS_UNDER_REVIEW, STATUS_REJECTED},
        {HISTORY_RETURN, STATUS_UNDER_REVIEW, STATUS_RETURNED},
    };
    for (size_t i = 0; i < ARRAY_COUNT(legal); i++) {
        if (legal[i].action == action && legal[i].from == from) {
            *to = legal[i].to;
            return true;
        }
    }
    return false;
}

/* ---- causes ---- */

static bool cause_fails(struct world *world, const char *invariant, const char *when,
                        struct line_id id, uint32_t version, const char *what)
{
    char name[LINE_ID_MAX];
    line_name(id, name);
    world_fail(world, invariant, "%s version %u of %s %s", when, version, name, what);
    return false;
}

/* Who wrote a body is written in it; a draft is written once only. */
static bool written_once(struct world *world, const char *when, struct map *written,
                         const struct ask *ask, uint32_t place, struct line_id id, uint32_t version)
{
    uint32_t before = 0;
    uint64_t draft = (uint64_t)ask->number * WANTED_MAX + place;
    if (map_get(written, draft, &before)) {
        return cause_fails(world, "I2", when, id, version,
                           "was written by a request that had its effect elsewhere already");
    }
    enum err err = map_put(written, draft, version);
    CHECK(err == ERR_OK);
    return true;
}

static bool body_cause(struct world *world, const char *when, struct life *life,
                       const struct history *history, struct map *written)
{
    uint32_t number = 0;
    uint32_t place = 0;
    if (!view_author(world, life->id, history->version, &number, &place) || number == 0 ||
        number > world->asks_count) {
        return cause_fails(world, "I1", when, life->id, history->version, "has no body");
    }
    const struct ask *ask = ask_of(world, number);
    bool creates = history->action == HISTORY_CREATE;
    bool sheet = ask->kind == ASK_UPLOAD_ADD;
    if ((ask->kind != ASK_CREATE && ask->kind != ASK_EDIT && !sheet) ||
        place >= ask->wanted_count || (sheet && !creates) || ask->home != life->id.in.home ||
        (!creates && ask->wanted[place].version + 1 != history->version)) {
        return cause_fails(world, "I5", when, life->id, history->version,
                           "is not what its request asked for");
    }
    if (!ask_may_have(ask)) {
        return cause_fails(world, "I16", when, life->id, history->version,
                           "was made by a request that got nothing but refusals");
    }
    if (ask->done && ask->kind == ASK_CREATE && !case_id_equal(ask->answer.made, life->id.in)) {
        return cause_fails(world, "I2", when, life->id, history->version,
                           "was made by a request that was told of another case");
    }
    if (sheet ? !oracle_sheet_makes(world, ask, history, false)
              : ask->foreign || !oracle_actor_is(world, ask->client, &history->actor)) {
        return cause_fails(world, "I11", when, life->id, history->version,
                           "was written by one who may not");
    }
    if (sheet) {
        oracle_sheet_line(world, when, number, life->id, place);
    }
    life->author = number;
    life->place = place;
    life->body_version = history->version;
    return written_once(world, when, written, ask, place, life->id, history->version);
}

static bool ask_moves(const struct ask *ask, enum history_action action)
{
    return (action == HISTORY_SUBMIT && ask->kind == ASK_SUBMIT) ||
           (action == HISTORY_WITHDRAW && ask->kind == ASK_WITHDRAW) ||
           ((action == HISTORY_APPROVE || action == HISTORY_REJECT || action == HISTORY_RETURN) &&
            ask->kind == ASK_DECIDE);
}

static bool item_is(const struct ask *ask, const struct item *item, struct line_id id,
                    uint32_t version, enum history_action action)
{
    static const enum move moves[HISTORY_EVENT + 1] = {[HISTORY_APPROVE] = MOVE_APPROVE,
                                                       [HISTORY_REJECT] = MOVE_REJECT,
                                                       [HISTORY_RETURN] = MOVE_RETURN};
    return line_id_equal(item->line, id) && item->version + 1 == version &&
           (ask->kind != ASK_DECIDE || item->move == moves[action]);
}

static bool ask_asks_for(const struct ask *ask, struct line_id id, uint32_t version,
                         enum history_action action)
{
    for (uint32_t i = 0; i < ask->items_count; i++) {
        if (item_is(ask, &ask->items[i], id, version, action)) {
            return true;
        }
    }
    return false;
}

/* A move must have been asked for by somebody who may, and not only been refused. */
static bool move_cause(struct world *world, const char *when, const struct life *life,
                       const struct history *history)
{
    if (oracle_effect(world->oracle, life->id, history->version) != NULL) {
        return true;
    }
    if (history->version == 2 && history->action == HISTORY_SUBMIT && life->author != 0 &&
        (ask_of(world, life->author)->submit ||
         oracle_sheet_makes(world, ask_of(world, life->author), history, true))) {
        return true;
    }
    bool refused = false;
    for (uint32_t i = 0; i < world->asks_count; i++) {
        const struct ask *ask = world->asks[i];
        if (!ask_moves(ask, history->action) ||
            !ask_asks_for(ask, life->id, history->version, history->action) ||
            !oracle_actor_is(world, ask->client, &history->actor)) {
            continue;
        }
        if (ask_may_have(ask) && !ask->foreign) {
            return true;
        }
        refused = true;
    }
    return refused ? cause_fails(world, "I16", when, life->id, history->version,
                                 "was made by a request that was refused")
                   : cause_fails(world, "I11", when, life->id, history->version,
                                 "was asked for by nobody");
}

/* ---- folding ---- */

static struct life *lives_add(struct lives *lives, struct line_id id)
{
    if (lives->count == lives->capacity) {
        lives->capacity = lives->capacity == 0 ? LIVES_FIRST : lives->capacity * 2;
        lives->items = reallocarray(lives->items, lives->capacity, sizeof *lives->items);
        CHECK(lives->items != NULL);
    }
    lives->items[lives->count] = (struct life){.id = id};
    return &lives->items[lives->count++];
}

struct life *lives_find(const struct lives *lives, struct line_id id)
{
    uint32_t low = 0;
    uint32_t high = lives->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = line_id_compare(lives->items[middle].id, id);
        if (order == 0) {
            return &lives->items[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

static bool life_goes_on(struct world *world, const char *when, struct life *life,
                         const struct history *history, struct map *written)
{
    if (history->version != life->version + 1) {
        return cause_fails(world, "I5", when, life->id, history->version,
                           "does not follow the version before it by one");
    }
    enum request_status to = STATUS_DRAFT;
    bool begins = history->action == HISTORY_CREATE && life->version == 0;
    if (!begins && (life->version == 0 || !life_may(life->status, history->action, &to))) {
        return cause_fails(world, "I5", when, life->id, history->version,
                           "is no legal move from the status before it");
    }
    bool writes = begins || history->action == HISTORY_EDIT;
    if (writes ? !body_cause(world, when, life, history, written)
               : !move_cause(world, when, life, history)) {
        return false;
    }
    life->status = to;
    life->version = history->version;
    life->approvals += history->action == HISTORY_APPROVE ? 1 : 0;
    life->moves += writes || history->action == HISTORY_SUBMIT ? 0 : 1;
    return true;
}

void oracle_fold(struct world *world, const char *when, struct lives *lives)
{
    struct rows rows = {0};
    struct map written;
    map_init(&written);
    disk_range(&world->disk, TABLE_HISTORY, (struct bytes){0}, &rows);
    uint64_t acknowledged = 0;
    struct life *life = NULL;
    for (uint32_t i = 0; i < rows.count && !world->failed; i++) {
        struct line_id id;
        uint32_t version = 0;
        uint8_t part = 0;
        struct history history;
        bool read = key_read_versioned(rows.items[i].key, &id, &version, &part);
        CHECK(read && part == 0);
        enum err err = history_read(rows.items[i].value, &world->scratch, &history);
        CHECK(err == ERR_OK && history.version == version);
        if (life == NULL || !line_id_equal(life->id, id)) {
            life = lives_add(lives, id);
        }
        const struct ack *told = oracle_effect(world->oracle, id, version);
        acknowledged += told != NULL && told->action == history.action ? 1 : 0;
        life_goes_on(world, when, life, &history, &written);
    }
    for (uint32_t i = 0; !world->failed && acknowledged != world->oracle->effects_count &&
                         i < world->oracle->effects_count;
         i++) {
        const struct ack *effect = &world->oracle->effects[i];
        struct history history;
        if (!view_history(world, effect->line, effect->version, &history) ||
            history.action != effect->action) {
            cause_fails(world, "I1", when, effect->line, effect->version,
                        "was acknowledged and is gone");
        }
    }
    rows_free(&rows);
    map_deinit(&written);
}
