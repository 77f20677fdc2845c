/* The loops: what each is given, and how they begin with those who wait. */
#include "app_private.h"
#include "base/check.h"
#include "base/prng.h"
#include "desk_fill.h"
#include "editions.h"
#include "rt/actor.h"
#include "storage/loader.h"
#include "storage/snapshot.h"
#include <time.h>
#include <unistd.h>

/* ---- what a loop asks for ---- */

static void loop_commits(void *self, struct batch *batch)
{
    struct app *app = self;
    store_commit(app->store, batch);
}

static void loop_quiet(void *self, uint16_t index)
{
    struct app *app = self;
    store_quiet(app->store, index);
}

static const struct facts *loop_facts(void *self, uint16_t index, void **hold)
{
    struct app *app = self;
    return editions_take(app->editions, index, hold);
}

static void loop_facts_done(void *self, uint16_t index, void *hold)
{
    struct app *app = self;
    editions_give(app->editions, index, hold);
}

static bool loop_read_only(void *self)
{
    struct app *app = self;
    return store_is_read_only(app->store);
}

static bool loop_crowded(void *self)
{
    struct app *app = self;
    return store_is_crowded(app->store);
}

static enum err loop_loads(void *self, struct addr who, struct arena *memory,
                           const struct loaded_row **rows, size_t *count)
{
    struct app *app = self;
    struct load_range ranges[LOAD_RANGES_MAX];
    struct loaded_row *read = NULL;
    size_t ranges_count = shard_load_ranges(who, ranges);
    enum err err = loader_read(app->store, ranges, ranges_count, memory, &read, count);
    *rows = read;
    return err;
}

static bool loop_outside(void *self, struct loop *loop, struct addr back, uint32_t tag,
                         uint32_t incarnation, enum outside outside, struct bytes key,
                         struct bytes document)
{
    const struct app *app = self;
    return nhi_door_call(&app->nhi, loop, back, tag, incarnation, outside, key, document);
}

uint16_t app_loops_wanted(const struct config *config)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t wanted = config->loops > 0 ? config->loops : cores > 1 ? cores - 1 : 1;
    return (uint16_t)(wanted > LOOPS_MAX ? LOOPS_MAX : wanted);
}

uint32_t app_pool_threads(const struct config *config)
{
    return app_loops_wanted(config) * (uint32_t)(WORKER_THREADS + WORKER_BATCHES - 1);
}

/* Of one loop. A million open lines take some 700 MiB; an institution that was forgotten is read
 * again with all its lines, so that a bound below what is in use costs most of the speed. */
static size_t actors_memory(const struct app *app)
{
    enum { LEAST = 256 << 20 };
    uint64_t all = (uint64_t)app->config.actors_memory_mib << 20;
    if (all == 0) {
        uint64_t machine = uv_get_total_memory(), limit = uv_get_constrained_memory();
        all = (limit > 0 && limit < machine ? limit : machine) / 4;
        all = all < LEAST ? LEAST : all;
    }
    return (size_t)(all / app->loops_count);
}

/* Beside the connections: the store, its log, listeners, commands of the operator, calls outside.
 */
enum { DESCRIPTORS_BESIDE = 1024 };

uint32_t app_descriptors_wanted(const struct config *config)
{
    return app_loops_wanted(config) * (uint32_t)config->server_connections_max + DESCRIPTORS_BESIDE;
}

