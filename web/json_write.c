/* Writing: absent optional members are null, never missing (API 1). */
#include "base/check.h"
#include "model/civil.h"
#include "web/json.h"
#include <mbedtls/base64.h>
#include <string.h>

yyjson_mut_doc *json_new(struct arena *arena)
{
    yyjson_alc alc = json_pool(arena);
    return yyjson_mut_doc_new(&alc);
}

yyjson_mut_val *json_new_root(yyjson_mut_doc *doc)
{
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
    return root;
}

/* Every member goes this way: a value that found no memory leaves a document that will not print.
 */
static void member_add(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key,
                       yyjson_mut_val *value)
{
    if (doc == NULL)
        return;
    yyjson_mut_val *name = yyjson_mut_str(doc, key);
    if (!yyjson_mut_obj_add(object, name, value))
        yyjson_mut_doc_set_root(doc, NULL);
}

static yyjson_mut_val *text_value(yyjson_mut_doc *doc, struct bytes text)
{
    if (text.data == NULL)
        return yyjson_mut_null(doc);
    return yyjson_mut_strncpy(doc, (const char *)text.data, text.size);
}

void json_put_text(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, struct bytes text)
{
    member_add(doc, object, key, text_value(doc, text));
}

void json_put_name(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, const char *text)
{
    struct bytes bytes = {NULL, 0};
    if (text != NULL)
        bytes = (struct bytes){(const uint8_t *)text, strlen(text)};
    json_put_text(doc, object, key, bytes);
}

void json_put_hex(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, struct bytes bytes)
{
    char text[2 * JSON_HEX_MAX];
    struct writer out = writer_on(text, sizeof text);
    write_hex(&out, bytes);
    CHECK(!out.failed);
    json_put_text(doc, object, key,
                  bytes.data == NULL ? (struct bytes){NULL, 0} : writer_bytes(&out));
}

void json_put_int(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, int64_t value)
{
    member_add(doc, object, key, yyjson_mut_sint(doc, value));
}

void json_put_digits(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, uint32_t value,
                     size_t width)
{
    char digits[20];
    struct writer text = writer_on(digits, sizeof digits);
    write_decimal_wide(&text, value, width);
    json_put_text(doc, object, key, writer_bytes(&text));
}

void json_put_bool(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, bool value)
{
    member_add(doc, object, key, yyjson_mut_bool(doc, value));
}

void json_put_null(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key)
{
    member_add(doc, object, key, yyjson_mut_null(doc));
}

void json_put_instant(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, int64_t wall_ms,
                      bool given)
{
    char text[INSTANT_MAX];
    struct bytes bytes = {NULL, 0};
    if (given)
        bytes = bytes_of(text, instant_print((struct wall){wall_ms}, text));
    json_put_text(doc, object, key, bytes);
}

void json_put_date(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, int32_t day)
{
    char text[DATE_MAX];
    struct bytes bytes = {NULL, 0};
    if (day != DAY_NONE)
        bytes = bytes_of(text, date_print(day, text));
    json_put_text(doc, object, key, bytes);
}

void json_put_local(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, int64_t minutes)
{
    char text[LOCAL_MAX];
    struct bytes bytes = {NULL, 0};
    if (minutes != LOCAL_NONE)
        bytes = bytes_of(text, local_print(minutes, text));
    json_put_text(doc, object, key, bytes);
}

yyjson_mut_val *json_put_object(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key)
{
    yyjson_mut_val *value = yyjson_mut_obj(doc);
    member_add(doc, object, key, value);
    return value;
}

yyjson_mut_val *json_put_array(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key)
{
    yyjson_mut_val *value = yyjson_mut_arr(doc);
    member_add(doc, object, key, value);
    return value;
}

static void item_add(yyjson_mut_doc *doc, yyjson_mut_val *array, yyjson_mut_val *value)
{
    if (doc != NULL && !yyjson_mut_arr_append(array, value))
        yyjson_mut_doc_set_root(doc, NULL);
}

yyjson_mut_val *json_add_object(yyjson_mut_doc *doc, yyjson_mut_val *array)
{
    yyjson_mut_val *value = yyjson_mut_obj(doc);
    item_add(doc, array, value);
    return value;
}

void json_add_text(yyjson_mut_doc *doc, yyjson_mut_val *array, struct bytes text)
{
    item_add(doc, array, text_value(doc, text));
}

struct bytes json_print(yyjson_mut_doc *doc, struct arena *arena)
{
    if (doc == NULL || yyjson_mut_doc_get_root(doc) == NULL)
        return (struct bytes){NULL, 0};
    yyjson_alc alc = json_pool(arena);
    size_t size = 0;
    char *text = yyjson_mut_write_opts(doc, YYJSON_WRITE_NOFLAG, &alc, &size, NULL);
    CHECK(text == NULL || size > 0);
    return (struct bytes){(const uint8_t *)text, text == NULL ? 0 : size};
}

struct bytes json_base64(struct arena *arena, struct bytes bytes)
{
    size_t room = (bytes.size + 2) / 3 * 4 + 1;
    size_t size = 0;
    uint8_t *text = arena_alloc(arena, room);
    if (text == NULL || mbedtls_base64_encode(text, room, &size, bytes.data, bytes.size) != 0)
        return (struct bytes){0};
    return bytes_of(text, size);
}
