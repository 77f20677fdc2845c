#include "cli/demo_cast.h"
#include "base/check.h"
#include "cli/demo_cards.h"
#include "cli/demo_keys.h"
#include "cli/demo_pki.h"
#include "cli/demo_words.h"
#include "model/codes.h"
#include "proof.h"
#include "registry/facts_build.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PER_INSTITUTION_MAX = 4 };
#define OFFICER_ID (UINT64_C(0x0f1ce) << 40)

/* ---- officers ---- */

static void officer_name(struct prng *prng, char *out, size_t room)
{
    const char *surname = demo_word(&demo_surnames, prng);
    const struct demo_words *given = prng_below(prng, 2) == 0 ? &demo_given_her : &demo_given_his;
    const char *first = demo_word(given, prng);
    (void)snprintf(out, room, "%s%s%s", surname, first, demo_word(given, prng));
}

static struct demo_identity *identity_new(struct demo_cast *cast, const char *role)
{
    CHECK(cast->identities_count < DEMO_IDENTITIES_MAX);
    struct demo_identity *identity = &cast->identities[cast->identities_count];
    identity->role = role;
    (void)snprintf(identity->file, sizeof identity->file, "%s-%02zu", role,
                   cast->identities_count + 1);
    struct prng prng;
    prng_seed(&prng, cast->seed * 1000 + cast->identities_count);
    (void)snprintf(identity->pin, sizeof identity->pin, "%06llu",
                   100000ULL + prng_below(&prng, 900000));
    (void)snprintf(identity->nhi_card_no, sizeof identity->nhi_card_no, "0000%08llu",
                   (unsigned long long)prng_below(&prng, 100000000));
    cast->identities_count++;
    return identity;
}

enum err demo_cast_make(uint64_t seed, struct wall now, struct demo_cast **out)
{
    struct demo_cast *cast = calloc(1, sizeof *cast);
    if (cast == NULL) {
        return ERR_NO_MEMORY;
    }
    struct prng prng;
    prng_seed(&prng, seed ^ UINT64_C(0x0ff1ce));
    cast->seed = seed;
    cast->now = now;
    for (size_t i = 0; i < codes_counties_count && i < CAST_REVIEWERS; i++) {
        struct demo_reviewer *reviewer = &cast->reviewers[cast->reviewers_count++];
        reviewer->county = codes_counties[i].code;
        reviewer->principal = (struct principal){.kind = PRINCIPAL_BUREAU,
                                                 .method = METHOD_HCA,
                                                 .rights = RIGHTS_ALL,
                                                 .person = OFFICER_ID + i + 1,
                                                 .county = codes_counties[i].code,
                                                 .session = i + 1};
        officer_name(&prng, reviewer->principal.name, sizeof reviewer->principal.name);
    }
    *out = cast;
    return ERR_OK;
}

void demo_cast_free(struct demo_cast *cast)
{
    if (cast == NULL) {
        return;
    }
    for (size_t i = 0; i < cast->keys_count; i++) {
        mbedtls_pk_free(&cast->keys[i]);
    }
    for (size_t i = 0; i < cast->identities_count; i++) {
        free((void *)(uintptr_t)cast->identities[i].certificate.data);
    }
    free(cast->keys);
    free(cast);
}

/* ---- places and people ---- */

static const struct {
    const char *type;
    uint8_t count;
} wanted[] = {{"醫學中心", 3}, {"區域醫院", 4},   {"地區醫院", 4}, {"診所", 5},    {"藥局", 3},
              {"居家護理", 2}, {"物理治療所", 1}, {"檢驗所", 1},   {"康復之家", 1}};

static bool county_taken(const struct demo_cast *cast, const struct facts *facts, size_t from,
                         uint32_t county)
{
    for (size_t i = from; i < cast->favoured_count; i++) {
        if (facts_institution(facts, cast->favoured[i])->county == county) {
            return true;
        }
    }
    return false;
}

void demo_cast_places(struct demo_cast *cast, const struct facts *facts)
{
    size_t count = facts_institution_count(facts);
    for (size_t w = 0; w < ARRAY_COUNT(wanted); w++) {
        int type = institution_type_find(bytes_from_text(wanted[w].type));
        size_t begun = cast->favoured_count;
        for (size_t i = 0; i < count && cast->favoured_count < begun + wanted[w].count; i++) {
            const struct institution *place = facts_institution_at(facts, i);
            /* One a county and kind, so that a visitor meets several bureaus. */
            if (place->type == type && place->status == PLACE_OPEN &&
                !county_taken(cast, facts, begun, place->county) &&
                cast->favoured_count < CAST_INSTITUTIONS) {
                cast->favoured[cast->favoured_count++] = place->id;
            }
        }
    }
}

