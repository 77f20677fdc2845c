/* RFC 5280 section 5. A list is refused whole if it says something that we would have to understand
 * and don't: delta lists, indirect lists, lists of some reasons only, other critical extensions. */
#include "proof_crl.h"
#include "base/check.h"
#include <mbedtls/md.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAG_SEQUENCE = MBEDTLS_ASN1_SEQUENCE | MBEDTLS_ASN1_CONSTRUCTED,
    TAG_CONTEXT = MBEDTLS_ASN1_CONTEXT_SPECIFIC,
    TAG_CONTEXT_DEEP = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED,
    TAG_URI = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 6,
    VERSION_2 = 1,
    POINT_MAX = 1024
};

#define OID_AUTHORITY_KEY "\x55\x1d\x23"
#define OID_CRL_NUMBER    "\x55\x1d\x14"
#define OID_ISSUING_POINT "\x55\x1d\x1c"
#define OID_REASON        "\x55\x1d\x15"
#define OID_INVALID_SINCE "\x55\x1d\x18"

void proof_crl_free(struct proof_crl *crl)
{
    free(crl->point);
    free(crl->serials);
    *crl = (struct proof_crl){0};
}

static bool authority_read(struct der value, struct proof_crl *crl)
{
    struct der list, id;
    if (!der_enter(&value, TAG_SEQUENCE, &list) || !der_enter(&list, TAG_CONTEXT, &id))
        return false;
    struct bytes key = der_bytes(id);
    if (key.size == 0 || key.size > sizeof crl->authority)
        return false;
    memcpy(crl->authority, key.data, key.size);
    crl->authority_size = key.size;
    return true;
}

static bool number_read(struct der value, struct proof_crl *crl)
{
    struct bytes number;
    if (!der_unsigned(&value, PROOF_SERIAL_MAX, &number) || !der_done(value))
        return false;
    crl->number = 0;
    for (size_t i = 0; i < number.size; i++)
        crl->number =
            number.size > sizeof crl->number ? UINT64_MAX : crl->number << 8 | number.data[i];
    return true;
}

/* { [0] { [0] { URI … } } }: the first URI is the partition's name. */
static bool point_name_read(struct der name, struct proof_crl *crl)
{
    struct der full, uri;
    int tag;
    if (!der_enter(&name, TAG_CONTEXT_DEEP, &full))
        return false; /* a name relative to the issuer's: nobody uses it */
    while (!der_done(full)) {
        if (!der_any(&full, &tag, &uri))
            return false;
        struct bytes text = der_bytes(uri);
        if (tag != TAG_URI || crl->point != NULL)
            continue;
        if (text.size == 0 || text.size > POINT_MAX || memchr(text.data, 0, text.size) != NULL)
            return false;
        crl->point = strndup((const char *)text.data, text.size);
        if (crl->point == NULL)
            return false;
    }
    return crl->point != NULL;
}

static bool flag_is_set(struct der value)
{
    return value.end - value.at == 1 && *value.at != 0;
}

static bool issuing_point_read(struct der value, struct proof_crl *crl)
{
    enum { POINT, USERS, CAS, REASONS, INDIRECT, ATTRIBUTES };
    struct der list, item;
    if (!der_enter(&value, TAG_SEQUENCE, &list) || !der_done(value))
        return false;
    while (!der_done(list)) {
        int tag;
        if (!der_any(&list, &tag, &item))
            return false;
        if (tag == (TAG_CONTEXT_DEEP | POINT)) {
            if (!point_name_read(item, crl))
                return false;
        } else if (tag == (TAG_CONTEXT | USERS)) {
            crl->users_only = flag_is_set(item);
        } else if (tag == (TAG_CONTEXT | CAS)) {
            crl->cas_only = flag_is_set(item);
        } else if ((tag == (TAG_CONTEXT | INDIRECT) || tag == (TAG_CONTEXT | ATTRIBUTES)) &&
                   !flag_is_set(item)) {
            continue;
        } else {
            return false; /* some reasons only, indirect, attribute certificates, unknown */
        }
    }
    return true;
}

