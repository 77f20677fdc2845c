/* Who a visitor can sign in as: institutions of different kinds, people of them, a reviewer of each
 * bureau, an operator; their keys, certificates and cards. The same seed gives the same identities
 * (not the same keys). One thread. */
#pragma once
#include "cli/demo_files.h"
#include "cli/demo_filing.h"
#include "model/facts.h"
#include "registry/import_csv.h"

enum { CAST_INSTITUTIONS = 24, CAST_PEOPLE = 48, CAST_REVIEWERS = 22 };

struct demo_person { /* of one of the cast's institutions, as it was made */
    uint64_t id, home;
    char name[200], id_no[12], mobile[16];
    char profession;
};

struct demo_cast {
    uint64_t seed;
    struct wall now;
    uint64_t favoured[CAST_INSTITUTIONS];
    uint32_t county_of[CAST_INSTITUTIONS];
    size_t favoured_count;
    struct demo_person people[CAST_PEOPLE];
    size_t people_count;
    uint8_t people_of[CAST_INSTITUTIONS]; /* taken from each */
    struct demo_reviewer reviewers[CAST_REVIEWERS];
    size_t reviewers_count;
    struct demo_identity identities[DEMO_IDENTITIES_MAX];
    size_t identities_count;
    mbedtls_pk_context *keys;
    size_t keys_count;
};

enum err demo_cast_make(uint64_t seed, struct wall now, struct demo_cast **out) MUST_CHECK;
void demo_cast_free(struct demo_cast *cast); /* NULL is allowed */
/* Chooses the institutions: of different kinds, in several counties, the larger ones first. */
void demo_cast_places(struct demo_cast *cast, const struct facts *facts);
/* Is this one of the cast? A few of each chosen institution are. */
enum err demo_cast_offer(struct demo_cast *cast, const struct person_import *row,
                         uint64_t id) MUST_CHECK;
/* The PKI, every identity's key and certificate, the lists; binds the cards and enrols the
 * officers. */
enum err demo_cast_cards(struct demo_cast *cast, struct rig *rig, const char *directory) MUST_CHECK;
/* The cards as PKCS#11 tokens for baobei-card. */
enum err demo_cast_tokens(struct demo_cast *cast, const char *directory) MUST_CHECK;
