#include "web/web.h"
#include "base/check.h"
#include "base/log.h"
#include "base/prng.h"
#include "web/front.h"
#include "web/static.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct web {
    struct web_shared shared;
    uint16_t fronts_count;
    struct front *fronts[];
};

/* ---- calls onto the loops ----------------------------------------------------------------------
 */

static void front_on_call(struct loop *loop, struct loop_call *call)
{
    struct front *front = container_of(call, struct front, call);
    CHECK(front->loop == loop);
    front->on_call(front);
}

/* Runs `what` on each front's loop, and waits until each has said so by uv_sem_post(front->told).
 */
static void fronts_call(struct web *web, void (*what)(struct front *front))
{
    uv_sem_t told;
    int failed = uv_sem_init(&told, 0);
    CHECK(failed == 0);
    for (uint16_t i = 0; i < web->fronts_count; i++) {
        struct front *front = web->fronts[i];
        front->told = &told;
        front->on_call = what;
        front->call.run = front_on_call;
        loop_call(front->loop, &front->call);
    }
    for (uint16_t i = 0; i < web->fronts_count; i++)
        uv_sem_wait(&told);
    uv_sem_destroy(&told);
}

/* ---- a front -----------------------------------------------------------------------------------
 */

static void part_on_closed(void *self)
{
    struct front *front = self;
    CHECK(front->parts_open > 0);
    if (--front->parts_open > 0)
        return;
    loop_on_reply(front->loop, FRONT_DOOR, NULL, NULL);
    uv_sem_post(front->told);
}

static void front_on_room(void *self)
{
    struct front *front = self;
    listener_on_room(&front->listener);
}

static void front_open(struct front *front)
{
    const struct web_shared *shared = front->shared;
    struct conn_host *host = &front->host;
    host->uv = loop_uv(front->loop);
    host->tls = shared->tls;
    host->connections_max = shared->config.connections_max;
    host->bodies_max = shared->config.bodies_max;
    host->idle_ms = shared->config.idle_ms;
    host->head_ms = shared->config.head_ms;
    host->metrics = loop_metrics(front->loop);
    host->self = front;
    host->on_head = front_on_head;
    host->on_request = front_on_request;
    host->on_fault = front_on_fault;
    host->on_end = front_on_end;
    host->on_tick = front_on_tick;
    host->on_quick = front_on_quick;
    host->on_room = front_on_room;
    host->on_closed = part_on_closed;
    map_init(&front->used);
    front->err = conn_host_open(host);
    if (front->err == ERR_OK) {
        front->parts_open = 1;
        front->err = listener_open(&front->listener, host, &shared->address);
        front->parts_open += front->err == ERR_OK ? 1 : 0;
        loop_on_reply(front->loop, FRONT_DOOR, front_on_reply, front);
    }
    uv_sem_post(front->told);
}

static void front_begin(struct front *front)
{
    front->err = listener_begin(&front->listener);
    uv_sem_post(front->told);
}

static void front_stop(struct front *front)
{
    if (front->parts_open == 0) {
        uv_sem_post(front->told); /* it never opened */
        return;
    }
    front->stop_at_ms = uv_now(front->host.uv) + FRONT_STOP_MS;
    if (front->parts_open == 2)
        listener_close(&front->listener, part_on_closed, front);
    conn_host_stop(&front->host, front->graceful);
}

static void front_free(struct front *front)
{
    if (front == NULL)
        return;
    CHECK(front->parts_open == 0 && front->waiting_first == NULL);
    if (front->host.closed)
        conn_host_free(&front->host);
    map_deinit(&front->used);
    free(front);
}

static enum err fronts_make(struct web *web)
{
    const struct web_config *config = &web->shared.config;
    for (uint16_t i = 0; i < config->loops_count; i++) {
        struct front *front = calloc(1, sizeof *front);
        if (front == NULL)
            return ERR_NO_MEMORY;
        front->shared = &web->shared;
        front->loop = config->loops[i];
        front->index = i;
        CHECK(loop_index(front->loop) == i);
        web->fronts[web->fronts_count++] = front;
    }
    return ERR_OK;
}

