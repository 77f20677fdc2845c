#include "web/json.h"
#include "base/check.h"
#include "model/civil.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory: yyjson takes ours -----------------------------------------------------------------
 */

static void *pool_malloc(void *context, size_t size)
{
    return arena_alloc(context, size);
}

static void *pool_realloc(void *context, void *old, size_t old_size, size_t size)
{
    void *memory = arena_alloc(context, size);
    if (memory != NULL && old != NULL)
        memcpy(memory, old, old_size < size ? old_size : size);
    return memory;
}

static void pool_free(void *context, void *memory)
{
    (void)context; /* given back in one stroke, with the arena */
    (void)memory;
}

yyjson_alc json_pool(struct arena *arena)
{
    return (yyjson_alc){pool_malloc, pool_realloc, pool_free, arena};
}

/* ---- pointers (RFC 6901) -----------------------------------------------------------------------
 */

/* base/name with ~ and / escaped. What does not fit names the outer value. */
static void pointer_join(char out[FIELD_MAX], const char *base, const char *name, size_t name_size)
{
    char joined[FIELD_MAX];
    size_t at = strlen(base);
    CHECK(at < FIELD_MAX);
    memcpy(joined, base, at + 1);
    bool fits = at + 1 < FIELD_MAX;
    if (fits)
        joined[at++] = '/';
    for (size_t i = 0; i < name_size && fits; i++) {
        bool escaped = name[i] == '~' || name[i] == '/';
        fits = at + (escaped ? 2 : 1) < FIELD_MAX;
        if (!fits)
            break;
        joined[at++] = escaped ? '~' : name[i];
        if (escaped)
            joined[at++] = name[i] == '~' ? '0' : '1';
    }
    if (!fits)
        at = strlen(base);
    memcpy(out, joined, at);
    out[at] = '\0';
}

static void pointer_index(char out[FIELD_MAX], const char *base, size_t index)
{
    char digits[24];
    struct writer text = writer_on(digits, sizeof digits);
    write_decimal(&text, index);
    pointer_join(out, base, digits, text.size);
}

/* ---- the whole text first: depth and duplicates ------------------------------------------------
 */

static int key_compare(const void *a, const void *b)
{
    yyjson_val *const *left = a;
    yyjson_val *const *right = b;
    return bytes_compare(bytes_of(yyjson_get_str(*left), yyjson_get_len(*left)),
                         bytes_of(yyjson_get_str(*right), yyjson_get_len(*right)));
}

/* Sorted, since an object of a body may have 100,000 members. */
static enum json_fault duplicates_find(struct json *json, yyjson_val *object, const char *pointer)
{
    size_t count = yyjson_obj_size(object);
    if (count < 2)
        return JSON_FINE;
    yyjson_val **keys = arena_array(json->arena, count, sizeof(yyjson_val *));
    if (keys == NULL)
        return JSON_MEMORY;
    size_t index;
    size_t max;
    yyjson_val *key;
    yyjson_val *value;
    yyjson_obj_foreach(object, index, max, key, value)
    {
        keys[index] = key;
    }
    qsort(keys, count, sizeof(yyjson_val *), key_compare);
    for (size_t i = 1; i < count; i++) {
        if (key_compare(&keys[i - 1], &keys[i]) == 0) {
            pointer_join(json->fault_field, pointer, yyjson_get_str(keys[i]),
                         yyjson_get_len(keys[i]));
            return JSON_DUPLICATE;
        }
    }
    return JSON_FINE;
}

static enum json_fault value_check(struct json *json, yyjson_val *value, const char *pointer,
                                   uint32_t depth);

static enum json_fault object_check(struct json *json, yyjson_val *object, const char *pointer,
                                    uint32_t depth)
{
    enum json_fault fault = duplicates_find(json, object, pointer);
    size_t index;
    size_t max;
    yyjson_val *key;
    yyjson_val *value;
    yyjson_obj_foreach(object, index, max, key, value)
    {
        if (fault != JSON_FINE)
            break;
        if (!yyjson_is_ctn(value))
            continue;
        char inner[FIELD_MAX];
        pointer_join(inner, pointer, yyjson_get_str(key), yyjson_get_len(key));
        fault = value_check(json, value, inner, depth + 1);
    }
    return fault;
}

static enum json_fault array_check(struct json *json, yyjson_val *array, const char *pointer,
                                   uint32_t depth)
{
    enum json_fault fault = JSON_FINE;
    size_t index;
    size_t max;
    yyjson_val *value;
    yyjson_arr_foreach(array, index, max, value)
    {
        if (fault != JSON_FINE)
            break;
        if (!yyjson_is_ctn(value))
            continue;
        char inner[FIELD_MAX];
        pointer_index(inner, pointer, index);
        fault = value_check(json, value, inner, depth + 1);
    }
    return fault;
}

