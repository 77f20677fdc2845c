/* The order of the start is the order of this file, read from app_start down; app_stop is its
 * mirror. */
#include "app.h"
#include "app_private.h"
#include "base/check.h"
#include "base/log.h"
#include "base/prng.h"
#include "editions.h"
#include "facts_load.h"
#include "nhi.h"
#include "registry/facts_build.h"
#include "seal.h"
#include "seal_sign.h"
#include "site_app.h"
#include "web/ops_socket.h"
#include "web/web.h"
#include <psa/crypto.h>
#include <stdlib.h>
#include <string.h>

static void ops_metrics(void *self, struct metrics *into)
{
    struct app *app = self;
    pthread_mutex_lock(&app->counted_lock);
    if (app->counted != NULL) {
        store_metrics(app->counted, into);
    }
    pthread_mutex_unlock(&app->counted_lock);
    uploads_metrics(&app->uploads_clock, into);
}

/* When this returns nobody asks the one before any more. */
static void ops_count(struct app *app, struct store *store)
{
    pthread_mutex_lock(&app->counted_lock);
    app->counted = store;
    pthread_mutex_unlock(&app->counted_lock);
}

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
               ? editions_open(facts, app->loops, app_loops_wanted(&app->config), &app->editions)
               : err;
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
    int failed = pthread_mutex_init(&app->uploads_clock.lock, NULL); /* /metrics asks from now on */
    failed |= pthread_mutex_init(&app->counted_lock, NULL);
    CHECK(failed == 0);
    enum err err = nhi_door_check(app->config.nhi_url, strcmp(app->config.env, "dev") == 0);
    if (err == ERR_OK && app->config.ops_listen[0] != '\0') {
        struct ops_config ops = {.listen = app->config.ops_listen,
                                 .descriptors_max = app_descriptors_wanted(&app->config),
                                 .self = app,
                                 .metrics = ops_metrics};
        err = ops_start(&ops, &app->ops);
    }
    if (err == ERR_OK) {
        err = keys_and_trust(app);
    }
    if (err == ERR_OK) {
        err = app_store_open(app);
    }
    if (err == ERR_OK) {
        ops_count(app, app->store);
        err = registry_begin(app);
    }
    if (err == ERR_OK) {
        err = app_uploads_begin(app);
    }
    if (err == ERR_OK) {
        err = app_loops_open(app);
    }
    if (err == ERR_OK) {
        err = site_begin(app);
    }
    if (err == ERR_OK) {
        err = app_loops_begin(app);
    }
    if (err == ERR_OK) {
        err = app_web_begin(app);
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
    for (uint16_t i = 0; i < app->loops_run; i++) {
        loop_stop(app->loops[i]);
    }
    for (uint16_t i = 0; i < app->loops_run; i++) {
        loop_join(app->loops[i]);
    }
    if (app->store != NULL) {
        ops_count(app, NULL); /* /metrics is asked until the end */
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
