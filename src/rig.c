#include "rig.h"
#include "base/check.h"
#include "base/log.h"
#include "facts_load.h"
#include "registry/facts_build.h"
#include "rt/actor.h"
#include "rt/shard.h"
#include "storage/loader.h"
#include "storage/store.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { WAITERS_MAX = 512 };

struct waiter {
    uint32_t generation; /* 0: free */
    void (*on_reply)(void *self, enum outcome outcome, struct bytes body);
    void *self;
};

struct rig {
    struct store *store;
    struct shard *shard;
    const struct facts *facts;
    struct seal_keys keys;
    struct wall now;
    uint64_t facts_number;
    struct waiter waiters[WAITERS_MAX];
    uint32_t waiting, generation;
    /* the batch that came home: set by the committer's thread */
    pthread_mutex_t lock;
    pthread_cond_t home;
    struct batch *came_home;
    enum err status;
};

/* ---- the world of the shard ---- */

static void door_reply(void *self, struct ticket ticket, enum outcome outcome, struct bytes body)
{
    struct rig *rig = self;
    CHECK(ticket.slot < WAITERS_MAX);
    struct waiter *waiter = &rig->waiters[ticket.slot];
    CHECK(waiter->generation == ticket.generation);
    struct waiter told = *waiter;
    waiter->generation = 0;
    rig->waiting--;
    if (told.on_reply != NULL) {
        told.on_reply(told.self, outcome, body);
    }
}

static void door_remote(void *self, struct letter *letter)
{
    (void)self;
    CHECK(letter == NULL); /* there is one shard */
}

static void door_work(void *self, struct addr back, uint32_t tag, uint32_t incarnation,
                      enum job job, struct bytes input)
{
    (void)self;
    (void)back;
    (void)tag;
    (void)incarnation;
    (void)input;
    CHECK(job == JOB_NONE); /* nobody signs in here */
}

static bool door_load(void *self, struct addr who, uint32_t incarnation)
{
    struct rig *rig = self;
    struct load_range ranges[LOAD_RANGES_MAX];
    struct loaded_row *rows = NULL;
    struct arena memory;
    size_t count = 0;
    arena_init(&memory, 64 * 1024, 0);
    size_t ranges_count = shard_load_ranges(who, ranges);
    enum err err = loader_read(rig->store, ranges, ranges_count, &memory, &rows, &count);
    shard_loaded(rig->shard, who, incarnation, err, rows, count);
    arena_deinit(&memory);
    return true;
}

static void on_home(void *self, struct batch *batch, enum err status)
{
    struct rig *rig = self;
    (void)pthread_mutex_lock(&rig->lock);
    CHECK(rig->came_home == NULL);
    rig->came_home = batch;
    rig->status = status;
    (void)pthread_cond_signal(&rig->home);
    (void)pthread_mutex_unlock(&rig->lock);
}

/* ---- running ---- */

static void rig_commit(struct rig *rig)
{
    struct batch *batch = shard_seal(rig->shard, (struct tick){rig->now.ms});
    if (batch == NULL) {
        return;
    }
    store_commit(rig->store, batch);
    (void)pthread_mutex_lock(&rig->lock);
    while (rig->came_home == NULL) {
        (void)pthread_cond_wait(&rig->home, &rig->lock);
    }
    rig->came_home = NULL;
    enum err status = rig->status;
    (void)pthread_mutex_unlock(&rig->lock);
    shard_committed(rig->shard, batch, status);
}

void rig_settle(struct rig *rig)
{
    while (!shard_is_quiet(rig->shard)) {
        (void)shard_run(rig->shard, rig->now, (struct tick){rig->now.ms}, 1024);
        rig_commit(rig);
    }
    CHECK(rig->waiting == 0);
}

void rig_tell(struct rig *rig, struct letter *letter,
              void (*on_reply)(void *self, enum outcome outcome, struct bytes body), void *self)
{
    if (rig->waiting == WAITERS_MAX / 2) {
        rig_settle(rig);
    }
    uint32_t slot = 0;
    while (rig->waiters[slot].generation != 0) {
        slot++;
        CHECK(slot < WAITERS_MAX);
    }
    rig->waiters[slot] = (struct waiter){++rig->generation, on_reply, self};
    rig->waiting++;
    letter->msg.ticket = (struct ticket){.slot = slot, .generation = rig->generation};
    enum post post = shard_post(rig->shard, letter);
    while (post == POST_FULL) {
        /* The mailbox of one actor: let it run. */
        (void)shard_run(rig->shard, rig->now, (struct tick){rig->now.ms}, 256);
        rig_commit(rig);
        post = shard_post(rig->shard, letter);
    }
    CHECK(post == POST_TAKEN);
}

