/* What may be an anchor, and which revocation lists are believed. */
#include "base/check.h"
#include "cli/demo_keys.h"
#include "proof.h"
#include "tests/lib/t.h"
#include "tests/unit/crypt/pki.h"
#include <stdlib.h>
#include <string.h>

enum { HOUR_MS = 3600 * 1000, BIG_LIST = 20000 };

static const char point[] = "http://crl.example.tw/HCA/p7.crl";

static enum err load(const struct proof_sources *sources, struct proof_fault *fault)
{
    struct proof_trust *trust = NULL;
    enum err err = proof_trust_load(sources, &trust, fault);
    proof_trust_free(trust);
    return err;
}

/* The verdict about a sound card (or `leaf`) at `now_ms`, under these lists. */
static const char *verdict(const struct pki *pki, const struct demo_leaf *leaf,
                           const struct bytes *crls, size_t count, uint32_t grace_s, int64_t now_ms)
{
    static uint8_t cert[PKI_CERT_MAX], signature[512];
    struct proof_sources sources = pki_sources(pki, crls, count);
    sources.grace_s = grace_s;
    struct proof_trust *trust;
    struct proof_fault fault;
    T_OK(proof_trust_load(&sources, &trust, &fault));
    struct bytes tbs = BYTES_LITERAL("tbs");
    struct proof_request request = {.role = PRINCIPAL_PERSON,
                                    .tbs = tbs,
                                    .certificate = pki_leaf(pki, leaf, cert),
                                    .signature = pki_sign(pki, tbs, signature),
                                    .now = {now_ms}};
    struct proof_result result;
    proof_check(trust, &request, &result);
    proof_trust_free(trust);
    return proof_verdict_name(result.verdict);
}

static struct demo_crl list_of(void)
{
    static const uint64_t revoked[] = {666};
    return (struct demo_crl){.ca = DEMO_CA_HEALTH,
                             .serials = revoked,
                             .serials_count = 1,
                             .this_update = {PKI_NOW_MS - HOUR_MS},
                             .next_update = {PKI_NOW_MS + HOUR_MS},
                             .number = 3};
}

TEST(test_anchors_are_refused_outside_dev)
{
    struct pki pki;
    pki_open(&pki);
    struct proof_sources sources = pki_sources(&pki, pki.crls, 2);
    struct proof_fault fault;
    T_OK(load(&sources, &fault));
    sources.dev = false;
    T_ERR(load(&sources, &fault), ERR_DENIED);
    T_EQ_STR(fault.list, "root");
    T_HAS(fault.why, "test anchor");
    pki_close(&pki);
}

TEST(an_issuer_hangs_from_a_given_root)
{
    struct pki pki, other;
    pki_open(&pki);
    pki_open_other(&other);
    struct proof_sources sources = pki_sources(&pki, NULL, 0);
    struct bytes roots[] = {demo_pki_certificate(other.demo, DEMO_CA_ROOT)};
    sources.roots = roots;
    struct proof_fault fault;
    T_ERR(load(&sources, &fault), ERR_BAD_INPUT);
    T_EQ_STR(fault.list, "issuer");
    T_EQ_UINT(fault.index, 0);
    T_HAS(fault.why, "signed it");
    /* an issuer is no root, and a card is no CA */
    roots[0] = demo_pki_certificate(pki.demo, DEMO_CA_HEALTH);
    T_ERR(load(&sources, &fault), ERR_BAD_INPUT);
    T_HAS(fault.why, "by itself");
    static uint8_t cert[PKI_CERT_MAX];
    struct demo_leaf leaf = pki_person();
    roots[0] = pki_leaf(&pki, &leaf, cert);
    T_ERR(load(&sources, &fault), ERR_BAD_INPUT);
    T_HAS(fault.why, "no CA");
    pki_close(&pki);
    pki_close(&other);
}

TEST(pem_is_as_good_as_der_and_may_hold_several)
{
    struct pki pki;
    pki_open(&pki);
    static uint8_t text[3][16 * 1024];
    struct writer issuers = writer_on(text[0], sizeof text[0]);
    struct writer root = writer_on(text[1], sizeof text[1]);
    struct writer crls = writer_on(text[2], sizeof text[2]);
    demo_pem_print("CERTIFICATE", demo_pki_certificate(pki.demo, DEMO_CA_HEALTH), &issuers);
    demo_pem_print("CERTIFICATE", demo_pki_certificate(pki.demo, DEMO_CA_CITIZEN), &issuers);
    demo_pem_print("CERTIFICATE", demo_pki_certificate(pki.demo, DEMO_CA_ROOT), &root);
    demo_pem_print("X509 CRL", pki.crls[0], &crls);
    demo_pem_print("X509 CRL", pki.crls[1], &crls);
    struct bytes root_text = writer_bytes(&root), crl_text = writer_bytes(&crls);
    struct proof_issuer both = {writer_bytes(&issuers), PROOF_CARD_PERSON};
    struct proof_sources sources = {.roots = &root_text,
                                    .roots_count = 1,
                                    .issuers = &both,
                                    .issuers_count = 1,
                                    .crls = &crl_text,
                                    .crls_count = 1,
                                    .dev = true};
    struct proof_fault fault;
    T_OK(load(&sources, &fault));
    text[0][100] = '!';
    T_ERR(load(&sources, &fault), ERR_BAD_INPUT);
    T_HAS(fault.why, "PEM");
    root_text = BYTES_LITERAL("no certificate");
    T_ERR(load(&sources, &fault), ERR_BAD_INPUT);
    pki_close(&pki);
}

