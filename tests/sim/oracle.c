/* Answers to cases and lines. What an answer says must be on the disk the moment it is given: a GET
 * right behind it would show it (I1, I13). */
#include "base/check.h"
#include "tests/sim/cast.h"
#include "tests/sim/oracle_private.h"
#include <stdlib.h>
#include <string.h>

enum { LEDGER_FIRST = 128 };

void oracle_open(struct world *world)
{
    world->oracle = calloc(1, sizeof *world->oracle);
    CHECK(world->oracle != NULL);
    map_init(&world->oracle->effect_at);
    map_init(&world->oracle->made);
    map_init(&world->oracle->gone);
}

void oracle_close(struct world *world)
{
    free(world->oracle->sessions);
    free(world->oracle->effects);
    map_deinit(&world->oracle->effect_at);
    map_deinit(&world->oracle->made);
    map_deinit(&world->oracle->gone);
    free(world->oracle);
}

/* ---- names and keys ---- */

uint64_t line_key(struct line_id line, uint32_t version)
{
    uint64_t key = line.in.home * 0x9e3779b97f4a7c15u;
    key = (key ^ (uint64_t)(uint32_t)line.in.day) * 0x9e3779b97f4a7c15u;
    key = (key ^ line.in.serial ^ ((uint64_t)line.n << 32)) * 0x9e3779b97f4a7c15u;
    return (key ^ version) * 0x9e3779b97f4a7c15u;
}

bool line_name(struct line_id id, char out[LINE_ID_MAX])
{
    if (id.n == 0) {
        char no[CASE_NO_MAX];
        (void)case_no_print(id.in, no);
        (void)snprintf(out, LINE_ID_MAX, "%s", no);
    } else {
        (void)line_id_print(id, out);
    }
    return true;
}

const struct ack *oracle_effect(const struct oracle *oracle, struct line_id line, uint32_t version)
{
    uint32_t at = 0;
    return map_get(&oracle->effect_at, line_key(line, version), &at) ? &oracle->effects[at] : NULL;
}

bool ask_may_have(const struct ask *ask)
{
    return ask->done || ask->unknown || ask->calls_open > 0;
}

bool oracle_actor_is(const struct world *world, uint32_t number, const struct principal *actor)
{
    const struct client *client = &world->clients[number];
    switch (client->play) {
    case PLAY_INSTITUTION:
        return actor->kind == PRINCIPAL_INSTITUTION && actor->institution == client->home;
    case PLAY_PERSON:
    case PLAY_CLUMSY:
        return actor->kind == PRINCIPAL_PERSON && actor->person == client->who &&
               actor->institution == client->home;
    case PLAY_OFFICER:
        return actor->kind == PRINCIPAL_BUREAU && actor->person == client->who &&
               actor->county == client->county;
    case PLAY_OPERATOR: return actor->kind == PRINCIPAL_SYSTEM;
    }
    return false;
}

/* ---- acknowledged effects ---- */

static void effect_told(struct world *world, const struct ask *ask, struct line_id line,
                        uint32_t version, enum history_action action)
{
    struct oracle *oracle = world->oracle;
    char name[LINE_ID_MAX];
    line_name(line, name);
    const struct ack *known = oracle_effect(oracle, line, version);
    if (known != NULL) {
        if (known->ask != ask->number) {
            world_fail(world, "I5",
                       "two requests, %u and %u, were both told that they made version %u of %s",
                       known->ask, ask->number, version, name);
        }
        return;
    }
    struct history history;
    if (!view_history(world, line, version, &history)) {
        world_fail(world, "I1",
                   "request %u (%s) was answered, but version %u of %s is not on the disk",
                   ask->number, ask_kind_name(ask->kind), version, name);
        return;
    }
    if (history.action != action || !oracle_actor_is(world, ask->client, &history.actor)) {
        world_fail(world, "I1", "version %u of %s is not what request %u (%s) was told it is",
                   version, name, ask->number, ask_kind_name(ask->kind));
        return;
    }
    if (oracle->effects_count == oracle->effects_capacity) {
        oracle->effects_capacity =
            oracle->effects_capacity == 0 ? LEDGER_FIRST : oracle->effects_capacity * 2;
        oracle->effects =
            reallocarray(oracle->effects, oracle->effects_capacity, sizeof *oracle->effects);
        CHECK(oracle->effects != NULL);
    }
    oracle->effects[oracle->effects_count] = (struct ack){line, version, action, ask->number};
    enum err err = map_put(&oracle->effect_at, line_key(line, version), oracle->effects_count++);
    CHECK(err == ERR_OK);
}