enum err demo_cast_offer(struct demo_cast *cast, const struct person_import *row, uint64_t id)
{
    const struct profession *profession = profession_find(row->profession);
    if (cast->people_count == CAST_PEOPLE || row->status != PERSON_PRACTISING || !row->main ||
        profession == NULL || !profession->may_file) {
        return ERR_OK;
    }
    size_t place = 0;
    while (place < cast->favoured_count && cast->favoured[place] != row->home) {
        place++;
    }
    if (place == cast->favoured_count || cast->people_of[place] == PER_INSTITUTION_MAX) {
        return ERR_OK;
    }
    for (size_t i = 0; i < cast->people_count; i++) {
        if (cast->people[i].home == row->home && cast->people[i].profession == row->profession) {
            return ERR_OK; /* different trades are more to look at */
        }
    }
    struct demo_person *person = &cast->people[cast->people_count++];
    cast->people_of[place]++;
    person->id = id;
    person->home = row->home;
    person->profession = row->profession;
    (void)snprintf(person->name, sizeof person->name, "%.*s", (int)row->name.size,
                   (const char *)row->name.data);
    (void)snprintf(person->id_no, sizeof person->id_no, "%.*s", (int)row->id_no.size,
                   (const char *)row->id_no.data);
    (void)snprintf(person->mobile, sizeof person->mobile, "%.*s", (int)row->mobile.size,
                   row->mobile.size > 0 ? (const char *)row->mobile.data : "");
    return ERR_OK;
}

/* ---- cards ---- */

static void identities_fill(struct demo_cast *cast, const struct facts *facts)
{
    for (size_t i = 0; i < cast->favoured_count; i++) {
        const struct institution *place = facts_institution(facts, cast->favoured[i]);
        struct demo_identity *identity = identity_new(cast, "institution");
        (void)snprintf(identity->name, sizeof identity->name, "%.*s", (int)place->name.size,
                       (const char *)place->name.data);
        institution_code_print(place->id, identity->institution);
        cast->county_of[i] = place->county;
        identity->nhi_card_no[0] = '\0';
    }
    for (size_t i = 0; i < cast->reviewers_count; i++) {
        struct demo_identity *identity = identity_new(cast, "bureau");
        (void)snprintf(identity->name, sizeof identity->name, "%s",
                       cast->reviewers[i].principal.name);
        identity->county = cast->reviewers[i].county;
        identity->nhi_card_no[0] = '\0';
    }
    for (size_t i = 0; i < cast->people_count; i++) {
        struct demo_identity *identity = identity_new(cast, "person");
        (void)snprintf(identity->name, sizeof identity->name, "%s", cast->people[i].name);
        (void)snprintf(identity->id_no, sizeof identity->id_no, "%s", cast->people[i].id_no);
        (void)snprintf(identity->mobile, sizeof identity->mobile, "%s", cast->people[i].mobile);
        institution_code_print(cast->people[i].home, identity->institution);
    }
    struct demo_identity *identity = identity_new(cast, "ops");
    struct prng prng;
    prng_seed(&prng, cast->seed ^ UINT64_C(0x0b5));
    officer_name(&prng, identity->name, sizeof identity->name);
    identity->nhi_card_no[0] = '\0';
}

struct making {
    struct demo_cast *cast;
    struct rig *rig;
    const char *directory;
    struct demo_pki *pki;
    struct proof_trust *trust;
};

enum { SERIAL_FIRST = 1000, SERIAL_BAD = 9000, VALID_DAYS = 365 };

static enum err leaf_make(const struct making *making, const struct demo_leaf *leaf,
                          const mbedtls_pk_context *key, struct bytes *out)
{
    uint8_t *room = malloc(DEMO_CERT_MAX * 4);
    struct bytes der;
    if (room == NULL) {
        return ERR_NO_MEMORY;
    }
    enum err err = demo_pki_leaf(making->pki, leaf, key, room, (size_t)DEMO_CERT_MAX * 4, &der);
    if (err == ERR_OK) {
        memmove(room, der.data, der.size);
        *out = bytes_of(room, der.size);
        return ERR_OK;
    }
    free(room);
    return err;
}

