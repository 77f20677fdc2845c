/* SHA-256 (FIPS 180-4) by nettle, which uses the processor's own instructions: mbedTLS 3.6 has none
 * for x86, and a filing hashes some 2 KB (bench/README.md). Pure; any thread; no way to fail, no
 * allocation. For what has no key; keyed hashes are src/hmac.h. */
#pragma once
#include "base/bytes.h"
#include <nettle/sha2.h>

enum { SHA256_SIZE = 32 };

struct sha256 {
    struct sha256_ctx context;
};

void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, struct bytes bytes);
/* Afterwards `hash` must be begun again before it is used. */
void sha256_end(struct sha256 *hash, uint8_t out[SHA256_SIZE]);
/* The hash of one piece, which may be personal: what it leaves in the context is wiped. */
void sha256_of(struct bytes bytes, uint8_t out[SHA256_SIZE]);
