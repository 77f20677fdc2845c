/* Uploaded sheets to an institution actor, in a line each: what the door sends, what the pool
 * answers, what the rows say. */
#pragma once
#include "tests/unit/actors/case_rig.h"

enum { UP_SHEET = 4500 /* bytes of a sealed file: three rows */, UP_ROWS_MAX = 8 };

struct up_import { /* what is left out: version of the record, read at that version */
    bool all, submit;
    uint32_t version, read_version;
};

struct up_rig {
    struct case_rig cases; /* who, key, body: of the next request */
    uint64_t number;       /* of the sheet added last */
    struct bytes lines;    /* of the last up_found */
};

void up_open(struct up_rig *up);
void up_close(struct up_rig *up);
/* A sheet whose digest is 32 times `sha`. */
enum outcome up_add(struct up_rig *up, uint8_t sha);
/* The pool has read it: these lines, in the sheet's rows 2, 3, …; of `rows` rows, the others faulty
 * by themselves. */
void up_found(struct up_rig *up, uint64_t number, const struct asked *lines, uint16_t count,
              uint16_t rows);
void up_refused(struct up_rig *up, uint64_t number, enum upload_error error, const char *told);
void up_work_fails(struct up_rig *up);
enum outcome up_import(struct up_rig *up, uint64_t number, struct up_import how);
enum outcome up_delete(struct up_rig *up, uint64_t number, uint32_t version);

/* ---- looking ---- */
bool up_there(const struct up_rig *up, uint64_t number);
struct upload_record up_record(struct up_rig *up, uint64_t number); /* it must be there */
/* Rows of its parts; of one kind of part, or (0) of all. */
uint32_t up_parts(const struct up_rig *up, uint64_t number, int part);
/* "row column code with-row|line.n value" of every finding, a line each. */
const char *up_findings(struct up_rig *up, uint64_t number);
bool up_waits(const struct up_rig *up); /* the row in `waiting` */
/* Which sheet the last message asked the pool to read; 0: none. */
uint64_t up_asked(const struct up_rig *up);
/* The record that the last answer carries. */
struct upload_record up_told(const struct up_rig *up);
/* Of the record of audit at this place from the end: its action. */
enum audit_action up_audit(const struct up_rig *up, uint32_t from_end, struct audit *audit);
