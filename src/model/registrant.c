/* Rows of the registry, in the frame of row_frame.h, format 1:
 *
 *     INSTITUTION   id 8, county 4, type (its code) 1 + n, medical 1, status 1, status from 4 (day)
 *                   full-time pharmacists 2, version 4
 *                   name, district, address, phone: each 2 + n
 *
 *     PERSON        id 8, home 8, registration number 4, version 4
 *                   profession 1, flags 1 (1 main licence, 2 head, 4 number is the ID number)
 *                   department 2, status 1, status from 4 (day), licence from 4, to 4 (days)
 *                   lookup 16
 *                   name 2 + n, masked ID number 1 + n, licence word 2 + n, number 2 + n
 *                   sealed 2 + n
 *
 * A type is stored by its code and not by its place in the table, so that the table may grow. */
#include "model/registrant.h"
#include "base/check.h"
#include "model/codes.h"
#include "model/row_frame.h"

enum { INSTITUTION_FORMAT = 1, PERSON_FORMAT = 1 };
enum { PERSON_MAIN = 1, PERSON_HEAD = 2, PERSON_NUMBER_IS_ID = 4, PERSON_FLAGS = 7 };

/* ---- what is allowed on a day ---- */

/* The status holds from `from` on. Before that day the opposite held: a place that closes next
 * month is open today, one that opens next month is not. */
static bool holds_on(bool good, int32_t from, int32_t day)
{
    return from == DAY_NONE || day >= from ? good : !good;
}

bool institution_open_on(const struct institution *institution, int32_t day)
{
    CHECK(day != DAY_NONE);
    return holds_on(institution->status == PLACE_OPEN, institution->status_from, day);
}

bool person_practising_on(const struct person *person, int32_t day)
{
    CHECK(day != DAY_NONE);
    return holds_on(person->status == PERSON_PRACTISING, person->status_from, day);
}

/* ---- names ---- */

const char *place_status_name(enum place_status status)
{
    switch (status) {
    case PLACE_OPEN: return "open";
    case PLACE_SUSPENDED: return "suspended";
    case PLACE_CLOSED: return "closed";
    }
    CHECK(false);
    return NULL;
}

const char *person_status_name(enum person_status status)
{
    switch (status) {
    case PERSON_PRACTISING: return "practising";
    case PERSON_SUSPENDED: return "suspended";
    case PERSON_CLOSED: return "closed";
    case PERSON_REVOKED: return "revoked";
    case PERSON_DECEASED: return "deceased";
    }
    CHECK(false);
    return NULL;
}

bool place_status_parse(struct bytes text, enum place_status *status)
{
    for (int i = PLACE_OPEN; i <= PLACE_CLOSED; i++) {
        if (bytes_are_text(text, place_status_name((enum place_status)i))) {
            *status = (enum place_status)i;
            return true;
        }
    }
    return false;
}

bool person_status_parse(struct bytes text, enum person_status *status)
{
    for (int i = PERSON_PRACTISING; i <= PERSON_DECEASED; i++) {
        if (bytes_are_text(text, person_status_name((enum person_status)i))) {
            *status = (enum person_status)i;
            return true;
        }
    }
    return false;
}

/* ---- institutions ---- */

void institution_write(struct writer *out, const struct institution *institution)
{
    CHECK(institution->id != 0);
    CHECK(institution->type < codes_institution_types_count);
    CHECK(institution->status <= PLACE_CLOSED);
    size_t began = row_frame_begin(out, INSTITUTION_FORMAT);
    write_u64(out, institution->id);
    write_u32(out, institution->county);
    write_sized8(out, bytes_from_text(codes_institution_types[institution->type].code));
    write_u8(out, institution->medical);
    write_u8(out, (uint8_t)institution->status);
    write_i32(out, institution->status_from);
    write_u16(out, institution->full_time_pharmacists);
    write_u32(out, institution->version);
    write_sized16(out, institution->name);
    write_sized16(out, institution->district);
    write_sized16(out, institution->address);
    write_sized16(out, institution->phone);
    row_frame_end(out, began);
}

