/* Posting and running: the loop's side of DESIGN 3. */
#include "rt/shard.h"
#include "base/check.h"
#include "rt/shard_private.h"
#include <stdlib.h>

enum {
    TURN_CHUNK = 256 * 1024,
    TURN_QUOTA = 64 << 20,
    SHEET_BEHIND_OPS = 1024,
    SHEET_BATCHES_MAX = 4
};

enum err shard_open(const struct shard_config *config, struct shard **out)
{
    CHECK(config->shards > 0 && config->index < config->shards);
    CHECK(config->turns_visit > 0 && config->mailbox_max > 0);
    struct shard *shard = calloc(1, sizeof *shard);
    if (shard == NULL) {
        return ERR_NO_MEMORY;
    }
    shard->config = *config;
    map_init(&shard->by_hash);
    deadlines_init(&shard->deadlines);
    arena_init(&shard->turn_memory, TURN_CHUNK, TURN_QUOTA);
    prng_seed(&shard->prng, config->seed);
    for (size_t i = 0; i < ARRAY_COUNT(shard->batches); i++) {
        enum err err = batch_init(&shard->batches[i], config->index);
        if (err != ERR_OK) {
            shard_close(shard);
            return err;
        }
    }
    batch_begin(&shard->batches[0], 1);
    shard->open = &shard->batches[0];
    *out = shard;
    return ERR_OK;
}

void shard_close(struct shard *shard)
{
    if (shard == NULL) {
        return;
    }
    shard_actors_free(shard);
    for (size_t i = 0; i < ARRAY_COUNT(shard->batches); i++) {
        batch_deinit(&shard->batches[i]);
    }
    arena_deinit(&shard->turn_memory);
    deadlines_deinit(&shard->deadlines);
    map_deinit(&shard->by_hash);
    free(shard);
}

void shard_set_facts(struct shard *shard, const struct facts *facts)
{
    shard->facts = facts;
}

enum post shard_post(struct shard *shard, struct letter *letter)
{
    struct addr to = letter->msg.to;
    CHECK(addr_shard(to, shard->config.shards) == shard->config.index);
    bool door = msg_from_door(letter->msg.kind);
    if (door && !shard_delivers_to(shard, to)) {
        return POST_READ_ONLY;
    }
    struct actor *actor = shard_actor_need(shard, to);
    if (actor == NULL) {
        return POST_FULL;
    }
    if (!door) {
        mailbox_put_inner(&actor->mail, letter);
    } else if (actor->mail.door_count >= shard->config.mailbox_max) {
        shard->metrics.counters[METRIC_MAILBOX_FULL]++;
        return POST_FULL;
    } else {
        mailbox_put_door(&actor->mail, letter);
    }
    shard->metrics.counters[METRIC_MESSAGES]++;
    shard_actor_queue(shard, actor);
    return POST_TAKEN;
}

static bool letter_is_current(const struct letter *letter, const struct actor *actor)
{
    switch (letter->msg.kind) {
    case MSG_TIMER: return letter->msg.u.timer.incarnation == actor->incarnation;
    case MSG_WORK_DONE:
    case MSG_OUTSIDE_DONE: return letter->msg.u.work.incarnation == actor->incarnation;
    case MSG_RESTORE_ROW:
    case MSG_RESTORED:
    case MSG_WAKE:
    case MSG_DESK_DONE:
    case MSG_CASE_CREATE:
    case MSG_CASE_EDIT:
    case MSG_CASE_DELETE:
    case MSG_LINE_DELETE:
    case MSG_SUBMIT:
    case MSG_WITHDRAW:
    case MSG_DECIDE:
    case MSG_TOKEN_ADD:
    case MSG_TOKEN_REVOKE:
    case MSG_UPLOAD_ADD:
    case MSG_UPLOAD_IMPORT:
    case MSG_UPLOAD_DELETE:
    case MSG_CHALLENGE:
    case MSG_PROOF:
    case MSG_SESSION_TOUCH:
    case MSG_SESSION_END:
    case MSG_CARD_BIND:
    case MSG_ENROL:
    case MSG_SESSIONS_REVIEW:
    case MSG_DESK_CHANGE:
    case MSG_REGISTRY_PUT:
    case MSG_TRANSFER_RUN:
    case MSG_TRANSFER_RESEND: return true;
    case MSG_KINDS: break;
    }
    CHECK(false);
    return false;
}

