/* The inside of a trust, for proof_trust.c and proof.c. */
#pragma once
#include "proof_crl.h"

struct proof_ca {
    struct proof_cert cert;
    bool root;
    uint8_t cards;                 /* issuers: set of enum proof_card */
    const struct proof_ca *issuer; /* of an issuer; NULL for a root */
};

struct proof_trust {
    struct proof_ca *cas[PROOF_CA_MAX];
    size_t cas_count;
    struct proof_crl crls[PROOF_CRL_MAX];
    size_t crls_count;
    int64_t grace_s;
};
