/* What the files of the case resource share (api_case*.c, api_line.c). */
#pragma once
#include "rt/payload.h"
#include "web/draft_json.h"
#include "web/line_json.h"

/* What a case or line request keeps between its steps (exchange.user). */
struct case_work {
    struct case_id id;
    struct line_id line;   /* n 0: the case */
    struct case_view view; /* as read: EDIT, DELETE, SUBMIT … */
    struct line_view one;  /* of a line's route */
    bool replay;
    uint16_t status; /* of the answer */
};

struct case_work *case_work_of(struct exchange *x); /* in x->user; NULL: answered 503 */
/* The {no} or {id} of the path. False: answered 404. */
bool case_param(struct exchange *x, struct case_id *id) MUST_CHECK;
bool line_param(struct exchange *x, struct line_id *id) MUST_CHECK;
/* ERR_NOT_FOUND -> 404, all else -> 503; true if err is ERR_OK. */
bool read_well(struct exchange *x, enum err err) MUST_CHECK;
/* 200 (or the work's status) with the case or line as it is now. Pool. */
void case_show(struct exchange *x, struct snapshot *snapshot);
void line_show_one(struct exchange *x, struct snapshot *snapshot);
/* OK, CREATED with a done_reply: Location, replay, then the representation; refusals too. Loop. */
void case_render(struct exchange *x, enum outcome outcome, struct bytes body);
void line_render(struct exchange *x, enum outcome outcome, struct bytes body);
struct addr home_addr(uint64_t home);
