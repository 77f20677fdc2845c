/* mbedTLS parses the certificate and guards its shape; what it leaves out (subject directory
 * attributes, our policy, distribution points, key ids as plain views) is read here from the raw
 * extensions.
 *
 * Traps of AUTH 6.1 looked at again with 3.6: unknown critical extensions fail a plain parse, so
 * the variant with a callback is used and they are judged in row 8 of AUTH 5.1; bytes behind the
 * certificate are accepted by the parser; keyUsage that is absent passes
 * mbedtls_x509_crt_check_key_usage. */
#include "proof_cert.h"
#include "base/check.h"
#include "model/civil.h"
#include <mbedtls/error.h>
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#include <string.h>

enum {
    TAG_SEQUENCE = MBEDTLS_ASN1_SEQUENCE | MBEDTLS_ASN1_CONSTRUCTED,
    TAG_SET = MBEDTLS_ASN1_SET | MBEDTLS_ASN1_CONSTRUCTED,
    TAG_0 = MBEDTLS_ASN1_CONTEXT_SPECIFIC,
    TAG_0_DEEP = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED,
    TAG_URI = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 6,
    VERSION_3 = 3,
    RSA_BITS_MIN = 2048,
    RSA_BITS_MAX = 8192,
    YEAR_MIN = 1950
};

/* DER content of the object ids (AUTH 1.2). */
#define OID_DIRECTORY_ATTRIBUTES "\x55\x1d\x09"
#define OID_SUBJECT_KEY          "\x55\x1d\x0e"
#define OID_KEY_USAGE            "\x55\x1d\x0f"
#define OID_ALT_NAME             "\x55\x1d\x11"
#define OID_BASIC                "\x55\x1d\x13"
#define OID_POINTS               "\x55\x1d\x1f"
#define OID_POLICIES             "\x55\x1d\x20"
#define OID_AUTHORITY_KEY        "\x55\x1d\x23"
#define OID_EXTENDED_USAGE       "\x55\x1d\x25"
#define OID_POLICY_ASSURED       "\x60\x86\x76\x65\x00\x03\x03"
#define OID_SUBJECT_TYPE         "\x60\x86\x76\x01\x64\x02\x01"
#define OID_ID_TAIL              "\x60\x86\x76\x01\x64\x02\x33"
#define OID_TYPE_PERSON          "\x60\x86\x76\x01\x64\x03\x01\x07"
#define OID_TYPE_INSTITUTION     "\x60\x86\x76\x01\x64\x03\x02\x15"
#define OID_TYPE_CITIZEN         "\x60\x86\x76\x01\x64\x03\x01\x01"

/* Called by the parser for every extension that it does not know: all are taken here and judged
 * later. */
static int cert_on_extension(void *context, const mbedtls_x509_crt *crt,
                             const mbedtls_x509_buf *oid, int critical, const unsigned char *at,
                             const unsigned char *end)
{
    (void)context, (void)crt, (void)oid, (void)critical, (void)at, (void)end;
    return 0;
}

static enum proof_card card_of(struct der oid)
{
    if (DER_IS(oid, OID_TYPE_PERSON))
        return PROOF_CARD_PERSON;
    if (DER_IS(oid, OID_TYPE_INSTITUTION))
        return PROOF_CARD_INSTITUTION;
    if (DER_IS(oid, OID_TYPE_CITIZEN))
        return PROOF_CARD_CITIZEN;
    return PROOF_CARD_NONE;
}

/* SEQUENCE OF { attribute OID, SET OF value }; each of ours has exactly one value. */
static bool attributes_read(struct der value, struct proof_cert *cert)
{
    struct der list;
    if (!der_enter(&value, TAG_SEQUENCE, &list) || !der_done(value))
        return false;
    bool typed = false, tailed = false;
    while (!der_done(list)) {
        struct der attribute, oid, set, item;
        if (!der_enter(&list, TAG_SEQUENCE, &attribute) ||
            !der_enter(&attribute, MBEDTLS_ASN1_OID, &oid) ||
            !der_enter(&attribute, TAG_SET, &set) || !der_done(attribute))
            return false;
        int tag;
        if (DER_IS(oid, OID_SUBJECT_TYPE)) {
            if (typed || !der_enter(&set, MBEDTLS_ASN1_OID, &item) || !der_done(set))
                return false;
            cert->card = card_of(item);
            typed = true;
        } else if (DER_IS(oid, OID_ID_TAIL)) {
            if (tailed || !der_any(&set, &tag, &item) || !der_done(set) ||
                !der_text(tag, der_bytes(item), cert->tail, sizeof cert->tail))
                return false;
            tailed = true;
        }
    }
    return true;
}

