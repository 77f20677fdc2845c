/* A shard with a toy actor behind recorded doors. The toy does what a message's `version` names, so
 * that a test says in one line what a turn does. */
#pragma once
#include "rt/shard.h"

enum toy {                    /* what a MSG_SUBMIT with this version makes the toy do */
           TOY_REPLY,         /* nothing but a reply */
           TOY_CHANGE,        /* a row and a reply */
           TOY_CHANGE_SILENT, /* a row */
           TOY_SEND,          /* a wake to the actor whose id is in id.in.serial */
           TOY_CHANGE_SEND,   /* a row and that wake */
           TOY_TIMER,         /* a timer in 50 ms */
           TOY_WORK,          /* work */
           TOY_CHANGE_WORK,   /* a row and work */
           TOY_FAIL,          /* runs out of turn memory */
           TOY_CHANGE_FAIL,   /* a row, then the same */
           TOY_FILL,          /* rows until the batch is full */
           TOY_WAITING,       /* its row in `waiting` and a reply */
           TOY_WAITED,        /* erases that row, and a reply */
           TOY_HALF,          /* rows: half a batch */
           TOY_KEEP_TICKET    /* neither changes nor replies */
};

struct toy_state {
    uint32_t started, restored_rows, restored, commands, timers, work_done, wakes, sheets, stopped;
    uint64_t entropy;
};

struct said { /* what went out through a door, in order */
    enum { SAID_REPLY, SAID_REMOTE, SAID_WORK, SAID_LOAD } kind;
    enum outcome outcome;
    struct ticket ticket;
    struct addr who;
    uint32_t incarnation, tag;
};

enum { SAID_MAX = 64 };
struct rig {
    struct shard *shard;
    struct said said[SAID_MAX];
    uint32_t said_count;
    struct tick tick;
    uint32_t loads_refused; /* so many of the next are answered "no memory" */
    uint64_t stopwatch_us;  /* 5 more at each look */
};

extern const struct addr rig_toy, rig_other; /* both live on shard 0 of 1 */
void rig_open(struct rig *rig, uint16_t shards, uint32_t mailbox_max, size_t idle_bytes_max);
void rig_close(struct rig *rig);
/* A command with ticket `slot`; what the shard said to the letter. */
enum post rig_post(struct rig *rig, struct addr to, enum toy toy, uint32_t slot);
/* A sheet to be imported: half a batch of rows, and no reply. */
void rig_post_sheet(struct rig *rig, struct addr to);
/* Answers a load with these rows, the latest one asked for. */
void rig_load(struct rig *rig, const struct loaded_row *rows, size_t count);
void rig_load_fails(struct rig *rig);
/* The toy in memory and restored. */
void rig_ready(struct rig *rig, struct addr who);
size_t rig_run(struct rig *rig);
struct batch *rig_seal(struct rig *rig);
const struct toy_state *rig_state(const struct rig *rig, struct addr who);
uint32_t rig_replies(const struct rig *rig); /* replies said so far */
const struct said *rig_last(const struct rig *rig);
