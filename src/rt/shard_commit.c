/* From a turn's effects to the batch, and from the durable batch to the world.
 *
 * The held-output rule, one comparison: an actor's output leaves at once unless the actor has
 * changed something that is not durable yet; then it waits in the batch of that change (DESIGN 5).
 */
#include "base/check.h"
#include "rt/rules.h"
#include "rt/shard_private.h"

static bool writer_may(const struct table_info *info, const struct actor *actor,
                       const struct effect *effect)
{
    switch (info->keys) {
    case KEYS_OWNED: {
        struct reader key = reader_of(effect->u.row.key);
        return info->writer == actor->addr.kind && read_u64(&key) == actor->addr.id;
    }
    case KEYS_SHARED: return info->writer == actor->addr.kind && effect->kind != EFFECT_APPEND;
    case KEYS_WAITING: {
        struct reader key = reader_of(effect->u.row.key);
        return read_u8(&key) == (uint8_t)actor->addr.kind && read_u64(&key) == actor->addr.id;
    }
    case KEYS_APPENDED: return effect->kind == EFFECT_APPEND;
    case KEYS_INTERNAL: return false;
    }
    return false;
}

static enum err shard_stage(struct shard *shard, struct actor *actor, const struct effect *effect)
{
    enum table table = effect->u.row.table;
    const struct table_info *info = table_info(table);
    CHECK(info != NULL);
    CHECK(writer_may(info, actor, effect));
    struct op op = {.table = table, .key = effect->u.row.key, .value = effect->u.row.value};
    op.kind = effect->kind == EFFECT_PUT      ? OP_PUT
              : effect->kind == EFFECT_APPEND ? OP_APPEND
                                              : OP_ERASE;
    if (info->keys == KEYS_WAITING) {
        actor->waiting = actor->waiting || op.kind == OP_PUT;
        actor->waited = op.kind == OP_ERASE ? shard->open->sequence : 0;
    }
    return batch_stage(shard->open, &op);
}

static bool effect_is_row(const struct effect *effect)
{
    return effect->kind == EFFECT_PUT || effect->kind == EFFECT_APPEND ||
           effect->kind == EFFECT_ERASE;
}

uint64_t shard_stopwatch_us(const struct shard *shard)
{
    const struct doors *doors = &shard->config.doors;
    return doors->stopwatch_us == NULL ? 0 : doors->stopwatch_us(doors->self);
}

static bool effect_as_held(const struct effect *effect, const struct actor *actor,
                           struct held *held)
{
    *held = (struct held){.from = actor->addr, .incarnation = actor->incarnation};
    switch (effect->kind) {
    case EFFECT_REPLY:
        held->kind = HELD_REPLY;
        held->u.reply.ticket = effect->u.reply.ticket;
        held->u.reply.outcome = effect->u.reply.outcome;
        held->u.reply.body = effect->u.reply.body;
        return true;
    case EFFECT_SEND:
        held->kind = HELD_SEND;
        held->u.send = effect->u.send;
        return true;
    case EFFECT_WAKE:
        held->kind = HELD_WAKE;
        held->u.wake = effect->u.wake;
        return true;
    case EFFECT_WORK:
        held->kind = HELD_WORK;
        held->u.work.tag = effect->u.work.tag;
        held->u.work.job = effect->u.work.job;
        held->u.work.input = effect->u.work.input;
        return true;
    case EFFECT_OUTSIDE:
        held->kind = HELD_OUTSIDE;
        held->u.outside.tag = effect->u.outside.tag;
        held->u.outside.outside = effect->u.outside.outside;
        held->u.outside.key = effect->u.outside.key;
        held->u.outside.document = effect->u.outside.document;
        return true;
    case EFFECT_ALARM:
        held->kind = HELD_ALARM;
        held->u.alarm.alarm = effect->u.alarm.alarm;
        held->u.alarm.number = effect->u.alarm.number;
        return true;
    case EFFECT_PUT:
    case EFFECT_APPEND:
    case EFFECT_ERASE:
    case EFFECT_TIMER: return false;
    }
    return false;
}

/* True if this output must wait for the actor's batch. */
static bool output_waits(const struct shard *shard, const struct actor *actor,
                         const struct effect *effect, bool changed)
{
    if (!shard_is_dirty(shard, actor)) {
        return false;
    }
    switch (effect->kind) {
    case EFFECT_REPLY: return changed ? RULE(HOLD_REPLIES) : RULE(HOLD_REFUSALS);
    case EFFECT_WAKE: return RULE(HOLD_WAKES);
    case EFFECT_WORK:
    case EFFECT_OUTSIDE: return RULE(HOLD_WORK);
    case EFFECT_SEND:
    case EFFECT_ALARM:
    case EFFECT_PUT:
    case EFFECT_APPEND:
    case EFFECT_ERASE:
    case EFFECT_TIMER: break;
    }
    return true;
}

static void effects_free_sends(struct effects *effects)
{
    for (uint32_t i = 0; i < effects->count; i++) {
        if (effects->items[i].kind == EFFECT_SEND) {
            letter_free(effects->items[i].u.send);
        }
    }
}

