/* One part of a workbook as XML: expat within limits (RELIABILITY 5).
 *
 * The consumer numbers the elements that it knows from 1; what is below an element of no interest
 * is passed over. Depth, attributes, the size of a token and expat's memory are bounded, a DOCTYPE
 * is refused, so nothing is ever expanded or fetched. The memory is counted in a variable of the
 * thread, since expat's allocator has no context: a part is read within one call on one thread. */
#pragma once
#include "sheet/sheet_zip.h"

enum {
    SHEET_XML_DEPTH_MAX = 32,
    SHEET_XML_ATTRIBUTES_MAX = 64,
    SHEET_XML_TOKEN_MAX = 64 * 1024,
    SHEET_XML_MEMORY_MAX = 4 * 1024 * 1024
};

/* The names of a namespace in its transitional and its strict form are one. */
enum sheet_space {
    SHEET_SPACE_OTHER,
    SHEET_SPACE_MAIN,      /* workbook, worksheet, shared strings, styles */
    SHEET_SPACE_RELATIONS, /* *.rels */
    SHEET_SPACE_TYPES,     /* [Content_Types].xml */
    SHEET_SPACE_CUSTOM,    /* docProps/custom.xml and the values in it */
};

struct sheet_tag {
    enum sheet_space space;
    const char *name;              /* without a prefix */
    const char *const *attributes; /* name, value, …, NULL; for the functions below */
};

/* The space of a namespace's name. */
enum sheet_space sheet_space_of(const char *name, size_t size);

/* NULL: it has none. The value lives until on_start returns. */
const char *sheet_attribute(const struct sheet_tag *tag, const char *name);
/* The attribute of relationships, `r:id`. */
const char *sheet_attribute_relation(const struct sheet_tag *tag);

struct sheet_xml_sink {
    void *context;
    /* The number of this element, 0: of no interest. `parent` 0 is the document. */
    int (*on_start)(void *context, int parent, const struct sheet_tag *tag);
    void (*on_text)(void *context, int element, struct bytes text); /* in any pieces; may be NULL */
    void (*on_end)(void *context, int element);                     /* may be NULL */
    /* Forget all that was given: the part will be given from its beginning once more. NULL: what
     * was given can't be taken back (sheet_plain.h then looks at all of a part beforehand). */
    void (*on_restart)(void *context);
};

/* Reads the whole part; a sink stops it by sheet_tell on the same `told`. */
enum sheet_fault sheet_xml_read(struct sheet_zip *zip, int entry, const struct sheet_xml_sink *sink,
                                struct sheet_told *told) MUST_CHECK;
