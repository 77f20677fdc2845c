#include "rt/batch.h"
#include "base/check.h"
#include <stdlib.h>
#include <string.h>

enum { OPS_FIRST = 512, HELD_FIRST = 128, BATCH_CHUNK = 64 * 1024 };

enum err batch_init(struct batch *batch, uint16_t shard)
{
    *batch = (struct batch){.shard = shard};
    batch->ops = calloc(OPS_FIRST, sizeof *batch->ops);
    batch->held = calloc(HELD_FIRST, sizeof *batch->held);
    if (batch->ops == NULL || batch->held == NULL) {
        free(batch->ops);
        free(batch->held);
        batch->ops = NULL;
        batch->held = NULL;
        return ERR_NO_MEMORY;
    }
    batch->ops_capacity = OPS_FIRST;
    batch->held_capacity = HELD_FIRST;
    arena_init(&batch->rows, BATCH_CHUNK, 0);
    arena_init(&batch->held_memory, BATCH_CHUNK, 0);
    return ERR_OK;
}

static void batch_free_sends(struct batch *batch)
{
    for (uint32_t i = 0; i < batch->held_count; i++) {
        if (batch->held[i].kind == HELD_SEND) {
            letter_free(batch->held[i].u.send);
            batch->held[i].u.send = NULL;
        }
    }
}

void batch_deinit(struct batch *batch)
{
    batch_free_sends(batch);
    free(batch->ops);
    free(batch->held);
    arena_deinit(&batch->rows);
    arena_deinit(&batch->held_memory);
    *batch = (struct batch){0};
}

void batch_empty(struct batch *batch)
{
    batch->ops_count = 0;
    batch->rows_bytes = 0;
    batch->held_count = 0;
    arena_reset(&batch->rows);
    arena_reset(&batch->held_memory);
}

void batch_begin(struct batch *batch, uint64_t sequence)
{
    CHECK(sequence > batch->sequence);
    batch->sequence = sequence;
    batch->essential = true;
    batch_empty(batch);
}

bool batch_is_full(const struct batch *batch)
{
    return batch->ops_count >= BATCH_OPS_MAX || batch->rows_bytes >= BATCH_BYTES_MAX ||
           batch->held_count >= BATCH_HELD_MAX;
}

static enum err batch_grow(void **items, uint32_t *capacity, size_t item_size)
{
    if (*capacity > UINT32_MAX / 2) {
        return ERR_NO_MEMORY;
    }
    void *grown = reallocarray(*items, (size_t)*capacity * 2, item_size);
    if (grown == NULL) {
        return ERR_NO_MEMORY;
    }
    *items = grown;
    *capacity *= 2;
    return ERR_OK;
}

enum err batch_stage(struct batch *batch, const struct op *op)
{
    if (batch->ops_count == batch->ops_capacity) {
        void *ops = batch->ops;
        enum err err = batch_grow(&ops, &batch->ops_capacity, sizeof *batch->ops);
        batch->ops = ops;
        if (err != ERR_OK) {
            return err;
        }
    }
    struct op copy = *op;
    copy.key = arena_copy(&batch->rows, op->key);
    copy.value = arena_copy(&batch->rows, op->value);
    if ((copy.key.data == NULL && op->key.size > 0) ||
        (copy.value.data == NULL && op->value.size > 0)) {
        return ERR_NO_MEMORY;
    }
    batch->ops[batch->ops_count++] = copy;
    batch->rows_bytes += op->key.size + op->value.size;
    return ERR_OK;
}

static bool batch_keep(struct batch *batch, struct bytes *view)
{
    struct bytes copy = arena_copy(&batch->held_memory, *view);
    bool kept = copy.size == view->size;
    *view = copy;
    return kept;
}

enum err batch_hold(struct batch *batch, const struct held *held)
{
    if (batch->held_count == batch->held_capacity) {
        void *items = batch->held;
        enum err err = batch_grow(&items, &batch->held_capacity, sizeof *batch->held);
        batch->held = items;
        if (err != ERR_OK) {
            return err;
        }
    }
    struct held copy = *held;
    bool kept = true;
    switch (held->kind) {
    case HELD_REPLY: kept = batch_keep(batch, &copy.u.reply.body); break;
    case HELD_WORK: kept = batch_keep(batch, &copy.u.work.input); break;
    case HELD_OUTSIDE:
        kept =
            batch_keep(batch, &copy.u.outside.key) && batch_keep(batch, &copy.u.outside.document);
        break;
    case HELD_SEND:
    case HELD_WAKE:
    case HELD_ALARM: break;
    }
    if (!kept) {
        return ERR_NO_MEMORY;
    }
    batch->held[batch->held_count++] = copy;
    return ERR_OK;
}