enum err institution_read(struct bytes row, struct institution *out)
{
    struct reader in;
    enum err err = row_frame_open(row, INSTITUTION_FORMAT, &in);
    if (err != ERR_OK)
        return err;
    struct institution read = {0};
    read.id = read_u64(&in);
    read.county = read_u32(&in);
    int type = institution_type_find(read_sized8(&in));
    uint8_t medical = read_u8(&in);
    uint8_t status = read_u8(&in);
    read.status_from = read_i32(&in);
    read.full_time_pharmacists = read_u16(&in);
    read.version = read_u32(&in);
    read.name = read_sized16(&in);
    read.district = read_sized16(&in);
    read.address = read_sized16(&in);
    read.phone = read_sized16(&in);
    if (!reader_done(&in) || read.id == 0 || type < 0 || medical > 1 || status > PLACE_CLOSED ||
        county_find(read.county) == NULL)
        return ERR_CORRUPT;
    CHECK((size_t)type < codes_institution_types_count && type <= UINT8_MAX);
    read.type = (uint8_t)type;
    read.medical = medical == 1;
    read.status = (enum place_status)status;
    *out = read;
    return ERR_OK;
}

/* ---- people ---- */

void person_write(struct writer *out, const struct person *person)
{
    CHECK(person->id != 0);
    CHECK(profession_find(person->profession) != NULL);
    CHECK(person->status <= PERSON_DECEASED);
    size_t began = row_frame_begin(out, PERSON_FORMAT);
    write_u64(out, person->id);
    write_u64(out, person->home);
    write_u32(out, person->reg_no);
    write_u32(out, person->version);
    write_u8(out, (uint8_t)person->profession);
    write_u8(out, (uint8_t)((person->main ? PERSON_MAIN : 0) | (person->head ? PERSON_HEAD : 0) |
                            (person->licence_number_is_id ? PERSON_NUMBER_IS_ID : 0)));
    write_u16(out, person->department);
    write_u8(out, (uint8_t)person->status);
    write_i32(out, person->status_from);
    write_i32(out, person->licence_from);
    write_i32(out, person->licence_to);
    write_raw(out, bytes_of(person->lookup.bytes, sizeof person->lookup.bytes));
    write_sized16(out, person->name);
    write_sized8(out, person->id_masked);
    write_sized16(out, person->licence_word);
    write_sized16(out, person->licence_number);
    write_sized16(out, person->sealed);
    row_frame_end(out, began);
}

enum err person_read(struct bytes row, struct person *out)
{
    struct reader in;
    enum err err = row_frame_open(row, PERSON_FORMAT, &in);
    if (err != ERR_OK)
        return err;
    struct person read = {0};
    read.id = read_u64(&in);
    read.home = read_u64(&in);
    read.reg_no = read_u32(&in);
    read.version = read_u32(&in);
    read.profession = (char)read_u8(&in);
    uint8_t flags = read_u8(&in);
    read.department = read_u16(&in);
    uint8_t status = read_u8(&in);
    read.status_from = read_i32(&in);
    read.licence_from = read_i32(&in);
    read.licence_to = read_i32(&in);
    read_copy(&in, read.lookup.bytes, sizeof read.lookup.bytes);
    read.name = read_sized16(&in);
    read.id_masked = read_sized8(&in);
    read.licence_word = read_sized16(&in);
    read.licence_number = read_sized16(&in);
    read.sealed = read_sized16(&in);
    if (!reader_done(&in) || read.id == 0 || profession_find(read.profession) == NULL ||
        (flags & ~PERSON_FLAGS) != 0 || status > PERSON_DECEASED)
        return ERR_CORRUPT;
    read.main = (flags & PERSON_MAIN) != 0;
    read.head = (flags & PERSON_HEAD) != 0;
    read.licence_number_is_id = (flags & PERSON_NUMBER_IS_ID) != 0;
    read.status = (enum person_status)status;
    *out = read;
    return ERR_OK;
}
