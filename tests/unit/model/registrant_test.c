#include "model/registrant.h"
#include "model/codes.h"
#include "model/row_frame.h"
#include "tests/lib/t.h"

static uint8_t room[2048];

static struct institution institution_of(void)
{
    return (struct institution){.id = 401180014,
                                .name = BYTES_LITERAL("海風醫院"),
                                .district = BYTES_LITERAL("中正區"),
                                .address = BYTES_LITERAL("臺北市中正區常德街１號"),
                                .phone = BYTES_LITERAL("(02)23123456"),
                                .county = 63000,
                                .type = 1,
                                .medical = true,
                                .status = PLACE_SUSPENDED,
                                .status_from = 20700,
                                .full_time_pharmacists = 12,
                                .version = 3};
}

static struct person person_of(void)
{
    return (struct person){.id = 99,
                           .name = BYTES_LITERAL("陳怡君"),
                           .id_masked = BYTES_LITERAL("A1234XXXX9"),
                           .profession = 'F',
                           .main = true,
                           .department = 0,
                           .home = 401180014,
                           .reg_no = 2,
                           .licence_word = BYTES_LITERAL("北市衛護執字"),
                           .licence_number_is_id = true,
                           .licence_from = 19000,
                           .licence_to = 21190,
                           .status = PERSON_PRACTISING,
                           .status_from = DAY_NONE,
                           .version = 5,
                           .sealed = BYTES_LITERAL("\x01\x02\x00\x03"),
                           .lookup = {{9, 8, 7}}};
}

static struct bytes institution_row(const struct institution *institution)
{
    struct writer out = writer_on(room, sizeof room);
    institution_write(&out, institution);
    T_FALSE(out.failed);
    return writer_bytes(&out);
}

static struct bytes person_row(const struct person *person)
{
    struct writer out = writer_on(room, sizeof room);
    person_write(&out, person);
    T_FALSE(out.failed);
    return writer_bytes(&out);
}

TEST(an_institution_is_read_back)
{
    struct institution want = institution_of(), got;
    for (uint8_t type = 0; type < codes_institution_types_count; type++) {
        want.type = type;
        T_OK(institution_read(institution_row(&want), &got));
        T_TRUE(got.id == want.id && got.county == want.county && got.type == type);
        T_TRUE(got.medical && got.status == PLACE_SUSPENDED && got.status_from == 20700);
        T_TRUE(got.full_time_pharmacists == 12 && got.version == 3);
        T_EQ_BYTES(got.name, want.name);
        T_EQ_BYTES(got.district, want.district);
        T_EQ_BYTES(got.address, want.address);
        T_EQ_BYTES(got.phone, want.phone);
    }
}

TEST(a_person_is_read_back)
{
    struct person want = person_of(), got;
    for (int flags = 0; flags < 8; flags++) {
        want.main = flags & 1;
        want.head = (flags & 2) != 0;
        want.licence_number_is_id = (flags & 4) != 0;
        T_OK(person_read(person_row(&want), &got));
        T_TRUE(got.id == 99 && got.profession == 'F' && got.home == want.home && got.reg_no == 2);
        T_TRUE(got.main == want.main && got.head == want.head);
        T_EQ_INT(got.licence_number_is_id, want.licence_number_is_id);
        T_TRUE(got.licence_from == 19000 && got.licence_to == 21190);
        T_TRUE(got.status == PERSON_PRACTISING && got.status_from == DAY_NONE && got.version == 5);
        T_EQ_BYTES(got.name, want.name);
        T_EQ_BYTES(got.id_masked, want.id_masked);
        T_EQ_BYTES(got.licence_word, want.licence_word);
        T_EQ_UINT(got.licence_number.size, 0);
        T_EQ_BYTES(got.sealed, want.sealed);
        T_TRUE(digest_equal(&got.lookup, &want.lookup));
    }
}

