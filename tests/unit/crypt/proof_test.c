/* AUTH 5.1 rows 5 to 12 against certificates good and bad of a PKI made by mbedTLS's writer. */
#include "proof.h"
#include "base/check.h"
#include "cli/demo_keys.h"
#include "tests/lib/t.h"
#include "tests/unit/crypt/pki.h"
#include <mbedtls/sha256.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

static const char tbs_text[] = "EUSERVICE-CERT-LOGIN-V1\naud=https://localhost\nrole=person\n";

struct fixture {
    struct pki pki;
    struct proof_trust *trust;
    uint8_t cert[PKI_CERT_MAX], signature[512];
};

static struct fixture *fixture_open(void)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    pki_open(&fixture->pki);
    fixture->trust = pki_trust(&fixture->pki);
    return fixture;
}

static void fixture_close(struct fixture *fixture)
{
    proof_trust_free(fixture->trust);
    pki_close(&fixture->pki);
    free(fixture);
}

static struct proof_request request_of(struct fixture *fixture, const struct demo_leaf *leaf)
{
    struct bytes tbs = bytes_from_text(tbs_text);
    return (struct proof_request){.role = PRINCIPAL_PERSON,
                                  .tbs = tbs,
                                  .certificate = pki_leaf(&fixture->pki, leaf, fixture->cert),
                                  .signature = pki_sign(&fixture->pki, tbs, fixture->signature),
                                  .now = {PKI_NOW_MS}};
}

static const char *verdict_of(struct fixture *fixture, const struct proof_request *request)
{
    struct proof_result result;
    proof_check(fixture->trust, request, &result);
    return proof_verdict_name(result.verdict);
}

TEST(a_good_card_is_good_and_says_who_it_is)
{
    struct fixture *fixture = fixture_open();
    struct demo_leaf leaf = pki_person();
    struct proof_request request = request_of(fixture, &leaf);
    struct proof_result result;
    proof_check(fixture->trust, &request, &result);
    T_EQ_STR(proof_verdict_name(result.verdict), "good");
    T_EQ_STR(result.cn, "林青禾");
    T_EQ_STR(result.subject_serial, "0000000123456789");
    T_EQ_STR(result.tail, "6789");
    T_EQ_STR(result.o, "");
    T_EQ_INT(result.card, PROOF_CARD_PERSON);
    T_EQ_UINT(result.crl_number, 12);
    T_EQ_UINT(result.authority_size, 20);
    T_FALSE(result.reversed);
    T_FALSE(result.grace_used);
    static const uint8_t serial[] = {0x03, 0xe9};
    T_EQ_BYTES(bytes_of(result.serial, result.serial_size), bytes_of(serial, sizeof serial));
    uint8_t want[32];
    mbedtls_sha256(request.certificate.data, request.certificate.size, want, 0);
    T_EQ_MEM(result.fingerprint, want, sizeof want);
    fixture_close(fixture);
}

TEST(a_renewed_card_has_the_same_binding_another_subject_another)
{
    struct fixture *fixture = fixture_open();
    struct demo_leaf leaf = pki_person();
    struct proof_result first, renewed, other;
    struct proof_request request = request_of(fixture, &leaf);
    proof_check(fixture->trust, &request, &first);
    leaf.serial = 2002;
    request = request_of(fixture, &leaf);
    proof_check(fixture->trust, &request, &renewed);
    leaf.subject_serial = "0000000123456780";
    request = request_of(fixture, &leaf);
    proof_check(fixture->trust, &request, &other);
    T_FALSE(digest_is_none(&first.binding));
    T_TRUE(digest_equal(&first.binding, &renewed.binding));
    T_FALSE(digest_equal(&first.binding, &other.binding));
    T_TRUE(memcmp(first.fingerprint, renewed.fingerprint, 32) != 0);
    fixture_close(fixture);
}

