/* A tag with its attributes and what it declares. */
#include "base/check.h"
#include "sheet/sheet_plain_private.h"
#include "sheet/sheet_text.h"
#include <string.h>

/* ---- names ---- */

static bool name_is_new(struct plain *plain, const struct plain_name *name)
{
    size_t mix = name->size + 5U * name->data[0] + 11U * name->data[name->size - 1];
    struct plain_name *kept = &plain->lately[mix % ARRAY_COUNT(plain->lately)];
    if (kept->size == name->size && plain_same(kept->data, name->data, name->size))
        return false;
    *kept = *name;
    return true;
}

static inline uint8_t *inner_pass(uint8_t *at)
{
    while (plain_is(*at, PLAIN_INNER))
        at++;
    return at;
}

static bool name_take(struct plain *plain, struct plain_name *name)
{
    uint8_t *from = plain->at, *at = from;
    size_t prefix = 0;
    if (!plain_is(*at, PLAIN_HEAD))
        return false;
    at = inner_pass(at);
    if (*at == ':') {
        at++;
        prefix = (size_t)(at - from);
        if (!plain_is(*at, PLAIN_HEAD))
            return false;
        at = inner_pass(at);
        if (*at == ':')
            return false;
    }
    *name = (struct plain_name){from, (size_t)(at - from), prefix};
    plain->at = at;
    if (name->size <= 2)
        return true;
    plain->names += name_is_new(plain, name);
    return name->size <= SHEET_PLAIN_NAME_MAX && plain->names <= SHEET_PLAIN_NAMES_MAX;
}

static bool is_space(const struct plain_name *name)
{
    return name->size == 5 && plain_same(name->data, (const uint8_t *)"xmlns", 5);
}

/* Equal but for their prefixes: two of them could stand for one namespace. */
static bool names_clash(const struct plain_name *a, const struct plain_name *b)
{
    size_t size = a->size - a->prefix;
    return size == b->size - b->prefix && (a->prefix == 0) == (b->prefix == 0) &&
           plain_same(a->data + a->prefix, b->data + b->prefix, size);
}

static bool prefix_is(const struct plain_name *name, const char *text, size_t size)
{
    return name->prefix == size && plain_same(name->data, (const uint8_t *)text, size);
}

static bool prefix_known(const struct plain *plain, const struct plain_name *name)
{
    for (size_t i = 0; i < plain->declared_count; i++) {
        const struct plain_name *known = &plain->declared[i].name;
        if (known->size - known->prefix == name->prefix - 1 &&
            plain_same(known->data + known->prefix, name->data, name->prefix - 1))
            return true;
    }
    return false;
}

/* ---- attributes ---- */

static inline bool is_quote(uint8_t c)
{
    return c == '"' || c == '\'';
}

/* The rest of a value that holds a reference, which is longer than what it stands for. Bytes move
 * only on the walk that gives, behind which nobody looks at them again. */
static bool value_decode(struct plain *plain, uint8_t quote, uint8_t **to)
{
    while (*plain->at != quote) {
        uint32_t point;
        uint8_t text[4], *from = plain->at;
        size_t size = plain_is(*from, PLAIN_VALUE) || is_quote(*from) ? 1 : plain_wide(from);
        if (size > 0) {
            memcpy(text, from, size);
            plain->at += size;
        } else if (*from == '&' && plain_reference(plain, &point)) {
            size = sheet_point_put(text, point);
        } else {
            return false;
        }
        if (plain->giving)
            memcpy(*to, text, size);
        *to += size;
    }
    return true;
}

static bool value_take(struct plain *plain, struct plain_attribute *attribute)
{
    uint8_t *at = plain->at;
    if (!is_quote(*at))
        return false;
    uint8_t quote = *at++;
    attribute->value = at;
    for (;;) {
        while (plain_is(*at, PLAIN_VALUE))
            at++;
        if (*at == quote || *at == '&')
            break;
        size_t size = is_quote(*at) ? 1 : plain_wide(at);
        if (size == 0)
            return false;
        at += size;
    }
    plain->at = at;
    attribute->decoded = *at == '&';
    if (attribute->decoded && !value_decode(plain, quote, &at))
        return false;
    attribute->size = (size_t)(at - attribute->value);
    return plain_byte(plain, quote);
}

/* A NUL takes the place of what stands behind the name and the value, which has been read. */
static void attribute_give(struct plain *plain, const struct plain_attribute *attribute)
{
    attribute->name.data[attribute->name.size] = '\0';
    attribute->value[attribute->size] = '\0';
    plain->given[plain->given_count++] = (const char *)attribute->name.data;
    plain->given[plain->given_count++] = (const char *)attribute->value;
}

