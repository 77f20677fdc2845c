#include "proof.h"
#include "base/check.h"
#include "base/sha256.h"
#include "proof_trust.h"
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <string.h>

#ifndef MBEDTLS_THREADING_C
#error "mbedTLS without threading: proof_check shares the CAs' keys between threads"
#endif

enum { SKEW_S = 5 * 60, SIGNATURE_MAX = 1024 };

const char *proof_verdict_name(enum proof_verdict verdict)
{
    switch (verdict) {
    case PROOF_GOOD: return "good";
    case PROOF_CERT_PARSE: return "cert_parse";
    case PROOF_CERT_ALG: return "cert_alg";
    case PROOF_CERT_CHAIN: return "cert_chain";
    case PROOF_CERT_EXPIRED: return "cert_expired";
    case PROOF_CERT_USAGE: return "cert_usage";
    case PROOF_CERT_POLICY: return "cert_policy";
    case PROOF_CARD_KIND: return "card_kind";
    case PROOF_SIGNATURE: return "signature";
    case PROOF_REVOKED: return "revoked";
    case PROOF_REVOCATION_UNAVAILABLE: return "revocation_unavailable";
    }
    CHECK(false);
    return NULL;
}

/* Which card signs in as what (AUTH 5.1 row 10). */
static enum proof_card card_of(enum principal_kind role)
{
    switch (role) {
    case PRINCIPAL_PERSON: return PROOF_CARD_PERSON;
    case PRINCIPAL_INSTITUTION: return PROOF_CARD_INSTITUTION;
    case PRINCIPAL_BUREAU:
    case PRINCIPAL_OPS: return PROOF_CARD_CITIZEN;
    case PRINCIPAL_NONE:
    case PRINCIPAL_SYSTEM: break;
    }
    CHECK(false); /* these have no card */
    return PROOF_CARD_NONE;
}

/* SHA-256(authority key id, subject serial number), first 16 bytes. */
static struct digest binding_of(struct bytes authority, const char *subject_serial)
{
    uint8_t input[PROOF_KEY_ID_MAX + PROOF_TEXT_MAX + 1], hash[SHA256_SIZE];
    struct writer writer = writer_on(input, sizeof input);
    write_sized8(&writer, authority);
    write_text(&writer, subject_serial);
    CHECK(!writer.failed);
    sha256_of(writer_bytes(&writer), hash);
    struct digest digest;
    memcpy(digest.bytes, hash, sizeof digest.bytes);
    return digest;
}

/* What the certificate says about its holder; false if it does not say who it is. */
static bool identity_read(const struct proof_cert *cert, struct bytes der, struct proof_result *out)
{
    struct bytes serial = proof_cert_serial(cert), authority = cert->authority_key;
    sha256_of(der, out->fingerprint);
    CHECK(serial.size <= sizeof out->serial && authority.size <= sizeof out->authority);
    memcpy(out->serial, serial.data, serial.size);
    out->serial_size = (uint8_t)serial.size;
    if (authority.size > 0)
        memcpy(out->authority, authority.data, authority.size);
    out->authority_size = (uint8_t)authority.size;
    out->card = cert->card;
    memcpy(out->tail, cert->tail, sizeof out->tail);
    if (!proof_cert_names(cert, out) || out->subject_serial[0] == 0)
        return false;
    out->binding = binding_of(authority, out->subject_serial);
    return true;
}

static bool valid_at(const struct proof_cert *cert, int64_t now_s)
{
    return cert->from_s - SKEW_S <= now_s && now_s <= cert->until_s;
}

/* Row 6: the CA by key id, its signature, and every CA up to the root within its own validity. */
static const struct proof_ca *chain_find(const struct proof_trust *trust,
                                         const struct proof_cert *cert, int64_t now_s,
                                         bool *no_memory)
{
    for (size_t i = 0; i < trust->cas_count; i++) {
        const struct proof_ca *ca = trust->cas[i];
        if (ca->root || cert->authority_key.size == 0 ||
            !bytes_equal(ca->cert.subject_key, cert->authority_key))
            continue;
        struct bytes tbs = bytes_of(cert->crt.tbs.p, cert->crt.tbs.len);
        /* One key has one CA here; the name in the certificate must be that CA's, too. */
        if (!bytes_equal(bytes_of(cert->crt.issuer_raw.p, cert->crt.issuer_raw.len),
                         bytes_of(ca->cert.crt.subject_raw.p, ca->cert.crt.subject_raw.len)) ||
            !proof_signed_by(&ca->cert, cert->hash, tbs, cert->signature, no_memory))
            return NULL;
        for (const struct proof_ca *up = ca; up != NULL; up = up->issuer)
            if (!valid_at(&up->cert, now_s))
                return NULL;
        return ca;
    }
    return NULL;
}

