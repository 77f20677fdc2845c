/* The actors in memory: found, loaded, evicted. An actor is a cache over its rows, so that
 * forgetting one that is durable costs a reload and nothing else (DESIGN 5 *Why exit is cheap*). */
#include "base/check.h"
#include "rt/shard_private.h"
#include <stdlib.h>
#include <string.h>

enum { ACTORS_FIRST = 64, TICKETS_FIRST = 4, ACTOR_CHUNK = 4096 };

/* Addresses that share a 64-bit hash are told apart by probing hash + 1, hash + 2, … */
struct actor *shard_actor(struct shard *shard, struct addr who)
{
    uint64_t hash = addr_hash(who);
    uint32_t index = 0;
    for (; map_get(&shard->by_hash, hash, &index); hash++) {
        struct actor *actor = shard->actors[index];
        CHECK(actor != NULL);
        if (addr_equal(actor->addr, who)) {
            return actor;
        }
    }
    return NULL;
}

static enum err shard_slot(struct shard *shard, uint32_t *index)
{
    for (uint32_t i = shard->actors_count; i < shard->actors_capacity; i++) {
        if (shard->actors[i] == NULL) {
            *index = i;
            return ERR_OK;
        }
    }
    for (uint32_t i = 0; i < shard->actors_capacity; i++) {
        if (shard->actors[i] == NULL) {
            *index = i;
            return ERR_OK;
        }
    }
    uint32_t capacity = shard->actors_capacity == 0 ? ACTORS_FIRST : shard->actors_capacity * 2;
    struct actor **actors = reallocarray(shard->actors, capacity, sizeof(struct actor *));
    if (actors == NULL) {
        return ERR_NO_MEMORY;
    }
    memset(actors + shard->actors_capacity, 0,
           (capacity - shard->actors_capacity) * sizeof(struct actor *));
    *index = shard->actors_capacity;
    shard->actors = actors;
    shard->actors_capacity = capacity;
    return ERR_OK;
}

/* Needs no memory, unlike a deadline: there is none when this is called. */
static void actor_reload_in(struct shard *shard, struct actor *actor, int64_t wait_ms)
{
    actor->reload_at = (struct tick){shard->tick.ms + wait_ms};
    if (shard->reload_at.ms == 0 || actor->reload_at.ms < shard->reload_at.ms) {
        shard->reload_at = actor->reload_at;
    }
}

/* The actor may be forgotten when this returns: what needs no rows is loaded, or fails to, at once.
 */
static void actor_begin(struct shard *shard, struct actor *actor)
{
    struct load_range ranges[LOAD_RANGES_MAX];
    const struct doors *doors = &shard->config.doors;
    actor->incarnation = ++shard->incarnations;
    actor->state = NULL;
    actor->waited = 0;
    actor->life = LIFE_LOADING;
    actor->reload_at = (struct tick){0};
    if (shard_load_ranges(actor->addr, ranges) == 0) {
        shard_loaded(shard, actor->addr, actor->incarnation, ERR_OK, NULL, 0);
        return;
    }
    shard->metrics.counters[METRIC_LOADS]++;
    if (!doors->load(doors->self, actor->addr, actor->incarnation)) {
        actor_reload_in(shard, actor, SHARD_RETRY_MS);
    }
}

struct actor *shard_actor_need(struct shard *shard, struct addr who)
{
    struct actor *actor = shard_actor(shard, who);
    if (actor != NULL) {
        return actor;
    }
    CHECK(who.kind > ACTOR_NONE && who.kind < ACTOR_KINDS);
    CHECK(addr_shard(who, shard->config.shards) == shard->config.index);
    uint64_t hash = addr_hash(who);
    while (map_get(&shard->by_hash, hash, &(uint32_t){0})) {
        hash++;
    }
    uint32_t index = 0;
    if (shard_slot(shard, &index) != ERR_OK) {
        return NULL;
    }
    actor = calloc(1, sizeof *actor);
    if (actor == NULL || map_put(&shard->by_hash, hash, index) != ERR_OK) {
        free(actor);
        return NULL;
    }
    actor->addr = who;
    actor->index = index;
    actor->ops = shard->config.actors[who.kind];
    CHECK(actor->ops != NULL);
    actor->used = shard->turns;
    arena_init(&actor->memory, ACTOR_CHUNK, actor->ops->memory_quota);
    shard->actors[index] = actor;
    shard->actors_count++;
    actor_begin(shard, actor);
    return shard_actor(shard, who);
}

