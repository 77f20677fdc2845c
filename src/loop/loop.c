#include "loop/loop.h"
#include "base/check.h"
#include "base/log.h"
#include "loop/loop_private.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

/* ---- time --------------------------------------------------------------------------------------
 */

static void clock_look(struct loop *loop)
{
    uv_update_time(&loop->uv);
    loop->now = (struct tick){(int64_t)uv_now(&loop->uv)};
}

struct wall loop_wall(const struct loop *loop)
{
    (void)loop; /* a loop has no wall clock of its own; it is asked for through one all the same */
    struct timeval now;
    int failed = gettimeofday(&now, NULL);
    CHECK(failed == 0);
    return (struct wall){(int64_t)now.tv_sec * 1000 + now.tv_usec / 1000};
}

/* ---- one turn of the loop ----------------------------------------------------------------------
 */

static void read_only_look(struct loop *loop)
{
    bool read_only =
        loop->config.is_read_only != NULL && loop->config.is_read_only(loop->config.self);
    if (read_only == loop->read_only)
        return;
    loop->read_only = read_only;
    shard_set_read_only(loop->shard, read_only);
}

static void seal_and_commit(struct loop *loop)
{
    struct batch *batch = shard_seal(loop->shard, loop->now);
    if (batch != NULL)
        loop->config.commit(loop->config.self, batch);
    else if (loop->home.has_come && loop->config.quiet != NULL)
        loop->config.quiet(loop->config.self, loop->config.index);
    loop->home.has_come = false;
}

static void timer_on_time(uv_timer_t *timer)
{
    (void)
        timer; /* it only ends the poll: prepare_on_poll runs the shard, which looks at its clock */
}

/* `stuck`: no turn ran although one may be due (nothing can be made durable): look again, don't
 * spin. */
static void timer_set(struct loop *loop, bool stuck)
{
    struct tick at;
    if (!shard_deadline(loop->shard, &at)) {
        uv_timer_stop(&loop->timer);
        return;
    }
    int64_t wait_ms = at.ms - loop->now.ms;
    if (wait_ms <= 0)
        wait_ms = stuck ? LOOP_STUCK_MS : 0;
    int failed = uv_timer_start(&loop->timer, timer_on_time, (uint64_t)wait_ms, 0);
    CHECK(failed == 0);
}

static void idle_on_turn(uv_idle_t *idle)
{
    (void)idle; /* being active is all it is for: the poll does not wait */
}

static void idle_set(struct loop *loop, bool busy)
{
    if (busy)
        uv_idle_start(&loop->idle, idle_on_turn);
    else
        uv_idle_stop(&loop->idle);
}

static void handles_close(struct loop *loop)
{
    loop->closing = true;
    http_client_close(loop->http);
    loop->http = NULL;
    uv_close((uv_handle_t *)&loop->prepare, NULL);
    uv_close((uv_handle_t *)&loop->check, NULL);
    uv_close((uv_handle_t *)&loop->idle, NULL);
    uv_close((uv_handle_t *)&loop->timer, NULL);
}

/* The async handle stays open until loop_close, since others may still send. */
static void stop_look(struct loop *loop)
{
    if (!loop->stopping || loop->closing)
        return;
    bool quiet = shard_is_quiet(loop->shard) && worker_is_idle(&loop->worker);
    if (!quiet && loop->now.ms < loop->stop_deadline_ms) {
        int failed = uv_timer_start(&loop->timer, timer_on_time, 10, 0);
        CHECK(failed == 0);
        return;
    }
    if (!quiet)
        LOG(LOG_WARN, "loop_stopped_early", log_int("loop", loop->config.index));
    handles_close(loop);
    uv_unref((uv_handle_t *)&loop->async);
}

static void lag_count(struct loop *loop)
{
    uint64_t now_us = uv_hrtime() / 1000;
    if (loop->polled_at_us != 0)
        histogram_add(&loop_metrics(loop)->histograms[METRIC_LOOP_LAG_US],
                      now_us - loop->polled_at_us);
}

static void prepare_on_poll(uv_prepare_t *prepare)
{
    struct loop *loop = prepare->data;
    clock_look(loop);
    read_only_look(loop);
    inbox_drain(loop);
    doors_give_owed(loop);
    size_t turns = shard_run(loop->shard, loop_wall(loop), loop->now, LOOP_TURNS_VISIT);
    seal_and_commit(loop);
    bool answered = doors_give_replies(loop); /* those answered may have posted */
    idle_set(loop, shard_has_work(loop->shard) || answered || loop->owed_count > 0);
    timer_set(loop, turns == 0);
    stop_look(loop);
    lag_count(loop);
}

