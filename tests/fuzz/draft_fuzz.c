/* A body as clients send it: the parse, every kind of member, and lines and times into drafts; what
 * passes can be stored and read again (API 4.1, 4.2). */
#include "registry/facts_build.h"
#include "tests/fuzz/fuzz.h"
#include "web/draft_json.h"
#include <string.h>

enum { LINES = 20, HOME = 7 };

static const struct facts *facts;

static void facts_fill(void)
{
    struct facts_builder builder;
    struct institution place = {.name = BYTES_LITERAL("甲醫院"), .county = 63000, .medical = true};
    struct person person = {.id = 5, .name = BYTES_LITERAL("王"), .profession = 'A', .home = HOME};
    facts_builder_init(&builder);
    bool known = institution_code_parse(BYTES_LITERAL("0401180014"), &place.id);
    CHECK(known);
    enum err err = facts_builder_add_institution(&builder, &place);
    if (err == ERR_OK)
        err = facts_builder_add_person(&builder, &person);
    if (err == ERR_OK)
        err = facts_build(&builder, 1, &facts);
    CHECK(err == ERR_OK);
    facts_builder_deinit(&builder);
}

static void line_look(const struct draft_ask *ask, struct json_object *object)
{
    struct line_draft draft = {0};
    struct line_body body;
    uint32_t before = ask->problems->count;
    if (!draft_read(ask, object, &draft))
        return;
    json_object_end(object);
    CHECK(draft.body.times_count <= TIMES_MAX);
    if (ask->problems->count != before || ask->problems->truncated)
        return;
    if (!draft_seal(ask, &draft))
        return;
    enum err err = line_body_read(draft.body_row, ask->memory, &body);
    CHECK(err == ERR_OK || err == ERR_NO_MEMORY);
    CHECK(err != ERR_OK || bytes_equal(body.note, draft.body.note));
    CHECK(err != ERR_OK || body.times_count == draft.body.times_count);
    (void)times_occurrences(draft.body.times, draft.body.times_count);
}

static void body_look(struct exchange *x, struct bytes text, struct arena *memory)
{
    struct json json;
    struct json_object root, object;
    struct json_array lines;
    struct problems problems;
    bool submit;
    problems_init(&problems, x->arena);
    if (json_parse(&json, x->arena, text, &problems) != JSON_FINE || !json_root(&json, &root))
        return;
    struct draft_ask ask = {.x = x,
                            .memory = memory,
                            .problems = &problems,
                            .home = HOME,
                            .preview = json_bool(&root, "preview", &submit) == JSON_GIVEN};
    (void)json_bool(&root, "submit", &submit);
    if (json_array(&root, "lines", LINES, &lines) == JSON_GIVEN) {
        while (json_array_next(&lines)) {
            if (json_item_object(&lines, &object))
                line_look(&ask, &object);
        }
    }
    json_object_end(&root);
    for (uint32_t i = 0; i < problems.count; i++)
        CHECK(strnlen(problems.items[i].field, FIELD_MAX) < FIELD_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena, memory;
    if (facts == NULL)
        facts_fill();
    arena_init(&arena, 16 * 1024, 8 << 20);
    arena_init(&memory, 16 * 1024, 8 << 20);
    struct exchange x = {.arena = &arena, .facts = facts, .now = {1800000000000}};
    x.principal.kind = PRINCIPAL_INSTITUTION;
    x.principal.institution = HOME;
    body_look(&x, bytes_of(data, size), &memory);
    arena_deinit(&memory);
    arena_deinit(&arena);
    return 0;
}
