/* mbedTLS reads revocation lists and does not write them: this is RFC 5280 5.1, written backwards.
 */
#include "base/check.h"
#include "cli/demo_keys.h"
#include "cli/demo_pki_private.h"
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <stdio.h>
#include <string.h>

enum {
    TAG_SEQUENCE = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE,
    TAG_0 = MBEDTLS_ASN1_CONTEXT_SPECIFIC,
    TAG_0_DEEP = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED,
    TAG_URI = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 6,
    SIGNATURE_MAX = 1024,
    SHA256_SIZE = 32,
    CENTURY_DIGITS = 2
};

static const char oid_rsa_sha256[] = MBEDTLS_OID_PKCS1_SHA256;

/* UTCTime, good until 2049: longer than any demo. */
static void time_put(struct back *back, int64_t seconds)
{
    char text[DEMO_TIME_MAX], utc[DEMO_TIME_MAX];
    demo_time_print(seconds, text);
    int size = snprintf(utc, sizeof utc, "%.12sZ", text + CENTURY_DIGITS);
    back_count(back, mbedtls_asn1_write_tagged_string(&back->at, back->start, MBEDTLS_ASN1_UTC_TIME,
                                                      utc, (size_t)size));
}

static void number_put(struct back *back, uint64_t number)
{
    const unsigned char *end = back->at;
    uint8_t bytes[9] = {0};
    struct writer writer = writer_on(bytes + 1, 8);
    write_u64(&writer, number);
    size_t skip = 0;
    while (skip + 1 < sizeof bytes && bytes[skip] == 0 && bytes[skip + 1] < 0x80)
        skip++;
    back_count(back, mbedtls_asn1_write_raw_buffer(&back->at, back->start, bytes + skip,
                                                   sizeof bytes - skip));
    back_wrap(back, end, MBEDTLS_ASN1_INTEGER);
}

/* OID, critical, OCTET STRING around what stands before `end`. */
static void extension_wrap(struct back *back, const unsigned char *end, const char *oid,
                           bool critical)
{
    back_wrap(back, end, MBEDTLS_ASN1_OCTET_STRING);
    if (critical)
        back_count(back, mbedtls_asn1_write_bool(&back->at, back->start, 1));
    back_count(back, mbedtls_asn1_write_oid(&back->at, back->start, oid, strlen(oid)));
    back_wrap(back, end, TAG_SEQUENCE);
}

static void extensions_put(struct back *back, const struct demo_crl *crl,
                           const mbedtls_x509_buf *key_id)
{
    const unsigned char *all = back->at, *end = all;
    if (crl->point != NULL) {
        back_count(back,
                   mbedtls_asn1_write_raw_buffer(&back->at, back->start,
                                                 (const uint8_t *)crl->point, strlen(crl->point)));
        back_wrap(back, end, TAG_URI);
        back_wrap(back, end, TAG_0_DEEP);
        back_wrap(back, end, TAG_0_DEEP);
        back_wrap(back, end, TAG_SEQUENCE);
        extension_wrap(back, end, "\x55\x1d\x1c", true);
    }
    end = back->at;
    number_put(back, crl->number);
    extension_wrap(back, end, "\x55\x1d\x14", false);
    end = back->at;
    back_count(back, mbedtls_asn1_write_raw_buffer(&back->at, back->start, key_id->p, key_id->len));
    back_wrap(back, end, TAG_0);
    back_wrap(back, end, TAG_SEQUENCE);
    extension_wrap(back, end, "\x55\x1d\x23", false);
    back_wrap(back, all, TAG_SEQUENCE);
    back_wrap(back, all, TAG_0_DEEP);
}

static void entries_put(struct back *back, const struct demo_crl *crl)
{
    const unsigned char *all = back->at;
    if (crl->serials_count == 0)
        return; /* RFC 5280: absent, not empty */
    for (size_t i = crl->serials_count; i-- > 0 && !back->failed;) {
        const unsigned char *end = back->at;
        time_put(back, crl->this_update.ms / 1000);
        number_put(back, crl->serials[i]);
        back_wrap(back, end, TAG_SEQUENCE);
    }
    back_wrap(back, all, TAG_SEQUENCE);
}

static void algorithm_put(struct back *back)
{
    back_count(back, mbedtls_asn1_write_algorithm_identifier(&back->at, back->start, oid_rsa_sha256,
                                                             sizeof oid_rsa_sha256 - 1, 0));
}

static void list_put(struct back *back, const struct demo_authority *ca, const struct demo_crl *crl)
{
    const unsigned char *end = back->at;
    extensions_put(back, crl, &ca->crt.subject_key_id);
    entries_put(back, crl);
    time_put(back, crl->next_update.ms / 1000);
    time_put(back, crl->this_update.ms / 1000);
    back_count(back, mbedtls_asn1_write_raw_buffer(&back->at, back->start, ca->crt.subject_raw.p,
                                                   ca->crt.subject_raw.len));
    algorithm_put(back);
    back_count(back, mbedtls_asn1_write_int(&back->at, back->start, 1)); /* version 2 */
    back_wrap(back, end, TAG_SEQUENCE);
}

/* The signature stands behind what it signs and is known only afterwards: so the list is written
 * with room behind it, signed, and the three parts are put together. */
enum err demo_pki_crl(const struct demo_pki *pki, const struct demo_crl *crl, uint8_t *to,
                      size_t capacity, struct bytes *der)
{
    const struct demo_authority *ca = &pki->cas[crl->ca];
    if (capacity < DEMO_CRL_FIXED)
        return ERR_NO_MEMORY;
    unsigned char *limit = to + capacity;
    struct back back = {to, limit - SIGNATURE_MAX, false};
    const unsigned char *signed_end = back.at;
    list_put(&back, ca, crl);
    if (back.failed)
        return ERR_NO_MEMORY;

    uint8_t hash[SHA256_SIZE], signature[SIGNATURE_MAX];
    size_t signature_size = 0;
    mbedtls_pk_context *key = (mbedtls_pk_context *)(crl->wrong_signer ? &pki->stranger : &ca->key);
    if (mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), back.at,
                   (size_t)(signed_end - back.at), hash) != 0 ||
        mbedtls_pk_sign(key, MBEDTLS_MD_SHA256, hash, sizeof hash, signature, sizeof signature,
                        &signature_size, demo_random, NULL) != 0)
        return ERR_NO_MEMORY;

    uint8_t tail[SIGNATURE_MAX];
    struct back behind = {tail, tail + sizeof tail, false};
    back_count(&behind, mbedtls_asn1_write_bitstring(&behind.at, behind.start, signature,
                                                     signature_size * 8));
    algorithm_put(&behind);
    size_t tail_size = (size_t)(tail + sizeof tail - behind.at);
    if (behind.failed)
        return ERR_NO_MEMORY;
    memcpy(limit - SIGNATURE_MAX, behind.at, tail_size);
    const unsigned char *end = limit - SIGNATURE_MAX + tail_size;
    back_wrap(&back, end, TAG_SEQUENCE);
    if (back.failed)
        return ERR_NO_MEMORY;
    *der = bytes_of(back.at, (size_t)(end - back.at));
    return ERR_OK;
}
