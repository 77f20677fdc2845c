/* Random times for property tests, and what they mean by a slow second reading, day by day. */
#pragma once
#include "base/prng.h"
#include "model/recurrence.h"

enum { RANDOM_RUNS_MAX = 40 };

struct random_time {
    struct time_rule rule;
    struct day_run runs[RANDOM_RUNS_MAX];
};

/* A whole time within about `days_max` days from `around`. `mode` 0: any. */
void random_time(struct prng *prng, struct random_time *out, enum time_mode mode, int32_t around,
                 uint32_t days_max);
/* Is there an occurrence that begins on this day? By the words of API 4.1, without recurrence.c. */
bool slow_matches(const struct time_rule *rule, int32_t day);
/* All occurrences in order, at most `max`; returns how many there are. */
uint32_t slow_expand(const struct time_rule *rule, struct occurrence *out, uint32_t max);
/* Expands by the cursor. */
uint32_t fast_expand(const struct time_rule *rule, struct occurrence *out, uint32_t max);