TEST(each_bad_card_gets_its_own_verdict)
{
    static const struct {
        enum demo_flaw flaw;
        const char *verdict;
    } rows[] = {
        {DEMO_FLAW_NONE, "good"},
        {DEMO_FLAW_EXPIRED, "cert_expired"},
        {DEMO_FLAW_NOT_YET, "cert_expired"},
        {DEMO_FLAW_WRONG_USAGE, "cert_usage"},
        {DEMO_FLAW_NO_USAGE, "cert_usage"},
        {DEMO_FLAW_IS_CA, "cert_usage"},
        {DEMO_FLAW_CRITICAL, "cert_usage"},
        {DEMO_FLAW_POLICY, "cert_policy"},
        {DEMO_FLAW_NO_ATTRIBUTES, "card_kind"},
        {DEMO_FLAW_SHA1, "cert_alg"},
        {DEMO_FLAW_NO_AUTHORITY, "cert_chain"},
        {DEMO_FLAW_OTHER_CA, "cert_chain"},
        {DEMO_FLAW_OTHER_SIGNER, "cert_chain"},
        {DEMO_FLAW_JUNK, "cert_parse"},
        {DEMO_FLAW_NO_SERIAL, "cert_parse"},
    };
    struct fixture *fixture = fixture_open();
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct demo_leaf leaf = pki_person();
        leaf.flaw = rows[i].flaw;
        struct proof_request request = request_of(fixture, &leaf);
        T_EQ_STR(verdict_of(fixture, &request), rows[i].verdict);
    }
    fixture_close(fixture);
}

TEST(a_short_key_and_an_ec_key_are_refused)
{
    struct fixture *fixture = fixture_open();
    struct demo_leaf leaf = pki_person();
    mbedtls_pk_context keys[2];
    T_OK(demo_key_rsa(&keys[0], 1024));
    T_OK(demo_key_p256(&keys[1]));
    for (size_t i = 0; i < 2; i++) {
        struct proof_request request = request_of(fixture, &leaf);
        T_OK(demo_pki_leaf(fixture->pki.demo, &leaf, &keys[i], fixture->cert, PKI_CERT_MAX,
                           &request.certificate));
        T_EQ_STR(verdict_of(fixture, &request), "cert_alg");
        mbedtls_pk_free(&keys[i]);
    }
    fixture_close(fixture);
}

TEST(only_the_right_card_signs_in_as_what_it_is)
{
    static const enum demo_ca cas[] = {DEMO_CA_HEALTH, DEMO_CA_HEALTH, DEMO_CA_CITIZEN};
    static const enum proof_card cards[] = {PROOF_CARD_PERSON, PROOF_CARD_INSTITUTION,
                                            PROOF_CARD_CITIZEN};
    static const enum principal_kind roles[] = {PRINCIPAL_PERSON, PRINCIPAL_INSTITUTION,
                                                PRINCIPAL_BUREAU, PRINCIPAL_OPS};
    struct fixture *fixture = fixture_open();
    for (size_t card = 0; card < 3; card++)
        for (size_t role = 0; role < 4; role++) {
            struct demo_leaf leaf = pki_person();
            leaf.ca = cas[card];
            leaf.card = cards[card];
            leaf.place = "花蓮縣";
            struct proof_request request = request_of(fixture, &leaf);
            request.role = roles[role];
            bool fits = role == card || (card == 2 && role == 3);
            T_EQ_STR(verdict_of(fixture, &request), fits ? "good" : "card_kind");
        }
    fixture_close(fixture);
}

TEST(a_ca_does_not_issue_cards_of_another_kind)
{
    struct fixture *fixture = fixture_open();
    struct demo_leaf leaf = pki_person();
    leaf.ca = DEMO_CA_CITIZEN; /* a citizen CA's certificate that says: medical person */
    struct proof_request request = request_of(fixture, &leaf);
    T_EQ_STR(verdict_of(fixture, &request), "card_kind");
    fixture_close(fixture);
}

