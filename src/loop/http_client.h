/* HTTP out, on a loop: libcurl's multi interface on its uv loop (DESIGN 4, 5: no retries here; they
 * are a state with a timer in the actor that asked).
 *
 * Loop's thread only. HTTPS by the given authority alone; plain HTTP only where the URL says so.
 * Redirects are not followed, proxies of the environment not used, cookies not kept. */
#pragma once
#include "base/bytes.h"
#include <stdint.h>
#include <uv.h>

struct http_client;

struct http_request {
    const char *url;
    const char *ca_file; /* PEM; empty: the system's */
    const char *const *headers;
    size_t headers_count;
    bool post; /* `body` is sent; else GET */
    struct bytes body;
    uint32_t timeout_ms; /* for the whole of it */
    size_t answer_max;   /* a longer body is an error */
};

struct http_answer {
    enum err err; /* ERR_OK: an answer came, whatever its status; ERR_TIMEOUT, ERR_TOO_LARGE,
                     ERR_CLOSED (the loop ends), ERR_IO */
    uint16_t status;
    struct bytes body; /* borrowed during `done` */
};

/* Once, before any thread: libcurl's own start is not safe later. ERR_UNSUPPORTED. */
enum err http_clients_begin(void) MUST_CHECK;
enum err http_client_open(uv_loop_t *uv, struct http_client **out) MUST_CHECK; /* NO_MEMORY */
/* Ends what is on its way with ERR_CLOSED. The memory is given back when uv has let go. */
void http_client_close(struct http_client *client);
/* Copies what it is given. ERR_OK: `done` is called once, never from inside this call. */
enum err http_call(struct http_client *client, const struct http_request *request,
                   void (*done)(void *self, const struct http_answer *answer),
                   void *self) MUST_CHECK;
