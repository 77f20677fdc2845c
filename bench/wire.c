#include "bench/wire.h"
#include "base/check.h"
#include <arpa/inet.h>
#include <llhttp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 16 * 1024, REQUEST_ROOM = 1024 };

bool url_parse(const char *url, bool *tls, char host[16], uint16_t *port)
{
    unsigned number = 0;
    char secure = '\0';
    char rest = '\0';
    struct in_addr address;
    int found = sscanf(url, "http://%15[0-9.]:%u%c", host, &number, &rest);
    *tls = found == 0;
    if (*tls) {
        found = sscanf(url, "http%c://%15[0-9.]:%u%c", &secure, host, &number, &rest) - 1;
    }
    if ((found != 2 && !(found == 3 && rest == '/')) || number == 0 || number > UINT16_MAX ||
        *tls != (secure == 's')) {
        return false;
    }
    *port = (uint16_t)number;
    return inet_pton(AF_INET, host, &address) == 1;
}

enum err wire_to_open(const char *url, const char *ca, struct wire_to *out)
{
    bool tls;
    *out = (struct wire_to){0};
    if (url == NULL || !url_parse(url, &tls, out->host, &out->port)) {
        (void)fprintf(stderr, "%s is not http[s]://A.B.C.D:PORT\n", url == NULL ? "no URL" : url);
        return ERR_BAD_INPUT;
    }
    enum err err = tls ? tls_client_site_open(ca, &out->site) : ERR_OK;
    if (err != ERR_OK) {
        (void)fprintf(stderr, "%s: %s\n", ca, err_sentence(err));
    }
    return err;
}

void wire_to_close(struct wire_to *to)
{
    tls_client_site_close(to->site);
}

/* ---- bytes ---- */

static bool send_all(int fd, struct bytes bytes)
{
    while (bytes.size > 0) {
        ssize_t sent = send(fd, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes = bytes_slice(bytes, (size_t)sent, bytes.size - (size_t)sent);
    }
    return true;
}

static bool pending_send(struct wire *wire)
{
    bool sent = send_all(wire->fd, tls_client_pending(wire->tls));
    tls_client_sent(wire->tls);
    return sent;
}

static bool wire_write(struct wire *wire, struct bytes bytes)
{
    if (wire->tls == NULL) {
        return send_all(wire->fd, bytes);
    }
    return tls_client_write(wire->tls, bytes) && pending_send(wire);
}

/* Some plaintext; 0 in the middle of a handshake once it is done; below 0: over. */
static ssize_t wire_read(struct wire *wire, uint8_t to[PIECE])
{
    uint8_t cipher[PIECE];
    if (wire->tls == NULL) {
        ssize_t got = recv(wire->fd, to, PIECE, 0);
        return got > 0 ? got : -1;
    }
    for (;;) {
        bool was_ready = tls_client_is_ready(wire->tls);
        int got = tls_client_read(wire->tls, to, PIECE);
        if (!pending_send(wire) || got != 0) {
            return got == 0 ? -1 : got;
        }
        if (!was_ready && tls_client_is_ready(wire->tls)) {
            return 0;
        }
        ssize_t more = recv(wire->fd, cipher, sizeof cipher, 0);
        if (more <= 0) {
            return -1;
        }
        tls_client_give(wire->tls, bytes_of(cipher, (size_t)more));
    }
}

/* ---- life ---- */

enum err wire_open(const struct wire_to *to, struct wire *out)
{
    struct wire wire = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(to->port)};
    uint8_t piece[PIECE];
    (void)inet_pton(AF_INET, to->host, &address.sin_addr);
    enum err err = wire.fd < 0 ? ERR_IO : ERR_OK;
    if (err == ERR_OK &&
        connect(wire.fd, (const struct sockaddr *)(const void *)&address, sizeof address) != 0) {
        err = ERR_IO;
    }
    if (err == ERR_OK && to->site != NULL) {
        err = tls_client_open(to->site, to->host, &wire.tls);
        err = err == ERR_OK && wire_read(&wire, piece) != 0 ? ERR_IO : err;
    }
    if (err != ERR_OK) {
        wire_close(&wire);
        return err;
    }
    *out = wire;
    return ERR_OK;
}

int wire_leave_socket(struct wire *wire)
{
    int fd = wire->fd;
    tls_client_close(wire->tls);
    *wire = (struct wire){.fd = -1};
    return fd;
}

void wire_close(struct wire *wire)
{
    int fd = wire_leave_socket(wire);
    if (fd >= 0) {
        (void)close(fd);
    }
}

/* ---- one request ---- */

struct answer {
    llhttp_t parser;
    char *body;
    size_t room, size;
    bool whole;
};

static int on_body(llhttp_t *parser, const char *at, size_t size)
{
    struct answer *answer = container_of(parser, struct answer, parser);
    size_t left = answer->room - answer->size;
    size_t taken = size < left ? size : left;
    memcpy(answer->body + answer->size, at, taken);
    answer->size += taken;
    return 0;
}

static int on_whole(llhttp_t *parser)
{
    container_of(parser, struct answer, parser)->whole = true;
    return HPE_PAUSED;
}

enum err wire_ask(struct wire *wire, const char *line, const char *token, unsigned *status,
                  char *body, size_t room, size_t *size)
{
    char request[REQUEST_ROOM];
    uint8_t piece[PIECE];
    llhttp_settings_t settings;
    struct answer answer = {.body = body, .room = room};
    bool bearer = token != NULL;
    int length =
        snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s%s%s\r\n", line,
                 bearer ? "Authorization: Bearer " : "", bearer ? token : "", bearer ? "\r\n" : "");
    CHECK(length > 0 && (size_t)length < sizeof request);
    if (!wire_write(wire, bytes_of(request, (size_t)length))) {
        return ERR_IO;
    }
    llhttp_settings_init(&settings);
    settings.on_body = on_body;
    settings.on_message_complete = on_whole;
    llhttp_init(&answer.parser, HTTP_RESPONSE, &settings);
    while (!answer.whole) {
        ssize_t got = wire_read(wire, piece);
        if (got < 0) {
            return ERR_IO;
        }
        llhttp_errno_t error = llhttp_execute(&answer.parser, (const char *)piece, (size_t)got);
        if (error != HPE_OK && !answer.whole) {
            return ERR_IO;
        }
    }
    *status = (unsigned)answer.parser.status_code;
    *size = answer.size;
    return ERR_OK;
}
