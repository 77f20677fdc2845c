/* Loads the anchors: roots first, then the issuers that must hang from them, then the lists, and
 * last asks the roots' lists about the issuers. Whatever is odd stops the load with a sentence. */
#include "proof_trust.h"
#include "base/check.h"
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GRACE_MAX_S = 24 * 3600, FILE_MAX = 64 << 20 };

static const char pem_mark[] = "-----BEGIN ";

void proof_trust_free(struct proof_trust *trust)
{
    if (trust == NULL)
        return;
    for (size_t i = 0; i < trust->cas_count; i++) {
        proof_cert_free(&trust->cas[i]->cert);
        free(trust->cas[i]);
    }
    for (size_t i = 0; i < trust->crls_count; i++)
        proof_crl_free(&trust->crls[i]);
    free(trust);
}

struct loading {
    struct proof_trust *trust;
    const struct proof_sources *sources;
    struct proof_fault *fault;
    uint8_t cards; /* of the file at hand; 0: roots */
};

static enum err loading_refuse(struct loading *loading, enum err err, const char *why)
{
    loading->fault->why = why;
    return err;
}

/* The CA whose key made this certificate: by key id, never by name (AUTH 5.1 row 6). */
static const struct proof_ca *issuer_find(const struct proof_trust *trust, struct bytes key_id)
{
    for (size_t i = 0; key_id.size > 0 && i < trust->cas_count; i++)
        if (bytes_equal(trust->cas[i]->cert.subject_key, key_id))
            return trust->cas[i];
    return NULL;
}

static enum err ca_judge(struct loading *loading, struct proof_ca *ca)
{
    const struct proof_cert *cert = &ca->cert;
    const mbedtls_x509_crt *crt = &cert->crt;
    if (mbedtls_x509_crt_get_ca_istrue(crt) != 1 || cert->critical_unknown ||
        (mbedtls_x509_crt_has_ext_type(crt, MBEDTLS_X509_EXT_KEY_USAGE) &&
         mbedtls_x509_crt_check_key_usage(crt, MBEDTLS_X509_KU_KEY_CERT_SIGN) != 0))
        return loading_refuse(loading, ERR_BAD_INPUT, "it is no CA certificate");
    if (cert->subject_key.size == 0)
        return loading_refuse(loading, ERR_BAD_INPUT, "it has no subject key identifier");
    if (!loading->sources->dev && proof_cert_subject_has(cert, "(TEST)"))
        return loading_refuse(loading, ERR_DENIED, "it is a test anchor, and env is not dev");
    if (issuer_find(loading->trust, cert->subject_key) != NULL)
        return loading_refuse(loading, ERR_BAD_INPUT, "a CA with its key is there already");
    struct bytes tbs = bytes_of(crt->tbs.p, crt->tbs.len);
    bool no_memory = false; /* a start without memory is refused like any other */
    if (ca->root) {
        if (!proof_signed_by(cert, cert->hash, tbs, cert->signature, &no_memory))
            return loading_refuse(loading, ERR_BAD_INPUT, "it is not signed by itself");
        return ERR_OK;
    }
    ca->issuer = issuer_find(loading->trust, cert->authority_key);
    if (ca->issuer == NULL ||
        !proof_signed_by(&ca->issuer->cert, cert->hash, tbs, cert->signature, &no_memory))
        return loading_refuse(loading, ERR_BAD_INPUT, "no given root or CA before it signed it");
    return ERR_OK;
}

static enum err ca_add(struct loading *loading, struct bytes der)
{
    if (loading->trust->cas_count == PROOF_CA_MAX)
        return loading_refuse(loading, ERR_TOO_LARGE, "there are more than 16 CA certificates");
    struct proof_ca *ca = calloc(1, sizeof *ca);
    if (ca == NULL)
        return loading_refuse(loading, ERR_NO_MEMORY, "out of memory");
    ca->root = loading->cards == 0;
    ca->cards = loading->cards;
    enum err err;
    if (proof_cert_read(der, &ca->cert) != PROOF_GOOD)
        err = loading_refuse(loading, ERR_BAD_INPUT,
                             "it is no X.509 v3 certificate with RSA and SHA-2");
    else
        err = ca_judge(loading, ca);
    if (err != ERR_OK) {
        proof_cert_free(&ca->cert);
        free(ca);
        return err;
    }
    loading->trust->cas[loading->trust->cas_count++] = ca;
    return ERR_OK;
}

static enum err crl_add(struct loading *loading, struct bytes der)
{
    struct proof_trust *trust = loading->trust;
    if (trust->crls_count == PROOF_CRL_MAX)
        return loading_refuse(loading, ERR_TOO_LARGE, "there are more than 64 revocation lists");
    const struct proof_cert *cas[PROOF_CA_MAX];
    for (size_t i = 0; i < trust->cas_count; i++)
        cas[i] = &trust->cas[i]->cert;
    struct proof_crl *crl = &trust->crls[trust->crls_count];
    const char *why;
    enum err err = proof_crl_read(der, cas, trust->cas_count, crl, &why);
    if (err != ERR_OK) {
        proof_crl_free(crl);
        return loading_refuse(loading, err, err == ERR_NO_MEMORY ? "out of memory" : why);
    }
    trust->crls_count++;
    return ERR_OK;
}

