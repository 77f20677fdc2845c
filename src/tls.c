#include "tls.h"
#include "base/check.h"
#include "base/log.h"
#include <mbedtls/pk.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/x509_crt.h>
#include <psa/crypto.h>
#include <stdlib.h>
#include <string.h>

enum { TICKET_LIFE_S = 3600 };

struct tls_site {
    mbedtls_ssl_config config;
    mbedtls_x509_crt certificate;
    mbedtls_pk_context key;
    mbedtls_ssl_ticket_context tickets;
};

struct tls {
    mbedtls_ssl_context ssl;
    struct bytes in;
    struct tls_buffer out;
    bool ready, failed;
};

/* ---- the site ----------------------------------------------------------------------------------
 */

static const int ciphersuites[] = {
    MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
    MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
    MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    0,
};

static const uint16_t groups[] = {
    MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
    MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
    MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
    MBEDTLS_SSL_IANA_TLS_GROUP_NONE,
};

static const char *protocols[] = {"http/1.1", NULL};

/* What mbedTLS said does not travel: it is logged here, where it is seen. */
static enum err site_fail(const char *what, const char *file, int code)
{
    LOG(LOG_ALARM, "tls_site", log_text("what", what), log_text("file", file),
        log_hex("mbedtls", (uint64_t) - (int64_t)code));
    return code == MBEDTLS_ERR_SSL_ALLOC_FAILED ? ERR_NO_MEMORY : ERR_BAD_INPUT;
}

static enum err files_read(struct tls_site *site, const char *certificate_file,
                           const char *key_file)
{
    int code = mbedtls_x509_crt_parse_file(&site->certificate, certificate_file);
    if (code != 0)
        return site_fail("certificate", certificate_file, code);
    code = mbedtls_pk_parse_keyfile(&site->key, key_file, NULL, mbedtls_psa_get_random,
                                    MBEDTLS_PSA_RANDOM_STATE);
    if (code != 0)
        return site_fail("key", key_file, code);
    code = mbedtls_pk_check_pair(&site->certificate.pk, &site->key, mbedtls_psa_get_random,
                                 MBEDTLS_PSA_RANDOM_STATE);
    if (code != 0)
        return site_fail("key does not fit certificate", key_file, code);
    return ERR_OK;
}

static enum err config_make(struct tls_site *site)
{
    mbedtls_ssl_config *config = &site->config;
    int code = mbedtls_ssl_config_defaults(
        config, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    if (code != 0)
        return site_fail("config", "", code);
    mbedtls_ssl_conf_rng(config, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
    mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_max_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_3);
    mbedtls_ssl_conf_ciphersuites(config, ciphersuites);
    mbedtls_ssl_conf_groups(config, groups);
    mbedtls_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
    mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_NONE);
    mbedtls_ssl_conf_cert_req_ca_list(config, MBEDTLS_SSL_CERT_REQ_CA_LIST_DISABLED);
    code = mbedtls_ssl_conf_alpn_protocols(config, protocols);
    if (code == 0)
        code = mbedtls_ssl_conf_own_cert(config, &site->certificate, &site->key);
    if (code == 0)
        code = mbedtls_ssl_ticket_setup(&site->tickets, mbedtls_psa_get_random,
                                        MBEDTLS_PSA_RANDOM_STATE, MBEDTLS_CIPHER_AES_256_GCM,
                                        TICKET_LIFE_S);
    if (code != 0)
        return site_fail("config", "", code);
    mbedtls_ssl_conf_session_tickets_cb(config, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse,
                                        &site->tickets);
    return ERR_OK;
}

enum err tls_site_open(const char *certificate_file, const char *key_file, struct tls_site **out)
{
    CHECK(certificate_file != NULL && key_file != NULL);
    if (psa_crypto_init() != PSA_SUCCESS)
        return ERR_UNSUPPORTED;
    struct tls_site *site = calloc(1, sizeof *site);
    if (site == NULL)
        return ERR_NO_MEMORY;
    mbedtls_ssl_config_init(&site->config);
    mbedtls_x509_crt_init(&site->certificate);
    mbedtls_pk_init(&site->key);
    mbedtls_ssl_ticket_init(&site->tickets);
    enum err err = files_read(site, certificate_file, key_file);
    if (err == ERR_OK)
        err = config_make(site);
    if (err != ERR_OK) {
        tls_site_close(site);
        return err;
    }
    *out = site;
    return ERR_OK;
}

void tls_site_close(struct tls_site *site)
{
    if (site == NULL)
        return;
    mbedtls_ssl_ticket_free(&site->tickets);
    mbedtls_ssl_config_free(&site->config);
    mbedtls_x509_crt_free(&site->certificate);
    mbedtls_pk_free(&site->key);
    free(site);
}

/* ---- one connection ----------------------------------------------------------------------------
 */

