#include "web/listener.h"
#include "base/check.h"
#include "base/log.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- address -----------------------------------------------------------------------------------
 */

static bool url_split(const char *url, struct listener_address *out, char port[8])
{
    const char *at = url;
    if (strncmp(at, "https://", 8) == 0) {
        out->secure = true;
        at += 8;
    } else if (strncmp(at, "http://", 7) == 0) {
        at += 7;
    } else {
        return false;
    }
    const char *host = at;
    const char *colon = strrchr(at, ':');
    if (colon == NULL || colon == host)
        return false;
    size_t size = (size_t)(colon - host);
    if (host[0] == '[') {
        if (size < 3 || host[size - 1] != ']')
            return false;
        host++;
        size -= 2;
    }
    size_t port_size = strlen(colon + 1);
    if (port_size > 0 && colon[port_size] == '/')
        port_size--;
    if (size >= LISTENER_HOST_MAX || port_size < 1 || port_size > 5)
        return false;
    memcpy(out->host, host, size);
    out->host[size] = '\0';
    memcpy(port, colon + 1, port_size);
    port[port_size] = '\0';
    return strspn(port, "0123456789") == port_size && strtoul(port, NULL, 10) <= 65535;
}

static bool is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, address, sizeof four);
        return ntohl(four.sin_addr.s_addr) >> 24 == 127;
    }
    struct sockaddr_in6 six;
    memcpy(&six, address, sizeof six);
    return IN6_IS_ADDR_LOOPBACK(&six.sin6_addr);
}

enum err listener_parse(const char *url, struct listener_address *out)
{
    struct listener_address address = {.secure = false};
    char port[8];
    if (!url_split(url, &address, port))
        return ERR_BAD_INPUT;
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    if (getaddrinfo(address.host, port, &hints, &found) != 0 || found == NULL)
        return ERR_BAD_INPUT;
    CHECK(found->ai_addrlen <= sizeof address.address);
    memcpy(&address.address, found->ai_addr, found->ai_addrlen);
    address.size = found->ai_addrlen;
    freeaddrinfo(found);
    address.loopback = is_loopback(&address.address);
    *out = address;
    return ERR_OK;
}

static uint16_t *port_of(struct listener_address *address)
{
    if (address->address.ss_family == AF_INET6)
        return &((struct sockaddr_in6 *)(void *)&address->address)->sin6_port;
    return &((struct sockaddr_in *)(void *)&address->address)->sin_port;
}

uint16_t listener_port(const struct listener_address *address)
{
    struct listener_address copy = *address;
    return ntohs(*port_of(&copy));
}

/* ---- sockets -----------------------------------------------------------------------------------
 */

static enum err socket_make(const struct listener_address *address, bool shared, int *out)
{
    int family = address->address.ss_family;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return ERR_IO;
    int on = 1;
    int failed = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (shared)
        failed |= setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (family == AF_INET6)
        failed |= setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (failed != 0 ||
        bind(fd, (const struct sockaddr *)(const void *)&address->address, address->size) != 0) {
        enum err err = failed == 0 && errno == EADDRINUSE ? ERR_BUSY : ERR_IO;
        close(fd);
        return err;
    }
    *out = fd;
    return ERR_OK;
}

enum err listener_probe(struct listener_address *address)
{
    int fd;
    enum err err = socket_make(address, false, &fd);
    if (err != ERR_OK)
        return err;
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    err = ERR_IO;
    if (getsockname(fd, (struct sockaddr *)(void *)&bound, &size) != 0)
        goto done;
    err = listen(fd, 1) != 0 ? (errno == EADDRINUSE ? ERR_BUSY : ERR_IO) : ERR_OK;
    if (err == ERR_OK)
        address->address = bound;
done:
    close(fd);
    return err;
}

enum err listener_open(struct listener *listener, struct conn_host *host,
                       const struct listener_address *address)
{
    *listener = (struct listener){.host = host};
    int fd;
    enum err err = socket_make(address, true, &fd);
    if (err != ERR_OK)
        return err;
    int failed = uv_tcp_init(host->uv, &listener->tcp);
    CHECK(failed == 0);
    listener->tcp.data = listener;
    if (uv_tcp_open(&listener->tcp, fd) != 0) {
        close(fd);
        uv_close((uv_handle_t *)&listener->tcp, NULL);
        return ERR_IO;
    }
    return ERR_OK;
}

/* Not taking it stops libuv from accepting: what comes waits in the kernel's queue. */
static void listener_on_connection(uv_stream_t *stream, int status)
{
    struct listener *listener = stream->data;
    if (status != 0) {
        LOG(LOG_WARN, "accept", log_text("uv", uv_err_name(status)));
        return;
    }
    listener->waiting = !conn_accept(listener->host, stream);
}

enum err listener_begin(struct listener *listener)
{
    int status = uv_listen((uv_stream_t *)&listener->tcp, LISTENER_BACKLOG, listener_on_connection);
    if (status == 0)
        return ERR_OK;
    return status == UV_EADDRINUSE ? ERR_BUSY : ERR_IO;
}

void listener_on_room(struct listener *listener)
{
    if (!listener->waiting || uv_is_closing((uv_handle_t *)&listener->tcp))
        return;
    listener->waiting = !conn_accept(listener->host, (uv_stream_t *)&listener->tcp);
}

static void listener_on_close(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    listener->on_closed(listener->self);
}

void listener_close(struct listener *listener, void (*on_closed)(void *self), void *self)
{
    listener->on_closed = on_closed;
    listener->self = self;
    uv_close((uv_handle_t *)&listener->tcp, listener_on_close);
}