enum err app_loops_open(struct app *app)
{
    app->loops_count = app_loops_wanted(&app->config);
    app->jobs[JOB_PROOF] = (struct loop_job){.run = job_proof, .self = app->trust};
    app->transfers = (struct transfer_lookup){app->store, &app->keys};
    app->jobs[JOB_TRANSFER] = (struct loop_job){.run = job_transfer, .self = &app->transfers};
    app->jobs[JOB_UPLOAD] =
        (struct loop_job){.run = job_upload, .self = &app->uploads, .batch = true};
    app->nhi = (struct nhi_door){.url = app->config.nhi_url,
                                 .ca_file = app->config.nhi_ca,
                                 .timeout_ms = (uint32_t)app->config.nhi_timeout_s * 1000};
    for (uint16_t i = 0; i < app->loops_count; i++) {
        struct loop_config config = {.index = i,
                                     .loops = app->loops_count,
                                     .mailbox_max = (uint32_t)app->config.actors_mailbox_max,
                                     .turns_visit = 16,
                                     .descriptors_max = app_descriptors_wanted(&app->config),
                                     .idle_bytes_max = actors_memory(app),
                                     .actors = actor_table,
                                     .peers = app->loops,
                                     .jobs = app->jobs,
                                     .self = app,
                                     .facts = loop_facts,
                                     .facts_done = loop_facts_done,
                                     .commit = loop_commits,
                                     .quiet = loop_quiet,
                                     .is_read_only = loop_read_only,
                                     .is_crowded = loop_crowded,
                                     .load = loop_loads,
                                     .outside = loop_outside};
        entropy_fill(&config.seed, sizeof config.seed);
        enum err err = loop_open(&config, &app->loops[i]);
        if (err != ERR_OK) {
            app->loops_count = i;
            return err;
        }
        shard_set_facts(loop_shard(app->loops[i]), editions_latest(app->editions));
    }
    return ERR_OK;
}

/* ---- starting ---- */

static struct wall wall_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (struct wall){now.tv_sec * 1000 + now.tv_nsec / 1000000};
}

/* Those that have a row in `waiting`, and auth always (DESIGN 5 *Waiting is a row*). */
static void on_awaken(struct loop *loop, struct loop_call *call)
{
    size_t index = loop_index(loop);
    struct app *app = container_of(call - index, struct app, awaken[0]);
    for (uint32_t i = 0; i < app->waiting_count; i++) {
        if (addr_shard(app->waiting[i], loop_count(loop)) == index) {
            shard_awaken(loop_shard(loop), app->waiting[i]);
        }
    }
}

static enum err waiting_read(struct app *app, struct snapshot *snapshot)
{
    struct scan *scan = NULL;
    struct bytes key, value;
    enum err err = scan_open(snapshot, TABLE_WAITING, (struct bytes){0}, false, &scan);
    if (err != ERR_OK) {
        return err;
    }
    app->waiting[app->waiting_count++] = ADDR_AUTH;
    while (err == ERR_OK && scan_next(scan, &key, &value)) {
        uint8_t kind = 0;
        struct addr who = {0};
        bool read = key_read_waiting(key, &kind, &who.id);
        who.kind = (enum actor_kind)kind;
        if (!read || kind == ACTOR_NONE || kind >= ACTOR_KINDS) {
            err = ERR_CORRUPT;
        } else if (app->waiting_count == WAITING_MAX) {
            err = ERR_FULL;
        } else {
            app->waiting[app->waiting_count++] = who;
        }
    }
    err = err == ERR_OK ? scan_err(scan) : err;
    scan_close(scan);
    return err;
}

static enum err waiting_find(struct app *app)
{
    struct snapshot *snapshot = NULL;
    enum err err = snapshot_open(app->store, &snapshot);
    if (err == ERR_OK) {
        err = waiting_read(app, snapshot);
        snapshot_close(snapshot);
    }
    return err;
}

enum err app_loops_begin(struct app *app)
{
    enum err err = waiting_find(app);
    for (uint16_t i = 0; err == ERR_OK && i < app->loops_count; i++) {
        err = desk_fill(app->store, app->loops[i], editions_latest(app->editions), wall_now());
    }
    for (uint16_t i = 0; err == ERR_OK && i < app->loops_count; i++) {
        err = loop_start(app->loops[i]);
        if (err == ERR_OK) {
            app->loops_run++;
            app->awaken[i].run = on_awaken;
            loop_call(app->loops[i], &app->awaken[i]);
        }
    }
    return err;
}