static int ssl_on_send(void *self, const unsigned char *data, size_t size)
{
    struct tls *tls = self;
    struct tls_buffer *out = &tls->out;
    if (out->size + size > out->capacity) {
        size_t capacity = out->capacity == 0 ? 4096 : out->capacity;
        while (capacity < out->size + size)
            capacity *= 2;
        uint8_t *grown = realloc(out->data, capacity);
        if (grown == NULL)
            return MBEDTLS_ERR_SSL_ALLOC_FAILED;
        out->data = grown;
        out->capacity = capacity;
    }
    memcpy(out->data + out->size, data, size);
    out->size += size;
    CHECK(size <= INT32_MAX);
    return (int)size;
}

static int ssl_on_receive(void *self, unsigned char *to, size_t room)
{
    struct tls *tls = self;
    if (tls->in.size == 0)
        return MBEDTLS_ERR_SSL_WANT_READ;
    size_t size = room < tls->in.size ? room : tls->in.size;
    CHECK(size <= INT32_MAX);
    memcpy(to, tls->in.data, size);
    tls->in = bytes_slice(tls->in, size, tls->in.size - size);
    return (int)size;
}

enum err tls_open(struct tls_site *site, struct tls **out)
{
    struct tls *tls = calloc(1, sizeof *tls);
    if (tls == NULL)
        return ERR_NO_MEMORY;
    mbedtls_ssl_init(&tls->ssl);
    if (mbedtls_ssl_setup(&tls->ssl, &site->config) != 0) {
        tls_close(tls);
        return ERR_NO_MEMORY; /* it fails for nothing else */
    }
    mbedtls_ssl_set_bio(&tls->ssl, tls, ssl_on_send, ssl_on_receive, NULL);
    *out = tls;
    return ERR_OK;
}

static void buffer_free(struct tls_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct tls_buffer){NULL, 0, 0};
}

void tls_close(struct tls *tls)
{
    if (tls == NULL)
        return;
    mbedtls_ssl_free(&tls->ssl); /* wipes its buffers */
    buffer_free(&tls->out);
    free(tls);
}

void tls_give(struct tls *tls, struct bytes cipher)
{
    CHECK(tls->in.size == 0);
    tls->in = cipher;
}

struct bytes tls_rest(const struct tls *tls)
{
    return tls->in;
}

void tls_move_rest(struct tls *tls, const uint8_t *to)
{
    tls->in.data = to;
}

void tls_drop_rest(struct tls *tls)
{
    tls->in = (struct bytes){NULL, 0};
}

bool tls_is_ready(const struct tls *tls)
{
    return tls->ready;
}

static enum tls_status status_of(struct tls *tls, int code)
{
    if (code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE)
        return TLS_WANT;
    if (code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || code == 0)
        return TLS_CLOSED;
    tls->failed = true;
    return TLS_FAILED;
}

enum tls_status tls_read(struct tls *tls, uint8_t *to, size_t room, size_t *size)
{
    *size = 0;
    if (tls->failed)
        return TLS_FAILED;
    if (!tls->ready) {
        int code = mbedtls_ssl_handshake(&tls->ssl);
        if (code != 0) {
            /* A close_notify or an end before the handshake is done is a failure all the same. */
            enum tls_status status = status_of(tls, code);
            return status == TLS_CLOSED ? TLS_FAILED : status;
        }
        tls->ready = true;
    }
    int code = mbedtls_ssl_read(&tls->ssl, to, room);
    if (code <= 0)
        return status_of(tls, code);
    *size = (size_t)code;
    return TLS_PLAIN;
}

enum err tls_write(struct tls *tls, struct bytes plain)
{
    CHECK(tls->ready);
    if (tls->failed)
        return ERR_CLOSED;
    while (plain.size > 0) {
        int code = mbedtls_ssl_write(&tls->ssl, plain.data, plain.size);
        if (code <= 0) {
            tls->failed = true;
            return code == MBEDTLS_ERR_SSL_ALLOC_FAILED ? ERR_NO_MEMORY : ERR_CLOSED;
        }
        plain = bytes_slice(plain, (size_t)code, plain.size - (size_t)code);
    }
    return ERR_OK;
}

void tls_end(struct tls *tls)
{
    if (tls->failed || !tls->ready)
        return;
    int code = mbedtls_ssl_close_notify(&tls->ssl);
    tls->failed = tls->failed || code != 0;
}

struct tls_buffer tls_take(struct tls *tls)
{
    struct tls_buffer taken = tls->out;
    tls->out = (struct tls_buffer){NULL, 0, 0};
    return taken;
}

/* Not kept for the next answer: most connections are idle, and there are thousands of them. */
void tls_give_back(struct tls_buffer buffer)
{
    buffer_free(&buffer);
}