TEST(without_a_fresh_list_nobody_gets_in)
{
    static uint8_t bytes[PKI_CRL_MAX];
    struct pki pki;
    pki_open(&pki);
    struct demo_leaf leaf = pki_person();
    struct demo_crl crl = list_of();
    struct bytes der = pki_crl(&pki, &crl, bytes, sizeof bytes);
    const int64_t now = PKI_NOW_MS, end = now + HOUR_MS;
    T_EQ_STR(verdict(&pki, &leaf, &der, 1, 0, now), "good");
    T_EQ_STR(verdict(&pki, &leaf, NULL, 0, 0, now), "revocation_unavailable");
    T_EQ_STR(verdict(&pki, &leaf, &pki.crls[1], 1, 0, now), "revocation_unavailable");
    T_EQ_STR(verdict(&pki, &leaf, &der, 1, 0, end - 1000), "good");
    T_EQ_STR(verdict(&pki, &leaf, &der, 1, 0, end), "revocation_unavailable");
    T_EQ_STR(verdict(&pki, &leaf, &der, 1, 600, end + 599000), "good");
    T_EQ_STR(verdict(&pki, &leaf, &der, 1, 600, end + 600000), "revocation_unavailable");
    leaf.serial = 666; /* a stale list still tells who is revoked */
    T_EQ_STR(verdict(&pki, &leaf, &der, 1, 0, end), "revoked");
    pki_close(&pki);
}

TEST(a_partition_speaks_for_its_own_cards_only)
{
    static uint8_t bytes[PKI_CRL_MAX];
    struct pki pki;
    pki_open(&pki);
    struct demo_crl crl = list_of();
    crl.point = point; /* critical: mbedTLS's own reader refuses it */
    struct bytes der = pki_crl(&pki, &crl, bytes, sizeof bytes);
    struct demo_leaf leaf = pki_person();
    T_EQ_STR(verdict(&pki, &leaf, &der, 1, 0, PKI_NOW_MS), "revocation_unavailable");
    leaf.point = point;
    T_EQ_STR(verdict(&pki, &leaf, &der, 1, 0, PKI_NOW_MS), "good");
    leaf.serial = 666;
    T_EQ_STR(verdict(&pki, &leaf, &der, 1, 0, PKI_NOW_MS), "revoked");
    leaf.point = "http://crl.example.tw/HCA/p8.crl";
    T_EQ_STR(verdict(&pki, &leaf, &der, 1, 0, PKI_NOW_MS), "revocation_unavailable");
    pki_close(&pki);
}

TEST(of_two_lists_the_newer_one_counts)
{
    static uint8_t bytes[2][PKI_CRL_MAX];
    struct pki pki;
    pki_open(&pki);
    struct demo_crl crl = list_of();
    struct bytes ders[2];
    ders[0] = pki_crl(&pki, &crl, bytes[0], PKI_CRL_MAX);
    crl.serials_count = 0; /* taken off the list, and the list is newer */
    crl.next_update.ms += HOUR_MS;
    crl.number++;
    ders[1] = pki_crl(&pki, &crl, bytes[1], PKI_CRL_MAX);
    struct demo_leaf leaf = pki_person();
    leaf.serial = 666;
    T_EQ_STR(verdict(&pki, &leaf, ders, 2, 0, PKI_NOW_MS), "good");
    T_EQ_STR(verdict(&pki, &leaf, ders, 1, 0, PKI_NOW_MS), "revoked");
    pki_close(&pki);
}

TEST(a_list_must_be_signed_by_the_ca_it_names)
{
    static uint8_t bytes[PKI_CRL_MAX];
    struct pki pki, other;
    pki_open(&pki);
    pki_open_other(&other);
    struct demo_crl crl = list_of();
    crl.wrong_signer = true;
    struct bytes der = pki_crl(&pki, &crl, bytes, sizeof bytes);
    struct proof_sources sources = pki_sources(&pki, &der, 1);
    struct proof_fault fault;
    T_ERR(load(&sources, &fault), ERR_BAD_INPUT);
    T_EQ_STR(fault.list, "crl");
    T_HAS(fault.why, "signature");
    der = other.crls[0];
    T_ERR(load(&sources, &fault), ERR_BAD_INPUT);
    T_HAS(fault.why, "authority key");
    pki_close(&pki);
    pki_close(&other);
}