static bool policies_read(struct der value, struct proof_cert *cert)
{
    struct der list, policy, oid;
    if (!der_enter(&value, TAG_SEQUENCE, &list) || !der_done(value))
        return false;
    while (!der_done(list)) {
        if (!der_enter(&list, TAG_SEQUENCE, &policy) || !der_enter(&policy, MBEDTLS_ASN1_OID, &oid))
            return false;
        if (DER_IS(oid, OID_POLICY_ASSURED))
            cert->policy_assured = true;
    }
    return true;
}

/* The URIs of { [0] { [0] fullName } } of each point; other forms of names are passed over. */
static bool points_read(struct der value, struct proof_cert *cert)
{
    struct der list, point, name, full, uri;
    if (!der_enter(&value, TAG_SEQUENCE, &list) || !der_done(value))
        return false;
    while (!der_done(list)) {
        if (!der_enter(&list, TAG_SEQUENCE, &point))
            return false;
        if (der_tag(point) != TAG_0_DEEP)
            continue;
        if (!der_enter(&point, TAG_0_DEEP, &name))
            return false;
        if (der_tag(name) != TAG_0_DEEP || !der_enter(&name, TAG_0_DEEP, &full))
            continue;
        int tag;
        while (!der_done(full)) {
            if (!der_any(&full, &tag, &uri))
                return false;
            if (tag == TAG_URI && cert->points_count < PROOF_POINTS_MAX)
                cert->points[cert->points_count++] = der_bytes(uri);
        }
    }
    return true;
}

static bool authority_read(struct der value, struct proof_cert *cert)
{
    struct der list, id;
    if (!der_enter(&value, TAG_SEQUENCE, &list) || !der_done(value))
        return false;
    if (der_tag(list) != TAG_0)
        return true; /* issuer and serial only: no key id to go by */
    if (!der_enter(&list, TAG_0, &id))
        return false;
    cert->authority_key = der_bytes(id);
    return cert->authority_key.size <= PROOF_KEY_ID_MAX;
}

static bool subject_key_read(struct der value, struct proof_cert *cert)
{
    struct der id;
    if (!der_enter(&value, MBEDTLS_ASN1_OCTET_STRING, &id) || !der_done(value))
        return false;
    cert->subject_key = der_bytes(id);
    return cert->subject_key.size <= PROOF_KEY_ID_MAX;
}

/* What mbedTLS reads and checks itself. */
static bool extension_is_known(struct der oid)
{
    return DER_IS(oid, OID_KEY_USAGE) || DER_IS(oid, OID_BASIC) || DER_IS(oid, OID_ALT_NAME) ||
           DER_IS(oid, OID_EXTENDED_USAGE);
}

static bool extensions_read(struct proof_cert *cert)
{
    static const struct {
        const char *oid;
        bool (*read)(struct der value, struct proof_cert *cert);
    } readers[] = {
        {OID_DIRECTORY_ATTRIBUTES, attributes_read},
        {OID_POLICIES, policies_read},
        {OID_POINTS, points_read},
        {OID_AUTHORITY_KEY, authority_read},
        {OID_SUBJECT_KEY, subject_key_read},
    };
    bool seen[ARRAY_COUNT(readers)] = {false};
    struct der list, whole = der_of(bytes_of(cert->crt.v3_ext.p, cert->crt.v3_ext.len));
    if (der_done(whole))
        return true;
    if (!der_enter(&whole, TAG_SEQUENCE, &list) || !der_done(whole))
        return false;
    while (!der_done(list)) {
        struct der_extension extension;
        if (!der_extension(&list, &extension))
            return false;
        bool known = extension_is_known(extension.oid);
        for (size_t i = 0; !known && i < ARRAY_COUNT(readers); i++) {
            if (!der_is(extension.oid, readers[i].oid, strlen(readers[i].oid)))
                continue;
            if (seen[i] || !readers[i].read(extension.value, cert))
                return false; /* RFC 5280 4.2: an extension occurs once */
            seen[i] = known = true;
        }
        if (!known && extension.critical)
            cert->critical_unknown = true;
    }
    return true;
}

