#include "proof_der.h"
#include "base/check.h"
#include "model/civil.h"
#include "model/text.h"
#include <string.h>

enum { TAG_SEQUENCE = MBEDTLS_ASN1_SEQUENCE | MBEDTLS_ASN1_CONSTRUCTED, TAG_NUMBER = 0x1f };
enum { FIRST_YEAR = 1950, LAST_YEAR = 9999, UTC_PIVOT = 50 };

struct der der_of(struct bytes bytes)
{
    static unsigned char nothing;
    if (bytes.size == 0)
        return (struct der){&nothing, &nothing};
    return (struct der){(unsigned char *)bytes.data, bytes.data + bytes.size};
}

struct bytes der_bytes(struct der der)
{
    return bytes_of(der.at, (size_t)(der.end - der.at));
}

bool der_done(struct der der)
{
    return der.at == der.end;
}

int der_tag(struct der der)
{
    return der.at == der.end ? -1 : *der.at;
}

bool der_enter(struct der *from, int tag, struct der *inside)
{
    CHECK(from != inside);
    size_t size;
    unsigned char *at = from->at;
    if (mbedtls_asn1_get_tag(&at, from->end, &size, tag) != 0)
        return false;
    CHECK(size <= (size_t)(from->end - at));
    *inside = (struct der){at, at + size};
    from->at = at + size;
    return true;
}

bool der_any(struct der *from, int *tag, struct der *inside)
{
    int next = der_tag(*from);
    /* Tags of several bytes do not occur in what we read. */
    if (next < 0 || (next & TAG_NUMBER) == TAG_NUMBER)
        return false;
    *tag = next;
    return der_enter(from, next, inside);
}

bool der_whole(struct der *from, struct bytes *element)
{
    unsigned char *start = from->at;
    int tag;
    struct der inside;
    if (!der_any(from, &tag, &inside))
        return false;
    *element = bytes_of(start, (size_t)(from->at - start));
    return true;
}

bool der_is(struct der oid, const char *content, size_t size)
{
    return bytes_equal(der_bytes(oid), bytes_of(content, size));
}

static bool digits_take(const unsigned char **at, int count, int *value)
{
    *value = 0;
    for (int i = 0; i < count; i++) {
        if (**at < '0' || **at > '9')
            return false;
        *value = *value * 10 + (**at - '0');
        (*at)++;
    }
    return true;
}

bool der_time(struct der *from, int64_t *seconds)
{
    int tag;
    struct der inside;
    if (!der_any(from, &tag, &inside))
        return false;
    bool utc = tag == MBEDTLS_ASN1_UTC_TIME;
    size_t size = (size_t)(inside.end - inside.at);
    if (!(utc && size == 13) && !(tag == MBEDTLS_ASN1_GENERALIZED_TIME && size == 15))
        return false;
    const unsigned char *at = inside.at;
    int year, month, day, hour, minute, second;
    if (!digits_take(&at, utc ? 2 : 4, &year) || !digits_take(&at, 2, &month) ||
        !digits_take(&at, 2, &day) || !digits_take(&at, 2, &hour) ||
        !digits_take(&at, 2, &minute) || !digits_take(&at, 2, &second) || *at != 'Z')
        return false;
    if (utc)
        year += year < UTC_PIVOT ? 2000 : 1900;
    if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1 ||
        day > month_length(year, (uint8_t)month) || hour > 23 || minute > 59 || second > 59)
        return false;
    struct civil_date date = {year, (uint8_t)month, (uint8_t)day};
    *seconds = (int64_t)day_from_civil(date) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

static void utf8_put(uint32_t c, struct writer *out)
{
    if (c < 0x80) {
        write_u8(out, (uint8_t)c);
    } else if (c < 0x800) {
        write_u8(out, (uint8_t)(0xc0 | c >> 6));
        write_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        write_u8(out, (uint8_t)(0xe0 | c >> 12));
        write_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        write_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    } else {
        write_u8(out, (uint8_t)(0xf0 | c >> 18));
        write_u8(out, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
        write_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        write_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    }
}

/* BMPString is UTF-16 big-endian; pairs of surrogates are read as what they mean. */
static bool bmp_put(struct bytes value, struct writer *out)
{
    struct reader reader = reader_of(value);
    while (reader.rest.size > 0) {
        uint32_t c = read_u16(&reader);
        if (c >= 0xd800 && c < 0xdc00) {
            uint32_t low = read_u16(&reader);
            if (low < 0xdc00 || low > 0xdfff)
                return false;
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        } else if (c >= 0xdc00 && c < 0xe000) {
            return false;
        }
        if (reader.failed)
            return false;
        utf8_put(c, out);
    }
    return true;
}

bool der_text(int tag, struct bytes value, char *to, size_t capacity)
{
    CHECK(capacity > 0);
    struct writer out = writer_on(to, capacity - 1);
    if (tag == MBEDTLS_ASN1_BMP_STRING) {
        if (!bmp_put(value, &out))
            return false;
    } else if (tag == MBEDTLS_ASN1_UTF8_STRING || tag == MBEDTLS_ASN1_PRINTABLE_STRING ||
               tag == MBEDTLS_ASN1_IA5_STRING) {
        for (size_t i = 0; tag != MBEDTLS_ASN1_UTF8_STRING && i < value.size; i++)
            if (value.data[i] >= 0x80)
                return false;
        write_raw(&out, value);
    } else {
        return false;
    }
    if (out.failed || text_check(writer_bytes(&out), TEXT_ONE_LINE, NULL) != TEXT_FINE)
        return false;
    to[out.size] = 0;
    return true;
}

bool der_unsigned(struct der *from, size_t max, struct bytes *value)
{
    struct der inside;
    if (!der_enter(from, MBEDTLS_ASN1_INTEGER, &inside) || der_done(inside) || *inside.at >= 0x80)
        return false;
    while (inside.at + 1 < inside.end && *inside.at == 0)
        inside.at++;
    *value = der_bytes(inside);
    return value->size <= max;
}

bool der_extension(struct der *list, struct der_extension *extension)
{
    struct der inside, flag;
    if (!der_enter(list, TAG_SEQUENCE, &inside) ||
        !der_enter(&inside, MBEDTLS_ASN1_OID, &extension->oid))
        return false;
    extension->critical = false;
    if (der_tag(inside) == MBEDTLS_ASN1_BOOLEAN) {
        if (!der_enter(&inside, MBEDTLS_ASN1_BOOLEAN, &flag) || flag.end - flag.at != 1)
            return false;
        extension->critical = *flag.at != 0;
    }
    return der_enter(&inside, MBEDTLS_ASN1_OCTET_STRING, &extension->value) && der_done(inside);
}
