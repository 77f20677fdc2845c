#include "cli/demo_keys.h"
#include "base/check.h"
#include "base/prng.h"
#include <mbedtls/asn1write.h>
#include <mbedtls/ecp.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <mbedtls/rsa.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { DER_MAX = 4096, THREADS = 2 };

int demo_random(void *none, unsigned char *to, size_t size)
{
    (void)none;
    CHECK(size <= UINT32_MAX);
    entropy_fill(to, (uint32_t)size);
    return 0;
}

static enum err key_made(mbedtls_pk_context *key, int failed)
{
    if (failed == 0)
        return ERR_OK;
    mbedtls_pk_free(key);
    return ERR_NO_MEMORY;
}

enum err demo_key_rsa(mbedtls_pk_context *key, unsigned bits)
{
    mbedtls_pk_init(key);
    int failed = mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA));
    if (failed == 0)
        failed = mbedtls_rsa_gen_key(mbedtls_pk_rsa(*key), demo_random, NULL, bits, DEMO_EXPONENT);
    return key_made(key, failed);
}

enum err demo_key_p256(mbedtls_pk_context *key)
{
    mbedtls_pk_init(key);
    int failed = mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
    if (failed == 0)
        failed =
            mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key), demo_random, NULL);
    return key_made(key, failed);
}

/* What the two threads share: the next key that nobody makes yet. */
struct making {
    mbedtls_pk_context *keys;
    size_t count;
    unsigned bits;
    atomic_size_t next;
    atomic_bool failed;
};

static void *making_run(void *context)
{
    struct making *making = context;
    size_t index;
    while ((index = atomic_fetch_add(&making->next, 1)) < making->count)
        if (demo_key_rsa(&making->keys[index], making->bits) != ERR_OK)
            atomic_store(&making->failed, true);
    return NULL;
}

enum err demo_keys_rsa(mbedtls_pk_context *keys, size_t count, unsigned bits)
{
    struct making making = {.keys = keys, .count = count, .bits = bits};
    for (size_t i = 0; i < count; i++)
        mbedtls_pk_init(&keys[i]);
    pthread_t threads[THREADS];
    size_t started = 0;
    while (started < THREADS && pthread_create(&threads[started], NULL, making_run, &making) == 0)
        started++;
    if (started == 0)
        making_run(&making); /* no thread to be had: slower, not worse */
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    if (!atomic_load(&making.failed))
        return ERR_OK;
    for (size_t i = 0; i < count; i++)
        mbedtls_pk_free(&keys[i]);
    return ERR_NO_MEMORY;
}

void demo_pem_print(const char *label, struct bytes der, struct writer *out)
{
    char header[64], footer[64];
    snprintf(header, sizeof header, "-----BEGIN %s-----\n", label);
    snprintf(footer, sizeof footer, "-----END %s-----\n", label);
    size_t used = 0;
    if (out->failed ||
        mbedtls_pem_write_buffer(header, footer, der.data, der.size, out->data + out->size,
                                 out->capacity - out->size, &used) != 0) {
        out->failed = true;
        return;
    }
    out->size += used - 1; /* it counts its NUL */
}

/* mbedTLS writes the bare RSA or EC key; PKCS#8 puts version and algorithm before it (RFC 5958). */
void demo_key_print(const mbedtls_pk_context *key, struct writer *out)
{
    static const char rsa[] = MBEDTLS_OID_PKCS1_RSA, ec[] = MBEDTLS_OID_EC_ALG_UNRESTRICTED,
                      curve[] = MBEDTLS_OID_EC_GRP_SECP256R1;
    bool is_rsa = mbedtls_pk_get_type(key) == MBEDTLS_PK_RSA;
    unsigned char der[DER_MAX], *at = der + sizeof der;
    int size = mbedtls_pk_write_key_der(key, der, sizeof der);
    CHECK(size > 0);
    at -= size;
    bool good = mbedtls_asn1_write_len(&at, der, (size_t)size) > 0 &&
                mbedtls_asn1_write_tag(&at, der, MBEDTLS_ASN1_OCTET_STRING) > 0;
    unsigned char *behind = at;
    if (is_rsa) {
        good =
            good && mbedtls_asn1_write_algorithm_identifier(&at, der, rsa, sizeof rsa - 1, 0) > 0;
    } else {
        good = good && mbedtls_asn1_write_oid(&at, der, curve, sizeof curve - 1) > 0 &&
               mbedtls_asn1_write_algorithm_identifier(&at, der, ec, sizeof ec - 1,
                                                       (size_t)(behind - at)) > 0;
    }
    good = good && mbedtls_asn1_write_int(&at, der, 0) > 0 &&
           mbedtls_asn1_write_len(&at, der, (size_t)(der + sizeof der - at)) > 0 &&
           mbedtls_asn1_write_tag(&at, der, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE) > 0;
    CHECK(good);
    demo_pem_print("PRIVATE KEY", bytes_of(at, (size_t)(der + sizeof der - at)), out);
    memset(der, 0, sizeof der);
}
