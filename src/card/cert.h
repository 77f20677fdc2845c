/* What a certificate on a card is for: pure reading of its DER (AUTH 1.2). Nothing is verified
 * here, the server does that; the page shows by it which card is which. Any thread. */
#pragma once
#include "base/bytes.h"

enum cert_kind { CERT_OTHER, CERT_HPC, CERT_HOP, CERT_CITIZEN };

enum { CERT_USAGES_MAX = 7 };

struct cert_facts {
    enum cert_kind kind;
    const char *usages[CERT_USAGES_MAX]; /* RFC 5280 names, static; none if keyUsage is absent */
    size_t usage_count;
};

const char *cert_kind_name(enum cert_kind kind); /* "HPC" */

/* Bytes that are no certificate give CERT_OTHER without usages. */
struct cert_facts cert_read(struct bytes der);

/* The subject type in the value of a subjectDirectoryAttributes extension: SEQUENCE OF { OID, SET
 * }. */
enum cert_kind cert_kind_of_attributes(struct bytes value);
