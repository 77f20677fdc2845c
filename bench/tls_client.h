/* A client's end of TLS as a filter of bytes (mbedTLS 3.6), for load from outside. No socket.
 *
 * TLS 1.3 or 1.2 as the server likes; the server is held against a CA if one is given. One
 * thread. */
#pragma once
#include "base/bytes.h"

struct tls_client_site;
struct tls_client;

/* `ca` is a PEM file; NULL: any certificate will do. ERR_BAD_INPUT: it can't be read. */
enum err tls_client_site_open(const char *ca, struct tls_client_site **out) MUST_CHECK;
void tls_client_site_close(struct tls_client_site *site); /* NULL is allowed */

enum err tls_client_open(struct tls_client_site *site, const char *host,
                         struct tls_client **out) MUST_CHECK;
void tls_client_close(struct tls_client *client); /* NULL is allowed */

/* Ciphertext from the wire; borrowed until tls_client_read answers 0. */
void tls_client_give(struct tls_client *client, struct bytes cipher);
/* Goes on with the handshake, then decrypts at most `room` bytes. 0: give more; below 0: over. */
int tls_client_read(struct tls_client *client, uint8_t *to, size_t room);
bool tls_client_is_ready(const struct tls_client *client);
bool tls_client_write(struct tls_client *client, struct bytes plain); /* false: broken */
/* What is to be sent; the memory is the filter's until tls_client_sent. */
struct bytes tls_client_pending(const struct tls_client *client);
void tls_client_sent(struct tls_client *client);