/* Recursion ends at JSON_DEPTH_MAX. */
static enum json_fault value_check(struct json *json, yyjson_val *value, const char *pointer,
                                   uint32_t depth)
{
    if (depth > JSON_DEPTH_MAX) {
        snprintf(json->fault_field, FIELD_MAX, "%s", pointer);
        return JSON_DEEP;
    }
    if (yyjson_is_obj(value))
        return object_check(json, value, pointer, depth);
    return array_check(json, value, pointer, depth);
}

enum json_fault json_parse(struct json *json, struct arena *arena, struct bytes text,
                           struct problems *problems)
{
    *json = (struct json){.arena = arena, .problems = problems, .alc = json_pool(arena)};
    yyjson_read_err err;
    /* Without YYJSON_READ_INSITU the input is not written to, whatever the type says. */
    char *input = (char *)(uintptr_t)text.data;
    json->doc = yyjson_read_opts(input, text.size, YYJSON_READ_NOFLAG, &json->alc, &err);
    if (json->doc == NULL)
        return err.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION ? JSON_MEMORY : JSON_SYNTAX;
    yyjson_val *root = yyjson_doc_get_root(json->doc);
    return yyjson_is_ctn(root) ? value_check(json, root, "", 1) : JSON_FINE;
}

bool json_root(struct json *json, struct json_object *out)
{
    yyjson_val *root = yyjson_doc_get_root(json->doc);
    if (!yyjson_is_obj(root)) {
        problems_add(json->problems, CODE_BAD_TYPE, "%s", "");
        return false;
    }
    *out = (struct json_object){.json = json, .value = root};
    return true;
}

/* ---- members -----------------------------------------------------------------------------------
 */

static struct problem *problem_at(struct json *json, enum code code, const char *pointer)
{
    return problems_add(json->problems, code, "%s", pointer);
}

struct problem *json_problem(struct json_object *object, enum code code, const char *name)
{
    char pointer[FIELD_MAX];
    pointer_join(pointer, object->pointer, name, strlen(name));
    return problem_at(object->json, code, pointer);
}

/* ABSENT, NULL or GIVEN; marks the member as known. */
static enum json_got member_find(struct json_object *object, const char *name, yyjson_val **out)
{
    size_t name_size = strlen(name);
    size_t index;
    size_t max;
    yyjson_val *key;
    yyjson_val *value;
    yyjson_obj_foreach(object->value, index, max, key, value)
    {
        if (!yyjson_equals_strn(key, name, name_size))
            continue;
        if (index < JSON_MEMBERS_MAX)
            object->seen |= UINT64_C(1) << index;
        *out = value;
        return yyjson_is_null(value) ? JSON_NULL : JSON_GIVEN;
    }
    return JSON_ABSENT;
}

static size_t characters_of(struct bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += (text.data[i] & 0xc0) != 0x80 ? 1 : 0;
    return count;
}

static bool text_is_clean(struct bytes text, bool lines)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c >= 0x20 && c != 0x7f)
            continue;
        if (!lines || (c != '\t' && c != '\n'))
            return false;
    }
    return true;
}

static enum json_got text_take(struct json *json, yyjson_val *value, const char *pointer,
                               size_t characters_max, bool lines, struct bytes *out)
{
    if (!yyjson_is_str(value)) {
        problem_at(json, CODE_BAD_TYPE, pointer);
        return JSON_BAD;
    }
    struct bytes text = bytes_of(yyjson_get_str(value), yyjson_get_len(value));
    if (characters_of(text) > characters_max) {
        problem_at(json, CODE_TOO_LONG, pointer);
        return JSON_BAD;
    }
    if (!text_is_clean(text, lines)) {
        problem_at(json, CODE_BAD_TEXT, pointer);
        return JSON_BAD;
    }
    *out = text;
    return JSON_GIVEN;
}

static enum json_got member_text(struct json_object *object, const char *name,
                                 size_t characters_max, bool lines, struct bytes *out)
{
    yyjson_val *value;
    enum json_got got = member_find(object, name, &value);
    if (got != JSON_GIVEN)
        return got;
    char pointer[FIELD_MAX];
    pointer_join(pointer, object->pointer, name, strlen(name));
    return text_take(object->json, value, pointer, characters_max, lines, out);
}

enum json_got json_text(struct json_object *object, const char *name, size_t characters_max,
                        struct bytes *out)
{
    return member_text(object, name, characters_max, false, out);
}

enum json_got json_text_lines(struct json_object *object, const char *name, size_t characters_max,
                              struct bytes *out)
{
    return member_text(object, name, characters_max, true, out);
}

