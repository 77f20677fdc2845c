#include "cli/demo_pki.h"
#include "base/check.h"
#include "cli/demo_keys.h"
#include "cli/demo_pki_private.h"
#include "model/civil.h"
#include <mbedtls/oid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DAY_S = 24 * 3600,
    CA_BEFORE_S = 550 * DAY_S,
    CA_AFTER_S = 3100 * DAY_S,
    LEAF_BEFORE_S = 500 * DAY_S,
    LEAF_AFTER_S = 1325 * DAY_S, /* five years in all */
    TAG_SEQUENCE = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE,
    TAG_SET = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET,
    TAG_0_DEEP = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED,
    TAG_DNS = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 2,
    TAG_URI = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 6,
    TAG_ADDRESS = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 7,
    NAME_MAX_SIZE = 512,
    JUNK_SIZE = 9000
};

/* Object ids as DER content (AUTH 1.2). */
static const char oid_attributes[] = "\x55\x1d\x09", oid_policies[] = "\x55\x1d\x20",
                  oid_points[] = "\x55\x1d\x1f",
                  oid_policy_assured[] = "\x60\x86\x76\x65\x00\x03\x03",
                  oid_policy_test[] = "\x60\x86\x76\x65\x00\x03\x00",
                  oid_subject_type[] = "\x60\x86\x76\x01\x64\x02\x01",
                  oid_id_tail[] = "\x60\x86\x76\x01\x64\x02\x33",
                  oid_person[] = "\x60\x86\x76\x01\x64\x03\x01\x07",
                  oid_institution[] = "\x60\x86\x76\x01\x64\x03\x02\x15",
                  oid_citizen[] = "\x60\x86\x76\x01\x64\x03\x01\x01",
                  oid_nobody[] = "\x60\x86\x76\x01\x64\x02\x7f"; /* stands for nothing */

static const char *const ca_names[DEMO_CAS] = {
    [DEMO_CA_ROOT] = "C=TW,O=行政院,CN=Government Root Certification Authority (TEST)",
    [DEMO_CA_HEALTH] = "C=TW,O=行政院,OU=醫事憑證管理中心 (TEST)",
    [DEMO_CA_CITIZEN] = "C=TW,O=行政院,OU=內政部憑證管理中心 (TEST)",
    [DEMO_CA_SERVER] = "C=TW,O=報備支援示範,CN=baobei demo CA (TEST)",
};

void back_count(struct back *back, int written)
{
    if (written < 0)
        back->failed = true;
}

void back_wrap(struct back *back, const unsigned char *end, int tag)
{
    back_count(back, mbedtls_asn1_write_len(&back->at, back->start, (size_t)(end - back->at)));
    back_count(back, mbedtls_asn1_write_tag(&back->at, back->start, (unsigned char)tag));
}

void demo_time_print(int64_t seconds, char out[DEMO_TIME_MAX])
{
    int64_t days = seconds / DAY_S, rest = seconds % DAY_S;
    CHECK(seconds >= 0 && days < INT32_MAX);
    struct civil_date date = civil_from_day((int32_t)days);
    snprintf(out, DEMO_TIME_MAX, "%04u%02u%02u%02u%02u%02u", (unsigned)date.year % 10000,
             date.month, date.day, (unsigned)(rest / 3600), (unsigned)(rest / 60 % 60),
             (unsigned)(rest % 60));
}

static enum err made(bool good)
{
    return good ? ERR_OK : ERR_NO_MEMORY;
}

static bool add_extension(mbedtls_x509write_cert *cert, const char *oid, bool critical,
                          struct back *back, const unsigned char *end)
{
    return !back->failed &&
           mbedtls_x509write_crt_set_extension(cert, oid, strlen(oid), critical, back->at,
                                               (size_t)(end - back->at)) == 0;
}

/* Attribute { OID, SET OF value } around what stands before `end`. */
static void attribute_wrap(struct back *back, const unsigned char *end, const char *oid,
                           size_t oid_size)
{
    back_wrap(back, end, TAG_SET);
    back_count(back, mbedtls_asn1_write_oid(&back->at, back->start, oid, oid_size));
    back_wrap(back, end, TAG_SEQUENCE);
}