static struct demo_leaf leaf_of(const struct demo_cast *cast, const struct facts *facts,
                                size_t index, char serial[17])
{
    const struct demo_identity *identity = &cast->identities[index];
    bool citizen = strcmp(identity->role, "bureau") == 0 || strcmp(identity->role, "ops") == 0;
    bool institution = strcmp(identity->role, "institution") == 0;
    (void)snprintf(serial, 17, "%016llu", 2026000000000000ull + index + 1);
    struct demo_leaf leaf = {.ca = citizen ? DEMO_CA_CITIZEN : DEMO_CA_HEALTH,
                             .card = citizen       ? PROOF_CARD_CITIZEN
                                     : institution ? PROOF_CARD_INSTITUTION
                                                   : PROOF_CARD_PERSON,
                             .name = identity->name,
                             .subject_serial = serial,
                             .tail = identity->id_no[0] != '\0' ? identity->id_no + 6 : NULL,
                             .serial = SERIAL_FIRST + index};
    if (institution) {
        const struct institution *place = facts_institution(facts, cast->favoured[index]);
        leaf.place = county_find(place->county)->zh;
    }
    return leaf;
}

static enum err send(struct rig *rig, struct letter *letter)
{
    letter->msg.to = ADDR_AUTH;
    letter->msg.principal = (struct principal){.kind = PRINCIPAL_SYSTEM, .method = METHOD_SYSTEM};
    return rig_ask(rig, letter, NULL, NULL) == OUTCOME_OK ? ERR_OK : ERR_READ_ONLY;
}

static enum err enrol_officer(const struct making *making, enum card_role role, uint64_t subject,
                              uint32_t county, const char *name)
{
    struct letter *letter = letter_new();
    if (letter == NULL) {
        return ERR_NO_MEMORY;
    }
    letter->msg.kind = MSG_ENROL;
    letter->msg.u.enrol.role = role;
    letter->msg.u.enrol.subject = subject;
    letter->msg.u.enrol.county = county;
    letter->msg.u.enrol.name = arena_copy(&letter->arena, bytes_from_text(name));
    return send(making->rig, letter);
}

static enum err bind_card(const struct making *making, const struct digest *binding,
                          enum card_role role, uint64_t subject)
{
    struct letter *letter = letter_new();
    if (letter == NULL) {
        return ERR_NO_MEMORY;
    }
    letter->msg.kind = MSG_CARD_BIND;
    letter->msg.u.bind.card = *binding;
    letter->msg.u.bind.role = role;
    letter->msg.u.bind.subject = subject;
    return send(making->rig, letter);
}

/* The registration authority's table, as an import would bring it (AUTH 5.3, 2). */
static enum err identity_bind(const struct making *making, size_t index)
{
    struct demo_cast *cast = making->cast;
    const struct demo_identity *identity = &cast->identities[index];
    struct proof_request request = {
        .role = PRINCIPAL_PERSON, .certificate = identity->certificate, .now = cast->now};
    struct proof_result *found = calloc(1, sizeof *found);
    if (found == NULL) {
        return ERR_NO_MEMORY;
    }
    proof_check(making->trust, &request, found);
    struct digest binding = found->binding;
    free(found);
    CHECK(!digest_is_none(&binding));
    size_t reviewers_at = cast->favoured_count;
    size_t people_at = reviewers_at + cast->reviewers_count;
    size_t ops_at = people_at + cast->people_count;
    if (index < reviewers_at) {
        return bind_card(making, &binding, ROLE_INSTITUTION, cast->favoured[index]);
    }
    if (index < people_at) {
        const struct demo_reviewer *reviewer = &cast->reviewers[index - reviewers_at];
        enum err err = enrol_officer(making, ROLE_BUREAU, reviewer->principal.person,
                                     reviewer->county, identity->name);
        return err != ERR_OK ? err
                             : bind_card(making, &binding, ROLE_BUREAU, reviewer->principal.person);
    }
    if (index < ops_at) {
        return bind_card(making, &binding, ROLE_PERSON, cast->people[index - people_at].id);
    }
    enum err err = enrol_officer(making, ROLE_OPS, OFFICER_ID, 0, identity->name);
    return err != ERR_OK ? err : bind_card(making, &binding, ROLE_BUREAU, OFFICER_ID);
}

