/* Many shared strings and long ones: their limits, and the large memory that they go to. */
#include "sheet/sheet_strings.h"
#include "tests/lib/package.h"
#include "tests/lib/t.h"
#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 24 * 1024 * 1024, PIECE = 16 * 1024, KIND = 13 };

#define SST "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"

struct world {
    uint8_t *document, *file;
    struct writer out; /* on the document */
    struct sheet_text text;
    struct sheet_strings strings;
    struct sheet_told told;
};

static struct world *world_begin(void)
{
    struct world *world = calloc(1, sizeof *world);
    world->document = malloc(ROOM);
    world->file = malloc(ROOM);
    world->out = writer_on(world->document, ROOM);
    write_text(&world->out, SST);
    sheet_strings_init(&world->strings);
    return world;
}

static void world_end(struct world *world)
{
    sheet_strings_deinit(&world->strings);
    T_TRUE(world->strings.texts.data == NULL && world->strings.table.data == NULL);
    free(world->document);
    free(world->file);
    free(world);
}

static enum sheet_fault strings_read(struct world *world, const char *end)
{
    struct package package;
    struct sheet_zip *zip;
    write_text(&world->out, end);
    T_FALSE(world->out.failed);
    package_begin(&package, world->file, ROOM);
    package_add(&package, "a", writer_bytes(&world->out));
    T_EQ_INT(sheet_zip_open(&zip, package_end(&package), &world->told), SHEET_FINE);
    enum sheet_fault fault =
        sheet_strings_read(&world->strings, zip, 0, &world->text, &world->told);
    sheet_zip_close(zip);
    return fault;
}

/* The string of a number: of every size from none to KIND - 1, or one that is padded. */
static size_t string_print(size_t number, size_t padding, char *to)
{
    int size = snprintf(to, 2 * KIND, "%012zu", number);
    size_t kept = (size_t)size * (padding > 0) + (number % KIND) * (padding == 0);
    memset(to + size, 'x', padding);
    return padding == 0 ? kept : kept + padding;
}

static void strings_write(struct world *world, size_t count, size_t padding)
{
    static char text[2 * KIND + PIECE];
    for (size_t i = 0; i < count; i++) {
        write_text(&world->out, "<si><t>");
        write_raw(&world->out, bytes_of(text, string_print(i, padding, text)));
        write_text(&world->out, "</t></si>");
    }
}

static void strings_are(const struct sheet_strings *strings, size_t count, size_t padding)
{
    static char text[2 * KIND + PIECE];
    size_t sum = 0;
    T_EQ_UINT(strings->count, count);
    for (size_t i = 0; i < count; i++) {
        struct bytes wanted = bytes_of(text, string_print(i, padding, text));
        sum += wanted.size;
        if (!bytes_equal(strings->items[i], wanted))
            T_FAIL("string %zu of %zu bytes", i, wanted.size);
    }
    T_EQ_UINT(strings->bytes, sum);
}

TEST(strings_are_kept_where_there_are_many)
{
    static const size_t counts[] = {SHEET_STRINGS_SMALL, SHEET_STRINGS_SMALL + 1, 100000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct world *world = world_begin();
        strings_write(world, counts[i], 0);
        T_EQ_INT(strings_read(world, "</sst>"), SHEET_FINE);
        strings_are(&world->strings, counts[i], 0);
        T_EQ_INT(world->strings.table.data != NULL, counts[i] > SHEET_STRINGS_SMALL);
        T_EQ_INT(world->strings.texts.data != NULL,
                 world->strings.bytes > SHEET_STRINGS_BYTES_SMALL);
        world_end(world);
    }
}

/* 12 bytes and the padding each: a window of sheet_plain.c holds a few. */
TEST(strings_are_kept_where_they_are_long)
{
    struct world *world = world_begin();
    strings_write(world, 700, PIECE);
    T_EQ_INT(strings_read(world, "</sst>"), SHEET_FINE);
    strings_are(&world->strings, 700, PIECE);
    world_end(world);
}

/* Not plain at its very end: all is given a second time. */
TEST(strings_are_forgotten_for_those_that_are_given_anew)
{
    struct world *world = world_begin();
    strings_write(world, 20000, 300);
    T_EQ_INT(strings_read(world, "</sst><!---->"), SHEET_FINE);
    strings_are(&world->strings, 20000, 300);
    world_end(world);
}

TEST(the_limit_of_their_number_holds)
{
    struct world *world = world_begin();
    strings_write(world, SHEET_STRINGS_MAX, 0);
    T_EQ_INT(strings_read(world, "</sst>"), SHEET_FINE);
    strings_are(&world->strings, SHEET_STRINGS_MAX, 0);
    world_end(world);
    world = world_begin();
    strings_write(world, SHEET_STRINGS_MAX + 1, 0);
    T_EQ_INT(strings_read(world, "</sst>"), SHEET_TOO_LARGE);
    T_HAS(world->told.text, "over 200000 strings or 16 MiB");
    world_end(world);
}

TEST(the_limit_of_their_bytes_holds_to_the_byte)
{
    enum { COUNT = SHEET_STRINGS_BYTES_MAX / PIECE, PADDING = PIECE - 12 };
    struct world *world = world_begin();
    strings_write(world, COUNT, PADDING);
    T_EQ_INT(strings_read(world, "<si/></sst>"), SHEET_FINE);
    T_EQ_UINT(world->strings.bytes, SHEET_STRINGS_BYTES_MAX);
    T_EQ_UINT(world->strings.count, COUNT + 1);
    world_end(world);
    world = world_begin();
    strings_write(world, COUNT, PADDING);
    /* Refused before the end, and before what is no XML. */
    T_EQ_INT(strings_read(world, "<si><t>a</t></si></a>"), SHEET_TOO_LARGE);
    world_end(world);
}

T_LIST(sheet_strings_test, T(strings_are_kept_where_there_are_many),
       T(strings_are_kept_where_they_are_long),
       T(strings_are_forgotten_for_those_that_are_given_anew), T(the_limit_of_their_number_holds),
       T(the_limit_of_their_bytes_holds_to_the_byte));
