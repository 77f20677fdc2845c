#include "web/json.h"
#include "model/civil.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <string.h>

struct fixture {
    struct arena arena;
    struct json json;
    struct problems problems;
    struct json_object root;
};

static enum json_fault parse(struct fixture *f, const char *text)
{
    arena_init(&f->arena, 4096, 0);
    problems_init(&f->problems, &f->arena);
    return json_parse(&f->json, &f->arena, bytes_from_text(text), &f->problems);
}

static void open_object(struct fixture *f, const char *text)
{
    T_EQ_INT(parse(f, text), JSON_FINE);
    T_TRUE(json_root(&f->json, &f->root));
}

static void has_problem(const struct fixture *f, uint32_t index, const char *code,
                        const char *field)
{
    T_TRUE(index < f->problems.count);
    T_EQ_STR(code_name(f->problems.items[index].code), code);
    T_EQ_STR(f->problems.items[index].field, field);
}

static enum json_fault fault_of(const char *text)
{
    struct fixture f;
    enum json_fault fault = parse(&f, text);
    arena_deinit(&f.arena);
    return fault;
}

TEST(what_is_not_json_is_refused)
{
    static const char *const bad[] = {"",         "{",    "{\"a\":1,}", "[1 2]",      "{'a':1}",
                                      "nul",      "{} x", "\"\xff\"",   "{\"a\":01}", "\"\\ud800\"",
                                      "\"a\nb\"", "NaN",  "// x\n{}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        T_EQ_INT(fault_of(bad[i]), JSON_SYNTAX);
}

TEST(a_key_twice_is_refused_at_any_depth)
{
    struct fixture f;
    T_EQ_INT(parse(&f, "{\"a\":[{\"b\":1,\"c\":2,\"b\":3}]}"), JSON_DUPLICATE);
    T_EQ_STR(f.json.fault_field, "/a/0/b");
    arena_deinit(&f.arena);
    T_EQ_INT(fault_of("{\"a\":1,\"\\u0061\":2}"), JSON_DUPLICATE);
    T_EQ_INT(fault_of("{\"a\":{\"b\":1},\"b\":2}"), JSON_FINE);
}

TEST(many_members_are_compared_in_time)
{
    static char text[400000];
    size_t size = (size_t)snprintf(text, sizeof text, "{");
    for (int i = 0; i < 30000; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "\"%d\":1,", i);
    snprintf(text + size, sizeof text - size, "\"7\":1}");
    T_EQ_INT(fault_of(text), JSON_DUPLICATE);
}

TEST(depth_ends_at_32)
{
    char text[80];
    memset(text, '[', 33);
    memset(text + 33, ']', 33);
    text[66] = '\0';
    T_EQ_INT(fault_of(text), JSON_DEEP);
    T_EQ_INT(fault_of(text + 1), JSON_SYNTAX);
    text[65] = '\0';
    T_EQ_INT(fault_of(text + 1), JSON_FINE);
}

TEST(the_root_must_be_an_object)
{
    struct fixture f;
    T_EQ_INT(parse(&f, "[]"), JSON_FINE);
    T_FALSE(json_root(&f.json, &f.root));
    has_problem(&f, 0, "bad_type", "");
    arena_deinit(&f.arena);
}

TEST(members_are_read_by_type)
{
    struct fixture f;
    struct bytes text;
    int64_t number;
    bool flag;
    open_object(&f, "{\"t\":\"臺\",\"n\":-5,\"b\":true,\"z\":null}");
    T_EQ_INT(json_text(&f.root, "t", 1, &text), JSON_GIVEN);
    T_EQ_BYTES(text, BYTES_LITERAL("臺"));
    T_EQ_INT(json_int(&f.root, "n", -5, 5, &number), JSON_GIVEN);
    T_EQ_INT(number, -5);
    T_EQ_INT(json_bool(&f.root, "b", &flag), JSON_GIVEN);
    T_TRUE(flag);
    T_EQ_INT(json_text(&f.root, "z", 1, &text), JSON_NULL);
    T_EQ_INT(json_text(&f.root, "q", 1, &text), JSON_ABSENT);
    json_object_end(&f.root);
    T_EQ_UINT(f.problems.count, 0);
    arena_deinit(&f.arena);
}

TEST(every_fault_is_collected_with_its_place)
{
    struct fixture f;
    struct bytes text;
    int64_t number;
    struct json_object inner;
    struct json_array array;
    open_object(&f,
                "{\"a\":1,\"b\":\"xxxx\",\"c\":\"x\\u0007\",\"d\":2.5,\"e\":18446744073709551615,"
                "\"f\":[1,{\"g/~h\":1}],\"i\":{},\"j\":[]}");
    json_text(&f.root, "a", 9, &text);
    json_text(&f.root, "b", 3, &text);
    json_text(&f.root, "c", 9, &text);
    json_int(&f.root, "d", 0, 9, &number);
    json_int(&f.root, "e", 0, INT64_MAX, &number);
    T_EQ_INT(json_array(&f.root, "f", 2, &array), JSON_GIVEN);
    while (json_array_next(&array)) {
        if (json_item_object(&array, &inner))
            json_object_end(&inner);
    }
    json_required(&f.root, "k", json_object(&f.root, "k", &inner));
    json_array(&f.root, "i", 1, &array);
    json_object_end(&f.root);
    has_problem(&f, 0, "bad_type", "/a");
    has_problem(&f, 1, "too_long", "/b");
    has_problem(&f, 2, "bad_text", "/c");
    has_problem(&f, 3, "bad_type", "/d");
    has_problem(&f, 4, "bad_type", "/e");
    has_problem(&f, 5, "bad_type", "/f/0");
    has_problem(&f, 6, "unknown_field", "/f/1/g~1~0h");
    has_problem(&f, 7, "required", "/k");
    has_problem(&f, 8, "bad_type", "/i");
    has_problem(&f, 9, "unknown_field", "/j");
    T_EQ_UINT(f.problems.count, 10);
    arena_deinit(&f.arena);
}

TEST(a_list_too_long_is_not_looked_at)
{
    struct fixture f;
    struct json_array array;
    open_object(&f, "{\"a\":[1,2,3]}");
    T_EQ_INT(json_array(&f.root, "a", 2, &array), JSON_BAD);
    has_problem(&f, 0, "too_long", "/a");
    arena_deinit(&f.arena);
}

TEST(lines_may_break_where_it_is_said)
{
    struct fixture f;
    struct bytes text;
    open_object(&f, "{\"a\":\"x\\ny\"}");
    T_EQ_INT(json_text_lines(&f.root, "a", 9, &text), JSON_GIVEN);
    T_EQ_INT(json_text(&f.root, "a", 9, &text), JSON_BAD);
    arena_deinit(&f.arena);
}

TEST(a_name_too_long_for_a_pointer_names_the_outer_value)
{
    struct fixture f;
    char text[300];
    snprintf(text, sizeof text, "{\"a\":{\"%0200d\":1}}", 0);
    struct json_object inner;
    open_object(&f, text);
    T_EQ_INT(json_object(&f.root, "a", &inner), JSON_GIVEN);
    json_object_end(&inner);
    has_problem(&f, 0, "unknown_field", "/a");
    arena_deinit(&f.arena);
}

TEST(what_is_absent_is_written_as_null)
{
    struct arena arena;
    arena_init(&arena, 4096, 0);
    yyjson_mut_doc *doc = json_new(&arena);
    yyjson_mut_val *root = json_new_root(doc);
    json_put_text(doc, root, "a", (struct bytes){NULL, 0});
    json_put_text(doc, root, "b", BYTES_LITERAL(""));
    json_put_date(doc, root, "c", DAY_NONE);
    json_put_date(doc, root, "d", 0);
    json_put_instant(doc, root, "e", 0, false);
    json_put_instant(doc, root, "f", 0, true);
    yyjson_mut_val *array = json_put_array(doc, root, "g");
    json_add_text(doc, array, BYTES_LITERAL("臺"));
    json_put_int(doc, json_add_object(doc, array), "h", -1);
    T_EQ_BYTES(json_print(doc, &arena),
               BYTES_LITERAL("{\"a\":null,\"b\":\"\",\"c\":null,\"d\":\"1970-01-01\",\"e\":null,"
                             "\"f\":\"1970-01-01T00:00:00Z\",\"g\":[\"臺\",{\"h\":-1}]}"));
    arena_deinit(&arena);
}

TEST(without_memory_nothing_is_printed)
{
    for (size_t quota = 16; quota < 4096; quota += 64) {
        struct arena arena;
        arena_init(&arena, 256, quota);
        yyjson_mut_doc *doc = json_new(&arena);
        yyjson_mut_val *root = json_new_root(doc);
        for (int i = 0; i < 100; i++)
            json_put_text(doc, root, "key", BYTES_LITERAL("a value of some length"));
        struct bytes text = json_print(doc, &arena);
        T_TRUE(text.data == NULL);
        arena_deinit(&arena);
    }
}

T_LIST(json_test, T(what_is_not_json_is_refused), T(a_key_twice_is_refused_at_any_depth),
       T(many_members_are_compared_in_time), T(depth_ends_at_32), T(the_root_must_be_an_object),
       T(members_are_read_by_type), T(every_fault_is_collected_with_its_place),
       T(a_list_too_long_is_not_looked_at), T(lines_may_break_where_it_is_said),
       T(a_name_too_long_for_a_pointer_names_the_outer_value), T(what_is_absent_is_written_as_null),
       T(without_memory_nothing_is_printed));
