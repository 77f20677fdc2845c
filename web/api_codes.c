/* GET /codes: the code lists of the field (API 3). Public. */
#include "model/codes.h"
#include "web/api.h"
#include "web/line_json.h"
#include <stdio.h>
#include <string.h>

static void professions_put(yyjson_mut_doc *doc, yyjson_mut_val *root)
{
    yyjson_mut_val *array = json_put_array(doc, root, "professions");
    for (size_t i = 0; i < codes_professions_count; i++) {
        const struct profession *of = &codes_professions[i];
        yyjson_mut_val *object = json_add_object(doc, array);
        json_put_text(doc, object, "code", bytes_of(&of->code, 1));
        json_put_name(doc, object, "zh", of->zh);
        json_put_name(doc, object, "en", of->en);
        json_put_bool(doc, object, "may_file", of->may_file);
    }
}

static void departments_put(yyjson_mut_doc *doc, yyjson_mut_val *root)
{
    yyjson_mut_val *array = json_put_array(doc, root, "departments");
    for (size_t i = 0; i < codes_departments_count; i++) {
        const struct department *of = &codes_departments[i];
        yyjson_mut_val *object = json_add_object(doc, array);
        json_put_name(doc, object, "code", of->code);
        json_put_name(doc, object, "zh", of->zh);
        json_put_name(doc, object, "en", of->en);
    }
}

static void counties_put(yyjson_mut_doc *doc, yyjson_mut_val *root)
{
    yyjson_mut_val *array = json_put_array(doc, root, "counties");
    for (size_t i = 0; i < codes_counties_count; i++) {
        const struct county *of = &codes_counties[i];
        yyjson_mut_val *object = json_add_object(doc, array);
        county_put(doc, object, "code", of->code);
        json_put_name(doc, object, "zh", of->zh);
        json_put_name(doc, object, "en", of->en);
        json_put_name(doc, object, "bureau", of->bureau);
    }
}

static void types_put(yyjson_mut_doc *doc, yyjson_mut_val *root)
{
    yyjson_mut_val *array = json_put_array(doc, root, "institution_types");
    for (size_t i = 0; i < codes_institution_types_count; i++) {
        const struct institution_type *of = &codes_institution_types[i];
        yyjson_mut_val *object = json_add_object(doc, array);
        json_put_name(doc, object, "code", of->code);
        json_put_name(doc, object, "zh", of->zh);
        json_put_name(doc, object, "en", of->en);
    }
}

static void letters_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *professions)
{
    yyjson_mut_val *array = json_put_array(doc, object, "professions");
    for (const char *at = professions; *at != '\0'; at++) {
        json_add_text(doc, array, bytes_of(at, 1));
    }
}

static void purposes_put(yyjson_mut_doc *doc, yyjson_mut_val *root)
{
    yyjson_mut_val *array = json_put_array(doc, root, "purposes");
    for (size_t i = 0; i < codes_purposes_count; i++) {
        const struct purpose *of = &codes_purposes[i];
        yyjson_mut_val *object = json_add_object(doc, array);
        json_put_digits(doc, object, "code", of->code, 2);
        json_put_name(doc, object, "zh", of->zh);
        json_put_name(doc, object, "en", of->en);
        letters_put(doc, object, of->professions);
        json_put_bool(doc, object, "note_required", of->note_required);
        yyjson_mut_val *documents = json_put_array(doc, object, "attachments");
        for (uint8_t k = 0; k < of->documents_count; k++) {
            yyjson_mut_val *document = json_add_object(doc, documents);
            json_put_name(doc, document, "name", of->documents[k].name);
            letters_put(doc, document, of->documents[k].professions);
            json_put_bool(doc, document, "other_county", of->documents[k].other_county);
        }
    }
}

void api_codes(struct exchange *x)
{
    yyjson_mut_doc *doc = json_new(x->arena);
    yyjson_mut_val *root = json_new_root(doc);
    professions_put(doc, root);
    departments_put(doc, root);
    counties_put(doc, root);
    types_put(doc, root);
    purposes_put(doc, root);
    /* No quota is set and no delegated service exists yet: the lists are there, and empty. */
    (void)json_put_array(doc, root, "quota_measures");
    (void)json_put_array(doc, root, "services");
    exchange_answer_json(x, 200, doc);
}
