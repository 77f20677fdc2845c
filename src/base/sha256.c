#include "base/sha256.h"
#include <string.h>

void sha256_begin(struct sha256 *hash)
{
    sha256_init(&hash->context);
}

void sha256_add(struct sha256 *hash, struct bytes bytes)
{
    if (bytes.size > 0)
        sha256_update(&hash->context, bytes.size, bytes.data);
}

void sha256_end(struct sha256 *hash, uint8_t out[SHA256_SIZE])
{
    sha256_digest(&hash->context, SHA256_SIZE, out);
}

void sha256_of(struct bytes bytes, uint8_t out[SHA256_SIZE])
{
    struct sha256 hash;
    sha256_begin(&hash);
    sha256_add(&hash, bytes);
    sha256_end(&hash, out);
    explicit_bzero(&hash, sizeof hash);
}
