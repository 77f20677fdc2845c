/* A row of people (API 9). A number that is the person's own is kept as such and not a second time.
 */
#include "base/check.h"
#include "model/civil.h"
#include "model/codes.h"
#include "model/ids.h"
#include "registry/fold.h"
#include "registry/import_row.h"
#include <string.h>

enum column {
    ID_NO,
    NAME,
    BIRTH_DATE,
    PROFESSION,
    MAIN,
    DEPARTMENT,
    HOME,
    LICENCE_WORD,
    LICENCE_NUMBER,
    LICENCE_FROM,
    LICENCE_TO,
    STATUS,
    STATUS_FROM,
    HEAD,
    MOBILE,
    EMAIL
};
enum { NAME_MAX_POINTS = 60, LICENCE_MAX = 40, STATUS_MAX = 20, EMAIL_MAX = 254, MOBILE_SIZE = 10 };

const struct import_column import_person_columns[] = {
    [ID_NO] = {"id_no", true, true},
    [NAME] = {"name", true, false},
    [BIRTH_DATE] = {"birth_date", true, true},
    [PROFESSION] = {"profession", true, false},
    [MAIN] = {"main", true, false},
    [DEPARTMENT] = {"department", true, false},
    [HOME] = {"home_code", true, false},
    [LICENCE_WORD] = {"licence_word", true, false},
    [LICENCE_NUMBER] = {"licence_number", true, true},
    [LICENCE_FROM] = {"licence_from", true, false},
    [LICENCE_TO] = {"licence_to", true, false},
    [STATUS] = {"status", true, false},
    [STATUS_FROM] = {"status_from", true, false},
    [HEAD] = {"head", true, false},
    [MOBILE] = {"mobile", true, true},
    [EMAIL] = {"email", true, true},
};
const size_t import_person_columns_count = ARRAY_COUNT(import_person_columns);

static struct bytes id_no_read(struct import_row *row, uint64_t *id)
{
    struct bytes number = {NULL, 0};
    *id = 0;
    if (import_field_is_empty(row, ID_NO)) {
        import_row_fault(row, ID_NO, IMPORT_REQUIRED);
        return number;
    }
    number = import_number(row, ID_NO);
    if (id_no_check(number) == ID_NO_INVALID) {
        import_row_fault(row, ID_NO, IMPORT_BAD_ID_NO);
        return (struct bytes){NULL, 0};
    }
    /* Ten characters of digits and letters, like an institution code: so they fit in the same
     * number. */
    bool fits = institution_code_parse(number, id);
    CHECK(fits);
    return number;
}

/* Copied as it stands; it has been read as a date. */
static struct bytes birth_date_read(struct import_row *row)
{
    int32_t day = import_date(row, BIRTH_DATE, false), today = row->options->today;
    if (day == DAY_NONE)
        return (struct bytes){NULL, 0};
    if (today != DAY_NONE && day > today) {
        import_row_fault(row, BIRTH_DATE, IMPORT_DATE_IN_FUTURE);
        return (struct bytes){NULL, 0};
    }
    return import_text(row, BIRTH_DATE, STATUS_MAX, false);
}

static char profession_read(struct import_row *row)
{
    if (import_field_is_empty(row, PROFESSION)) {
        import_row_fault(row, PROFESSION, IMPORT_REQUIRED);
        return 0;
    }
    struct bytes text = import_number(row, PROFESSION);
    if (text.size == 1 && profession_find((char)text.data[0]) != NULL)
        return (char)text.data[0];
    import_row_fault(row, PROFESSION, IMPORT_UNKNOWN_PROFESSION);
    return 0;
}

static uint16_t department_read(struct import_row *row)
{
    if (import_field_is_empty(row, DEPARTMENT))
        return 0;
    struct bytes text = import_number(row, DEPARTMENT);
    const struct department *department = text.size == 0 ? NULL : department_find(text);
    if (department != NULL)
        return department_pack(department);
    import_row_fault(row, DEPARTMENT, IMPORT_UNKNOWN_DEPARTMENT);
    return 0;
}

