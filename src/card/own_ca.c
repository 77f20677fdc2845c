#include "card/own_ca.h"
#include "base/check.h"
#include "base/log.h"
#include "base/prng.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/x509_crt.h>
#include <psa/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PEM_SIZE = 4096, DAY_S = 24 * 3600, TIME_SIZE = 16, SERIAL_SIZE = 16 };

static const char ca_name[] = "C=TW,O=baobei-card,CN=baobei-card on this computer";
static const char server_name[] = "C=TW,O=baobei-card,CN=localhost";

struct making {
    const char *folder;
    int64_t now_s;
    mbedtls_pk_context ca_key, key;
    unsigned char ca[PEM_SIZE], server[PEM_SIZE], server_key[PEM_SIZE];
};

static bool path_join(char path[PATH_MAX], const char *folder, const char *name)
{
    int size = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return size > 0 && size < PATH_MAX;
}

/* ---- what is there -----------------------------------------------------------------------------
 */

/* mbedTLS can only ask whether a certificate has ended by the machine's clock. */
static int64_t seconds_of(const mbedtls_x509_time *time)
{
    struct tm parts = {.tm_year = time->year - 1900,
                       .tm_mon = time->mon - 1,
                       .tm_mday = time->day,
                       .tm_hour = time->hour,
                       .tm_min = time->min,
                       .tm_sec = time->sec};
    return (int64_t)timegm(&parts);
}

static bool certificate_lasts(const char *ca_path, const char *path, int64_t now_s)
{
    mbedtls_x509_crt ca;
    mbedtls_x509_crt server;
    uint32_t flags = 0;
    mbedtls_x509_crt_init(&ca);
    mbedtls_x509_crt_init(&server);
    bool good =
        mbedtls_x509_crt_parse_file(&ca, ca_path) == 0 &&
        mbedtls_x509_crt_parse_file(&server, path) == 0 &&
        now_s < seconds_of(&server.valid_to) - OWN_CA_EARLY_DAYS * (int64_t)DAY_S &&
        now_s >= seconds_of(&server.valid_from) &&
        (mbedtls_x509_crt_verify(&server, &ca, NULL, "localhost", &flags, NULL, NULL) == 0 ||
         (flags & ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE)) == 0);
    mbedtls_x509_crt_free(&server);
    mbedtls_x509_crt_free(&ca);
    return good;
}

/* ---- making ------------------------------------------------------------------------------------
 */

static bool key_make(mbedtls_pk_context *key)
{
    return mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) == 0 &&
           mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key),
                               mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE) == 0;
}

static bool times_set(mbedtls_x509write_cert *cert, int64_t now_s)
{
    char from[TIME_SIZE];
    char until[TIME_SIZE];
    const time_t begin = (time_t)(now_s - DAY_S);
    const time_t end = (time_t)(now_s + OWN_CA_LIFE_DAYS * (int64_t)DAY_S);
    struct tm parts;
    return strftime(from, sizeof from, "%Y%m%d%H%M%S", gmtime_r(&begin, &parts)) > 0 &&
           strftime(until, sizeof until, "%Y%m%d%H%M%S", gmtime_r(&end, &parts)) > 0 &&
           mbedtls_x509write_crt_set_validity(cert, from, until) == 0;
}

static bool serial_set(mbedtls_x509write_cert *cert)
{
    uint8_t serial[SERIAL_SIZE];
    entropy_fill(serial, sizeof serial);
    serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40); /* positive, and not shorter */
    return mbedtls_x509write_crt_set_serial_raw(cert, serial, sizeof serial) == 0;
}

/* The names by which the page may call us (guard_host). */
static bool names_set(mbedtls_x509write_cert *cert)
{
    static unsigned char dns[] = "localhost";
    static unsigned char v4[] = {127, 0, 0, 1};
    static unsigned char v6[16] = {[15] = 1};
    mbedtls_x509_san_list names[3] = {0};
    names[0].node.type = MBEDTLS_X509_SAN_DNS_NAME;
    names[0].node.san.unstructured_name.p = dns;
    names[0].node.san.unstructured_name.len = sizeof dns - 1;
    names[0].next = &names[1];
    names[1].node.type = MBEDTLS_X509_SAN_IP_ADDRESS;
    names[1].node.san.unstructured_name.p = v4;
    names[1].node.san.unstructured_name.len = sizeof v4;
    names[1].next = &names[2];
    names[2].node.type = MBEDTLS_X509_SAN_IP_ADDRESS;
    names[2].node.san.unstructured_name.p = v6;
    names[2].node.san.unstructured_name.len = sizeof v6;
    return mbedtls_x509write_crt_set_subject_alternative_name(cert, names) == 0;
}

