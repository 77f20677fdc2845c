/* The order of the start is the order of this file, read from app_start down; app_stop is its
 * mirror. */
#include "app.h"
#include "actors/desk.h"
#include "app_uploads.h"
#include "base/check.h"
#include "base/log.h"
#include "base/prng.h"
#include "desk_fill.h"
#include "editions.h"
#include "facts_load.h"
#include "jobs.h"
#include "nhi.h"
#include "registry/facts_build.h"
#include "rt/actor.h"
#include "seal.h"
#include "seal_sign.h"
#include "site_app.h"
#include "storage/loader.h"
#include "storage/snapshot.h"
#include "storage/store.h"
#include "transfer_look.h"
#include "web/api_app.h"
#include "web/ops_listener.h"
#include "web/ops_socket.h"
#include "web/web.h"
#include <errno.h>
#include <psa/crypto.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOOPS_MAX = 64, WAITING_MAX = 1024 };

struct app {
    struct config config;
    struct store *store;
    struct editions *editions;
    struct seal_keys keys;
    char sign_public[SEAL_PUBLIC_MAX];
    struct proof_trust *trust;
    struct transfer_lookup transfers;
    struct uploads uploads;
    char uploads_folder[CONFIG_TEXT_MAX + sizeof "/spool"];
    struct nhi_door nhi;
    struct loop_job jobs[JOB_COUNT];
    struct loop *loops[LOOPS_MAX];
    struct loop_call awaken[LOOPS_MAX];
    struct addr waiting[WAITING_MAX]; /* to be loaded at the start */
    uint32_t waiting_count;
    uint16_t loops_count;
    bool loops_run;
    struct ops *ops;
    struct site_app *site;
    struct ops_socket *socket;
    const struct site_command *(*find)(const char *name);
    struct web *web;
    struct api_app api;
    char names[CONFIG_TEXT_MAX];
    char bridge_sources[CONFIG_TEXT_MAX];
};

static struct wall wall_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (struct wall){now.tv_sec * 1000 + now.tv_nsec / 1000000};
}

/* ---- storage ---- */

static void on_home(void *self, struct batch *batch, enum err status)
{
    struct app *app = self;
    CHECK(batch->shard < app->loops_count);
    loop_home(app->loops[batch->shard], batch, status);
}

static void on_read_only(void *self, bool read_only)
{
    struct app *app = self;
    LOG(LOG_ALARM, read_only ? "read_only" : "read_only_over", log_int("loops", app->loops_count));
    for (uint16_t i = 0; i < app->loops_count; i++) {
        loop_wake(app->loops[i]);
    }
}

static void on_progress(void *self, uint32_t percent)
{
    struct app *app = self;
    if (app->ops != NULL) {
        ops_progress(app->ops, percent);
    }
}

/* Waits a second for the signals that serve.c has blocked; true: one of them came. */
static bool asked_to_stop(void)
{
    sigset_t stops;
    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGTERM);
    (void)sigaddset(&stops, SIGINT);
    return sigtimedwait(&stops, NULL, &(struct timespec){.tv_sec = 1}) > 0;
}

static enum err store_start(struct app *app)
{
    struct store_config config = {.directory = app->config.data_directory,
                                  .segment_mib = (uint32_t)app->config.log_segment_mib,
                                  .map_gib = (uint32_t)app->config.store_map_gib,
                                  .apply_gap_ms = (uint32_t)app->config.store_apply_gap_ms,
                                  .scrub_gap_ms = (uint32_t)app->config.store_scrub_gap_ms,
                                  .snapshot_ms = (uint32_t)app->config.store_snapshot_ms,
                                  .sync_delay_ms = (uint32_t)app->config.test_sync_delay_ms,
                                  .home = on_home,
                                  .read_only = on_read_only,
                                  .progress = on_progress,
                                  .self = app};
    enum err err = store_open(&config, &app->store);
    /* A start on a full disk serves nothing until replay has succeeded, and tries again each second
     * (DESIGN 5 failure table). /readyz says so meanwhile. */
    while (err == ERR_NO_SPACE && !asked_to_stop()) {
        LOG(LOG_ALARM, "no_space_to_start", log_text("directory", app->config.data_directory));
        err = store_open(&config, &app->store);
    }
    if (err != ERR_OK) {
        LOG(LOG_ALARM, "store_not_opened", log_text("directory", app->config.data_directory),
            log_text("why", store_sentence(err)));
    }
    return err;
}