void shard_actors_reload(struct shard *shard)
{
    if (shard->reload_at.ms == 0 || shard->reload_at.ms > shard->tick.ms) {
        return;
    }
    shard->reload_at = (struct tick){0};
    for (uint32_t i = 0; i < shard->actors_capacity; i++) {
        struct actor *actor = shard->actors[i];
        if (actor == NULL || actor->reload_at.ms == 0) {
            continue;
        }
        CHECK(actor->life == LIFE_LOADING && actor->state == NULL);
        if (actor->reload_at.ms <= shard->tick.ms) {
            actor_begin(shard, actor);
        } else {
            actor_reload_in(shard, actor, actor->reload_at.ms - shard->tick.ms);
        }
    }
}

void shard_awaken(struct shard *shard, struct addr who)
{
    struct actor *actor = shard_actor_need(shard, who);
    if (actor != NULL) {
        actor->waiting = true;
    }
}

/* Erasing from an open-addressed chain by hash + n: the members behind it move up. */
static void shard_unmap(struct shard *shard, const struct actor *actor)
{
    uint64_t hash = addr_hash(actor->addr);
    uint32_t index = 0;
    while (map_get(&shard->by_hash, hash, &index) && index != actor->index) {
        hash++;
    }
    CHECK(index == actor->index);
    bool erased = map_erase(&shard->by_hash, hash);
    CHECK(erased);
    for (uint64_t next = hash + 1; map_get(&shard->by_hash, next, &index); next++) {
        if (addr_hash(shard->actors[index]->addr) > hash) {
            continue; /* it stands at or behind its own place */
        }
        erased = map_erase(&shard->by_hash, next);
        CHECK(erased);
        /* A slot was just freed: putting can't need memory. */
        enum err err = map_put(&shard->by_hash, hash, index);
        CHECK(err == ERR_OK);
        hash = next;
    }
}

static void actor_unqueue(struct actor *actor)
{
    struct ready *ready = actor->queued;
    if (ready == NULL) {
        return;
    }
    struct actor *before = NULL;
    struct actor *at = ready->first;
    for (; at != actor; before = at, at = at->ready_next) {
        CHECK(at != NULL);
    }
    if (before == NULL) {
        ready->first = actor->ready_next;
    } else {
        before->ready_next = actor->ready_next;
    }
    if (ready->last == actor) {
        ready->last = before;
    }
    actor->queued = NULL;
    actor->ready_next = NULL;
}

static void actor_stop(struct actor *actor)
{
    if (actor->state != NULL && actor->ops->stop != NULL) {
        actor->ops->stop(actor->state);
    }
    actor->state = NULL;
}

static void shard_forget(struct shard *shard, struct actor *actor)
{
    actor_stop(actor);
    actor_unqueue(actor);
    shard_unmap(shard, actor);
    shard->actors[actor->index] = NULL;
    shard->actors_count--;
    CHECK(shard->actors_bytes >= actor->bytes);
    shard->actors_bytes -= actor->bytes;
    mailbox_clear(&actor->mail);
    arena_deinit(&actor->memory);
    free(actor->tickets);
    free(actor);
}

/* What no row restores, or nobody may ever write to again: forgotten, it would be missed for good.
 */
static bool actor_stays(const struct actor *actor)
{
    return actor->waiting || actor->addr.kind == ACTOR_AUTH || actor->addr.kind == ACTOR_DESK;
}

/* Its row in `waiting` is gone for good. */
static void actor_waited(const struct shard *shard, struct actor *actor)
{
    if (actor->waited != 0 && actor->waited <= shard->durable) {
        actor->waiting = false;
        actor->waited = 0;
    }
}

void shard_actor_evict(struct shard *shard, struct actor *actor, enum outcome told)
{
    actor_waited(shard, actor);
    shard->metrics.counters[METRIC_EVICTIONS]++;
    for (uint32_t i = 0; i < actor->tickets_count; i++) {
        shard->config.doors.reply(shard->config.doors.self, actor->tickets[i], told,
                                  (struct bytes){0});
    }
    actor->tickets_count = 0;
    actor->dirty = 0;
    actor_stop(actor);
    arena_reset(&actor->memory);
    shard_count_bytes(shard, actor);
    mailbox_drop_stale(&actor->mail, 0); /* all timers and results are of an older incarnation */
    if (mailbox_is_empty(&actor->mail) && !actor_stays(actor)) {
        shard_forget(shard, actor);
        return;
    }
    actor_unqueue(actor);
    actor_begin(shard, actor);
}