static bool usage_set(mbedtls_x509write_cert *cert, bool is_ca)
{
    static unsigned char server_auth[] = MBEDTLS_OID_SERVER_AUTH;
    const mbedtls_asn1_sequence usage = {
        .buf = {MBEDTLS_ASN1_OID, sizeof server_auth - 1, server_auth}, .next = NULL};
    if (is_ca) {
        return mbedtls_x509write_crt_set_key_usage(cert, MBEDTLS_X509_KU_KEY_CERT_SIGN) == 0;
    }
    return mbedtls_x509write_crt_set_key_usage(cert, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) == 0 &&
           mbedtls_x509write_crt_set_ext_key_usage(cert, &usage) == 0 && names_set(cert);
}

static bool certificate_make(struct making *making, bool is_ca, unsigned char pem[PEM_SIZE])
{
    mbedtls_x509write_cert cert;
    mbedtls_x509write_crt_init(&cert);
    mbedtls_x509write_crt_set_version(&cert, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(&cert, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(&cert, is_ca ? &making->ca_key : &making->key);
    mbedtls_x509write_crt_set_issuer_key(&cert, &making->ca_key);
    bool good = mbedtls_x509write_crt_set_subject_name(&cert, is_ca ? ca_name : server_name) == 0 &&
                mbedtls_x509write_crt_set_issuer_name(&cert, ca_name) == 0 && serial_set(&cert) &&
                times_set(&cert, making->now_s) &&
                mbedtls_x509write_crt_set_basic_constraints(&cert, is_ca, is_ca ? 0 : -1) == 0 &&
                usage_set(&cert, is_ca) &&
                mbedtls_x509write_crt_set_subject_key_identifier(&cert) == 0 &&
                mbedtls_x509write_crt_set_authority_key_identifier(&cert) == 0 &&
                mbedtls_x509write_crt_pem(&cert, pem, PEM_SIZE, mbedtls_psa_get_random,
                                          MBEDTLS_PSA_RANDOM_STATE) == 0;
    mbedtls_x509write_crt_free(&cert);
    return good;
}

/* Under another name first: a file is whole or not there. */
static enum err file_put(const char *folder, const char *name, const unsigned char *text,
                         mode_t mode)
{
    char path[PATH_MAX];
    char fresh[PATH_MAX];
    size_t size = strlen((const char *)text);
    if (!path_join(path, folder, name) ||
        snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh) {
        return ERR_IO;
    }
    (void)unlink(fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) {
        return ERR_IO;
    }
    bool good = write(fd, text, size) == (ssize_t)size && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    return good && rename(fresh, path) == 0 ? ERR_OK : ERR_IO;
}

static enum err files_put(const struct making *making)
{
    if (mkdir(making->folder, 0700) != 0 && errno != EEXIST) {
        return ERR_IO;
    }
    /* A start that ends in between finds a pair that doesn't fit, and makes all anew. */
    enum err err = file_put(making->folder, "server.key", making->server_key, 0600);
    if (err == ERR_OK) {
        err = file_put(making->folder, "server.pem", making->server, 0644);
    }
    return err == ERR_OK ? file_put(making->folder, "ca.pem", making->ca, 0644) : err;
}

static enum err all_make(const char *folder, int64_t now_s)
{
    struct making making = {.folder = folder, .now_s = now_s};
    mbedtls_pk_init(&making.ca_key);
    mbedtls_pk_init(&making.key);
    enum err err = ERR_NO_MEMORY;
    if (key_make(&making.ca_key) && key_make(&making.key) &&
        certificate_make(&making, true, making.ca) &&
        certificate_make(&making, false, making.server) &&
        mbedtls_pk_write_key_pem(&making.key, making.server_key, sizeof making.server_key) == 0) {
        err = files_put(&making);
    }
    mbedtls_pk_free(&making.key);
    mbedtls_pk_free(&making.ca_key);
    explicit_bzero(&making, sizeof making);
    return err;
}

enum err own_ca_open(const char *folder, int64_t now_s, struct tls_site **site)
{
    char ca[PATH_MAX];
    char certificate[PATH_MAX];
    char key[PATH_MAX];
    CHECK(folder != NULL && site != NULL);
    if (!path_join(ca, folder, "ca.pem") || !path_join(certificate, folder, "server.pem") ||
        !path_join(key, folder, "server.key")) {
        return ERR_IO;
    }
    if (psa_crypto_init() != PSA_SUCCESS) {
        return ERR_UNSUPPORTED;
    }
    if (access(key, R_OK) == 0 && certificate_lasts(ca, certificate, now_s) &&
        tls_site_open(certificate, key, site) == ERR_OK) {
        return ERR_OK;
    }
    enum err err = all_make(folder, now_s);
    if (err != ERR_OK) {
        return err;
    }
    LOG(LOG_WARN, "new_authority", log_text("trust", ca));
    return tls_site_open(certificate, key, site);
}
