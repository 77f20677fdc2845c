#include "tests/unit/model/filing_world.h"
#include "base/check.h"
#include "model/codes.h"
#include <stdio.h>

uint64_t facts_number(const struct facts *facts)
{
    return facts->staff_count;
}

const struct institution *facts_institution(const struct facts *facts, uint64_t id)
{
    for (size_t i = 0; i < ARRAY_COUNT(facts->institutions); i++) {
        if (facts->institutions[i].id == id)
            return &facts->institutions[i];
    }
    return NULL;
}

const struct person *facts_person(const struct facts *facts, uint64_t id)
{
    for (size_t i = 0; i < ARRAY_COUNT(facts->people); i++) {
        if (facts->people[i].id == id)
            return &facts->people[i];
    }
    return NULL;
}

size_t facts_staff_count(const struct facts *facts, uint64_t home)
{
    return home == WORLD_HOME ? facts->staff_count : 0;
}

const struct person *facts_staff(const struct facts *facts, uint64_t home, size_t index)
{
    CHECK(home == WORLD_HOME && index < facts->staff_count);
    return facts->staff[index];
}

const struct bureau_rules *facts_bureau(const struct facts *facts, uint32_t county)
{
    CHECK(county_find(county) != NULL);
    return &facts->rules;
}

uint8_t world_type(const char *code)
{
    int type = institution_type_find(bytes_from_text(code));
    CHECK(type >= 0);
    return (uint8_t)type;
}

struct time_rule world_hours(int day, int from, int to)
{
    int64_t midnight = (int64_t)(WORLD_TODAY + day) * MINUTES_PER_DAY;
    return (struct time_rule){
        .mode = TIME_CONTINUOUS, .start = midnight + from, .end = midnight + to};
}

void world_init(struct world *world)
{
    *world = (struct world){0};
    struct facts *facts = &world->facts;
    facts->institutions[0] = (struct institution){.id = WORLD_HOME,
                                                  .county = 63000,
                                                  .type = world_type("clinic"),
                                                  .medical = true,
                                                  .status_from = DAY_NONE};
    facts->institutions[1] = facts->institutions[0];
    facts->institutions[1].id = WORLD_PLACE;
    facts->institutions[1].type = world_type("district_hospital");
    facts->people[0] = (struct person){.id = WORLD_NURSE,
                                       .profession = 'F',
                                       .main = true,
                                       .home = WORLD_HOME,
                                       .licence_from = WORLD_TODAY - 900,
                                       .licence_to = WORLD_TODAY + 900,
                                       .status_from = DAY_NONE};
    facts->people[1] = facts->people[0];
    facts->people[1].id = WORLD_OTHER;
    facts->people[1].home = WORLD_PLACE;
    facts->staff[0] = &facts->people[0];
    facts->staff_count = 1;
    facts->rules = (struct bureau_rules){.due_days = 7, .lead_days = 0, .max_period_days = 365};
    world->times[0] = world_hours(5, 480, 720);
    world->filing = (struct filing){.home = WORLD_HOME,
                                    .person = WORLD_NURSE,
                                    .target = WORLD_PLACE,
                                    .purpose = 10,
                                    .times_count = 1,
                                    .times = world->times};
    world->now.ms = (int64_t)WORLD_NOW * 60000 - TAIPEI_OFFSET_MS;
}

static const char *world_text(const struct problems *problems)
{
    static char text[4096];
    size_t used = 0;
    text[0] = 0;
    for (uint32_t i = 0; i < problems->count && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s %s\n",
                                 code_name(problems->items[i].code), problems->items[i].field);
    CHECK(used < sizeof text && !problems->truncated);
    return text;
}

const char *world_faults(const struct world *world)
{
    struct arena arena;
    struct problems problems;
    arena_init(&arena, 4096, 0);
    problems_init(&problems, &arena);
    line_rules_check(&world->filing, &world->facts, world->now, "/lines/0", &problems);
    const char *text = world_text(&problems);
    arena_deinit(&arena);
    return text;
}

const char *world_warnings(const struct world *world)
{
    struct arena arena;
    struct problems problems;
    arena_init(&arena, 4096, 0);
    problems_init(&problems, &arena);
    line_rules_warn(&world->filing, &world->facts, world->now, "/lines/0", &problems);
    const char *text = world_text(&problems);
    arena_deinit(&arena);
    return text;
}
