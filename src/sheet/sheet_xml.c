#include "sheet/sheet_xml.h"
#include "base/check.h"
#include "sheet/sheet_walk.h"
#include <expat.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE = 16 * 1024, SEPARATOR = '\n', HEAD_SIZE = 16 };

struct allowance {
    size_t used;
    bool exceeded, refused; /* over the limit; malloc failed */
};

/* Whose allowance expat's next allocation is on. Set only while a call into expat runs. */
static _Thread_local struct allowance *spending;

struct xml {
    XML_Parser parser;
    struct allowance allowance;
    struct sheet_walk walk;
    struct sheet_told *told;
    int spaces_declared; /* by the tag that comes next */
    uint64_t fed;
};

/* ---- memory: each piece has its size in front ---- */

static void *counted_resize(void *old, size_t size)
{
    size_t before = 0;
    if (old != NULL)
        memcpy(&before, (char *)old - HEAD_SIZE, sizeof before);
    CHECK(spending != NULL && spending->used >= before);
    size_t used = spending->used - before;
    if (size > SHEET_XML_MEMORY_MAX || used > SHEET_XML_MEMORY_MAX - size) {
        spending->exceeded = true;
        return NULL;
    }
    char *piece = realloc(old == NULL ? NULL : (char *)old - HEAD_SIZE, size + HEAD_SIZE);
    if (piece == NULL) {
        spending->refused = true;
        return NULL;
    }
    memcpy(piece, &size, sizeof size);
    spending->used = used + size;
    return piece + HEAD_SIZE;
}

static void *counted_take(size_t size)
{
    return counted_resize(NULL, size);
}

static void counted_free(void *piece)
{
    if (piece == NULL)
        return;
    size_t size;
    memcpy(&size, (char *)piece - HEAD_SIZE, sizeof size);
    CHECK(spending != NULL && spending->used >= size);
    spending->used -= size;
    free((char *)piece - HEAD_SIZE);
}

/* ---- names ---- */

static const struct {
    const char *name;
    enum sheet_space space;
} spaces[] = {
    {"http://schemas.openxmlformats.org/spreadsheetml/2006/main", SHEET_SPACE_MAIN},
    {"http://purl.oclc.org/ooxml/spreadsheetml/main", SHEET_SPACE_MAIN},
    {"http://schemas.openxmlformats.org/package/2006/relationships", SHEET_SPACE_RELATIONS},
    {"http://schemas.openxmlformats.org/package/2006/content-types", SHEET_SPACE_TYPES},
    {"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties", SHEET_SPACE_CUSTOM},
    {"http://purl.oclc.org/ooxml/officeDocument/customProperties", SHEET_SPACE_CUSTOM},
    {"http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes", SHEET_SPACE_CUSTOM},
    {"http://purl.oclc.org/ooxml/officeDocument/docPropsVTypes", SHEET_SPACE_CUSTOM},
};

enum sheet_space sheet_space_of(const char *name, size_t size)
{
    for (size_t i = 0; i < ARRAY_COUNT(spaces); i++)
        if (strncmp(spaces[i].name, name, size) == 0 && spaces[i].name[size] == '\0')
            return spaces[i].space;
    return SHEET_SPACE_OTHER;
}

/* Names are short: a call of strcmp would take longer. */
static inline bool same_name(const char *a, const char *b)
{
    for (; *a == *b; a++, b++)
        if (*a == '\0')
            return true;
    return false;
}

const char *sheet_attribute(const struct sheet_tag *tag, const char *name)
{
    for (const char *const *at = tag->attributes; at[0] != NULL; at += 2)
        if (same_name(at[0], name))
            return at[1];
    return NULL;
}

const char *sheet_attribute_relation(const struct sheet_tag *tag)
{
    const char *id =
        sheet_attribute(tag, "http://schemas.openxmlformats.org/officeDocument/2006/relationships\n"
                             "id");
    return id != NULL
               ? id
               : sheet_attribute(tag, "http://purl.oclc.org/ooxml/officeDocument/relationships\n"
                                      "id");
}

/* ---- what expat calls ---- */

static void stop_if_told(struct xml *xml)
{
    if (xml->told->fault != SHEET_FINE)
        (void)XML_StopParser(xml->parser, XML_FALSE);
}

static void stop(struct xml *xml, enum sheet_fault fault, const char *sentence)
{
    (void)sheet_tell(xml->told, fault, "%s", sentence);
    stop_if_told(xml);
}

static void XMLCALL on_space(void *self, const XML_Char *prefix, const XML_Char *name)
{
    (void)prefix;
    (void)name;
    struct xml *xml = self;
    xml->spaces_declared++;
}

