#include "card/guard.h"
#include "tests/lib/t.h"
#include <string.h>

static const struct settings site = {
    .origins = {"https://127.0.0.1:8443", "https://euservice.mohw.gov.tw"},
    .origin_count = 2,
};

#define TBS_HEAD "EUSERVICE-CERT-LOGIN-V1\naud=https://a.example\n"

static bool tbs_good(const char *tbs)
{
    return guard_tbs(bytes_from_text(tbs), BYTES_LITERAL("https://a.example"));
}

TEST(only_loopback_names_with_our_port_are_a_host)
{
    static const char *const good[] = {"127.0.0.1:58731", "localhost:58731", "[::1]:58731",
                                       "LocalHost:58731"};
    static const char *const bad[] = {"",
                                      "127.0.0.1",
                                      "localhost",
                                      "127.0.0.1:58732",
                                      "127.0.0.1:587310",
                                      "127.0.0.1:5873",
                                      "127.0.0.1:058731",
                                      "127.0.0.1.:58731",
                                      "127.0.0.2:58731",
                                      "evil.example:58731",
                                      "localhost.evil.example:58731",
                                      "::1:58731",
                                      "a@127.0.0.1:58731",
                                      "127.0.0.1:58731 "};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        T_TRUE(guard_host(bytes_from_text(good[i]), 58731));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        T_FALSE(guard_host(bytes_from_text(bad[i]), 58731));
    }
    T_FALSE(guard_host((struct bytes){NULL, 0}, 58731));
}

TEST(an_origin_is_one_of_the_list_exactly)
{
    T_TRUE(guard_origin(&site, BYTES_LITERAL("https://127.0.0.1:8443")));
    T_TRUE(guard_origin(&site, BYTES_LITERAL("https://euservice.mohw.gov.tw")));
    static const char *const bad[] = {"",
                                      "null",
                                      "https://127.0.0.1",
                                      "https://127.0.0.1:84433",
                                      "https://127.0.0.1:8443/",
                                      "http://127.0.0.1:8443",
                                      "https://evil.euservice.mohw.gov.tw",
                                      "https://euservice.mohw.gov.tw.evil.example",
                                      "HTTPS://euservice.mohw.gov.tw"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        T_FALSE(guard_origin(&site, bytes_from_text(bad[i])));
    }
    T_FALSE(guard_origin(&site, (struct bytes){NULL, 0}));
}

TEST(our_own_origin_is_the_scheme_and_the_host)
{
    const struct bytes host = BYTES_LITERAL("127.0.0.1:58731");
    T_TRUE(guard_own_origin(BYTES_LITERAL("http://127.0.0.1:58731"), host, false));
    T_FALSE(guard_own_origin(BYTES_LITERAL("https://127.0.0.1:58731"), host, false));
    T_FALSE(guard_own_origin(BYTES_LITERAL("http://127.0.0.1:58732"), host, false));
    T_FALSE(guard_own_origin(BYTES_LITERAL("http://"), BYTES_LITERAL(""), false));
    T_TRUE(guard_own_origin(BYTES_LITERAL("https://127.0.0.1:58731"), host, true));
    T_FALSE(guard_own_origin(BYTES_LITERAL("http://127.0.0.1:58731"), host, true));
}

TEST(only_json_is_json)
{
    T_TRUE(guard_json(BYTES_LITERAL("application/json")));
    T_TRUE(guard_json(BYTES_LITERAL("Application/JSON; charset=UTF-8")));
    T_FALSE(guard_json(BYTES_LITERAL("")));
    T_FALSE(guard_json(BYTES_LITERAL("text/plain")));
    T_FALSE(guard_json(BYTES_LITERAL("application/json; charset=big5")));
    T_FALSE(guard_json(BYTES_LITERAL("application/jsonx")));
    T_FALSE(guard_json(BYTES_LITERAL("text/plain; application/json")));
}

TEST(a_login_to_the_asking_site_may_be_signed)
{
    T_TRUE(tbs_good(TBS_HEAD));
    T_TRUE(tbs_good(TBS_HEAD "role=person\nexp=2026-11-22T04:00:11Z\n"));
}

TEST(nothing_else_may_be_signed)
{
    static const char *const bad[] = {
        "",
        "EUSERVICE-",
        "EUSERVICE-\n",
        "EUSERVICE-CERT-LOGIN-V1\naud=https://b.example\n",
        "EUSERVICE-CERT-LOGIN-V1\naud=https://a.example.evil.example\n",
        "EUSERVICE-CERT-LOGIN-V1\naud=https://a.exampl\n",
        "EUSERVICE-CERT-LOGIN-V1\naud=\n",
        "EUSERVICE-CERT-LOGIN-V1\n aud=https://a.example\n",
        "EUSERVICE-CERT-LOGIN-V1\nx aud=https://a.example\n",
        "EUSERVICE-CERT-LOGIN-V1\naud=https://a.example",
        "EUSERVICE-CERT-LOGIN-V1\r\naud=https://a.example\r\n",
        "EUSERVICE-CERT-LOGIN-V1\raud=https://a.example\n",
        "EUSERVICE-aud=https://a.example\n",
        TBS_HEAD "aud=https://a.example\n",
        TBS_HEAD "aud=https://b.example\n",
        TBS_HEAD "name=\xe7\x8e\x8b\n",
        "x" TBS_HEAD,
        "\n" TBS_HEAD,
        "euservice-CERT-LOGIN-V1\naud=https://a.example\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        T_FALSE(tbs_good(bad[i]));
    }
    const struct bytes with_nul = BYTES_LITERAL(TBS_HEAD "a\0b\n");
    T_FALSE(guard_tbs(with_nul, BYTES_LITERAL("https://a.example")));
    T_FALSE(guard_tbs(BYTES_LITERAL("EUSERVICE-\naud=\n"), BYTES_LITERAL("")));
}

T_LIST(guard_test, T(only_loopback_names_with_our_port_are_a_host),
       T(an_origin_is_one_of_the_list_exactly), T(our_own_origin_is_the_scheme_and_the_host),
       T(only_json_is_json), T(a_login_to_the_asking_site_may_be_signed),
       T(nothing_else_may_be_signed));
