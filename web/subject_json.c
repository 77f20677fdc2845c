#include "web/subject_json.h"
#include "base/check.h"
#include "web/line_json.h"

static void rights_put(yyjson_mut_doc *doc, yyjson_mut_val *subject, uint8_t rights)
{
    static const struct {
        uint8_t right;
        const char *name;
    } names[] = {{RIGHT_READ, "read"},
                 {RIGHT_FILE, "file"},
                 {RIGHT_SUBMIT, "submit"},
                 {RIGHT_IMPORT, "import"}};
    yyjson_mut_val *array = json_put_array(doc, subject, "rights");
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if ((rights & names[i].right) != 0) {
            json_add_text(doc, array, bytes_from_text(names[i].name));
        }
    }
}

void subject_put(const struct exchange *x, yyjson_mut_doc *doc, yyjson_mut_val *root,
                 const struct principal *principal)
{
    const struct person *person = facts_person(x->facts, principal->person);
    bool is_person = principal->kind == PRINCIPAL_PERSON && person != NULL;
    uint64_t home = is_person ? person->home : principal->institution;
    const struct institution *place = facts_institution(x->facts, home);
    struct bytes name = bytes_from_text(principal->name);
    if (is_person) {
        name = person->name;
    } else if (principal->kind == PRINCIPAL_INSTITUTION && place != NULL) {
        name = place->name;
    }
    yyjson_mut_val *subject = json_put_object(doc, root, "subject");
    json_put_name(doc, subject, "kind", principal_kind_name(principal->kind));
    json_put_text(doc, subject, "name", name);
    json_put_text(doc, subject, "id_masked", is_person ? person->id_masked : (struct bytes){0});
    yyjson_mut_val *institution =
        place == NULL ? NULL : json_put_object(doc, subject, "institution");
    if (place == NULL) {
        json_put_null(doc, subject, "institution");
    } else {
        char code[INSTITUTION_CODE_SIZE + 1];
        institution_code_print(place->id, code);
        json_put_text(doc, institution, "code", bytes_from_text(code));
        json_put_text(doc, institution, "name", place->name);
    }
    uint32_t county = principal->kind == PRINCIPAL_BUREAU ? principal->county
                      : place != NULL                     ? place->county
                                                          : 0;
    if (county == 0) {
        json_put_null(doc, subject, "county");
    } else {
        county_put(doc, subject, "county", county);
    }
    rights_put(doc, subject, principal->rights);
    json_put_null(doc, subject, "email");
}