TEST(damaged_lists_are_refused_and_never_read_past_their_end)
{
    struct pki pki;
    pki_open(&pki);
    struct bytes whole = pki.crls[0], crl = whole;
    struct proof_sources sources = pki_sources(&pki, &crl, 1);
    struct proof_fault fault;
    T_OK(load(&sources, &fault));
    for (size_t size = 0; size < whole.size; size += 5) {
        uint8_t *exact = malloc(size + 1);
        memcpy(exact, whole.data, size);
        crl = bytes_of(exact, size);
        T_ERR(load(&sources, &fault), ERR_BAD_INPUT);
        free(exact);
    }
    crl = whole;
    for (size_t at = 0; at < whole.size; at += 11) {
        uint8_t *byte = (uint8_t *)whole.data + at;
        *byte ^= 0x21;
        T_ERR(load(&sources, &fault), ERR_BAD_INPUT);
        *byte ^= 0x21;
    }
    pki_close(&pki);
}

TEST(a_ca_on_its_roots_list_is_refused)
{
    static uint8_t bytes[PKI_CRL_MAX];
    struct pki pki;
    pki_open(&pki);
    static const uint64_t revoked[] = {DEMO_CA_CITIZEN + 1}; /* the serial demo_pki.c gives it */
    struct demo_crl carl = list_of();
    carl.ca = DEMO_CA_ROOT;
    struct bytes der = pki_crl(&pki, &carl, bytes, sizeof bytes);
    struct proof_sources sources = pki_sources(&pki, &der, 1);
    struct proof_fault fault;
    T_OK(load(&sources, &fault));
    carl.serials = revoked;
    der = pki_crl(&pki, &carl, bytes, sizeof bytes);
    T_ERR(load(&sources, &fault), ERR_DENIED);
    T_HAS(fault.why, "revoked");
    pki_close(&pki);
}

TEST(a_big_list_is_a_sorted_table)
{
    struct pki pki;
    pki_open(&pki);
    uint64_t *serials = malloc(BIG_LIST * sizeof *serials);
    for (uint64_t i = 0; i < BIG_LIST; i++) /* 1 to 8 bytes long, in no order */
        serials[i] = (i * UINT64_C(0x9e3779b97f4a7c15) | 1) >> i % 60;
    struct demo_crl crl = list_of();
    crl.serials = serials;
    crl.serials_count = BIG_LIST;
    size_t size = DEMO_CRL_FIXED + BIG_LIST * DEMO_CRL_EACH;
    uint8_t *bytes = malloc(size);
    struct bytes der = pki_crl(&pki, &crl, bytes, size);
    struct demo_leaf leaf = pki_person();
    for (size_t i = 0; i < BIG_LIST; i += BIG_LIST / 5) {
        leaf.serial = serials[i];
        if (leaf.serial == 0)
            continue;
        T_EQ_STR(verdict(&pki, &leaf, &der, 1, 0, PKI_NOW_MS), "revoked");
    }
    leaf.serial = UINT64_C(0x123456789abcdef0); /* even: not in it */
    T_EQ_STR(verdict(&pki, &leaf, &der, 1, 0, PKI_NOW_MS), "good");
    free(bytes);
    free(serials);
    pki_close(&pki);
}

TEST(the_next_update_is_the_earliest_of_the_issuers)
{
    struct pki pki;
    pki_open(&pki);
    struct proof_sources sources = pki_sources(&pki, pki.crls, 2);
    struct proof_trust *trust;
    struct proof_fault fault;
    T_OK(proof_trust_load(&sources, &trust, &fault));
    T_EQ_INT(proof_trust_next_update(trust).ms, PKI_NOW_MS + 24 * HOUR_MS);
    proof_trust_free(trust);
    sources.crls_count = 0;
    T_OK(proof_trust_load(&sources, &trust, &fault));
    T_EQ_INT(proof_trust_next_update(trust).ms, INT64_MAX);
    proof_trust_free(trust);
    sources.grace_s = 24 * 3600 + 1;
    T_ERR(load(&sources, &fault), ERR_BAD_INPUT);
    pki_close(&pki);
}

T_LIST(proof_trust_test, T(test_anchors_are_refused_outside_dev),
       T(an_issuer_hangs_from_a_given_root), T(pem_is_as_good_as_der_and_may_hold_several),
       T(without_a_fresh_list_nobody_gets_in), T(a_partition_speaks_for_its_own_cards_only),
       T(of_two_lists_the_newer_one_counts), T(a_list_must_be_signed_by_the_ca_it_names),
       T(damaged_lists_are_refused_and_never_read_past_their_end),
       T(a_ca_on_its_roots_list_is_refused), T(a_big_list_is_a_sorted_table),
       T(the_next_update_is_the_earliest_of_the_issuers));