static enum err fronts_err(const struct web *web)
{
    for (uint16_t i = 0; i < web->fronts_count; i++) {
        if (web->fronts[i]->err != ERR_OK)
            return web->fronts[i]->err;
    }
    return ERR_OK;
}

/* ---- what all share ----------------------------------------------------------------------------
 */

static void names_default(struct web_shared *shared)
{
    if (shared->config.names[0] == NULL) {
        shared->names[0] = shared->address.host;
        shared->names[1] = "localhost";
        return;
    }
    for (size_t i = 0; i < WEB_NAMES_MAX && shared->config.names[i] != NULL; i++)
        shared->names[i] = shared->config.names[i];
}

/* What a door says in clear is heard by everybody on the way: loopback only (API 9). */
static enum err address_find(struct web_shared *shared)
{
    enum err err = listener_parse(shared->config.listen, &shared->address);
    if (err == ERR_OK && !shared->address.secure && !shared->address.loopback)
        err = ERR_BAD_INPUT;
    if (err == ERR_OK)
        err = listener_probe(&shared->address);
    if (err != ERR_OK)
        LOG(LOG_ALARM, "listen", log_text("url", shared->config.listen),
            log_text("err", err_name(err)));
    return err;
}

static enum err shared_make(struct web_shared *shared)
{
    const struct web_config *config = &shared->config;
    enum err err = address_find(shared);
    if (err != ERR_OK)
        return err;
    if (shared->address.secure) {
        if (config->certificate_file == NULL || config->key_file == NULL)
            return ERR_BAD_INPUT;
        err = tls_site_open(config->certificate_file, config->key_file, &shared->tls);
        if (err != ERR_OK)
            return err;
    }
    names_default(shared);
    entropy_fill(shared->server_key, sizeof shared->server_key);
    shared->page_headers[0] = static_page_headers(NULL);
    shared->page_headers[1] = static_page_headers(config->bridge_sources);
    bool made = shared->page_headers[0] != NULL && shared->page_headers[1] != NULL;
    return made ? ERR_OK : ERR_NO_MEMORY;
}

enum err web_start(const struct web_config *config, struct web **out)
{
    CHECK(config->loops_count > 0 && config->sessions != NULL);
    route_check(&config->routes);
    size_t size = sizeof(struct web) + config->loops_count * sizeof(struct front *);
    struct web *web = calloc(1, size);
    if (web == NULL)
        return ERR_NO_MEMORY;
    web->shared.config = *config;
    if (config->head_ms == 0)
        web->shared.config.head_ms = CONN_HEAD_MS;
    if (config->answer_ms == 0)
        web->shared.config.answer_ms = FRONT_ANSWER_WAIT_MS;
    signal(SIGPIPE, SIG_IGN); /* a peer that is gone is an error of a write, not the end */
    enum err err = shared_make(&web->shared);
    if (err == ERR_OK)
        err = fronts_make(web);
    if (err == ERR_OK) {
        fronts_call(web, front_open);
        err = fronts_err(web);
        if (err != ERR_OK)
            web_stop(web, false);
    }
    if (err != ERR_OK) {
        web_close(web);
        return err;
    }
    *out = web;
    return ERR_OK;
}

enum err web_open_doors(struct web *web)
{
    fronts_call(web, front_begin);
    return fronts_err(web);
}

uint16_t web_port(const struct web *web)
{
    return listener_port(&web->shared.address);
}

void web_stop(struct web *web, bool graceful)
{
    for (uint16_t i = 0; i < web->fronts_count; i++)
        web->fronts[i]->graceful = graceful;
    fronts_call(web, front_stop);
}

void web_close(struct web *web)
{
    if (web == NULL)
        return;
    for (uint16_t i = 0; i < web->fronts_count; i++)
        front_free(web->fronts[i]);
    tls_site_close(web->shared.tls);
    for (size_t i = 0; i < ARRAY_COUNT(web->shared.page_headers); i++)
        free(web->shared.page_headers[i]);
    free(web);
}
