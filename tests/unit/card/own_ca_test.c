/* The bridge's own certificate: made once, kept, made anew when it is about to end or broken. */
#include "card/own_ca.h"
#include "base/check.h"
#include "tests/lib/t.h"
#include "tests/lib/tmp.h"
#include <limits.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { TEXT_SIZE = 8192, DAY_S = 24 * 3600 };
static const int64_t NOW = 1780000000; /* a day in 2026 */

static size_t file_get(const char *name, char text[TEXT_SIZE])
{
    char path[PATH_MAX];
    FILE *file = fopen(tmp_path(path, name), "re");
    T_TRUE(file != NULL);
    size_t size = fread(text, 1, TEXT_SIZE - 1, file);
    text[size] = '\0';
    fclose(file);
    return size;
}

static void opened_at(int64_t now_s)
{
    char folder[PATH_MAX];
    struct tls_site *site = NULL;
    T_OK(own_ca_open(tmp_path(folder, "tls"), now_s, &site));
    T_TRUE(site != NULL);
    tls_site_close(site);
}

TEST(a_certificate_is_made_once_and_kept)
{
    char first[TEXT_SIZE], second[TEXT_SIZE], path[PATH_MAX];
    struct stat facts;
    opened_at(NOW);
    T_TRUE(file_get("tls/ca.pem", first) > 0);
    T_TRUE(stat(tmp_path(path, "tls/server.key"), &facts) == 0);
    T_EQ_UINT(facts.st_mode & 0777, 0600);
    opened_at(NOW + 700 * (int64_t)DAY_S);
    (void)file_get("tls/ca.pem", second);
    T_EQ_STR(second, first);
}

TEST(it_is_for_the_loopback_names_and_signed_by_the_authority)
{
    mbedtls_x509_crt ca, server;
    char path[PATH_MAX];
    uint32_t flags = 0;
    opened_at((int64_t)time(NULL));
    mbedtls_x509_crt_init(&ca);
    mbedtls_x509_crt_init(&server);
    T_EQ_INT(mbedtls_x509_crt_parse_file(&ca, tmp_path(path, "tls/ca.pem")), 0);
    T_EQ_INT(mbedtls_x509_crt_parse_file(&server, tmp_path(path, "tls/server.pem")), 0);
    T_TRUE(ca.MBEDTLS_PRIVATE(ca_istrue));
    T_FALSE(server.MBEDTLS_PRIVATE(ca_istrue));
    T_EQ_INT(mbedtls_x509_crt_verify(&server, &ca, NULL, "localhost", &flags, NULL, NULL), 0);
    T_EQ_INT(mbedtls_x509_crt_verify(&server, &ca, NULL, "127.0.0.1", &flags, NULL, NULL), 0);
    T_TRUE(mbedtls_x509_crt_verify(&server, &ca, NULL, "example.tw", &flags, NULL, NULL) != 0);
    mbedtls_x509_crt_free(&server);
    mbedtls_x509_crt_free(&ca);
}

TEST(what_is_about_to_end_is_made_anew)
{
    char first[TEXT_SIZE], second[TEXT_SIZE];
    opened_at(NOW);
    (void)file_get("tls/ca.pem", first);
    opened_at(NOW + (OWN_CA_LIFE_DAYS - OWN_CA_EARLY_DAYS + 1) * (int64_t)DAY_S);
    (void)file_get("tls/ca.pem", second);
    T_TRUE(strcmp(first, second) != 0);
}

TEST(a_broken_or_missing_file_is_made_anew)
{
    static const char *const names[] = {"tls/ca.pem", "tls/server.pem", "tls/server.key"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        char first[TEXT_SIZE], second[TEXT_SIZE], path[PATH_MAX];
        opened_at(NOW);
        (void)file_get("tls/ca.pem", first);
        FILE *file = fopen(tmp_path(path, names[i]), "we");
        T_TRUE(file != NULL);
        fputs("-----BEGIN NOTHING-----\n", file);
        fclose(file);
        opened_at(NOW);
        (void)file_get("tls/ca.pem", second);
        T_TRUE(strcmp(first, second) != 0);
    }
}

TEST(a_folder_that_cannot_be_made_is_told)
{
    struct tls_site *site = NULL;
    T_ERR(own_ca_open("/proc/none/tls", NOW, &site), ERR_IO);
}

T_LIST(own_ca_test, T(a_certificate_is_made_once_and_kept),
       T(it_is_for_the_loopback_names_and_signed_by_the_authority),
       T(what_is_about_to_end_is_made_anew), T(a_broken_or_missing_file_is_made_anew),
       T(a_folder_that_cannot_be_made_is_told));
