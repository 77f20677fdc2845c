/* What a client asks next: real work, mistakes, and what only an attacker would send. Things are
 * chosen from what a GET shows, and sent a while later, so that versions are stale now and then. */
#include "base/check.h"
#include "tests/sim/cast.h"
#include "tests/sim/clients.h"
#include "tests/sim/view.h"
#include <string.h>

enum {
    DRAFTS = 1 << STATUS_DRAFT | 1 << STATUS_RETURNED,
    IN_REVIEW = 1 << STATUS_UNDER_REVIEW,
    ANY = DRAFTS | IN_REVIEW | 1 << STATUS_APPROVED | 1 << STATUS_REJECTED,
    LINES_KEPT = 9 /* a case does not grow beyond */
};

static uint32_t home_index(uint64_t home)
{
    for (uint32_t i = 0; i < CAST_HOMES; i++) {
        if (cast_homes[i].id == home) {
            return i;
        }
    }
    CHECK(false);
    return 0;
}

/* ---- what is wanted ---- */

static struct when when_any(struct world *world)
{
    static const uint16_t hours[][2] = {{480, 720}, {720, 1020}, {600, 900}, {1080, 1320}};
    uint64_t at = world_below(world, 4);
    struct when when = {.mode = TIME_CONTINUOUS,
                        .first_day =
                            taipei_day(world_wall(world)) + 3 + (int32_t)world_below(world, 25),
                        .from = hours[at][0],
                        .to = hours[at][1],
                        .count = 1};
    uint64_t mode = world_below(world, 6);
    if (mode >= 3) {
        when.count = (uint8_t)(2 + world_below(world, 2));
        when.mode = mode == 3 ? TIME_CONTINUOUS : mode == 4 ? TIME_RECURRING : TIME_DATES;
    }
    return when;
}

struct wanted wanted_any(struct world *world, const struct client *client, uint64_t home)
{
    static const uint8_t purposes[] = {15, 16, 21};
    uint32_t at = home_index(home);
    struct wanted wanted = {
        .person = client->play == PLAY_PERSON
                      ? client->who
                      : cast_person_of(at, (uint32_t)world_below(world, CAST_STAFF)).id,
        .target = cast_homes[(at + 1 + world_below(world, CAST_HOMES - 1)) % CAST_HOMES].id,
        .purpose = purposes[world_below(world, 3)],
        .when = when_any(world)};
    if (!world_chance(world, 9)) {
        return wanted;
    }
    wanted.fault = (enum fault)(1 + world_below(world, FAULT_NO_PURPOSE));
    if (wanted.fault == FAULT_FOREIGN_PERSON) {
        /* A colleague is not oneself; staff of another place is nobody's here. */
        wanted.person = client->play == PLAY_PERSON && world_chance(world, 2)
                            ? cast_person_of(at, 1).id
                            : cast_person_of((at + 1) % CAST_HOMES, 0).id;
    } else if (wanted.fault == FAULT_NO_TARGET) {
        wanted.target = 0;
    } else if (wanted.fault == FAULT_SAME_PLACE) {
        wanted.target = home;
    } else if (wanted.fault == FAULT_IN_THE_PAST) {
        wanted.when.first_day -= 60;
    } else {
        wanted.purpose = 0;
    }
    return wanted;
}

uint32_t key_or_none(struct world *world, const struct ask *ask)
{
    return world_chance(world, 10) ? 0 : ask->number;
}

static void pick_create(struct world *world, struct client *client)
{
    struct ask *ask = client_ask(world, client, ASK_CREATE);
    ask->home = client->home;
    ask->key = key_or_none(world, ask);
    ask->submit = world_chance(world, 2);
    ask->wanted_count = (uint8_t)(1 + world_below(world, WANTED_MAX));
    for (uint32_t i = 0; i < ask->wanted_count; i++) {
        ask->wanted[i] = wanted_any(world, client, ask->home);
    }
    client_post(world, client, ask);
}

/* ---- on what is there ---- */

static uint64_t own_person(const struct client *client)
{
    return client->play == PLAY_PERSON ? client->who : 0;
}

