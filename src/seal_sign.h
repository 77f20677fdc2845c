/* Signatures of the audit log's roots: ECDSA over P-256 and SHA-256 under the key file's `sign`
 * key. openssl verifies them with the public key alone. Any thread on const keys. */
#pragma once
#include "seal.h"

enum { SEAL_SIGNATURE_MAX = 80, SEAL_PUBLIC_MAX = 300 };

/* DER. ERR_CORRUPT: the key is none. */
enum err seal_sign(const struct seal_keys *keys, struct bytes text,
                   uint8_t signature[SEAL_SIGNATURE_MAX], size_t *size) MUST_CHECK;
/* PEM, ends with a zero byte. ERR_CORRUPT. */
enum err seal_sign_public(const struct seal_keys *keys, char pem[SEAL_PUBLIC_MAX]) MUST_CHECK;
