#include "hmac.h"
#include "base/sha256.h"
#include <mbedtls/platform_util.h>
#include <string.h>

enum { BLOCK_SIZE = 64 };

/* SHA-256 of the key, padded to a block and mixed with `pad`, and of the message behind it. */
static void hash_padded(const uint8_t key[HMAC_KEY_SIZE], uint8_t pad, struct bytes message,
                        uint8_t out[HMAC_SIZE])
{
    uint8_t block[BLOCK_SIZE];
    memset(block, pad, sizeof block);
    for (size_t i = 0; i < HMAC_KEY_SIZE; i++)
        block[i] ^= key[i];
    struct sha256 hash; /* on the stack, and nothing behind it */
    sha256_begin(&hash);
    sha256_add(&hash, bytes_of(block, sizeof block));
    sha256_add(&hash, message);
    sha256_end(&hash, out);
    mbedtls_platform_zeroize(&hash, sizeof hash);
    mbedtls_platform_zeroize(block, sizeof block);
}

void hmac_sha256(const uint8_t key[HMAC_KEY_SIZE], struct bytes message, uint8_t out[HMAC_SIZE])
{
    uint8_t inner[HMAC_SIZE];
    hash_padded(key, 0x36, message, inner);
    hash_padded(key, 0x5c, bytes_of(inner, sizeof inner), out);
}
