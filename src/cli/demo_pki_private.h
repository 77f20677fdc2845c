/* The inside of the demo's PKI, for demo_pki.c and demo_crl.c. */
#pragma once
#include "cli/demo_pki.h"
#include <mbedtls/asn1write.h>
#include <mbedtls/x509_crt.h>

struct demo_authority {
    mbedtls_pk_context key;
    mbedtls_x509_crt crt;
    const char *name; /* as mbedTLS parses it */
};

struct demo_pki {
    struct demo_authority cas[DEMO_CAS];
    mbedtls_pk_context stranger; /* a key that no anchor has: for bad certificates */
    struct wall now;
};

/* ASN.1 is written backwards into [start, …): `at` moves down, `failed` stays. */
struct back {
    unsigned char *start, *at;
    bool failed;
};
void back_count(struct back *back, int written); /* result of an mbedtls_asn1_write_… call */
/* Length and tag before what stands between `at` and `end`. */
void back_wrap(struct back *back, const unsigned char *end, int tag);
enum { DEMO_TIME_MAX = 20 };
void demo_time_print(int64_t seconds, char out[DEMO_TIME_MAX]); /* YYYYMMDDhhmmss */
