/* web/ui/test/date_cases.json, the table that the pages are held to as well (web/ui/test): the
 * server reads the same dates and times of day in its own forms, and calls a time by the same
 * words. */
#include "base/arena.h"
#include "base/bytes.h"
#include "model/civil.h"
#include "model/sentence.h"
#include "tests/lib/t.h"
#include "web/time_json.h"
#include <stdio.h>
#include <string.h>
#include <yyjson.h>

enum { TEXT_MAX = 512, ARENA_CHUNK = 4096, ARENA_MAX = 65536 };

static yyjson_doc *table_read(void)
{
    yyjson_doc *doc = yyjson_read_file(t_source("web/ui/test/date_cases.json"), 0, NULL, NULL);
    if (doc == NULL)
        T_FAIL("web/ui/test/date_cases.json can't be read");
    return doc;
}

/* The list's own length, so that an emptied table is no pass. */
static yyjson_val *list_of(yyjson_doc *doc, const char *name)
{
    yyjson_val *list = yyjson_obj_get(yyjson_doc_get_root(doc), name);
    T_TRUE(yyjson_arr_size(list) > 0);
    return list;
}

static struct bytes text_at(yyjson_val *pair, size_t at)
{
    yyjson_val *value = yyjson_arr_get(pair, at);
    return yyjson_is_str(value) ? bytes_of(yyjson_get_str(value), yyjson_get_len(value))
                                : (struct bytes){NULL, 0};
}

static bool all_digits(struct bytes text, size_t size)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.size == size;
}

/* Like 2024-08-05: the form of the API. */
static bool iso_form(struct bytes text)
{
    return text.size == 10 && text.data[4] == '-' && text.data[7] == '-';
}

TEST(dates_in_the_forms_of_the_api_and_of_the_sheets)
{
    yyjson_doc *doc = table_read();
    size_t at = 0, count = 0, tried = 0;
    yyjson_val *pair = NULL;
    yyjson_arr_foreach(list_of(doc, "dates"), at, count, pair)
    {
        struct bytes text = text_at(pair, 0), want = text_at(pair, 1);
        int32_t day = 0, wanted = 0;
        if (!iso_form(text) && !all_digits(text, 7))
            continue;
        tried++;
        bool read = iso_form(text) ? date_parse(text, &day) : roc_parse(text, &day);
        T_EQ_INT(read, want.data != NULL);
        if (read) {
            T_TRUE(date_parse(want, &wanted));
            T_EQ_INT(day, wanted);
        }
    }
    T_TRUE(tried >= 6);
    yyjson_doc_free(doc);
}

static void clocks_hold(yyjson_doc *doc, const char *name, bool is_end)
{
    size_t at = 0, count = 0;
    yyjson_val *pair = NULL;
    yyjson_arr_foreach(list_of(doc, name), at, count, pair)
    {
        struct bytes text = text_at(pair, 0), want = text_at(pair, 1);
        uint16_t minute = 0, wanted = 0;
        if (text.size != 5 || text.data[2] != ':')
            continue;
        bool read = time_parse(text, &minute) && (is_end || minute < 1440);
        T_EQ_INT(read, want.data != NULL);
        if (read) {
            T_TRUE(time_parse(want, &wanted));
            T_EQ_UINT(minute, wanted);
        }
    }
}

TEST(times_of_day_in_the_form_of_the_api)
{
    yyjson_doc *doc = table_read();
    clocks_hold(doc, "starts", false);
    clocks_hold(doc, "ends", true);
    yyjson_doc_free(doc);
}

TEST(dates_are_shown_alike)
{
    yyjson_doc *doc = table_read();
    size_t at = 0, count = 0;
    yyjson_val *pair = NULL;
    yyjson_arr_foreach(list_of(doc, "shown"), at, count, pair)
    {
        char text[TEXT_MAX];
        int32_t day = 0;
        struct writer out = writer_on(text, sizeof text);
        T_TRUE(date_parse(text_at(pair, 0), &day));
        sentence_date(&out, day);
        T_EQ_BYTES(bytes_of(text, out.size), text_at(pair, 1));
    }
    yyjson_doc_free(doc);
}

static void never(void *self, const char *pointer_suffix, const char *code)
{
    (void)self;
    T_FAIL("%s at %s", code, pointer_suffix);
}

TEST(rules_are_called_by_the_same_words)
{
    yyjson_doc *doc = table_read();
    struct arena arena;
    arena_init(&arena, ARENA_CHUNK, ARENA_MAX);
    size_t at = 0, count = 0;
    yyjson_val *row = NULL;
    yyjson_arr_foreach(list_of(doc, "sentences"), at, count, row)
    {
        char phrase[TEXT_MAX], clocks[TEXT_MAX];
        struct time_rule rule;
        struct writer said = writer_on(phrase, sizeof phrase);
        struct writer hours = writer_on(clocks, sizeof clocks);
        T_TRUE(time_from_json(yyjson_arr_get(row, 0), &arena, &rule, never, NULL));
        sentence_rule(&said, &rule);
        sentence_hours(&hours, &rule);
        T_EQ_BYTES(bytes_of(phrase, said.size), text_at(row, 1));
        T_EQ_BYTES(bytes_of(clocks, hours.size), text_at(row, 2));
    }
    arena_deinit(&arena);
    yyjson_doc_free(doc);
}

T_LIST(date_cases_test, T(dates_in_the_forms_of_the_api_and_of_the_sheets),
       T(times_of_day_in_the_form_of_the_api), T(dates_are_shown_alike),
       T(rules_are_called_by_the_same_words));
