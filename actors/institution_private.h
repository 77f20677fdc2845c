/* What the files of the institution actor share. Everything lies in the actor's arena. */
#pragma once
#include "actors/desk_link.h"
#include "actors/index.h"
#include "actors/institution.h"
#include "actors/slots.h"
#include "model/allow.h"
#include "model/line_rules.h"
#include "model/overlap.h"
#include "rt/payload.h"

#define SLOT_NONE UINT32_MAX

struct line_slot {
    struct line_state state; /* version 0: the slot is empty */
    uint32_t at;             /* its own number */
    uint32_t next_of_person; /* chain; SLOT_NONE at its end */
    uint8_t parts;           /* rows that its state takes */
};

struct case_slot {
    struct case_record record; /* version 0: empty */
};

struct request_slot {
    struct request_record record; /* at 0: empty */
};

struct upload_slot {
    struct upload_record record; /* version 0: empty; texts in the actor's arena */
    uint32_t failures;           /* of the pool with it, in this incarnation */
};

struct institution_state {
    uint64_t id;
    struct arena *memory;
    struct slots cases, lines, uploads; /* case_slot, line_slot, upload_slot */
    struct request_slot *requests;      /* a ring in order of time, from requests_first */
    uint32_t requests_first, requests_count, requests_capacity;
    struct index by_id;      /* packed case or line -> slot */
    struct index by_person;  /* person -> first line of the chain */
    struct index by_request; /* first 8 bytes of the digest -> slot */
    int32_t serial_day;      /* of the last serial; DAY_NONE: none */
    uint32_t serial_last;
    int32_t serial_old_day; /* a row to be erased with the next number: kept two days */
    int32_t floor_day; /* a restore's floor of this day's serials (DESIGN 16); DAY_NONE: none */
    uint32_t floor_serial;
    uint32_t counts[STATUS_RETURNED + 1];
    /* a line's row being put together while restoring */
    struct line_id pending;
    uint8_t *pending_bytes;
    size_t pending_size;
    uint8_t pending_parts;
    bool restored;
    struct desk_link desks; /* tokens */
    uint64_t uploads_last;  /* highest number seen, in this incarnation */
    uint64_t reading;       /* the one that the pool has, even if deleted since; 0: none */
};

enum institution_timer { TIMER_TOKEN_DESKS = 1, TIMER_UPLOADS };

/* One turn: who asks, what was decided so far. */
struct turn {
    struct institution_state *state;
    const struct msg *in;
    struct effects *out;
    struct writer *copy; /* rows put are written here too, for the answer of CASE_CREATE; or NULL */
    uint8_t *line_row;   /* LINE_STATE_MAX bytes in which a line is written; NULL until the first */
};

/* ---- institution_memory.c ---- */
void memory_init(struct institution_state *state);
struct upload_slot *memory_upload_at(const struct institution_state *state, uint32_t at);
struct line_slot *memory_line_at(const struct institution_state *state, uint32_t at);
uint64_t id_pack(struct line_id id); /* n 0: the case */
struct case_slot *memory_case(struct institution_state *state, struct case_id id);
struct line_slot *memory_line(struct institution_state *state, struct line_id id);
/* NULL: the arena is exhausted. The record must not be there yet. */
struct case_slot *memory_add_case(struct institution_state *state,
                                  const struct case_record *record);
struct line_slot *memory_add_line(struct institution_state *state, const struct line_state *line);
void memory_drop_case(struct institution_state *state, struct case_slot *slot);
void memory_drop_line(struct institution_state *state, struct line_slot *slot);
/* Moves the line to another person's chain. False: the arena is exhausted. */
bool memory_set_person(struct institution_state *state, struct line_slot *slot, uint64_t person);
struct line_slot *memory_first_of_person(struct institution_state *state, uint64_t person);
struct line_slot *memory_next_of_person(struct institution_state *state,
                                        const struct line_slot *slot);
