#include "cli/demo_world.h"
#include "base/check.h"
#include "base/map.h"
#include "model/codes.h"
#include "model/ids.h"
#include "model/text.h"
#include "registry/facts_build.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TODAY = 20782 };

struct world {
    struct demo_world settings;
    struct facts_builder builder;
    const struct facts *facts;
    struct map codes, numbers;
    uint32_t places, people, crc;
    uint32_t of_county[32], of_type[32], of_profession[128];
    uint32_t letters, misfits, closed, wide, native, rare, ran_out, second;
};

static void mix(struct world *world, struct bytes text)
{
    world->crc = bytes_crc32c(world->crc, text);
}

static bool has(struct bytes text, const char *part)
{
    return text.size > 0 && memmem(text.data, text.size, part, strlen(part)) != NULL;
}

static enum err take_place(void *context, const struct institution *row)
{
    struct world *world = context;
    uint32_t seen;
    char code[INSTITUTION_CODE_SIZE + 1];
    institution_code_print(row->id, code);
    T_FALSE(map_get(&world->codes, row->id, &seen));
    T_OK(map_put(&world->codes, row->id, 1));
    const struct county *county = county_find(row->county);
    T_TRUE(county != NULL);
    T_TRUE(row->type < codes_institution_types_count);
    T_TRUE(text_check(row->name, TEXT_ONE_LINE, NULL) == TEXT_FINE && row->name.size > 6);
    T_TRUE(text_check(row->address, TEXT_ONE_LINE, NULL) == TEXT_FINE);
    T_TRUE(has(row->phone, ")1")); /* no number in use begins so */
    world->of_county[county - codes_counties]++;
    world->of_type[row->type]++;
    world->letters += code[6] >= 'A' && code[0] != 'X';
    world->misfits += !institution_code_check_digit_fits(bytes_of(code, 10)) && code[0] != 'X';
    world->closed += row->status != PLACE_OPEN;
    world->wide += has(row->address, "０") || has(row->address, "１");
    world->places++;
    mix(world, bytes_of(code, 10));
    mix(world, row->name);
    mix(world, row->address);
    mix(world, row->phone);
    return facts_builder_add_institution(&world->builder, row);
}

static enum err take_person(void *context, const struct person_import *row)
{
    struct world *world = context;
    uint64_t number;
    uint32_t seen;
    T_TRUE(id_no_check(row->id_no) != ID_NO_INVALID);
    T_EQ_INT(row->id_no.data[2], '9');
    T_TRUE(
        institution_code_parse(row->id_no, &number)); /* ten characters: fits in the same number */
    T_FALSE(map_get(&world->numbers, number, &seen));
    T_OK(map_put(&world->numbers, number, 1));
    T_TRUE(profession_find(row->profession) != NULL);
    T_TRUE(facts_institution(world->facts, row->home) != NULL);
    T_TRUE(text_check(row->name, TEXT_ONE_LINE, NULL) == TEXT_FINE && row->name.size > 3);
    T_TRUE(row->licence_from < row->licence_to);
    T_TRUE(row->department == 0 || department_unpack(row->department) != NULL);
    world->of_profession[(unsigned char)row->profession]++;
    world->native += has(row->name, "‧");
    for (size_t i = 0; i < row->name.size; i++)
        if (row->name.data[i] >= 0xf0) {
            world->rare++;
            break;
        }
    world->ran_out += row->licence_to < TODAY;
    world->second += !row->main;
    world->people++;
    mix(world, row->id_no);
    mix(world, row->name);
    mix(world, row->licence_word);
    return ERR_OK;
}

static struct world *world_make(uint64_t seed, uint32_t institutions, uint32_t people)
{
    struct world *world = calloc(1, sizeof *world);
    world->settings = (struct demo_world){seed, institutions, people, TODAY};
    facts_builder_init(&world->builder);
    map_init(&world->codes);
    map_init(&world->numbers);
    T_OK(demo_institutions(&world->settings, take_place, world));
    T_OK(facts_build(&world->builder, 1, &world->facts));
    T_OK(demo_people(&world->settings, world->facts, take_person, world));
    return world;
}

static void world_free(struct world *world)
{
    facts_free(world->facts);
    map_deinit(&world->codes);
    map_deinit(&world->numbers);
    free(world);
}

