#include "bench/tls_client.h"
#include "base/check.h"
#include <mbedtls/psa_util.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <psa/crypto.h>
#include <stdlib.h>
#include <string.h>

struct tls_client_site {
    mbedtls_ssl_config config;
    mbedtls_x509_crt ca;
};

struct tls_client {
    mbedtls_ssl_context ssl;
    struct bytes in;
    uint8_t *out;
    size_t out_size, out_room;
    bool ready;
};

enum err tls_client_site_open(const char *ca, struct tls_client_site **out)
{
    struct tls_client_site *site = calloc(1, sizeof *site);
    if (site == NULL) {
        return ERR_NO_MEMORY;
    }
    mbedtls_ssl_config_init(&site->config);
    mbedtls_x509_crt_init(&site->ca);
    bool made =
        psa_crypto_init() == PSA_SUCCESS &&
        mbedtls_ssl_config_defaults(&site->config, MBEDTLS_SSL_IS_CLIENT,
                                    MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT) == 0;
    if (made && ca != NULL) {
        made = mbedtls_x509_crt_parse_file(&site->ca, ca) == 0;
        mbedtls_ssl_conf_ca_chain(&site->config, &site->ca, NULL);
    }
    if (!made) {
        tls_client_site_close(site);
        return ERR_BAD_INPUT;
    }
    mbedtls_ssl_conf_rng(&site->config, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
    mbedtls_ssl_conf_authmode(&site->config,
                              ca == NULL ? MBEDTLS_SSL_VERIFY_NONE : MBEDTLS_SSL_VERIFY_REQUIRED);
    *out = site;
    return ERR_OK;
}

void tls_client_site_close(struct tls_client_site *site)
{
    if (site != NULL) {
        mbedtls_ssl_config_free(&site->config);
        mbedtls_x509_crt_free(&site->ca);
        free(site);
    }
}

static int on_send(void *self, const unsigned char *data, size_t size)
{
    struct tls_client *client = self;
    if (client->out_size + size > client->out_room) {
        size_t room = client->out_room == 0 ? 2048 : client->out_room;
        while (room < client->out_size + size) {
            room *= 2;
        }
        uint8_t *grown = realloc(client->out, room);
        if (grown == NULL) {
            return MBEDTLS_ERR_SSL_ALLOC_FAILED;
        }
        client->out = grown;
        client->out_room = room;
    }
    memcpy(client->out + client->out_size, data, size);
    client->out_size += size;
    return (int)size;
}

static int on_receive(void *self, unsigned char *to, size_t room)
{
    struct tls_client *client = self;
    size_t size = room < client->in.size ? room : client->in.size;
    if (size == 0) {
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    memcpy(to, client->in.data, size);
    client->in = bytes_slice(client->in, size, client->in.size - size);
    return (int)size;
}

enum err tls_client_open(struct tls_client_site *site, const char *host, struct tls_client **out)
{
    struct tls_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return ERR_NO_MEMORY;
    }
    mbedtls_ssl_init(&client->ssl);
    if (mbedtls_ssl_setup(&client->ssl, &site->config) != 0 ||
        mbedtls_ssl_set_hostname(&client->ssl, host) != 0) {
        tls_client_close(client);
        return ERR_NO_MEMORY;
    }
    mbedtls_ssl_set_bio(&client->ssl, client, on_send, on_receive, NULL);
    *out = client;
    return ERR_OK;
}

void tls_client_close(struct tls_client *client)
{
    if (client != NULL) {
        mbedtls_ssl_free(&client->ssl);
        free(client->out);
        free(client);
    }
}

void tls_client_give(struct tls_client *client, struct bytes cipher)
{
    CHECK(client->in.size == 0);
    client->in = cipher;
}

int tls_client_read(struct tls_client *client, uint8_t *to, size_t room)
{
    for (;;) {
        int code = client->ready ? mbedtls_ssl_read(&client->ssl, to, room)
                                 : mbedtls_ssl_handshake(&client->ssl);
        if (code == MBEDTLS_ERR_SSL_WANT_READ) {
            return 0;
        }
        if (code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
            continue; /* connections are kept: no ticket is ever used */
        }
        if (!client->ready && code == 0) {
            client->ready = true;
            continue;
        }
        return code > 0 ? code : -1;
    }
}

bool tls_client_is_ready(const struct tls_client *client)
{
    return client->ready;
}

bool tls_client_write(struct tls_client *client, struct bytes plain)
{
    CHECK(client->ready);
    while (plain.size > 0) {
        int code = mbedtls_ssl_write(&client->ssl, plain.data, plain.size);
        if (code <= 0) {
            return false;
        }
        plain = bytes_slice(plain, (size_t)code, plain.size - (size_t)code);
    }
    return true;
}

struct bytes tls_client_pending(const struct tls_client *client)
{
    return bytes_of(client->out, client->out_size);
}

void tls_client_sent(struct tls_client *client)
{
    client->out_size = 0;
}
