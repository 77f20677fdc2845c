/* What a part of a workbook gives its sink, by expat and by sheet_plain.c, to be compared. For unit
 * tests and fuzz targets.
 *
 * The sink takes all elements but those that begin with "skip", and stops at one named "stop".
 * Texts that follow each other are one; attributes with a prefix are left out, as the plain form
 * does. */
#pragma once
#include "base/check.h"
#include "sheet/sheet_plain.h"
#include "tests/lib/package.h"
#include <stdlib.h>

struct xml_events {
    struct sheet_told told;
    struct writer out;
    bool in_text;
};

static inline void xml_events_begin(struct xml_events *events, void *room, size_t size)
{
    *events = (struct xml_events){.out = writer_on(room, size)};
}

static inline int xml_events_on_start(void *context, int parent, const struct sheet_tag *tag)
{
    struct xml_events *events = context;
    events->in_text = false;
    write_text(&events->out, "\n<");
    write_u8(&events->out, (uint8_t)('0' + parent));
    write_u8(&events->out, (uint8_t)('0' + (int)tag->space));
    write_text(&events->out, tag->name);
    for (const char *const *at = tag->attributes; at[0] != NULL; at += 2) {
        if (strchr(at[0], '\n') != NULL)
            continue;
        write_text(&events->out, " ");
        write_text(&events->out, at[0]);
        write_text(&events->out, "=");
        write_text(&events->out, at[1]);
    }
    if (strcmp(tag->name, "stop") == 0)
        (void)sheet_tell(&events->told, SHEET_STOPPED, "at %s", tag->name);
    return strncmp(tag->name, "skip", 4) == 0 ? 0 : 1 + (tag->name[0] & 7);
}

static inline void xml_events_on_text(void *context, int element, struct bytes text)
{
    struct xml_events *events = context;
    if (!events->in_text) {
        write_text(&events->out, "\n:");
        write_u8(&events->out, (uint8_t)('0' + element));
    }
    events->in_text = true;
    write_raw(&events->out, text);
}

static inline void xml_events_on_end(void *context, int element)
{
    struct xml_events *events = context;
    events->in_text = false;
    write_text(&events->out, "\n>");
    write_u8(&events->out, (uint8_t)('0' + element));
}

static inline void xml_events_on_restart(void *context)
{
    struct xml_events *events = context;
    CHECK(events->told.fault == SHEET_FINE);
    events->in_text = false;
    events->out.size = 0;
}

/* False: the document is not plain. `anew`: the sink can begin anew, so one walk is enough. */
static inline bool xml_events_by_plain(struct xml_events *events, struct bytes document, bool anew)
{
    const struct sheet_xml_sink sink = {events, xml_events_on_start, xml_events_on_text,
                                        xml_events_on_end, anew ? xml_events_on_restart : NULL};
    uint8_t *copy = malloc(document.size + 1); /* its own, so that a byte too many is seen */
    CHECK(copy != NULL);
    if (document.size > 0)
        memcpy(copy, document.data, document.size);
    bool plain = sheet_plain_walk(copy, document.size, &sink, &events->told);
    free(copy);
    return plain;
}

/* The same of a part that passes through a window of `window` bytes. */
static inline bool xml_events_by_pieces(struct xml_events *events, struct bytes document,
                                        size_t window, void *room, size_t size)
{
    const struct sheet_xml_sink sink = {events, xml_events_on_start, xml_events_on_text,
                                        xml_events_on_end, xml_events_on_restart};
    struct sheet_zip *zip;
    struct package package;
    package_begin(&package, room, size);
    package_add(&package, "a", document);
    CHECK(sheet_zip_open(&zip, package_end(&package), &events->told) == SHEET_FINE);
    bool plain = sheet_plain_pieces(zip, 0, window, &sink, &events->told);
    sheet_zip_close(zip);
    return plain;
}

static inline void xml_events_by_expat(struct xml_events *events, struct bytes document, void *room,
                                       size_t size)
{
    const struct sheet_xml_sink sink = {events, xml_events_on_start, xml_events_on_text,
                                        xml_events_on_end, NULL};
    struct sheet_zip *zip;
    struct package package;
    package_begin(&package, room, size);
    package_add(&package, "a", document);
    CHECK(sheet_zip_open(&zip, package_end(&package), &events->told) == SHEET_FINE);
    enum sheet_fault fault = sheet_xml_read(zip, 0, &sink, &events->told);
    CHECK(fault == events->told.fault);
    sheet_zip_close(zip);
}