static bool int_take(yyjson_val *value, int64_t min, int64_t max, int64_t *out)
{
    if (!yyjson_is_int(value))
        return false;
    if (yyjson_is_uint(value) && yyjson_get_uint(value) > INT64_MAX)
        return false;
    int64_t number = yyjson_get_sint(value);
    if (number < min || number > max)
        return false;
    *out = number;
    return true;
}

enum json_got json_int(struct json_object *object, const char *name, int64_t min, int64_t max,
                       int64_t *out)
{
    yyjson_val *value;
    enum json_got got = member_find(object, name, &value);
    if (got != JSON_GIVEN || int_take(value, min, max, out))
        return got;
    json_problem(object, CODE_BAD_TYPE, name);
    return JSON_BAD;
}

enum json_got json_bool(struct json_object *object, const char *name, bool *out)
{
    yyjson_val *value;
    enum json_got got = member_find(object, name, &value);
    if (got != JSON_GIVEN)
        return got;
    if (!yyjson_is_bool(value)) {
        json_problem(object, CODE_BAD_TYPE, name);
        return JSON_BAD;
    }
    *out = yyjson_get_bool(value);
    return JSON_GIVEN;
}

enum json_got json_object(struct json_object *object, const char *name, struct json_object *out)
{
    yyjson_val *value;
    enum json_got got = member_find(object, name, &value);
    if (got != JSON_GIVEN)
        return got;
    if (!yyjson_is_obj(value)) {
        json_problem(object, CODE_BAD_TYPE, name);
        return JSON_BAD;
    }
    struct json_object inner = {.json = object->json, .value = value};
    pointer_join(inner.pointer, object->pointer, name, strlen(name));
    *out = inner;
    return JSON_GIVEN;
}

enum json_got json_array(struct json_object *object, const char *name, size_t count_max,
                         struct json_array *out)
{
    yyjson_val *value;
    enum json_got got = member_find(object, name, &value);
    if (got != JSON_GIVEN)
        return got;
    if (!yyjson_is_arr(value) || yyjson_arr_size(value) > count_max) {
        json_problem(object, yyjson_is_arr(value) ? CODE_TOO_LONG : CODE_BAD_TYPE, name);
        return JSON_BAD;
    }
    *out =
        (struct json_array){.json = object->json, .value = value, .count = yyjson_arr_size(value)};
    pointer_join(out->pointer, object->pointer, name, strlen(name));
    return JSON_GIVEN;
}

bool json_required(struct json_object *object, const char *name, enum json_got got)
{
    if (got == JSON_ABSENT || got == JSON_NULL)
        json_problem(object, CODE_REQUIRED, name);
    return got == JSON_GIVEN;
}

void json_object_end(struct json_object *object)
{
    size_t index;
    size_t max;
    yyjson_val *key;
    yyjson_val *value;
    yyjson_obj_foreach(object->value, index, max, key, value)
    {
        if (index < JSON_MEMBERS_MAX && (object->seen >> index & 1) != 0)
            continue;
        char pointer[FIELD_MAX];
        pointer_join(pointer, object->pointer, yyjson_get_str(key), yyjson_get_len(key));
        problem_at(object->json, CODE_UNKNOWN_FIELD, pointer);
    }
}

/* ---- items -------------------------------------------------------------------------------------
 */

bool json_array_next(struct json_array *array)
{
    if (array->item == NULL) {
        array->item = yyjson_arr_get_first(array->value);
        array->index = 0;
    } else if (array->index + 1 < array->count) {
        array->item = unsafe_yyjson_get_next(array->item);
        array->index++;
    } else {
        return false;
    }
    return array->item != NULL;
}

static void item_pointer(const struct json_array *array, char out[FIELD_MAX])
{
    CHECK(array->item != NULL);
    pointer_index(out, array->pointer, array->index);
}

struct problem *json_item_problem(struct json_array *array, enum code code)
{
    char pointer[FIELD_MAX];
    item_pointer(array, pointer);
    return problem_at(array->json, code, pointer);
}

bool json_item_object(struct json_array *array, struct json_object *out)
{
    if (!yyjson_is_obj(array->item)) {
        json_item_problem(array, CODE_BAD_TYPE);
        return false;
    }
    *out = (struct json_object){.json = array->json, .value = array->item};
    item_pointer(array, out->pointer);
    return true;
}

bool json_item_text(struct json_array *array, size_t characters_max, struct bytes *out)
{
    char pointer[FIELD_MAX];
    item_pointer(array, pointer);
    return text_take(array->json, array->item, pointer, characters_max, false, out) == JSON_GIVEN;
}

bool json_item_int(struct json_array *array, int64_t min, int64_t max, int64_t *out)
{
    if (int_take(array->item, min, max, out))
        return true;
    json_item_problem(array, CODE_BAD_TYPE);
    return false;
}
