/* The life of a segment, with who moves it:
 *
 *   (none) --make, sync--> ahead --take--> current --fill--> filled --apply is durable--> passed
 *            applier     (at most 2)      committer        committer                      applier
 *
 * A passed one is ahead again under the next number, or is unlinked. The rows of a filled segment
 * are in LMDB, synced, before its file is used again: a record goes only when nothing needs it any
 * more (control in experiments/commit: 507 bad states without this). */
#include "storage/applier.h"
#include "base/check.h"
#include "base/log.h"
#include "storage/apply.h"
#include "storage/clock.h"
#include "storage/fatal.h"
#include <errno.h>

/* A rotten store has a finding a row: the counter has them all, the event log the first of a pass.
 */
enum { RETRY_MS = 1000, READER_CHECK_MS = 60000, SPARES_MAX = 1, SCRUB_TOLD_MAX = 100 };

static void on_scrub_finding(void *self, const struct finding *finding)
{
    struct applier *applier = self;
    if (applier->scrub_told++ < SCRUB_TOLD_MAX)
        LOG(LOG_ALARM, "store_scrub", log_text("what", finding->what),
            log_text("sentence", finding->sentence));
}

void applier_init(struct applier *applier, struct env *env, struct recent_set *recents,
                  const struct segments *segments, uint64_t applied, uint32_t scrub_gap_ms)
{
    *applier = (struct applier){.env = env,
                                .recents = recents,
                                .segments = *segments,
                                .applied = applied,
                                .scrub_gap_ms = scrub_gap_ms};
    scrub_init(&applier->scrub, env, on_scrub_finding, applier);
    applier->map_percent = env_map_percent(env);
    pthread_condattr_t attributes;
    int error = pthread_mutex_init(&applier->lock, NULL);
    error |= pthread_condattr_init(&attributes);
    error |= pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    error |= pthread_cond_init(&applier->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    CHECK(error == 0);
}

void applier_deinit(struct applier *applier)
{
    segments_close(&applier->segments);
    pthread_cond_destroy(&applier->changed);
    pthread_mutex_destroy(&applier->lock);
}

/* ---- called by others ---- */

void applier_call(struct applier *applier)
{
    pthread_mutex_lock(&applier->lock);
    applier->called = true;
    pthread_cond_broadcast(&applier->changed);
    pthread_mutex_unlock(&applier->lock);
}

struct applier_state applier_state(struct applier *applier)
{
    pthread_mutex_lock(&applier->lock);
    struct applier_state state = {.ahead = applier->segments.ahead_count,
                                  .map_percent = applier->map_percent,
                                  .applied = applier->applied,
                                  .stuck = applier->no_segment || applier->no_room};
    pthread_mutex_unlock(&applier->lock);
    return state;
}

void applier_metrics(struct applier *applier, struct metrics *into)
{
    pthread_mutex_lock(&applier->lock);
    metrics_merge(into, &applier->metrics);
    pthread_mutex_unlock(&applier->lock);
}

bool applier_wait(struct applier *applier, uint64_t position)
{
    pthread_mutex_lock(&applier->lock);
    while (applier->applied < position && !applier->no_room)
        pthread_cond_wait(&applier->changed, &applier->lock);
    bool reached = applier->applied >= position;
    pthread_mutex_unlock(&applier->lock);
    return reached;
}

bool applier_next_segment(struct applier *applier, struct segment *current)
{
    struct segment next;
    pthread_mutex_lock(&applier->lock);
    bool taken = segments_take(&applier->segments, &next);
    if (taken && current->number > 0) {
        CHECK(next.number > current->number);
        segments_fill(&applier->segments, *current);
    }
    if (taken)
        *current = next;
    applier->called = true;
    pthread_cond_broadcast(&applier->changed);
    pthread_mutex_unlock(&applier->lock);
    return taken;
}

/* ---- segments ---- */

static void set_flag(struct applier *applier, bool *flag, bool value, const char *event)
{
    pthread_mutex_lock(&applier->lock);
    bool changed = *flag != value;
    *flag = value;
    pthread_cond_broadcast(&applier->changed);
    pthread_mutex_unlock(&applier->lock);
    if (changed)
        LOG(value ? LOG_ALARM : LOG_INFO, event,
            log_text("state", value ? "failing" : "recovered"));
}

/* A passed one under the next number, or a new one. */
static enum err next_ahead(struct applier *applier, struct segment passed, uint64_t number,
                           struct segment *out)
{
    struct segments *segments = &applier->segments;
    enum err err = ERR_NO_SPACE;
    if (passed.number > 0) {
        err = segment_recycle(segments->directory, &passed, number);
        *out = passed;
    } else {
        err = segment_make(segments->directory, number, segments->size, out);
    }
    if (err == ERR_SYNC)
        fatal("log_segment_sync", EIO);
    return err;
}

/* True if there is now one more ahead than before. */
static bool add_ahead(struct applier *applier)
{
    struct segments *segments = &applier->segments;
    struct segment passed = {0}, fresh = {0};
    pthread_mutex_lock(&applier->lock);
    bool wanted = segments->ahead_count < SEGMENTS_AHEAD;
    uint64_t number = segments->last_number + 1;
    if (wanted)
        (void)segments_pass(segments, applier->applied, &passed);
    pthread_mutex_unlock(&applier->lock);
    if (!wanted)
        return false;
    enum err err = next_ahead(applier, passed, number, &fresh);
    if (err != ERR_OK) {
        if (passed.number > 0) /* its rename failed: it is no use, and its space is wanted */
            segment_unlink(segments->directory, &passed);
        set_flag(applier, &applier->no_segment, true, "log_segment");
        return false;
    }
    pthread_mutex_lock(&applier->lock);
    segments->last_number = number;
    segments_add(segments, fresh);
    pthread_mutex_unlock(&applier->lock);
    return true;
}

/* More passed segments than will be used soon give their space back. */
static void drop_spares(struct applier *applier)
{
    struct segment passed;
    for (;;) {
        pthread_mutex_lock(&applier->lock);
        struct segments *segments = &applier->segments;
        bool spare = segments->filled_count > SPARES_MAX &&
                     segments->filled[SPARES_MAX].last_position <= applier->applied &&
                     segments_pass(segments, applier->applied, &passed);
        pthread_mutex_unlock(&applier->lock);
        if (!spare)
            return;
        segment_unlink(applier->segments.directory, &passed);
    }
}

static void tend_segments(struct applier *applier)
{
    bool added = false;
    while (add_ahead(applier))
        added = true;
    pthread_mutex_lock(&applier->lock);
    bool enough = applier->segments.ahead_count == SEGMENTS_AHEAD;
    pthread_mutex_unlock(&applier->lock);
    if (enough) {
        set_flag(applier, &applier->no_segment, false, "log_segment");
        drop_spares(applier);
    }
    if (added || !enough)
        applier->progress(applier->self);
}

/* ---- applying ---- */

static void note_applied(struct applier *applier, uint64_t position, uint64_t rows)
{
    uint32_t percent = env_map_percent(applier->env);
    pthread_mutex_lock(&applier->lock);
    bool alarm = percent >= APPLIER_MAP_ALARM_PERCENT && applier->map_percent < percent;
    applier->applied = position;
    applier->map_percent = percent;
    applier->metrics.counters[METRIC_APPLIES]++;
    applier->metrics.counters[METRIC_APPLIED_ROWS] += rows;
    pthread_cond_broadcast(&applier->changed);
    pthread_mutex_unlock(&applier->lock);
    if (alarm)
        LOG(LOG_ALARM, "store_map_filling", log_int("percent", percent));
}

/* False: there is nothing to apply, or no room for it now. */
static bool apply_sealed(struct applier *applier)
{
    struct recent *table = recent_set_sealed(applier->recents);
    if (table == NULL)
        return false;
    if (env_reserve(applier->env, table->newest_bytes) != ERR_OK) {
        set_flag(applier, &applier->no_room, true, "store_apply_room");
        applier->progress(applier->self);
        return false;
    }
    uint64_t rows = 0, position = table->head.position;
    enum err err = apply_table(applier->env, table, &rows);
    if (err == ERR_NO_MEMORY) { /* as without room: LMDB found none before it wrote anything */
        set_flag(applier, &applier->no_room, true, "store_apply_room");
        applier->progress(applier->self);
        return false;
    }
    if (err != ERR_OK) {
        /* The log has it, LMDB is at its last position: a restart replays (failure table). */
        LOG(LOG_ALARM, "store_apply_failed", log_text("err", err_name(err)));
        fatal("store_apply", err == ERR_NO_SPACE ? ENOSPC : EIO);
    }
    recent_set_retire(applier->recents);
    note_applied(applier, position, rows);
    set_flag(applier, &applier->no_room, false, "store_apply_room");
    applier->progress(applier->self);
    return true;
}

/* ---- the scrub ---- */

static void scrub_once(struct applier *applier)
{
    struct scrub *scrub = &applier->scrub;
    uint64_t rows = scrub->inspector.rows, bad = scrub->inspector.bad, passes = scrub->passes;
    enum err err = scrub_slice(scrub);
    if (err != ERR_OK && err != ERR_CORRUPT)
        LOG(LOG_WARN, "store_scrub_failed", log_text("err", err_name(err)));
    if (scrub->passes > passes)
        applier->scrub_told = 0;
    pthread_mutex_lock(&applier->lock);
    applier->metrics.counters[METRIC_SCRUB_ROWS] += scrub->inspector.rows - rows;
    applier->metrics.counters[METRIC_SCRUB_FINDINGS] += scrub->inspector.bad - bad;
    applier->metrics.counters[METRIC_SCRUB_PASSES] += scrub->passes - passes;
    pthread_mutex_unlock(&applier->lock);
}

/* ---- the thread ---- */

static struct tick sooner(struct tick a, struct tick b)
{
    return a.ms < b.ms ? a : b;
}

static void wait_for_work(struct applier *applier, struct tick until)
{
    struct timespec deadline = clock_timespec(until);
    pthread_mutex_lock(&applier->lock);
    int error = 0;
    while (!applier->called && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&applier->changed, &applier->lock, &deadline);
    applier->called = false;
    pthread_mutex_unlock(&applier->lock);
}

static bool is_stopping(struct applier *applier)
{
    pthread_mutex_lock(&applier->lock);
    bool stopping = applier->stopping;
    pthread_mutex_unlock(&applier->lock);
    return stopping;
}

static void *applier_run(void *self)
{
    struct applier *applier = self;
    (void)pthread_setname_np(pthread_self(), "applier");
    struct tick check_at = {clock_tick().ms + READER_CHECK_MS};
    struct tick scrub_at = {clock_tick().ms + applier->scrub_gap_ms};
    for (;;) {
        bool stopping =
            is_stopping(applier); /* before looking: what was sealed by then is applied */
        if (!stopping)
            tend_segments(applier);
        bool applied = apply_sealed(applier);
        if (stopping && !applied)
            return NULL;
        struct tick now = clock_tick();
        if (now.ms >= check_at.ms) {
            env_check_readers(applier->env);
            check_at.ms = now.ms + READER_CHECK_MS;
        }
        if (applied)
            continue;
        if (now.ms >= scrub_at.ms) {
            scrub_once(applier);
            scrub_at.ms = clock_tick().ms + applier->scrub_gap_ms;
        }
        bool stuck = applier_state(applier).stuck;
        struct tick next = stuck ? (struct tick){now.ms + RETRY_MS} : check_at;
        wait_for_work(applier, sooner(next, scrub_at));
    }
}

enum err applier_start(struct applier *applier)
{
    CHECK(applier->progress != NULL);
    return pthread_create(&applier->thread, NULL, applier_run, applier) == 0 ? ERR_OK
                                                                             : ERR_NO_MEMORY;
}

void applier_stop(struct applier *applier)
{
    pthread_mutex_lock(&applier->lock);
    applier->stopping = applier->called = true;
    pthread_cond_broadcast(&applier->changed);
    pthread_mutex_unlock(&applier->lock);
    pthread_join(applier->thread, NULL);
}
