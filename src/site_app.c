#include "site_app.h"
#include "base/check.h"
#include "facts_load.h"
#include "nhi.h"
#include "web/ops_socket.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SITE_DOOR = 2, ANSWER_MAX = 512, ANSWER_WAIT_S = 30, EXIT_UNKNOWN = 2, EXIT_STOPPING = 3 };

/* Somebody who waits for an answer. Under the lock. */
struct asker {
    uint32_t generation; /* 0: free */
    bool answered;
    enum outcome outcome;
    size_t size;
    uint8_t body[ANSWER_MAX];
};

struct site_app {
    struct site_app_config config;
    pthread_mutex_t reading, registry; /* the lanes */
    pthread_mutex_t lock;
    pthread_cond_t answered;
    struct asker askers[OPS_COMMANDS_MAX];
    uint32_t generation;
    uint64_t facts_number;
};

/* ---- asking an actor ---- */

struct posting { /* on its way to the first loop */
    struct loop_call call;
    struct site_app *app;
    struct letter *letter;
    bool done; /* under the lock */
};

static void answer_take(struct site_app *app, struct ticket ticket, enum outcome outcome,
                        struct bytes body)
{
    CHECK(ticket.slot < ARRAY_COUNT(app->askers));
    struct asker *asker = &app->askers[ticket.slot];
    if (asker->generation != ticket.generation || asker->answered) {
        return; /* he has given up */
    }
    asker->answered = true;
    asker->outcome = body.size <= ANSWER_MAX ? outcome : OUTCOME_UNKNOWN;
    asker->size = body.size <= ANSWER_MAX ? body.size : 0;
    if (asker->size > 0) {
        memcpy(asker->body, body.data, asker->size);
    }
    (void)pthread_cond_broadcast(&app->answered);
}

/* On the first loop's thread. */
static void on_reply(void *self, struct ticket ticket, enum outcome outcome, struct bytes body)
{
    struct site_app *app = self;
    (void)pthread_mutex_lock(&app->lock);
    answer_take(app, ticket, outcome, body);
    (void)pthread_mutex_unlock(&app->lock);
}

static void on_post(struct loop *loop, struct loop_call *call)
{
    struct posting *posting = container_of(call, struct posting, call);
    struct site_app *app = posting->app;
    struct ticket ticket = posting->letter->msg.ticket;
    enum post post = loop_post(loop, posting->letter);
    if (post != POST_TAKEN) {
        letter_free(posting->letter);
    }
    (void)pthread_mutex_lock(&app->lock);
    if (post != POST_TAKEN) {
        answer_take(app, ticket, post == POST_READ_ONLY ? OUTCOME_READ_ONLY : OUTCOME_OVERLOADED,
                    (struct bytes){0});
    }
    posting->done = true; /* whoever waits may let it go from here on */
    (void)pthread_cond_broadcast(&app->answered);
    (void)pthread_mutex_unlock(&app->lock);
}

static uint32_t asker_begin(struct site_app *app)
{
    uint32_t slot = 0;
    while (app->askers[slot].generation != 0) {
        slot++;
        CHECK(slot < ARRAY_COUNT(app->askers)); /* one a command, and no more commands than that */
    }
    app->generation = app->generation == UINT32_MAX ? 1 : app->generation + 1;
    app->askers[slot] = (struct asker){.generation = app->generation};
    return slot;
}

static void asker_wait(struct site_app *app, const struct asker *asker,
                       const struct posting *posting)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ANSWER_WAIT_S;
    int error = 0;
    while (!posting->done || (!asker->answered && error != ETIMEDOUT)) {
        error = posting->done ? pthread_cond_timedwait(&app->answered, &app->lock, &until)
                              : pthread_cond_wait(&app->answered, &app->lock);
    }
}

static enum outcome site_ask(void *self, struct letter *letter, struct arena *memory,
                             struct bytes *body)
{
    struct site_app *app = self;
    struct posting posting = {.call.run = on_post, .app = app, .letter = letter};
    (void)pthread_mutex_lock(&app->lock);
    uint32_t slot = asker_begin(app);
    struct asker *asker = &app->askers[slot];
    letter->msg.ticket =
        (struct ticket){.door = SITE_DOOR, .slot = slot, .generation = asker->generation};
    loop_call(app->config.loops[0], &posting.call);
    asker_wait(app, asker, &posting);
    enum outcome outcome = asker->answered ? asker->outcome : OUTCOME_UNKNOWN;
    if (body != NULL && memory != NULL) {
        *body = arena_copy(memory, bytes_of(asker->body, asker->size));
    }
    asker->generation = 0;
    (void)pthread_mutex_unlock(&app->lock);
    return outcome;
}

/* ---- the rest of a site ---- */

static struct wall site_now(void *self)
{
    struct timespec now;
    (void)self;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (struct wall){now.tv_sec * 1000 + now.tv_nsec / 1000000};
}

static const struct facts *site_facts(void *self)
{
    struct site_app *app = self;
    return editions_latest(app->config.editions);
}

static enum err site_reload(void *self)
{
    struct site_app *app = self;
    const struct facts *facts = NULL;
    struct transfer_rules transfer = nhi_rules(app->config.config);
    enum err err = facts_load(app->config.store, ++app->facts_number, &transfer, &facts);
    return err == ERR_OK ? editions_swap(app->config.editions, facts) : err;
}

int site_app_command(void *self, const struct ops_command *command)
{
    struct site_app *app = self;
    const struct site_command *found = app->config.find(command->argv[0]);
    if (found == NULL) {
        (void)fprintf(command->errors, "the running server knows no command %s\n",
                      command->argv[0]);
        return EXIT_UNKNOWN;
    }
    struct site site = {.self = app,
                        .out = command->out,
                        .errors = command->errors,
                        .input = command->input,
                        .config = app->config.config,
                        .store = app->config.store,
                        .keys = app->config.keys,
                        .stop = command->stop,
                        .now = site_now,
                        .ask = site_ask,
                        .facts = site_facts,
                        .reload = site_reload};
    pthread_mutex_t *lane = found->alone ? &app->reading : &app->registry;
    (void)pthread_mutex_lock(lane);
    int code = EXIT_STOPPING;
    if (site_is_stopping(&site)) {
        (void)fputs("the server is stopping\n", site.errors);
    } else {
        code = found->run(&site, command->argc, command->argv);
    }
    (void)pthread_mutex_unlock(lane);
    return code;
}

/* ---- life ---- */

enum err site_app_open(const struct site_app_config *config, struct site_app **out)
{
    struct site_app *app = calloc(1, sizeof *app);
    if (app == NULL) {
        return ERR_NO_MEMORY;
    }
    app->config = *config;
    app->facts_number = facts_number(editions_latest(config->editions));
    pthread_condattr_t attributes;
    int failed = pthread_mutex_init(&app->reading, NULL);
    failed |= pthread_mutex_init(&app->registry, NULL);
    failed |= pthread_mutex_init(&app->lock, NULL);
    failed |= pthread_condattr_init(&attributes);
    failed |= pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    failed |= pthread_cond_init(&app->answered, &attributes);
    CHECK(failed == 0);
    (void)pthread_condattr_destroy(&attributes);
    loop_on_reply(config->loops[0], SITE_DOOR, on_reply, app);
    *out = app;
    return ERR_OK;
}

void site_app_close(struct site_app *app)
{
    if (app == NULL) {
        return;
    }
    (void)pthread_cond_destroy(&app->answered);
    (void)pthread_mutex_destroy(&app->lock);
    (void)pthread_mutex_destroy(&app->registry);
    (void)pthread_mutex_destroy(&app->reading);
    free(app);
}