static bool attribute_take(struct plain *plain)
{
    if (plain->count == SHEET_XML_ATTRIBUTES_MAX)
        return false;
    struct plain_attribute *attribute = &plain->attributes[plain->count];
    if (!name_take(plain, &attribute->name) || !plain_byte(plain, '=') ||
        !value_take(plain, attribute))
        return false;
    for (size_t i = 0; i < plain->count; i++)
        if (names_clash(&plain->attributes[i].name, &attribute->name))
            return false;
    plain->count++;
    if (attribute->name.prefix != 0 || is_space(&attribute->name))
        plain->spaced = true;
    else if (plain->giving)
        attribute_give(plain, attribute);
    return true;
}

/* ---- namespaces ---- */

static bool uri_is_plain(const struct plain_attribute *attribute)
{
    for (size_t i = 0; i < attribute->size; i++)
        if (attribute->value[i] <= ' ' || attribute->value[i] > '~')
            return false;
    return attribute->size > 0 && !attribute->decoded;
}

/* A prefix for a namespace that is none of ours, nor one that XML reserves. */
static bool prefix_declare(struct plain *plain, const struct plain_attribute *attribute)
{
    const struct plain_name *name = &attribute->name;
    struct bytes uri = bytes_of(attribute->value, attribute->size);
    struct bytes prefix = bytes_of(name->data + name->prefix, name->size - name->prefix);
    if (plain->declared_count == SHEET_PLAIN_PREFIXES_MAX || !uri_is_plain(attribute) ||
        bytes_start_with(prefix, BYTES_LITERAL("xml")) ||
        bytes_start_with(uri, BYTES_LITERAL("http://www.w3.org/XML/")) ||
        bytes_start_with(uri, BYTES_LITERAL("http://www.w3.org/2000/")) ||
        sheet_space_of((const char *)uri.data, uri.size) != SHEET_SPACE_OTHER)
        return false;
    plain->declared[plain->declared_count++] = (struct plain_declared){*name, plain->depth};
    return true;
}

static bool space_declare(struct plain *plain, const struct plain_attribute *attribute)
{
    if (plain->depth != 1 || !uri_is_plain(attribute))
        return false;
    plain->space = sheet_space_of((const char *)attribute->value, attribute->size);
    return plain->space != SHEET_SPACE_OTHER;
}

/* What a tag declares counts for the tag itself. */
static bool spaces_take(struct plain *plain, const struct plain_name *name)
{
    for (size_t i = 0; i < plain->count; i++) {
        const struct plain_attribute *attribute = &plain->attributes[i];
        if (is_space(&attribute->name) && !space_declare(plain, attribute))
            return false;
        if (prefix_is(&attribute->name, "xmlns:", 6) && !prefix_declare(plain, attribute))
            return false;
    }
    for (size_t i = 0; i < plain->count; i++) {
        const struct plain_name *its = &plain->attributes[i].name;
        if (its->prefix != 0 && !prefix_is(its, "xmlns:", 6) && !prefix_is(its, "xml:", 4) &&
            !prefix_known(plain, its))
            return false;
    }
    return plain->space != SHEET_SPACE_OTHER && (name->prefix == 0 || prefix_known(plain, name));
}

/* Behind the name of a tag that began at `from`. */
static bool rest_take(struct plain *plain, const struct plain_name *name, const uint8_t *from,
                      bool *closed)
{
    plain->spaced = name->prefix != 0 || plain->depth == 1;
    while (plain_blanks(plain) && plain_is(*plain->at, PLAIN_HEAD))
        if (!attribute_take(plain))
            return false;
    *closed = plain_byte(plain, '/');
    return plain_byte(plain, '>') && plain->at - from <= SHEET_XML_TOKEN_MAX &&
           (!plain->spaced || spaces_take(plain, name));
}

bool plain_tag(struct plain *plain, bool *closed)
{
    const uint8_t *from = plain->at;
    if (plain->depth == SHEET_XML_DEPTH_MAX || !plain_byte(plain, '<'))
        return false;
    struct plain_name *name = &plain->open[plain->depth++];
    plain->count = plain->given_count = 0;
    if (!name_take(plain, name))
        return false;
    if (*plain->at != '>' || name->prefix != 0 || plain->depth == 1)
        return rest_take(plain, name, from, closed);
    plain->at++; /* most tags are but a name */
    *closed = false;
    return true;
}