static bool time_seconds(const mbedtls_x509_time *time, int64_t *seconds)
{
    if (time->year < YEAR_MIN)
        return false;
    struct civil_date date = {time->year, (uint8_t)time->mon, (uint8_t)time->day};
    *seconds =
        (int64_t)day_from_civil(date) * 86400 + time->hour * 3600 + time->min * 60 + time->sec;
    return true;
}

/* Behind the signed part: the algorithm again (the parser compared them) and the signature. */
static bool signature_read(struct proof_cert *cert)
{
    const unsigned char *end = cert->crt.raw.p + cert->crt.raw.len;
    struct der rest = {cert->crt.tbs.p + cert->crt.tbs.len, end}, algorithm, bits;
    if (!der_enter(&rest, TAG_SEQUENCE, &algorithm) ||
        !der_enter(&rest, MBEDTLS_ASN1_BIT_STRING, &bits) || !der_done(rest) || der_done(bits) ||
        *bits.at != 0)
        return false;
    bits.at++;
    cert->signature = der_bytes(bits);
    return true;
}

bool proof_hash_of(struct bytes algorithm_oid, mbedtls_md_type_t *hash)
{
    mbedtls_asn1_buf oid = {.tag = MBEDTLS_ASN1_OID,
                            .len = algorithm_oid.size,
                            .p = (unsigned char *)algorithm_oid.data};
    mbedtls_md_type_t md;
    mbedtls_pk_type_t pk;
    if (mbedtls_oid_get_sig_alg(&oid, &md, &pk) != 0 || pk != MBEDTLS_PK_RSA ||
        (md != MBEDTLS_MD_SHA256 && md != MBEDTLS_MD_SHA384 && md != MBEDTLS_MD_SHA512))
        return false;
    *hash = md;
    return true;
}

/* mbedTLS adds the code of a low layer (7 bits) to that of a high one. */
static bool is_no_memory(int failed)
{
    int low = -failed & 0x7f;
    int high = -failed & ~0x7f;
    return low == -MBEDTLS_ERR_MPI_ALLOC_FAILED || low == -MBEDTLS_ERR_ASN1_ALLOC_FAILED ||
           high == -MBEDTLS_ERR_X509_ALLOC_FAILED || high == -MBEDTLS_ERR_PK_ALLOC_FAILED ||
           high == -MBEDTLS_ERR_MD_ALLOC_FAILED;
}

