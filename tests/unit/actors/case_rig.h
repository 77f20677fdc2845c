/* Requests to an institution actor, in a line each. */
#pragma once
#include "tests/unit/actors/rig.h"

enum { CASE_LINES_MAX = 4 };

struct asked { /* one line; zero fields of a `wanted` are filled with what is right */
    uint64_t person, target;
    uint8_t purpose; /* NO_PURPOSE: none */
    int32_t in_days; /* from RIG_TODAY; 08:00 to 12:00 */
    bool no_times, no_person, no_target;
    uint16_t from, to; /* minutes; 0, 0: 480, 720 */
    uint16_t dates;    /* that many single dates, two days apart, instead */
    uint16_t times;    /* so many equal times; 0: 1 */
    uint16_t n;        /* of an edit */
    uint32_t version;
};
enum { NO_PURPOSE = 255 };

struct case_rig {
    struct rig rig;
    struct principal who; /* of the next request */
    struct digest key, body;
    struct line_id line; /* what was made last: its first line */
    struct done_reply done;
};

void case_open(struct case_rig *cases);
/* As the door decodes it; memory of the rig. */
void case_draft(struct case_rig *cases, const struct asked *asked, struct line_draft *draft);
void case_close(struct case_rig *cases);
enum outcome case_make(struct case_rig *cases, bool submit, const struct asked *lines,
                       uint16_t count);
enum outcome case_edit(struct case_rig *cases, struct case_id id, uint32_t version, bool by_line,
                       const struct asked *lines, uint16_t count);
enum outcome case_command(struct case_rig *cases, enum msg_kind kind, struct line_id id,
                          uint32_t version);
/* One item; `outcome` DECIDED_… of it. */
enum decided case_decide(struct case_rig *cases, struct line_id line, uint32_t version,
                         enum move move, const char *reason);
struct line_state case_line(struct case_rig *cases, struct line_id id); /* as the row says */
struct case_record case_record_of(struct case_rig *cases, struct case_id id);
/* "code /field" of every problem of the last answer, a line each. */
const char *case_problems(struct case_rig *cases);
uint32_t case_count(const struct case_rig *cases, enum request_status status); /* COUNTS row */
