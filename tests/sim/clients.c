#include "tests/sim/clients.h"
#include "base/check.h"
#include "tests/sim/cast.h"
#include <stdlib.h>
#include <string.h>

enum { BUSY_MAX = 2, WAIT_UP_US = 4000 };

/* ---- who there is ---- */

static struct client *client_add(struct world *world, enum play play, enum card_role role,
                                 uint64_t who)
{
    CHECK(world->clients_count < CLIENTS_MAX);
    struct client *client = &world->clients[world->clients_count];
    *client = (struct client){.number = world->clients_count,
                              .play = play,
                              .subject = world->clients_count,
                              .role = role,
                              .who = who};
    world->clients_count++;
    return client;
}

static bool county_is_there(const struct world *world, uint32_t county)
{
    for (uint32_t i = 0; i < world->plan.homes; i++) {
        if (cast_homes[i].county == county) {
            return true;
        }
    }
    return false;
}

/* A card for each but those of first use; officers are enrolled besides. */
static uint32_t setup_steps(const struct world *world)
{
    uint32_t steps = 0;
    for (uint32_t i = 1; i < world->clients_count; i++) {
        const struct client *client = &world->clients[i];
        if (client->subject == i) {
            steps += client->first_use ? 0 : 1;
            steps += client->play == PLAY_OFFICER ? 1 : 0;
        }
    }
    return steps;
}

void clients_open(struct world *world)
{
    world->clients = calloc(CLIENTS_MAX, sizeof *world->clients);
    CHECK(world->clients != NULL);
    client_add(world, PLAY_OPERATOR, ROLE_OPS, 0);
    for (uint32_t i = 0; i < world->plan.homes; i++) {
        struct client *client =
            client_add(world, PLAY_INSTITUTION, ROLE_INSTITUTION, cast_homes[i].id);
        client->home = client->who;
        client = client_add(world, PLAY_PERSON, ROLE_PERSON, cast_person_of(i, 0).id);
        client->home = cast_homes[i].id;
        client->first_use = i % 2 == 1;
    }
    for (uint32_t i = 0; i < CAST_OFFICERS; i++) {
        if (county_is_there(world, cast_officers[i].county)) {
            struct client *client =
                client_add(world, PLAY_OFFICER, ROLE_BUREAU, cast_officers[i].id);
            client->county = cast_officers[i].county;
        }
    }
    uint32_t first_officer = 1 + 2 * world->plan.homes;
    struct client *second = client_add(world, PLAY_OFFICER, ROLE_BUREAU, cast_officers[0].id);
    second->county = cast_officers[0].county;
    second->subject = first_officer; /* the same officer at another desk */
    struct client *clumsy = client_add(world, PLAY_CLUMSY, ROLE_PERSON, cast_person_of(0, 2).id);
    clumsy->home = cast_homes[0].id;
    world->setup_count = setup_steps(world);
    for (uint32_t i = 0; i < world->clients_count && !world->plan.quiet; i++) {
        world_push(world, EVENT_CLIENT, 100 + (int64_t)world_below(world, 5000))->number = i;
    }
}

void clients_close(struct world *world)
{
    free(world->clients);
}

/* ---- asking ---- */

struct ask *client_ask(struct world *world, struct client *client, enum ask_kind kind)
{
    struct ask *ask = ask_new(world, kind, client->number);
    ask->subject = client->subject;
    ask->session = client->session;
    if (client->token != 0 && oracle_session_usable(world, client->token) &&
        world_chance(world, 3)) {
        ask->session = client->token;
    }
    return ask;
}

void client_post(struct world *world, struct client *client, struct ask *ask)
{
    client->busy++;
    ask->posted++;
    world_push(world, EVENT_SEND, (int64_t)world_below(world, (uint64_t)world->plan.think_us + 1))
        ->number = ask->number;
}

/* With a key, or an end: both may be asked for again without harm. */
static bool ask_is_repeatable(const struct ask *ask)
{
    return ask->key != 0 || ask->kind == ASK_LOGOUT || ask->kind == ASK_TOKEN_REVOKE;
}

