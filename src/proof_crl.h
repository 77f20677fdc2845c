/* A certificate revocation list as a sorted table of serial numbers: a look-up costs a binary
 * search, whatever the size of the list (mbedTLS hashes the list again in every verify: 132 ms for
 * a big one, and does not read a critical issuingDistributionPoint; AUTH 6.1). Const once read; any
 * thread. */
#pragma once
#include "proof_cert.h"

struct proof_crl {
    uint8_t authority[PROOF_KEY_ID_MAX];
    size_t authority_size;
    char *point; /* URI of the partition, NULL: the whole of the issuer's certificates */
    bool users_only, cas_only;
    int64_t this_update_s, next_update_s;
    uint64_t number; /* CRL number; UINT64_MAX when it does not fit */
    uint8_t (*serials)[PROOF_SERIAL_MAX];
    size_t serials_count;
};

/* Reads shape and extensions and finds the CA among `cas` by the authority key id, then checks the
 * signature. ERR_BAD_INPUT with `why`, ERR_NO_MEMORY. Free it with proof_crl_free in any case. */
enum err proof_crl_read(struct bytes der, const struct proof_cert *const *cas, size_t cas_count,
                        struct proof_crl *crl, const char **why) MUST_CHECK;
void proof_crl_free(struct proof_crl *crl);

bool proof_crl_is_of(const struct proof_crl *crl, struct bytes authority_key);
/* Does the list speak about this certificate: its issuer, its kind, one of its points. */
bool proof_crl_covers(const struct proof_crl *crl, const struct proof_cert *cert, bool is_ca);
bool proof_crl_holds(const struct proof_crl *crl, struct bytes serial);