/* Every block of a PEM file; `name` is what stands between BEGIN and the dashes. */
static enum err pem_each(struct loading *loading, struct bytes file, const char *name,
                         enum err (*add)(struct loading *loading, struct bytes der))
{
    char header[64], footer[64];
    snprintf(header, sizeof header, "-----BEGIN %s-----", name);
    snprintf(footer, sizeof footer, "-----END %s-----", name);
    char *text = malloc(file.size + 1);
    if (text == NULL)
        return loading_refuse(loading, ERR_NO_MEMORY, "out of memory");
    memcpy(text, file.data, file.size);
    text[file.size] = 0;
    enum err err = ERR_OK;
    size_t blocks = 0;
    for (char *at = text; err == ERR_OK && (at = strstr(at, header)) != NULL; blocks++) {
        mbedtls_pem_context pem;
        mbedtls_pem_init(&pem);
        size_t used = 0, size = 0;
        if (mbedtls_pem_read_buffer(&pem, header, footer, (const unsigned char *)at, NULL, 0,
                                    &used) != 0) {
            err = loading_refuse(loading, ERR_BAD_INPUT, "a PEM block in it is damaged");
        } else {
            const unsigned char *der = mbedtls_pem_get_buffer(&pem, &size);
            err = add(loading, bytes_of(der, size));
            at += used;
        }
        mbedtls_pem_free(&pem);
    }
    free(text);
    if (err == ERR_OK && blocks == 0)
        return loading_refuse(loading, ERR_BAD_INPUT, "it holds no PEM block of the kind wanted");
    return err;
}

static enum err file_each(struct loading *loading, struct bytes file, const char *name,
                          enum err (*add)(struct loading *loading, struct bytes der))
{
    if (file.size == 0 || file.size > FILE_MAX)
        return loading_refuse(loading, ERR_BAD_INPUT, "it is empty or over 64 MiB");
    if (memmem(file.data, file.size, pem_mark, sizeof pem_mark - 1) != NULL &&
        file.data[0] != (MBEDTLS_ASN1_SEQUENCE | MBEDTLS_ASN1_CONSTRUCTED))
        return pem_each(loading, file, name, add);
    return add(loading, file);
}

/* Rows of the roots' own lists (CARL). A root without a list has revoked nobody that we know of. */
static enum err issuers_check(struct loading *loading)
{
    const struct proof_trust *trust = loading->trust;
    for (size_t i = 0; i < trust->cas_count; i++)
        for (size_t k = 0; !trust->cas[i]->root && k < trust->crls_count; k++) {
            const struct proof_cert *cert = &trust->cas[i]->cert;
            if (proof_crl_covers(&trust->crls[k], cert, true) &&
                proof_crl_holds(&trust->crls[k], proof_cert_serial(cert)))
                return loading_refuse(loading, ERR_DENIED, "a CA is revoked by its root's list");
        }
    return ERR_OK;
}

static enum err sources_load(struct loading *loading)
{
    const struct proof_sources *sources = loading->sources;
    struct proof_fault *fault = loading->fault;
    enum err err = ERR_OK;
    fault->list = "root";
    for (fault->index = 0; err == ERR_OK && fault->index < sources->roots_count; fault->index++)
        err = file_each(loading, sources->roots[fault->index], "CERTIFICATE", ca_add);
    if (err == ERR_OK)
        fault->list = "issuer";
    for (size_t i = 0; err == ERR_OK && i < sources->issuers_count; i++) {
        fault->index = i + 1;
        CHECK(sources->issuers[i].cards != 0);
        loading->cards = sources->issuers[i].cards;
        err = file_each(loading, sources->issuers[i].file, "CERTIFICATE", ca_add);
    }
    if (err == ERR_OK)
        fault->list = "crl";
    for (size_t i = 0; err == ERR_OK && i < sources->crls_count; i++) {
        fault->index = i + 1;
        err = file_each(loading, sources->crls[i], "X509 CRL", crl_add);
    }
    if (err != ERR_OK) {
        fault->index--; /* the loops count on past the one that failed */
        return err;
    }
    fault->list = "issuer";
    fault->index = 0;
    return issuers_check(loading);
}

enum err proof_trust_load(const struct proof_sources *sources, struct proof_trust **out,
                          struct proof_fault *fault)
{
    *fault = (struct proof_fault){.list = "", .why = ""};
    struct loading loading = {.sources = sources, .fault = fault};
    if (sources->grace_s > GRACE_MAX_S)
        return loading_refuse(&loading, ERR_BAD_INPUT, "the grace is over 24 hours");
    loading.trust = calloc(1, sizeof *loading.trust);
    if (loading.trust == NULL)
        return loading_refuse(&loading, ERR_NO_MEMORY, "out of memory");
    loading.trust->grace_s = sources->grace_s;
    enum err err = sources_load(&loading);
    if (err != ERR_OK) {
        proof_trust_free(loading.trust);
        return err;
    }
    *out = loading.trust;
    return ERR_OK;
}

struct wall proof_trust_next_update(const struct proof_trust *trust)
{
    int64_t next_s = INT64_MAX / 1000;
    bool some = false;
    for (size_t i = 0; i < trust->crls_count; i++) {
        const struct proof_crl *crl = &trust->crls[i];
        for (size_t k = 0; k < trust->cas_count; k++) {
            const struct proof_ca *ca = trust->cas[k];
            if (ca->root || !proof_crl_is_of(crl, ca->cert.subject_key))
                continue;
            some = true;
            if (crl->next_update_s < next_s)
                next_s = crl->next_update_s;
        }
    }
    return (struct wall){some ? next_s * 1000 : INT64_MAX};
}
