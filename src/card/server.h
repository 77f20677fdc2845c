/* The bridge's listening sockets, 127.0.0.1 and ::1 on one port (and on another for the
 * compatibility mode), and the connections.
 *
 * Never another address: whoever can reach the port could try PINs. The loop's thread only. */
#pragma once
#include "card/bridge.h"
#include "tls.h"

enum { SERVER_CONNS_MAX = 64 };

struct conn;

struct server {
    uv_loop_t *loop;
    struct bridge *bridge;
    struct tls_site *site; /* NULL: no TLS; the caller's, outlives the loop */
    uv_tcp_t listeners[4];
    size_t listener_count, compat_from; /* from this one on: of the compatibility mode */
    struct conn *conns;                 /* all that are open */
    size_t conn_count;
    bool stopped;
};

/* Takes the first of the settings' ports that is free and tells the bridge, and likewise one of
 * servisign_ports if there are any. ERR_BUSY: none is free.
 * ERR_UNSUPPORTED: there is no loopback address. */
enum err server_open(struct server *server, uv_loop_t *loop, struct bridge *bridge,
                     struct tls_site *site) MUST_CHECK;

/* Stops listening, closes what is idle; a running job is still answered. The loop then ends. */
void server_stop(struct server *server);
