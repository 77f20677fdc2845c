/* Where a reading of XML stands, for the two that drive a sheet_xml_sink: sheet_xml.c by expat,
 * sheet_plain.c by itself. The sink sees the same from both.
 *
 * The caller has looked at the depth and at what is told: nothing is given after a fault. */
#pragma once
#include "base/check.h"
#include "sheet/sheet_xml.h"

struct sheet_walk {
    const struct sheet_xml_sink *sink;
    int depth, skipped; /* skipped: the depth below which nothing is of interest, 0: none */
    int path[SHEET_XML_DEPTH_MAX + 1];
};

static inline void sheet_walk_start(struct sheet_walk *walk, const struct sheet_tag *tag)
{
    CHECK(walk->depth < SHEET_XML_DEPTH_MAX);
    walk->depth++;
    if (walk->skipped != 0)
        return;
    int element = walk->sink->on_start(walk->sink->context, walk->path[walk->depth - 1], tag);
    walk->path[walk->depth] = element;
    if (element == 0)
        walk->skipped = walk->depth;
}

static inline void sheet_walk_end(struct sheet_walk *walk)
{
    CHECK(walk->depth > 0);
    walk->depth--;
    if (walk->skipped == 0) {
        if (walk->sink->on_end != NULL)
            walk->sink->on_end(walk->sink->context, walk->path[walk->depth + 1]);
    } else if (walk->depth < walk->skipped) {
        walk->skipped = 0;
    }
}

static inline void sheet_walk_text(struct sheet_walk *walk, struct bytes text)
{
    if (walk->skipped == 0 && walk->depth > 0 && walk->sink->on_text != NULL && text.size > 0)
        walk->sink->on_text(walk->sink->context, walk->path[walk->depth], text);
}
