#include "hmac.h"
#include "base/check.h"
#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
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
    mbedtls_sha256_context context; /* on the stack, and nothing behind it */
    mbedtls_sha256_init(&context);
    int failed = mbedtls_sha256_starts(&context, 0);
    failed |= mbedtls_sha256_update(&context, block, sizeof block);
    failed |= mbedtls_sha256_update(&context, message.data, message.size);
    failed |= mbedtls_sha256_finish(&context, out);
    mbedtls_sha256_free(&context);
    mbedtls_platform_zeroize(block, sizeof block);
    CHECK(failed == 0); /* software SHA-256 has no way to fail */
}

void hmac_sha256(const uint8_t key[HMAC_KEY_SIZE], struct bytes message, uint8_t out[HMAC_SIZE])
{
    uint8_t inner[HMAC_SIZE];
    hash_padded(key, 0x36, message, inner);
    hash_padded(key, 0x5c, bytes_of(inner, sizeof inner), out);
}
