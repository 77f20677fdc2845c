#include "tests/fault/store/workload.h"
#include "base/check.h"
#include "storage/apply.h"
#include "storage/parts.h"
#include "tests/fault/store/ops.h"
#include "tests/fault/store/recorder.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PATH_SIZE = 1024,
    SEAL_EVERY = 6,   /* an apply beside the commits that follow it */
    APPLY_EVERY = 31, /* an apply that is waited for */
    MORE_AFTER_RECOVERY = 3
};

/* What the client knows; it outlives the server's process. */
struct client {
    uint64_t submitted, acked;
};

struct server {
    struct client *client;
    struct store *store;
    struct batch batch;
    uint64_t seed;
    pthread_mutex_t lock;
    pthread_cond_t home;
    bool away;
};

/* Which rule is off; read by the wrapped calls below. */
static enum control control;
static struct client *answered_early; /* set while CONTROL_EARLY_ANSWER recovers */

/* ---- the controls ---- */

bool __real_segments_pass(struct segments *segments, uint64_t applied, struct segment *out);
bool __wrap_segments_pass(struct segments *segments, uint64_t applied, struct segment *out);
bool __wrap_segments_pass(struct segments *segments, uint64_t applied, struct segment *out)
{
    return __real_segments_pass(segments, control == CONTROL_EARLY_SEGMENT ? UINT64_MAX : applied,
                                out);
}

/* Notes come first: another thread's kill may fall between the two, and an operation that the
 * client knows of but the trace does not would never be noted again. */
static void acknowledge(struct client *client, uint64_t number)
{
    recorder_note(NOTE_ACK, number);
    client->acked = number;
}

/* A repeat is answered if its operation is there. */
static void answer_repeats(struct client *client, uint64_t position)
{
    while (client->acked < position && client->acked < client->submitted)
        acknowledge(client, client->acked + 1);
}

enum err __real_apply_table(struct env *env, const struct recent *table, uint64_t *rows);
enum err __wrap_apply_table(struct env *env, const struct recent *table, uint64_t *rows);
enum err __wrap_apply_table(struct env *env, const struct recent *table, uint64_t *rows)
{
    if (answered_early != NULL)
        answer_repeats(answered_early, table->head.position);
    return __real_apply_table(env, table, rows);
}

/* ---- a process ---- */

static void on_home(void *self, struct batch *batch, enum err status)
{
    struct server *server = self;
    CHECK(batch == &server->batch && status == ERR_OK);
    acknowledge(server->client, server->client->submitted);
    pthread_mutex_lock(&server->lock);
    server->away = false;
    pthread_cond_signal(&server->home);
    pthread_mutex_unlock(&server->lock);
}

static void write_next(struct server *server)
{
    uint64_t number = store_position(server->store) + 1;
    batch_begin(&server->batch, number);
    ops_stage(&server->batch, server->seed, number);
    if (number > server->client->submitted) {
        recorder_note(NOTE_SUBMIT, number);
        server->client->submitted = number;
    }
    server->away = true;
    store_commit(server->store, &server->batch);
    pthread_mutex_lock(&server->lock);
    while (server->away)
        pthread_cond_wait(&server->home, &server->lock);
    pthread_mutex_unlock(&server->lock);
    if (number % SEAL_EVERY == 0)
        committer_seal_now(&server->store->committer);
    if (number % APPLY_EVERY == 0)
        CHECK(store_apply_now(server->store) == ERR_OK);
}

static void open_server(struct server *server, const char *directory)
{
    CHECK(pthread_mutex_init(&server->lock, NULL) == 0);
    CHECK(pthread_cond_init(&server->home, NULL) == 0);
    CHECK(batch_init(&server->batch, 0) == ERR_OK);
    struct store_config config = {.directory = directory,
                                  .segment_mib = 1,
                                  .map_gib = 1,
                                  .apply_gap_ms = 3600 * 1000,
                                  .home = on_home,
                                  .self = server};
    answered_early = control == CONTROL_EARLY_ANSWER ? server->client : NULL;
    enum err err = store_open(&config, &server->store);
    answered_early = NULL;
    if (err != ERR_OK)
        fprintf(stderr, "store_open: %s\n", err_name(err));
    CHECK(err == ERR_OK);
    CHECK(!recorder_mapped_writable());
    uint64_t position = store_position(server->store);
    CHECK(position >= server->client->acked && position <= server->client->submitted);
    answer_repeats(server->client, position);
}

