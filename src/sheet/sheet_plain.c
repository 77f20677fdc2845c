#include "sheet/sheet_plain.h"
#include "base/check.h"
#include "sheet/sheet_walk.h"
#include <stdlib.h>
#include <string.h>

struct name {
    uint8_t *data;
    size_t size, prefix; /* prefix: its bytes with the colon, 0: none */
};

struct attribute {
    struct name name;
    uint8_t *value;
    size_t size;
};

struct plain {
    uint8_t *at, *end;
    bool giving; /* this is the second walk */
    struct sheet_told *told;
    struct sheet_walk walk;
    enum sheet_space space; /* of names without a prefix */
    size_t names;           /* that expat may have kept */
    int depth;
    struct name open[SHEET_XML_DEPTH_MAX];
    struct declared {
        struct name name; /* xmlns:prefix */
        int depth;        /* of the element that declares it */
    } declared[SHEET_PLAIN_PREFIXES_MAX];
    size_t declared_count;
    struct attribute attributes[SHEET_XML_ATTRIBUTES_MAX]; /* of this tag */
    size_t count;
    bool spaced; /* namespaces play a part in it */
};

/* ---- characters ---- */

/* What a byte can be: in a name (its first character, a later one), between attributes, in a text
 * and in a value if it stands for itself. Bytes beyond ASCII are looked at where they stand. */
enum { HEAD = 1, INNER = 2, BLANK = 4, TEXT = 8, VALUE = 16 };
enum {
    NO = 0,
    RE = BLANK,
    LI = BLANK | TEXT,
    SP = BLANK | TEXT | VALUE,
    QU = TEXT,
    GR = VALUE,
    OT = TEXT | VALUE,
    IN = INNER | TEXT | VALUE,
    LE = HEAD | INNER | TEXT | VALUE
};

/* clang-format off */
static const uint8_t kinds[256] = {
    NO, NO, NO, NO, NO, NO, NO, NO, NO, LI, LI, NO, NO, RE, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    SP, OT, QU, OT, OT, OT, NO, QU, OT, OT, OT, OT, OT, IN, IN, OT,
    IN, IN, IN, IN, IN, IN, IN, IN, IN, IN, OT, OT, NO, OT, GR, OT,
    OT, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE,
    LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, OT, OT, OT, OT, LE,
    OT, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE,
    LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, LE, OT, OT, OT, OT, OT,
};
/* clang-format on */

static bool is(uint8_t c, int kind)
{
    return (kinds[c] & kind) != 0;
}

/* Bytes of the character of UTF-8 beyond ASCII at `at`; 0: none that XML may hold. */
static size_t wide_size(const uint8_t *at, const uint8_t *end)
{
    size_t size = *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
    if (*at < 0xc2 || *at > 0xf4 || (size_t)(end - at) < size)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, above U+10FFFF, U+FFFE and U+FFFF. */
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f) ||
        (at[0] == 0xef && at[1] == 0xbf && at[2] > 0xbd))
        return 0;
    return size;
}

static bool take(struct plain *plain, const char *text)
{
    size_t size = strlen(text);
    if ((size_t)(plain->end - plain->at) < size || memcmp(plain->at, text, size) != 0)
        return false;
    plain->at += size;
    return true;
}

static bool blanks_take(struct plain *plain)
{
    const uint8_t *from = plain->at;
    while (plain->at < plain->end && is(*plain->at, BLANK))
        plain->at++;
    return plain->at > from;
}

static bool byte_take(struct plain *plain, uint8_t c)
{
    if (plain->at == plain->end || *plain->at != c)
        return false;
    plain->at++;
    return true;
}

/* ---- names ---- */