static bool add_attributes(mbedtls_x509write_cert *cert, const struct demo_leaf *leaf)
{
    unsigned char buffer[256] = {0};
    const unsigned char *end = buffer + sizeof buffer;
    struct back back = {buffer, buffer + sizeof buffer, false};
    if (leaf->tail != NULL) {
        back_count(&back, mbedtls_asn1_write_printable_string(&back.at, back.start, leaf->tail,
                                                              strlen(leaf->tail)));
        attribute_wrap(&back, end, oid_id_tail, sizeof oid_id_tail - 1);
    }
    if (leaf->card != PROOF_CARD_NONE) {
        const unsigned char *behind = back.at;
        const char *type = leaf->card == PROOF_CARD_PERSON        ? oid_person
                           : leaf->card == PROOF_CARD_INSTITUTION ? oid_institution
                                                                  : oid_citizen;
        back_count(&back, mbedtls_asn1_write_oid(&back.at, back.start, type, strlen(type)));
        attribute_wrap(&back, behind, oid_subject_type, sizeof oid_subject_type - 1);
    }
    back_wrap(&back, end, TAG_SEQUENCE);
    return add_extension(cert, oid_attributes, leaf->critical_attributes, &back, end);
}

static bool add_policy(mbedtls_x509write_cert *cert, const char *policy, size_t size)
{
    unsigned char buffer[64] = {0};
    const unsigned char *end = buffer + sizeof buffer;
    struct back back = {buffer, buffer + sizeof buffer, false};
    back_count(&back, mbedtls_asn1_write_oid(&back.at, back.start, policy, size));
    back_wrap(&back, end, TAG_SEQUENCE);
    back_wrap(&back, end, TAG_SEQUENCE);
    return add_extension(cert, oid_policies, false, &back, end);
}

static bool add_point(mbedtls_x509write_cert *cert, const char *uri)
{
    unsigned char buffer[DEMO_POINT_MAX + 32] = {0};
    const unsigned char *end = buffer + sizeof buffer;
    struct back back = {buffer, buffer + sizeof buffer, false};
    back_count(&back, mbedtls_asn1_write_raw_buffer(&back.at, back.start, (const uint8_t *)uri,
                                                    strlen(uri)));
    back_wrap(&back, end, TAG_URI);
    back_wrap(&back, end, TAG_0_DEEP);
    back_wrap(&back, end, TAG_0_DEEP);
    back_wrap(&back, end, TAG_SEQUENCE);
    back_wrap(&back, end, TAG_SEQUENCE);
    return add_extension(cert, oid_points, false, &back, end);
}

static bool add_junk(mbedtls_x509write_cert *cert)
{
    unsigned char *junk = calloc(1, JUNK_SIZE);
    bool good =
        junk != NULL && mbedtls_x509write_crt_set_extension(cert, oid_nobody, sizeof oid_nobody - 1,
                                                            0, junk, JUNK_SIZE) == 0;
    free(junk);
    return good;
}

static bool set_times(mbedtls_x509write_cert *cert, int64_t from_s, int64_t until_s)
{
    char from[DEMO_TIME_MAX], until[DEMO_TIME_MAX];
    demo_time_print(from_s, from);
    demo_time_print(until_s, until);
    return mbedtls_x509write_crt_set_validity(cert, from, until) == 0;
}

static bool set_serial(mbedtls_x509write_cert *cert, uint64_t serial)
{
    CHECK(serial != 0);
    uint8_t bytes[9] = {0}; /* a leading zero keeps it positive */
    struct writer writer = writer_on(bytes + 1, 8);
    write_u64(&writer, serial);
    size_t skip = 0;
    while (skip + 1 < sizeof bytes && bytes[skip] == 0 && bytes[skip + 1] < 0x80)
        skip++;
    return mbedtls_x509write_crt_set_serial_raw(cert, bytes + skip, sizeof bytes - skip) == 0;
}

/* The DER stands at the end of mbedTLS's buffer. */
static bool cert_write(mbedtls_x509write_cert *cert, uint8_t *to, size_t capacity,
                       struct bytes *der)
{
    int size = mbedtls_x509write_crt_der(cert, to, capacity, demo_random, NULL);
    if (size <= 0)
        return false;
    *der = bytes_of(to + capacity - (size_t)size, (size_t)size);
    return true;
}

