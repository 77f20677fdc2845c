/* One group, in steps:
 *
 *   1. drain the inbox; shards whose batches have just gone home have their next ones sealed: wait
 *      for those, at most a quarter of a sync, so that shards share a sync instead of taking turns;
 *      take batches, oldest first, up to a quarter of a segment, at least one
 *   2. is there room (below)? else wait for the applier, or drop
 *   3. write the rows into one record: numbers of appended rows, links of the audit chain
 *   4. go on to the next segment if this one can't hold it; pwrite, and the disk is told to begin;
 *      meanwhile the rows go into the recent table, where nobody sees what is above the durable
 *      position; fdatasync: the only sync. It fails: the process ends, and the table with it
 *   5. the durable position moves: snapshots see the group
 *   6. each batch goes home with ERR_OK
 *
 * Between two groups the recent table is sealed for the applier: apply_gap_ms after its first row,
 * or at 180,000 rows or 96 MiB, as soon as the one before is gone.
 *
 * What fails                what is true            what we do
 * ------------------------  ----------------------  -------------------------------------------
 * no space: the group       nothing changed         state read_only, alarm: batches go home with
 * would not leave a whole                           ERR_READ_ONLY. Essential ones (sessions and
 * segment ahead, and the                            their audit records) go on, and they alone
 * applier can't make one                            enter the last segment. The applier tries
 *                                                   each second; when two are ahead again the
 *                                                   state ends, without a restart
 * no room for an apply      log and recent table    not applied, alarm, tried again each second;
 * (posix_fallocate), no     have it                 reads go on; if it lasts, segments or recent
 * memory for it                                     tables are full: the row above
 * append or sync of the     unknown for this group  one line, exit. No retry after a failed sync;
 * log, or of a new segment                          clients repeat with their key
 * map 70 % used             all is well             alarm
 * map 85 % used             nothing changed         read_only as above
 * map full nevertheless     the log has it          one line, exit; the next start makes it larger
 * commit of an apply fails  the log has it, LMDB    one line, exit; restart replays
 *                           stands where it stood
 * the applier is merely     nothing changed         the committer waits for it, batches with it:
 * slow                                              shards stop, mailboxes fill, doors answer 503
 * crash before the sync     not acknowledged        recovery cuts the tail; if it was whole in the
 *                                                   end, it counts
 * crash between sync and    durable, unanswered     the client repeats with the same key
 * answer
 * no memory for the rows    nothing changed         alarm, the group goes home with ERR_READ_ONLY:
 * in the recent table                               it is reserved before step 4 */
#include "storage/committer.h"
#include "base/check.h"
#include "base/log.h"
#include "storage/clock.h"
#include "storage/fatal.h"
#include "storage/group.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RETRY_MS = 1000, IDLE_MS = 3600 * 1000 };
enum { AWAIT_LEAST_US = 50, AWAIT_MOST_US = 5000 };

enum room {
    ROOM_FREE, /* leaves a whole segment ahead */
    ROOM_LAST, /* would use up the last one */
    ROOM_NONE
};