TEST(the_default_world_has_the_shape_of_the_real_one)
{
    struct world *world = world_make(1, DEMO_INSTITUTIONS, DEMO_PEOPLE);
    T_EQ_UINT(world->places, DEMO_INSTITUTIONS);
    T_EQ_UINT(world->people, DEMO_PEOPLE);
    for (size_t i = 0; i < codes_counties_count; i++)
        T_TRUE(world->of_county[i] >= 24);
    for (size_t i = 0; i < codes_institution_types_count; i++)
        T_TRUE(world->of_type[i] > 0);
    for (size_t i = 0; i < codes_professions_count; i++)
        if (codes_professions[i].may_file)
            T_TRUE(world->of_profession[(unsigned char)codes_professions[i].code] > 20);
    T_TRUE(world->of_profession['2'] > 0);
    /* per cent, roughly: letters 0.75, misfits 0.6, closed 2, names 2 and 0.5 */
    T_TRUE(world->letters > 120 && world->letters < 400);
    T_TRUE(world->misfits > 90 && world->misfits < 320);
    T_TRUE(world->closed > 300 && world->closed < 1000);
    T_TRUE(world->wide > DEMO_INSTITUTIONS / 4);
    T_TRUE(world->native > 600 && world->rare > 100 && world->ran_out > 100 && world->second > 200);
    world_free(world);
}

TEST(the_same_seed_gives_the_same_rows_another_others)
{
    struct world *first = world_make(7, 2000, 4000), *again = world_make(7, 2000, 4000);
    struct world *other = world_make(8, 2000, 4000);
    T_EQ_UINT(first->crc, again->crc);
    T_TRUE(first->crc != other->crc);
    world_free(first);
    world_free(again);
    world_free(other);
}

TEST(small_worlds_work_too)
{
    static const uint32_t sizes[][2] = {{22, 0}, {44, 100}, {100, 1}, {300, 5000}};
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        struct world *world = world_make(3, sizes[i][0], sizes[i][1]);
        T_EQ_UINT(world->places, sizes[i][0]);
        T_EQ_UINT(world->people, sizes[i][1]);
        world_free(world);
    }
}

TEST(names_are_shared_and_big_places_have_many_people)
{
    struct world *world = world_make(1, DEMO_INSTITUTIONS, DEMO_PEOPLE);
    size_t shared = 0;
    struct map names;
    map_init(&names);
    for (size_t i = 0; i < facts_institution_count(world->facts); i++) {
        const struct institution *place = facts_institution_at(world->facts, i);
        uint64_t key = (uint64_t)bytes_crc32c(0, place->name) << 32 | bytes_crc32c(1, place->name);
        uint32_t seen;
        shared += map_get(&names, key, &seen);
        T_OK(map_put(&names, key, 1));
        T_TRUE(place->id != 0);
    }
    map_deinit(&names);
    T_TRUE(shared > DEMO_INSTITUTIONS / 20);
    world_free(world);
}

/* ---- against the real list ---- */

static struct map *real_codes;

static enum err real_take(void *context, const struct institution *row)
{
    (void)context;
    return map_put(real_codes, row->id, 1);
}

static void real_fault(void *context, const struct import_report *report)
{
    (void)context;
    T_FAIL("line %u", report->line);
}

TEST(no_code_of_the_real_list_is_made)
{
    struct map codes;
    map_init(&codes);
    real_codes = &codes;
    struct import_sink sink = {.on_institution = real_take, .on_fault = real_fault};
    struct import_options options = {.today = TODAY};
    struct import_summary summary;
    T_OK(import_file(t_shared("data/institutions.csv"), IMPORT_INSTITUTIONS, &options, &sink,
                     &summary));
    struct world *world = world_make(1, DEMO_INSTITUTIONS, 0);
    for (size_t i = 0; i < facts_institution_count(world->facts); i++) {
        uint32_t seen;
        T_FALSE(map_get(&codes, facts_institution_at(world->facts, i)->id, &seen));
    }
    world_free(world);
    map_deinit(&codes);
}

T_LIST(demo_world_test, T(the_default_world_has_the_shape_of_the_real_one),
       T(the_same_seed_gives_the_same_rows_another_others), T(small_worlds_work_too),
       T(names_are_shared_and_big_places_have_many_people), T(no_code_of_the_real_list_is_made));