/* Who practises has a place; who doesn't may have lost it. */
static uint64_t home_read(struct import_row *row, enum person_status status)
{
    uint64_t id = 0;
    const struct import_sink *sink = row->sink;
    if (import_field_is_empty(row, HOME)) {
        if (status == PERSON_PRACTISING)
            import_row_fault(row, HOME, IMPORT_REQUIRED);
    } else if (!institution_code_parse(import_number(row, HOME), &id)) {
        import_row_fault(row, HOME, IMPORT_BAD_CODE);
    } else if (sink->home_is_known != NULL && !sink->home_is_known(sink->context, id)) {
        import_row_fault(row, HOME, IMPORT_UNKNOWN_INSTITUTION);
    }
    return id;
}

static void licence_read(struct import_row *row, struct person_import *read)
{
    read->licence_word = import_text(row, LICENCE_WORD, LICENCE_MAX, false);
    read->licence_number = import_text(row, LICENCE_NUMBER, LICENCE_MAX, false);
    struct bytes folded = import_number(row, LICENCE_NUMBER);
    read->licence_number_is_id = read->licence_number.size == 0 || bytes_equal(folded, read->id_no);
    if (read->licence_number_is_id)
        read->licence_number = (struct bytes){NULL, 0};
    read->licence_from = import_date(row, LICENCE_FROM, true);
    read->licence_to = import_date(row, LICENCE_TO, true);
    if (read->licence_from != DAY_NONE && read->licence_to != DAY_NONE &&
        read->licence_to < read->licence_from)
        import_row_fault(row, LICENCE_TO, IMPORT_END_BEFORE_START);
}

static enum person_status status_read(struct import_row *row)
{
    enum person_status status = PERSON_PRACTISING;
    struct bytes text = import_text(row, STATUS, STATUS_MAX, true);
    if (text.size > 0 && !person_status_parse(text, &status))
        import_row_fault(row, STATUS, IMPORT_BAD_STATUS);
    return status;
}

static struct bytes mobile_read(struct import_row *row)
{
    struct bytes none = {NULL, 0};
    if (import_field_is_empty(row, MOBILE))
        return none;
    struct bytes text = import_number(row, MOBILE);
    bool good = text.size == MOBILE_SIZE && text.data[0] == '0' && text.data[1] == '9';
    for (size_t i = 0; good && i < text.size; i++)
        good = text.data[i] >= '0' && text.data[i] <= '9';
    if (!good)
        import_row_fault(row, MOBILE, IMPORT_BAD_MOBILE);
    return good ? text : none;
}

/* Enough to tell an address from something else; whether it works, the first mail tells. */
static struct bytes email_read(struct import_row *row)
{
    struct bytes text = import_text(row, EMAIL, EMAIL_MAX, false), none = {NULL, 0};
    size_t ats = 0, at = 0, dots_behind = 0;
    bool good = true;
    if (text.size == 0)
        return none;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        good = good && c > ' ' && c < 0x7f && strchr("<>()[]\\,;:\"", c) == NULL;
        if (c == '@') {
            ats++;
            at = i;
        }
        dots_behind += ats > 0 && c == '.' && i > at + 1 && i + 1 < text.size;
    }
    if (good && ats == 1 && at > 0 && dots_behind > 0)
        return text;
    import_row_fault(row, EMAIL, IMPORT_BAD_EMAIL);
    return none;
}

bool import_person(struct import_row *row, struct person_import *out, uint64_t *id)
{
    struct person_import read = {.id_no = id_no_read(row, id)};
    read.name = import_text(row, NAME, NAME_MAX_POINTS, true);
    read.birth_date = birth_date_read(row);
    read.profession = profession_read(row);
    read.main = import_boolean(row, MAIN);
    read.department = department_read(row);
    read.status = status_read(row);
    read.home = home_read(row, read.status);
    licence_read(row, &read);
    read.status_from = import_date(row, STATUS_FROM, false);
    read.head = import_boolean(row, HEAD);
    read.mobile = mobile_read(row);
    read.email = email_read(row);
    *out = read;
    return row->faults == 0;
}
