/* Shows F131, F132, F133: search by two characters or a code, narrowed by county. */
#include "registry/search.h"
#include "base/check.h"
#include "model/codes.h"
#include "model/ids.h"
#include "registry/facts_build.h"
#include "registry/import_csv.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <string.h>

enum { TODAY = 20417 };

struct place {
    const char *code, *name, *county;
    enum place_status status;
};

static const struct place places[] = {
    {"3501000001", "青禾診所", "臺北市", PLACE_OPEN},
    {"3501000002", "青禾牙醫診所", "臺北市", PLACE_OPEN},
    {"3545000003", "澄河青禾診所", "花蓮縣", PLACE_OPEN},
    {"3545000004", "澄河 青禾聯合診所", "花蓮縣", PLACE_OPEN},
    {"3501000005", "青禾診所", "新北市", PLACE_CLOSED},
    {"0401180014", "國立臺灣澄河大學醫學院附設醫院", "臺北市", PLACE_OPEN},
    {"350102A009", "台安診所", "高雄市", PLACE_SUSPENDED},
    {"5901040118", "安康藥局", "臺北市", PLACE_OPEN},
    {"5902040129", "安康藥局", "高雄市", PLACE_OPEN},
    {"5902040138", "０４０１藥局", "高雄市", PLACE_OPEN},
};

static const struct facts *facts_make(void)
{
    struct facts_builder builder;
    const struct facts *facts;
    facts_builder_init(&builder);
    for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
        struct institution row = {.name = bytes_from_text(places[i].name),
                                  .county =
                                      county_find_name(bytes_from_text(places[i].county))->code,
                                  .type = (uint8_t)(i % 2),
                                  .status = places[i].status,
                                  .status_from = DAY_NONE};
        T_TRUE(institution_code_parse(bytes_from_text(places[i].code), &row.id));
        T_OK(facts_builder_add_institution(&builder, &row));
    }
    T_OK(facts_build(&builder, 1, &facts));
    return facts;
}

/* The codes found, with blanks between, then "/" and the total. */
static const char *found(const struct facts *facts, const struct search_query *query, size_t offset,
                         size_t limit)
{
    static char text[SEARCH_LIMIT_MAX * 12];
    uint64_t ids[SEARCH_LIMIT_MAX];
    size_t count, total, at = 0;
    enum err err = search_institutions(facts, query, offset, limit, ids, &count, &total);
    if (err != ERR_OK)
        return err_name(err);
    for (size_t i = 0; i < count; i++) {
        char code[INSTITUTION_CODE_SIZE + 1];
        institution_code_print(ids[i], code);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s ", code);
    }
    snprintf(text + at, sizeof text - at, "/%zu", total);
    return text;
}

static struct search_query query_of(const char *text)
{
    return (struct search_query){
        .text = bytes_from_text(text), .type = SEARCH_ANY_TYPE, .day = TODAY};
}

static const char *find(const struct facts *facts, const char *text)
{
    struct search_query query = query_of(text);
    return found(facts, &query, 0, 50);
}

TEST(the_best_match_comes_first)
{
    const struct facts *facts = facts_make();
    /* equal, open before closed; begins; a word begins; contains */
    T_EQ_STR(find(facts, "青禾診所"), "3501000001 3501000005 3545000003 /3");
    T_EQ_STR(find(facts, "青禾"), "3501000001 3501000002 3501000005 3545000004 3545000003 /5");
    T_EQ_STR(find(facts, "安康藥局"), "5901040118 5902040129 /2");
    T_EQ_STR(find(facts, "診所"),
             "3501000001 3545000003 3501000002 3545000004 350102A009 3501000005 /6");
    facts_free(facts);
}

TEST(names_are_folded_on_both_sides)
{
    const struct facts *facts = facts_make();
    T_EQ_STR(find(facts, "臺安"), "350102A009 /1");
    T_EQ_STR(find(facts, "台灣澄河"), "0401180014 /1");
    T_EQ_STR(find(facts, "澄河青禾"), "3545000003 3545000004 /2");
    T_EQ_STR(find(facts, "0401藥局"), "5902040138 /1");
    T_EQ_STR(find(facts, "  青禾牙醫 "), "3501000002 /1");
    facts_free(facts);
}

TEST(words_must_all_occur)
{
    const struct facts *facts = facts_make();
    T_EQ_STR(find(facts, "青禾 聯合"), "3545000004 /1");
    T_EQ_STR(find(facts, "聯合\u3000青禾"), "3545000004 /1");
    T_EQ_STR(find(facts, "青禾 醫院"), "/0");
    T_EQ_STR(find(facts, "青 禾 診 所"), "3501000001 3501000005 3545000003 /3");
    T_EQ_STR(find(facts, "安康 5902"), "5902040129 /1");
    facts_free(facts);
}

TEST(a_code_comes_before_names_when_the_query_looks_like_one)
{
    const struct facts *facts = facts_make();
    T_EQ_STR(find(facts, "0401180014"), "0401180014 /1");
    /* the code begins; a name begins; a code contains */
    T_EQ_STR(find(facts, "0401"), "0401180014 5902040138 5901040118 5902040129 /4");
    T_EQ_STR(find(facts, "350102a"), "350102A009 /1");
    T_EQ_STR(find(facts, "３５０１０２Ａ"), "350102A009 /1");
    T_EQ_STR(find(facts, "59"), "5901040118 5902040129 5902040138 /3");
    T_EQ_STR(find(facts, "9999"), "/0");
    facts_free(facts);
}

TEST(scattered_characters_are_the_last_resort)
{
    const struct facts *facts = facts_make();
    T_EQ_STR(find(facts, "台大醫院"), "0401180014 /1");
    T_EQ_STR(find(facts, "院醫大台"), "/0");
    facts_free(facts);
}