static bool extensions_read(struct der *rest, struct proof_crl *crl)
{
    struct der outer, list;
    if (!der_enter(rest, TAG_CONTEXT_DEEP, &outer) || !der_enter(&outer, TAG_SEQUENCE, &list) ||
        !der_done(outer))
        return false;
    while (!der_done(list)) {
        struct der_extension extension;
        if (!der_extension(&list, &extension))
            return false;
        bool good = !extension.critical;
        if (DER_IS(extension.oid, OID_AUTHORITY_KEY))
            good = authority_read(extension.value, crl);
        else if (DER_IS(extension.oid, OID_CRL_NUMBER))
            good = number_read(extension.value, crl);
        else if (DER_IS(extension.oid, OID_ISSUING_POINT))
            good = crl->point == NULL && issuing_point_read(extension.value, crl);
        if (!good)
            return false;
    }
    return true;
}

/* Of an entry: reason and date of invalidity are fine; a critical other one (another issuer) is
 * not. */
static bool entry_extensions_are_plain(struct der entry)
{
    struct der list;
    if (der_done(entry))
        return true;
    if (!der_enter(&entry, TAG_SEQUENCE, &list) || !der_done(entry))
        return false;
    while (!der_done(list)) {
        struct der_extension extension;
        if (!der_extension(&list, &extension))
            return false;
        if (extension.critical && !DER_IS(extension.oid, OID_REASON) &&
            !DER_IS(extension.oid, OID_INVALID_SINCE))
            return false;
    }
    return true;
}

/* Right-aligned in a row of fixed size, so that memcmp orders them as numbers. */
static bool serial_pack(struct bytes serial, uint8_t row[PROOF_SERIAL_MAX])
{
    while (serial.size > 1 && serial.data[0] == 0)
        serial = bytes_slice(serial, 1, serial.size - 1);
    if (serial.size == 0 || serial.size > PROOF_SERIAL_MAX)
        return false;
    memset(row, 0, PROOF_SERIAL_MAX);
    memcpy(row + PROOF_SERIAL_MAX - serial.size, serial.data, serial.size);
    return true;
}

static int serial_order(const void *a, const void *b)
{
    return memcmp(a, b, PROOF_SERIAL_MAX);
}

/* Two passes: count, then fill; the list may have half a million entries. */
static enum err entries_read(struct der list, struct proof_crl *crl)
{
    struct der count = list, entry, serial;
    size_t entries = 0;
    for (; !der_done(count); entries++)
        if (!der_enter(&count, TAG_SEQUENCE, &entry))
            return ERR_BAD_INPUT;
    if (entries == 0)
        return ERR_OK;
    crl->serials = malloc(entries * sizeof *crl->serials);
    if (crl->serials == NULL)
        return ERR_NO_MEMORY;
    while (!der_done(list)) {
        int64_t revoked_at_s;
        CHECK(crl->serials_count < entries);
        if (!der_enter(&list, TAG_SEQUENCE, &entry) ||
            !der_enter(&entry, MBEDTLS_ASN1_INTEGER, &serial) ||
            !serial_pack(der_bytes(serial), crl->serials[crl->serials_count]) ||
            !der_time(&entry, &revoked_at_s) || !entry_extensions_are_plain(entry))
            return ERR_BAD_INPUT;
        crl->serials_count++;
    }
    qsort(crl->serials, crl->serials_count, sizeof *crl->serials, serial_order);
    return ERR_OK;
}