TEST(an_institution_tells_its_name_and_county)
{
    struct fixture *fixture = fixture_open();
    struct demo_leaf leaf = pki_person();
    leaf.card = PROOF_CARD_INSTITUTION;
    leaf.name = "青禾, 澄河\"聯合\"紀念醫院";
    leaf.place = "花蓮縣";
    leaf.tail = NULL;
    leaf.critical_attributes = true;
    struct proof_request request = request_of(fixture, &leaf);
    request.role = PRINCIPAL_INSTITUTION;
    struct proof_result result;
    proof_check(fixture->trust, &request, &result);
    T_EQ_STR(proof_verdict_name(result.verdict), "good");
    T_EQ_STR(result.o, "青禾, 澄河\"聯合\"紀念醫院");
    T_EQ_STR(result.l, "花蓮縣");
    T_EQ_STR(result.tail, "");
    fixture_close(fixture);
}

TEST(the_signature_counts_as_given_and_reversed_and_no_other_way)
{
    struct fixture *fixture = fixture_open();
    struct demo_leaf leaf = pki_person();
    struct proof_request request = request_of(fixture, &leaf);
    uint8_t reversed[512];
    for (size_t i = 0; i < request.signature.size; i++)
        reversed[i] = request.signature.data[request.signature.size - 1 - i];
    struct proof_request backwards = request;
    backwards.signature = bytes_of(reversed, request.signature.size);
    struct proof_result result;
    proof_check(fixture->trust, &backwards, &result);
    T_EQ_STR(proof_verdict_name(result.verdict), "good");
    T_TRUE(result.reversed);

    fixture->signature[7] ^= 1;
    proof_check(fixture->trust, &request, &result);
    T_EQ_STR(proof_verdict_name(result.verdict), "signature");
    T_FALSE(digest_is_none(&result.binding)); /* the failure counts against this subject */
    fixture->signature[7] ^= 1;
    struct proof_request other = request;
    other.tbs = BYTES_LITERAL("EUSERVICE-CERT-LOGIN-V1\naud=https://elsewhere\n");
    T_EQ_STR(verdict_of(fixture, &other), "signature");
    other = request;
    other.signature.size--;
    T_EQ_STR(verdict_of(fixture, &other), "signature");
    other.signature.size = 0;
    T_EQ_STR(verdict_of(fixture, &other), "signature");
    fixture_close(fixture);
}

TEST(the_times_of_a_card_have_five_minutes_at_the_front_only)
{
    static const struct {
        int64_t now_ms;
        const char *verdict;
    } rows[] = {
        /* EXPIRED ends a day before, NOT_YET begins a day after PKI_NOW_MS */
        {PKI_NOW_MS + 24 * HOUR_MS - 5 * MINUTE_MS, "good"},
        {PKI_NOW_MS + 24 * HOUR_MS - 5 * MINUTE_MS - 1000, "cert_expired"},
    };
    struct fixture *fixture = fixture_open();
    struct demo_leaf leaf = pki_person();
    leaf.flaw = DEMO_FLAW_NOT_YET;
    struct proof_request request = request_of(fixture, &leaf);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        request.now.ms = rows[i].now_ms;
        T_EQ_STR(verdict_of(fixture, &request), rows[i].verdict);
    }
    leaf.flaw = DEMO_FLAW_EXPIRED;
    request = request_of(fixture, &leaf);
    request.now.ms = PKI_NOW_MS - 24 * HOUR_MS;
    T_EQ_STR(verdict_of(fixture, &request),
             "revocation_unavailable"); /* valid; the CRL is younger */
    request.now.ms += 1000;
    T_EQ_STR(verdict_of(fixture, &request), "cert_expired");
    fixture_close(fixture);
}

TEST(a_revoked_card_is_revoked)
{
    struct fixture *fixture = fixture_open();
    struct demo_leaf leaf = pki_person();
    leaf.serial = 666;
    struct proof_request request = request_of(fixture, &leaf);
    T_EQ_STR(verdict_of(fixture, &request), "revoked");
    leaf.ca = DEMO_CA_CITIZEN; /* the same number of another CA is not meant */
    leaf.card = PROOF_CARD_CITIZEN;
    request = request_of(fixture, &leaf);
    request.role = PRINCIPAL_BUREAU;
    T_EQ_STR(verdict_of(fixture, &request), "good");
    fixture_close(fixture);
}

