/* A cursor over DER on mbedTLS's ASN.1 primitives. Any thread; borrowed bytes; false is "not so".
 */
#pragma once
#include "base/bytes.h"
#include <mbedtls/asn1.h>

struct der {
    unsigned char *at; /* mbedTLS wants it without const; nothing is written */
    const unsigned char *end;
};

struct der der_of(struct bytes bytes);
struct bytes der_bytes(struct der der); /* what is left */
bool der_done(struct der der);
int der_tag(struct der der); /* of the next element; -1 at the end */
/* The next element must have this tag; `inside` becomes its content. */
bool der_enter(struct der *from, int tag, struct der *inside);
bool der_any(struct der *from, int *tag, struct der *inside);
bool der_whole(struct der *from, struct bytes *element); /* with its head */
bool der_is(struct der oid, const char *content, size_t size);
#define DER_IS(oid, content) der_is(oid, content, sizeof(content) - 1)
/* UTCTime or GeneralizedTime, both ending in Z, with seconds (RFC 5280 4.1.2.5): seconds since
 * 1970. */
bool der_time(struct der *from, int64_t *seconds);
/* UTF8String, PrintableString, IA5String or BMPString to UTF-8 with a NUL behind. False for other
 * types, control characters, bad UTF-8, or what does not fit in. */
bool der_text(int tag, struct bytes value, char *to, size_t capacity);
/* An INTEGER that is not negative, without leading zeros; at most `max` bytes. */
bool der_unsigned(struct der *from, size_t max, struct bytes *value);

/* One X.509 extension: OID, critical, value; takes it from an Extensions list. */
struct der_extension {
    struct der oid, value;
    bool critical;
};
bool der_extension(struct der *list, struct der_extension *extension);
