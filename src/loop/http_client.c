#include "loop/http_client.h"
#include "base/check.h"
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

struct call {
    struct http_client *client;
    struct call *next, *before; /* of those on their way */
    CURL *easy;
    struct curl_slist *headers;
    uint8_t *answer;
    size_t answer_size, answer_max;
    bool too_large;
    void (*done)(void *self, const struct http_answer *answer);
    void *self;
    size_t body_size;
    uint8_t body[];
};

struct http_client {
    uv_loop_t *uv;
    uv_timer_t timer;
    CURLM *multi;
    struct call *first;
    bool closing;
};

/* A socket of curl's, watched by uv. */
struct watch {
    uv_poll_t poll;
    struct http_client *client;
    curl_socket_t socket;
};

/* ---- the end of a call ---- */

static void call_unlist(struct call *call)
{
    if (call->before != NULL) {
        call->before->next = call->next;
    } else {
        call->client->first = call->next;
    }
    if (call->next != NULL) {
        call->next->before = call->before;
    }
}

static void call_free(struct call *call)
{
    curl_slist_free_all(call->headers);
    curl_easy_cleanup(call->easy);
    free(call->answer);
    free(call);
}

static enum err call_err(const struct call *call, CURLcode code)
{
    if (call->too_large) {
        return ERR_TOO_LARGE;
    }
    return code == CURLE_OK ? ERR_OK : code == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_IO;
}

/* It is on the list no more. */
static void call_end(struct call *call, enum err err)
{
    long status = 0;
    (void)curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    CHECK(curl_multi_remove_handle(call->client->multi, call->easy) == CURLM_OK);
    struct http_answer answer = {.err = err};
    if (err == ERR_OK) {
        answer.status = status > 0 && status < 1000 ? (uint16_t)status : 0;
        answer.body = bytes_of(call->answer, call->answer_size);
    }
    call->done(call->self, &answer);
    call_free(call);
}

static void calls_end(struct http_client *client, enum err err)
{
    for (struct call *call; (call = client->first) != NULL;) {
        client->first = call->next;
        if (call->next != NULL) {
            call->next->before = NULL;
        }
        call_end(call, err);
    }
}

static void client_look(struct http_client *client)
{
    int left = 0;
    for (CURLMsg *msg; (msg = curl_multi_info_read(client->multi, &left)) != NULL;) {
        struct call *call = NULL;
        CURLcode code = msg->data.result;
        if (msg->msg != CURLMSG_DONE) {
            continue;
        }
        CHECK(curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&call) == CURLE_OK);
        call_unlist(call);
        call_end(call, call_err(call, code));
    }
}

/* Lets curl look at a socket, or at its clock. A callback that found no memory has ended the multi
 * handle for all its calls, but says so to none of them. */
static void client_act(struct http_client *client, curl_socket_t socket, int flags)
{
    int running = 0;
    bool dead = curl_multi_socket_action(client->multi, socket, flags, &running) != CURLM_OK;
    client_look(client);
    if (dead) {
        calls_end(client, ERR_NO_MEMORY);
    }
}

/* ---- curl on uv: it says which sockets and when, we say what happened ---- */

static void watch_on_closed(uv_handle_t *handle)
{
    free(container_of((uv_poll_t *)handle, struct watch, poll));
}

