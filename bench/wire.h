/* A blocking connection to a server on loopback, plain or TLS: one request, one answer at a time.
 * One thread. */
#pragma once
#include "bench/tls_client.h"
#include <stdint.h>

struct wire_to {
    char host[16]; /* IPv4 address in digits */
    uint16_t port;
    struct tls_client_site *site; /* NULL: plain */
};

/* http[s]://A.B.C.D:PORT, and who signs the server's certificate (NULL: anybody). ERR_BAD_INPUT: a
 * sentence was printed. */
enum err wire_to_open(const char *url, const char *ca, struct wire_to *out) MUST_CHECK;
void wire_to_close(struct wire_to *to);
bool url_parse(const char *url, bool *tls, char host[16], uint16_t *port);

struct wire {
    int fd;
    struct tls_client *tls;
};

/* ERR_IO: nobody listens, or the handshake failed. */
enum err wire_open(const struct wire_to *to, struct wire *out) MUST_CHECK;
/* Sends "METHOD PATH", a bearer token if there is one, and reads the whole answer; the body goes
 * into `body`, cut at `room`. ERR_IO: lost, or no HTTP. */
enum err wire_ask(struct wire *wire, const char *line, const char *token, unsigned *status,
                  char *body, size_t room, size_t *size) MUST_CHECK;
void wire_close(struct wire *wire);
/* Forgets all but the socket, which stays open for the server to keep; returns it. */
int wire_leave_socket(struct wire *wire);