/* An institution has no work but sheets. */
static void turn_measure(struct shard *shard, enum actor_kind actor, enum msg_kind kind)
{
    struct histogram *histograms = shard->metrics.histograms;
    uint64_t us = shard_stopwatch_us(shard) - shard->turn_began_us;
    histogram_add(&histograms[METRIC_TURN_US], us);
    if (actor == ACTOR_INSTITUTION && kind == MSG_WORK_DONE) {
        histogram_add(&histograms[METRIC_SHEET_CHECK_US], us);
    } else if (kind == MSG_UPLOAD_IMPORT) {
        histogram_add(&histograms[METRIC_SHEET_IMPORT_US], us);
    }
}

static void shard_turn(struct shard *shard, struct actor *actor, struct letter *letter,
                       struct wall now, struct tick tick)
{
    struct msg *msg = &letter->msg;
    if (msg_from_door(msg->kind) && !actor_ticket_open(actor, msg->ticket)) {
        shard->config.doors.reply(shard->config.doors.self, msg->ticket, OUTCOME_OVERLOADED,
                                  (struct bytes){0});
        letter_free(letter);
        return;
    }
    msg->now = now;
    msg->tick = tick;
    msg->entropy = prng_next(&shard->prng);
    msg->facts = shard->facts;
    msg->loops = shard->config.shards;
    msg->incarnation = actor->incarnation;
    shard->turn_began_us = shard_stopwatch_us(shard);
    effects_begin(&shard->effects, &shard->turn_memory, false);
    actor->ops->receive(actor->state, msg, &shard->effects);
    /* Where memory ran out the state may be half done: the turn is dropped, the actor with it. */
    shard->effects.failed = shard->effects.failed || shard->turn_memory.dry || actor->memory.dry;
    CHECK(shard->effects.failed || actor->ops->sound(actor->state));
    if (shard->config.doors.turn != NULL) {
        shard->config.doors.turn(shard->config.doors.self, actor->addr, msg->kind, &shard->effects);
    }
    enum actor_kind actor_kind = actor->addr.kind;
    enum msg_kind kind = msg->kind;
    actor->used = ++shard->turns;
    shard->metrics.counters[METRIC_TURNS]++;
    shard_count_bytes(shard, actor);
    shard_carry_out(shard, actor); /* may evict the actor: not touched behind this */
    letter_free(letter);
    turn_measure(shard, actor_kind, kind);
}

static void shard_ring(struct shard *shard, struct tick tick)
{
    struct deadline due;
    while (deadlines_take(&shard->deadlines, tick, &due)) {
        struct actor *actor = shard_actor(shard, due.who);
        if (actor == NULL || actor->incarnation != due.incarnation) {
            continue;
        }
        struct letter *letter = letter_new();
        if (letter == NULL) { /* a lost timer would stall its actor for ever */
            due.at.ms = tick.ms + SHARD_RETRY_MS;
            enum err err =
                deadlines_add(&shard->deadlines, due.at, due.who, due.incarnation, due.tag);
            CHECK(err == ERR_OK); /* its place was given back just now */
            continue;
        }
        letter->msg.kind = MSG_TIMER;
        letter->msg.to = due.who;
        letter->msg.u.timer.tag = due.tag;
        letter->msg.u.timer.incarnation = due.incarnation;
        mailbox_put_inner(&actor->mail, letter);
        shard_actor_queue(shard, actor);
    }
}

/* Is the open batch small enough for a turn about a whole sheet? Such a turn puts thousands of
 * rows: two in a batch, and a filing of one line waits for both. Where every batch is large by
 * itself, each fifth takes a sheet all the same. */
static bool shard_has_room_for_sheet(const struct shard *shard)
{
    bool small = shard->open->ops_count < SHEET_BEHIND_OPS;
    bool long_ago = shard->open->sequence - shard->sheet_in > SHEET_BATCHES_MAX;
    return (small || long_ago) && !batch_is_full(shard->open);
}

/* One letter of the actor; false: it had none that is current. */
static bool actor_turn(struct shard *shard, struct actor *actor, struct wall now, struct tick tick)
{
    struct letter *letter = mailbox_take(&actor->mail);
    if (letter == NULL) {
        return false;
    }
    if (!letter_is_current(letter, actor)) {
        letter_free(letter);
        return false;
    }
    shard_turn(shard, actor, letter, now, tick);
    return true;
}