/* ---- loops ---- */

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

static uint16_t loops_wanted(const struct config *config)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t wanted = config->loops > 0 ? config->loops : cores > 1 ? cores - 1 : 1;
    return (uint16_t)(wanted > LOOPS_MAX ? LOOPS_MAX : wanted);
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

static uint32_t descriptors_wanted(const struct config *config)
{
    return loops_wanted(config) * (uint32_t)config->server_connections_max + DESCRIPTORS_BESIDE;
}

static enum err loops_open(struct app *app)
{
    app->loops_count = loops_wanted(&app->config);
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
                                     .descriptors_max = descriptors_wanted(&app->config),
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

/* ---- starting loops ---- */

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

static enum err loops_begin(struct app *app)
{
    enum err err = waiting_find(app);
    for (uint16_t i = 0; err == ERR_OK && i < app->loops_count; i++) {
        err = desk_fill(app->store, app->loops[i], editions_latest(app->editions), wall_now());
    }
    for (uint16_t i = 0; err == ERR_OK && i < app->loops_count; i++) {
        err = loop_start(app->loops[i]);
        app->loops_run = true;
        app->awaken[i].run = on_awaken;
        if (err == ERR_OK) {
            loop_call(app->loops[i], &app->awaken[i]);
        }
    }
    return err;
}

/* ---- doors ---- */

static const struct sessions *web_sessions(void *self, uint16_t loop)
{
    struct api_app *api = self;
    struct app *app = container_of(api, struct app, api);
    return desk_sessions(shard_peek(loop_shard(app->loops[loop]), (struct addr){ACTOR_DESK, loop}));
}

static const struct facts *web_facts(void *self, uint16_t loop, void **hold)
{
    struct api_app *api = self;
    return editions_take(container_of(api, struct app, api)->editions, loop, hold);
}

static void web_facts_done(void *self, uint16_t loop, void *hold)
{
    struct api_app *api = self;
    editions_give(container_of(api, struct app, api)->editions, loop, hold);
}

/* Losable: the next use is reported again. */
static void web_used(void *self, struct loop *loop, const struct session *session)
{
    (void)self;
    struct letter *letter = letter_new();
    if (letter == NULL) {
        return;
    }
    letter->msg.kind = MSG_SESSION_TOUCH;
    letter->msg.to = ADDR_AUTH;
    letter->msg.principal = session->principal;
    letter->msg.u.session.secret = session->secret;
    if (loop_post(loop, letter) != POST_TAKEN) {
        letter_free(letter);
    }
}

static void ops_metrics(void *self, struct metrics *into)
{
    struct app *app = self;
    if (app->store != NULL) {
        store_metrics(app->store, into);
    }
}

static struct digest api_lookup(const void *self, struct bytes id_no)
{
    const struct app *app = self;
    return seal_lookup(&app->keys, id_no);
}

static size_t api_sign(const void *self, struct bytes text, uint8_t *to, size_t room)
{
    const struct app *app = self;
    size_t size = 0;
    return room >= SEAL_SIGNATURE_MAX && seal_sign(&app->keys, text, to, &size) == ERR_OK ? size
                                                                                          : 0;
}

static void api_fill(struct app *app)
{
    app->api =
        (struct api_app){.id_lookup = api_lookup,
                         .sign = api_sign,
                         .sign_public = app->sign_public,
                         .self = app,
                         .challenges_per_minute = (uint32_t)app->config.auth_challenges_per_minute,
                         .servisign_path_id = app->config.card_servisign_path_id,
                         .servisign_min = app->config.card_servisign_min,
                         .servisign_download = app->config.card_servisign_download};
    app_uploads_fill(&app->api, &app->uploads);
    size_t count = 0;
    size_t size = 0;
    for (const char *at = app->config.card_bridge_ports; *at != '\0';) {
        char *end = NULL;
        unsigned long port = strtoul(at, &end, 10);
        if (port > 0 && port <= UINT16_MAX && count < COMPONENT_PORTS_MAX) {
            app->api.bridge_ports[count++] = (uint16_t)port;
            int written = snprintf(app->bridge_sources + size, sizeof app->bridge_sources - size,
                                   "%shttp://127.0.0.1:%lu", size > 0 ? " " : "", port);
            size += written > 0 ? (size_t)written : 0;
        }
        at = *end == ',' ? end + 1 : end;
        if (end == at && *end != ',') {
            break;
        }
    }
}

static enum err web_begin(struct app *app)
{
    struct web_config config = {.listen = app->config.server_listen,
                                .certificate_file = app->config.server_certificate,
                                .key_file = app->config.server_key,
                                .connections_max = (uint32_t)app->config.server_connections_max,
                                .bodies_max = 64u << 20,
                                .idle_ms = (uint32_t)(app->config.server_idle_s * 1000),
                                .bridge_sources = app->bridge_sources,
                                .loops = app->loops,
                                .loops_count = app->loops_count,
                                .store = app->store,
                                .routes = {routes, routes_count},
                                .app = &app->api,
                                .sessions = web_sessions,
                                .facts = web_facts,
                                .facts_done = web_facts_done,
                                .used = web_used};
    size_t count = 0;
    (void)snprintf(app->names, sizeof app->names, "%s", app->config.server_names);
    for (char *save = NULL, *name = strtok_r(app->names, ", ", &save);
         name != NULL && count < WEB_NAMES_MAX; name = strtok_r(NULL, ", ", &save)) {
        config.names[count++] = name;
    }
    enum err err = web_start(&config, &app->web);
    return err != ERR_OK ? err : web_open_doors(app->web);
}

/* ---- life ---- */

/* A key file of before there were signatures gets its signing key here, once. */
static enum err sign_key_ready(struct app *app)
{
    uint8_t entropy[SEAL_KEY_SIZE];
    entropy_fill(entropy, sizeof entropy);
    enum err err = ERR_OK;
    if (seal_keys_add_sign(&app->keys, entropy)) {
        err = seal_file_replace(app->config.data_key_file, &app->keys);
    }
    seal_wipe(entropy, sizeof entropy);
    return err == ERR_OK ? seal_sign_public(&app->keys, app->sign_public) : err;
}

static enum err keys_and_trust(struct app *app)
{
    enum err err = seal_file_load(app->config.data_key_file, &app->keys);
    if (err == ERR_OK) {
        err = sign_key_ready(app);
    }
    if (err != ERR_OK) {
        LOG(LOG_ALARM, "key_file", log_text("path", app->config.data_key_file),
            log_text("why", err_sentence(err)));
        return err;
    }
    return trust_load(&app->config, &app->trust);
}

static enum err registry_begin(struct app *app)
{
    const struct facts *facts = NULL;
    struct transfer_rules transfer = nhi_rules(&app->config);
    enum err err = facts_load(app->store, 1, &transfer, &facts);
    return err == ERR_OK
               ? editions_open(facts, app->loops, loops_wanted(&app->config), &app->editions)
               : err;
}

/* The reader's helper process, and the folder for workbooks in the making. */
static enum err uploads_begin(struct app *app)
{
    (void)snprintf(app->uploads_folder, sizeof app->uploads_folder, "%s/spool",
                   app->config.data_directory);
    if (mkdir(app->uploads_folder, 0700) != 0 && errno != EEXIST) {
        LOG(LOG_ALARM, "no_spool", log_text("folder", app->uploads_folder));
        return ERR_IO;
    }
    app->uploads =
        (struct uploads){.store = app->store, .keys = &app->keys, .folder = app->uploads_folder};
    return sheet_child_start(&app->uploads.child, "/proc/self/exe");
}

static enum err site_begin(struct app *app)
{
    struct site_app_config config = {.config = &app->config,
                                     .store = app->store,
                                     .keys = &app->keys,
                                     .editions = app->editions,
                                     .loops = app->loops,
                                     .find = app->find};
    return site_app_open(&config, &app->site);
}

static enum err socket_begin(struct app *app)
{
    struct ops_socket_config config = {
        .directory = app->config.data_directory, .self = app->site, .command = site_app_command};
    return ops_socket_open(&config, &app->socket);
}

static enum err app_begin(struct app *app)
{
    enum err err = nhi_door_check(app->config.nhi_url, strcmp(app->config.env, "dev") == 0);
    if (err == ERR_OK && app->config.ops_listen[0] != '\0') {
        struct ops_config ops = {.listen = app->config.ops_listen,
                                 .descriptors_max = descriptors_wanted(&app->config),
                                 .self = app,
                                 .metrics = ops_metrics};
        err = ops_start(&ops, &app->ops);
    }
    if (err == ERR_OK) {
        err = keys_and_trust(app);
    }
    if (err == ERR_OK) {
        err = store_start(app);
    }
    if (err == ERR_OK) {
        err = registry_begin(app);
    }
    if (err == ERR_OK) {
        err = uploads_begin(app);
    }
    if (err == ERR_OK) {
        err = loops_open(app);
    }
    if (err == ERR_OK) {
        err = site_begin(app);
    }
    if (err == ERR_OK) {
        err = loops_begin(app);
    }
    if (err == ERR_OK) {
        api_fill(app);
        err = web_begin(app);
    }
    if (err == ERR_OK) {
        err = socket_begin(app);
    }
    if (err == ERR_OK && app->ops != NULL) {
        ops_attach(app->ops, app->loops, app->loops_count);
        ops_ready(app->ops, NULL);
    }
    return err;
}

enum err app_start(const struct config *config,
                   const struct site_command *(*find)(const char *name), struct app **out)
{
    struct app *app = calloc(1, sizeof *app);
    if (app == NULL) {
        return ERR_NO_MEMORY;
    }
    app->config = *config;
    app->find = find;
    if (psa_crypto_init() != PSA_SUCCESS || http_clients_begin() != ERR_OK) {
        free(app);
        return ERR_UNSUPPORTED;
    }
    enum err err = app_begin(app);
    if (err != ERR_OK) {
        LOG(LOG_ALARM, "not_started", log_text("why", err_sentence(err)));
        app_stop(app);
        return err;
    }
    LOG(LOG_INFO, "serving", log_text("listen", app->config.server_listen),
        log_int("port", app_port(app)), log_int("loops", app->loops_count));
    *out = app;
    return ERR_OK;
}

void app_stop(struct app *app)
{
    if (app->ops != NULL) {
        ops_ready(app->ops, "stopping");
    }
    ops_socket_close(app->socket);
    if (app->web != NULL) {
        web_stop(app->web, true);
    }
    if (app->ops != NULL) {
        ops_attach(app->ops, NULL, 0);
    }
    for (uint16_t i = 0; app->loops_run && i < app->loops_count; i++) {
        loop_stop(app->loops[i]);
    }
    for (uint16_t i = 0; app->loops_run && i < app->loops_count; i++) {
        loop_join(app->loops[i]);
    }
    if (app->store != NULL) {
        store_close(app->store);
        app->store = NULL;
    }
    for (uint16_t i = 0; i < app->loops_count; i++) {
        loop_close(app->loops[i]);
    }
    if (app->web != NULL) {
        web_close(app->web);
    }
    if (app->ops != NULL) {
        ops_stop(app->ops);
    }
    site_app_close(app->site);
    sheet_child_stop(app->uploads.child);
    editions_close(app->editions);
    proof_trust_free(app->trust);
    explicit_bzero(&app->keys, sizeof app->keys);
    free(app);
}

uint16_t app_port(const struct app *app)
{
    return web_port(app->web);
}
