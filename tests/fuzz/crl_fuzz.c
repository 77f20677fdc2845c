/* A revocation list from a file that somebody fetched (AUTH 6.1): its shape and extensions, then
 * the look-ups. Its CA is the one that the test sets; signatures don't hold, so all of the reading
 * before that is what runs. */
#include "proof_crl.h"
#include "tests/fuzz/fuzz.h"
#include <psa/crypto.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proof_crl crl;
    const char *why = NULL;
    if (psa_crypto_init() != PSA_SUCCESS)
        return 0;
    enum err err = proof_crl_read(bytes_of(data, size), NULL, 0, &crl, &why);
    CHECK(err == ERR_BAD_INPUT || err == ERR_NO_MEMORY); /* nobody has signed it */
    CHECK(err != ERR_BAD_INPUT || why != NULL);
    if (crl.serials != NULL)
        (void)proof_crl_holds(&crl, bytes_of(data, size < PROOF_SERIAL_MAX ? size : 8));
    proof_crl_free(&crl);
    return 0;
}
