#include "bench/town.h"
#include "base/check.h"
#include "model/codes.h"
#include "registry/facts_build.h"
#include <stdio.h>

static enum err place_add(struct facts_builder *builder, uint32_t index)
{
    char name[40];
    int size = snprintf(name, sizeof name, "第%u測試診所", index);
    struct institution place = {.id = TOWN_PLACE(index),
                                .name = bytes_of(name, (size_t)size),
                                .county = codes_counties[index % codes_counties_count].code,
                                .type = (uint8_t)institution_type_find(BYTES_LITERAL("診所")),
                                .medical = true,
                                .status = PLACE_OPEN,
                                .status_from = DAY_NONE,
                                .version = 1};
    return facts_builder_add_institution(builder, &place);
}

static enum err person_add(struct facts_builder *builder, uint32_t place, uint32_t index,
                           int32_t today)
{
    struct person person = {.id = TOWN_PERSON(place, index),
                            .name = BYTES_LITERAL("王小明"),
                            .id_masked = BYTES_LITERAL("A1234XXXX9"),
                            .profession = 'F',
                            .main = true,
                            .home = TOWN_PLACE(place),
                            .reg_no = 1,
                            .licence_from = today - 1000,
                            .licence_to = today + TOWN_LICENCE_DAYS,
                            .status = PERSON_PRACTISING,
                            .status_from = DAY_NONE,
                            .version = 1};
    CHECK(index < 1000);
    person.lookup.bytes[0] = 1;
    for (unsigned i = 0; i < 4; i++) {
        person.lookup.bytes[4 + i] = (uint8_t)(place >> (8 * i));
        person.lookup.bytes[8 + i] = (uint8_t)(index >> (8 * i));
    }
    return facts_builder_add_person(builder, &person);
}

enum err town_build(uint32_t places, uint32_t people, int32_t today, const struct facts **out)
{
    struct facts_builder builder;
    facts_builder_init(&builder);
    enum err err = ERR_OK;
    for (uint32_t i = 0; err == ERR_OK && i < places; i++) {
        err = place_add(&builder, i);
        for (uint32_t k = 0; err == ERR_OK && k < people; k++) {
            err = person_add(&builder, i, k, today);
        }
    }
    err = err == ERR_OK ? facts_build(&builder, 1, out) : err;
    facts_builder_deinit(&builder);
    return err;
}
