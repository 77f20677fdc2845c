/* XML of the plain form that writers of workbooks emit, read without expat.
 *
 * Plain is: UTF-8; one of a few XML declarations or none; a default namespace that we know, set by
 * the root; other prefixes only for namespaces that we don't; ASCII names; no comment, processing
 * instruction, CDATA or DOCTYPE; and no more than the limits of sheet_xml.h and below. What expat
 * would refuse is not plain; what is plain gives the sink what expat would give, but for attributes
 * with a prefix, which it does not get (not for `r:id`). tests/fuzz/sheet_plain_fuzz.c holds both
 * against each other.
 *
 * A sink with on_restart is given the part while it is walked; where it turns out not to be plain
 * the sink is told to forget it. For any other the bytes are first walked as far as their end, so
 * a part that is too large to be there whole goes to expat. */
#pragma once
#include "sheet/sheet_xml.h"

enum {
    SHEET_PLAIN_MAX = 4 * 1024 * 1024, /* bytes of a part that is walked in one piece */
    SHEET_PLAIN_WINDOW = 256 * 1024,   /* a larger one passes through this, for a sink that can */
    SHEET_PLAIN_NAME_MAX = 64,
    SHEET_PLAIN_PREFIXES_MAX = 32,
    /* Expat keeps every name that it has met: so many names of over two characters, each unlike
     * those that were met lately, take less than its allowance. */
    SHEET_PLAIN_NAMES_MAX = 8192
};

/* Like sheet_xml_read, which reads what is not plain. */
enum sheet_fault sheet_plain_read(struct sheet_zip *zip, int entry,
                                  const struct sheet_xml_sink *sink,
                                  struct sheet_told *told) MUST_CHECK;
/* False: not plain, the sink has nothing and `told` is zero. The document is written over, the byte
 * behind it, too. `told` must be zero. */
bool sheet_plain_walk(uint8_t *document, size_t size, const struct sheet_xml_sink *sink,
                      struct sheet_told *told) MUST_CHECK;
/* The same for a part that is inflated through a window of `size` bytes, as far as the sink wants
 * it. One with a tag or a text that the window does not hold is not plain, nor is a damaged one,
 * and nothing of it counts as inflated. `sink` has on_restart. */
bool sheet_plain_pieces(struct sheet_zip *zip, int entry, size_t size,
                        const struct sheet_xml_sink *sink, struct sheet_told *told) MUST_CHECK;