static void XMLCALL on_start(void *self, const XML_Char *name, const XML_Char **attributes)
{
    struct xml *xml = self;
    if (xml->told->fault != SHEET_FINE)
        return; /* expat ends the token that it is in, <c/> by both handlers */
    int count = xml->spaces_declared;
    xml->spaces_declared = 0;
    for (const XML_Char **at = attributes; *at != NULL; at += 2)
        count++;
    if (count > SHEET_XML_ATTRIBUTES_MAX) {
        stop(xml, SHEET_TOO_LARGE, "an element has over 64 attributes");
        return;
    }
    if (xml->walk.depth == SHEET_XML_DEPTH_MAX) {
        stop(xml, SHEET_TOO_LARGE, "elements are nested deeper than 32");
        return;
    }
    const char *local = strrchr(name, SEPARATOR);
    struct sheet_tag tag = {.space = local == NULL ? SHEET_SPACE_OTHER
                                                   : sheet_space_of(name, (size_t)(local - name)),
                            .name = local == NULL ? name : local + 1,
                            .attributes = (const char *const *)attributes};
    sheet_walk_start(&xml->walk, &tag);
    stop_if_told(xml);
}

static void XMLCALL on_end(void *self, const XML_Char *name)
{
    (void)name;
    struct xml *xml = self;
    if (xml->told->fault != SHEET_FINE)
        return;
    sheet_walk_end(&xml->walk);
    stop_if_told(xml);
}

static void XMLCALL on_text(void *self, const XML_Char *text, int size)
{
    struct xml *xml = self;
    if (xml->told->fault != SHEET_FINE)
        return;
    sheet_walk_text(&xml->walk, bytes_of(text, (size_t)size));
    stop_if_told(xml);
}

static void XMLCALL on_doctype(void *self, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(self, SHEET_BROKEN, "a part has a DOCTYPE");
}

/* ---- the loop ---- */

static enum sheet_fault failure(struct xml *xml)
{
    enum XML_Error error = XML_GetErrorCode(xml->parser);
    if (xml->allowance.refused)
        return sheet_tell(xml->told, SHEET_NO_MEMORY, "the XML of a part needs memory");
    if (xml->allowance.exceeded)
        return sheet_tell(xml->told, SHEET_TOO_LARGE, "the XML of a part needs over %d MiB",
                          SHEET_XML_MEMORY_MAX >> 20);
    const char *sentence = XML_ErrorString(error);
    return sheet_tell(xml->told, SHEET_BROKEN, "line %lu of the XML: %s",
                      (unsigned long)XML_GetCurrentLineNumber(xml->parser),
                      sentence == NULL ? "an error" : sentence);
}

/* What is fed and belongs to a token that has not ended. */
static uint64_t pending(const struct xml *xml)
{
    XML_Index at = XML_GetCurrentByteIndex(xml->parser);
    return at < 0 || (uint64_t)at > xml->fed ? 0 : xml->fed - (uint64_t)at;
}

static enum sheet_fault feed(struct xml *xml, struct sheet_part *part, bool *ended)
{
    void *room = XML_GetBuffer(xml->parser, CHUNK_SIZE);
    if (room == NULL)
        return failure(xml);
    size_t size;
    enum sheet_fault fault = sheet_part_next(part, room, CHUNK_SIZE, &size, xml->told);
    if (fault != SHEET_FINE)
        return fault;
    *ended = size == 0;
    xml->fed += size;
    if (XML_ParseBuffer(xml->parser, (int)size, *ended) != XML_STATUS_OK)
        return failure(xml);
    if (!*ended && pending(xml) > SHEET_XML_TOKEN_MAX)
        return sheet_tell(xml->told, SHEET_TOO_LARGE, "a token of the XML is over %d KiB",
                          SHEET_XML_TOKEN_MAX >> 10);
    return xml->told->fault;
}

static XML_Parser parser_create(struct xml *xml)
{
    static const XML_Memory_Handling_Suite memory = {counted_take, counted_resize, counted_free};
    static const XML_Char separator[] = {SEPARATOR, '\0'};
    XML_Parser parser = XML_ParserCreate_MM(NULL, &memory, separator);
    if (parser == NULL)
        return NULL;
    XML_SetUserData(parser, xml);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartNamespaceDeclHandler(parser, on_space);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    /* Off: our own limit on tokens bounds what is scanned again, and pending() is exact. */
    (void)XML_SetReparseDeferralEnabled(parser, XML_FALSE);
    return parser;
}

enum sheet_fault sheet_xml_read(struct sheet_zip *zip, int entry, const struct sheet_xml_sink *sink,
                                struct sheet_told *told)
{
    struct sheet_part *part;
    enum sheet_fault fault = sheet_part_open(zip, entry, &part, told);
    if (fault != SHEET_FINE)
        return fault;
    struct xml xml = {.walk.sink = sink, .told = told};
    CHECK(spending == NULL);
    spending = &xml.allowance;
    xml.parser = parser_create(&xml);
    if (xml.parser == NULL)
        fault = sheet_tell(told, SHEET_NO_MEMORY, "the XML of a part needs memory");
    bool ended = false;
    while (fault == SHEET_FINE && !ended)
        fault = feed(&xml, part, &ended);
    if (xml.parser != NULL)
        XML_ParserFree(xml.parser);
    CHECK(xml.allowance.used == 0);
    spending = NULL;
    sheet_part_close(part);
    return fault;
}