static void watch_on_event(uv_poll_t *poll, int status, int events)
{
    const struct watch *watch = container_of(poll, struct watch, poll);
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;
    flags |= (events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0;
    flags |= (events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0;
    client_act(watch->client, watch->socket, flags);
}

static int client_on_socket(CURL *easy, curl_socket_t socket, int what, void *self, void *socketp)
{
    struct http_client *client = self;
    struct watch *watch = socketp;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL) {
            (void)curl_multi_assign(client->multi, socket, NULL);
            uv_close((uv_handle_t *)&watch->poll, watch_on_closed);
        }
        return 0;
    }
    if (watch == NULL) {
        watch = calloc(1, sizeof *watch);
        if (watch == NULL || uv_poll_init_socket(client->uv, &watch->poll, socket) != 0) {
            free(watch);
            return -1;
        }
        watch->client = client;
        watch->socket = socket;
        CHECK(curl_multi_assign(client->multi, socket, watch) == CURLM_OK); /* it asks about it */
    }
    int events = (what & CURL_POLL_IN) != 0 ? UV_READABLE : 0;
    events |= (what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0;
    return uv_poll_start(&watch->poll, events, watch_on_event) == 0 ? 0 : -1;
}

static void timer_on_time(uv_timer_t *timer)
{
    client_act(container_of(timer, struct http_client, timer), CURL_SOCKET_TIMEOUT, 0);
}

static int client_on_timer(CURLM *multi, long timeout_ms, void *self)
{
    struct http_client *client = self;
    (void)multi;
    if (client->closing) {
        return 0;
    }
    if (timeout_ms < 0) {
        return uv_timer_stop(&client->timer);
    }
    return uv_timer_start(&client->timer, timer_on_time, (uint64_t)timeout_ms, 0);
}

static size_t call_on_data(char *data, size_t size, size_t count, void *self)
{
    struct call *call = self;
    size_t more = size * count;
    if (more > call->answer_max - call->answer_size) {
        call->too_large = true;
        return 0;
    }
    uint8_t *grown = realloc(call->answer, call->answer_size + more + 1);
    if (grown == NULL) {
        return 0;
    }
    memcpy(grown + call->answer_size, data, more);
    call->answer = grown;
    call->answer_size += more;
    return more;
}

/* ---- life ---- */

enum err http_clients_begin(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? ERR_OK : ERR_UNSUPPORTED;
}

enum err http_client_open(uv_loop_t *uv, struct http_client **out)
{
    struct http_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return ERR_NO_MEMORY;
    }
    client->uv = uv;
    client->multi = curl_multi_init();
    if (client->multi == NULL) {
        free(client);
        return ERR_NO_MEMORY;
    }
    CHECK(curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, client_on_socket) == CURLM_OK);
    CHECK(curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client) == CURLM_OK);
    CHECK(curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, client_on_timer) == CURLM_OK);
    CHECK(curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client) == CURLM_OK);
    int failed = uv_timer_init(uv, &client->timer);
    CHECK(failed == 0);
    *out = client;
    return ERR_OK;
}

static void timer_on_closed(uv_handle_t *handle)
{
    free(container_of((uv_timer_t *)handle, struct http_client, timer));
}

void http_client_close(struct http_client *client)
{
    if (client == NULL) {
        return;
    }
    client->closing = true;
    calls_end(client, ERR_CLOSED);
    (void)curl_multi_cleanup(client->multi);
    uv_close((uv_handle_t *)&client->timer, timer_on_closed);
}

/* ---- calls ---- */

static bool call_headers(struct call *call, const struct http_request *request)
{
    for (size_t i = 0; i < request->headers_count; i++) {
        struct curl_slist *longer = curl_slist_append(call->headers, request->headers[i]);
        if (longer == NULL) {
            return false;
        }
        call->headers = longer;
    }
    return true;
}

static bool call_options(struct call *call, const struct http_request *request)
{
    CURL *easy = call->easy;
    bool set = curl_easy_setopt(easy, CURLOPT_URL, request->url) == CURLE_OK;
    set = set && curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *)call) == CURLE_OK;
    set = set && curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, call_on_data) == CURLE_OK;
    set = set && curl_easy_setopt(easy, CURLOPT_WRITEDATA, call) == CURLE_OK;
    set = set && curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers) == CURLE_OK;
    set = set && curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms) == CURLE_OK;
    set = set && curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
    set = set && curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK;
    set = set && curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
    set = set &&
          curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
    if (request->ca_file[0] != '\0') {
        set = set && curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file) == CURLE_OK;
        set = set && curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
    }
    if (request->post) {
        set = set && curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK;
        set = set && curl_easy_setopt(easy, CURLOPT_POSTFIELDS, (void *)call->body) == CURLE_OK;
        set = set && curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                      (curl_off_t)call->body_size) == CURLE_OK;
    }
    return set;
}

enum err http_call(struct http_client *client, const struct http_request *request,
                   void (*done)(void *self, const struct http_answer *answer), void *self)
{
    CHECK(!client->closing && request->answer_max > 0);
    struct call *call = calloc(1, sizeof *call + request->body.size);
    if (call == NULL) {
        return ERR_NO_MEMORY;
    }
    call->client = client;
    call->answer_max = request->answer_max;
    call->done = done;
    call->self = self;
    call->body_size = request->body.size;
    if (request->body.size > 0) {
        memcpy(call->body, request->body.data, request->body.size);
    }
    call->easy = curl_easy_init();
    if (call->easy == NULL || !call_headers(call, request) || !call_options(call, request) ||
        curl_multi_add_handle(client->multi, call->easy) != CURLM_OK) {
        call_free(call);
        return ERR_NO_MEMORY;
    }
    call->next = client->first;
    if (client->first != NULL) {
        client->first->before = call;
    }
    client->first = call;
    return ERR_OK;
}
