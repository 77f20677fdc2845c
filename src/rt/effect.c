#include "rt/effect.h"
#include "base/check.h"
#include <string.h>

enum { EFFECTS_FIRST = 32 };

void effects_begin(struct effects *effects, struct arena *turn, bool restoring)
{
    CHECK(turn != NULL);
    arena_reset(turn);
    *effects = (struct effects){.turn = turn, .restoring = restoring};
}

static struct effect *effect_new(struct effects *out, enum effect_kind kind)
{
    CHECK(!out->restoring); /* a restore only rebuilds memory (DESIGN 5 *Waiting is a row*) */
    if (out->failed) {
        return NULL;
    }
    if (out->count == out->capacity) {
        uint32_t capacity = out->capacity == 0 ? EFFECTS_FIRST : out->capacity * 2;
        struct effect *items = arena_alloc(out->turn, capacity * sizeof *items);
        if (items == NULL) {
            out->failed = true;
            return NULL;
        }
        if (out->count > 0) {
            memcpy(items, out->items, out->count * sizeof *items);
        }
        out->items = items;
        out->capacity = capacity;
    }
    struct effect *effect = &out->items[out->count++];
    *effect = (struct effect){.kind = kind};
    return effect;
}

static struct bytes effect_copy(struct effects *out, struct bytes bytes)
{
    struct bytes copy = arena_copy(out->turn, bytes);
    if (copy.data == NULL && bytes.size > 0) {
        out->failed = true;
    }
    return copy;
}

void effect_reply(struct effects *out, struct ticket ticket, enum outcome outcome,
                  struct bytes body)
{
    CHECK(outcome < OUTCOME_COUNT);
    struct effect *effect = effect_new(out, EFFECT_REPLY);
    if (effect != NULL) {
        effect->u.reply.ticket = ticket;
        effect->u.reply.outcome = outcome;
        effect->u.reply.body = effect_copy(out, body);
    }
}

void effect_send(struct effects *out, const struct msg *msg)
{
    CHECK(msg->to.kind != ACTOR_NONE);
    struct effect *effect = effect_new(out, EFFECT_SEND);
    if (effect != NULL) {
        effect->u.send = letter_copy(msg);
        if (effect->u.send == NULL) {
            out->count--;
            out->failed = true;
        }
    }
}

void effect_wake(struct effects *out, struct addr who)
{
    struct effect *effect = effect_new(out, EFFECT_WAKE);
    if (effect != NULL) {
        effect->u.wake = who;
    }
}

static void effect_row(struct effects *out, enum effect_kind kind, enum table table,
                       struct bytes key, struct bytes value)
{
    CHECK(key.size <= ROW_KEY_MAX);
    CHECK(value.size <= ROW_VALUE_MAX);
    struct effect *effect = effect_new(out, kind);
    if (effect != NULL) {
        effect->u.row.table = table;
        effect->u.row.key = effect_copy(out, key);
        effect->u.row.value = effect_copy(out, value);
    }
}

void effect_put(struct effects *out, enum table table, struct bytes key, struct bytes value)
{
    CHECK(key.size > 0);
    effect_row(out, EFFECT_PUT, table, key, value);
}

void effect_put_kept(struct effects *out, enum table table, struct bytes key, struct bytes value)
{
    CHECK(key.size > 0 && key.size <= ROW_KEY_MAX);
    CHECK(value.size <= ROW_VALUE_MAX);
    struct effect *effect = effect_new(out, EFFECT_PUT);
    if (effect != NULL) {
        effect->u.row.table = table;
        effect->u.row.key = effect_copy(out, key);
        effect->u.row.value = value;
    }
}

void effect_append(struct effects *out, enum table table, struct bytes value)
{
    const struct table_info *info = table_info(table);
    CHECK(info != NULL && info->keys == KEYS_APPENDED);
    effect_row(out, EFFECT_APPEND, table, (struct bytes){0}, value);
}

void effect_erase(struct effects *out, enum table table, struct bytes key)
{
    CHECK(key.size > 0);
    effect_row(out, EFFECT_ERASE, table, key, (struct bytes){0});
}

void effect_timer(struct effects *out, uint32_t tag, struct tick at)
{
    struct effect *effect = effect_new(out, EFFECT_TIMER);
    if (effect != NULL) {
        effect->u.timer.tag = tag;
        effect->u.timer.at = at;
    }
}

void effect_work(struct effects *out, uint32_t tag, enum job job, struct bytes input)
{
    CHECK(job > JOB_NONE && job < JOB_COUNT);
    struct effect *effect = effect_new(out, EFFECT_WORK);
    if (effect != NULL) {
        effect->u.work.tag = tag;
        effect->u.work.job = job;
        effect->u.work.input = effect_copy(out, input);
    }
}

void effect_outside(struct effects *out, uint32_t tag, enum outside outside, struct bytes key,
                    struct bytes document)
{
    CHECK(key.size > 0);
    struct effect *effect = effect_new(out, EFFECT_OUTSIDE);
    if (effect != NULL) {
        effect->u.outside.tag = tag;
        effect->u.outside.outside = outside;
        effect->u.outside.key = effect_copy(out, key);
        effect->u.outside.document = effect_copy(out, document);
    }
}

void effect_alarm(struct effects *out, enum alarm alarm, uint64_t number)
{
    CHECK(alarm < ALARM_COUNT);
    struct effect *effect = effect_new(out, EFFECT_ALARM);
    if (effect != NULL) {
        effect->u.alarm.alarm = alarm;
        effect->u.alarm.number = number;
    }
}

void *effect_alloc(struct effects *out, size_t size)
{
    void *memory = arena_alloc_zero(out->turn, size);
    if (memory == NULL) {
        out->failed = true;
    }
    return memory;
}

void effect_put_long(struct effects *out, enum table table, const struct row_key *base,
                     struct bytes value, uint8_t parts_before)
{
    uint8_t part = 0;
    size_t at = 0;
    do {
        size_t size = value.size - at < ROW_VALUE_MAX ? value.size - at : ROW_VALUE_MAX;
        struct row_key key = key_of_part(*base, part);
        effect_put(out, table, row_key_bytes(&key), bytes_slice(value, at, size));
        at += size;
        CHECK(part < UINT8_MAX);
        part++;
    } while (at < value.size);
    for (uint8_t old = part; old < parts_before; old++) {
        struct row_key key = key_of_part(*base, old);
        effect_erase(out, table, row_key_bytes(&key));
    }
}
