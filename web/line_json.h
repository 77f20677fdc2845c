/* Cases and lines as API 4.1 shows them. One renderer for every answer that holds a line.
 *
 * Pure but for reading a person's other lines (overlaps of drafts), which needs a snapshot: then
 * pool threads only. Memory: the document's. */
#pragma once
#include "model/overlap.h"
#include "storage/query.h"
#include "web/exchange.h"

/* A person's time that is taken at a home: what is under review or approved. */
struct person_lines {
    struct person_lines *next;
    uint64_t home, person;
    struct line_state *states;
    uint32_t count;
    struct overlap_set taken; /* handles are places in `states` */
};

struct line_show {
    yyjson_mut_doc *doc;
    const struct facts *facts;
    struct wall now;
    enum language language;
    const struct principal *principal;
    struct arena *arena;
    struct snapshot *snapshot;   /* NULL: no draft is among the lines */
    struct person_lines **known; /* those read for this answer; NULL: no memory */
};

struct line_show line_show_of(struct exchange *x, yyjson_mut_doc *doc, struct snapshot *snapshot);
/* May this caller see the line (404 otherwise)? */
bool line_visible(const struct exchange *x, enum verb verb, const struct line_state *state);
bool home_visible(const struct exchange *x, enum verb verb, uint64_t home);
void line_put(const struct line_show *show, yyjson_mut_val *object, const struct line_view *view);
/* Lines the caller may not see are left out. Returns how many were put. */
uint32_t case_put(const struct line_show *show, struct exchange *x, yyjson_mut_val *object,
                  const struct case_view *view);
void institution_put_short(const struct line_show *show, yyjson_mut_val *object, const char *key,
                           uint64_t id, bool with_medical);
void person_put_short(const struct line_show *show, yyjson_mut_val *object, uint64_t id);
void county_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, uint32_t county);
void history_put(const struct line_show *show, yyjson_mut_val *array, const struct history *entry);
/* The end of a day in Taipei as an instant; DAY_NONE: null. */
void day_end_put(const struct line_show *show, yyjson_mut_val *object, const char *key,
                 int32_t day);
/* Times of a view as JSON. */
void times_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const struct time_rule *times,
               uint16_t count);
/* Read once an answer, however many lines of the person it shows. NULL: no memory, or unreadable.
 */
struct person_lines *person_lines_of(const struct line_show *show, uint64_t home, uint64_t person);
/* What would stop this line from being submitted now. */
void line_problems(const struct line_show *show, const struct line_view *view, const char *prefix,
                   struct problems *problems);