struct asked {
    struct arena *memory;
    enum outcome outcome;
    struct bytes body;
};

static void on_asked(void *self, enum outcome outcome, struct bytes body)
{
    struct asked *asked = self;
    asked->outcome = outcome;
    asked->body = asked->memory == NULL ? (struct bytes){0} : arena_copy(asked->memory, body);
}

enum outcome rig_ask(struct rig *rig, struct letter *letter, struct arena *memory,
                     struct bytes *body)
{
    struct asked asked = {.memory = memory, .outcome = OUTCOME_UNKNOWN};
    rig_tell(rig, letter, on_asked, &asked);
    rig_settle(rig);
    if (body != NULL) {
        *body = asked.body;
    }
    return asked.outcome;
}

/* ---- life ---- */

enum err rig_reload_facts(struct rig *rig)
{
    const struct facts *facts = NULL;
    enum err err = facts_load(rig->store, ++rig->facts_number, NULL, &facts);
    if (err == ERR_OK) {
        shard_set_facts(rig->shard, facts);
        facts_free(rig->facts);
        rig->facts = facts;
    }
    return err;
}

static enum err rig_begin(struct rig *rig, const struct config *config)
{
    enum err err = seal_file_load(config->data_key_file, &rig->keys);
    if (err != ERR_OK) {
        LOG(LOG_ALARM, "key_file", log_text("path", config->data_key_file),
            log_text("why", err_sentence(err)));
        return err;
    }
    struct store_config store = {.directory = config->data_directory,
                                 .segment_mib = (uint32_t)config->log_segment_mib,
                                 .map_gib = (uint32_t)config->store_map_gib,
                                 .apply_gap_ms = (uint32_t)config->store_apply_gap_ms,
                                 .scrub_gap_ms = (uint32_t)config->store_scrub_gap_ms,
                                 .snapshot_ms = 60000, /* whole tables are read here */
                                 .home = on_home,
                                 .self = rig};
    err = store_open(&store, &rig->store);
    if (err != ERR_OK) {
        LOG(LOG_ALARM, "store_not_opened", log_text("directory", config->data_directory),
            log_text("why", store_sentence(err)));
        return err;
    }
    struct shard_config shard = {.shards = 1,
                                 .seed = (uint64_t)rig->now.ms,
                                 .mailbox_max = 256,
                                 .turns_visit = 16,
                                 .idle_bytes_max = (size_t)2
                                                   << 30, /* it has the machine for itself */
                                 .actors = actor_table,
                                 .doors = {.self = rig,
                                           .reply = door_reply,
                                           .remote = door_remote,
                                           .work = door_work,
                                           .load = door_load}};
    err = shard_open(&shard, &rig->shard);
    return err != ERR_OK ? err : rig_reload_facts(rig);
}

enum err rig_open(const struct config *config, struct wall now, struct rig **out)
{
    struct rig *rig = calloc(1, sizeof *rig);
    if (rig == NULL) {
        return ERR_NO_MEMORY;
    }
    rig->now = now;
    (void)pthread_mutex_init(&rig->lock, NULL);
    (void)pthread_cond_init(&rig->home, NULL);
    enum err err = rig_begin(rig, config);
    if (err != ERR_OK) {
        rig_close(rig);
        return err;
    }
    *out = rig;
    return ERR_OK;
}

void rig_close(struct rig *rig)
{
    if (rig->shard != NULL) {
        rig_settle(rig);
    }
    if (rig->store != NULL) {
        store_close(rig->store);
    }
    shard_close(rig->shard);
    facts_free(rig->facts);
    explicit_bzero(&rig->keys, sizeof rig->keys);
    (void)pthread_cond_destroy(&rig->home);
    (void)pthread_mutex_destroy(&rig->lock);
    free(rig);
}

void rig_set_time(struct rig *rig, struct wall now)
{
    CHECK(now.ms >= rig->now.ms);
    rig->now = now;
}

struct wall rig_time(const struct rig *rig)
{
    return rig->now;
}

const struct facts *rig_facts(const struct rig *rig)
{
    return rig->facts;
}

const struct seal_keys *rig_keys(const struct rig *rig)
{
    return &rig->keys;
}

struct store *rig_store(struct rig *rig)
{
    return rig->store;
}
