/* A table of cells -> line drafts and faults (API 5, DOMAIN 6.1): the header's columns, the
 * template's stamp, then each row by itself.
 *
 * A row without a fault has a draft as POST /cases makes it; every fault of a row is told at once,
 * the findings of line_rules.h among them (but attachment_required: documents are attached to the
 * draft that an import makes). What needs other lines (overlaps, duplicates, quotas) is the check
 * turn's, which adds its findings with sheet_map_add.
 *
 * Pure; any thread. All memory is of the one arena given; drafts and faults borrow their texts from
 * the table of cells, so its arena lives as long as the map. */
#pragma once
#include "base/arena.h"
#include "model/draft.h"
#include "model/upload.h"
#include "sheet/sheet_grid.h"
#include "sheet/sheet_faults.h"

enum { MAP_ROWS_MAX = 300, MAP_FAULTS_MAX = 2000, NEAR_PLACES_MAX = 20 };

/* What the mapping asks of the registry and may not include (DESIGN 4). `self` comes back in each;
 * called on the mapping's thread. */
struct sheet_registry {
    void *self;
    /* The person of a well-formed ID number, whosever staff; NULL: none. */
    const struct person *(*person)(void *self, struct bytes id_no);
    bool (*same_name)(void *self, struct bytes left, struct bytes right); /* folded */
    size_t (*near_places)(void *self, struct bytes code, uint64_t *ids, size_t max);
};

struct sheet_ask {
    enum form_kind kind;
    const struct facts *facts;
    const struct sheet_registry *registry;
    struct wall now;
    uint64_t home;   /* whose staff may be named */
    uint64_t person; /* a person's own upload: he alone; 0: an institution's */
};

/* Of the whole file; named as in API 5. */
enum map_refusal { MAP_FINE, MAP_WRONG_TEMPLATE, MAP_NO_ROWS, MAP_TOO_MANY_ROWS };
const char *map_refusal_name(enum map_refusal refusal); /* wrong_template … */

struct sheet_line {
    uint32_t row;                         /* the sheet's own number */
    uint32_t faults;                      /* 0: `draft` may be filed */
    struct bytes person_name, place_name; /* as read, for showing; empty where not given */
    struct bytes quoted[QUOTED_COUNT];    /* cells as read, whole */
    struct line_draft draft;
};

struct sheet_map {
    enum form_kind kind;
    enum map_refusal refusal;
    struct bytes refusal_zh, refusal_en; /* the sentence, with what is missing; empty if fine */
    uint32_t rows;                       /* data rows; of too_many_rows: how many there are */
    uint32_t valid;                      /* of them without a fault */
    uint16_t columns[FORM_FIELDS];       /* of the sheet, by field */
    uint32_t header_row;                 /* the sheet's number; 0: none was found */
    struct sheet_line *lines;            /* `rows` of them, in the sheet's order */
    struct cell_fault *faults;           /* by row, then column */
    uint32_t faults_count;               /* kept: at most MAP_FAULTS_MAX */
    uint32_t faults_total;               /* found */
    uint32_t faults_capacity;
    uint32_t near_asked; /* look-ups for near matches: NEAR_PLACES_MAX a file */
    struct arena *arena;
    const struct sheet_grid *cells;
};

/* ERR_NO_MEMORY alone: everything else is the map's content. */
enum err sheet_map_read(const struct sheet_grid *cells, const struct sheet_ask *ask,
                        struct arena *arena, struct sheet_map *map) MUST_CHECK;

/* A finding of the check turn about one line, `member` its pointer below the line ("/times/0").
 * `other` is the line that an overlap or a duplicate of the same file means; NULL: none, then
 * problem->with names a line of the store. A fault that its cell has already is not told twice. */
enum err sheet_map_add(struct sheet_map *map, struct sheet_line *line,
                       const struct problem *problem, const char *member,
                       const struct sheet_line *other) MUST_CHECK;
/* By row, then column, then code: after the last sheet_map_add. */
void sheet_map_sort(struct sheet_map *map);