void client_send(struct world *world, uint32_t number)
{
    struct ask *ask = ask_of(world, number);
    if (!world->up) {
        world_push(world, EVENT_SEND, WAIT_UP_US)->number = number;
        return;
    }
    uint16_t loop = (uint16_t)world_below(world, world->plan.shards);
    if (ask_is_repeatable(ask) && !ask->retried && world_chance(world, 8)) {
        /* A double click: two at once, on two connections. */
        world->totals.retries++;
        ask->retried = true;
        ask->calls_open++; /* so that the first answer does not end the ask */
        call_send(world, ask, loop);
        ask->calls_open--;
        loop = (uint16_t)world_below(world, world->plan.shards);
    }
    call_send(world, ask, loop);
}

static void client_repeat(struct world *world, struct client *client, struct ask *ask)
{
    world->totals.retries++;
    ask->retried = true;
    if (ask->session != 0 && ask->kind != ASK_LOGOUT) {
        ask->session = client->session;
    }
    client_post(world, client, ask);
}

static void client_login(struct world *world, struct client *client)
{
    struct ask *ask = client_ask(world, client, ASK_CHALLENGE);
    ask->session = 0;
    ask->version = client->role;
    ask->first_use = client->first_use;
    ask->home = client->who;
    for (size_t i = 0; i < sizeof ask->id; i++) {
        ask->id[i] = (uint8_t)prng_next(&world->prng);
    }
    client->logging_in = true;
    client_post(world, client, ask);
}

static void client_prove(struct world *world, struct client *client, const struct ask *challenge,
                         struct bytes body)
{
    struct challenge_reply reply;
    bool read = challenge_reply_read(body, &reply);
    CHECK(read);
    struct ask *ask = client_ask(world, client, ASK_PROOF);
    ask->session = 0;
    memcpy(ask->id, challenge->id, sizeof ask->id);
    ask->tbs = arena_copy(&world->memory, reply.tbs);
    ask->fresh = ask_digest(ask->number, 77);
    if (client->play == PLAY_CLUMSY) {
        ask->faulty = client->wrong++ % 7 < 5 || world_chance(world, 2);
    }
    client_post(world, client, ask);
}

/* ---- hearing ---- */

static void client_ask_over(struct client *client, struct ask *ask)
{
    if (ask->calls_open == 0) {
        CHECK(client->busy >= ask->posted);
        client->busy -= ask->posted;
        ask->posted = 0;
    }
}

static void remember_question(struct client *client, const struct ask *ask)
{
    for (uint32_t i = 0; i < client->questions_count; i++) {
        if (client->questions[i] == ask->number) {
            return;
        }
    }
    if (client->questions_count < QUESTIONS_MAX) {
        client->questions[client->questions_count++] = ask->number;
    }
}

static void login_heard(struct world *world, struct client *client, const struct ask *ask,
                        enum outcome outcome, struct bytes body)
{
    if (ask->kind == ASK_CHALLENGE && outcome == OUTCOME_OK) {
        client_prove(world, client, ask, body);
        return;
    }
    client->logging_in = false;
    if (ask->kind == ASK_PROOF && outcome == OUTCOME_OK) {
        client->session = ask->version; /* given by the oracle when it was sent */
    }
}

static void client_done(struct world *world, struct client *client, const struct ask *ask)
{
    if (ask->kind == ASK_BIND || ask->kind == ASK_ENROL) {
        client->setup_next++;
    } else if (ask->kind == ASK_LOGOUT) {
        client->session = client->session == ask->version ? 0 : client->session;
    } else if (ask->kind == ASK_TOKEN_ADD) {
        for (uint32_t i = 0; i < world->clients_count; i++) {
            if (world->clients[i].play == PLAY_INSTITUTION && world->clients[i].home == ask->home) {
                world->clients[i].token = ask->version;
            }
        }
    } else if (ask->key != 0 && ask->body == 0) {
        client->recent[client->recent_count % RECENT_MAX] = ask->number;
        client->recent_count++;
    }
}

