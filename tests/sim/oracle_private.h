/* The oracle's ledger, shared by its files. */
#pragma once
#include "tests/sim/clients.h"
#include "tests/sim/oracle.h"
#include "tests/sim/view.h"

enum session_belief {
    BELIEF_UNSURE, /* asked for, or perhaps ended: nothing can be demanded */
    BELIEF_BEGUN,  /* its log-in was answered: it holds on every loop */
    BELIEF_ENDED   /* its end was answered: it holds on none */
};

struct session_note {
    struct digest secret;
    uint32_t subject;
    bool is_token;
    enum session_belief belief;
    int64_t begun_ms; /* wall, as the answer to the log-in said */
    bool refused;     /* a door did not let it in */
};

struct ack { /* a change of one line that was acknowledged */
    struct line_id line;
    uint32_t version;
    enum history_action action;
    uint32_t ask;
};

struct subject_note {  /* by client number */
    uint32_t failures; /* in a row, acknowledged */
    uint32_t ends;     /* log-outs asked for */
    int64_t locked_ms; /* wall: when the fifth was told; 0: not locked */
};

struct oracle {
    struct session_note *sessions;
    uint32_t sessions_count, sessions_capacity;
    struct ack *effects;
    uint32_t effects_count, effects_capacity;
    struct map effect_at; /* hash of (line, version) -> effect */
    struct map made;      /* hash of a case -> the ask that made it */
    struct map gone;      /* hash of a line whose deletion was answered -> ask */
    struct subject_note subjects[CLIENTS_MAX];
};

/* One line's life as its history tells it. */
struct life {
    struct line_id id;
    uint32_t version, body_version;
    enum request_status status;
    uint32_t approvals, moves; /* of the latter: withdrawals and decisions */
    bool there;                /* has a LINE row */
    uint64_t person;
    uint32_t author, place; /* who wrote the body in force */
};
struct lives {
    struct life *items;
    uint32_t count, capacity;
};

uint64_t line_key(struct line_id line, uint32_t version);
bool line_name(struct line_id id, char out[LINE_ID_MAX]); /* for sentences; always true */
const struct ack *oracle_effect(const struct oracle *oracle, struct line_id line, uint32_t version);
/* A request that may have had an effect: not one that got nothing but refusals. */
bool ask_may_have(const struct ask *ask);
bool oracle_actor_is(const struct world *world, uint32_t client, const struct principal *actor);
bool life_may(enum request_status from, enum history_action action, enum request_status *to);

/* ---- oracle_auth.c ---- */
void oracle_auth_sent(struct world *world, struct ask *ask);
void oracle_auth_heard(struct world *world, struct ask *ask, enum outcome outcome,
                       struct bytes body);
void oracle_desks(struct world *world); /* what every loop's desk must say now */
void oracle_look_sessions(struct world *world, const char *when);

/* ---- oracle_sheets.c ---- */
bool ask_is_of_sheets(enum ask_kind kind);
void oracle_sheet_done(struct world *world, const struct ask *ask);
/* False: no refusal of sheets. */
bool oracle_sheet_refused(struct world *world, const struct ask *ask, enum outcome outcome);
/* Has the author of this entry imported the sheet that `add` sent? */
bool oracle_sheet_makes(const struct world *world, const struct ask *add,
                        const struct history *history, bool submit);
void oracle_sheets_begin(struct world *world);
/* A line that row `place` of the sheet became. */
void oracle_sheet_line(struct world *world, const char *when, uint32_t add, struct line_id id,
                       uint32_t place);
void oracle_look_sheets(struct world *world, const char *when);

/* ---- oracle_fold.c ---- */
/* Folds all histories; each entry must have its cause and be legal. */
void oracle_fold(struct world *world, const char *when, struct lives *lives);
struct life *lives_find(const struct lives *lives, struct line_id id);

/* ---- oracle_index.c ---- */
void oracle_look_indexes(struct world *world, const char *when, const struct lives *lives);
/* ---- oracle_audit.c ---- */
void oracle_look_records(struct world *world, const char *when, const struct lives *lives);