static void pick_edit_line(struct world *world, struct client *client, uint64_t home)
{
    struct line_state line;
    bool foreign = home != client->home;
    if (!view_pick(world, home, foreign ? 0 : own_person(client),
                   world_chance(world, 6) ? ANY : DRAFTS, &line)) {
        return;
    }
    struct ask *ask = client_ask(world, client, ASK_EDIT);
    ask->home = home;
    ask->foreign = foreign;
    ask->by_line = true;
    ask->line = line.id;
    ask->wanted_count = 1;
    ask->wanted[0] = wanted_any(world, client, client->home);
    ask->wanted[0].n = line.id.n;
    ask->wanted[0].version = line.version;
    client_post(world, client, ask);
}

static void pick_add_line(struct world *world, struct client *client)
{
    struct line_state line, all[LINES_KEPT + 1];
    if (!view_pick(world, client->home, own_person(client), ANY, &line) ||
        view_case_lines(world, line.id.in, all, LINES_KEPT + 1) > LINES_KEPT) {
        return;
    }
    struct ask *ask = client_ask(world, client, ASK_EDIT);
    ask->home = client->home;
    ask->by_line = true;
    ask->key = key_or_none(world, ask);
    ask->line = (struct line_id){.in = line.id.in};
    ask->wanted_count = 1;
    ask->wanted[0] = wanted_any(world, client, client->home);
    client_post(world, client, ask);
}

/* The lines of a case that a command on the whole means, as seen now; 0: no such case. */
static bool see_case(struct world *world, const struct client *client, struct ask *ask,
                     uint32_t statuses, enum move move)
{
    struct line_state line, all[ITEMS_MAX];
    struct case_record record;
    if (!view_pick(world, client->home, own_person(client), statuses, &line) ||
        !view_case(world, line.id.in, &record)) {
        return false;
    }
    ask->home = client->home;
    ask->line = (struct line_id){.in = line.id.in};
    ask->version = record.version;
    uint32_t count = view_case_lines(world, line.id.in, all, ITEMS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        bool visible = own_person(client) == 0 || all[i].person == client->who;
        if (visible && (statuses & (1u << all[i].status)) != 0) {
            ask->items[ask->items_count++] =
                (struct item){.line = all[i].id, .version = all[i].version, .move = move};
        }
    }
    return true;
}

static void pick_edit_case(struct world *world, struct client *client)
{
    struct ask seen = {0};
    if (!see_case(world, client, &seen, DRAFTS, MOVE_EDIT)) {
        return;
    }
    struct ask *ask = client_ask(world, client, ASK_EDIT);
    ask->home = client->home;
    ask->line = seen.line;
    ask->version = seen.version;
    for (uint32_t i = 0; i < seen.items_count && i < WANTED_MAX; i++) {
        ask->wanted[i] = wanted_any(world, client, client->home);
        ask->wanted[i].n = seen.items[i].line.n;
        ask->wanted[i].version = seen.items[i].version;
        ask->wanted_count++;
    }
    client_post(world, client, ask);
}

static void pick_whole(struct world *world, struct client *client, enum ask_kind kind)
{
    struct ask seen = {0};
    if (!see_case(world, client, &seen, DRAFTS, kind == ASK_SUBMIT ? MOVE_SUBMIT : MOVE_DELETE)) {
        return;
    }
    struct ask *ask = client_ask(world, client, kind);
    ask->home = client->home;
    ask->line = seen.line;
    ask->version = seen.version;
    ask->items_count = seen.items_count;
    memcpy(ask->items, seen.items, sizeof ask->items);
    if (kind == ASK_SUBMIT) {
        ask->key = key_or_none(world, ask);
    }
    client_post(world, client, ask);
}

static void pick_command(struct world *world, struct client *client, enum ask_kind kind,
                         uint64_t home)
{
    struct line_state line;
    bool foreign = home != client->home;
    uint32_t statuses = kind == ASK_WITHDRAW ? IN_REVIEW : DRAFTS;
    statuses = world_chance(world, 10) ? ANY : statuses;
    if (!view_pick(world, home, foreign ? 0 : own_person(client), statuses, &line)) {
        return;
    }
    struct ask *ask = client_ask(world, client, kind);
    ask->home = home;
    ask->foreign = foreign;
    ask->line = line.id;
    ask->version = line.version;
    ask->items_count = 1;
    ask->items[0] = (struct item){.line = line.id,
                                  .version = line.version,
                                  .move = kind == ASK_WITHDRAW ? MOVE_WITHDRAW
                                          : kind == ASK_SUBMIT ? MOVE_SUBMIT
                                                               : MOVE_DELETE};
    if (kind != ASK_DELETE_LINE) {
        ask->key = key_or_none(world, ask);
    }
    client_post(world, client, ask);
}