static enum err identity_make(const struct making *making, size_t index)
{
    struct demo_identity *identity = &making->cast->identities[index];
    char serial[17];
    char name[80];
    struct demo_leaf leaf = leaf_of(making->cast, rig_facts(making->rig), index, serial);
    identity->key = &making->cast->keys[DEMO_PKI_KEYS + index];
    enum err err = leaf_make(making, &leaf, identity->key, &identity->certificate);
    if (err == ERR_OK) {
        (void)snprintf(name, sizeof name, "cards/%s.pem", identity->file);
        err = demo_write_pem(making->directory, name, "CERTIFICATE", identity->certificate);
    }
    if (err == ERR_OK) {
        (void)snprintf(name, sizeof name, "cards/%s.key", identity->file);
        err = demo_write_key(making->directory, name, identity->key);
    }
    return err == ERR_OK ? identity_bind(making, index) : err;
}

/* Cards that must be refused, for those who test a log-in: the first person's, each with one flaw
 * and the key of his good one (cards/bad-NAME.pem). */
static enum err bad_cards(const struct making *making)
{
    static const struct {
        const char *name;
        enum demo_flaw flaw;
        uint64_t serial;
    } bad[] = {{"expired", DEMO_FLAW_EXPIRED, SERIAL_BAD + 1},
               {"not-yet", DEMO_FLAW_NOT_YET, SERIAL_BAD + 2},
               {"usage", DEMO_FLAW_WRONG_USAGE, SERIAL_BAD + 3},
               {"policy", DEMO_FLAW_POLICY, SERIAL_BAD + 4},
               {"other-ca", DEMO_FLAW_OTHER_CA, SERIAL_BAD + 5},
               {"sha1", DEMO_FLAW_SHA1, SERIAL_BAD + 6},
               {"revoked", DEMO_FLAW_NONE, SERIAL_BAD + 7}};
    struct demo_cast *cast = making->cast;
    size_t person = cast->favoured_count + cast->reviewers_count;
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < ARRAY_COUNT(bad); i++) {
        char serial[17];
        char name[80];
        struct bytes der = {0};
        struct demo_leaf leaf = leaf_of(cast, rig_facts(making->rig), person, serial);
        leaf.flaw = bad[i].flaw;
        leaf.serial = bad[i].serial;
        err = leaf_make(making, &leaf, cast->identities[person].key, &der);
        if (err == ERR_OK) {
            (void)snprintf(name, sizeof name, "cards/bad-%s.pem", bad[i].name);
            err = demo_write_pem(making->directory, name, "CERTIFICATE", der);
        }
        free((void *)(uintptr_t)der.data);
    }
    return err;
}

static enum err list_make(const struct making *making, enum demo_ca ca, const char *name,
                          uint8_t *room, size_t capacity, struct bytes *der)
{
    static const uint64_t revoked[] = {SERIAL_BAD + 7};
    struct demo_crl list = {
        .ca = ca,
        .serials = revoked,
        .serials_count = ca == DEMO_CA_HEALTH ? 1 : 0,
        .this_update = {making->cast->now.ms - 3600 * 1000},
        .next_update = {making->cast->now.ms + (int64_t)VALID_DAYS * 24 * 3600 * 1000},
        .number = 1};
    enum err err = demo_pki_crl(making->pki, &list, room, capacity, der);
    return err != ERR_OK ? err : demo_write_pem(making->directory, name, "X509 CRL", *der);
}

/* Anchors and lists into DIR/pki, and the same as a trust to read cards with. */
static enum err anchors(struct making *making)
{
    static uint8_t room[2][DEMO_CRL_FIXED + 4 * DEMO_CRL_EACH];
    struct bytes crls[2];
    struct bytes root = demo_pki_certificate(making->pki, DEMO_CA_ROOT);
    struct proof_issuer issuers[] = {
        {demo_pki_certificate(making->pki, DEMO_CA_HEALTH),
         PROOF_CARD_PERSON | PROOF_CARD_INSTITUTION},
        {demo_pki_certificate(making->pki, DEMO_CA_CITIZEN), PROOF_CARD_CITIZEN}};
    const char *directory = making->directory;
    enum err err = demo_write_pem(directory, "pki/root.pem", "CERTIFICATE", root);
    err = err == ERR_OK
              ? demo_write_pem(directory, "pki/health.pem", "CERTIFICATE", issuers[0].file)
              : err;
    err = err == ERR_OK
              ? demo_write_pem(directory, "pki/citizen.pem", "CERTIFICATE", issuers[1].file)
              : err;
    err = err == ERR_OK ? list_make(making, DEMO_CA_HEALTH, "pki/health.crl", room[0],
                                    sizeof room[0], &crls[0])
                        : err;
    err = err == ERR_OK ? list_make(making, DEMO_CA_CITIZEN, "pki/citizen.crl", room[1],
                                    sizeof room[1], &crls[1])
                        : err;
    if (err != ERR_OK) {
        return err;
    }
    struct proof_sources sources = {.roots = &root,
                                    .roots_count = 1,
                                    .issuers = issuers,
                                    .issuers_count = ARRAY_COUNT(issuers),
                                    .crls = crls,
                                    .crls_count = ARRAY_COUNT(crls),
                                    .dev = true};
    struct proof_fault fault = {0};
    err = proof_trust_load(&sources, &making->trust, &fault);
    if (err != ERR_OK) {
        (void)fprintf(stderr, "seed-demo: %s: %s\n", fault.list, fault.why);
    }
    return err;
}

