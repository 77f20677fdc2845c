#include "sheet/sheet_strings.h"
#include "base/check.h"
#include "sheet/sheet_plain.h"
#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE = 64 * 1024, ROOM_FIRST = 256 };
enum element { NONE, TABLE, ITEM, RUN, TEXT };

struct reading {
    struct sheet_strings *strings;
    struct sheet_text *text;
    struct sheet_told *told;
};

void sheet_strings_init(struct sheet_strings *strings)
{
    *strings = (struct sheet_strings){0};
    /* An alignment of up to 15 bytes a string comes on top. */
    arena_init(&strings->memory, CHUNK_SIZE, SHEET_STRINGS_BYTES_MAX + 16 * SHEET_STRINGS_MAX);
}

void sheet_strings_deinit(struct sheet_strings *strings)
{
    arena_deinit(&strings->memory);
    large_map_give(&strings->texts);
    strings->texts_used = 0;
    if (strings->table.data == NULL)
        free(strings->items);
    large_map_give(&strings->table);
    strings->items = NULL;
    strings->count = strings->room = 0;
}

/* Room for all items that there may be. False: there is none. */
static bool table_take(struct sheet_strings *strings)
{
    if (!large_map_take(&strings->table, SHEET_STRINGS_MAX * sizeof *strings->items))
        return false;
    memcpy(strings->table.data, strings->items, strings->count * sizeof *strings->items);
    free(strings->items);
    strings->items = (struct bytes *)(void *)strings->table.data;
    strings->room = SHEET_STRINGS_MAX;
    return true;
}

static bool room_make(struct sheet_strings *strings)
{
    if (strings->count < strings->room)
        return true;
    if (strings->room == SHEET_STRINGS_SMALL && table_take(strings))
        return true;
    CHECK(strings->table.data == NULL); /* it has room for all */
    size_t room = strings->room == 0 ? ROOM_FIRST : strings->room * 2;
    struct bytes *items = realloc(strings->items, room * sizeof *items);
    if (items == NULL)
        return false;
    strings->items = items;
    strings->room = room;
    return true;
}

/* A copy of a text whose bytes are counted already. */
static struct bytes text_keep(struct sheet_strings *strings, struct bytes text)
{
    bool passes = strings->bytes > SHEET_STRINGS_BYTES_SMALL &&
                  strings->bytes - text.size <= SHEET_STRINGS_BYTES_SMALL;
    if (passes)
        (void)large_map_take(&strings->texts, SHEET_STRINGS_BYTES_MAX);
    if (strings->texts.data == NULL || text.size == 0)
        return arena_copy(&strings->memory, text);
    uint8_t *room = strings->texts.data + strings->texts_used;
    strings->texts_used += text.size;
    CHECK(strings->texts_used <= strings->texts.size);
    memcpy(room, text.data, text.size);
    return bytes_of(room, text.size);
}

static void item_take(struct reading *reading)
{
    struct sheet_strings *strings = reading->strings;
    if (!sheet_text_finish(reading->text)) {
        (void)sheet_tell(reading->told, SHEET_TOO_LARGE, "string %zu has over %d characters",
                         strings->count, SHEET_TEXT_MAX);
        return;
    }
    struct bytes text = sheet_text_bytes(reading->text);
    strings->bytes += text.size;
    if (strings->count == SHEET_STRINGS_MAX || strings->bytes > SHEET_STRINGS_BYTES_MAX) {
        (void)sheet_tell(reading->told, SHEET_TOO_LARGE,
                         "there are over %d strings or %d MiB of them", SHEET_STRINGS_MAX,
                         SHEET_STRINGS_BYTES_MAX >> 20);
        return;
    }
    struct bytes copy = text_keep(strings, text);
    if ((copy.data == NULL && text.size > 0) || !room_make(strings)) {
        (void)sheet_tell(reading->told, SHEET_NO_MEMORY, "the strings need memory");
        return;
    }
    strings->items[strings->count++] = copy;
}

static int on_start(void *context, int parent, const struct sheet_tag *tag)
{
    struct reading *reading = context;
    if (tag->space != SHEET_SPACE_MAIN)
        return NONE;
    if (parent == NONE && strcmp(tag->name, "sst") == 0)
        return TABLE;
    if (parent == TABLE && strcmp(tag->name, "si") == 0) {
        sheet_text_clear(reading->text);
        return ITEM;
    }
    if (parent == ITEM && strcmp(tag->name, "r") == 0)
        return RUN;
    if ((parent == ITEM || parent == RUN) && strcmp(tag->name, "t") == 0)
        return TEXT;
    return NONE; /* rPh, the reading of the text, with it */
}

static void on_text(void *context, int element, struct bytes text)
{
    struct reading *reading = context;
    if (element == TEXT)
        sheet_text_add(reading->text, text);
}

static void on_end(void *context, int element)
{
    if (element == ITEM)
        item_take(context);
}

static void on_restart(void *context)
{
    struct reading *reading = context;
    sheet_strings_deinit(reading->strings);
    sheet_strings_init(reading->strings);
}

enum sheet_fault sheet_strings_read(struct sheet_strings *strings, struct sheet_zip *zip, int entry,
                                    struct sheet_text *text, struct sheet_told *told)
{
    struct reading reading = {strings, text, told};
    const struct sheet_xml_sink sink = {&reading, on_start, on_text, on_end, on_restart};
    return sheet_plain_read(zip, entry, &sink, told);
}
