/* Listening sockets: one for each loop on one address by SO_REUSEPORT, made here and handed to uv,
 * since libuv 1.44 has no flag for it (DESIGN 6). */
#pragma once
#include "web/conn.h"
#include <netinet/in.h>

enum { LISTENER_BACKLOG = 1024, LISTENER_HOST_MAX = 256 };

struct listener_address {
    bool secure;                     /* https */
    bool loopback;                   /* 127.0.0.0/8 or ::1 */
    char host[LISTENER_HOST_MAX];    /* as written, without brackets */
    struct sockaddr_storage address; /* of the host, by look-up */
    socklen_t size;
};

/* https://HOST:PORT or http://HOST:PORT, HOST a name or an address ([::1]). ERR_BAD_INPUT. */
enum err listener_parse(const char *url, struct listener_address *out) MUST_CHECK;
uint16_t listener_port(const struct listener_address *address);
/* Nobody else has the address: ERR_BUSY if so, which SO_REUSEPORT alone would hide. Port 0 is
 * replaced by one that is free. */
enum err listener_probe(struct listener_address *address) MUST_CHECK;

struct listener {
    uv_tcp_t tcp;
    struct conn_host *host;
    void (*on_closed)(void *self);
    void *self;
    bool waiting; /* a connection is there and connections_max are open */
};

/* Binds; on the loop's thread, as all below. ERR_BUSY, ERR_IO. */
enum err listener_open(struct listener *listener, struct conn_host *host,
                       const struct listener_address *address) MUST_CHECK;
enum err listener_begin(struct listener *listener) MUST_CHECK; /* accepts from now on */
void listener_on_room(struct listener *listener); /* a connection ended: the waiting one may come */
void listener_close(struct listener *listener, void (*on_closed)(void *self), void *self);
