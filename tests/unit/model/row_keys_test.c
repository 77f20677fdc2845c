#include "model/row_keys.h"
#include "base/prng.h"
#include "model/civil.h"
#include "tests/lib/t.h"

enum { ROUNDS = 2000 };

/* Small ranges now and then, so that ids share homes, days and serials. */
static struct line_id random_line(struct prng *prng)
{
    bool near = prng_chance(prng, 2);
    struct line_id id = {0};
    id.in.home = near ? 1000 + prng_below(prng, 3) : prng_next(prng) >> 12;
    id.in.day = near ? (int32_t)prng_below(prng, 4) - 2 : (int32_t)(uint32_t)prng_next(prng);
    id.in.serial = (uint32_t)(near ? prng_below(prng, 3) : prng_next(prng));
    id.n = (uint16_t)(near ? prng_below(prng, 3) : prng_next(prng));
    return id;
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static int key_order(const struct row_key *a, const struct row_key *b)
{
    return sign(bytes_compare(row_key_bytes(a), row_key_bytes(b)));
}

TEST(line_keys_sort_as_line_ids)
{
    struct prng prng;
    prng_seed(&prng, 1);
    for (int i = 0; i < ROUNDS; i++) {
        struct line_id a = random_line(&prng), b = random_line(&prng);
        struct row_key key_a = key_of_line(a), key_b = key_of_line(b);
        T_EQ_INT(key_order(&key_a, &key_b), sign(line_id_compare(a, b)));
    }
}

TEST(a_case_is_the_prefix_of_its_lines_and_they_of_their_versions)
{
    struct prng prng;
    prng_seed(&prng, 2);
    for (int i = 0; i < ROUNDS; i++) {
        struct line_id id = random_line(&prng);
        struct row_key in = key_of_case(id.in), line = key_of_line(id), body = key_of_body(id, 7);
        struct row_key home = key_of_u64(id.in.home);
        T_TRUE(bytes_start_with(row_key_bytes(&in), row_key_bytes(&home)));
        T_TRUE(bytes_start_with(row_key_bytes(&line), row_key_bytes(&in)));
        struct bytes line_bytes = row_key_bytes(&line);
        T_TRUE(bytes_start_with(row_key_bytes(&body),
                                bytes_slice(line_bytes, 0, line_bytes.size - 1)));
    }
}

TEST(versions_and_parts_sort_as_numbers)
{
    struct line_id id = {{5, 100, 1}, 1};
    struct row_key previous = key_of_history(id, 0);
    for (uint32_t version = 0; version < 600; version++) {
        for (uint8_t part = version == 0; part < 3; part++) {
            struct row_key key = key_of_part(key_of_history(id, version), part);
            T_EQ_INT(key_order(&previous, &key), -1);
            previous = key;
        }
    }
    struct row_key next = key_of_history((struct line_id){{5, 100, 1}, 2}, 0);
    T_EQ_INT(key_order(&previous, &next), -1);
}

TEST(every_key_is_read_back)
{
    struct prng prng;
    prng_seed(&prng, 3);
    for (int i = 0; i < ROUNDS; i++) {
        struct line_id id = random_line(&prng), got;
        uint32_t number = (uint32_t)prng_next(&prng), number_got;
        uint64_t person = prng_next(&prng), person_got;
        int32_t due = (int32_t)(uint32_t)prng_next(&prng), due_got;
        uint8_t part = (uint8_t)prng_next(&prng), part_got;

        struct row_key key = key_of_case(id.in);
        T_TRUE(key_read_case(row_key_bytes(&key), &got.in));
        T_TRUE(case_id_equal(got.in, id.in));

        key = key_of_part(key_of_line(id), part);
        T_TRUE(key_read_line(row_key_bytes(&key), &got, &part_got));
        T_TRUE(line_id_equal(got, id));
        T_EQ_UINT(part_got, part);

        key = key_of_part(key_of_body(id, number), part);
        T_TRUE(key_read_versioned(row_key_bytes(&key), &got, &number_got, &part_got));
        T_TRUE(line_id_equal(got, id) && number_got == number && part_got == part);

        int64_t at_got = 0;
        key = key_of_queue(number, due, 1700000000001, id);
        T_TRUE(key_read_queue(row_key_bytes(&key), &number_got, &due_got, &at_got, &got));
        T_TRUE(line_id_equal(got, id) && number_got == number && due_got == due);
        T_EQ_INT(at_got, 1700000000001);

        key = key_of_county_line(number, 1700000000000, id);
        T_TRUE(key_read_county_line(row_key_bytes(&key), &number_got, &at_got, &got));
        T_TRUE(line_id_equal(got, id) && number_got == number && at_got == 1700000000000);

        key = key_of_person_line(person, id);
        T_TRUE(key_read_person_line(row_key_bytes(&key), &person_got, &got));
        T_TRUE(line_id_equal(got, id) && person_got == person);
    }
}

TEST(a_key_of_another_length_is_not_read)
{
    struct line_id id = {{5, 100, 1}, 1}, got = {{9, 9, 9}, 9};
    struct row_key key = key_of_queue(63000, 100, 7, id);
    uint32_t number;
    int32_t due;
    uint8_t part;
    uint64_t person;
    for (size_t size = 0; size <= key.size; size++) {
        struct bytes cut = bytes_of(key.data, size);
        T_EQ_INT(key_read_case(cut, &got.in), size == 16);
        T_EQ_INT(key_read_line(cut, &got, &part), size == 19);
        T_EQ_INT(key_read_versioned(cut, &got, &number, &part), size == 23);
        int64_t at = 0;
        T_EQ_INT(key_read_queue(cut, &number, &due, &at, &got), size == 34);
        T_EQ_INT(key_read_county_line(cut, &number, &at, &got), size == 30);
    }
    struct row_key index = key_of_person_line(7, id);
    for (size_t size = 0; size <= index.size; size++) {
        struct bytes cut = bytes_of(index.data, size);
        T_EQ_INT(key_read_person_line(cut, &person, &got), size == 27);
    }
    index.data[15] = 1; /* no slab begins at an odd serial */
    T_FALSE(key_read_person_line(row_key_bytes(&index), &person, &got));
    index.data[15] = 0;
    index.data[24] = PERSON_SLAB;
    T_FALSE(key_read_person_line(row_key_bytes(&index), &person, &got));
}

TEST(the_queue_is_oldest_due_first_within_a_county)
{
    struct line_id early = {{1, 100, 1}, 1}, late = {{999, 200, 9}, 9};
    struct row_key no_date = key_of_queue(63000, DAY_NONE, 9, late);
    struct row_key before_1970 = key_of_queue(63000, -1, 8, late);
    struct row_key first = key_of_queue(63000, 19000, 7, late);
    struct row_key younger = key_of_queue(63000, 19000, 8, early);
    struct row_key second = key_of_queue(63000, 19001, 6, early);
    struct row_key other = key_of_queue(64000, 18000, 5, early);
    T_EQ_INT(key_order(&no_date, &before_1970), -1);
    T_EQ_INT(key_order(&before_1970, &first), -1);
    T_EQ_INT(key_order(&first, &younger), -1);
    T_EQ_INT(key_order(&younger, &second), -1);
    T_EQ_INT(key_order(&second, &other), -1);
}

TEST(a_county_reads_its_lines_by_time_of_filing)
{
    struct row_key a = key_of_county_line(9020, 5, (struct line_id){{999, 100, 1}, 300});
    struct row_key b = key_of_county_line(9020, 6, (struct line_id){{1, 100, 2}, 1});
    struct row_key c = key_of_county_line(9020, 6, (struct line_id){{1, 101, 1}, 1});
    T_EQ_INT(key_order(&a, &b), -1);
    T_EQ_INT(key_order(&b, &c), -1);
}

TEST(a_persons_lines_lie_together_in_each_slab_of_cases)
{
    struct row_key first = key_of_person_line(7, (struct line_id){{5, 3, 0}, 1});
    struct row_key last = key_of_person_line(7, (struct line_id){{5, 3, PERSON_SLAB - 1}, 300});
    struct row_key other = key_of_person_line(8, (struct line_id){{5, 3, 1}, 1});
    struct row_key next = key_of_person_line(7, (struct line_id){{5, 3, PERSON_SLAB}, 1});
    struct row_key tomorrow = key_of_person_line(6, (struct line_id){{5, 4, 1}, 1});
    T_EQ_INT(key_order(&first, &last), -1);
    T_EQ_INT(key_order(&last, &other), -1);
    T_EQ_INT(key_order(&other, &next), -1);
    T_EQ_INT(key_order(&next, &tomorrow), -1);
    struct row_key home = key_of_u64(5), slab = key_of_person_slab(7, (struct case_id){5, 3, 9});
    T_TRUE(bytes_start_with(row_key_bytes(&first), row_key_bytes(&home)));
    T_TRUE(bytes_start_with(row_key_bytes(&last), row_key_bytes(&slab)));
}

TEST(the_other_keys_have_their_layout)
{
    struct digest digest = {{0xab, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xcd}};
    struct row_key key = key_of_digest(&digest);
    T_EQ_MEM(key.data, digest.bytes, 16);
    T_EQ_UINT(key.size, 16);
    static const uint8_t request[] = {0,    0, 0, 0, 0, 0, 1, 2, 0, 0, 0,  0,  0,  0,  0,  9,
                                      0xab, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xcd};
    key = key_of_request(0x102, 9, &digest);
    T_EQ_BYTES(row_key_bytes(&key), bytes_of(request, sizeof request));
    static const uint8_t serial[] = {0, 0, 0, 0, 0, 0, 1, 2, 0x80, 0, 0, 3};
    key = key_of_serial(0x102, 3);
    T_EQ_BYTES(row_key_bytes(&key), bytes_of(serial, sizeof serial));
}

TEST(only_keys_of_cut_values_take_a_part)
{
    struct line_id id = {{5, 100, 1}, 1};
    T_ABORTS(key_of_part(key_of_case(id.in), 1));
    T_ABORTS(key_of_part(key_of_queue(63000, 1, 1, id), 1));
}

T_LIST(row_keys_test, T(line_keys_sort_as_line_ids),
       T(a_case_is_the_prefix_of_its_lines_and_they_of_their_versions),
       T(versions_and_parts_sort_as_numbers), T(every_key_is_read_back),
       T(a_key_of_another_length_is_not_read), T(the_queue_is_oldest_due_first_within_a_county),
       T(a_county_reads_its_lines_by_time_of_filing),
       T(a_persons_lines_lie_together_in_each_slab_of_cases), T(the_other_keys_have_their_layout),
       T(only_keys_of_cut_values_take_a_part));