static void deleted_told(struct world *world, const struct ask *ask)
{
    for (uint32_t i = 0; i < ask->items_count; i++) {
        struct line_state line;
        char name[LINE_ID_MAX];
        if (view_line(world, ask->items[i].line, &line)) {
            line_name(ask->items[i].line, name);
            world_fail(world, "I1", "request %u was told that %s is deleted, but it is there",
                       ask->number, name);
        }
        enum err err = map_put(&world->oracle->gone, line_key(ask->items[i].line, 0), ask->number);
        CHECK(err == ERR_OK);
    }
}

static void created_told(struct world *world, const struct ask *ask)
{
    struct line_id line = {.in = ask->answer.made};
    uint32_t maker = 0;
    char name[LINE_ID_MAX];
    line_name(line, name);
    if (map_get(&world->oracle->made, line_key(line, 0), &maker) && maker != ask->number) {
        world_fail(world, "I3", "requests %u and %u were both given the case number %s", maker,
                   ask->number, name);
        return;
    }
    enum err err = map_put(&world->oracle->made, line_key(line, 0), ask->number);
    CHECK(err == ERR_OK);
    for (uint16_t i = 0; i < ask->wanted_count; i++) {
        line.n = (uint16_t)(i + 1);
        effect_told(world, ask, line, 1, HISTORY_CREATE);
        if (ask->submit) {
            effect_told(world, ask, line, 2, HISTORY_SUBMIT);
        }
    }
}

static void edited_told(struct world *world, const struct ask *ask)
{
    for (uint16_t i = 0; i < ask->wanted_count; i++) {
        const struct wanted *wanted = &ask->wanted[i];
        struct line_id line = {.in = ask->line.in, .n = wanted->n};
        if (wanted->n == 0) {
            line.n = ask->answer.n;
            effect_told(world, ask, line, 1, HISTORY_CREATE);
        } else {
            effect_told(world, ask, line, wanted->version + 1, HISTORY_EDIT);
        }
    }
}

static void moved_told(struct world *world, const struct ask *ask)
{
    for (uint32_t i = 0; i < ask->items_count; i++) {
        effect_told(world, ask, ask->items[i].line, ask->items[i].version + 1,
                    ask->kind == ASK_SUBMIT ? HISTORY_SUBMIT : HISTORY_WITHDRAW);
    }
}

/* ---- successes ---- */

static bool should_be_refused(const struct ask *ask)
{
    for (uint32_t i = 0; i < ask->wanted_count; i++) {
        enum fault fault = ask->wanted[i].fault;
        if (fault_refuses_draft(fault) || (ask->submit && fault != FAULT_NONE)) {
            return true;
        }
    }
    return false;
}

/* The key tells: the same request got the same answer before, and no other body did. */
static bool key_holds(struct world *world, const struct ask *ask, const struct done_reply *reply)
{
    if (ask->done && (!case_id_equal(ask->answer.made, reply->made) || ask->answer.n != reply->n ||
                      ask->answer.status != reply->status)) {
        world_fail(world, "I2", "request %u, repeated with its key, got another answer",
                   ask->number);
        return false;
    }
    uint32_t other = ask->body != 0 ? ask->key : ask->rival;
    if (other != 0 && ask_of(world, other)->done) {
        world_fail(world, "I2", "requests %u and %u have one key, two bodies, and both were done",
                   other, ask->number);
        return false;
    }
    return true;
}

static void case_done(struct world *world, struct ask *ask, struct bytes body)
{
    struct done_reply reply;
    if (!done_reply_read(body, &reply)) {
        world_fail(world, "I17", "the answer to request %u can't be read", ask->number);
        return;
    }
    if (!ask_is_of_sheets(ask->kind) && should_be_refused(ask)) {
        world_fail(world, "I6", "request %u (%s) breaks a rule of filing and was accepted",
                   ask->number, ask_kind_name(ask->kind));
        return;
    }
    if (!key_holds(world, ask, &reply) || ask->done) {
        return;
    }
    ask->done = true;
    ask->answer = (struct done){reply.made, reply.status, reply.n};
    if (ask_is_of_sheets(ask->kind)) {
        oracle_sheet_done(world, ask);
    } else if (ask->kind == ASK_CREATE) {
        created_told(world, ask);
    } else if (ask->kind == ASK_EDIT) {
        edited_told(world, ask);
    } else if (ask->kind == ASK_DELETE_CASE || ask->kind == ASK_DELETE_LINE) {
        deleted_told(world, ask);
    } else {
        moved_told(world, ask);
    }
}

