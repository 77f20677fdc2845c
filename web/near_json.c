#include "web/near_json.h"
#include "base/check.h"
#include "registry/search.h"

/* A look through the index each: bounded, since a body may name 300 places. */
enum { NEAR_EACH = 3, NEAR_ERRORS = 5 };

static void matches_put(const struct exchange *x, yyjson_mut_doc *doc, yyjson_mut_val *error,
                        struct bytes text)
{
    uint64_t ids[NEAR_EACH];
    size_t count = search_near(x->facts, text, ids, NEAR_EACH);
    CHECK(count <= NEAR_EACH);
    yyjson_mut_val *array = json_put_array(doc, error, "near");
    for (size_t i = 0; i < count; i++) {
        char code[INSTITUTION_CODE_SIZE + 1];
        institution_code_print(ids[i], code);
        yyjson_mut_val *match = json_add_object(doc, array);
        json_put_text(doc, match, "code", bytes_from_text(code));
        json_put_text(doc, match, "name", facts_institution(x->facts, ids[i])->name);
    }
}

void near_put(struct exchange *x, const struct json *json)
{
    yyjson_mut_doc *doc = exchange_doc(x);
    if (doc == NULL) {
        return; /* no memory for a problem: another answer goes out */
    }
    yyjson_mut_val *errors = yyjson_mut_obj_get(yyjson_mut_doc_get_root(doc), "errors");
    yyjson_mut_val *error;
    size_t index, count;
    uint32_t told = 0;
    yyjson_mut_arr_foreach(errors, index, count, error)
    {
        if (!yyjson_mut_equals_str(yyjson_mut_obj_get(error, "code"), "unknown_institution") ||
            told == NEAR_ERRORS) {
            continue;
        }
        const char *field = yyjson_mut_get_str(yyjson_mut_obj_get(error, "field"));
        yyjson_val *given = yyjson_doc_ptr_get(json->doc, field);
        if (yyjson_is_str(given)) {
            matches_put(x, doc, error, bytes_of(yyjson_get_str(given), yyjson_get_len(given)));
            told++;
        }
    }
}
