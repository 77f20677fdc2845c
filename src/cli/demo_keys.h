/* Keys of the demo's cards and server, and their text forms. mbedTLS; random from the kernel.
 *
 * A key has one owner. Making RSA keys is slow (about half a second for 2,048 bits), so many are
 * made on two threads. Errors: ERR_NO_MEMORY for whatever mbedTLS may lack, since nothing else can
 * fail here. */
#pragma once
#include "base/bytes.h"
#include <mbedtls/pk.h>

enum { DEMO_KEY_PEM_MAX = 4096, DEMO_EXPONENT = 65537 };

/* `key` is initialised here; free it with mbedtls_pk_free, also after a failure. */
enum err demo_key_rsa(mbedtls_pk_context *key, unsigned bits) MUST_CHECK;
enum err demo_key_p256(mbedtls_pk_context *key) MUST_CHECK;
/* `count` RSA keys on two threads. On failure all of them are freed. */
enum err demo_keys_rsa(mbedtls_pk_context *keys, size_t count, unsigned bits) MUST_CHECK;

/* Unencrypted PKCS#8 in PEM. */
void demo_key_print(const mbedtls_pk_context *key, struct writer *out);
/* DER in PEM under a label such as "CERTIFICATE" or "X509 CRL". */
void demo_pem_print(const char *label, struct bytes der, struct writer *out);

/* mbedTLS's source of random bytes: the kernel. */
int demo_random(void *none, unsigned char *to, size_t size);