/* ---- refusals: what they rest on must be durable ---- */

/* The line this refusal speaks of, as a GET would show it now; for a whole case its first line. */
static bool refused_line(struct world *world, const struct ask *ask, uint32_t item,
                         struct line_state *line)
{
    struct line_id id = ask->items_count > item ? ask->items[item].line : ask->line;
    if (ask->kind == ASK_EDIT) {
        id = (struct line_id){.in = ask->line.in, .n = ask->wanted[0].n};
    }
    return id.n != 0 && view_line(world, id, line);
}

static bool sees(const struct world *world, const struct ask *ask, const struct line_state *line)
{
    const struct client *client = &world->clients[ask->client];
    return client->play != PLAY_PERSON || line->person == client->who;
}

/* A line becomes a person's by somebody's edit, which may have come between the refusal and its
 * answer: then it is no longer at the version that was asked about. */
static bool may_have_changed_hands(const struct world *world, const struct ask *ask,
                                   const struct line_state *line)
{
    if (world->clients[ask->client].play != PLAY_PERSON) {
        return false;
    }
    if (ask->kind == ASK_EDIT) {
        return line->version != ask->wanted[0].version;
    }
    return ask->line.n == 0 || line->version != ask->version;
}

static void not_found_told(struct world *world, const struct ask *ask, uint32_t item)
{
    struct line_state line;
    if (ask->foreign || !refused_line(world, ask, item, &line) || !sees(world, ask, &line) ||
        may_have_changed_hands(world, ask, &line)) {
        return;
    }
    for (uint32_t i = 1; i < ask->wanted_count; i++) { /* one of several that is not there */
        struct line_id id = {.in = ask->line.in, .n = ask->wanted[i].n};
        struct line_state other;
        if (!view_line(world, id, &other) || !sees(world, ask, &other)) {
            return;
        }
    }
    char name[LINE_ID_MAX];
    line_name(line.id, name);
    world_fail(world, "I13", "request %u (%s) was told that %s does not exist, but it is there",
               ask->number, ask_kind_name(ask->kind), name);
}

static void stale_told(struct world *world, const struct ask *ask, uint32_t item)
{
    char name[LINE_ID_MAX];
    line_name(ask->items_count > item ? ask->items[item].line : ask->line, name);
    if (ask->line.n == 0 && ask->kind != ASK_DECIDE && !ask->by_line) {
        struct case_record record;
        if (!view_case(world, ask->line.in, &record) || record.version != ask->version) {
            return;
        }
        for (uint32_t i = 0; i < ask->wanted_count; i++) { /* an edit names its lines' versions */
            struct line_state line;
            struct line_id id = {.in = ask->line.in, .n = ask->wanted[i].n};
            if (!view_line(world, id, &line) || line.version != ask->wanted[i].version) {
                return;
            }
        }
        world_fail(world, "I16", "request %u was told that case %s has moved on, but it has not",
                   ask->number, name);
        return;
    }
    struct line_state line;
    uint32_t version = ask->items_count > item ? ask->items[item].version : ask->wanted[0].version;
    if (refused_line(world, ask, item, &line) && line.version == version) {
        world_fail(world, "I16", "request %u was told that %s has moved on, but it has not",
                   ask->number, name);
    }
}

static bool move_is_legal(enum request_status status, enum move move)
{
    static const enum history_action actions[] = {
        [MOVE_EDIT] = HISTORY_EDIT,         [MOVE_SUBMIT] = HISTORY_SUBMIT,
        [MOVE_WITHDRAW] = HISTORY_WITHDRAW, [MOVE_APPROVE] = HISTORY_APPROVE,
        [MOVE_REJECT] = HISTORY_REJECT,     [MOVE_RETURN] = HISTORY_RETURN,
    };
    enum request_status to;
    return move == MOVE_DELETE ? status == STATUS_DRAFT : life_may(status, actions[move], &to);
}

