/* The applier's thread: sealed recent tables into LMDB, log segments two ahead, and between two
 * applies a slice of the scrub (DESIGN 5, 6).
 *
 * Never in the path of a commit. Owns the list of segments; the committer takes the next one from
 * it and hands back the filled one. What it can't do for lack of space it tries again each second
 * and is `stuck` meanwhile; the committer decides what follows from that. Other failures end the
 * process. */
#pragma once
#include "base/metric.h"
#include "storage/recent_set.h"
#include "storage/scrub.h"
#include "storage/segment.h"
#include <pthread.h>

struct applier {
    struct env *env;
    struct recent_set *recents;
    void (*progress)(
        void *self); /* something the committer may wait for has changed; applier's thread */
    void *self;

    struct scrub scrub; /* the thread's own */
    uint32_t scrub_gap_ms;
    unsigned scrub_told; /* findings of this pass that have a log line */

    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* under the lock */
    struct segments segments;
    struct metrics metrics;
    uint64_t applied; /* position that LMDB durably holds */
    uint32_t map_percent;
    bool called, stopping;
    bool no_segment, no_room; /* for a segment ahead; for an apply */
};

enum { APPLIER_MAP_ALARM_PERCENT = 70, APPLIER_MAP_FULL_PERCENT = 85 };

/* What the committer decides on; read together. */
struct applier_state {
    uint32_t ahead, map_percent;
    uint64_t applied;
    bool stuck;
};

/* Takes over the segments. */
void applier_init(struct applier *applier, struct env *env, struct recent_set *recents,
                  const struct segments *segments, uint64_t applied, uint32_t scrub_gap_ms);
void applier_deinit(struct applier *applier);
enum err applier_start(struct applier *applier) MUST_CHECK;
/* Applies what is sealed, unless it is stuck, and ends the thread. */
void applier_stop(struct applier *applier);

/* Any thread. */
void applier_call(struct applier *applier); /* there is work: a table was sealed */
struct applier_state applier_state(struct applier *applier);
void applier_metrics(struct applier *applier, struct metrics *into);
/* Waits until LMDB holds `position`; false: stuck for lack of space. */
bool applier_wait(struct applier *applier, uint64_t position);
/* Committer: the next segment; the one before is filled (number 0: there was none). */
bool applier_next_segment(struct applier *applier, struct segment *current);