static bool ca_write(struct demo_pki *pki, enum demo_ca ca)
{
    enum demo_ca issuer = ca == DEMO_CA_SERVER ? DEMO_CA_SERVER : DEMO_CA_ROOT;
    struct demo_authority *own = &pki->cas[ca], *above = &pki->cas[issuer];
    uint8_t buffer[DEMO_CERT_MAX];
    struct bytes der;
    int64_t now_s = pki->now.ms / 1000;
    mbedtls_x509write_cert cert;
    mbedtls_x509write_crt_init(&cert);
    mbedtls_x509write_crt_set_version(&cert, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(&cert, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(&cert, &own->key);
    mbedtls_x509write_crt_set_issuer_key(&cert, &above->key);
    bool good =
        mbedtls_x509write_crt_set_subject_name(&cert, own->name) == 0 &&
        mbedtls_x509write_crt_set_issuer_name(&cert, above->name) == 0 &&
        set_serial(&cert, (uint64_t)ca + 1) &&
        set_times(&cert, now_s - CA_BEFORE_S, now_s + CA_AFTER_S) &&
        mbedtls_x509write_crt_set_basic_constraints(&cert, 1, ca == DEMO_CA_ROOT ? -1 : 0) == 0 &&
        mbedtls_x509write_crt_set_key_usage(&cert, MBEDTLS_X509_KU_KEY_CERT_SIGN |
                                                       MBEDTLS_X509_KU_CRL_SIGN) == 0 &&
        mbedtls_x509write_crt_set_subject_key_identifier(&cert) == 0 &&
        mbedtls_x509write_crt_set_authority_key_identifier(&cert) == 0 &&
        cert_write(&cert, buffer, sizeof buffer, &der) &&
        mbedtls_x509_crt_parse_der(&own->crt, der.data, der.size) == 0;
    mbedtls_x509write_crt_free(&cert);
    return good;
}

enum err demo_pki_make(struct wall now, mbedtls_pk_context keys[DEMO_PKI_KEYS],
                       struct demo_pki **out)
{
    struct demo_pki *pki = calloc(1, sizeof *pki);
    if (pki == NULL) {
        for (size_t i = 0; i < DEMO_PKI_KEYS; i++)
            mbedtls_pk_free(&keys[i]);
        return ERR_NO_MEMORY;
    }
    pki->now = now;
    for (size_t i = 0; i < DEMO_CAS; i++) {
        pki->cas[i].name = ca_names[i];
        mbedtls_x509_crt_init(&pki->cas[i].crt);
    }
    pki->cas[DEMO_CA_ROOT].key = keys[DEMO_KEY_ROOT];
    pki->cas[DEMO_CA_HEALTH].key = keys[DEMO_KEY_HEALTH];
    pki->cas[DEMO_CA_CITIZEN].key = keys[DEMO_KEY_CITIZEN];
    pki->stranger = keys[DEMO_KEY_STRANGER];
    enum err err = demo_key_p256(&pki->cas[DEMO_CA_SERVER].key);
    for (size_t i = 0; err == ERR_OK && i < DEMO_CAS; i++)
        err = made(ca_write(pki, (enum demo_ca)i));
    if (err != ERR_OK) {
        demo_pki_free(pki);
        return err;
    }
    *out = pki;
    return ERR_OK;
}

void demo_pki_free(struct demo_pki *pki)
{
    if (pki == NULL)
        return;
    for (size_t i = 0; i < DEMO_CAS; i++) {
        mbedtls_pk_free(&pki->cas[i].key);
        mbedtls_x509_crt_free(&pki->cas[i].crt);
    }
    mbedtls_pk_free(&pki->stranger);
    free(pki);
}

struct bytes demo_pki_certificate(const struct demo_pki *pki, enum demo_ca ca)
{
    const mbedtls_x509_crt *crt = &pki->cas[ca].crt;
    return bytes_of(crt->raw.p, crt->raw.len);
}

/* A name's value with the characters that mbedTLS's parser would take for syntax escaped. */
static void name_put(struct writer *out, const char *key, const char *value)
{
    if (out->size > 0)
        write_text(out, ",");
    write_text(out, key);
    write_text(out, "=");
    for (const char *at = value; *at != 0; at++) {
        if (strchr(",=+<>#;\"\\", *at) != NULL)
            write_u8(out, '\\');
        write_u8(out, (uint8_t)*at);
    }
}

static bool set_subject(mbedtls_x509write_cert *cert, const struct demo_leaf *leaf)
{
    char name[NAME_MAX_SIZE];
    struct writer out = writer_on(name, sizeof name);
    name_put(&out, "C", "TW");
    if (leaf->place != NULL)
        name_put(&out, "L", leaf->place);
    name_put(&out, leaf->card == PROOF_CARD_INSTITUTION ? "O" : "CN", leaf->name);
    if (leaf->flaw != DEMO_FLAW_NO_SERIAL)
        name_put(&out, "serialNumber", leaf->subject_serial);
    write_u8(&out, 0);
    return !out.failed && mbedtls_x509write_crt_set_subject_name(cert, name) == 0;
}

static bool set_leaf_times(mbedtls_x509write_cert *cert, int64_t now_s, enum demo_flaw flaw)
{
    int64_t from_s = now_s - LEAF_BEFORE_S, until_s = now_s + LEAF_AFTER_S;
    if (flaw == DEMO_FLAW_EXPIRED)
        until_s = now_s - DAY_S;
    if (flaw == DEMO_FLAW_NOT_YET)
        from_s = now_s + DAY_S;
    return set_times(cert, from_s, until_s);
}

static bool add_extensions(mbedtls_x509write_cert *cert, const struct demo_leaf *leaf)
{
    static const unsigned char nothing[] = {MBEDTLS_ASN1_NULL, 0};
    enum demo_flaw flaw = leaf->flaw;
    unsigned usage = flaw == DEMO_FLAW_WRONG_USAGE ? MBEDTLS_X509_KU_KEY_ENCIPHERMENT
                                                   : MBEDTLS_X509_KU_DIGITAL_SIGNATURE;
    bool test_policy = flaw == DEMO_FLAW_POLICY;
    return mbedtls_x509write_crt_set_basic_constraints(cert, flaw == DEMO_FLAW_IS_CA, -1) == 0 &&
           (flaw == DEMO_FLAW_NO_USAGE || mbedtls_x509write_crt_set_key_usage(cert, usage) == 0) &&
           mbedtls_x509write_crt_set_subject_key_identifier(cert) == 0 &&
           (flaw == DEMO_FLAW_NO_AUTHORITY ||
            mbedtls_x509write_crt_set_authority_key_identifier(cert) == 0) &&
           add_policy(cert, test_policy ? oid_policy_test : oid_policy_assured,
                      sizeof oid_policy_assured - 1) &&
           (flaw == DEMO_FLAW_NO_ATTRIBUTES || add_attributes(cert, leaf)) &&
           (leaf->point == NULL || add_point(cert, leaf->point)) &&
           (flaw != DEMO_FLAW_JUNK || add_junk(cert)) &&
           (flaw != DEMO_FLAW_CRITICAL ||
            mbedtls_x509write_crt_set_extension(cert, oid_nobody, sizeof oid_nobody - 1, 1, nothing,
                                                sizeof nothing) == 0);
}

enum err demo_pki_leaf(const struct demo_pki *pki, const struct demo_leaf *leaf,
                       const mbedtls_pk_context *key, uint8_t *to, size_t capacity,
                       struct bytes *der)
{
    const struct demo_authority *ca = &pki->cas[leaf->ca];
    mbedtls_pk_context *stranger = (mbedtls_pk_context *)&pki->stranger;
    mbedtls_pk_context *own = (mbedtls_pk_context *)&ca->key;
    mbedtls_x509write_cert cert;
    mbedtls_x509write_crt_init(&cert);
    mbedtls_x509write_crt_set_version(&cert, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(&cert, leaf->flaw == DEMO_FLAW_SHA1 ? MBEDTLS_MD_SHA1
                                                                         : MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(&cert, (mbedtls_pk_context *)key);
    mbedtls_x509write_crt_set_issuer_key(&cert, leaf->flaw == DEMO_FLAW_OTHER_CA ? stranger : own);
    bool good =
        set_subject(&cert, leaf) && mbedtls_x509write_crt_set_issuer_name(&cert, ca->name) == 0 &&
        set_serial(&cert, leaf->serial) && set_leaf_times(&cert, pki->now.ms / 1000, leaf->flaw) &&
        add_extensions(&cert, leaf);
    if (leaf->flaw == DEMO_FLAW_OTHER_SIGNER) /* after the authority key id was taken from it */
        mbedtls_x509write_crt_set_issuer_key(&cert, stranger);
    good = good && cert_write(&cert, to, capacity, der);
    mbedtls_x509write_crt_free(&cert);
    return made(good);
}

static bool add_server_names(mbedtls_x509write_cert *cert)
{
    static const uint8_t name[] = "localhost", ip4[] = {127, 0, 0, 1}, ip6[16] = {[15] = 1};
    const struct {
        int tag;
        struct bytes value;
    } names[] = {{TAG_ADDRESS, {ip6, sizeof ip6}},
                 {TAG_ADDRESS, {ip4, sizeof ip4}},
                 {TAG_DNS, {name, sizeof name - 1}}};
    unsigned char buffer[128] = {0};
    const unsigned char *end = buffer + sizeof buffer;
    struct back back = {buffer, buffer + sizeof buffer, false};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        const unsigned char *behind = back.at;
        back_count(&back, mbedtls_asn1_write_raw_buffer(&back.at, back.start, names[i].value.data,
                                                        names[i].value.size));
        back_wrap(&back, behind, names[i].tag);
    }
    back_wrap(&back, end, TAG_SEQUENCE);
    return add_extension(cert, "\x55\x1d\x11", false, &back, end);
}

static bool add_server_usage(mbedtls_x509write_cert *cert)
{
    static const char server[] = MBEDTLS_OID_SERVER_AUTH;
    unsigned char buffer[32] = {0};
    const unsigned char *end = buffer + sizeof buffer;
    struct back back = {buffer, buffer + sizeof buffer, false};
    back_count(&back, mbedtls_asn1_write_oid(&back.at, back.start, server, sizeof server - 1));
    back_wrap(&back, end, TAG_SEQUENCE);
    return add_extension(cert, "\x55\x1d\x25", false, &back, end);
}

enum err demo_pki_server(const struct demo_pki *pki, const mbedtls_pk_context *key, uint8_t *to,
                         size_t capacity, struct bytes *der)
{
    const struct demo_authority *ca = &pki->cas[DEMO_CA_SERVER];
    int64_t now_s = pki->now.ms / 1000;
    mbedtls_x509write_cert cert;
    mbedtls_x509write_crt_init(&cert);
    mbedtls_x509write_crt_set_version(&cert, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(&cert, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(&cert, (mbedtls_pk_context *)key);
    mbedtls_x509write_crt_set_issuer_key(&cert, (mbedtls_pk_context *)&ca->key);
    bool good =
        mbedtls_x509write_crt_set_subject_name(&cert, "C=TW,CN=localhost") == 0 &&
        mbedtls_x509write_crt_set_issuer_name(&cert, ca->name) == 0 &&
        set_serial(&cert, UINT64_C(1) << 40 | (uint64_t)now_s) &&
        /* browsers refuse a server certificate of more than 398 days */
        set_times(&cert, now_s - DAY_S, now_s + 390 * (int64_t)DAY_S) &&
        mbedtls_x509write_crt_set_basic_constraints(&cert, 0, -1) == 0 &&
        mbedtls_x509write_crt_set_key_usage(&cert, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) == 0 &&
        mbedtls_x509write_crt_set_subject_key_identifier(&cert) == 0 &&
        mbedtls_x509write_crt_set_authority_key_identifier(&cert) == 0 && add_server_names(&cert) &&
        add_server_usage(&cert) && cert_write(&cert, to, capacity, der);
    mbedtls_x509write_crt_free(&cert);
    return made(good);
}
