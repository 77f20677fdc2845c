/* yyjson behind a few getters that collect problems with their JSON pointer; and helpers to write.
 *
 * Reading never stops at the first fault: each getter adds to `problems` and goes on. yyjson
 * allocates from the arena given; text is a view into it. Any thread, one owner at a time.
 *
 *     struct json json;
 *     struct json_object root, line;
 *     if (!exchange_json(x, &json, &problems, &root)) return;         // answered: 400 bad_json …
 *     json_bool(&root, "submit", &submit);
 *     if (json_array(&root, "lines", 300, &lines) == JSON_GIVEN)
 *         while (json_array_next(&lines)) if (json_item_object(&lines, &line)) {…
 * json_object_end(&line);} json_object_end(&root);                                          //
 * unknown members if (!exchange_understood(x, &problems)) return;                  // 400
 * unknown_field, 428 … 412, 409 … if (!exchange_sound(x, &problems)) return; // 422
 */
#pragma once
#include "base/arena.h"
#include "base/instant.h"
#include "model/problem.h"
#include <yyjson.h>

enum { JSON_DEPTH_MAX = 32, JSON_MEMBERS_MAX = 64 };

enum json_fault {
    JSON_FINE,
    JSON_SYNTAX,    /* not JSON, or bad UTF-8 */
    JSON_DUPLICATE, /* a key twice in one object */
    JSON_DEEP,      /* over JSON_DEPTH_MAX levels */
    JSON_MEMORY     /* the arena's quota: answer 503 */
};

struct json {
    struct arena *arena;
    struct problems *problems;
    yyjson_alc alc;
    yyjson_doc *doc;
    char fault_field[FIELD_MAX]; /* where, for JSON_DUPLICATE and JSON_DEEP */
};

struct json_object {
    struct json *json;
    yyjson_val *value;
    char pointer[FIELD_MAX]; /* "" for the root */
    uint64_t seen;           /* bit per member asked for */
};

struct json_array {
    struct json *json;
    yyjson_val *value, *item;
    char pointer[FIELD_MAX];
    size_t index, count; /* index of `item` */
};

enum json_got {
    JSON_ABSENT,
    JSON_NULL,
    JSON_BAD,  /* a problem was added */
    JSON_GIVEN /* the out-parameter is set */
};

/* Checks syntax, UTF-8, duplicates and depth of the whole text before anything is looked at. */
enum json_fault json_parse(struct json *json, struct arena *arena, struct bytes text,
                           struct problems *problems);
/* False (and a bad_type at "") if the text is not an object. */
bool json_root(struct json *json, struct json_object *out);

/* Members by name. Text: bad_type; too_long over `characters_max` code points; bad_text for control
 * characters (tab and line feed pass if `lines`). Integers: bad_type unless an integer in min..max.
 */
enum json_got json_text(struct json_object *object, const char *name, size_t characters_max,
                        struct bytes *out);
enum json_got json_text_lines(struct json_object *object, const char *name, size_t characters_max,
                              struct bytes *out);
enum json_got json_int(struct json_object *object, const char *name, int64_t min, int64_t max,
                       int64_t *out);
enum json_got json_bool(struct json_object *object, const char *name, bool *out);
enum json_got json_object(struct json_object *object, const char *name, struct json_object *out);
/* too_long over count_max items (JSON_BAD; the items are not looked at). */
enum json_got json_array(struct json_object *object, const char *name, size_t count_max,
                         struct json_array *out);
/* ABSENT or NULL become the problem `required` at the member; true only for GIVEN. */
bool json_required(struct json_object *object, const char *name, enum json_got got);
/* Adds a problem at a member of the object (existing or missing). */
struct problem *json_problem(struct json_object *object, enum code code, const char *name);
/* Adds unknown_field for each member nobody asked for. Once, when all were asked for. */
void json_object_end(struct json_object *object);

/* while (json_array_next(&array)) … the item getters look at the present one. */
bool json_array_next(struct json_array *array);
bool json_item_object(struct json_array *array,
                      struct json_object *out); /* false: bad_type added */
bool json_item_text(struct json_array *array, size_t characters_max, struct bytes *out);
bool json_item_int(struct json_array *array, int64_t min, int64_t max, int64_t *out);
struct problem *json_item_problem(struct json_array *array, enum code code);

/* yyjson's allocator over an arena: nothing is freed but with it. */
yyjson_alc json_pool(struct arena *arena);

/* ---- writing: absent optional members are null, never missing (API 1) ---------------------------
 */

/* A document whose memory is the arena's; NULL without memory (every helper takes NULL and does
 * nothing, json_print then fails). */
yyjson_mut_doc *json_new(struct arena *arena);
yyjson_mut_val *json_new_root(yyjson_mut_doc *doc); /* its root is a new object */
/* `key` is kept, not copied: a literal. Text is copied; data NULL writes null (empty text: give any
 * non-NULL data). */
void json_put_text(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, struct bytes text);
void json_put_name(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, const char *text);
/* At most JSON_HEX_MAX bytes, two digits each; data NULL writes null. */
enum { JSON_HEX_MAX = 32 };
void json_put_hex(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, struct bytes bytes);
void json_put_int(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, int64_t value);
/* A code: text of so many digits, leading zeroes among them. */
void json_put_digits(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, uint32_t value,
                     size_t width);
void json_put_bool(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, bool value);
void json_put_null(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key);
void json_put_instant(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, int64_t wall_ms,
                      bool given); /* RFC 3339 UTC, or null */
void json_put_date(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key,
                   int32_t day); /* DAY_NONE: null */
void json_put_local(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key,
                    int64_t minutes); /* LOCAL_NONE: null */
yyjson_mut_val *json_put_object(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key);
yyjson_mut_val *json_put_array(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key);
yyjson_mut_val *json_add_object(yyjson_mut_doc *doc, yyjson_mut_val *array);
void json_add_text(yyjson_mut_doc *doc, yyjson_mut_val *array, struct bytes text);
/* Standard base64 with padding, in the arena; data NULL without memory. */
struct bytes json_base64(struct arena *arena, struct bytes bytes);
/* The document as bytes in the arena; data NULL without memory. */
struct bytes json_print(yyjson_mut_doc *doc, struct arena *arena);