struct phase {
    uint64_t upto;       /* operations that are to be there at its end */
    uint64_t kill_after; /* the moment counts from this operation on; 0: from the opening */
    enum moment moment;
    unsigned count;
};

/* Kills in each state: between append and sync, inside an apply, twice inside recovery, around the
 * renaming of a segment, and a clean stop. */
static const struct phase phases[] = {
    {40, 30, MOMENT_LOG_SYNC, 4},   {80, 60, MOMENT_DATA_WRITE, 3},
    {100, 0, MOMENT_DATA_WRITE, 2}, {100, 0, MOMENT_RENAME, 1},
    {120, 90, MOMENT_LOG_SYNC, 9},  {140, 0, MOMENT_LOG_FOLDER, 1},
    {400, 130, MOMENT_RENAME, 1},   {310, 300, MOMENT_LOG_SYNC, 1},
    {310, 0, MOMENT_DATA_WRITE, 1}, {310, 0, MOMENT_LOG_FOLDER, 2},
    {350, 0, MOMENT_NONE, 0},       {620, 360, MOMENT_LOG_FOLDER, 3},
    {640, 0, MOMENT_NONE, 0},
};

static void run_phase(struct server *server, const char *directory, const struct phase *phase)
{
    if (phase->moment != MOMENT_NONE && phase->kill_after == 0)
        recorder_kill_at(phase->moment, phase->count);
    open_server(server, directory);
    while (store_position(server->store) < phase->upto) {
        if (phase->kill_after > 0 && store_position(server->store) == phase->kill_after)
            recorder_kill_at(phase->moment, phase->count);
        write_next(server);
    }
    store_close(server->store);
    batch_deinit(&server->batch);
}

/* ---- processes after each other ---- */

struct run {
    const char *world, *trace;
    char directory[PATH_SIZE];
    uint64_t seed;
    struct client *client;
};

static bool begin_run(struct run *run, const char *world, const char *trace, uint64_t seed)
{
    *run = (struct run){.world = world, .trace = trace, .seed = seed};
    int size = snprintf(run->directory, sizeof run->directory, "%s/s", world);
    void *shared =
        mmap(NULL, sizeof *run->client, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (size < 0 || (size_t)size >= sizeof run->directory || shared == MAP_FAILED)
        return false;
    run->client = shared;
    return true;
}

/* Runs a phase in a process of its own; its exit code, or -1 if a signal ended it. */
static int run_process(struct run *run, const struct phase *phase, bool create)
{
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct server server = {.client = run->client, .seed = run->seed};
        CHECK(recorder_begin(run->world, run->trace));
        if (create)
            CHECK(store_create(run->directory) == ERR_OK);
        run_phase(&server, run->directory, phase);
        _exit(0);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int workload_run(const char *world, const char *trace, uint64_t seed, enum control with)
{
    struct run run;
    if (!begin_run(&run, world, trace, seed))
        return 3;
    control = with;
    for (size_t i = 0; i < ARRAY_COUNT(phases); i++) {
        int wanted = phases[i].moment == MOMENT_NONE ? 0 : RECORDER_KILLED;
        int code = run_process(&run, &phases[i], i == 0);
        if (code != wanted) {
            fprintf(stderr, "phase %zu ended with %d, not %d\n", i, code, wanted);
            return 1;
        }
    }
    return 0;
}

int workload_recover(const char *world, const char *trace, uint64_t seed, uint64_t acked,
                     uint64_t submitted, unsigned kill_write)
{
    struct run run;
    if (!begin_run(&run, world, trace, seed))
        return 3;
    *run.client = (struct client){.submitted = submitted, .acked = acked};
    const struct phase killed = {acked, 0, MOMENT_DATA_WRITE, kill_write};
    if (kill_write > 0 && run_process(&run, &killed, false) < 0)
        return 1;
    uint64_t upto = submitted + MORE_AFTER_RECOVERY;
    const struct phase last = {upto, upto - 1, MOMENT_LOG_SYNC, 1};
    return run_process(&run, &last, false) == RECORDER_KILLED ? 0 : 1;
}
