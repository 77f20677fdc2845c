/* What somebody asks for: one line as sent, decoded, not yet judged. */
#pragma once
#include "model/line_codec.h"
#include "model/problem.h"

/* Which members a PATCH names. */
enum draft_field {
    DRAFT_PERSON = 1,
    DRAFT_TARGET = 2,
    DRAFT_DEPARTMENT = 4,
    DRAFT_PURPOSE = 8,
    DRAFT_NOTE = 16,
    DRAFT_TIMES = 32,
    DRAFT_REMARK = 64,
    DRAFT_ALL = 127
};

struct line_draft {
    uint16_t given;  /* draft_field bits */
    uint64_t person; /* 0: none */
    uint64_t target; /* 0: none */
    uint16_t department;
    uint8_t purpose;
    struct line_body body; /* note, remark, times */
    /* The encoded body row, made once at the door; the actor stores it as it is. */
    struct bytes body_row;
    /* Of an edit: which line, at which version, and what changed, for the history. n 0: a new
     * line. */
    uint16_t n;
    uint32_t version;
    uint16_t changes_count;
    const struct history_change *changes;
};
