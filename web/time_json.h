/* A time of API 4.1 between JSON and struct time_rule. Pure; any thread.
 *
 * Faults are told one by one, all of them, each with its code (model/problem.h) and a JSON pointer
 * below the time: "/end", "/rule/nth", "/dates/3", "" for the time itself. Both strings live for
 * the call only.
 *
 * A draft may be incomplete and reversed (API 4.2), so these are told and do not make the result
 * false: `required` (but not of `mode` and `rule.kind`, without which the rest means nothing) and
 * `end_before_start`. A member that is null counts as not given. Duplicate member names are the
 * parser's to refuse (`bad_json`).
 *
 * `dates` may come in any order and are kept in ascending order; a date that stands in the list
 * twice is `bad_date` at the later one. An unknown `mode` is `bad_type`, an unknown `rule.kind`
 * `bad_rule`. A time without any occurrence (31st of a February) is no fault of form. */
#pragma once
#include "model/recurrence.h"
#include <yyjson.h>

struct arena;

/* False: `*out` is unchanged, at least one fault was told (or, if none was, the arena is
 * exhausted). True: `*out` stands for what was sent; runs of dates lie in `arena`. */
bool time_from_json(yyjson_val *value, struct arena *arena, struct time_rule *out,
                    void (*problem)(void *self, const char *pointer_suffix, const char *code),
                    void *self);

/* As it was sent: 24:00 stays 24:00, members that were not given are left out. NULL: no memory. */
yyjson_mut_val *time_to_json(yyjson_mut_doc *doc, const struct time_rule *rule);