/* TBSCertList, whose first algorithm must be the outer one byte by byte. */
static enum err list_read(struct der tbs, struct bytes algorithm, struct proof_crl *crl)
{
    struct bytes version, inner, issuer;
    if (!der_unsigned(&tbs, 1, &version) || version.data[0] != VERSION_2 ||
        !der_whole(&tbs, &inner) || !bytes_equal(inner, algorithm) || !der_whole(&tbs, &issuer) ||
        !der_time(&tbs, &crl->this_update_s) || !der_time(&tbs, &crl->next_update_s))
        return ERR_BAD_INPUT;
    if (der_tag(tbs) == TAG_SEQUENCE) {
        struct der entries;
        if (!der_enter(&tbs, TAG_SEQUENCE, &entries))
            return ERR_BAD_INPUT;
        enum err err = entries_read(entries, crl);
        if (err != ERR_OK)
            return err;
    }
    return extensions_read(&tbs, crl) && der_done(tbs) ? ERR_OK : ERR_BAD_INPUT;
}

static const struct proof_cert *signer_of(const struct proof_crl *crl,
                                          const struct proof_cert *const *cas, size_t cas_count)
{
    for (size_t i = 0; i < cas_count; i++)
        if (proof_crl_is_of(crl, cas[i]->subject_key))
            return cas[i];
    return NULL;
}

enum err proof_crl_read(struct bytes der, const struct proof_cert *const *cas, size_t cas_count,
                        struct proof_crl *crl, const char **why)
{
    *crl = (struct proof_crl){0};
    *why = "it is no version 2 revocation list that this server understands";
    struct der outer, whole = der_of(der);
    struct bytes signed_part, algorithm;
    if (!der_enter(&whole, TAG_SEQUENCE, &outer) || !der_done(whole) ||
        !der_whole(&outer, &signed_part) || !der_whole(&outer, &algorithm))
        return ERR_BAD_INPUT;
    struct der inside = der_of(signed_part), tbs, head = der_of(algorithm), names, oid, bits;
    if (!der_enter(&inside, TAG_SEQUENCE, &tbs) || !der_enter(&head, TAG_SEQUENCE, &names) ||
        !der_enter(&names, MBEDTLS_ASN1_OID, &oid) ||
        !der_enter(&outer, MBEDTLS_ASN1_BIT_STRING, &bits) || !der_done(outer) || der_done(bits) ||
        *bits.at != 0)
        return ERR_BAD_INPUT;
    bits.at++;
    enum err err = list_read(tbs, algorithm, crl);
    if (err != ERR_OK)
        return err;
    if (crl->authority_size == 0) {
        *why = "it names no authority key";
        return ERR_BAD_INPUT;
    }
    mbedtls_md_type_t hash;
    if (!proof_hash_of(der_bytes(oid), &hash)) {
        *why = "it is not signed by RSA with SHA-256, SHA-384 or SHA-512";
        return ERR_BAD_INPUT;
    }
    const struct proof_cert *ca = signer_of(crl, cas, cas_count);
    if (ca == NULL) {
        *why = "no given CA has its authority key";
        return ERR_BAD_INPUT;
    }
    bool no_memory = false;
    if (!proof_signed_by(ca, hash, signed_part, der_bytes(bits), &no_memory)) {
        *why = no_memory ? "no memory" : "its signature is not the CA's";
        return no_memory ? ERR_NO_MEMORY : ERR_BAD_INPUT;
    }
    *why = NULL;
    return ERR_OK;
}

bool proof_crl_is_of(const struct proof_crl *crl, struct bytes authority_key)
{
    return authority_key.size > 0 &&
           bytes_equal(authority_key, bytes_of(crl->authority, crl->authority_size));
}

bool proof_crl_covers(const struct proof_crl *crl, const struct proof_cert *cert, bool is_ca)
{
    if (!proof_crl_is_of(crl, cert->authority_key) || (is_ca ? crl->users_only : crl->cas_only))
        return false;
    if (crl->point == NULL)
        return true;
    for (size_t i = 0; i < cert->points_count; i++)
        if (bytes_are_text(cert->points[i], crl->point))
            return true;
    return false;
}

bool proof_crl_holds(const struct proof_crl *crl, struct bytes serial)
{
    uint8_t row[PROOF_SERIAL_MAX];
    if (crl->serials_count == 0 || !serial_pack(serial, row))
        return false;
    return bsearch(row, crl->serials, crl->serials_count, sizeof *crl->serials, serial_order) !=
           NULL;
}