static void state_told(struct world *world, const struct ask *ask, uint32_t item)
{
    bool has_item = ask->items_count > item;
    enum move move = has_item ? ask->items[item].move : MOVE_EDIT;
    uint32_t version = has_item ? ask->items[item].version : ask->wanted[0].version;
    struct line_state line;
    if (ask->line.n == 0 && ask->kind != ASK_DECIDE) {
        return; /* a whole case: it may be any of its lines */
    }
    if (refused_line(world, ask, item, &line) && line.version == version &&
        move_is_legal(line.status, move)) {
        world_fail(world, "I16", "request %u was refused for a state that its line is not in",
                   ask->number);
    }
}

/* A line that an overlap names was filed once, or the refusal rests on nothing. */
static bool was_filed(struct world *world, struct line_id id)
{
    struct history history;
    for (uint32_t version = 1; view_history(world, id, version, &history); version++) {
        if (history.action == HISTORY_SUBMIT) {
            return true;
        }
    }
    return false;
}

static void invalid_told(struct world *world, const struct ask *ask, struct bytes body)
{
    struct reader in = reader_of(body);
    struct problems problems;
    problems_init(&problems, &world->scratch);
    if (!problems_read(&in, &problems) || problems.count == 0) {
        world_fail(world, "I17", "request %u was refused as invalid, without a fault", ask->number);
        return;
    }
    bool wanted_faults = false;
    for (uint32_t i = 0; i < ask->wanted_count; i++) {
        wanted_faults = wanted_faults || ask->wanted[i].fault != FAULT_NONE;
    }
    for (uint32_t i = 0; i < problems.count; i++) {
        const struct problem *problem = &problems.items[i];
        bool overlap = problem->code == CODE_OVERLAPS_CASE;
        if (!overlap && !wanted_faults && ask->kind != ASK_SUBMIT) {
            world_fail(world, "I6", "request %u is good and was refused with %s", ask->number,
                       code_name(problem->code));
        } else if (overlap && problem->with.n != 0 && !was_filed(world, problem->with)) {
            char name[LINE_ID_MAX];
            line_name(problem->with, name);
            world_fail(world, "I16", "request %u was refused for %s, which was never filed",
                       ask->number, name);
        }
    }
}

static void mismatch_told(struct world *world, const struct ask *ask)
{
    uint32_t other = ask->body != 0 ? ask->key : ask->rival;
    if (other == 0 || !ask_may_have(ask_of(world, other))) {
        world_fail(world, "I2", "request %u was told its key belongs to another, but nobody has it",
                   ask->number);
    }
    if (ask->done) {
        world_fail(world, "I2", "request %u was done, and its key is now said to be another's",
                   ask->number);
    }
}

/* ---- decisions: each item for itself ---- */

static void item_told(struct world *world, struct ask *ask, const struct decided_item *told)
{
    static const enum history_action actions[] = {[MOVE_APPROVE] = HISTORY_APPROVE,
                                                  [MOVE_REJECT] = HISTORY_REJECT,
                                                  [MOVE_RETURN] = HISTORY_RETURN};
    const struct item *item = &ask->items[told->place];
    if (ask->foreign && told->decided != DECIDED_NOT_FOUND) {
        world_fail(world, "I11", "request %u on a line of another county was told %s", ask->number,
                   decided_name(told->decided));
        return;
    }
    if (ask->item_done[told->place] && told->decided != DECIDED_DONE) {
        world_fail(world, "I2", "item %u of request %u was done; repeated, it is %s", told->place,
                   ask->number, decided_name(told->decided));
        return;
    }
    switch (told->decided) {
    case DECIDED_DONE:
        ask->item_done[told->place] = true;
        effect_told(world, ask, item->line, item->version + 1, actions[item->move]);
        return;
    case DECIDED_NOT_FOUND: not_found_told(world, ask, told->place); return;
    case DECIDED_STALE: stale_told(world, ask, told->place); return;
    case DECIDED_WRONG_STATE: state_told(world, ask, told->place); return;
    case DECIDED_OVERLOADED: return;
    case DECIDED_REASON_REQUIRED:
    case DECIDED_UNKNOWN: break;
    }
    world_fail(world, "I17", "item %u of request %u: no client expects %s", told->place,
               ask->number, decided_name(told->decided));
}