static bool name_take(struct plain *plain, struct name *name)
{
    uint8_t *at = plain->at;
    name->data = at;
    name->prefix = 0;
    if (at == plain->end || !is(*at, HEAD))
        return false;
    for (; at < plain->end && (is(*at, INNER) || *at == ':'); at++) {
        if (*at != ':')
            continue;
        if (name->prefix != 0 || plain->end - at < 2 || !is(at[1], HEAD))
            return false;
        name->prefix = (size_t)(at - name->data) + 1;
    }
    name->size = (size_t)(at - name->data);
    plain->at = at;
    plain->names += name->size > 2;
    return name->size <= SHEET_PLAIN_NAME_MAX && plain->names <= SHEET_PLAIN_NAMES_MAX;
}

static bool same(const uint8_t *a, const uint8_t *b, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

static bool is_space(const struct name *name)
{
    return name->size == 5 && same(name->data, (const uint8_t *)"xmlns", 5);
}

/* Equal but for their prefixes: two of them could stand for one namespace. */
static bool names_clash(const struct name *a, const struct name *b)
{
    size_t size = a->size - a->prefix;
    return size == b->size - b->prefix && (a->prefix == 0) == (b->prefix == 0) &&
           same(a->data + a->prefix, b->data + b->prefix, size);
}

static bool prefix_is(const struct name *name, const char *text, size_t size)
{
    return name->prefix == size && same(name->data, (const uint8_t *)text, size);
}

static bool prefix_known(const struct plain *plain, const struct name *name)
{
    for (size_t i = 0; i < plain->declared_count; i++) {
        const struct name *known = &plain->declared[i].name;
        if (known->size - known->prefix == name->prefix - 1 &&
            same(known->data + known->prefix, name->data, name->prefix - 1))
            return true;
    }
    return false;
}

/* ---- attributes ---- */

static bool value_take(struct plain *plain, struct attribute *attribute)
{
    uint8_t *at = plain->at;
    const uint8_t *end = plain->end;
    if (at == end || (*at != '"' && *at != '\''))
        return false;
    uint8_t quote = *at++;
    attribute->value = at;
    while (at < end && *at != quote) {
        size_t size = is(*at, VALUE) || *at == '"' || *at == '\'' ? 1 : wide_size(at, end);
        if (size == 0)
            return false;
        at += size;
    }
    if (at == end)
        return false;
    attribute->size = (size_t)(at - attribute->value);
    plain->at = at + 1;
    return true;
}

static bool attribute_take(struct plain *plain)
{
    if (plain->count == SHEET_XML_ATTRIBUTES_MAX)
        return false;
    struct attribute *attribute = &plain->attributes[plain->count];
    if (!name_take(plain, &attribute->name) || !byte_take(plain, '=') ||
        !value_take(plain, attribute))
        return false;
    for (size_t i = 0; i < plain->count; i++)
        if (names_clash(&plain->attributes[i].name, &attribute->name))
            return false;
    plain->count++;
    plain->spaced |= attribute->name.prefix != 0 || is_space(&attribute->name);
    return true;
}

/* ---- namespaces ---- */

static bool uri_is_plain(const struct attribute *attribute)
{
    for (size_t i = 0; i < attribute->size; i++)
        if (attribute->value[i] <= ' ' || attribute->value[i] > '~')
            return false;
    return attribute->size > 0;
}

/* A prefix for a namespace that is none of ours, nor one that XML reserves. */
static bool prefix_declare(struct plain *plain, const struct attribute *attribute)
{
    const struct name *name = &attribute->name;
    struct bytes uri = bytes_of(attribute->value, attribute->size);
    struct bytes prefix = bytes_of(name->data + name->prefix, name->size - name->prefix);
    if (plain->declared_count == SHEET_PLAIN_PREFIXES_MAX || !uri_is_plain(attribute) ||
        bytes_start_with(prefix, BYTES_LITERAL("xml")) ||
        bytes_start_with(uri, BYTES_LITERAL("http://www.w3.org/XML/")) ||
        bytes_start_with(uri, BYTES_LITERAL("http://www.w3.org/2000/")) ||
        sheet_space_of((const char *)uri.data, uri.size) != SHEET_SPACE_OTHER)
        return false;
    plain->declared[plain->declared_count++] = (struct declared){*name, plain->depth};
    return true;
}

static bool space_declare(struct plain *plain, const struct attribute *attribute)
{
    if (plain->depth != 1 || !uri_is_plain(attribute))
        return false;
    plain->space = sheet_space_of((const char *)attribute->value, attribute->size);
    return plain->space != SHEET_SPACE_OTHER;
}

/* What a tag declares counts for the tag itself. */
static bool spaces_take(struct plain *plain, const struct name *name)
{
    for (size_t i = 0; i < plain->count; i++) {
        const struct attribute *attribute = &plain->attributes[i];
        if (is_space(&attribute->name) && !space_declare(plain, attribute))
            return false;
        if (prefix_is(&attribute->name, "xmlns:", 6) && !prefix_declare(plain, attribute))
            return false;
    }
    for (size_t i = 0; i < plain->count; i++) {
        const struct name *its = &plain->attributes[i].name;
        if (its->prefix != 0 && !prefix_is(its, "xmlns:", 6) && !prefix_is(its, "xml:", 4) &&
            !prefix_known(plain, its))
            return false;
    }
    return plain->space != SHEET_SPACE_OTHER && (name->prefix == 0 || prefix_known(plain, name));
}

/* ---- elements ---- */

/* What stands behind the name and the values has been read: a NUL may take its place. */
static void start_give(struct plain *plain, const struct name *name)
{
    const char *given[2 * SHEET_XML_ATTRIBUTES_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; i < plain->count; i++) {
        const struct attribute *attribute = &plain->attributes[i];
        if (attribute->name.prefix != 0 || is_space(&attribute->name))
            continue;
        attribute->name.data[attribute->name.size] = '\0';
        attribute->value[attribute->size] = '\0';
        given[count++] = (const char *)attribute->name.data;
        given[count++] = (const char *)attribute->value;
    }
    given[count] = NULL;
    name->data[name->size] = '\0';
    struct sheet_tag tag = {.space = name->prefix == 0 ? plain->space : SHEET_SPACE_OTHER,
                            .name = (const char *)name->data + name->prefix,
                            .attributes = given};
    sheet_walk_start(&plain->walk, &tag);
}

static void element_close(struct plain *plain)
{
    while (plain->declared_count > 0 &&
           plain->declared[plain->declared_count - 1].depth == plain->depth)
        plain->declared_count--;
    plain->depth--;
    if (plain->giving && plain->told->fault == SHEET_FINE)
        sheet_walk_end(&plain->walk);
}

static bool start_take(struct plain *plain)
{
    const uint8_t *from = plain->at;
    if (plain->depth == SHEET_XML_DEPTH_MAX || !byte_take(plain, '<'))
        return false;
    struct name *name = &plain->open[plain->depth++];
    if (!name_take(plain, name))
        return false;
    plain->count = 0;
    plain->spaced = name->prefix != 0 || plain->depth == 1;
    while (blanks_take(plain) && plain->at < plain->end && is(*plain->at, HEAD))
        if (!attribute_take(plain))
            return false;
    bool closed = byte_take(plain, '/');
    if (!byte_take(plain, '>') || plain->at - from > SHEET_XML_TOKEN_MAX ||
        (plain->spaced && !spaces_take(plain, name)))
        return false;
    if (plain->giving)
        start_give(plain, name);
    if (closed)
        element_close(plain);
    return true;
}

static bool end_take(struct plain *plain)
{
    const struct name *name = &plain->open[plain->depth - 1];
    plain->at += 2;
    if ((size_t)(plain->end - plain->at) <= name->size ||
        !same(plain->at, name->data, name->size) || plain->at[name->size] != '>')
        return false;
    plain->at += name->size + 1;
    element_close(plain);
    return true;
}

/* ---- text ---- */

static void text_give(struct plain *plain, const uint8_t *from, size_t size)
{
    if (plain->giving && plain->told->fault == SHEET_FINE)
        sheet_walk_text(&plain->walk, bytes_of(from, size));
}

static bool reference_take(struct plain *plain)
{
    static const struct {
        const char *name, *text;
    } known[] = {{"&amp;", "&"},  {"&lt;", "<"},   {"&gt;", ">"},   {"&quot;", "\""},
                 {"&apos;", "'"}, {"&#10;", "\n"}, {"&#13;", "\r"}, {"&#9;", "\t"},
                 {"&#xA;", "\n"}, {"&#xa;", "\n"}, {"&#xD;", "\r"}, {"&#xd;", "\r"},
                 {"&#34;", "\""}, {"&#39;", "'"},  {"&#x9;", "\t"}};
    for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
        if (take(plain, known[i].name)) {
            text_give(plain, (const uint8_t *)known[i].text, 1);
            return true;
        }
    }
    return false;
}