static void load_failed(struct shard *shard, struct actor *actor)
{
    actor_stop(actor);
    arena_reset(&actor->memory);
    shard_count_bytes(shard, actor);
    for (struct letter *letter; (letter = mailbox_take(&actor->mail)) != NULL;) {
        if (letter->msg.ticket.generation != 0) {
            shard->config.doors.reply(shard->config.doors.self, letter->msg.ticket,
                                      OUTCOME_OVERLOADED, (struct bytes){0});
        }
        letter_free(letter);
    }
    if (actor_stays(actor)) {
        actor_reload_in(shard, actor, SHARD_RELOAD_MS);
    } else {
        shard_forget(shard, actor);
    }
}

/* From rows alone. False: no memory for what they say. */
static bool actor_restore(struct shard *shard, struct actor *actor, const struct loaded_row *rows,
                          size_t count)
{
    actor->state = arena_alloc_zero(&actor->memory, actor->ops->state_size);
    if (actor->state == NULL) {
        return false;
    }
    actor->ops->start(actor->state, actor->addr, &actor->memory);
    if (actor->memory.dry) {
        return false;
    }
    struct msg row = {.kind = MSG_RESTORE_ROW,
                      .to = actor->addr,
                      .facts = shard->facts,
                      .loops = shard->config.shards};
    for (size_t i = 0; i < count; i++) {
        row.u.row.table = rows[i].table;
        row.u.row.key = rows[i].key;
        row.u.row.value = rows[i].value;
        effects_begin(&shard->effects, &shard->turn_memory, true);
        actor->ops->receive(actor->state, &row, &shard->effects);
        if (shard->effects.failed || shard->turn_memory.dry || actor->memory.dry) {
            return false;
        }
    }
    return true;
}

void shard_loaded(struct shard *shard, struct addr who, uint32_t incarnation, enum err err,
                  const struct loaded_row *rows, size_t count)
{
    struct actor *actor = shard_actor(shard, who);
    if (actor == NULL || actor->incarnation != incarnation || actor->life != LIFE_LOADING) {
        return;
    }
    struct letter *restored = letter_new();
    if (restored == NULL || err != ERR_OK || !actor_restore(shard, actor, rows, count)) {
        letter_free(restored);
        load_failed(shard, actor);
        return;
    }
    actor->life = LIFE_LIVE;
    shard_count_bytes(shard, actor);
    restored->msg.kind = MSG_RESTORED;
    restored->msg.to = who;
    /* Before all mail that has come meanwhile. */
    mailbox_put_first(&actor->mail, restored);
    shard_actor_queue(shard, actor);
}

void shard_actor_queue(struct shard *shard, struct actor *actor)
{
    struct ready *ready =
        mailbox_has_only_sheets(&actor->mail) ? &shard->ready_sheets : &shard->ready;
    if (actor->queued == ready || actor->life != LIFE_LIVE || mailbox_is_empty(&actor->mail) ||
        !shard_delivers_to(shard, actor->addr)) {
        return;
    }
    actor_unqueue(actor); /* from behind others' sheets: it has other mail now */
    actor->queued = ready;
    actor->ready_next = NULL;
    if (ready->last == NULL) {
        ready->first = actor;
    } else {
        ready->last->ready_next = actor;
    }
    ready->last = actor;
}

struct actor *shard_actor_next(struct shard *shard, struct ready *ready)
{
    struct actor *actor = NULL;
    do {
        actor = ready->first;
        if (actor != NULL) {
            actor_unqueue(actor);
        }
        /* One of the others is queued again by shard_set_read_only. */
    } while (actor != NULL && !shard_delivers_to(shard, actor->addr));
    return actor;
}

bool shard_delivers_to(const struct shard *shard, struct addr who)
{
    return !shard->read_only || who.kind == ACTOR_AUTH || who.kind == ACTOR_DESK;
}

bool shard_is_dirty(const struct shard *shard, const struct actor *actor)
{
    return actor->dirty > shard->durable;
}