static bool outcome_is_done(enum outcome outcome)
{
    return outcome == OUTCOME_OK || outcome == OUTCOME_CREATED || outcome == OUTCOME_DELETED;
}

static bool outcome_is_later(enum outcome outcome)
{
    return outcome == OUTCOME_OVERLOADED || outcome == OUTCOME_READ_ONLY ||
           outcome == OUTCOME_STARTING;
}

void client_heard(struct world *world, struct ask *ask, enum outcome outcome, struct bytes body)
{
    struct client *client = &world->clients[ask->client];
    if (outcome == OUTCOME_FORBIDDEN && ask->session == client->session) {
        client->session = 0;
    }
    if (ask->kind == ASK_CHALLENGE || ask->kind == ASK_PROOF) {
        login_heard(world, client, ask, outcome, body);
    } else if (outcome_is_done(outcome)) {
        client_done(world, client, ask);
    } else if (ask_is_repeatable(ask) && !world->calm &&
               (outcome_is_later(outcome) || (outcome == OUTCOME_FORBIDDEN && ask->key != 0)) &&
               world_chance(world, 2)) {
        remember_question(client, ask);
    }
    client_ask_over(client, ask);
}

void client_not_heard(struct world *world, struct ask *ask)
{
    struct client *client = &world->clients[ask->client];
    if (ask->kind == ASK_CHALLENGE || ask->kind == ASK_PROOF) {
        client->logging_in = false;
    } else if (ask_is_repeatable(ask)) {
        remember_question(client, ask);
    }
    client_ask_over(client, ask);
}

/* ---- turns ---- */

static struct ask *client_question(struct world *world, struct client *client)
{
    while (client->questions_count > 0) {
        struct ask *ask = ask_of(world, client->questions[0]);
        client->questions_count--;
        memmove(client->questions, client->questions + 1,
                client->questions_count * sizeof client->questions[0]);
        if (!ask->done && ask->calls_open == 0) {
            return ask;
        }
    }
    return NULL;
}

static bool client_has_session(struct world *world, const struct client *client)
{
    return client->session != 0 && oracle_session_usable(world, client->session);
}

static void client_act(struct world *world, struct client *client)
{
    bool asks_again = client->questions_count > 0 && (world->calm || world_chance(world, 2));
    if (world->calm && !asks_again) {
        return;
    }
    if (client->play != PLAY_OPERATOR && !client_has_session(world, client)) {
        if (!client->logging_in && world->clients[0].setup_next >= world->setup_count) {
            client_login(world, client);
        }
        return;
    }
    if (asks_again) {
        struct ask *ask = client_question(world, client);
        if (ask != NULL) {
            client_repeat(world, client, ask);
        }
        return;
    }
    if (client->recent_count > 0 && world_chance(world, 12)) {
        uint32_t there = client->recent_count < RECENT_MAX ? client->recent_count : RECENT_MAX;
        struct ask *done = ask_of(world, client->recent[world_below(world, there)]);
        if (done->calls_open > 0) {
            return;
        }
        /* What was imported is told again whatever the key and the body. */
        if (done->kind != ASK_UPLOAD_IMPORT && world_chance(world, 3)) {
            pick_mismatch(world, client, done);
        } else {
            client_repeat(world, client, done);
        }
        return;
    }
    pick_next(world, client);
}

void client_turn(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    int64_t think = world->plan.think_us;
    world_push(world, EVENT_CLIENT, think / 2 + (int64_t)world_below(world, (uint64_t)think))
        ->number = number;
    uint32_t most = client->play == PLAY_OPERATOR || client->play == PLAY_CLUMSY ? 1 : BUSY_MAX;
    if (world->up && client->busy < most) {
        client_act(world, client);
    }
}

bool clients_are_done(const struct world *world)
{
    if (world->calls_open > 0) {
        return false;
    }
    for (uint32_t i = 0; i < world->clients_count; i++) {
        if (world->clients[i].busy > 0 || world->clients[i].questions_count > 0) {
            return false;
        }
    }
    return true;
}