/* Copies rules (and their runs) into the actor's arena. NULL with count > 0: exhausted. */
const struct time_rule *memory_times(struct institution_state *state, const struct time_rule *times,
                                     uint16_t count);
/* A person's occupied time without the lines of `except` (a packed case id; 0: none). */
bool memory_occupied(struct institution_state *state, uint64_t person, const struct turn *turn,
                     struct overlap_set *set);
struct request_slot *memory_request(struct institution_state *state, const struct digest *request);
void memory_forget_request(struct institution_state *state, const struct digest *request);
bool memory_add_request(struct institution_state *state, const struct request_record *record);
/* The oldest, if it is older than 24 h at `now`; removed from memory. */
bool memory_old_request(struct institution_state *state, int64_t now, struct request_record *old);
void memory_sort_requests(struct institution_state *state);

struct upload_slot *memory_upload(struct institution_state *state, uint64_t number);
/* Copies the record's texts. NULL: the arena is exhausted. */
struct upload_slot *memory_add_upload(struct institution_state *state,
                                      const struct upload_record *record);

/* ---- institution_rows.c: staging ---- */
void rows_case(struct turn *turn, const struct case_record *record);
void rows_line(struct turn *turn, struct line_slot *slot);
void rows_erase_line(struct turn *turn, const struct line_slot *slot);
void rows_body(struct turn *turn, struct line_id id, uint32_t version, struct bytes body);
void rows_history(struct turn *turn, struct line_id id, const struct history *history);
void rows_audit(struct turn *turn, enum audit_action action, struct line_id id, uint32_t version,
                uint64_t subject);
void rows_counts(struct turn *turn);
void rows_request(struct turn *turn, const struct done_reply *reply, const struct digest *request);
uint32_t home_county(const struct turn *turn);
/* Of a line under review, whose due day is set. */
struct row_key queue_key(const struct turn *turn, const struct line_state *line);

/* ---- answers ---- */
void answer(struct turn *turn, enum outcome outcome);
void answer_done(struct turn *turn, enum outcome outcome, const struct done_reply *reply);
void answer_state(struct turn *turn, enum request_status status);
void answer_problems(struct turn *turn, const struct problems *problems);
/* No new key can be remembered now (API 1: 20,000). */
bool keys_full(const struct turn *turn);
/* True: the key was known and the answer is given (the same again, or a mismatch). */
bool answered_before(struct turn *turn);
bool may_touch(const struct turn *turn, enum verb verb, const struct line_state *line);
void touch_case(struct turn *turn, struct case_slot *slot);

/* ---- the verbs ---- */
void file_create(struct turn *turn);
void file_edit(struct turn *turn);
void file_delete_case(struct turn *turn);
void file_delete_line(struct turn *turn);
void submit_lines(struct turn *turn);
void withdraw_line(struct turn *turn);
/* A new case of these drafts with all its rows; nothing is judged here. The caller answers. False:
 * memory is exhausted (the turn is marked failed). */
bool case_create(struct turn *turn, const struct line_draft *drafts, uint16_t count, bool submit,
                 struct case_record *record);
struct filing draft_filing(const struct turn *turn, const struct line_draft *draft,
                           uint8_t attachments);
void review_decide(struct turn *turn);
void token_change(struct turn *turn);
void upload_add(struct turn *turn);
void upload_take(struct turn *turn); /* WORK_DONE */
void upload_import(struct turn *turn);
void upload_delete(struct turn *turn);
/* Asks for the work of all that wait for it: after a start, and when the pool could not. */
void upload_go_on(struct turn *turn);
/* All rules for lines that want to go under review; problems' fields are `/lines/<place>/…`. */
struct submit_line {
    uint16_t place; /* in the body, or in the case as GET shows it */
    struct filing filing;
    uint64_t packed; /* of an existing line; 0: new */
};
void submit_check(struct turn *turn, const struct submit_line *lines, uint16_t count,
                  struct problems *problems);
/* draft or returned -> under review, with its rows; counts included. created_at: the case's. */
void submit_move(struct turn *turn, struct line_slot *slot, int64_t created_at);