/* The ends of lines become LF. */
static void return_take(struct plain *plain)
{
    plain->at++;
    if (plain->at == plain->end || *plain->at != '\n')
        text_give(plain, (const uint8_t *)"\n", 1);
}

/* Bytes that stand for themselves. */
static bool run_take(struct plain *plain)
{
    uint8_t *from = plain->at, *at = from;
    const uint8_t *end = plain->end;
    while (at < end) {
        size_t size = 1;
        if (!is(*at, TEXT)) {
            if (*at == '<' || *at == '&' || *at == '\r')
                break;
            if (*at != '>')
                size = wide_size(at, end);
            else if (at - from >= 2 && at[-1] == ']' && at[-2] == ']')
                return false;
        }
        if (size == 0)
            return false;
        at += size;
    }
    plain->at = at;
    text_give(plain, from, (size_t)(at - from));
    return true;
}

/* Up to the next tag. */
static bool text_take(struct plain *plain)
{
    while (run_take(plain) && plain->at < plain->end) {
        if (*plain->at == '<')
            return true;
        if (*plain->at == '\r')
            return_take(plain);
        else if (!reference_take(plain))
            return false;
    }
    return false;
}

/* ---- the document ---- */

static void declaration_take(struct plain *plain)
{
    static const char *const known[] = {
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>",
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\" ?>",
        "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>",
        "<?xml version='1.0' encoding='UTF-8'?>",
        "<?xml version='1.0' encoding='utf-8'?>",
    };
    (void)take(plain, "\xef\xbb\xbf");
    for (size_t i = 0; i < ARRAY_COUNT(known); i++)
        if (take(plain, known[i]))
            return;
}

