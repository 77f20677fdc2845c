/* A test PKI after AUTH 1: a root, the card CAs under it, card certificates good and bad, their
 * lists, and a server certificate. Every anchor carries "(TEST)", so that only env dev takes it.
 *
 * One owner, one thread. Errors: ERR_NO_MEMORY. What is written
 * comes as DER; demo_keys.h makes PEM of it. */
#pragma once
#include "base/bytes.h"
#include "base/instant.h"
#include "proof.h"
#include <mbedtls/pk.h>

enum demo_ca {
    DEMO_CA_ROOT, /* C=TW, O=行政院, CN=Government Root Certification Authority (TEST) */
    DEMO_CA_HEALTH, /* C=TW, O=行政院, OU=醫事憑證管理中心 (TEST): persons and institutions */
    DEMO_CA_CITIZEN, /* C=TW, O=行政院, OU=內政部憑證管理中心 (TEST): bureau officers, operators */
    DEMO_CA_SERVER, /* C=TW, O=報備支援示範, CN=baobei demo CA (TEST): the server's TLS, no cards */
    DEMO_CAS
};
enum { DEMO_CERT_MAX = 4096, DEMO_POINT_MAX = 128 };

struct demo_pki;

/* The RSA keys of a PKI, made by the caller (demo_keys_rsa): making them is what takes time. */
enum { DEMO_KEY_ROOT, DEMO_KEY_HEALTH, DEMO_KEY_CITIZEN, DEMO_KEY_STRANGER, DEMO_PKI_KEYS };

/* Takes the keys over, in every case; makes the server CA's key (P-256) and the CAs' certificates,
 * valid from a year and a half before `now` for ten years. */
enum err demo_pki_make(struct wall now, mbedtls_pk_context keys[DEMO_PKI_KEYS],
                       struct demo_pki **out) MUST_CHECK;
void demo_pki_free(struct demo_pki *pki); /* NULL is allowed */
struct bytes demo_pki_certificate(const struct demo_pki *pki, enum demo_ca ca); /* DER, borrowed */

/* What is wrong with a certificate; the bad ones are for tests (AUTH 9). */
enum demo_flaw {
    DEMO_FLAW_NONE,
    DEMO_FLAW_EXPIRED,
    DEMO_FLAW_NOT_YET,
    DEMO_FLAW_WRONG_USAGE,   /* keyEncipherment only */
    DEMO_FLAW_NO_USAGE,      /* no keyUsage at all */
    DEMO_FLAW_IS_CA,         /* basicConstraints says CA */
    DEMO_FLAW_CRITICAL,      /* an unknown critical extension */
    DEMO_FLAW_POLICY,        /* 2.16.886.101.0.3.0, the test policy */
    DEMO_FLAW_NO_ATTRIBUTES, /* no subjectDirectoryAttributes */
    DEMO_FLAW_SHA1,
    DEMO_FLAW_NO_AUTHORITY, /* no authority key id */
    DEMO_FLAW_OTHER_CA,     /* signed by a CA of the same name and another key */
    DEMO_FLAW_OTHER_SIGNER, /* names our CA by key id, signed by another key */
    DEMO_FLAW_JUNK,         /* more than 8 KB: an extension full of zeros */
    DEMO_FLAW_NO_SERIAL     /* the subject has no serialNumber */
};

struct demo_leaf {
    enum demo_ca ca;
    enum proof_card card;       /* goes into the attributes; NONE leaves the subject type out */
    const char *name;           /* CN of a person, O of an institution */
    const char *place;          /* L of an institution (縣市), else NULL */
    const char *subject_serial; /* 16 digits */
    const char *tail;           /* last four of the ID number, or NULL */
    uint64_t serial;            /* of the certificate; not 0 */
    enum demo_flaw flaw;
    bool critical_attributes; /* subjectDirectoryAttributes marked critical */
    const char *point;        /* URI of the CRL, or NULL */
};
/* Into `to`; `der` is then the part that holds it. */
enum err demo_pki_leaf(const struct demo_pki *pki, const struct demo_leaf *leaf,
                       const mbedtls_pk_context *key, uint8_t *to, size_t capacity,
                       struct bytes *der) MUST_CHECK;
/* localhost, 127.0.0.1 and ::1; signed by DEMO_CA_SERVER. */
enum err demo_pki_server(const struct demo_pki *pki, const mbedtls_pk_context *key, uint8_t *to,
                         size_t capacity, struct bytes *der) MUST_CHECK;

/* ---- revocation lists (demo_crl.c) ---- */
struct demo_crl {
    enum demo_ca ca;
    const uint64_t *serials;
    size_t serials_count;
    struct wall this_update, next_update;
    uint64_t number;
    const char *point; /* URI of the partition in a critical issuingDistributionPoint, or NULL */
    bool wrong_signer; /* names the CA, signed by another key: for tests */
};
enum {
    DEMO_CRL_FIXED = 2048,
    DEMO_CRL_EACH = 32
}; /* room: the first, and so much for each entry */
enum err demo_pki_crl(const struct demo_pki *pki, const struct demo_crl *crl, uint8_t *to,
                      size_t capacity, struct bytes *der) MUST_CHECK;
