/* A batch: staged rows, the outputs held until they are durable, the actors it made dirty (DESIGN
 * 5).
 *
 * Rows lie in memory that the committer's thread reads while the batch is in flight; held outputs
 * lie apart, in the shard's memory. A shard has two batches for the life of the process. The
 * shard's thread owns a batch until shard_seal hands it out and again from shard_committed on. */
#pragma once
#include "rt/effect.h"

enum batch_limits { BATCH_OPS_MAX = 4096, BATCH_BYTES_MAX = 4 << 20, BATCH_HELD_MAX = 2048 };

enum op_kind { OP_PUT, OP_APPEND, OP_ERASE };

struct op {
    enum op_kind kind;
    enum table table;
    struct bytes key;   /* APPEND: empty; the committer gives the number */
    struct bytes value; /* ERASE: empty */
};

enum held_kind { HELD_REPLY, HELD_SEND, HELD_WAKE, HELD_WORK, HELD_OUTSIDE, HELD_ALARM };

struct held {
    enum held_kind kind;
    struct addr from; /* the actor whose turn it was */
    uint32_t incarnation;
    uint64_t began_us; /* of that turn, by the shard's stopwatch: how long it is held is a metric */
    union {
        struct {
            struct ticket ticket;
            enum outcome outcome;
            struct bytes body;
        } reply;
        struct letter *send;
        struct addr wake;
        struct {
            uint32_t tag;
            enum job job;
            struct bytes input;
        } work;
        struct {
            uint32_t tag;
            enum outside outside;
            struct bytes key, document;
        } outside;
        struct {
            enum alarm alarm;
            uint64_t number;
        } alarm;
    } u;
};

struct batch {
    struct mpsc_node node; /* the committer's, while in flight */
    uint64_t sequence;     /* per shard, from 1 */
    uint16_t shard;
    bool essential; /* only rows of auth and desk actors: may enter the last segment (failure table)
                     */
    struct op *ops;
    uint32_t ops_count, ops_capacity;
    struct arena rows;
    size_t rows_bytes;
    struct held *held;
    uint32_t held_count, held_capacity;
    struct arena held_memory;
    struct tick sealed_at;
};

enum err batch_init(struct batch *batch, uint16_t shard) MUST_CHECK;
void batch_deinit(struct batch *batch);
void batch_begin(struct batch *batch, uint64_t sequence); /* empties */
/* Its rows are durable, its outputs are out: what was large of it is not kept until it is begun. */
void batch_empty(struct batch *batch);
bool batch_is_full(const struct batch *batch); /* checked between turns; a turn may go past */
/* Copies key and value. ERR_NO_MEMORY: nothing staged. */
enum err batch_stage(struct batch *batch, const struct op *op) MUST_CHECK;
/* Copies the bytes of a reply, work or call; takes over a send's letter. */
enum err batch_hold(struct batch *batch, const struct held *held) MUST_CHECK;