static void check_on_poll(uv_check_t *check)
{
    struct loop *loop = check->data;
    loop->polled_at_us = uv_hrtime() / 1000;
}

static void async_on_wake(uv_async_t *async)
{
    (void)async; /* the poll has ended; prepare_on_poll drains */
}

/* ---- life --------------------------------------------------------------------------------------
 */

static enum err shard_make(struct loop *loop)
{
    const struct loop_config *config = &loop->config;
    struct shard_config shard_config = {
        .index = config->index,
        .shards = config->loops,
        .seed = config->seed,
        .mailbox_max = config->mailbox_max,
        .turns_visit = config->turns_visit,
        .idle_bytes_max = config->idle_bytes_max,
        .actors = config->actors,
        .doors = doors_of(loop),
    };
    return shard_open(&shard_config, &loop->shard);
}

static void handles_make(struct loop *loop)
{
    int failed = uv_prepare_init(&loop->uv, &loop->prepare);
    failed |= uv_check_init(&loop->uv, &loop->check);
    failed |= uv_idle_init(&loop->uv, &loop->idle);
    failed |= uv_timer_init(&loop->uv, &loop->timer);
    failed |= uv_prepare_start(&loop->prepare, prepare_on_poll);
    failed |= uv_check_start(&loop->check, check_on_poll);
    CHECK(failed == 0); /* these can't fail */
    loop->prepare.data = loop->check.data = loop;
}

static void poll_on_event(uv_poll_t *poll, int status, int events)
{
    (void)poll; /* it is closed before the loop runs */
    (void)status;
    (void)events;
}

enum err loop_reserve(uv_loop_t *uv, uint32_t descriptors)
{
    struct rlimit limit;
    uv_poll_t poll;
    if (descriptors == 0)
        return ERR_OK;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < descriptors)
        descriptors = (uint32_t)limit.rlim_cur;
    int low = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int high = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, (int)descriptors - 1);
    enum err err = ERR_IO;
    if (high >= 0 && uv_poll_init(uv, &poll, high) == 0) {
        err = uv_poll_start(&poll, UV_READABLE, poll_on_event) == 0 ? ERR_OK : ERR_IO;
        uv_close((uv_handle_t *)&poll, NULL);
        uv_run(uv, UV_RUN_DEFAULT);
    }
    if (high >= 0)
        close(high);
    if (low >= 0)
        close(low);
    return err;
}

enum err loop_open(const struct loop_config *config, struct loop **out)
{
    CHECK(config->loops > 0 && config->index < config->loops);
    CHECK(config->commit != NULL && config->load != NULL && config->actors != NULL);
    struct loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL)
        return ERR_NO_MEMORY;
    loop->config = *config;
    enum err err = ERR_IO;
    if (uv_loop_init(&loop->uv) != 0)
        goto free_loop;
    err = loop_reserve(&loop->uv, config->descriptors_max);
    if (err != ERR_OK)
        goto close_uv;
    err = ERR_IO;
    if (uv_async_init(&loop->uv, &loop->async, async_on_wake) != 0)
        goto close_uv;
    err = shard_make(loop);
    if (err != ERR_OK)
        goto close_async;
    mpsc_init(&loop->letters);
    mpsc_init(&loop->calls);
    worker_init(&loop->worker, &loop->uv);
    handles_make(loop);
    for (size_t i = 0; i < ARRAY_COUNT(loop->replies); i++)
        arena_init(&loop->replies[i].memory, 16 * 1024, 0);
    *out = loop;
    return ERR_OK;

close_async:
    uv_close((uv_handle_t *)&loop->async, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
close_uv:
    uv_loop_close(&loop->uv);
free_loop:
    free(loop);
    return err;
}

static void thread_on_start(void *self)
{
    struct loop *loop = self;
    (void)pthread_setname_np(pthread_self(), "loop");
    clock_look(loop);
    int left = uv_run(&loop->uv, UV_RUN_DEFAULT);
    (void)left; /* only the unreferenced async handle may be left; loop_close checks */
}