/* One line of the county in whatever state: it can't be decided unless it is under review. */
static uint32_t see_anything(struct world *world, uint32_t county, struct line_id *id)
{
    for (uint32_t i = 0; i < world->plan.homes; i++) {
        struct line_state line;
        if (cast_homes[i].county == county && view_pick(world, cast_homes[i].id, 0, ANY, &line)) {
            *id = line.id;
            return 1;
        }
    }
    return 0;
}

/* Up to four lines of the queue; a door sends one message a home, each with its own answer. */
static void pick_decide(struct world *world, struct client *client)
{
    static const enum move moves[] = {MOVE_APPROVE, MOVE_APPROVE, MOVE_REJECT, MOVE_RETURN};
    struct line_id queue[4];
    uint32_t county = client->county;
    bool foreign = world_chance(world, 15);
    if (foreign) {
        county = county == 63000 ? 64000 : 63000;
    }
    uint32_t count = world_chance(world, 8)
                         ? see_anything(world, county, queue)
                         : view_queue(world, county, queue, 1 + (uint32_t)world_below(world, 4));
    struct ask *asks[4];
    uint32_t asks_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct line_state line;
        if (!view_line(world, queue[i], &line)) {
            continue;
        }
        uint32_t at = 0;
        while (at < asks_count && asks[at]->home != queue[i].in.home) {
            at++;
        }
        if (at == asks_count) {
            asks[at] = client_ask(world, client, ASK_DECIDE);
            asks[at]->home = queue[i].in.home;
            asks[at]->foreign = foreign;
            asks[at]->key = key_or_none(world, asks[at]);
            asks_count++;
        }
        asks[at]->items[asks[at]->items_count++] = (struct item){
            .line = queue[i], .version = line.version, .move = moves[world_below(world, 4)]};
    }
    for (uint32_t i = 0; i < asks_count; i++) {
        client_post(world, client, asks[i]);
    }
}

void clients_decide_last(struct world *world)
{
    for (uint32_t i = 0; i < world->clients_count; i++) {
        struct client *client = &world->clients[i];
        struct line_id queue;
        struct line_state line;
        bool may = client->play == PLAY_OFFICER && client->session != 0 &&
                   oracle_session_usable(world, client->session);
        if (!may || view_queue(world, client->county, &queue, 1) == 0 ||
            !view_line(world, queue, &line)) {
            continue;
        }
        struct ask *ask = client_ask(world, client, ASK_DECIDE);
        ask->home = queue.in.home;
        ask->items[ask->items_count++] =
            (struct item){.line = queue, .version = line.version, .move = MOVE_APPROVE};
        client_post(world, client, ask);
    }
}

void pick_mismatch(struct world *world, struct client *client, struct ask *done)
{
    struct ask *ask = client_ask(world, client, done->kind);
    done->rival = ask->number;
    ask->home = done->home;
    ask->foreign = done->foreign;
    ask->line = done->line;
    ask->version = done->version;
    ask->by_line = done->by_line;
    ask->file = ask->number;
    ask->key = done->key;
    ask->body = ask->number;
    ask->items_count = done->items_count;
    memcpy(ask->items, done->items, sizeof ask->items);
    for (uint32_t i = 0; i < done->items_count && ask->kind == ASK_DECIDE; i++) {
        ask->items[i].move = MOVE_REJECT;
    }
    ask->wanted_count = done->wanted_count;
    for (uint32_t i = 0; i < done->wanted_count; i++) {
        ask->wanted[i] = wanted_any(world, client, client->home);
        ask->wanted[i].n = done->wanted[i].n;
        ask->wanted[i].version = done->wanted[i].version;
    }
    client_post(world, client, ask);
}

/* ---- sessions and tokens ---- */