TEST(every_flipped_bit_is_damage)
{
    struct institution institution = institution_of();
    struct bytes row = institution_row(&institution);
    for (size_t bit = 0; bit < row.size * 8; bit++) {
        room[bit / 8] ^= (uint8_t)(1u << bit % 8);
        T_ERR(institution_read(row, &institution), ERR_CORRUPT);
        room[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    struct person person = person_of();
    row = person_row(&person);
    for (size_t bit = 0; bit < row.size * 8; bit++) {
        room[bit / 8] ^= (uint8_t)(1u << bit % 8);
        T_ERR(person_read(row, &person), ERR_CORRUPT);
        room[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static struct bytes with_byte(struct bytes row, size_t offset, uint8_t value)
{
    room[offset] = value;
    struct writer sum = writer_on(room + row.size - 4, 4);
    write_u32(&sum, bytes_crc32c(0, bytes_slice(row, 0, row.size - 4)));
    return row;
}

TEST(a_sum_that_fits_does_not_make_values_exist)
{
    struct institution institution = institution_of();
    T_ERR(institution_read(with_byte(institution_row(&institution), 0, 9), &institution),
          ERR_VERSION);
    T_ERR(institution_read(with_byte(institution_row(&institution), 12, 0xff), &institution),
          ERR_CORRUPT); /* county */
    T_ERR(institution_read(with_byte(institution_row(&institution), 14, 'X'), &institution),
          ERR_CORRUPT); /* type */
    struct person person = person_of();
    T_ERR(person_read(with_byte(person_row(&person), 25, '9'), &person), ERR_CORRUPT);
    T_ERR(person_read(with_byte(person_row(&person), 26, 8), &person), ERR_CORRUPT);
    T_ERR(person_read(with_byte(person_row(&person), 29, 5), &person), ERR_CORRUPT);
    T_OK(person_read(with_byte(person_row(&person), 29, PERSON_DECEASED), &person));
}

/* API and DOMAIN bound the texts; with all at their longest a row still fits one. */
TEST(the_largest_rows_fit_one_row)
{
    static uint8_t text[700];
    struct institution institution = institution_of();
    institution.name = bytes_of(text, 300); /* 100 characters */
    institution.district = bytes_of(text, 60);
    institution.address = bytes_of(text, 600);
    institution.phone = bytes_of(text, 60);
    T_TRUE(institution_row(&institution).size <= REGISTRANT_ROW_MAX);
    struct person person = person_of();
    person.name = bytes_of(text, 180);
    person.licence_word = bytes_of(text, 160);
    person.licence_number = bytes_of(text, 160);
    person.sealed = bytes_of(text, 500);
    T_TRUE(person_row(&person).size <= REGISTRANT_ROW_MAX);
}

TEST(a_status_holds_from_its_day_on)
{
    struct institution institution = institution_of();
    T_TRUE(institution_open_on(&institution, 20699));
    T_FALSE(institution_open_on(&institution, 20700));
    institution.status = PLACE_OPEN; /* opens that day */
    T_FALSE(institution_open_on(&institution, 20699));
    T_TRUE(institution_open_on(&institution, 20700));
    institution.status_from = DAY_NONE;
    T_TRUE(institution_open_on(&institution, 0));
    institution.status = PLACE_CLOSED;
    T_FALSE(institution_open_on(&institution, 0));

    struct person person = person_of();
    T_TRUE(person_practising_on(&person, 0));
    for (int status = PERSON_SUSPENDED; status <= PERSON_DECEASED; status++) {
        person.status = (enum person_status)status;
        person.status_from = DAY_NONE;
        T_FALSE(person_practising_on(&person, 20700));
        person.status_from = 20700;
        T_TRUE(person_practising_on(&person, 20699));
        T_FALSE(person_practising_on(&person, 20700));
    }
}

TEST(names_are_parsed_back)
{
    static const char *const places[] = {"open", "suspended", "closed"};
    static const char *const people[] = {"practising", "suspended", "closed", "revoked",
                                         "deceased"};
    for (int i = 0; i < 3; i++) {
        enum place_status status;
        T_TRUE(place_status_parse(bytes_from_text(places[i]), &status));
        T_EQ_INT(status, i);
        T_EQ_STR(place_status_name(status), places[i]);
    }
    for (int i = 0; i < 5; i++) {
        enum person_status status;
        T_TRUE(person_status_parse(bytes_from_text(people[i]), &status));
        T_EQ_INT(status, i);
    }
    enum place_status status;
    T_FALSE(place_status_parse(BYTES_LITERAL("practising"), &status));
}

T_LIST(registrant_test, T(an_institution_is_read_back), T(a_person_is_read_back),
       T(every_flipped_bit_is_damage), T(a_sum_that_fits_does_not_make_values_exist),
       T(the_largest_rows_fit_one_row), T(a_status_holds_from_its_day_on),
       T(names_are_parsed_back));
