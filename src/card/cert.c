#include "card/cert.h"
#include "base/check.h"
#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>
#include <mbedtls/x509_crt.h>

/* DER contents, AUTH 1.2. */
#define OID_ATTRIBUTES   BYTES_LITERAL("\x55\x1d\x09")
#define OID_SUBJECT_TYPE BYTES_LITERAL("\x60\x86\x76\x01\x64\x02\x01")
#define OID_HPC          BYTES_LITERAL("\x60\x86\x76\x01\x64\x03\x01\x07")
#define OID_HOP          BYTES_LITERAL("\x60\x86\x76\x01\x64\x03\x02\x15")
#define OID_CITIZEN      BYTES_LITERAL("\x60\x86\x76\x01\x64\x03\x01\x01")

const char *cert_kind_name(enum cert_kind kind)
{
    switch (kind) {
    case CERT_OTHER: return "OTHER";
    case CERT_HPC: return "HPC";
    case CERT_HOP: return "HOP";
    case CERT_CITIZEN: return "CITIZEN";
    }
    CHECK(false);
    return "";
}

static enum cert_kind kind_of_oid(struct bytes oid)
{
    if (bytes_equal(oid, OID_HPC)) {
        return CERT_HPC;
    }
    if (bytes_equal(oid, OID_HOP)) {
        return CERT_HOP;
    }
    return bytes_equal(oid, OID_CITIZEN) ? CERT_CITIZEN : CERT_OTHER;
}

/* Takes an element with this tag off `rest`; false: it is something else, or cut short. */
static bool element_take(struct bytes *rest, int tag, struct bytes *content)
{
    /* mbedTLS takes a mutable cursor and writes nothing but the cursor. */
    unsigned char *at = (unsigned char *)(uintptr_t)rest->data;
    const unsigned char *end = at + rest->size;
    size_t size = 0;
    if (rest->size == 0 || mbedtls_asn1_get_tag(&at, end, &size, tag) != 0) {
        return false;
    }
    *content = bytes_of(at, size);
    size_t used = (size_t)(at - rest->data) + size;
    *rest = bytes_slice(*rest, used, rest->size - used);
    return true;
}

enum cert_kind cert_kind_of_attributes(struct bytes value)
{
    const int sequence = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
    const int set = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET;
    enum cert_kind kind = CERT_OTHER;
    struct bytes attributes;
    if (!element_take(&value, sequence, &attributes)) {
        return CERT_OTHER;
    }
    while (attributes.size > 0) {
        struct bytes attribute;
        struct bytes type;
        struct bytes values;
        struct bytes oid;
        if (!element_take(&attributes, sequence, &attribute) ||
            !element_take(&attribute, MBEDTLS_ASN1_OID, &type) ||
            !element_take(&attribute, set, &values)) {
            return CERT_OTHER;
        }
        if (bytes_equal(type, OID_SUBJECT_TYPE) && element_take(&values, MBEDTLS_ASN1_OID, &oid)) {
            kind = kind_of_oid(oid);
        }
    }
    return kind;
}

/* mbedTLS asks about each extension that it does not know itself, critical ones included. */
static int on_extension(void *context, const mbedtls_x509_crt *crt, const mbedtls_x509_buf *oid,
                        int critical, const unsigned char *from, const unsigned char *end)
{
    struct cert_facts *facts = context;
    (void)crt;
    (void)critical;
    if (bytes_equal(bytes_of(oid->p, oid->len), OID_ATTRIBUTES)) {
        facts->kind = cert_kind_of_attributes(bytes_of(from, (size_t)(end - from)));
    }
    return 0;
}

struct cert_facts cert_read(struct bytes der)
{
    static const struct {
        unsigned bit;
        const char *name;
    } usages[CERT_USAGES_MAX] = {
        {MBEDTLS_X509_KU_DIGITAL_SIGNATURE, "digitalSignature"},
        {MBEDTLS_X509_KU_NON_REPUDIATION, "nonRepudiation"},
        {MBEDTLS_X509_KU_KEY_ENCIPHERMENT, "keyEncipherment"},
        {MBEDTLS_X509_KU_DATA_ENCIPHERMENT, "dataEncipherment"},
        {MBEDTLS_X509_KU_KEY_AGREEMENT, "keyAgreement"},
        {MBEDTLS_X509_KU_KEY_CERT_SIGN, "keyCertSign"},
        {MBEDTLS_X509_KU_CRL_SIGN, "cRLSign"},
    };
    struct cert_facts facts = {0};
    mbedtls_x509_crt crt;
    mbedtls_x509_crt_init(&crt);
    if (der.size == 0 || mbedtls_x509_crt_parse_der_with_ext_cb(&crt, der.data, der.size, 1,
                                                                on_extension, &facts) != 0) {
        facts = (struct cert_facts){0};
    } else if (mbedtls_x509_crt_has_ext_type(&crt, MBEDTLS_X509_EXT_KEY_USAGE)) {
        for (size_t i = 0; i < CERT_USAGES_MAX; i++) {
            if (mbedtls_x509_crt_check_key_usage(&crt, usages[i].bit) == 0) {
                facts.usages[facts.usage_count++] = usages[i].name;
            }
        }
    }
    mbedtls_x509_crt_free(&crt);
    return facts;
}