static void decided_told(struct world *world, struct ask *ask, struct bytes body)
{
    struct reader in = reader_of(body);
    struct decided_item told;
    uint32_t count = 0;
    while (decided_read(&in, &told)) {
        if (told.place >= ask->items_count) {
            break;
        }
        item_told(world, ask, &told);
        count++;
    }
    if (in.failed || count != ask->items_count) {
        world_fail(world, "I17", "request %u decides %u lines and was told of %u", ask->number,
                   ask->items_count, count);
    }
    uint32_t other = ask->body != 0 ? ask->key : ask->rival;
    for (uint32_t i = 0; other != 0 && i < ask->items_count; i++) {
        if (ask_of(world, other)->item_done[i] && ask->item_done[i]) {
            world_fail(world, "I2", "requests %u and %u have one key, two bodies, both were done",
                       other, ask->number);
        }
    }
    ask->done = true;
}

/* ---- in ---- */

/* Another body under a key that is known to be done: that and nothing else is to be said. */
static bool key_is_anothers(const struct world *world, const struct ask *ask)
{
    if (ask->body == 0) {
        return false;
    }
    const struct ask *other = ask_of(world, ask->key);
    bool any = other->done && other->kind != ASK_DECIDE;
    for (uint32_t i = 0; i < other->items_count; i++) {
        any = any || other->item_done[i];
    }
    return any;
}

void oracle_sent(struct world *world, struct ask *ask)
{
    if (ask->kind >= ASK_TOKEN_ADD) {
        oracle_auth_sent(world, ask);
    }
}

static bool outcome_is_refusal(enum outcome outcome)
{
    return outcome == OUTCOME_NOT_FOUND || outcome == OUTCOME_STALE ||
           outcome == OUTCOME_WRONG_STATE || outcome == OUTCOME_INVALID;
}

static void case_heard(struct world *world, struct ask *ask, enum outcome outcome,
                       struct bytes body)
{
    bool infrastructural = outcome == OUTCOME_OVERLOADED || outcome == OUTCOME_READ_ONLY ||
                           outcome == OUTCOME_FORBIDDEN;
    if (ask->foreign && ask->kind != ASK_DECIDE && !infrastructural &&
        outcome != OUTCOME_NOT_FOUND) {
        world_fail(world, "I11", "request %u (%s) of client %u on another's line was told %s",
                   ask->number, ask_kind_name(ask->kind), ask->client, outcome_name(outcome));
    } else if (!infrastructural && outcome != OUTCOME_MISMATCH && key_is_anothers(world, ask)) {
        world_fail(world, "I2", "request %u has the key and not the body of request %u and got %s",
                   ask->number, ask->key, outcome_name(outcome));
    } else if (outcome == OUTCOME_OK && ask->kind == ASK_DECIDE) {
        decided_told(world, ask, body);
    } else if (outcome == OUTCOME_OK || outcome == OUTCOME_CREATED || outcome == OUTCOME_DELETED) {
        case_done(world, ask, body);
    } else if (ask_is_of_sheets(ask->kind) && oracle_sheet_refused(world, ask, outcome)) {
        return;
    } else if (outcome == OUTCOME_NOT_FOUND) {
        not_found_told(world, ask, 0);
    } else if (outcome == OUTCOME_STALE) {
        stale_told(world, ask, 0);
    } else if (outcome == OUTCOME_WRONG_STATE) {
        state_told(world, ask, 0);
    } else if (outcome == OUTCOME_INVALID) {
        invalid_told(world, ask, body);
    } else if (outcome == OUTCOME_MISMATCH) {
        mismatch_told(world, ask);
    } else if (!infrastructural) {
        world_fail(world, "I17", "request %u (%s): no client expects %s", ask->number,
                   ask_kind_name(ask->kind), outcome_name(outcome));
    }
    if (ask->done && outcome_is_refusal(outcome) && ask->key != 0) {
        world_fail(world, "I2", "request %u (%s) was done; repeated with its key it got %s",
                   ask->number, ask_kind_name(ask->kind), outcome_name(outcome));
    }
}

void oracle_heard(struct world *world, struct ask *ask, enum outcome outcome, struct bytes body)
{
    view_begin(world);
    if (ask->kind >= ASK_TOKEN_ADD) {
        oracle_auth_heard(world, ask, outcome, body);
    } else {
        case_heard(world, ask, outcome, body);
    }
}
