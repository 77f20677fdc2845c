/* Every effect that exists: what an actor can do (DESIGN 3).
 *
 * A list of one turn, in memory of the turn. Bytes given are copied, if nothing else is said. An
 * actor can't see whether an effect succeeded: the shard carries them out after `receive` has
 * returned. Running out of turn memory marks the list failed: the shard then drops the turn whole
 * and answers OUTCOME_OVERLOADED.
 */
#pragma once
#include "model/row_keys.h"
#include "rt/msg.h"

enum effect_kind {
    EFFECT_REPLY,
    EFFECT_SEND,
    EFFECT_WAKE,
    EFFECT_PUT,
    EFFECT_APPEND,
    EFFECT_ERASE,
    EFFECT_TIMER,
    EFFECT_WORK,
    EFFECT_OUTSIDE,
    EFFECT_ALARM
};

struct effect {
    enum effect_kind kind;
    union {
        struct {
            struct ticket ticket;
            enum outcome outcome;
            struct bytes body;
        } reply;
        struct letter *send;
        struct addr wake;
        struct {
            enum table table;
            struct bytes key, value;
        } row; /* PUT, APPEND (no key), ERASE (no value) */
        struct {
            uint32_t tag;
            struct tick at;
        } timer;
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

struct effects {
    struct arena *turn; /* reset by the shard between turns */
    struct effect *items;
    uint32_t count, capacity;
    bool failed;
    bool restoring; /* during RESTORE_ROW: any effect is a program error */
};

void effects_begin(struct effects *effects, struct arena *turn, bool restoring);

void effect_reply(struct effects *out, struct ticket ticket, enum outcome outcome,
                  struct bytes body);                         /* held */
void effect_send(struct effects *out, const struct msg *msg); /* held; may be lost in a crash */
void effect_wake(struct effects *out, struct addr who);       /* held; merged, losable */
void effect_put(struct effects *out, enum table table, struct bytes key, struct bytes value);
/* The value is not copied: it stays, whole, until the turn is over, as the letter's own bytes do.
 */
void effect_put_kept(struct effects *out, enum table table, struct bytes key, struct bytes value);
void effect_append(struct effects *out, enum table table, struct bytes value);
void effect_erase(struct effects *out, enum table table, struct bytes key);
void effect_timer(struct effects *out, uint32_t tag, struct tick at);                  /* at once */
void effect_work(struct effects *out, uint32_t tag, enum job job, struct bytes input); /* held */
/* Held. A call to the world outside; its answer is MSG_OUTSIDE_DONE, or never (a crash): the actor
 * asks again from its rows, with the same key. */
void effect_outside(struct effects *out, uint32_t tag, enum outside outside, struct bytes key,
                    struct bytes document);
void effect_alarm(struct effects *out, enum alarm alarm, uint64_t number); /* held */
void *effect_alloc(struct effects *out,
                   size_t size); /* memory of the turn, zeroed; NULL: list failed */
/* A value that may be longer than a row may be: cut into numbered parts (DESIGN 5 *Reads*).
 * `parts_before` is how many parts the row had; surplus ones are erased. */
void effect_put_long(struct effects *out, enum table table, const struct row_key *base,
                     struct bytes value, uint8_t parts_before);
