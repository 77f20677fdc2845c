#include "tests/sim/cast.h"
#include "base/check.h"
#include "model/codes.h"
#include "registry/facts_build.h"
#include "rt/payload.h"
#include <stdio.h>
#include <string.h>

/* Codes are base-36 numbers; these are small ones, and spread over 1, 2 and 3 shards by their hash.
 */
const struct cast_home cast_homes[CAST_HOMES] = {
    {401180014, 63000},  {1101020018, 63000}, {1231050017, 64000},
    {3501200000, 65000}, {3601110116, 66000},
};
const struct cast_officer cast_officers[CAST_OFFICERS] = {
    {9001, 63000},
    {9002, 64000},
    {9003, 65000},
    {9004, 66000},
};

static const char *const id_numbers[CAST_STAFF] = {"A123456789", "B287654321", "F131104093"};

struct cast_person cast_person_of(uint32_t home, uint32_t index)
{
    CHECK(home < CAST_HOMES && index < CAST_STAFF);
    struct cast_person person = {.id = 100 + home * 10 + index, .id_no = id_numbers[index]};
    memset(person.lookup.bytes, 0x40 + (int)(home * CAST_STAFF + index), 16);
    return person;
}

const struct cast_home *cast_home_find(uint64_t id)
{
    for (size_t i = 0; i < CAST_HOMES; i++) {
        if (cast_homes[i].id == id) {
            return &cast_homes[i];
        }
    }
    return NULL;
}

uint64_t cast_home_of(uint64_t person)
{
    uint64_t home = (person - 100) / 10;
    return person >= 100 && home < CAST_HOMES && person % 10 < CAST_STAFF ? cast_homes[home].id : 0;
}

static void add_home(struct facts_builder *builder, uint32_t home, int32_t today)
{
    struct institution institution = {.id = cast_homes[home].id,
                                      .name = BYTES_LITERAL("模擬醫院"),
                                      .county = cast_homes[home].county,
                                      .type =
                                          (uint8_t)institution_type_find(BYTES_LITERAL("clinic")),
                                      .medical = true,
                                      .status_from = DAY_NONE,
                                      .version = 1};
    enum err err = facts_builder_add_institution(builder, &institution);
    CHECK(err == ERR_OK);
    for (uint32_t i = 0; i < CAST_STAFF; i++) {
        struct cast_person of = cast_person_of(home, i);
        struct person person = {.id = of.id,
                                .name = BYTES_LITERAL("林小明"),
                                .id_masked = BYTES_LITERAL("A1234XXXX9"),
                                .profession = i == 0 ? 'A' : 'F',
                                .main = true,
                                .home = institution.id,
                                .reg_no = 1,
                                .licence_from = today - 730,
                                .licence_to = today + 730,
                                .status_from = DAY_NONE,
                                .version = 1,
                                .lookup = of.lookup};
        err = facts_builder_add_person(builder, &person);
        CHECK(err == ERR_OK);
    }
}

const struct facts *cast_facts(int32_t today, const struct transfer_rules *transfer)
{
    struct facts_builder builder;
    facts_builder_init(&builder);
    for (uint32_t home = 0; home < CAST_HOMES; home++) {
        add_home(&builder, home, today);
    }
    const struct facts *facts = NULL;
    enum err err = facts_builder_set_transfer(&builder, transfer);
    CHECK(err == ERR_OK);
    err = facts_build(&builder, 1, &facts);
    CHECK(err == ERR_OK);
    facts_builder_deinit(&builder);
    return facts;
}

/* ---- cards ---- */

uint64_t cast_card_of(uint32_t client)
{
    return 0xca4d0000u + client;
}

struct digest cast_binding(uint64_t card)
{
    struct digest binding = {{1}};
    struct writer out = writer_on(binding.bytes + 8, 8);
    write_u64(&out, card);
    struct writer front = writer_on(binding.bytes, 8);
    write_u64(&front, (card + 1) * 0x9e3779b97f4a7c15u);
    return binding;
}

void cast_sign(uint64_t card, struct bytes tbs, uint8_t out[CARD_SIGNATURE_SIZE])
{
    uint64_t sum = card * 0x2545f4914f6cdd1du;
    for (size_t i = 0; i < tbs.size; i++) {
        sum = (sum ^ tbs.data[i]) * 0x100000001b3u;
    }
    struct writer writer = writer_on(out, CARD_SIGNATURE_SIZE);
    write_u64(&writer, sum);
}

void cast_prove(struct bytes input, struct writer *out)
{
    struct proof_input proof;
    bool read = proof_input_read(input, &proof);
    CHECK(read);
    struct reader certificate = reader_of(proof.certificate);
    uint64_t card = read_u64(&certificate);
    struct bytes tail = read_sized8(&certificate);
    CHECK(reader_done(&certificate));
    uint8_t wanted[CARD_SIGNATURE_SIZE];
    cast_sign(card, proof.tbs, wanted);
    bool signs = bytes_equal(proof.signature, bytes_of(wanted, sizeof wanted));
    proof_output_write(
        out, &(struct proof_output){.outcome = signs ? OUTCOME_OK : OUTCOME_AUTH_SIGNATURE,
                                    .card = cast_binding(card),
                                    .name = BYTES_LITERAL("林小明"),
                                    .id_tail = tail,
                                    .fingerprint = BYTES_LITERAL("0123456789abcdef")});
}
