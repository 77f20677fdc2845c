#include "tests/unit/crypt/pki.h"
#include "cli/demo_keys.h"
#include "tests/lib/t.h"
#include <mbedtls/md.h>
#include <stdio.h>
#include <string.h>

enum { HOUR_MS = 3600 * 1000 };

struct bytes pki_crl(const struct pki *pki, const struct demo_crl *crl, uint8_t *to, size_t size)
{
    struct bytes der;
    T_OK(demo_pki_crl(pki->demo, crl, to, size, &der));
    return der;
}

/* Making an RSA key takes seconds under a sanitizer, so the tests' keys lie in a file. */
static void keys_read(mbedtls_pk_context *keys, size_t count, size_t first)
{
    static char text[32 * 1024];
    FILE *file = fopen(t_source("tests/unit/crypt/test_keys.pem"), "r");
    T_TRUE(file != NULL);
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = 0;
    char *at = text;
    for (size_t i = 0; i < first + count; i++) {
        at = strstr(at, "-----BEGIN");
        T_TRUE(at != NULL);
        char *end = strstr(at, "-----END");
        T_TRUE(end != NULL && (end = strchr(end, '\n')) != NULL);
        char kept = end[1];
        end[1] = 0; /* mbedTLS wants the text to end behind the block */
        if (i >= first) {
            mbedtls_pk_init(&keys[i - first]);
            T_EQ_INT(mbedtls_pk_parse_key(&keys[i - first], (const unsigned char *)at,
                                          (size_t)(end + 2 - at), NULL, 0, demo_random, NULL),
                     0);
        }
        end[1] = kept;
        at = end + 1;
    }
}

static void pki_open_from(struct pki *pki, size_t first)
{
    static const uint64_t revoked[] = {99, 666, 5};
    mbedtls_pk_context keys[DEMO_PKI_KEYS + 1];
    keys_read(keys, DEMO_PKI_KEYS + 1, first);
    pki->card = keys[DEMO_PKI_KEYS];
    T_OK(demo_pki_make((struct wall){PKI_NOW_MS}, keys, &pki->demo));
    struct demo_crl crl = {.ca = DEMO_CA_HEALTH,
                           .serials = revoked,
                           .serials_count = 3,
                           .this_update = {PKI_NOW_MS - HOUR_MS},
                           .next_update = {PKI_NOW_MS + 24 * HOUR_MS},
                           .number = 12};
    pki->crls[0] = pki_crl(pki, &crl, pki->crl_bytes[0], PKI_CRL_MAX);
    crl.ca = DEMO_CA_CITIZEN;
    crl.serials_count = 0;
    pki->crls[1] = pki_crl(pki, &crl, pki->crl_bytes[1], PKI_CRL_MAX);
}

void pki_open(struct pki *pki)
{
    pki_open_from(pki, 0);
}

void pki_open_other(struct pki *pki)
{
    pki_open_from(pki, DEMO_PKI_KEYS + 1);
}

void pki_close(struct pki *pki)
{
    mbedtls_pk_free(&pki->card);
    demo_pki_free(pki->demo);
}

struct proof_sources pki_sources(const struct pki *pki, const struct bytes *crls, size_t count)
{
    static struct bytes root;
    static struct proof_issuer issuers[2];
    root = demo_pki_certificate(pki->demo, DEMO_CA_ROOT);
    issuers[0] = (struct proof_issuer){demo_pki_certificate(pki->demo, DEMO_CA_HEALTH),
                                       PROOF_CARD_PERSON | PROOF_CARD_INSTITUTION};
    issuers[1] =
        (struct proof_issuer){demo_pki_certificate(pki->demo, DEMO_CA_CITIZEN), PROOF_CARD_CITIZEN};
    return (struct proof_sources){.roots = &root,
                                  .roots_count = 1,
                                  .issuers = issuers,
                                  .issuers_count = 2,
                                  .crls = crls,
                                  .crls_count = count,
                                  .dev = true};
}

struct proof_trust *pki_trust(const struct pki *pki)
{
    struct proof_sources sources = pki_sources(pki, pki->crls, 2);
    struct proof_trust *trust;
    struct proof_fault fault;
    T_OK(proof_trust_load(&sources, &trust, &fault));
    return trust;
}

struct demo_leaf pki_person(void)
{
    return (struct demo_leaf){.ca = DEMO_CA_HEALTH,
                              .card = PROOF_CARD_PERSON,
                              .name = "林青禾",
                              .subject_serial = "0000000123456789",
                              .tail = "6789",
                              .serial = 1001};
}

struct bytes pki_leaf(const struct pki *pki, const struct demo_leaf *leaf,
                      uint8_t buffer[PKI_CERT_MAX])
{
    struct bytes der;
    T_OK(demo_pki_leaf(pki->demo, leaf, &pki->card, buffer, PKI_CERT_MAX, &der));
    return der;
}

struct bytes pki_sign(const struct pki *pki, struct bytes tbs, uint8_t buffer[512])
{
    uint8_t hash[32];
    size_t size;
    T_EQ_INT(mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), tbs.data, tbs.size, hash), 0);
    T_EQ_INT(mbedtls_pk_sign((mbedtls_pk_context *)&pki->card, MBEDTLS_MD_SHA256, hash, sizeof hash,
                             buffer, 512, &size, demo_random, NULL),
             0);
    return bytes_of(buffer, size);
}
