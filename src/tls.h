/* mbedTLS 3.6 as a filter of bytes: ciphertext in, plaintext out, and the other way. No socket.
 *
 * TLS 1.2 and 1.3, ECDHE with AEAD only, session tickets, ALPN http/1.1, no renegotiation
 * (RELIABILITY 6). A struct tls is used by one thread; a tls_site by all loops (mbedTLS locks its
 * random numbers and its ticket keys, nothing else in it changes). */
#pragma once
#include "base/bytes.h"

struct tls_site;
struct tls;

/* Reads certificate chain (PEM, leaf first) and key. ERR_BAD_INPUT with a log line: a file can't be
 * read or they don't fit; ERR_NO_MEMORY. */
enum err tls_site_open(const char *certificate_file, const char *key_file,
                       struct tls_site **out) MUST_CHECK;
void tls_site_close(struct tls_site *site);

enum tls_status {
    TLS_WANT,   /* all ciphertext was taken; give more */
    TLS_PLAIN,  /* *size bytes of plaintext */
    TLS_CLOSED, /* the peer has said it is done */
    TLS_FAILED  /* broken: send what is pending (an alert) and close */
};

enum err tls_open(struct tls_site *site, struct tls **out) MUST_CHECK;
void tls_close(struct tls *tls); /* wipes */

/* Ciphertext that came; borrowed until it is all taken. What tls_read has not taken is tls_rest:
 * the caller copies it if the bytes go away, and gives the copy. Not while there is a rest. */
void tls_give(struct tls *tls, struct bytes cipher);
struct bytes tls_rest(const struct tls *tls);
void tls_move_rest(struct tls *tls, const uint8_t *to); /* the same bytes now lie there */
void tls_drop_rest(struct tls *tls); /* and never read again: half a record may be gone */
/* Goes on with the handshake, then decrypts at most `room` bytes. May leave bytes to send. */
enum tls_status tls_read(struct tls *tls, uint8_t *to, size_t room, size_t *size);
bool tls_is_ready(const struct tls *tls); /* the handshake is done */

/* Encrypts; the result is added to what is to be sent. ERR_CLOSED: broken; ERR_NO_MEMORY. */
enum err tls_write(struct tls *tls, struct bytes plain) MUST_CHECK;
void tls_end(struct tls *tls); /* close_notify is added */
/* Takes the bytes to be sent out of the filter: they are the caller's until he gives the buffer
 * back by tls_give_back. size 0: nothing. */
struct tls_buffer {
    uint8_t *data;
    size_t size, capacity;
};
struct tls_buffer tls_take(struct tls *tls);
void tls_give_back(struct tls_buffer buffer);