/* Row 8. */
static bool usage_fits(const struct proof_cert *cert)
{
    return mbedtls_x509_crt_get_ca_istrue(&cert->crt) != 1 && !cert->critical_unknown &&
           mbedtls_x509_crt_has_ext_type(&cert->crt, MBEDTLS_X509_EXT_KEY_USAGE) &&
           mbedtls_x509_crt_check_key_usage(&cert->crt, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) == 0;
}

/* Row 11: cards' components return the signature in either byte order (AUTH 2.1). */
static bool signature_fits(const struct proof_cert *cert, const struct proof_request *request,
                           struct proof_result *out)
{
    struct bytes given = request->signature;
    if (given.size == 0 || given.size > SIGNATURE_MAX)
        return false;
    if (proof_signed_by(cert, MBEDTLS_MD_SHA256, request->tbs, given, &out->no_memory))
        return true;
    uint8_t reversed[SIGNATURE_MAX];
    for (size_t i = 0; i < given.size; i++)
        reversed[i] = given.data[given.size - 1 - i];
    out->reversed = proof_signed_by(cert, MBEDTLS_MD_SHA256, request->tbs,
                                    bytes_of(reversed, given.size), &out->no_memory);
    return out->reversed;
}

/* Row 12. A list that is over its time still tells who is revoked, but not who is not. */
static enum proof_verdict revocation_judge(const struct proof_trust *trust,
                                           const struct proof_cert *cert, int64_t now_s,
                                           struct proof_result *out)
{
    const struct proof_crl *best = NULL;
    for (size_t i = 0; i < trust->crls_count; i++) {
        const struct proof_crl *crl = &trust->crls[i];
        if (!proof_crl_covers(crl, cert, false) || crl->this_update_s - SKEW_S > now_s)
            continue;
        if (best == NULL || crl->next_update_s > best->next_update_s ||
            (crl->next_update_s == best->next_update_s && crl->number > best->number))
            best = crl;
    }
    if (best == NULL)
        return PROOF_REVOCATION_UNAVAILABLE;
    out->crl_number = best->number;
    if (proof_crl_holds(best, proof_cert_serial(cert)))
        return PROOF_REVOKED;
    if (now_s < best->next_update_s)
        return PROOF_GOOD;
    if (now_s - best->next_update_s >= trust->grace_s)
        return PROOF_REVOCATION_UNAVAILABLE;
    out->grace_used = true;
    return PROOF_GOOD;
}

static enum proof_verdict cert_judge(const struct proof_trust *trust, const struct proof_cert *cert,
                                     const struct proof_request *request, struct proof_result *out)
{
    int64_t now_s = request->now.ms / 1000;
    const struct proof_ca *ca = chain_find(trust, cert, now_s, &out->no_memory);
    if (ca == NULL)
        return PROOF_CERT_CHAIN;
    if (!valid_at(cert, now_s))
        return PROOF_CERT_EXPIRED;
    if (!usage_fits(cert))
        return PROOF_CERT_USAGE;
    if (!cert->policy_assured)
        return PROOF_CERT_POLICY;
    enum proof_card wanted = card_of(request->role);
    /* A CA that issues another kind of card may not make this one, whatever its certificates say.
     */
    if (cert->card != wanted || (ca->cards & wanted) == 0)
        return PROOF_CARD_KIND;
    if (!signature_fits(cert, request, out))
        return PROOF_SIGNATURE;
    return revocation_judge(trust, cert, now_s, out);
}

void proof_check(const struct proof_trust *trust, const struct proof_request *request,
                 struct proof_result *out)
{
    *out = (struct proof_result){0};
    struct proof_cert cert;
    out->verdict = proof_cert_read(request->certificate, &cert);
    if (out->verdict == PROOF_GOOD && !identity_read(&cert, request->certificate, out))
        out->verdict = PROOF_CERT_PARSE;
    if (out->verdict == PROOF_GOOD)
        out->verdict = cert_judge(trust, &cert, request, out);
    out->no_memory = out->no_memory || cert.no_memory;
    proof_cert_free(&cert);
}
