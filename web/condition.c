#include "web/condition.h"
#include <string.h>
#include <strings.h>

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == ',';
}

/* Takes the next tag off a list: `W/` or not, quotes and what is between. False: the end, or no
 * tag. */
static bool tag_next(struct bytes *list, bool *weak, struct bytes *tag)
{
    while (list->size > 0 && is_blank(list->data[0]))
        *list = bytes_slice(*list, 1, list->size - 1);
    *weak = bytes_start_with(*list, BYTES_LITERAL("W/"));
    if (*weak)
        *list = bytes_slice(*list, 2, list->size - 2);
    if (list->size < 2 || list->data[0] != '"')
        return false;
    const uint8_t *end = memchr(list->data + 1, '"', list->size - 1);
    if (end == NULL)
        return false;
    size_t size = (size_t)(end - list->data) + 1;
    *tag = bytes_slice(*list, 0, size);
    *list = bytes_slice(*list, size, list->size - size);
    return true;
}

static bool list_names(struct bytes list, bool strong, struct bytes etag)
{
    if (bytes_are_text(list, "*"))
        return true;
    bool etag_weak = bytes_start_with(etag, BYTES_LITERAL("W/"));
    struct bytes wanted = etag_weak ? bytes_slice(etag, 2, etag.size - 2) : etag;
    bool weak;
    struct bytes tag;
    while (tag_next(&list, &weak, &tag)) {
        if (bytes_equal(tag, wanted) && !(strong && (weak || etag_weak)))
            return true;
    }
    return false;
}

/* Over all fields of that name: they are one list (RFC 9110 5.3). */
static bool fields_name(const struct request *request, const char *name, bool strong,
                        struct bytes etag)
{
    size_t size = strlen(name);
    for (uint16_t i = 0; i < request->fields_count; i++) {
        const struct request_field *field = &request->fields[i];
        if (field->name.size == size &&
            strncasecmp((const char *)field->name.data, name, size) == 0 &&
            list_names(field->value, strong, etag))
            return true;
    }
    return false;
}

enum condition condition_of(const struct request *request, struct bytes etag)
{
    if (request_count(request, "if-match") > 0 && !fields_name(request, "if-match", true, etag))
        return CONDITION_CHANGED;
    if (fields_name(request, "if-none-match", false, etag))
        return CONDITION_KNOWN;
    return CONDITION_HOLDS;
}
