/* One certificate as proof.c and proof_trust.c want it: mbedTLS's parse plus the extensions that it
 * leaves out. Thread: one owner; const once read. Views point into the certificate's own copy. */
#pragma once
#include "proof.h"
#include "proof_der.h"
#include <mbedtls/x509_crt.h>

enum { PROOF_POINTS_MAX = 4 };

struct proof_cert {
    mbedtls_x509_crt crt;
    struct bytes authority_key, subject_key; /* empty if not there */
    struct bytes points[PROOF_POINTS_MAX];   /* URIs of the CRL distribution points */
    size_t points_count;
    bool no_memory;        /* what is said of it is not to be believed */
    bool policy_assured;   /* certificatePolicies holds 2.16.886.101.0.3.3 */
    bool critical_unknown; /* a critical extension that nobody here understands */
    enum proof_card card;  /* subject type in subjectDirectoryAttributes */
    char tail[PROOF_TAIL_MAX + 1];
    int64_t from_s, until_s; /* validity, seconds since 1970 */
    mbedtls_md_type_t hash;  /* of its signature, once algorithms are checked */
    struct bytes signature;
};

/* PROOF_GOOD, PROOF_CERT_PARSE (DER, one certificate and nothing behind it, v3, readable
 * extensions) or PROOF_CERT_ALG (RSA of 2,048 to 8,192 bits, signed by RSA PKCS#1 v1.5 with
 * SHA-256, 384 or 512). Free it with proof_cert_free, whatever came out. */
enum proof_verdict proof_cert_read(struct bytes der, struct proof_cert *cert);
void proof_cert_free(struct proof_cert *cert);

/* The algorithm of a signature over certificates or CRLs, if it is one of the three allowed. */
bool proof_hash_of(struct bytes algorithm_oid, mbedtls_md_type_t *hash);
/* Is `signature` the CA's over `tbs`? Safe on several threads with one CA. `no_memory` is set if a
 * false only says that there was none. */
bool proof_signed_by(const struct proof_cert *ca, mbedtls_md_type_t hash, struct bytes tbs,
                     struct bytes signature, bool *no_memory);
/* CN, O, L and serialNumber of the subject. False for a name that is given twice or unreadable. */
bool proof_cert_names(const struct proof_cert *cert, struct proof_result *out);
/* The serial number without leading zeros. */
struct bytes proof_cert_serial(const struct proof_cert *cert);
/* `text` occurs in a CN, O or OU of the subject. */
bool proof_cert_subject_has(const struct proof_cert *cert, const char *text);
