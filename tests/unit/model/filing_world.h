/* A small world for the rules of filing: one home, one place to support, one nurse, and a filing
 * that breaks no rule. Tests spoil one thing and look at what is said. Defines struct facts. */
#pragma once
#include "model/facts.h"
#include "model/line_rules.h"

enum {
    WORLD_HOME = 1001,
    WORLD_PLACE = 1002,
    WORLD_NURSE = 7,
    WORLD_OTHER = 8,     /* works elsewhere */
    WORLD_TODAY = 20788, /* 2026-12-01, a Tuesday; it is 10:00 */
    WORLD_NOW = WORLD_TODAY * 1440 + 600
};

struct facts {
    struct institution institutions[2]; /* home, place */
    struct person people[2];            /* nurse, other */
    const struct person *staff[8];      /* of the home */
    size_t staff_count;
    struct bureau_rules rules;
};

struct world {
    struct facts facts;
    struct time_rule times[TIMES_MAX];
    struct filing filing;
    struct wall now;
};

void world_init(struct world *world);
/* The faults (or warnings) as text, a line each: "code field". Static, of the last call. */
const char *world_faults(const struct world *world);
const char *world_warnings(const struct world *world);
/* The index of a type in codes_institution_types, by its code. */
uint8_t world_type(const char *code);
/* One day's hours: `day` days from today, minutes of the day. */
struct time_rule world_hours(int day, int from, int to);