/* Up to turns_visit turns of one actor, but none about a sheet. */
static size_t actor_visit(struct shard *shard, struct actor *actor, struct wall now,
                          struct tick tick, size_t turns_max)
{
    struct addr who = actor->addr;
    uint32_t incarnation = actor->incarnation;
    size_t turns = 0;
    for (uint32_t visit = 0; visit < shard->config.turns_visit && turns < turns_max; visit++) {
        if (mailbox_is_empty(&actor->mail) || mailbox_has_only_sheets(&actor->mail)) {
            break;
        }
        turns += actor_turn(shard, actor, now, tick) ? 1 : 0;
        actor = shard_actor(shard, who);
        if (actor == NULL || actor->incarnation != incarnation || actor->life != LIFE_LIVE ||
            batch_is_full(shard->open)) {
            break;
        }
    }
    if (actor != NULL) {
        shard_actor_queue(shard, actor);
    }
    return turns;
}

size_t shard_run(struct shard *shard, struct wall now, struct tick tick, size_t turns_max)
{
    size_t turns = 0;
    struct actor *actor = NULL;
    shard->tick = tick;
    shard_actors_reload(shard);
    shard_ring(shard, tick);
    size_t kept = shard->ready_sheets.first != NULL && turns_max > 1 ? 1 : 0; /* for a sheet */
    while (turns < turns_max - kept && !batch_is_full(shard->open) &&
           (actor = shard_actor_next(shard, &shard->ready)) != NULL) {
        turns += actor_visit(shard, actor, now, tick, turns_max - kept - turns);
    }
    /* One and no more: then the loop looks who else has come. */
    if (turns < turns_max && shard_has_room_for_sheet(shard) &&
        (actor = shard_actor_next(shard, &shard->ready_sheets)) != NULL) {
        struct addr who = actor->addr;
        shard->sheet_in = shard->open->sequence;
        turns += actor_turn(shard, actor, now, tick) ? 1 : 0;
        actor = shard_actor(shard, who);
        if (actor != NULL) {
            shard_actor_queue(shard, actor);
        }
    }
    return turns;
}

bool shard_has_work(const struct shard *shard)
{
    bool sheets = shard->ready_sheets.first != NULL && shard_has_room_for_sheet(shard);
    return (shard->ready.first != NULL || sheets) && !batch_is_full(shard->open);
}

bool shard_deadline(const struct shard *shard, struct tick *at)
{
    bool found = deadlines_nearest(&shard->deadlines, at);
    if (shard->reload_at.ms != 0 && (!found || shard->reload_at.ms < at->ms)) {
        *at = shard->reload_at;
        found = true;
    }
    return found;
}

/* Nothing was done of it yet, and nobody knows when something will be. */
static void doors_refuse_read_only(struct shard *shard, struct actor *actor)
{
    for (struct letter *letter; (letter = mailbox_take_door(&actor->mail)) != NULL;) {
        if (letter->msg.ticket.generation != 0) {
            shard->config.doors.reply(shard->config.doors.self, letter->msg.ticket,
                                      OUTCOME_READ_ONLY, (struct bytes){0});
        }
        letter_free(letter);
    }
}

void shard_set_read_only(struct shard *shard, bool read_only)
{
    shard->read_only = read_only;
    for (uint32_t i = 0; i < shard->actors_capacity; i++) {
        struct actor *actor = shard->actors[i];
        if (actor == NULL) {
            continue;
        }
        if (!shard_delivers_to(shard, actor->addr)) {
            doors_refuse_read_only(shard, actor);
        }
        shard_actor_queue(shard, actor);
    }
}

struct metrics *shard_metrics(struct shard *shard)
{
    return &shard->metrics;
}

bool shard_is_quiet(const struct shard *shard)
{
    if (shard->in_flight != NULL || shard->open->ops_count > 0 || shard->open->held_count > 0) {
        return false;
    }
    for (uint32_t i = 0; i < shard->actors_capacity; i++) {
        const struct actor *actor = shard->actors[i];
        if (actor != NULL && (!mailbox_is_empty(&actor->mail) || actor->tickets_count > 0)) {
            return false;
        }
    }
    return true;
}