static bool parse_failed_by_algorithm(int failed)
{
    return failed == MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG || failed == MBEDTLS_ERR_PK_UNKNOWN_PK_ALG ||
           failed == MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE || failed == MBEDTLS_ERR_PK_INVALID_ALG ||
           failed == MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

/* mbedTLS calls a key bad, too, that it found no memory for. A key that is bad is so again. */
static int cert_parse(struct bytes der, struct proof_cert *cert)
{
    int failed = 0;
    for (int attempt = 0; attempt < 2; attempt++) {
        failed = mbedtls_x509_crt_parse_der_with_ext_cb(&cert->crt, der.data, der.size, 1,
                                                        cert_on_extension, NULL);
        if ((-failed & ~0x7f) != -MBEDTLS_ERR_PK_INVALID_PUBKEY)
            break;
        mbedtls_x509_crt_free(&cert->crt);
        mbedtls_x509_crt_init(&cert->crt);
    }
    return failed;
}

enum proof_verdict proof_cert_read(struct bytes der, struct proof_cert *cert)
{
    *cert = (struct proof_cert){0};
    mbedtls_x509_crt_init(&cert->crt);
    if (der.size == 0 || der.size > PROOF_CERT_MAX)
        return PROOF_CERT_PARSE;
    int failed = cert_parse(der, cert);
    cert->no_memory = is_no_memory(failed);
    if (failed != 0)
        return parse_failed_by_algorithm(failed) ? PROOF_CERT_ALG : PROOF_CERT_PARSE;
    if (cert->crt.raw.len != der.size || cert->crt.version != VERSION_3)
        return PROOF_CERT_PARSE;
    if (!extensions_read(cert) || !signature_read(cert) ||
        !time_seconds(&cert->crt.valid_from, &cert->from_s) ||
        !time_seconds(&cert->crt.valid_to, &cert->until_s) ||
        proof_cert_serial(cert).size > PROOF_SERIAL_MAX)
        return PROOF_CERT_PARSE;
    size_t bits = mbedtls_pk_get_bitlen(&cert->crt.pk);
    if (mbedtls_pk_get_type(&cert->crt.pk) != MBEDTLS_PK_RSA || bits < RSA_BITS_MIN ||
        bits > RSA_BITS_MAX)
        return PROOF_CERT_ALG;
    if (!proof_hash_of(bytes_of(cert->crt.sig_oid.p, cert->crt.sig_oid.len), &cert->hash))
        return PROOF_CERT_ALG;
    return PROOF_GOOD;
}

void proof_cert_free(struct proof_cert *cert)
{
    mbedtls_x509_crt_free(&cert->crt);
}

bool proof_signed_by(const struct proof_cert *ca, mbedtls_md_type_t hash, struct bytes tbs,
                     struct bytes signature, bool *no_memory)
{
    uint8_t digest[MBEDTLS_MD_MAX_SIZE];
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(hash);
    CHECK(info != NULL);
    int failed = mbedtls_md(info, tbs.data, tbs.size, digest);
    /* The call wants a mutable key for the cache in it, which mbedTLS guards by a mutex of its own.
     */
    mbedtls_pk_context *key = (mbedtls_pk_context *)&ca->crt.pk;
    if (failed == 0)
        failed = mbedtls_pk_verify(key, hash, digest, mbedtls_md_get_size(info), signature.data,
                                   signature.size);
    *no_memory = *no_memory || is_no_memory(failed);
    return failed == 0;
}

bool proof_cert_names(const struct proof_cert *cert, struct proof_result *out)
{
    const struct {
        const char *oid;
        char *to;
    } names[] = {{MBEDTLS_OID_AT_CN, out->cn},
                 {MBEDTLS_OID_AT_ORGANIZATION, out->o},
                 {MBEDTLS_OID_AT_LOCALITY, out->l},
                 {MBEDTLS_OID_AT_SERIAL_NUMBER, out->subject_serial}};
    bool seen[ARRAY_COUNT(names)] = {false};
    for (const mbedtls_x509_name *at = &cert->crt.subject; at != NULL; at = at->next) {
        struct bytes oid = bytes_of(at->oid.p, at->oid.len);
        struct bytes value = bytes_of(at->val.p, at->val.len);
        for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
            if (!bytes_are_text(oid, names[i].oid))
                continue;
            if (seen[i] || !der_text(at->val.tag, value, names[i].to, PROOF_TEXT_MAX + 1))
                return false;
            seen[i] = true;
        }
    }
    return true;
}

struct bytes proof_cert_serial(const struct proof_cert *cert)
{
    struct bytes serial = bytes_of(cert->crt.serial.p, cert->crt.serial.len);
    while (serial.size > 1 && serial.data[0] == 0)
        serial = bytes_slice(serial, 1, serial.size - 1);
    return serial;
}

bool proof_cert_subject_has(const struct proof_cert *cert, const char *text)
{
    static const char *const oids[] = {MBEDTLS_OID_AT_CN, MBEDTLS_OID_AT_ORGANIZATION,
                                       MBEDTLS_OID_AT_ORG_UNIT};
    char value[PROOF_TEXT_MAX + 1];
    for (const mbedtls_x509_name *at = &cert->crt.subject; at != NULL; at = at->next)
        for (size_t i = 0; i < ARRAY_COUNT(oids); i++)
            if (bytes_are_text(bytes_of(at->oid.p, at->oid.len), oids[i]) &&
                der_text(at->val.tag, bytes_of(at->val.p, at->val.len), value, sizeof value) &&
                strstr(value, text) != NULL)
                return true;
    return false;
}