/* A turn that could not be carried out: the actor's memory is ahead of its rows, so it must go, but
 * not before what earlier turns changed is durable (a load would miss it). */
static void shard_poison(struct shard *shard, struct actor *actor)
{
    if (actor->ops->keeps) {
        return;
    }
    actor->life = LIFE_POISONED;
    shard->poisoned = true;
    if (!shard_is_dirty(shard, actor)) {
        shard_actor_evict(shard, actor, OUTCOME_OVERLOADED);
    }
}

/* The batch of the actor's last change: its outputs wait there. NULL: it is durable. */
static struct batch *batch_of(struct shard *shard, const struct actor *actor)
{
    if (!shard_is_dirty(shard, actor)) {
        return NULL;
    }
    struct batch *batch = actor->dirty == shard->open->sequence ? shard->open : shard->in_flight;
    CHECK(batch != NULL && batch->sequence == actor->dirty);
    return batch;
}

static enum err rows_stage(struct shard *shard, struct actor *actor)
{
    const struct effects *effects = &shard->effects;
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < effects->count && err == ERR_OK; i++) {
        if (effect_is_row(&effects->items[i])) {
            err = shard_stage(shard, actor, &effects->items[i]);
        }
    }
    return err;
}

/* Memory for all that the turn says, before any of it is said: an answer must not be forgotten once
 * its rows are on their way. What waits lies in its batch after this. */
static enum err outputs_reserve(struct shard *shard, const struct actor *actor, bool changed)
{
    const struct effects *effects = &shard->effects;
    struct batch *batch = batch_of(shard, actor);
    uint32_t timers = 0;
    for (uint32_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->items[i];
        struct held held;
        timers += effect->kind == EFFECT_TIMER;
        if (!effect_as_held(effect, actor, &held) || !output_waits(shard, actor, effect, changed)) {
            continue;
        }
        held.began_us = shard->turn_began_us;
        enum err err = batch_hold(batch, &held);
        if (err != ERR_OK) {
            return err;
        }
    }
    return deadlines_reserve(&shard->deadlines, timers);
}

/* All of the turn or nothing. */
static enum err turn_stage(struct shard *shard, struct actor *actor, bool *changed)
{
    struct batch *open = shard->open;
    uint32_t ops = open->ops_count;
    size_t rows_bytes = open->rows_bytes;
    uint64_t dirty = actor->dirty, waited = actor->waited;
    bool waiting = actor->waiting;
    enum err err = rows_stage(shard, actor);
    *changed = open->ops_count > ops;
    if (*changed) {
        actor->dirty = open->sequence;
    }
    struct batch *waits_in = batch_of(shard, actor);
    uint32_t held = waits_in == NULL ? 0 : waits_in->held_count;
    if (err == ERR_OK) {
        err = outputs_reserve(shard, actor, *changed);
    }
    if (err == ERR_OK) {
        return ERR_OK;
    }
    if (waits_in != NULL) {
        waits_in->held_count = held; /* letters of sends stay the effects' */
    }
    actor->dirty = dirty;
    actor->waiting = waiting;
    actor->waited = waited;
    open->ops_count = ops;
    open->rows_bytes = rows_bytes;
    return err;
}

void shard_carry_out(struct shard *shard, struct actor *actor)
{
    struct effects *effects = &shard->effects;
    bool changed = false;
    if (effects->failed || turn_stage(shard, actor, &changed) != ERR_OK) {
        effects_free_sends(effects);
        shard_poison(shard, actor);
        return;
    }
    if (changed && actor->addr.kind != ACTOR_AUTH && actor->addr.kind != ACTOR_DESK) {
        shard->open->essential = false;
    }
    for (uint32_t i = 0; i < effects->count; i++) {
        struct effect *effect = &effects->items[i];
        struct held held;
        if (effect->kind == EFFECT_TIMER) {
            enum err err = deadlines_add(&shard->deadlines, effect->u.timer.at, actor->addr,
                                         actor->incarnation, effect->u.timer.tag);
            CHECK(err == ERR_OK); /* reserved */
        } else if (effect_as_held(effect, actor, &held)) {
            if (held.kind == HELD_REPLY) {
                actor_ticket_close(actor, held.u.reply.ticket);
            }
            if (!output_waits(shard, actor, effect, changed)) {
                shard_release(shard, &held);
            }
        }
    }
}

void shard_send(struct shard *shard, struct letter *letter)
{
    if (addr_shard(letter->msg.to, shard->config.shards) != shard->config.index) {
        shard->config.doors.remote(shard->config.doors.self, letter);
        return;
    }
    if (shard_post(shard, letter) != POST_TAKEN) {
        letter_free(letter); /* no memory for the receiver: its sender asks again */
    }
}

