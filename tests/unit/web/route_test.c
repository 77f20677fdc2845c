#include "web/route.h"
#include "tests/lib/t.h"
#include <string.h>

static void nothing(struct exchange *x)
{
    (void)x;
}

#define ROUTE(method_, pattern_, operation_)                                                       \
    {                                                                                              \
        .method = method_, .pattern = pattern_, .verb = VERB_PUBLIC, .decode = nothing,            \
        .operation = operation_                                                                    \
    }

static const struct route list[] = {
    ROUTE(REQUEST_GET, "/v1/lines/{id}", "line"),
    ROUTE(REQUEST_PATCH, "/v1/lines/{id}", "line_edit"),
    ROUTE(REQUEST_GET, "/v1/lines/counts", "counts"),
    ROUTE(REQUEST_GET, "/v1/lines/{id}/history", "history"),
    ROUTE(REQUEST_POST, "/v1/lines", "line_add"),
};
static const struct route_table table = {list, sizeof list / sizeof list[0]};

static const char *found(enum request_method method, const char *path)
{
    struct route_match match;
    route_find(&table, method, bytes_from_text(path), &match);
    if (match.route == NULL)
        return match.path_known ? "405" : "404";
    return match.route->operation;
}

TEST(paths_find_their_route)
{
    T_EQ_STR(found(REQUEST_GET, "/v1/lines/7"), "line");
    T_EQ_STR(found(REQUEST_PATCH, "/v1/lines/7"), "line_edit");
    T_EQ_STR(found(REQUEST_GET, "/v1/lines/7/history"), "history");
    T_EQ_STR(found(REQUEST_POST, "/v1/lines"), "line_add");
    T_EQ_STR(found(REQUEST_HEAD, "/v1/lines/7"), "line");
    T_EQ_STR(found(REQUEST_GET, "/v1/%6Cines/7"), "line");
}

TEST(text_wins_over_a_name)
{
    T_EQ_STR(found(REQUEST_GET, "/v1/lines/counts"), "counts");
    T_EQ_STR(found(REQUEST_PATCH, "/v1/lines/counts"), "405");
}

TEST(other_paths_and_methods_are_told_apart)
{
    T_EQ_STR(found(REQUEST_DELETE, "/v1/lines/7"), "405");
    T_EQ_STR(found(REQUEST_HEAD, "/v1/lines"), "405");
    T_EQ_STR(found(REQUEST_GET, "/v1/lines/7/"), "404");
    T_EQ_STR(found(REQUEST_GET, "/v1/lines//history"), "404");
    T_EQ_STR(found(REQUEST_GET, "/v1//lines/7"), "404");
    T_EQ_STR(found(REQUEST_GET, "/v1/lines/7/history/8"), "404");
    T_EQ_STR(found(REQUEST_GET, "/v1"), "404");
    T_EQ_STR(found(REQUEST_OPTIONS, "*"), "404");
}

TEST(allow_tells_what_the_path_takes)
{
    struct route_match match;
    char text[80] = "";
    struct writer out = writer_on(text, sizeof text - 1);
    route_find(&table, REQUEST_DELETE, BYTES_LITERAL("/v1/lines/7"), &match);
    route_allow_print(match.allowed, &out);
    T_EQ_STR(text, "GET, HEAD, PATCH");
}

TEST(names_are_given_as_sent)
{
    struct route_match match;
    route_find(&table, REQUEST_GET, BYTES_LITERAL("/v1/lines/a%2Fb/history"), &match);
    T_EQ_UINT(match.params_count, 1);
    T_EQ_BYTES(match.raw[0], BYTES_LITERAL("a%2Fb"));
}

static bool decodes(const char *raw, bool plus, const char *want)
{
    uint8_t out[64];
    size_t size;
    if (!route_decode(bytes_from_text(raw), plus, out, &size))
        return false;
    T_EQ_BYTES(bytes_of(out, size), bytes_from_text(want));
    return true;
}

TEST(escapes_are_decoded_and_must_be_utf8)
{
    T_TRUE(decodes("%E8%87%BA%2f+", false, "臺/+"));
    T_TRUE(decodes("a+b", true, "a b"));
    static const char *const bad[] = {"%",      "%2",        "%GG",          "%FF",
                                      "%C0%80", "%ED%A0%80", "%F5%80%80%80", "%E8%87"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        T_FALSE(decodes(bad[i], false, ""));
}

TEST(a_table_is_checked)
{
    route_check(&table);
    static const struct route twice[] = {ROUTE(REQUEST_GET, "/a", "x"),
                                         ROUTE(REQUEST_GET, "/b", "x")};
    static const struct route open_name[] = {ROUTE(REQUEST_GET, "/a/{b", "x")};
    T_ABORTS(route_check(&(struct route_table){twice, 2}));
    T_ABORTS(route_check(&(struct route_table){open_name, 1}));
}

T_LIST(route_test, T(paths_find_their_route), T(text_wins_over_a_name),
       T(other_paths_and_methods_are_told_apart), T(allow_tells_what_the_path_takes),
       T(names_are_given_as_sent), T(escapes_are_decoded_and_must_be_utf8), T(a_table_is_checked));