enum err loop_start(struct loop *loop)
{
    CHECK(!loop->started);
    CHECK(loop->config.peers != NULL && loop->config.peers[loop->config.index] == loop);
    if (uv_thread_create(&loop->thread, thread_on_start, loop) != 0)
        return ERR_IO;
    loop->started = true;
    return ERR_OK;
}

static void stop_on_call(struct loop *loop, struct loop_call *call)
{
    CHECK(call == &loop->stop_call);
    loop->stopping = true;
    loop->stop_deadline_ms = loop->now.ms + LOOP_STOP_MS;
}

void loop_stop(struct loop *loop)
{
    loop->stop_call.run = stop_on_call;
    loop_call(loop, &loop->stop_call);
}

void loop_join(struct loop *loop)
{
    CHECK(loop->started);
    int failed = uv_thread_join(&loop->thread);
    CHECK(failed == 0);
    loop->started = false;
}

/* What still lies in the inbox: batches come home, calls run, letters are forgotten. */
static void inbox_end(struct loop *loop)
{
    for (uint16_t i = 0; i < LOOP_DOORS; i++)
        loop->doors[i].on_reply = NULL;
    loop->ended = true;
    inbox_drain(loop);
    doors_give_replies(loop);
    mpsc_deinit(&loop->letters);
    mpsc_deinit(&loop->calls);
}

void loop_close(struct loop *loop)
{
    if (loop == NULL)
        return;
    CHECK(!loop->started);
    inbox_end(loop);
    if (!loop->closing)
        handles_close(loop);
    uv_close((uv_handle_t *)&loop->async, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT); /* and work that the drain gave to the pool */
    int failed = uv_loop_close(&loop->uv);
    CHECK(failed == 0); /* somebody left a handle open on this loop */
    shard_close(loop->shard);
    for (size_t i = 0; i < ARRAY_COUNT(loop->replies); i++)
        arena_deinit(&loop->replies[i].memory);
    free(loop);
}

/* ---- for doors ---------------------------------------------------------------------------------
 */

/* Asked of the store now, not only before the last poll: a door may not send into a full table. */
static enum post post_refusal(struct loop *loop, const struct letter *letter)
{
    const struct loop_config *config = &loop->config;
    bool essential = letter->msg.to.kind == ACTOR_AUTH || letter->msg.to.kind == ACTOR_DESK;
    if (essential)
        return POST_TAKEN;
    if (config->is_read_only != NULL && config->is_read_only(config->self))
        return POST_READ_ONLY;
    if (config->is_crowded != NULL && config->is_crowded(config->self))
        return POST_FULL;
    return POST_TAKEN;
}

enum post loop_post(struct loop *loop, struct letter *letter)
{
    enum post refusal = post_refusal(loop, letter);
    if (refusal != POST_TAKEN)
        return refusal;
    uint16_t home = addr_shard(letter->msg.to, loop->config.loops);
    if (home == loop->config.index) {
        enum post post = shard_post(loop->shard, letter);
        if (post == POST_TAKEN)
            idle_set(loop, true); /* may be called between prepare and poll */
        return post;
    }
    loop_metrics(loop)->counters[METRIC_REMOTE]++;
    loop_deliver(loop->config.peers[home], letter);
    return POST_TAKEN;
}

void loop_on_reply(struct loop *loop, uint16_t door,
                   void (*on_reply)(void *self, struct ticket ticket, enum outcome outcome,
                                    struct bytes body),
                   void *self)
{
    CHECK(door < LOOP_DOORS);
    loop->doors[door] = (struct loop_door){on_reply, self};
}

uint16_t loop_index(const struct loop *loop)
{
    return loop->config.index;
}

uint16_t loop_count(const struct loop *loop)
{
    return loop->config.loops;
}

uv_loop_t *loop_uv(struct loop *loop)
{
    return &loop->uv;
}

struct worker *loop_worker(struct loop *loop)
{
    return &loop->worker;
}

struct shard *loop_shard(struct loop *loop)
{
    return loop->shard;
}

enum err loop_http(struct loop *loop, struct http_client **out)
{
    enum err err = ERR_OK;
    if (loop->closing)
        return ERR_CLOSED;
    if (loop->http == NULL)
        err = http_client_open(&loop->uv, &loop->http);
    *out = loop->http;
    return err;
}

struct metrics *loop_metrics(struct loop *loop)
{
    return shard_metrics(loop->shard);
}
