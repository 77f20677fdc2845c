/* Outcome -> HTTP status and problem document: one table, and the only place with words (DESIGN 8).
 *
 * Problem documents are RFC 9457 with our members (API 1): type, title, status, detail, code,
 * request_id, errors[{field, code, message}]. Text is zh-TW, English where the client prefers it.
 * Pure; any thread. */
#pragma once
#include "base/arena.h"
#include "model/problem.h"
#include "rt/msg.h"
#include <yyjson.h>

enum language { LANGUAGE_ZH, LANGUAGE_EN };

/* zh-TW unless English has the higher weight in Accept-Language. */
enum language reply_language(struct bytes accept_language);
const char *reply_reason(uint16_t status); /* "Not Found"; "" for a status that we never send */

/* The text of a code of API 1.1, 1.2, 2 or AUTH 8; NULL if there is none (a test walks them all).
 */
const char *reply_message(const char *code, enum language language);
/* Every code with a text, for OpenAPI and tests; NULL past the end. */
const char *reply_code_at(size_t index);
/* The status that goes with a top-level code: 404 for "not_found"; 422 for the codes of content. 0:
 * none. */
uint16_t reply_status(const char *code);

/* How a refusal of an actor is answered; code NULL for OUTCOME_OK, CREATED, DELETED. */
struct refusal {
    uint16_t status;
    const char *code;
};
struct refusal reply_refusal(enum outcome outcome);

/* A document with type, title, status, detail (the code's text), code, request_id and an empty
 * errors array, for more to be added to its root. NULL without memory. */
yyjson_mut_doc *reply_problem(struct arena *arena, uint16_t status, const char *code,
                              enum language language, const char *request_id);
/* Appends to `errors`: field and code; message by the code; overlaps tell `with` (the other line's
 * id, or the pointer of another line of the same body) and the common `start` and `end`. */
void reply_add_problem(yyjson_mut_doc *doc, enum language language, const struct problem *problem);
/* One problem as an object ({field, code, message[, with, start, end]}), for previews and drafts'
 * `problems`. NULL without memory. */
yyjson_mut_val *reply_problem_value(yyjson_mut_doc *doc, enum language language,
                                    const struct problem *problem);
void reply_add_error(yyjson_mut_doc *doc, enum language language, const char *field,
                     const char *code);
