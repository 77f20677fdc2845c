/* Is this card-signed challenge valid at this instant? AUTH 5.1 rows 5 to 12, in that order.
 *
 * Pure: no clock, no file, no network. A trust is loaded once from the bytes of files and is const
 * from then on; proof_check may run on several threads at once on one trust (mbedTLS locks an RSA
 * key while it is used). A newer CRL means a new trust, swapped whole. Costs about 1 ms: worker
 * threads only. */
#pragma once
#include "base/bytes.h"
#include "base/instant.h"
#include "model/principal.h"
#include <stdbool.h>
#include <stdint.h>

/* The kinds of card, by the subject type in the certificate (AUTH 1.2); bits of a set. */
enum proof_card {
    PROOF_CARD_NONE = 0,
    PROOF_CARD_PERSON = 1,      /* HPC 2.16.886.1.100.3.1.7 */
    PROOF_CARD_INSTITUTION = 2, /* HOP 2.16.886.1.100.3.2.21 */
    PROOF_CARD_CITIZEN = 4      /* citizen certificate 2.16.886.1.100.3.1.1 */
};

enum {
    PROOF_CERT_MAX = 8 * 1024,
    PROOF_TEXT_MAX = 200,
    PROOF_KEY_ID_MAX = 32,
    PROOF_SERIAL_MAX = 20,
    PROOF_TAIL_MAX = 10,
    PROOF_CA_MAX = 16,
    PROOF_CRL_MAX = 64
};

/* In the order of AUTH 5.1; the API's codes are auth_ + the name (proof_verdict_name). */
enum proof_verdict {
    PROOF_GOOD,
    PROOF_CERT_PARSE,
    PROOF_CERT_ALG,
    PROOF_CERT_CHAIN,
    PROOF_CERT_EXPIRED, /* also not yet valid */
    PROOF_CERT_USAGE,
    PROOF_CERT_POLICY,
    PROOF_CARD_KIND,
    PROOF_SIGNATURE,
    PROOF_REVOKED,
    PROOF_REVOCATION_UNAVAILABLE /* fail closed */
};
const char *proof_verdict_name(enum proof_verdict verdict); /* "cert_parse" …, "good" */

struct proof_request {
    enum principal_kind role; /* PERSON, INSTITUTION, BUREAU or OPS */
    struct bytes tbs;
    struct bytes certificate; /* DER, the signer's one */
    struct bytes signature;   /* RSASSA-PKCS1-v1_5 with SHA-256; big- or little-endian */
    struct wall now;
};

struct proof_result {
    enum proof_verdict verdict;
    /* Of the certificate, filled as soon as it is read. Believe them from PROOF_CERT_EXPIRED on
     * (the chain holds), and that its holder is there only at PROOF_GOOD. Texts are UTF-8. */
    enum proof_card card;
    struct digest binding; /* SHA-256(authority key id, subject serial number), first 16 bytes:
                              stays the same when the card is renewed (AUTH 5.3) */
    char cn[PROOF_TEXT_MAX + 1], o[PROOF_TEXT_MAX + 1], l[PROOF_TEXT_MAX + 1];
    char subject_serial[PROOF_TEXT_MAX + 1];
    char tail[PROOF_TAIL_MAX + 1]; /* last four of the ID number, empty if not there */
    uint8_t fingerprint[32];       /* SHA-256 of the certificate */
    uint8_t authority[PROOF_KEY_ID_MAX], authority_size;
    uint8_t serial[PROOF_SERIAL_MAX], serial_size;
    bool no_memory;      /* the verdict is not to be believed: ask again */
    uint64_t crl_number; /* of the list that was asked; 0 none */
    bool reversed;       /* the signature came in little-endian */
    bool grace_used;     /* the list was over its time, within the operator's grace */
};

struct proof_trust;

struct proof_issuer {
    struct bytes file; /* DER or PEM, one or several certificates */
    uint8_t cards;     /* set of enum proof_card that it may issue */
};

struct proof_sources {
    const struct bytes *roots; /* DER or PEM */
    size_t roots_count;
    const struct proof_issuer *issuers;
    size_t issuers_count;
    const struct bytes *crls; /* DER or PEM; of issuers and of roots (their CARL) */
    size_t crls_count;
    uint32_t grace_s; /* how long a CRL may be over its nextUpdate: 0 to 86400 */
    bool dev;         /* `env` is dev: test anchors are allowed (AUTH 9) */
};

/* Which file was refused and why; static texts, for the operator. */
struct proof_fault {
    const char *list; /* "root", "issuer", "crl" */
    size_t index;
    const char *why;
};

/* Everything is copied. ERR_BAD_INPUT, ERR_TOO_LARGE, ERR_DENIED (a test anchor outside dev; a CA
 * that its root has revoked), ERR_NO_MEMORY; `fault` is set then. */
enum err proof_trust_load(const struct proof_sources *sources, struct proof_trust **out,
                          struct proof_fault *fault) MUST_CHECK;
void proof_trust_free(struct proof_trust *trust); /* NULL is allowed */
/* The earliest nextUpdate among the issuers' lists, ms since 1970; INT64_MAX without a list. */
struct wall proof_trust_next_update(const struct proof_trust *trust);

/* Fills `out` whole; out->verdict is the answer. */
void proof_check(const struct proof_trust *trust, const struct proof_request *request,
                 struct proof_result *out);
