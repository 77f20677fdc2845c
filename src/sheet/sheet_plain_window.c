/* A part that passes through a window: it ends before a tag, so that what is walked in it is whole
 * tags and whole texts. The `<` there does what the NUL does at the end of the part: it can't stand
 * within a tag or a text. */
#include "base/check.h"
#include "sheet/sheet_plain_private.h"
#include <stdlib.h>
#include <string.h>

struct plain_window {
    struct sheet_part *part;
    size_t filled, room;
    bool ended; /* the part has, and its checksum was right */
    /* Names that are looked at again when the bytes that they stood in have left. */
    uint8_t kept[SHEET_XML_DEPTH_MAX + SHEET_PLAIN_PREFIXES_MAX][SHEET_PLAIN_NAME_MAX + 1];
    uint8_t data[]; /* one byte more than `room` */
};

static void name_keep(struct plain_name *name, uint8_t *room)
{
    CHECK(name->size <= SHEET_PLAIN_NAME_MAX);
    memmove(room, name->data, name->size); /* it may stand there already */
    name->data = room;
}

static void names_keep(struct plain *plain)
{
    struct plain_window *window = plain->window;
    for (int i = 0; i < plain->depth; i++)
        name_keep(&plain->open[i], window->kept[i]);
    for (size_t i = 0; i < plain->declared_count; i++)
        name_keep(&plain->declared[i].name, window->kept[SHEET_XML_DEPTH_MAX + i]);
    /* Forgotten: they count as new when they are met again, which errs towards expat. */
    memset(plain->lately, 0, sizeof plain->lately);
}

static bool fill(struct plain_window *window)
{
    struct sheet_told told = {0};
    while (window->filled < window->room && !window->ended) {
        size_t size;
        if (sheet_part_next(window->part, window->data + window->filled,
                            window->room - window->filled, &size, &told) != SHEET_FINE)
            return false;
        window->filled += size;
        window->ended = size == 0;
    }
    return true;
}

bool plain_window_slide(struct plain *plain)
{
    struct plain_window *window = plain->window;
    if (window == NULL || window->ended)
        return false;
    names_keep(plain);
    window->filled -= (size_t)(plain->at - window->data);
    memmove(window->data, plain->at, window->filled);
    if (!fill(window))
        return false;
    plain->at = window->data;
    plain->end = window->ended ? window->data + window->filled
                               : memrchr(window->data + 1, '<', window->filled - 1);
    if (window->ended)
        *plain->end = '\0';
    return plain->end != NULL;
}

struct plain_window *plain_window_open(struct sheet_part *part, size_t size)
{
    CHECK(size > 0);
    struct plain_window *window = malloc(sizeof *window + size + 1);
    if (window == NULL)
        return NULL;
    window->part = part;
    window->filled = 0;
    window->room = size;
    window->ended = false;
    return window;
}

uint8_t *plain_window_data(struct plain_window *window)
{
    return window->data;
}
