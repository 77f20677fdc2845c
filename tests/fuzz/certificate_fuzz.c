/* A signer's certificate from outside (AUTH 5.1): mbedTLS's parse and our reading of what it leaves
 * out. */
#include "proof_cert.h"
#include "tests/fuzz/fuzz.h"
#include <psa/crypto.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proof_cert cert;
    if (psa_crypto_init() != PSA_SUCCESS)
        return 0;
    enum proof_verdict verdict = proof_cert_read(bytes_of(data, size), &cert);
    CHECK(verdict == PROOF_GOOD || verdict == PROOF_CERT_PARSE || verdict == PROOF_CERT_ALG);
    if (verdict == PROOF_GOOD) {
        CHECK(size <= PROOF_CERT_MAX);
        CHECK(cert.points_count <= PROOF_POINTS_MAX);
        CHECK(strnlen(cert.tail, sizeof cert.tail) < sizeof cert.tail);
        struct proof_result names = {0};
        (void)proof_cert_names(&cert, &names);
        CHECK(strnlen(names.cn, sizeof names.cn) < sizeof names.cn);
        CHECK(proof_cert_serial(&cert).size <= size);
        (void)proof_cert_subject_has(&cert, "(TEST)");
        (void)proof_signed_by(&cert, cert.hash, bytes_of(data, size), cert.signature,
                              &(bool){false});
    }
    proof_cert_free(&cert);
    return 0;
}