/* True: as far as the end, or as far as the sink told a fault. */
static bool document_take(struct plain *plain)
{
    declaration_take(plain);
    (void)blanks_take(plain);
    if (!start_take(plain))
        return false;
    while (plain->depth > 0) {
        if (plain->told->fault != SHEET_FINE)
            return true;
        if (!text_take(plain))
            return false;
        bool ends = plain->end - plain->at >= 2 && plain->at[1] == '/';
        if (ends ? !end_take(plain) : !start_take(plain))
            return false;
    }
    (void)blanks_take(plain);
    return plain->at == plain->end;
}

bool sheet_plain_walk(uint8_t *document, size_t size, const struct sheet_xml_sink *sink,
                      struct sheet_told *told)
{
    CHECK(told->fault == SHEET_FINE);
    struct plain plain = {.at = document, .end = document + size, .told = told};
    if (!document_take(&plain))
        return false;
    plain = (struct plain){
        .at = document, .end = document + size, .giving = true, .told = told, .walk.sink = sink};
    CHECK(document_take(&plain));
    return true;
}

enum sheet_fault sheet_plain_read(struct sheet_zip *zip, int entry,
                                  const struct sheet_xml_sink *sink, struct sheet_told *told)
{
    size_t size;
    uint8_t *document = sheet_part_take(zip, entry, SHEET_PLAIN_MAX, &size);
    bool plain = document != NULL && sheet_plain_walk(document, size, sink, told);
    free(document);
    return plain ? told->fault : sheet_xml_read(zip, entry, sink, told);
}