TEST(filters_narrow_and_pages_go_on)
{
    const struct facts *facts = facts_make();
    struct search_query query = query_of("診所");
    query.county = county_find_name(BYTES_LITERAL("花蓮縣"))->code;
    T_EQ_STR(found(facts, &query, 0, 50), "3545000003 3545000004 /2");
    query = query_of("診所");
    query.open = SEARCH_OPEN;
    T_EQ_STR(found(facts, &query, 0, 50), "3501000001 3545000003 3501000002 3545000004 /4");
    query.open = SEARCH_NOT_OPEN;
    T_EQ_STR(found(facts, &query, 0, 50), "350102A009 3501000005 /2");
    query = query_of("診所");
    query.type = 1;
    T_EQ_STR(found(facts, &query, 0, 50), "3501000002 3545000004 /2");
    query = query_of("青禾");
    T_EQ_STR(found(facts, &query, 0, 2), "3501000001 3501000002 /5");
    T_EQ_STR(found(facts, &query, 2, 2), "3501000005 3545000004 /5");
    T_EQ_STR(found(facts, &query, 4, 2), "3545000003 /5");
    T_EQ_STR(found(facts, &query, 9, 2), "/5");
    T_EQ_STR(found(facts, &query, 0, 0), "/5");
    facts_free(facts);
}

TEST(a_query_has_two_to_twelve_characters)
{
    const struct facts *facts = facts_make();
    T_EQ_STR(find(facts, "青"), "bad_input");
    T_EQ_STR(find(facts, " 青 "), "bad_input");
    T_EQ_STR(find(facts, ""), "bad_input");
    T_EQ_STR(find(facts, "青\xff"), "bad_input");
    T_EQ_STR(find(facts, "一二三四五六七八九十一二"), "/0");
    T_EQ_STR(find(facts, "一二三四五六七八九十一二三"), "too_large");
    T_EQ_STR(find(facts, "\ufdfa\ufdfa"), "/0"); /* 36 points when unfolded */
    facts_free(facts);
}

TEST(near_misses_are_offered)
{
    static const struct {
        const char *text, *first;
    } rows[] = {
        {"0401180015", "0401180014"},                               /* one wrong digit */
        {"4011800140", NULL},         {"401180014", "0401180014"},  /* the sheet took the zero */
        {"0401810014", "0401180014"},                               /* two exchanged */
        {"4001180014", "0401180014"}, {"0401180041", "0401180014"}, /* at either end */
        {"0401180123", NULL},         {"350102A008", "350102A009"}, {"青禾牙医診所", "3501000002"},
        {"安康葯局", "5901040118"},   {"完全不同的名字", NULL},
    };
    const struct facts *facts = facts_make();
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint64_t ids[SEARCH_NEAR_MAX];
        char code[INSTITUTION_CODE_SIZE + 1];
        size_t count = search_near(facts, bytes_from_text(rows[i].text), ids, 3);
        T_EQ_INT(count > 0, rows[i].first != NULL);
        if (count == 0)
            continue;
        institution_code_print(ids[0], code);
        T_EQ_STR(code, rows[i].first);
    }
    facts_free(facts);
}

/* ---- the real list, against a plain scan ---- */

static enum err take(void *context, const struct institution *row)
{
    return facts_builder_add_institution(context, row);
}

static void fault(void *context, const struct import_report *report)
{
    (void)context;
    T_FAIL("line %u: %s", report->line, import_fault_name(report->fault));
}

static bool holds(struct bytes text, struct bytes part)
{
    return memmem(text.data, text.size, part.data, part.size) != NULL;
}

TEST(every_name_of_the_real_list_is_found_by_parts_of_it)
{
    struct facts_builder builder;
    const struct facts *facts;
    facts_builder_init(&builder);
    struct import_sink sink = {.context = &builder, .on_institution = take, .on_fault = fault};
    struct import_options options = {.today = DAY_NONE};
    struct import_summary summary;
    T_OK(import_file(t_shared("data/institutions.csv"), IMPORT_INSTITUTIONS, &options, &sink,
                     &summary));
    T_OK(facts_build(&builder, 1, &facts));
    static const char *const parts[] = {"牙醫", "紀念醫院", "仁愛", "衛生所", "中西藥局"};
    for (size_t p = 0; p < ARRAY_COUNT(parts); p++) {
        struct bytes part = bytes_from_text(parts[p]);
        size_t plain = 0, count, total;
        uint64_t ids[1];
        for (size_t i = 0; i < facts_institution_count(facts); i++)
            plain += holds(facts_institution_at(facts, i)->name, part);
        struct search_query query = query_of(parts[p]);
        T_OK(search_institutions(facts, &query, 0, 1, ids, &count, &total));
        T_EQ_UINT(total, plain);
        T_TRUE(plain > 20);
    }
    for (size_t i = 0; i < facts_institution_count(facts); i += 97) {
        const struct institution *institution = facts_institution_at(facts, i);
        char code[INSTITUTION_CODE_SIZE + 1];
        institution_code_print(institution->id, code);
        T_EQ_BYTES(bytes_from_text(find(facts, code)).size > 10 ? bytes_of(find(facts, code), 10)
                                                                : (struct bytes){0},
                   bytes_of(code, 10));
    }
    facts_free(facts);
}

T_LIST(search_test, T(the_best_match_comes_first), T(names_are_folded_on_both_sides),
       T(words_must_all_occur), T(a_code_comes_before_names_when_the_query_looks_like_one),
       T(scattered_characters_are_the_last_resort), T(filters_narrow_and_pages_go_on),
       T(a_query_has_two_to_twelve_characters), T(near_misses_are_offered),
       T(every_name_of_the_real_list_is_found_by_parts_of_it));