static void pick_session(struct world *world, struct client *client, enum ask_kind kind)
{
    struct ask *ask = client_ask(world, client, kind);
    ask->session = kind == ASK_TOUCH ? 0 : client->session;
    ask->version = client->session; /* the one that is meant */
    ask->fresh = oracle_secret(world, client->session);
    client_post(world, client, ask);
}

static void pick_another_login(struct client *client)
{
    client->session = 0; /* the old one is not ended: up to three may be open */
}

/* ---- the operator: cards and officers first, then a token now and then ---- */

void pick_setup(struct world *world, struct client *client)
{
    uint32_t step = 0;
    for (uint32_t i = 1; i < world->clients_count; i++) {
        const struct client *other = &world->clients[i];
        bool own_card = other->subject == i && !other->first_use;
        if (own_card && step++ == client->setup_next) {
            struct ask *ask = client_ask(world, client, ASK_BIND);
            ask->subject = i;
            ask->home = other->who;
            ask->version = other->role;
            client_post(world, client, ask);
            return;
        }
        if (other->play == PLAY_OFFICER && other->subject == i && step++ == client->setup_next) {
            struct ask *ask = client_ask(world, client, ASK_ENROL);
            ask->home = other->who;
            ask->version = other->county;
            client_post(world, client, ask);
            return;
        }
    }
}

static void pick_operator(struct world *world, struct client *client)
{
    if (client->setup_next < world->setup_count) {
        pick_setup(world, client);
        return;
    }
    if (!world_chance(world, 40)) {
        return;
    }
    struct client *other = &world->clients[1 + 2 * world_below(world, world->plan.homes)];
    bool add = other->token == 0 || !oracle_session_usable(world, other->token);
    struct ask *ask = client_ask(world, client, add ? ASK_TOKEN_ADD : ASK_TOKEN_REVOKE);
    ask->home = other->home;
    if (add) {
        ask->fresh = ask_digest(ask->number, 78);
        ask->version = oracle_session_new(world, other->number, true, &ask->fresh);
    } else {
        ask->fresh = oracle_secret(world, other->token);
        ask->version = other->token;
    }
    client_post(world, client, ask);
}

/* ---- the choice ---- */

static void pick_filing(struct world *world, struct client *client)
{
    uint64_t foreign = cast_homes[world_below(world, world->plan.homes)].id;
    uint64_t dice = world_below(world, 100);
    if (dice < 22) {
        pick_create(world, client);
    } else if (dice < 36) {
        pick_sheet(world, client);
    } else if (dice < 45) {
        pick_edit_line(world, client, client->home);
    } else if (dice < 51) {
        pick_edit_case(world, client);
    } else if (dice < 56) {
        pick_add_line(world, client);
    } else if (dice < 66) {
        pick_command(world, client, ASK_SUBMIT, client->home);
    } else if (dice < 75) {
        pick_whole(world, client, ASK_SUBMIT);
    } else if (dice < 81) {
        pick_command(world, client, ASK_WITHDRAW, client->home);
    } else if (dice < 85) {
        pick_command(world, client, ASK_DELETE_LINE, client->home);
    } else if (dice < 88) {
        pick_whole(world, client, ASK_DELETE_CASE);
    } else if (dice < 90) {
        pick_edit_line(world, client, foreign);
    } else if (dice < 92) {
        pick_command(world, client, ASK_WITHDRAW, foreign);
    } else if (dice < 95) {
        pick_session(world, client, ASK_TOUCH);
    } else if (dice < 97) {
        pick_session(world, client, ASK_LOGOUT);
    } else {
        pick_another_login(client);
    }
}

void pick_next(struct world *world, struct client *client)
{
    view_begin(world);
    if (client->play == PLAY_OPERATOR) {
        pick_operator(world, client);
    } else if (client->play == PLAY_OFFICER) {
        uint64_t dice = world_below(world, 100);
        if (dice < 92) {
            pick_decide(world, client);
        } else if (dice < 95) {
            pick_session(world, client, ASK_TOUCH);
        } else if (dice < 97) {
            pick_session(world, client, ASK_LOGOUT);
        } else {
            pick_another_login(client);
        }
    } else if (client->play == PLAY_CLUMSY) {
        client->session = 0; /* it got in after all: once more */
    } else {
        pick_filing(world, client);
    }
}