void shard_count_bytes(struct shard *shard, struct actor *actor)
{
    size_t held = arena_held(&actor->memory);
    CHECK(shard->actors_bytes >= actor->bytes);
    shard->actors_bytes = shard->actors_bytes - actor->bytes + held;
    actor->bytes = held;
}

/* Evicts the longest idle durable actors until the arenas fit. Rare, so a scan is good enough. */
void shard_actors_trim(struct shard *shard)
{
    while (shard->actors_bytes > shard->config.idle_bytes_max) {
        struct actor *oldest = NULL;
        for (uint32_t i = 0; i < shard->actors_capacity; i++) {
            struct actor *actor = shard->actors[i];
            if (actor != NULL) {
                actor_waited(shard, actor);
            }
            if (actor == NULL || actor->life != LIFE_LIVE || actor_stays(actor) ||
                actor->tickets_count > 0 || !mailbox_is_empty(&actor->mail) ||
                shard_is_dirty(shard, actor)) {
                continue;
            }
            if (oldest == NULL || actor->used < oldest->used) {
                oldest = actor;
            }
        }
        if (oldest == NULL) {
            return;
        }
        shard_actor_evict(shard, oldest, OUTCOME_OVERLOADED);
    }
}

void shard_actors_free(struct shard *shard)
{
    for (uint32_t i = 0; i < shard->actors_capacity; i++) {
        if (shard->actors[i] != NULL) {
            shard_forget(shard, shard->actors[i]);
        }
    }
    free(shard->actors);
}

bool actor_ticket_open(struct actor *actor, struct ticket ticket)
{
    if (ticket.generation == 0) {
        return true;
    }
    if (actor->tickets_count == actor->tickets_capacity) {
        uint32_t capacity =
            actor->tickets_capacity == 0 ? TICKETS_FIRST : actor->tickets_capacity * 2;
        struct ticket *tickets = reallocarray(actor->tickets, capacity, sizeof *tickets);
        if (tickets == NULL) {
            return false;
        }
        actor->tickets = tickets;
        actor->tickets_capacity = capacity;
    }
    actor->tickets[actor->tickets_count++] = ticket;
    return true;
}

void actor_ticket_close(struct actor *actor, struct ticket ticket)
{
    for (uint32_t i = 0; i < actor->tickets_count; i++) {
        const struct ticket *open = &actor->tickets[i];
        if (open->loop == ticket.loop && open->slot == ticket.slot &&
            open->generation == ticket.generation) {
            actor->tickets[i] = actor->tickets[--actor->tickets_count];
            return;
        }
    }
}

size_t shard_load_ranges(struct addr who, struct load_range out[LOAD_RANGES_MAX])
{
    static const enum table institution[] = {TABLE_CASE,   TABLE_LINE,   TABLE_REQUEST,
                                             TABLE_SERIAL, TABLE_COUNTS, TABLE_UPLOAD};
    static const enum table auth[] = {TABLE_SESSION, TABLE_CARD, TABLE_ENROLMENT, TABLE_FAILURE,
                                      TABLE_AUTH_STATE};
    switch (who.kind) {
    case ACTOR_INSTITUTION:
        for (size_t i = 0; i < ARRAY_COUNT(institution); i++) {
            out[i] = (struct load_range){institution[i], key_of_u64(who.id)};
        }
        return ARRAY_COUNT(institution);
    case ACTOR_AUTH:
        for (size_t i = 0; i < ARRAY_COUNT(auth); i++) {
            out[i] = (struct load_range){auth[i], {.size = 0}};
        }
        return ARRAY_COUNT(auth);
    case ACTOR_REGISTRY:
        out[0] = (struct load_range){TABLE_REGISTRY_STATE, key_of_u64(who.id)};
        return 1;
    case ACTOR_TRANSFER:
        out[0] = (struct load_range){TABLE_TRANSFER_STATE, key_of_u64(who.id)};
        return 1;
    case ACTOR_DESK: return 0; /* filled by message */
    case ACTOR_NONE:
    case ACTOR_KINDS: break;
    }
    CHECK(false);
    return 0;
}

size_t shard_actors(const struct shard *shard)
{
    return shard->actors_count;
}

const void *shard_peek(const struct shard *shard, struct addr who)
{
    /* The look-up does not change the shard; its signature serves the loading path too. */
    const struct actor *actor = shard_actor((struct shard *)(uintptr_t)shard, who);
    return actor != NULL && actor->life == LIFE_LIVE ? actor->state : NULL;
}