void shard_release(struct shard *shard, struct held *held)
{
    const struct doors *doors = &shard->config.doors;
    switch (held->kind) {
    case HELD_REPLY:
        if (held->u.reply.ticket.generation != 0) {
            doors->reply(doors->self, held->u.reply.ticket, held->u.reply.outcome,
                         held->u.reply.body);
        }
        return;
    case HELD_SEND: {
        struct letter *letter = held->u.send;
        held->u.send = NULL;
        letter->msg.from = held->from;
        shard_send(shard, letter);
        return;
    }
    case HELD_WAKE: {
        struct msg wake = {.kind = MSG_WAKE, .to = held->u.wake, .from = held->from};
        struct letter *letter = letter_copy(&wake);
        if (letter != NULL) {
            shard_send(shard, letter);
        }
        return;
    }
    case HELD_WORK:
        doors->work(doors->self, held->from, held->u.work.tag, held->incarnation, held->u.work.job,
                    held->u.work.input);
        return;
    case HELD_OUTSIDE:
        CHECK(doors->outside != NULL);
        doors->outside(doors->self, held->from, held->u.outside.tag, held->incarnation,
                       held->u.outside.outside, held->u.outside.key, held->u.outside.document);
        return;
    case HELD_ALARM:
        shard->metrics.counters[METRIC_ALARMS]++;
        if (doors->alarm != NULL) {
            doors->alarm(doors->self, held->u.alarm.alarm, held->u.alarm.number);
        }
        return;
    }
}

struct batch *shard_seal(struct shard *shard, struct tick tick)
{
    if (shard->in_flight != NULL || shard->open->ops_count == 0) {
        return NULL;
    }
    struct batch *sealed = shard->open;
    struct batch *next = sealed == &shard->batches[0] ? &shard->batches[1] : &shard->batches[0];
    sealed->sealed_at = tick;
    shard->in_flight = sealed;
    batch_begin(next, sealed->sequence + 1);
    shard->open = next;
    shard->metrics.counters[METRIC_BATCHES]++;
    shard->metrics.counters[METRIC_BATCH_ROWS] += sealed->ops_count;
    return sealed;
}

/* What was poisoned and is durable by now can be loaded again. There are thousands of actors and a
 * thousand batches a second, and hardly ever one to look for. */
static void shard_evict_poisoned(struct shard *shard)
{
    bool left = false;
    for (uint32_t i = 0; shard->poisoned && i < shard->actors_capacity; i++) {
        struct actor *actor = shard->actors[i];
        if (actor == NULL || actor->life != LIFE_POISONED) {
            continue;
        }
        if (shard_is_dirty(shard, actor)) {
            left = true;
        } else {
            shard_actor_evict(shard, actor, OUTCOME_OVERLOADED);
        }
    }
    shard->poisoned = left;
}

static void batch_drop(struct shard *shard, struct batch *batch)
{
    for (uint32_t i = 0; i < batch->held_count; i++) {
        struct held *held = &batch->held[i];
        if (held->kind == HELD_REPLY) {
            held->u.reply.outcome = OUTCOME_READ_ONLY;
            held->u.reply.body = (struct bytes){0};
            shard_release(shard, held);
        } else if (held->kind == HELD_SEND) {
            letter_free(held->u.send);
            held->u.send = NULL;
        }
    }
    batch->held_count = 0;
    batch->ops_count = 0;
    shard->metrics.counters[METRIC_BATCHES_DROPPED]++;
}

/* Nothing of the two batches is on disk or will be: whoever rests on them must forget (DESIGN 5).
 */
static void shard_dropped(struct shard *shard, struct batch *batch)
{
    batch_drop(shard, batch);
    if (RULE(DROP_OPEN_BATCH)) {
        batch_drop(shard, shard->open);
    }
    uint64_t settled = RULE(DROP_OPEN_BATCH) ? shard->open->sequence : batch->sequence;
    for (uint32_t i = 0; i < shard->actors_capacity; i++) {
        struct actor *actor = shard->actors[i];
        if (actor == NULL || actor->dirty <= shard->durable) {
            continue;
        }
        if (RULE(EVICT_AFTER_DROP)) {
            shard_actor_evict(shard, actor, OUTCOME_READ_ONLY);
        }
    }
    if (RULE(DROP_OPEN_BATCH)) {
        batch_begin(shard->open, settled + 1);
    }
    shard->durable = settled;
}

void shard_committed(struct shard *shard, struct batch *batch, enum err status)
{
    CHECK(batch == shard->in_flight);
    CHECK(status == ERR_OK || status == ERR_READ_ONLY);
    shard->in_flight = NULL;
    if (status == ERR_READ_ONLY) {
        shard_dropped(shard, batch);
    } else {
        shard->durable = batch->sequence;
        uint64_t now_us = batch->held_count > 0 ? shard_stopwatch_us(shard) : 0;
        for (uint32_t i = 0; i < batch->held_count; i++) {
            histogram_add(&shard->metrics.histograms[METRIC_HELD_US],
                          now_us - batch->held[i].began_us);
            shard_release(shard, &batch->held[i]);
        }
    }
    batch_empty(batch);
    shard_evict_poisoned(shard);
    shard_actors_trim(shard);
}
