#include "card/server.h"
#include "base/check.h"
#include "base/log.h"
#include "card/conn.h"
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 32 };

static enum err err_of_errno(int number)
{
    switch (number) {
    case EADDRINUSE:
    case EACCES: return ERR_BUSY;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT: return ERR_UNSUPPORTED;
    default: return ERR_IO; /* errno's list */
    }
}

/* A listening loopback socket; *port 0 becomes the port that was given. */
static enum err socket_listen(int family, uint16_t *port, int *fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    memset(&address, 0, sizeof address);
    socklen_t size = family == AF_INET ? sizeof address.v4 : sizeof address.v6;
    int on = 1;
    if (family == AF_INET) {
        address.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(*port)};
        address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else {
        address.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(*port)};
        address.v6.sin6_addr = in6addr_loopback;
    }
    int made = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0) {
        return err_of_errno(errno);
    }
    if (setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (family == AF_INET6 && setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
        bind(made, &address.any, size) != 0 || listen(made, BACKLOG) != 0 ||
        getsockname(made, &address.any, &size) != 0) {
        enum err err = err_of_errno(errno);
        (void)close(made);
        return err;
    }
    *port = ntohs(family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
    *fd = made;
    return ERR_OK;
}

static void server_on_connection(uv_stream_t *listener, int status)
{
    struct server *server = listener->data;
    if (status == 0) {
        size_t at = (size_t)((uv_tcp_t *)listener - server->listeners);
        conn_open(server, listener, at >= server->compat_from);
    }
}

static void listener_add(struct server *server, int fd)
{
    CHECK(server->listener_count < ARRAY_COUNT(server->listeners));
    uv_tcp_t *listener = &server->listeners[server->listener_count++];
    CHECK(uv_tcp_init(server->loop, listener) == 0);
    CHECK(uv_tcp_open(listener, fd) == 0);
    listener->data = server;
    CHECK(uv_listen((uv_stream_t *)listener, BACKLOG, server_on_connection) == 0);
}

/* The port is free when both families have it; a machine may lack one of them. */
static enum err port_take(struct server *server, uint16_t port, uint16_t *taken)
{
    int v4 = -1;
    int v6 = -1;
    enum err err4 = socket_listen(AF_INET, &port, &v4);
    enum err err6 =
        err4 == ERR_OK || err4 == ERR_UNSUPPORTED ? socket_listen(AF_INET6, &port, &v6) : err4;
    bool fine4 = err4 == ERR_OK || err4 == ERR_UNSUPPORTED;
    bool fine6 = err6 == ERR_OK || err6 == ERR_UNSUPPORTED;
    if (!fine4 || !fine6 || (v4 < 0 && v6 < 0)) {
        if (v4 >= 0) {
            (void)close(v4);
        }
        if (v6 >= 0) {
            (void)close(v6);
        }
        return !fine4 ? err4 : !fine6 ? err6 : ERR_UNSUPPORTED;
    }
    if (v4 >= 0) {
        listener_add(server, v4);
    }
    if (v6 >= 0) {
        listener_add(server, v6);
    }
    *taken = port;
    return ERR_OK;
}

static enum err ports_take(struct server *server, const uint16_t *ports, size_t count,
                           uint16_t *taken)
{
    enum err err = ERR_BUSY;
    for (size_t i = 0; i < count && err != ERR_OK; i++) {
        err = port_take(server, ports[i], taken);
    }
    return err;
}

static void listeners_close(struct server *server)
{
    for (size_t i = 0; i < server->listener_count; i++) {
        uv_close((uv_handle_t *)&server->listeners[i], NULL);
    }
    server->listener_count = 0;
}

enum err server_open(struct server *server, uv_loop_t *loop, struct bridge *bridge,
                     struct tls_site *site)
{
    const struct settings *settings = bridge->settings;
    *server = (struct server){.loop = loop, .bridge = bridge, .site = site};
    CHECK(settings->port_count > 0);
    enum err err = ports_take(server, settings->ports, settings->port_count, &bridge->port);
    server->compat_from = server->listener_count;
    bridge->servisign.path_id = settings->servisign_path_id;
    bridge->servisign.confirm = settings->confirm;
    bridge->servisign.loop = loop;
    bridge->servisign.jobs = &bridge->jobs;
    if (err == ERR_OK && settings->servisign_port_count > 0) {
        err = ports_take(server, settings->servisign_ports, settings->servisign_port_count,
                         &bridge->servisign.port);
    }
    if (err != ERR_OK) {
        listeners_close(server);
    }
    return err;
}

void server_stop(struct server *server)
{
    if (server->stopped) {
        return;
    }
    server->stopped = true;
    listeners_close(server);
    servisign_wipe(&server->bridge->servisign);
    conn_stop_all(server);
    jobs_stop(&server->bridge->jobs);
}