TEST(the_first_failing_row_speaks)
{
    /* Everything is wrong with this one; each repaired fault uncovers the next row. */
    struct fixture *fixture = fixture_open();
    struct demo_leaf leaf = pki_person();
    leaf.serial = 666;
    struct proof_request request = request_of(fixture, &leaf);
    request.role = PRINCIPAL_BUREAU;
    request.tbs = BYTES_LITERAL("other");
    T_EQ_STR(verdict_of(fixture, &request), "card_kind");
    request.role = PRINCIPAL_PERSON;
    T_EQ_STR(verdict_of(fixture, &request), "signature");
    request.tbs = bytes_from_text(tbs_text);
    T_EQ_STR(verdict_of(fixture, &request), "revoked");
    fixture_close(fixture);
}

TEST(every_cut_and_many_changed_bytes_of_a_certificate_are_refused)
{
    struct fixture *fixture = fixture_open();
    struct demo_leaf leaf = pki_person();
    struct proof_request request = request_of(fixture, &leaf);
    struct bytes whole = request.certificate;
    for (size_t size = 0; size < whole.size; size += 7) {
        request.certificate = bytes_slice(whole, 0, size);
        T_EQ_STR(verdict_of(fixture, &request), "cert_parse");
    }
    uint8_t *byte = (uint8_t *)whole.data, longer[PKI_CERT_MAX];
    for (size_t at = 0; at < whole.size; at += 3) {
        request.certificate = whole;
        byte[at] ^= 0x41;
        T_TRUE(strcmp(verdict_of(fixture, &request), "good") != 0);
        byte[at] ^= 0x41;
    }
    memcpy(longer, whole.data, whole.size);
    longer[whole.size] = 0;
    request.certificate = bytes_of(longer, whole.size + 1);
    T_EQ_STR(verdict_of(fixture, &request), "cert_parse");
    request.certificate = (struct bytes){0};
    T_EQ_STR(verdict_of(fixture, &request), "cert_parse");
    fixture_close(fixture);
}

struct runner {
    const struct proof_trust *trust;
    const struct proof_request *request;
    int good;
};

static void *runner_run(void *context)
{
    struct runner *runner = context;
    for (int i = 0; i < 20; i++) {
        struct proof_result result;
        proof_check(runner->trust, runner->request, &result);
        runner->good += result.verdict == PROOF_GOOD;
    }
    return NULL;
}

TEST(several_threads_share_one_trust)
{
    struct fixture *fixture = fixture_open();
    struct demo_leaf leaf = pki_person();
    struct proof_request request = request_of(fixture, &leaf);
    pthread_t threads[4];
    struct runner runners[4];
    for (size_t i = 0; i < 4; i++) {
        runners[i] = (struct runner){fixture->trust, &request, 0};
        T_EQ_INT(pthread_create(&threads[i], NULL, runner_run, &runners[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        T_EQ_INT(pthread_join(threads[i], NULL), 0);
        T_EQ_INT(runners[i].good, 20);
    }
    fixture_close(fixture);
}

T_LIST(proof_test, T(a_good_card_is_good_and_says_who_it_is),
       T(a_renewed_card_has_the_same_binding_another_subject_another),
       T(each_bad_card_gets_its_own_verdict), T(a_short_key_and_an_ec_key_are_refused),
       T(only_the_right_card_signs_in_as_what_it_is), T(a_ca_does_not_issue_cards_of_another_kind),
       T(an_institution_tells_its_name_and_county),
       T(the_signature_counts_as_given_and_reversed_and_no_other_way),
       T(the_times_of_a_card_have_five_minutes_at_the_front_only), T(a_revoked_card_is_revoked),
       T(the_first_failing_row_speaks),
       T(every_cut_and_many_changed_bytes_of_a_certificate_are_refused),
       T(several_threads_share_one_trust));
