/* What seed-demo writes beside the store: keys, certificates, lists, the configuration, demo.json.
 */
#pragma once
#include "base/bytes.h"
#include "base/instant.h"
#include <mbedtls/pk.h>

enum { DEMO_PATH_MAX = 600, DEMO_IDENTITIES_MAX = 128 };

struct demo_identity {
    const char *role; /* person institution bureau ops */
    char name[240];
    char id_no[12];       /* person */
    char institution[12]; /* code */
    uint32_t county;      /* bureau */
    char mobile[16];
    char nhi_card_no[16];
    char file[40]; /* stem of its files in cards/ */
    char pin[12];
    mbedtls_pk_context *key;
    struct bytes certificate; /* DER, held by seed_demo */
};

/* Whole file, made anew; mode 0600 for secrets. ERR_IO, ERR_NO_SPACE. */
enum err demo_write(const char *directory, const char *name, struct bytes content,
                    bool secret) MUST_CHECK;
enum err demo_write_pem(const char *directory, const char *name, const char *label,
                        struct bytes der) MUST_CHECK;
enum err demo_write_key(const char *directory, const char *name,
                        const mbedtls_pk_context *key) MUST_CHECK;
enum err demo_write_config(const char *directory) MUST_CHECK;
enum err demo_write_json(const char *directory, const struct demo_identity *identities,
                         size_t count) MUST_CHECK;
