/* A small test PKI for the tests of proof: made once in each test's process. */
#pragma once
#include "cli/demo_pki.h"
#include "proof.h"

enum { PKI_CERT_MAX = 16 * 1024, PKI_CRL_MAX = 8 * 1024 };
#define PKI_NOW_MS INT64_C(1795579200000) /* 2026-11-25T04:00:00Z */

struct pki {
    struct demo_pki *demo;
    mbedtls_pk_context card; /* the key of every card here: keys are slow to make */
    uint8_t crl_bytes[2][PKI_CRL_MAX];
    struct bytes crls[2]; /* of the health CA (serial 666 revoked) and of the citizen CA */
};

void pki_open(struct pki *pki);
void pki_open_other(struct pki *pki); /* the same names, other keys */
void pki_close(struct pki *pki);
/* root, both card CAs, both lists; `dev` */
struct proof_trust *pki_trust(const struct pki *pki);
/* A sound person's card; tests change what they are about. */
struct demo_leaf pki_person(void);
struct bytes pki_leaf(const struct pki *pki, const struct demo_leaf *leaf,
                      uint8_t buffer[PKI_CERT_MAX]);
/* RSA PKCS#1 v1.5 with SHA-256 by the card's key. */
struct bytes pki_sign(const struct pki *pki, struct bytes tbs, uint8_t buffer[512]);
struct bytes pki_crl(const struct pki *pki, const struct demo_crl *crl, uint8_t *to, size_t size);
/* Both sources with these lists; static memory, for one load. */
struct proof_sources pki_sources(const struct pki *pki, const struct bytes *crls, size_t count);
