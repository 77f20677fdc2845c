/* One actor, without a shard: messages in, effects carried out on a table of rows, and a restart
 * that rebuilds it from these rows alone (DESIGN 3, rule 5). */
#pragma once
#include "model/line_rules.h"
#include "rt/payload.h"
#include "rt/shard.h"

enum {
    RIG_HOME = 11,
    RIG_PLACE = 12, /* same county */
    RIG_AFAR = 13,  /* another county */
    RIG_NURSE = 21,
    RIG_DOCTOR = 22,
    RIG_STRANGER = 23, /* at RIG_PLACE */
    RIG_COUNTY = 63000,
    RIG_OTHER_COUNTY = 64000,
    RIG_TODAY = 20550, /* 2026-04-07 */
    RIG_ROWS_MAX = 4096,
    RIG_OUT_MAX = 32
};

struct rig_row {
    enum table table;
    struct bytes key, value;
    bool gone;
};
struct rig_reply {
    struct ticket ticket;
    enum outcome outcome;
    struct bytes body;
};

struct rig {
    const struct actor_ops *ops;
    struct addr self;
    struct arena memory, turn, kept;
    void *state;
    struct effects effects;
    const struct facts *facts;
    struct wall now;
    struct tick tick;
    uint16_t loops;
    uint32_t incarnation, slot;
    struct rig_row rows[RIG_ROWS_MAX];
    uint32_t rows_count;
    /* of the last message */
    struct rig_reply replies[RIG_OUT_MAX];
    struct msg sends[RIG_OUT_MAX];
    struct bytes work;
    struct bytes outside_key, document;
    enum outside outside;
    enum alarm alarm;
    struct tick timer_at; /* of the last timer */
    uint32_t timer_tag, outside_tag, outsides_count, alarms_count, wakes_count;
    uint32_t work_tag, replies_count, sends_count, works_count, timers_count, changes;
};

void rig_open(struct rig *rig, struct addr self);
void rig_close(struct rig *rig);
/* Forgets the state and restores it from the rows. */
void rig_restart(struct rig *rig);
/* The same up to MSG_RESTORED, which is the caller's: it may have effects. */
void rig_reload(struct rig *rig);
/* A message whose ticket, time and facts are filled in. */
void rig_receive(struct rig *rig, struct msg *msg);
/* The same; there must be exactly one reply to it. */
enum outcome rig_ask(struct rig *rig, struct msg *msg);
uint32_t rig_count(const struct rig *rig, enum table table); /* rows there */
const struct rig_row *rig_row(const struct rig *rig, enum table table, struct bytes key);
const struct rig_row *rig_row_at(const struct rig *rig, enum table table, uint32_t index);
void rig_at(struct rig *rig, int32_t day, int minute); /* sets the wall clock: a time of Taipei */
/* The settings nhi.* of the facts; until then nothing is sent. */
void rig_transfer(struct rig *rig, const struct transfer_rules *rules);
/* RIG_DOCTOR is registered at RIG_PLACE from now on. */
void rig_doctor_moves(struct rig *rig);
struct digest rig_digest(uint8_t byte);
extern const struct principal rig_home, rig_nurse, rig_officer, rig_officer_afar, rig_place;