static enum err server_certificate(const struct making *making)
{
    static uint8_t room[DEMO_CERT_MAX];
    mbedtls_pk_context key;
    struct bytes der;
    enum err err = demo_key_p256(&key);
    if (err == ERR_OK) {
        err = demo_pki_server(making->pki, &key, room, sizeof room, &der);
        err = err == ERR_OK
                  ? demo_write_pem(making->directory, "pki/server.pem", "CERTIFICATE", der)
                  : err;
        err = err == ERR_OK ? demo_write_key(making->directory, "pki/server.key", &key) : err;
    }
    mbedtls_pk_free(&key);
    return err != ERR_OK ? err
                         : demo_write_pem(making->directory, "pki/server-ca.pem", "CERTIFICATE",
                                          demo_pki_certificate(making->pki, DEMO_CA_SERVER));
}

enum err demo_cast_cards(struct demo_cast *cast, struct rig *rig, const char *directory)
{
    struct making making = {.cast = cast, .rig = rig, .directory = directory};
    mbedtls_pk_context authority[DEMO_PKI_KEYS];
    identities_fill(cast, rig_facts(rig));
    size_t count = DEMO_PKI_KEYS + cast->identities_count;
    cast->keys = calloc(count, sizeof *cast->keys);
    if (cast->keys == NULL) {
        return ERR_NO_MEMORY;
    }
    enum err err = demo_keys_rsa(cast->keys, count, 2048);
    if (err != ERR_OK) {
        return err;
    }
    cast->keys_count = count;
    for (size_t i = 0; i < DEMO_PKI_KEYS; i++) {
        authority[i] = cast->keys[i]; /* taken over by the PKI */
        mbedtls_pk_init(&cast->keys[i]);
    }
    err = demo_pki_make(cast->now, authority, &making.pki);
    err = err == ERR_OK ? server_certificate(&making) : err;
    err = err == ERR_OK ? anchors(&making) : err;
    for (size_t i = 0; err == ERR_OK && i < cast->identities_count; i++) {
        err = identity_make(&making, i);
    }
    err = err == ERR_OK ? bad_cards(&making) : err;
    proof_trust_free(making.trust);
    demo_pki_free(making.pki);
    return err;
}

/* A handful lies on cards, since a reader shows them all: some institutions, the bureaus that
 * decide about them, people of the first ones, the operator. */
enum err demo_cast_tokens(struct demo_cast *cast, const char *directory)
{
    enum { PLACES = 4, PEOPLE = 6, CARDS_MAX = 16 };
    const struct demo_identity *chosen[CARDS_MAX];
    size_t count = 0;
    size_t people_at = cast->favoured_count + cast->reviewers_count;
    for (size_t i = 0; i < PLACES && i < cast->favoured_count; i++) {
        chosen[count++] = &cast->identities[i];
        const struct demo_identity *place = &cast->identities[i];
        for (size_t k = 0; k < cast->reviewers_count; k++) {
            const struct demo_identity *officer = &cast->identities[cast->favoured_count + k];
            bool known = false;
            for (size_t c = 0; c < count; c++) {
                known = known || chosen[c] == officer;
            }
            if (!known && officer->county == cast->county_of[i] && place != officer) {
                chosen[count++] = officer;
            }
        }
    }
    for (size_t i = 0; i < PEOPLE && i < cast->people_count && count < CARDS_MAX - 1; i++) {
        chosen[count++] = &cast->identities[people_at + i];
    }
    chosen[count++] = &cast->identities[cast->identities_count - 1];
    enum err err = demo_cards_make(directory, chosen, count);
    if (err == ERR_UNSUPPORTED) {
        (void)fputs("seed-demo: SoftHSM2 is not installed: no cards for baobei-card\n", stderr);
        return ERR_OK;
    }
    return err;
}
