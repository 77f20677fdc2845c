#include "seal_sign.h"
#include "base/prng.h"
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>

static int random_bytes(void *self, unsigned char *to, size_t size)
{
    (void)self;
    entropy_fill(to, (uint32_t)size);
    return 0;
}

/* The key pair; mbedtls_pk_free in any case. */
static enum err load(const struct seal_keys *keys, mbedtls_pk_context *pk)
{
    mbedtls_pk_init(pk);
    int error = mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
    if (error == 0)
        error = mbedtls_ecp_read_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*pk), keys->sign,
                                     sizeof keys->sign);
    if (error == 0)
        error = mbedtls_ecp_keypair_calc_public(mbedtls_pk_ec(*pk), random_bytes, NULL);
    return error == 0 ? ERR_OK : ERR_CORRUPT;
}

enum err seal_sign(const struct seal_keys *keys, struct bytes text,
                   uint8_t signature[SEAL_SIGNATURE_MAX], size_t *size)
{
    uint8_t hash[32];
    mbedtls_pk_context pk;
    enum err err = load(keys, &pk);
    if (err == ERR_OK &&
        mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), text.data, text.size, hash) != 0)
        err = ERR_CORRUPT;
    if (err == ERR_OK && mbedtls_pk_sign(&pk, MBEDTLS_MD_SHA256, hash, sizeof hash, signature,
                                         SEAL_SIGNATURE_MAX, size, random_bytes, NULL) != 0)
        err = ERR_CORRUPT;
    mbedtls_pk_free(&pk);
    return err;
}

enum err seal_sign_public(const struct seal_keys *keys, char pem[SEAL_PUBLIC_MAX])
{
    mbedtls_pk_context pk;
    enum err err = load(keys, &pk);
    if (err == ERR_OK &&
        mbedtls_pk_write_pubkey_pem(&pk, (unsigned char *)pem, SEAL_PUBLIC_MAX) != 0)
        err = ERR_CORRUPT;
    mbedtls_pk_free(&pk);
    return err;
}
