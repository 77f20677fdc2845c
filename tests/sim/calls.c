/* From a client through a door to an actor, and back: each call is answered once, or its client
 * knows that it does not know (API 1). */
#include "actors/desk.h"
#include "base/check.h"
#include "tests/sim/oracle.h"
#include "tests/sim/sheets.h"
#include "tests/sim/world.h"
#include <stdlib.h>
#include <string.h>

enum { CALLS_FIRST = 512, ASKS_FIRST = 256, DOOR_WAITS_US = 30 * 1000 * 1000 };

struct ask *ask_new(struct world *world, enum ask_kind kind, uint32_t client)
{
    if (world->asks_count == world->asks_capacity) {
        world->asks_capacity = world->asks_capacity == 0 ? ASKS_FIRST : world->asks_capacity * 2;
        world->asks = reallocarray(world->asks, world->asks_capacity, sizeof(struct ask *));
        CHECK(world->asks != NULL);
    }
    struct ask *ask = arena_alloc_zero(&world->memory, sizeof *ask);
    CHECK(ask != NULL);
    world->asks[world->asks_count++] = ask;
    ask->number = world->asks_count;
    ask->kind = kind;
    ask->client = client;
    return ask;
}

struct ask *ask_of(const struct world *world, uint32_t number)
{
    CHECK(number > 0 && number <= world->asks_count);
    return world->asks[number - 1];
}

static uint32_t call_new(struct world *world, struct ask *ask, uint16_t loop)
{
    if (world->calls_count == world->calls_capacity) {
        world->calls_capacity =
            world->calls_capacity == 0 ? CALLS_FIRST : world->calls_capacity * 2;
        world->calls = reallocarray(world->calls, world->calls_capacity, sizeof *world->calls);
        CHECK(world->calls != NULL);
    }
    world->calls[world->calls_count] =
        (struct call){.ask = ask->number, .epoch = world->epoch, .loop = loop};
    ask->calls_open++;
    world->calls_open++;
    return world->calls_count++;
}

static void call_close(struct world *world, struct call *call, enum call_state state)
{
    CHECK(call->state == CALL_OPEN && world->calls_open > 0);
    struct ask *ask = ask_of(world, call->ask);
    call->state = state;
    world->calls_open--;
    CHECK(ask->calls_open > 0);
    ask->calls_open--;
    ask->unknown = ask->unknown || state == CALL_UNKNOWN;
}

/* ---- there ---- */

enum session_end door_session(const struct world *world, uint16_t loop, const struct digest *secret,
                              struct principal *who)
{
    const struct sessions *sessions =
        desk_sessions(shard_peek(world->shards[loop], (struct addr){ACTOR_DESK, loop}));
    const struct session *session = sessions == NULL ? NULL : sessions_find(sessions, secret);
    if (session == NULL) {
        return SESSION_ENDED;
    }
    *who = session->principal;
    return sessions_state(session, world_wall(world));
}

static bool door_lets_in(struct world *world, struct ask *ask, uint16_t loop, struct principal *who)
{
    *who = (struct principal){.kind = ask->kind == ASK_CHALLENGE || ask->kind == ASK_PROOF
                                          ? PRINCIPAL_NONE
                                          : PRINCIPAL_SYSTEM,
                              .method = METHOD_SYSTEM};
    if (ask->session == 0) {
        return true;
    }
    struct digest secret = oracle_secret(world, ask->session);
    enum session_end how = door_session(world, loop, &secret, who);
    oracle_door(world, ask, loop, how, who);
    return how == SESSION_LIVE;
}

void call_send(struct world *world, struct ask *ask, uint16_t loop)
{
    CHECK(world->up && loop < world->plan.shards);
    uint32_t number = call_new(world, ask, loop);
    world_note(world, ask_kind_name(ask->kind), ask->number, ask->client, loop);
    world_tell(world, "request %s by client %u on loop %u", ask_kind_name(ask->kind), ask->client,
               loop);
    oracle_sent(world, ask);
    world_called(world);
    struct ticket ticket = {.loop = loop, .slot = number, .generation = world->epoch + 1};
    struct principal who;
    if (!door_lets_in(world, ask, loop, &who)) {
        call_reply(world, ticket, OUTCOME_FORBIDDEN, (struct bytes){0});
        return;
    }
    world_push(world, EVENT_TIMEOUT, DOOR_WAITS_US)->number = number;
    struct letter *letter = ask_letter(ask, &who, ticket);
    if (ask->kind == ASK_UPLOAD_IMPORT) {
        sheet_lines_for(world, ask, letter);
    }
    if (addr_shard(letter->msg.to, world->plan.shards) == loop) {
        process_letter(world, loop, letter);
    } else {
        process_send(world, loop, letter,
                     20 + (int64_t)world_below(world, 1 + (uint64_t)world->plan.remote_us));
    }
}

/* ---- back ---- */

void call_reply(struct world *world, struct ticket ticket, enum outcome outcome, struct bytes body)
{
    CHECK(ticket.slot < world->calls_count);
    struct call *call = &world->calls[ticket.slot];
    struct ask *ask = ask_of(world, call->ask);
    if (call->state == CALL_ANSWERED || ticket.generation != call->epoch + 1) {
        world_fail(world, "I17", "request %u (%s) of client %u is answered twice, now %s",
                   ask->number, ask_kind_name(ask->kind), ask->client, outcome_name(outcome));
        return;
    }
    if (call->state == CALL_UNKNOWN) {
        return; /* the door had given up: a stale ticket */
    }
    call_close(world, call, CALL_ANSWERED);
    world->totals.answers++;
    world_note(world, outcome_name(outcome), ask->number, ticket.slot, body.size);
    world_tell(world, "answer  %s", outcome_name(outcome));
    if (world_chance(world, world->plan.lost_one_in)) {
        world->totals.lost++;
        ask->unknown = true;
        client_not_heard(world, ask);
        return;
    }
    oracle_heard(world, ask, outcome, body);
    client_heard(world, ask, outcome, body);
}

void call_post_failed(struct world *world, const struct letter *letter, enum post post)
{
    if (letter->msg.ticket.generation != 0) {
        call_reply(world, letter->msg.ticket,
                   post == POST_FULL ? OUTCOME_OVERLOADED : OUTCOME_READ_ONLY, (struct bytes){0});
    }
}

void call_timeout(struct world *world, uint32_t number)
{
    struct call *call = &world->calls[number];
    if (call->state == CALL_OPEN) {
        call_close(world, call, CALL_UNKNOWN);
        client_not_heard(world, ask_of(world, call->ask));
    }
}

void calls_lost(struct world *world)
{
    for (uint32_t i = 0; i < world->calls_count; i++) {
        if (world->calls[i].state == CALL_OPEN) {
            call_close(world, &world->calls[i], CALL_UNKNOWN);
            client_not_heard(world, ask_of(world, world->calls[i].ask));
        }
    }
}
