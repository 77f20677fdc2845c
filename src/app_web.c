/* The door: what its handlers may ask, and how it is configured. */
#include "actors/desk.h"
#include "app_private.h"
#include "base/check.h"
#include "editions.h"
#include "seal_sign.h"
#include "web/web.h"
#include <stdlib.h>
#include <string.h>

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
    app_uploads_fill(app);
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

enum err app_web_begin(struct app *app)
{
    api_fill(app);
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
