/* A time of three modes -> its occurrences (API 4.1; MISSION R6 to R8; F152 to F161).
 *
 * Closed forms over day numbers; no iteration over days that do not occur. Pure; any thread.
 * An occurrence is half-open, [start, end), in local minutes. Occurrences of one time come in
 * order. */
#pragma once
#include "model/civil.h"

enum time_mode { TIME_CONTINUOUS = 1, TIME_RECURRING = 2, TIME_DATES = 3 };
enum rule_kind {
    RULE_WEEKLY = 1,          /* weekdays: bit n-1 = weekday n (1 = Monday) */
    RULE_MONTHLY_WEEKDAY = 2, /* nth 1..5 or -1, weekday */
    RULE_MONTHLY_DAY = 3,     /* day 1..31 */
    RULE_EVERY_N_WEEKS = 4,   /* every 2..52, weekday */
    RULE_EVERY_N_DAYS = 5     /* every 1..365 */
};
enum { OCCURRENCES_MAX = 1000, TIMES_MAX = 50, DATES_MAX = 366, TIME_CODE_MAX = 12 * 1024 };

struct day_run { /* ticked dates kept as runs of consecutive days */
    int32_t first;
    uint16_t count;
};

/* A draft may be incomplete (API 4.2): a member that was not given is LOCAL_NONE, DAY_NONE,
 * MINUTE_NONE, 0, or no runs. Such a time, and one whose end lies before its start, has no
 * occurrences: every function below takes it. */
#define MINUTE_NONE UINT16_MAX

struct time_rule {
    enum time_mode mode;
    int64_t start, end; /* continuous: local minutes; to be filed start < end */
    int32_t from, to;   /* recurring: days, from <= to */
    uint16_t at, until; /* recurring, dates: minutes of the day; until <= at crosses midnight;
                                until 1440 is 24:00. continuous: until is 1440 if the end was sent
                           as 24:00 of the day before (times come back as sent), else 0 */
    enum rule_kind rule;
    uint8_t weekdays;     /* bit mask */
    uint8_t weekday, day; /* 1..7; 1..31 */
    int8_t nth;
    uint16_t every;
    const struct day_run *runs; /* dates: ascending, borrowed */
    uint16_t runs_count;
};

struct occurrence {
    int64_t start, end;
};

/* Steps through the occurrences of one valid rule. */
struct occurrence_cursor {
    const struct time_rule *rule;
    int32_t day;    /* candidate state, private */
    uint32_t index; /* private */
};
struct occurrence_cursor occurrence_begin(const struct time_rule *rule);
bool occurrence_next(struct occurrence_cursor *cursor, struct occurrence *out);
/* Passes over all occurrences that end at or before `minute`, by closed form; never backwards. */
void occurrence_seek(struct occurrence_cursor *cursor, int64_t minute);

/* The `index`-th member that is missing, as a pointer below the time ("/end", "/rule/nth"), NULL
 * behind the last. Static strings. */
const char *time_missing(const struct time_rule *rule, uint32_t index);
/* The member whose value lies before the start ("/end" of continuous, "/to" of recurring), or NULL.
 */
const char *time_reversed(const struct time_rule *rule);
/* Nothing is missing or reversed: it may be filed, if it has occurrences (1 to OCCURRENCES_MAX). */
bool time_is_whole(const struct time_rule *rule);

/* Number of occurrences, at most `limit` + 1 (so that "too many" costs no more). */
uint32_t occurrence_count(const struct time_rule *rule, uint32_t limit);
bool occurrence_first(const struct time_rule *rule, struct occurrence *out);
bool occurrence_last(
    const struct time_rule *rule,
    struct occurrence *out); /* by closed form or scan
                                                             of at most the limit */
/* Both at once, where each alone would find the first. */
bool occurrence_span(const struct time_rule *rule, struct occurrence *first,
                     struct occurrence *last);
/* Months touched by [from, to] in which a monthly rule has no day (R7, R8), as year * 12 + month
 * - 1. Returns how many there are; at most `max` are written. 0 for other rules. */
uint32_t months_skipped(const struct time_rule *rule, int32_t *months, uint32_t max);

/* Byte form: part of line_state and line_body; a few to at most TIME_CODE_MAX bytes for all times.
 * time_read takes memory for runs from `arena`. */
struct arena;
void time_write(struct writer *out, const struct time_rule *rule);
bool time_read(struct reader *in, struct arena *arena, struct time_rule *rule);