enum err committer_init(struct committer *committer, const struct store_config *config,
                        struct applier *applier, struct recent_set *recents,
                        const uint8_t store_id[STORE_ID_SIZE], struct segment current,
                        const struct head *head)
{
    *committer = (struct committer){.config = config,
                                    .applier = applier,
                                    .recents = recents,
                                    .current = current,
                                    .head = *head,
                                    .segment_size = config->segment_mib << 20};
    for (unsigned i = 0; i < STORE_ID_SIZE; i++)
        committer->store_id[i] = store_id[i];
    /* Pages that no group needs are never touched. */
    void *buffer = mmap(NULL, committer->segment_size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (buffer == MAP_FAILED)
        return ERR_NO_MEMORY;
    committer->buffer = buffer;
    mpsc_init(&committer->inbox);
    pthread_condattr_t attributes;
    int error = pthread_mutex_init(&committer->lock, NULL);
    error |= pthread_condattr_init(&attributes);
    error |= pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    error |= pthread_cond_init(&committer->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    CHECK(error == 0);
    return ERR_OK;
}

void committer_deinit(struct committer *committer)
{
    if (committer->buffer == NULL)
        return;
    CHECK(committer->first == NULL);
    free(committer->rows);
    mpsc_deinit(&committer->inbox);
    munmap(committer->buffer, committer->segment_size);
    segment_close(&committer->current);
    pthread_cond_destroy(&committer->wake);
    pthread_mutex_destroy(&committer->lock);
    committer->buffer = NULL;
}

/* ---- called by others ---- */

void committer_wake(struct committer *committer)
{
    pthread_mutex_lock(&committer->lock);
    committer->woken = true;
    pthread_cond_signal(&committer->wake);
    pthread_mutex_unlock(&committer->lock);
}

void committer_push(struct committer *committer, struct batch *batch)
{
    if (mpsc_push(&committer->inbox, &batch->node))
        committer_wake(committer);
}

void committer_quiet(struct committer *committer, uint16_t shard)
{
    if (shard >= SHARDS_AWAITED_MAX || !atomic_load(&committer->awaiting))
        return;
    atomic_fetch_or(&committer->quiet, (uint64_t)1 << shard);
    committer_wake(committer);
}

void committer_seal_now(struct committer *committer)
{
    pthread_mutex_lock(&committer->lock);
    committer->seal_now = committer->woken = true;
    pthread_cond_signal(&committer->wake);
    pthread_mutex_unlock(&committer->lock);
}

void committer_metrics(struct committer *committer, struct metrics *into)
{
    pthread_mutex_lock(&committer->lock);
    metrics_merge(into, &committer->metrics);
    pthread_mutex_unlock(&committer->lock);
}

/* ---- the log ---- */

static void write_whole(int fd, const uint8_t *data, uint32_t size, uint32_t offset)
{
    for (uint32_t done = 0; done < size;) {
        ssize_t wrote = pwrite(fd, data + done, size - done, (off_t)offset + done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            fatal("log_append", wrote < 0 ? errno : ENOSPC);
        done += (uint32_t)wrote;
    }
}

static void delay_sync(uint32_t delay_ms)
{
    struct timespec rest = {.tv_sec = delay_ms / 1000,
                            .tv_nsec = (long)(delay_ms % 1000) * 1000000};
    while (delay_ms > 0 && nanosleep(&rest, &rest) != 0)
        CHECK(errno == EINTR);
}

/* The disk begins with it; that it has ended the sync alone says. */
static void append(struct committer *committer, uint32_t size)
{
    CHECK(committer->offset + size <= committer->segment_size);
    int fd = committer->current.fd;
    write_whole(fd, committer->buffer, size, committer->offset);
    (void)sync_file_range(fd, committer->offset, size, SYNC_FILE_RANGE_WRITE);
}

/* The one sync of a group, and how long it took since the append began. Whether what it covered is
 * there after a failure nobody can say. */
static int64_t sync_appended(struct committer *committer, uint32_t size, int64_t begin_us)
{
    delay_sync(committer->config->sync_delay_ms);
    if (fdatasync(committer->current.fd) != 0)
        fatal("log_sync", errno);
    committer->offset += size;
    committer->current.last_position = committer->head.position;
    uint64_t took_us = (uint64_t)(clock_us() - begin_us);
    pthread_mutex_lock(&committer->lock);
    committer->metrics.counters[METRIC_LOG_SYNCS]++;
    committer->metrics.counters[METRIC_GROUPS]++;
    committer->metrics.counters[METRIC_LOG_BYTES] += size;
    histogram_add(&committer->metrics.histograms[METRIC_SYNC_US], took_us);
    pthread_mutex_unlock(&committer->lock);
    return (int64_t)took_us;
}

/* ---- a group ---- */

static struct batch *batch_of(struct mpsc_node *node)
{
    return container_of(node, struct batch, node);
}

static uint64_t shard_bit(const struct batch *batch)
{
    return batch->shard < SHARDS_AWAITED_MAX ? (uint64_t)1 << batch->shard : 0;
}

static void drain(struct committer *committer)
{
    committer->awaited &= ~atomic_exchange(&committer->quiet, 0);
    struct mpsc_node *node = mpsc_drain(&committer->inbox);
    if (node == NULL)
        return;
    if (committer->first == NULL)
        committer->first = node;
    else
        committer->last->next = node;
    for (;; node = node->next) {
        committer->awaited &= ~shard_bit(batch_of(node));
        if (node->next == NULL)
            break;
    }
    committer->last = node;
}

/* The shards of a group that goes home may have more. Only where there are others to share a sync
 * with; a wait of less than a wake-up is none. */
static void await_shards(struct committer *committer, unsigned count, int64_t sync_us)
{
    int64_t wait_us = sync_us / 4;
    uint64_t shards = 0;
    struct mpsc_node *node = committer->first;
    for (unsigned i = 0; i < count; i++, node = node->next)
        shards |= shard_bit(batch_of(node));
    bool alone = node == NULL && (shards & (shards - 1)) == 0;
    committer->awaited = alone || wait_us < AWAIT_LEAST_US ? 0 : shards;
    committer->awaited_until_us = clock_us() + (wait_us < AWAIT_MOST_US ? wait_us : AWAIT_MOST_US);
    atomic_store(&committer->quiet, 0);
    atomic_store(&committer->awaiting, committer->awaited != 0);
}

/* Microseconds until the next group may begin; 0: now. */
static int64_t await_left(struct committer *committer, bool stopping)
{
    if (committer->awaited == 0 || committer->first == NULL || stopping)
        return 0;
    int64_t left = committer->awaited_until_us - clock_us();
    if (left <= 0)
        committer->awaited = 0;
    return left > 0 ? left : 0;
}

/* How many of the waiting batches make the next group, and what their rows take. */
static unsigned choose(const struct committer *committer, size_t *rows_size)
{
    unsigned count = 0;
    *rows_size = 0;
    for (struct mpsc_node *node = committer->first; node != NULL; node = node->next) {
        size_t size = *rows_size + group_batch_size(batch_of(node));
        if (count > 0 && wal_record_size(size) > committer->segment_size / 4)
            break;
        *rows_size = size;
        count++;
    }
    return count;
}

static enum room room_for(const struct committer *committer, size_t record_size,
                          const struct applier_state *state)
{
    bool fits =
        committer->current.number > 0 && committer->offset + record_size <= committer->segment_size;
    uint32_t ahead = state->ahead - (fits || state->ahead == 0 ? 0 : 1);
    if (!fits && state->ahead == 0)
        return ROOM_NONE;
    bool tight = ahead == 0 || state->map_percent >= APPLIER_MAP_FULL_PERCENT ||
                 recent_set_is_full(committer->recents);
    return tight ? ROOM_LAST : ROOM_FREE;
}

static void set_read_only(struct committer *committer, bool read_only)
{
    if (atomic_load(&committer->read_only) == read_only)
        return;
    atomic_store(&committer->read_only, read_only);
    LOG(read_only ? LOG_ALARM : LOG_INFO, "store_read_only", log_int("read_only", read_only),
        log_int("position", (int64_t)committer->head.position));
    if (committer->config->read_only != NULL)
        committer->config->read_only(committer->config->self, read_only);
}

/* The state ends only when all that it stands for is over, so that it does not flutter. */
static void leave_read_only(struct committer *committer)
{
    if (!atomic_load(&committer->read_only))
        return;
    struct applier_state state = applier_state(committer->applier);
    if (!state.stuck && state.ahead == SEGMENTS_AHEAD && !recent_set_is_full(committer->recents) &&
        state.map_percent < APPLIER_MAP_FULL_PERCENT)
        set_read_only(committer, false);
}

static void send_home(struct committer *committer, struct batch *batch, enum err status)
{
    committer->config->home(committer->config->self, batch, status);
}

/* Takes the first `count` batches off the list and sends them home. */
static void send_first_home(struct committer *committer, unsigned count, enum err status)
{
    for (; count > 0; count--) {
        struct mpsc_node *node = committer->first;
        CHECK(node != NULL);
        committer->first = node->next;
        send_home(committer, batch_of(node), status);
    }
}

static void drop_ordinary(struct committer *committer)
{
    struct mpsc_node *node = committer->first, *kept_last = NULL;
    committer->first = committer->last = NULL;
    while (node != NULL) {
        struct mpsc_node *next = node->next;
        node->next = NULL;
        if (!batch_of(node)->essential) {
            send_home(committer, batch_of(node), ERR_READ_ONLY);
        } else if (kept_last == NULL) {
            committer->first = committer->last = kept_last = node;
        } else {
            kept_last->next = node;
            committer->last = kept_last = node;
        }
        node = next;
    }
}

static void insert_rows(struct committer *committer, struct bytes body)
{
    struct recent *active = committer->recents->active;
    size_t rows_before = active->rows, bytes_before = active->bytes;
    if (rows_before == 0)
        committer->filling_since = clock_tick();
    struct reader reader = reader_of(body);
    struct wal_row row;
    uint32_t count = 0;
    while (wal_next_row(&reader, &row)) {
        CHECK(count < committer->rows_capacity);
        committer->rows[count++] = (struct recent_row){
            .stored_key = row.stored_key, .value = row.value, .erased = row.erased};
    }
    CHECK(reader_done(&reader));
    enum err err = recent_insert_group(active, committer->rows, count, committer->head.position);
    CHECK(err == ERR_OK); /* reserved before the rows were written to the log */
    atomic_fetch_add_explicit(&committer->recents->rows, active->rows - rows_before,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&committer->recents->bytes, active->bytes - bytes_before,
                              memory_order_relaxed);
}

static void commit_group(struct committer *committer, unsigned count, size_t record_size)
{
    if (committer->current.number == 0 ||
        committer->offset + record_size > committer->segment_size) {
        bool taken = applier_next_segment(committer->applier, &committer->current);
        CHECK(taken); /* room_for has seen it, and nobody else takes one */
        committer->offset = 0;
    }
    struct head *head = &committer->head;
    head->position++;
    head->generation = committer->current.number;
    struct writer record = wal_begin(committer->buffer, committer->segment_size);
    uint32_t rows = 0;
    struct mpsc_node *node = committer->first;
    for (unsigned i = 0; i < count; i++, node = node->next)
        rows += group_add(&record, head, batch_of(node));
    struct wal_place place = {.position = head->position, .generation = head->generation};
    for (unsigned i = 0; i < STORE_ID_SIZE; i++)
        place.store_id[i] = committer->store_id[i];
    size_t rows_end = record.size;
    uint32_t size = wal_seal(&record, committer->buffer, &place, rows);
    CHECK(size == record_size);
    int64_t begin_us = clock_us();
    append(committer, size);
    insert_rows(committer, bytes_of(committer->buffer + WAL_HEAD_SIZE, rows_end - WAL_HEAD_SIZE));
    int64_t sync_us = sync_appended(committer, size, begin_us);
    recent_set_publish(committer->recents, head->position);
    drain(committer); /* what came during the sync */
    await_shards(committer, count, sync_us);
    send_first_home(committer, count, ERR_OK);
}

/* Room in the recent table for the group's rows, before they are durable: then it is too late to
 * say no. */
static bool reserve_rows(struct committer *committer, unsigned count, size_t rows_size)
{
    size_t rows = 0;
    struct mpsc_node *node = committer->first;
    for (unsigned i = 0; i < count; i++, node = node->next)
        rows += batch_of(node)->ops_count;
    if (rows > committer->rows_capacity) {
        struct recent_row *grown = realloc(committer->rows, 2 * rows * sizeof *grown);
        if (grown == NULL)
            return false;
        committer->rows = grown;
        committer->rows_capacity = (uint32_t)(2 * rows);
    }
    return recent_reserve(committer->recents->active, rows, rows_size);
}

/* False: nothing could be done now; the applier will wake us. */
static bool try_group(struct committer *committer)
{
    if (atomic_load(&committer->read_only))
        drop_ordinary(committer);
    size_t rows_size = 0;
    unsigned count = choose(committer, &rows_size);
    if (count == 0)
        return false;
    if (rows_size == 0) { /* nothing to make durable: only held outputs */
        send_first_home(committer, count, ERR_OK);
        return true;
    }
    size_t record_size = wal_record_size(rows_size);
    CHECK(record_size <= committer->segment_size);
    struct applier_state state = applier_state(committer->applier);
    enum room room = room_for(committer, record_size, &state);
    bool read_only = atomic_load(&committer->read_only);
    if (room == ROOM_FREE || (room == ROOM_LAST && read_only)) {
        if (!reserve_rows(committer, count, rows_size)) {
            LOG(LOG_ALARM, "store_recent_table", log_text("err", err_name(ERR_NO_MEMORY)));
            send_first_home(committer, count, ERR_READ_ONLY); /* nothing of it was written */
            return true;
        }
        commit_group(committer, count, record_size);
        return true;
    }
    if (!state.stuck && state.map_percent < APPLIER_MAP_FULL_PERCENT)
        return false;
    if (!read_only) {
        set_read_only(committer, true);
        return true; /* again, with the essential ones */
    }
    CHECK(room == ROOM_NONE);
    send_first_home(committer, count, ERR_READ_ONLY);
    return true;
}

/* ---- the thread ---- */

static bool take_seal_wish(struct committer *committer, bool *stopping)
{
    pthread_mutex_lock(&committer->lock);
    bool wished = committer->seal_now || committer->stopping;
    *stopping = committer->stopping;
    pthread_mutex_unlock(&committer->lock);
    return wished;
}

static void clear_seal_wish(struct committer *committer)
{
    pthread_mutex_lock(&committer->lock);
    committer->seal_now = false;
    pthread_mutex_unlock(&committer->lock);
}

/* Is it time? `at`: when it will be, if rows wait. */
static bool seal_is_due(const struct committer *committer, bool wished, struct tick *at)
{
    const struct recent *active = committer->recents->active;
    at->ms = committer->filling_since.ms + committer->config->apply_gap_ms;
    return wished || active->rows >= RECENT_SEAL_ROWS || active->bytes >= RECENT_SEAL_BYTES ||
           clock_tick().ms >= at->ms;
}

/* Seals if it is time and the table before is gone; else says until when to sleep. */
static bool try_seal(struct committer *committer, bool wished, struct tick *until)
{
    if (committer->recents->active->rows == 0) {
        clear_seal_wish(committer);
        return false;
    }
    struct tick at;
    if (!seal_is_due(committer, wished, &at)) {
        *until = at;
        return false;
    }
    if (!recent_set_seal(committer->recents, &committer->head)) {
        until->ms =
            clock_tick().ms + RETRY_MS; /* woken when the one before is gone; or no memory */
        return false;
    }
    clear_seal_wish(committer);
    applier_call(committer->applier);
    return true;
}

static void sleep_until(struct committer *committer, int64_t until_us)
{
    struct timespec deadline = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    pthread_mutex_lock(&committer->lock);
    int error = 0;
    while (!committer->woken && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&committer->wake, &committer->lock, &deadline);
    committer->woken = false;
    pthread_mutex_unlock(&committer->lock);
}

static void *committer_run(void *self)
{
    struct committer *committer = self;
    (void)pthread_setname_np(pthread_self(), "committer");
    for (;;) {
        bool stopping = false;
        bool wished = take_seal_wish(committer, &stopping);
        struct tick until = {clock_tick().ms + IDLE_MS};
        leave_read_only(committer);
        drain(committer);
        int64_t left_us = await_left(committer, stopping);
        bool worked = left_us == 0 && try_group(committer);
        worked |= try_seal(committer, wished, &until);
        if (worked)
            continue;
        /* What can't be applied for lack of space is in the log; the next start replays it. */
        bool all_sealed = committer->recents->active->rows == 0;
        if (stopping && committer->first == NULL &&
            (all_sealed || applier_state(committer->applier).stuck))
            return NULL;
        int64_t until_us = until.ms * 1000;
        int64_t group_us = clock_us() + left_us;
        sleep_until(committer, left_us > 0 && group_us < until_us ? group_us : until_us);
    }
}

enum err committer_start(struct committer *committer)
{
    CHECK(committer->config->home != NULL);
    return pthread_create(&committer->thread, NULL, committer_run, committer) == 0 ? ERR_OK
                                                                                   : ERR_NO_MEMORY;
}

void committer_stop(struct committer *committer)
{
    pthread_mutex_lock(&committer->lock);
    committer->stopping = committer->woken = true;
    pthread_cond_signal(&committer->wake);
    pthread_mutex_unlock(&committer->lock);
    pthread_join(committer->thread, NULL);
}
